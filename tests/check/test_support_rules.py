"""What a customer's check finds in single answers."""

from datetime import date, timedelta

import pytest

from lifecycle.calendar.estimates import Estimate
from lifecycle.check.rule_pages import PAGES
from lifecycle.check.running_versions import Announcement, Running, Upgrade
from lifecycle.check.support_rules import CheckTerms, FailOn, find, judge
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Verdict

DAY = date(2026, 11, 21)


def running(status="supported", **said):
    given = {"product": "web", "version": "3.5", "reason": "So it is.", "at": DAY, "tier": "pro"}
    return Running(**given | {"status": status} | said)


def ending(days):
    until = DAY + timedelta(days=days - 1)
    return {
        "supported_until": until,
        "ends_on": until + timedelta(days=1),
        "days_left": days,
        "upgrade_to": Upgrade(newest="3.9"),
    }


def projected(days):
    last = DAY + timedelta(days=days - 1)
    return {"projected_until": Estimate(last, last + timedelta(days=20), date.max)}


def announced(kind="removal", days=30, **said):
    return Announcement(
        id="d1", kind=kind, effective_on=DAY + timedelta(days=days), days_left=days, **said
    )


def found(each, **terms):
    return [
        (finding.rule, finding.severity.value) for _, finding in find([each], CheckTerms(**terms))
    ]


@pytest.mark.parametrize(
    ("status", "rule", "severity"),
    [
        ("unsupported", "unsupported", "error"),
        ("withdrawn", "unsupported", "error"),
        ("best_effort", "no-promise", "note"),
        ("prerelease", "no-promise", "note"),
        ("unknown", "undecided", "error"),
        ("planned", "undecided", "error"),
        ("a status of tomorrow's service", "undecided", "error"),
    ],
)
@pytest.mark.parametrize("fail_on", list(FailOn))
def test_a_status_is_judged_the_same_whatever_else_fails(status, rule, severity, fail_on):
    assert found(running(status), fail_on=fail_on) == [(rule, severity)]


def test_what_is_undecided_names_the_way_out_tiers_to_choose_or_a_policy_to_put_in_force():
    ((_, chosen),) = find([running("unknown", tier=None, choose=("pro", "plus"))], CheckTerms())
    reported = running("unknown", tier="prp", choose=("pro",), instance="production")
    ((_, misspelt),) = find([reported], CheckTerms())
    ((_, unpromised),) = find([running("unknown", tier=None, line="3.5")], CheckTerms())

    assert chosen.fix.startswith("Name the tier that applies, pro or plus, with --tier (for ")
    assert misspelt.fix.startswith("Correct the product, version or tier")
    assert unpromised.fix.startswith("Put a policy in force with `lifecycle policy put web ")


@pytest.mark.parametrize(("days", "near"), [(0, True), (1, True), (90, True), (91, False)])
def test_an_end_is_near_up_to_the_last_day_asked(days, near):
    known, estimated = running(**ending(days)), running(**projected(days))

    assert found(known) == ([("ending", "error")] if near else [])
    assert found(estimated) == ([("ending-projected", "warning")] if near else [])


def test_an_estimated_end_never_fails():
    assert found(running(**projected(5)), fail_on=FailOn.DEPRECATED) == [
        ("ending-projected", "warning")
    ]


def test_an_announced_end_is_told_once():
    end = (announced("end_of_support", 30),)

    assert found(running("ending", **ending(30), deprecations=end)) == [("ending", "error")]
    assert found(running("unsupported", deprecations=end)) == [("unsupported", "error")]
    assert found(running("ending", **ending(30), deprecations=end), within=7) == [
        ("deprecated-in-use", "warning")
    ]


@pytest.mark.parametrize("kind", ["removal", "breaking_change"])
def test_what_else_is_announced_is_told_beside_an_end(kind):
    both = running("ending", **ending(30), deprecations=(announced(kind),))

    assert found(both, fail_on=FailOn.UNSUPPORTED) == [
        ("ending", "warning"),
        ("deprecated-in-use", "warning"),
    ]
    assert found(both, fail_on=FailOn.DEPRECATED) == [
        ("ending", "error"),
        ("deprecated-in-use", "error"),
    ]


@pytest.mark.parametrize(
    ("each", "message", "fix"),
    [
        (running(**ending(1)), "ends today: 2026-11-21 is the last", "3.9 before 2026-11-22."),
        (running("unsupported", **ending(-3)), "web 3.5 for pro is not supported", "to 3.9."),
        (
            running(deprecations=(announced(feature="export", replacement="Streams"),)),
            "for export of web 3.5 for pro; it takes effect on 2026-12-21, in 30 days.",
            "Move to Streams.",
        ),
        (
            running(deprecations=(announced(feature="export", days=-1),)),
            "it has been in force since 2026-11-20.",
            "Stop using export.",
        ),
    ],
)
def test_a_finding_says_what_and_until_when_and_the_way_out(each, message, fix):
    ((_, finding),) = find([each], CheckTerms())

    assert message in finding.message
    assert finding.fix.endswith(fix)


def test_what_could_not_be_decided_is_reported_beside_what_fails():
    findings = [
        each.finding for each in find([running("unsupported"), running("unknown")], CheckTerms())
    ]

    judged = judge(findings)

    assert (judged.verdict, judged.decided) == (Verdict.FAIL, False)
    assert {finding.rule for finding in judged.findings} == {"unsupported", "undecided"}


def test_the_gravest_finding_comes_first():
    findings = find(
        [running("best_effort"), running(**projected(3)), running("unsupported")], CheckTerms()
    )

    judged = judge(finding.finding for finding in findings)

    assert [finding.severity for finding in judged.findings] == [
        Severity.ERROR,
        Severity.WARNING,
        Severity.NOTE,
    ]


def test_every_rule_has_a_page_that_says_what_why_and_how_to_mend_it():
    for page in PAGES:
        assert page.what.endswith(".")
        assert page.why
        assert page.fix
    assert len({page.id for page in PAGES}) == len(PAGES)


def test_the_way_out_says_that_the_newest_is_not_covered():
    upgrade = Upgrade(newest="3.9", uncovered="4.0")

    (_, finding), *_ = find([running("unsupported", upgrade_to=upgrade)], CheckTerms())

    assert finding.fix == "Upgrade to 3.9. pro does not cover 4.0, the newest."

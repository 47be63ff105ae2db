from datetime import date, timedelta

import msgspec
import pytest

from lifecycle.calendar.lengths import Length
from lifecycle.deprecations.implied_ends import horizon, implied_ends
from lifecycle.policy.notice_periods import BusinessDays, Kind, Lead, Longest, NoticeTerms, Releases
from lifecycle.policy.policies import Policy, Tier
from lifecycle.policy.windows import (
    BestEffort,
    Declared,
    Ends,
    For,
    Granularity,
    Newest,
    Phase,
    Since,
    Window,
)
from lifecycle.support.facts import AnnouncedEnd, Facts, Line, Release

TODAY = date(2026, 7, 1)
PLANNED = date(2026, 9, 1)


def release(version, day, **more):
    major, minor, patch = (int(part) for part in version.split("."))
    units = (f"{major}", f"{major}.{minor}", version)
    rank = (major * 1000 + minor) * 1000 + patch
    return Release(version, rank, day, line=f"{major}.{minor}", units=units, **more)


def out(*versions, first=date(2026, 1, 1)):
    """Release one version after another, ten days apart."""
    return [release(each, first + timedelta(n * 10)) for n, each in enumerate(versions)]


def planned(version, day=PLANNED):
    return release(version, day, planned=True)


def policy(windows, **more):
    tiers = tuple(Tier(name, rank, window) for rank, (name, window) in enumerate(windows.items()))
    said = {"name": "promise", "version": "1", "in_force_from": date(2020, 1, 1)} | more
    return Policy(tiers=tiers, **said)


def facts(releases, windows, lines=()):
    return Facts("widget", "minor", tuple(releases), tuple(lines), (policy(windows),))


def shown(ends):
    return [(end.line, end.tiers, end.effective_on, end.caused_by) for end in ends]


THREE = {"enterprise": Window(Newest(3, Granularity.MINOR))}


def test_a_plan_ends_the_line_it_pushes_out():
    known = facts([*out("1.0.0", "1.1.0", "1.2.0"), planned("1.3.0")], THREE)

    (end,) = implied_ends(known, today=TODAY)

    assert shown([end]) == [("1.0", ("enterprise",), PLANNED, "1.3.0")]
    assert end.days == {"enterprise": PLANNED}
    assert "1.0" in end.reason


def test_without_a_plan_a_counted_window_has_no_end_to_announce():
    assert implied_ends(facts(out("1.0.0", "1.1.0", "1.2.0"), THREE), today=TODAY) == ()


def test_each_plan_causes_its_own_end():
    second = PLANNED + timedelta(21)
    known = facts(
        [*out("1.0.0", "1.1.0", "1.2.0"), planned("1.3.0"), planned("1.4.0", second)], THREE
    )

    assert shown(implied_ends(known, today=TODAY)) == [
        ("1.0", ("enterprise",), PLANNED, "1.3.0"),
        ("1.1", ("enterprise",), second, "1.4.0"),
    ]


def test_a_plan_whose_day_has_passed_causes_nothing():
    late = planned("1.3.0", TODAY - timedelta(1))

    assert implied_ends(facts([*out("1.0.0", "1.1.0", "1.2.0"), late], THREE), today=TODAY) == ()


def test_a_patch_is_advice_and_the_next_line_an_end():
    windows = {"pro": Window(Newest(1, Granularity.RELEASE))}
    patch, minor = planned("1.2.1", TODAY + timedelta(5)), planned("1.3.0")

    only_patch = implied_ends(facts([*out("1.1.0", "1.2.0"), patch], windows), today=TODAY)
    both = implied_ends(facts([*out("1.1.0", "1.2.0"), patch, minor], windows), today=TODAY)

    assert only_patch == ()
    assert shown(both) == [("1.2", ("pro",), PLANNED, "1.3.0")]


def test_declared_days_end_tiers_apart_and_alike():
    last, much_later = date(2026, 12, 31), date(2028, 12, 31)
    line = Line("1.0", declared={Phase.ACTIVE_SUPPORT: last, Phase.SECURITY_SUPPORT: much_later})
    windows = {
        "community": Window(Declared((Phase.ACTIVE_SUPPORT,))),
        "pro": Window(Declared((Phase.ACTIVE_SUPPORT,))),
        "enterprise": Window(Declared((Phase.SECURITY_SUPPORT,))),
    }

    assert shown(implied_ends(facts(out("1.0.0"), windows, [line]), today=TODAY)) == [
        ("1.0", ("community", "pro"), date(2027, 1, 1), None),
        ("1.0", ("enterprise",), date(2029, 1, 1), None),
    ]


@pytest.mark.parametrize("said", [True, False, date(2026, 6, 30)])
def test_a_declared_day_that_is_over_or_unknown_is_none_to_announce(said):
    line = Line("1.0", declared={Phase.END_OF_LIFE: said})
    windows = {"pro": Window(Declared((Phase.END_OF_LIFE,)))}

    assert implied_ends(facts(out("1.0.0"), windows, [line]), today=TODAY) == ()


def test_the_last_covered_day_itself_still_lies_ahead():
    line = Line("1.0", declared={Phase.END_OF_LIFE: TODAY})
    windows = {"pro": Window(Declared((Phase.END_OF_LIFE,)))}

    ends = implied_ends(facts(out("1.0.0"), windows, [line]), today=TODAY)

    assert [end.effective_on for end in ends] == [TODAY + timedelta(1)]


def test_a_line_that_ends_only_after_notice_has_no_implied_end():
    windows = {"pro": Window(Newest(1, Granularity.MINOR), ends=Ends.AFTER_NOTICE)}

    assert implied_ends(facts([*out("1.0.0"), planned("1.1.0")], windows), today=TODAY) == ()


def test_best_effort_has_no_end():
    known = facts([*out("1.0.0"), planned("1.1.0")], {"community": Window(BestEffort())})

    assert implied_ends(known, today=TODAY) == ()


def test_a_time_after_the_next_line_is_caused_by_that_lines_plan():
    windows = {"pro": Window(For(Length(months=6), Since.SUPERSEDED))}

    ends = implied_ends(facts([*out("1.0.0"), planned("1.1.0")], windows), today=TODAY)

    assert shown(ends) == [("1.0", ("pro",), date(2027, 3, 1), "1.1.0")]


def test_an_end_that_no_plan_can_change_has_no_cause():
    windows = {"pro": Window(For(Length(months=6), Since.SUPERSEDED))}
    known = facts([*out("1.0.0", "1.1.0", first=date(2026, 6, 1)), planned("1.2.0")], windows)

    assert shown(implied_ends(known, today=TODAY))[0] == (
        "1.0",
        ("pro",),
        date(2026, 12, 11),
        None,
    )


def test_a_floor_holds_an_end_back_that_a_plan_would_bring():
    windows = {"pro": Window(Newest(1, Granularity.MINOR), at_least=Length(months=12))}

    ends = implied_ends(facts([*out("1.0.0"), planned("1.1.0")], windows), today=TODAY)

    assert shown(ends) == [("1.0", ("pro",), date(2027, 1, 1), "1.1.0")]


def test_what_is_announced_does_not_hide_what_the_window_says():
    known = facts([*out("1.0.0", "1.1.0", "1.2.0"), planned("1.3.0")], THREE)
    announced = AnnouncedEnd(
        "uid", TODAY, {"enterprise": date(2027, 1, 1)}, lines=frozenset({"1.0"})
    )
    told = msgspec.structs.replace(known, ends=(announced,))

    assert implied_ends(told, today=TODAY) == implied_ends(known, today=TODAY)


def test_a_withdrawn_line_gives_its_place_back():
    withdrawn = release("1.2.0", date(2026, 1, 21), withdrawn_on=TODAY)
    known = facts([*out("1.0.0", "1.1.0"), withdrawn, planned("1.3.0")], THREE)

    assert implied_ends(known, today=TODAY) == ()


def test_a_product_without_a_policy_has_no_ends():
    known = Facts("widget", "minor", (*out("1.0.0"), planned("1.1.0")))

    assert implied_ends(known, today=TODAY) == ()


@pytest.mark.parametrize(
    ("terms", "reminders", "last"),
    [
        (NoticeTerms(Lead(Length(days=180))), (90, 30), date(2027, 3, 28)),
        (NoticeTerms(BusinessDays(5)), (), date(2026, 7, 8)),
        (NoticeTerms(Lead(Length(days=1)), {"b": Lead(Length(days=9))}), (1,), date(2026, 7, 11)),
        (
            NoticeTerms(Longest((Lead(Length(months=1)), Releases(3, Granularity.MINOR)))),
            (),
            date(2026, 8, 1),
        ),
    ],
)
def test_ends_are_announced_within_the_longest_notice_and_reminder(terms, reminders, last):
    windows = {"a": Window(BestEffort()), "b": Window(BestEffort())}
    known = policy(windows, notice={Kind.END_OF_SUPPORT: terms}, reminders=reminders)

    assert horizon(known, TODAY) == last

"""Each form says what was found, read back by the reader that its users have."""

import json
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import junitparser
import pytest
from markdown_it import MarkdownIt

from lifecycle.errors import Unavailable
from lifecycle.reports import Report, ReportedFinding
from lifecycle.reports.answered_reports import read_report, undecided_report
from lifecycle.reports.forms import FORMS, render

NOTE = ReportedFinding("prerelease", "note", "It is exempt.")
WARNING = ReportedFinding(
    "accounts-still-running",
    "warning",
    "3 accounts use it.",
    fix="Ask them to move.",
    subject="legacy-connector",
    evidence={"running": {"enterprise": 3}},
    path=("removes", 0),
    line=4,
)
ERROR = ReportedFinding(
    "removal-unannounced",
    "error",
    "legacy-connector is removed, and nobody announced it.",
    fix="Keep legacy-connector in this release.",
    subject="legacy-connector",
    evidence={"owed": [{"tier": "enterprise", "length": "180 days"}], "announced": None},
    path=("removes", 0),
    line=4,
)
PAGES = {
    name: SimpleNamespace(id=name, what=f"What {name} is.", why=f"Why {name}.", fix=f"Mend {name}.")
    for name in ("removal-unannounced", "accounts-still-running", "stage-lowered")
}


def pages():
    return PAGES


def report(*findings, **given):
    verdict = "fail" if ERROR in findings else "warn" if WARNING in findings else "pass"
    defaults = {
        "title": "clairdash 3.40.0 on 2026-12-01",
        "verdict": verdict,
        "findings": findings,
        "source": "release.yaml",
        "document": {"verdict": verdict, "decided": True},
    }
    return Report(**(defaults | given))


ALL = report(NOTE, WARNING, ERROR, summary=("Kept as 42.",))
NONE = report()
UNDECIDED = undecided_report("release.yaml", "The service does not answer.", source="release.yaml")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (NONE, 0),
        (report(NOTE), 0),
        (report(WARNING), 0),
        (report(WARNING, strict=True), 1),
        (report(NOTE, strict=True), 0),
        (ALL, 1),
        (report(ERROR, decided=False), 2),
        (UNDECIDED, 2),
        (report(ERROR, verdict="pass"), 1),
        (report(verdict="fail"), 1),
    ],
)
def test_the_exit_code_follows_from_the_gravest_thing_told(asked, code):
    assert asked.exit_code == code


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_every_kind_of_report(form):
    for each in (ALL, NONE, UNDECIDED, report(ERROR, source=None)):
        assert render(each, form, pages=pages).endswith("\n")


def test_text_begins_with_the_verdict_and_tells_what_why_and_the_way_out():
    text = render(ALL, "text", pages=pages)

    assert text == (
        "FAIL: clairdash 3.40.0 on 2026-12-01\n"
        "  1 error, 1 warning, 1 note.\n"
        "\n"
        "error removal-unannounced [legacy-connector] release.yaml:4\n"
        "  legacy-connector is removed, and nobody announced it.\n"
        "  Why: Why removal-unannounced.\n"
        "  Fix: Keep legacy-connector in this release.\n"
        "    owed: (tier: enterprise, length: 180 days)\n"
        "    announced: -\n"
        "\n"
        "warning accounts-still-running [legacy-connector] release.yaml:4\n"
        "  3 accounts use it.\n"
        "  Why: Why accounts-still-running.\n"
        "  Fix: Ask them to move.\n"
        "    running: enterprise: 3\n"
        "\n"
        "note prerelease release.yaml\n"
        "  It is exempt.\n"
        "\n"
        "Kept as 42.\n"
    )


def test_text_explains_a_rule_with_its_first_finding_only():
    text = render(report(ERROR, ERROR), "text", pages=pages)

    assert text.count("Why: ") == 1


def test_text_without_findings_asks_for_no_pages():
    def never():
        raise AssertionError

    assert "Nothing found." in render(NONE, "text", pages=never)


def test_text_says_why_nothing_was_decided():
    text = render(UNDECIDED, "text")

    assert text.startswith("NOT DECIDED: release.yaml\n  The service does not answer.\n")


def test_text_keeps_to_the_width_and_has_colour_only_where_asked():
    long = ReportedFinding("rule", "error", "word " * 200, fix="mend " * 100)

    plain = render(report(long), "text", width=60)
    painted = render(report(long), "text", width=60, colour=True)

    assert max(len(line) for line in plain.splitlines()) <= 60
    assert "\x1b" not in plain
    assert "\x1b[31m" in painted


def test_text_holds_no_command_for_the_runner_that_prints_it():
    hidden = "x" * 50 + " ::add-mask::y ##[group]z ##vso[task.setvariable]"
    tricky = ReportedFinding("r", "error", hidden, fix="::error::z")

    lines = render(report(tricky), "text", width=60).splitlines()

    assert not any(line.lstrip().startswith("::") for line in lines)
    assert not any("##[" in line or "##vso[" in line for line in lines)


def test_json_is_the_answer_and_what_the_exit_means():
    asked = report(ERROR, document={"verdict": "fail", "decided": True, "id": "42"})

    told = json.loads(render(asked, "json"))

    assert told == {
        "verdict": "fail",
        "decided": True,
        "id": "42",
        "exit": {"code": 1, "means": "a finding fails it"},
    }


def test_markdown_has_a_heading_a_table_and_the_ways_out():
    html = MarkdownIt("commonmark").enable("table").render(render(ALL, "markdown", pages=pages))

    assert "<h2>Fail: clairdash 3.40.0 on 2026-12-01</h2>" in html
    assert html.count("<tr>") == 4
    assert "<td>removal-unannounced</td>" in html
    assert "Fix: Keep legacy-connector in this release." in html
    assert "Why: Why removal-unannounced." in html
    assert html.index("<td>error</td>") < html.index("<td>warning</td>") < html.index("<td>note")


def test_markdown_without_findings_has_no_table():
    assert "|" not in render(NONE, "markdown")


def test_markdown_stays_below_what_a_comment_may_hold_and_says_what_it_left_out():
    many = [
        ReportedFinding("rule", "error", f"{n} " + "word " * 100, subject=f"feature-{n}")
        for n in range(2_000)
    ]

    text = render(report(*many), "markdown")

    assert len(text) < 65_536
    shown = text.count("| error |")
    assert shown > 20
    assert f"Not shown here: {2_000 - shown} more." in text


def junit(*asked, **given):
    text = render(*asked, "junit", **given)
    ET.fromstring(text.encode())  # noqa: S314 -- written here
    [suite] = junitparser.JUnitXml.fromstring(text.encode())
    return suite, {case.name: case for case in suite}


def test_junit_fails_for_errors_and_passes_for_warnings_with_output():
    suite, cases = junit(ALL, pages=pages)

    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (4, 1, 0, 0)
    [failure] = cases["removal-unannounced legacy-connector"].result
    assert isinstance(failure, junitparser.Failure)
    assert failure.message == ERROR.message
    assert "Fix: Keep legacy-connector in this release.\nAt: release.yaml:4" in failure.text
    assert cases["accounts-still-running legacy-connector"].is_passed
    assert "Ask them to move." in cases["accounts-still-running legacy-connector"].system_out
    assert cases["stage-lowered"].is_passed


def test_junit_fails_for_warnings_where_those_fail():
    _, cases = junit(report(WARNING, strict=True))

    assert cases["accounts-still-running legacy-connector"].is_failure


def test_junit_is_never_without_a_test():
    suite, cases = junit(NONE)

    assert suite.tests == 1
    assert cases["verdict"].is_passed


def test_junit_has_an_error_where_nothing_was_decided_and_passes_no_rule_then():
    suite, cases = junit(UNDECIDED, pages=pages)

    assert (suite.tests, suite.errors) == (1, 1)
    [error] = cases["decided"].result
    assert isinstance(error, junitparser.Error)
    assert error.message == "The service does not answer."


def test_junit_names_no_two_tests_alike():
    _, cases = junit(report(ERROR, ERROR))

    assert set(cases) >= {
        "removal-unannounced legacy-connector",
        "removal-unannounced legacy-connector (2)",
    }


def test_sarif_has_results_at_the_manifests_lines_with_the_rules_pages_as_help():
    [run] = json.loads(render(ALL, "sarif", pages=pages))["runs"]

    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*PAGES, "prerelease"]
    assert rules[0]["help"]["text"].endswith("Fix: Mend removal-unannounced.")
    first = run["results"][0]
    assert (first["level"], first["ruleId"]) == ("error", "removal-unannounced")
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"]
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "release.yaml"},
                "region": {"startLine": 4},
            }
        }
    ]
    assert run["invocations"][0]["executionSuccessful"] is True


def test_sarif_says_of_an_undecided_run_that_it_did_not_succeed():
    [run] = json.loads(render(UNDECIDED, "sarif"))["runs"]

    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 2
    [notification] = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "The service does not answer."


def test_sarif_addresses_a_file_of_any_name():
    [run] = json.loads(render(report(ERROR, source="a b/ü:%.yaml"), "sarif"))["runs"]

    [location] = run["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/%C3%BC%3A%25.yaml"


def marks(asked):
    [run] = json.loads(render(asked, "sarif"))["runs"]
    return [each["partialFingerprints"]["lifecycleFinding/v1"] for each in run["results"]]


def test_a_fingerprint_outlives_another_line_another_place_and_other_counts():
    later = ReportedFinding(
        ERROR.rule, "error", "9 now.", subject=ERROR.subject, path=("removes", 3), line=9
    )

    assert marks(report(ERROR)) == marks(report(later))


def test_fingerprints_tell_findings_apart_even_alike_ones():
    other = ReportedFinding(ERROR.rule, "error", ERROR.message, subject="other")

    assert len(set(marks(report(ERROR, ERROR, other, NOTE)))) == 4


def test_github_gets_an_escaped_command_for_each_finding():
    nasty = ReportedFinding(
        "r,u:le", "error", "100 %\nof it, and: more", fix="Mend.", subject="a,b::c", line=3
    )

    line, warning, note = render(report(NOTE, WARNING, nasty), "github").splitlines()

    assert line == (
        "::error file=release.yaml,line=3,title=r%2Cu%3Ale (a%2Cb%3A%3Ac)"
        "::100 %25%0Aof it, and: more%0AFix: Mend."
    )
    assert warning.startswith("::warning file=release.yaml,line=4,title=accounts-still-running ")
    assert note == "::notice file=release.yaml,title=prerelease::It is exempt."


def test_github_is_told_that_nothing_was_decided_and_that_nothing_was_found():
    assert render(UNDECIDED, "github") == (
        "::error file=release.yaml,title=Not decided%3A release.yaml"
        "::The service does not answer.\n"
    )
    assert render(NONE, "github") == (
        "::notice title=pass%3A clairdash 3.40.0 on 2026-12-01::Nothing found.\n"
    )


def test_code_quality_has_an_issue_for_each_finding():
    issues = json.loads(render(ALL, "codequality"))

    assert [issue["severity"] for issue in issues] == ["critical", "minor", "info"]
    first = issues[0]
    assert set(first) == {"description", "check_name", "fingerprint", "severity", "location"}
    assert first["check_name"] == "removal-unannounced"
    assert first["location"] == {"path": "release.yaml", "lines": {"begin": 4}}
    assert issues[2]["location"]["lines"]["begin"] == 1
    assert json.loads(render(NONE, "codequality")) == []


def test_only_what_could_not_be_decided_is_given_as_the_reason_for_that():
    found = [
        {"rule": "unsupported", "severity": "error", "message": "web 1.0.0 is not supported."},
        {"rule": "undecided", "severity": "error", "message": "web 9.9.9 is not known."},
    ]
    answer = {"verdict": "fail", "decided": False, "findings": found}

    report = read_report(answer, title="t", undecided=frozenset({"undecided"}))

    assert report.why_undecided == ("web 9.9.9 is not known.",)


def test_code_quality_blocks_what_was_not_decided():
    [issue] = json.loads(render(UNDECIDED, "codequality"))

    assert issue["severity"] == "blocker"
    assert issue["description"] == "The service does not answer."


def test_an_answer_is_read_with_the_lines_of_what_was_asked():
    found = {"rule": "stage-lowered", "severity": "error", "message": "Gone.", "fix": "Keep it."}
    more = {"subject": None, "evidence": {}, "path": ["removes", 0], "beside": 1}
    answer = {"verdict": "fail", "decided": True, "id": "42", "findings": [found | more]}

    read = read_report(
        answer, title="t", source="m.yaml", line_of={("removes", 0): 7}.get, summary=["s"]
    )

    assert read.findings[0].line == 7
    assert (read.summary, read.document, read.exit_code) == (("s",), answer, 1)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        None,
        {"verdict": "pass"},
        {"verdict": "pass", "findings": []},
        {"verdict": "good", "decided": True, "findings": []},
        {"verdict": "pass", "decided": True, "findings": [{"severity": "error"}]},
    ],
)
def test_what_is_no_verdict_is_refused_and_not_taken_for_a_pass(answer):
    with pytest.raises(Unavailable, match="not a verdict"):
        read_report(answer, title="t")


def test_rules_lead_to_their_pages_where_a_service_shows_them():
    told = report(NOTE, WARNING, ERROR, site="https://example.com/life")
    address = "https://example.com/life/rules/removal-unannounced"

    sarif = json.loads(render(told, "sarif", pages=pages))
    markdown = render(told, "markdown", pages=pages)

    rules = {each["id"]: each for each in sarif["runs"][0]["tool"]["driver"]["rules"]}
    assert rules["removal-unannounced"]["helpUri"] == address
    assert "helpUri" not in rules["prerelease"]
    links = [
        child.attrs["href"]
        for token in MarkdownIt().parse(markdown)
        for child in token.children or []
        if child.type == "link_open"
    ]
    assert links == [address, address.replace("removal-unannounced", "accounts-still-running")]


def test_findings_lead_to_their_rules_pages_in_forms_with_one_text_for_all():
    told = report(NOTE, WARNING, ERROR, site="https://example.com/life")
    address = "https://example.com/life/rules/removal-unannounced"

    issues = json.loads(render(told, "codequality", pages=pages))
    commands = render(told, "github", pages=pages).splitlines()
    suite = ET.fromstring(render(told, "junit", pages=pages))  # noqa: S314 -- our own
    text = render(told, "text", pages=pages, width=40)

    issue = {issue["check_name"]: issue["description"] for issue in issues}
    assert issue["removal-unannounced"].endswith(f" Read more: {address}")
    assert "Read more" not in issue["prerelease"]
    (command,) = [each for each in commands if each.startswith("::error ")]
    assert command.endswith(f"%0ARead more: {address}")
    (failure,) = suite.iter("failure")
    assert f"\nRead more: {address}\n" in failure.text
    assert f"\n  Read more: {address}\n" in text


def test_without_a_service_rules_lead_nowhere():
    assert "helpUri" not in render(ALL, "sarif", pages=pages)
    assert "](" not in render(ALL, "markdown", pages=pages)
    for form in ("codequality", "github", "junit", "text"):
        assert "Read more" not in render(ALL, form, pages=pages)

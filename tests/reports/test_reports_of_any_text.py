"""Names and reasons come from strangers: whatever they hold, every form stays what it is."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lifecycle.reports import Report, ReportedFinding
from lifecycle.reports.forms import FORMS, render
from lifecycle.reports.harmless_text import block, line

NASTY = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil\x1b\\link",
    "\x9b31mred",
    "]]>",
    "a | b",
    "<script>alert(1)</script>",
    "<!-- hidden",
    "one\r\ntwo\u2028three",
    "- item\n# heading\n1. first",
    "::error::x",
    "\ud800",
    "\ufffe\x00\x08",
    "\u202egnp.exe",
    "@everyone `code` [link](javascript:x) ![i](x)",
    "é" * 100_000,
]
texts = st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=60))
levels = st.sampled_from(["error", "warning", "note"])
findings = st.builds(
    ReportedFinding,
    rule=texts,
    severity=levels,
    message=texts,
    fix=texts,
    subject=st.none() | texts,
    evidence=st.dictionaries(
        texts, st.none() | st.booleans() | texts | st.lists(texts), max_size=2
    ),
    path=st.tuples(texts),
    line=st.none() | st.integers(1, 99),
)
reports = st.builds(
    lambda **given: Report(document={"findings": given["title"], given["title"]: 1}, **given),
    title=texts,
    verdict=st.sampled_from(["pass", "warn", "fail"]),
    decided=st.booleans(),
    findings=st.lists(findings, max_size=3).map(tuple),
    reasons=st.lists(texts, max_size=1).map(tuple),
    summary=st.lists(texts, max_size=1).map(tuple),
    source=st.none() | texts,
)
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def written(report, form):
    """Render it, and hold what is true of every form: text that no terminal obeys."""
    text = render(report, form)
    assert not CONTROLS.search(text)
    text.encode()
    return text


@given(reports)
def test_text_is_obeyed_by_no_terminal_and_no_runner(report):
    lines = written(report, "text").split("\n")

    assert not any(line.lstrip().startswith("::") for line in lines)


@given(reports)
def test_json_is_json(report):
    told = json.loads(written(report, "json"))

    assert told["exit"]["code"] == report.exit_code


@given(reports)
def test_junit_is_xml_with_a_test_for_each_finding(report):
    root = ET.fromstring(written(report, "junit").encode())  # noqa: S314 -- ours

    found = len(report.findings) + (not report.decided)
    assert len(root.findall("testsuite/testcase")) == max(found, 1)


@given(reports)
def test_sarif_is_json_with_a_result_for_each_finding(report):
    [run] = json.loads(written(report, "sarif"))["runs"]

    assert len(run["results"]) == len(report.findings)
    assert run["invocations"][0]["executionSuccessful"] is report.decided


@given(reports)
def test_github_gets_a_command_a_line(report):
    lines = written(report, "github").removesuffix("\n").split("\n")

    expected = len(report.findings) + (not report.decided)
    assert len(lines) == max(expected, 1) + bool(report.summary)
    pattern = r"::(error|warning|notice) ((file|line|title)=[^:,]*,?)+::.*"
    assert all(re.fullmatch(pattern, line) for line in lines)


@given(reports)
def test_code_quality_is_json_with_fingerprints_of_their_own(report):
    issues = json.loads(written(report, "codequality"))

    assert len(issues) == len(report.findings) + (not report.decided)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    assert all(issue["location"]["path"] for issue in issues)


@pytest.mark.parametrize("reason", ["", " ", "\n"])
@pytest.mark.parametrize("form", FORMS)
def test_what_was_not_decided_for_no_stated_reason_is_told_all_the_same(form, reason):
    report = Report(title="clairdash 3.40.0", verdict="fail", decided=False, reasons=(reason,))

    told = " ".join(written(report, form).split()).lower()

    assert re.search("not[- ](be )?decided|decided.*error|could not", told)


def inner(tokens):
    for token in tokens:
        yield token
        yield from inner(token.children or [])


@given(reports)
def test_markdown_holds_no_markup_but_its_own(report):
    text = written(report, "markdown")

    tokens = list(inner(MarkdownIt("commonmark").enable("table").parse(text)))

    kinds = {token.type for token in tokens}
    assert kinds.isdisjoint({"html_block", "link_open", "image", "code_inline", "fence", "hr"})
    assert {token.content for token in tokens if token.type == "html_inline"} <= {"<!-- -->"}
    assert sum(token.type == "heading_open" for token in tokens) == 1
    rows = sum(token.type == "tr_open" for token in tokens)
    assert rows == (len(report.findings) + 1 if report.findings else 0)
    assert sum(token.type == "td_open" for token in tokens) == 4 * len(report.findings)


@given(texts)
def test_markdown_shows_the_text_as_it_is(text):
    finding = ReportedFinding("rule", "error", text)
    report = Report(title="t", verdict="fail", findings=(finding,))

    tokens = MarkdownIt("commonmark").enable("table").parse(render(report, "markdown"))

    [*_, cell] = [tokens[place + 1] for place, each in enumerate(tokens) if each.type == "td_open"]
    shown = "".join(each.content for each in cell.children if each.type != "html_inline")
    assert shown == line(text, 1_000)


@pytest.mark.parametrize("form", sorted(FORMS.keys() - {"json"}))
def test_a_huge_message_is_cut_and_says_so(form):
    huge = ReportedFinding("rule", "error", "word " * 20_000)

    text = render(Report(title="t", verdict="fail", findings=(huge,)), form)

    assert len(text) < 20_000
    assert "100000 characters" in " ".join(text.split())


def test_cleaning_leaves_what_follows_an_unfinished_sequence():
    assert block("\x1b]0;the rest is told") == "]0;the rest is told"

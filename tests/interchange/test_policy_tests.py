"""Tests of a policy are read as they are written, and every mistake is told by its line."""

from datetime import date

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.interchange.policy_tests import read_policy_test
from lifecycle.support.intervals import End
from lifecycle.support.status import Status
from testkit.manual_pages import MANUAL, blocks

CASES = """\
cases:
- {version: 3.10, tier: pro, day: 2026-11-21, expected: supported, end: rule}
- {version: 2018-03-01, tier: pro, day: 2026-11-21, expected: ending, supported_until: 2026-12-31}
"""
TABLE = """\
version,tier,day,expected,supported_until
3.10,pro,2026-11-21,supported,
3.9,pro,2026-11-21,ending,2026-12-31
"""


def test_versions_stay_as_they_are_written():
    test = read_policy_test(CASES.encode(), file="test.yaml")

    first, second = test.cases
    assert (first.version, first.end, first.expected) == ("3.10", End.RULE, Status.SUPPORTED)
    assert (second.version, second.supported_until) == ("2018-03-01", date(2026, 12, 31))
    assert (test.line_of(0), test.line_of(1)) == (2, 3)


def test_a_table_is_read_with_the_lines_of_its_rows():
    test = read_policy_test(TABLE.encode(), file="test.csv")

    assert [case.version for case in test.cases] == ["3.10", "3.9"]
    assert [case.supported_until for case in test.cases] == [None, date(2026, 12, 31)]
    assert (test.line_of(0), test.line_of(1)) == (2, 3)


def test_a_table_that_is_piped_in_needs_no_name():
    assert len(read_policy_test(TABLE.encode(), file="-").cases) == 2
    assert len(read_policy_test(CASES.encode(), file="-").cases) == 2


def test_a_policy_in_the_file_keeps_its_numbers_and_its_lines():
    text = f"policy:\n  version: '1'\n  tiers:\n    pro: {{rank: 1}}\n{CASES}"

    policy = read_policy_test(text.encode(), file="test.yaml").policy

    assert policy.value["tiers"]["pro"]["rank"] == 1
    assert policy.line_of(("tiers", "pro", "rank")) == 4


@pytest.mark.parametrize(
    ("text", "file", "words"),
    [
        (CASES.replace("ending", "ended"), "t.yaml", ["line 3", "expected", "unsupported"]),
        (CASES.replace("2026-12-31", "soon"), "t.yaml", ["line 3", "supported_until"]),
        (CASES.replace("tier: pro, ", "", 1), "t.yaml", ["line 2", "tier", "required"]),
        (CASES.replace("end:", "ends:"), "t.yaml", ["line 2", "ends"]),
        (f"polcy: x.yaml\n{CASES}", "t.yaml", ["line 1", "polcy"]),
        ('{"cases": [\n{"version": "1", "tier": "a"}]}', "t.json", ["line 2", "day"]),
        (TABLE.replace("2026-11-21,supported", "21.11.2026,supported"), "t.csv", ["line 2", "day"]),
        (TABLE.replace("_until\n", "_untill\n"), "t.csv", ["line 1", "supported_untill"]),
        (TABLE.replace("tier,", "level,"), "t.csv", ["line 1", "tier", "missing"]),
        ("cases: []", "t.yaml", ["no cases"]),
        ("product: web", "t.yaml", ["no cases"]),
        ("version,tier,day,expected", "t.csv", ["no cases"]),
        ("- just text", "t.yaml", ["line 1", "mapping"]),
        ("", "t.yaml", ["empty"]),
    ],
)
def test_a_mistake_names_its_line_and_what_may_stand_there(text, file, words):
    with pytest.raises(LifecycleError) as refused:
        read_policy_test(text.encode(), file=file)

    said = "\n".join([refused.value.detail, *(f"{p} {p.allowed}" for p in refused.value.problems)])
    assert file in said
    assert [word for word in words if word not in said] == [], said


def test_the_manual_shows_a_table_that_is_read():
    (table,) = [block for block in blocks(MANUAL / "policy.md") if block.language == "csv"]

    assert len(read_policy_test(table.text.encode(), file="cases.csv").cases) == 2

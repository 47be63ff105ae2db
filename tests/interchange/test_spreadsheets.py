"""Tables as CSV: every text comes back, and none of them is a formula."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.interchange.spreadsheets import write_table

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def read(table):
    return list(csv.reader(io.StringIO(table.decode(), newline="")))


@given(st.lists(st.tuples(texts, texts, st.dates()), max_size=5))
def test_whatever_is_written_comes_back_and_begins_no_formula(rows):
    table = write_table(("one", "two", "day"), rows)

    names, *found = read(table)
    assert names == ["one", "two", "day"]
    assert len(found) == len(rows)
    for cells, row in zip(found, rows, strict=True):
        for cell, value in zip(cells, row, strict=True):
            text = value.isoformat() if isinstance(value, date) else value
            assert not cell.startswith(FORMULAS)
            assert cell == (f"'{text}" if text.startswith(FORMULAS) else text)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(1)", b"'=HYPERLINK(1)"),
        ('@SUM(1,"2")', b'"\'@SUM(1,""2"")"'),
        ("two\nlines", b'"two\nlines"'),
        ("3.35", b"3.35"),
        (None, b""),
        ("שלום 😀", "שלום 😀".encode()),
    ],
)
def test_a_field_is_quoted_as_rfc_4180_has_it(value, written):
    assert write_table(("a", "b"), [(value, "x")]) == b"a,b\r\n" + written + b",x\r\n"

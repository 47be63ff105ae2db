"""Tables are as wide as they may be, and lose nothing."""

import pytest

from lifecycle.cli.output import show_table
from lifecycle.cli.terminal_tables import display_width, fit, table_lines, table_rows

ROWS = [
    [
        "clairdash-runtime",
        "2026-11-30",
        "It is affected from 18 November 2026 and not notified.",
    ],
    ["東京", "-", "x" * 70],
]


def on_a_terminal(stream, color):
    """Say when colours are left out where there is a terminal: if it was asked for."""
    return color is False


@pytest.mark.parametrize("width", [30, 40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal_and_no_letter_is_lost(width):
    lines = table_lines(["product", "since", "what"], ROWS, width=width)

    assert max(map(display_width, lines)) <= width
    letters = sorted("".join(lines).replace(" ", ""))
    whole = "PRODUCTSINCEWHAT" + "".join(cell for row in ROWS for cell in row)
    assert letters == sorted(whole.replace(" ", ""))


def test_a_day_stays_whole_as_long_as_longer_words_can_be_broken():
    widths = fit(ROWS, 50)

    assert widths[1] == 10


def test_what_does_not_fit_goes_on_in_the_next_line_of_its_column():
    head, first, _ = table_rows(["product", "since", "what"], ROWS, width=60)

    assert len(head) == 1
    assert first[0].startswith("clairdash-")
    assert first[1].startswith("runtime   ")


def test_equal_cells_all_have_their_colour(capsys, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("click.utils.should_strip_ansi", on_a_terminal)

    show_table(["a", "b"], [["planned", "planned"]])

    assert capsys.readouterr().out.count("\x1b[34mplanned\x1b[0m") == 2


def test_nobody_is_coloured_who_does_not_want_it(capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("click.utils.should_strip_ansi", on_a_terminal)

    show_table(["a"], [["planned"]])

    assert capsys.readouterr().out == "A\nplanned\n"

"""How support ends, in words."""

from datetime import date

import pytest

from lifecycle.answers.response_structs import SupportOut
from lifecycle.answers.support_phrases import end_pieces, stretch_phrase
from lifecycle.answers.timelines import StretchOut
from lifecycle.calendar.estimates import Estimate
from lifecycle.support.intervals import End
from lifecycle.support.status import Status

FIRST, FLOOR, LATER = date(2026, 8, 3), date(2027, 7, 26), date(2027, 9, 1)


def supported(median):
    return SupportOut(
        status=Status.SUPPORTED,
        supported_from=FIRST,
        reason="",
        supported_until=None,
        end=End.RULE,
        projected_until=Estimate(FLOOR, median, LATER),
        at_least_until=FLOOR,
    )


@pytest.mark.parametrize("brief", [True, False])
def test_an_estimate_is_left_out_where_it_says_no_more_than_what_is_certain(brief):
    pieces = list(end_pieces(supported(FLOOR), brief=brief))

    assert pieces == ["at least until ", FLOOR]
    assert any(isinstance(piece, Estimate) for piece in end_pieces(supported(LATER), brief=brief))


def test_the_words_of_a_timeline_leave_it_out_as_well():
    stretch = StretchOut(
        state="supported",
        first=FIRST,
        last=None,
        end=End.RULE,
        projected_last=Estimate(FLOOR, FLOOR, LATER),
        at_least_until=FLOOR,
    )

    assert stretch_phrase(stretch) == ("supported from 3 August 2026, at least until 26 July 2027")

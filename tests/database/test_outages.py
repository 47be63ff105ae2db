import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from structlog.testing import capture_logs

from lifecycle.database.outages import LONGEST_PAUSE, Outage
from lifecycle.errors import Unavailable
from lifecycle.server.standing_jobs import repeat

UNFORESEEN = DBAPIError("SELECT 1", {}, Exception("no sentence fits this"))


@pytest.mark.parametrize("failure", [Unavailable("It is away."), UNFORESEEN, InvalidRequestError()])
async def test_what_runs_beside_the_api_goes_on_after_a_failure_of_the_store(failure):
    ending, tries = asyncio.Event(), itertools.count(1)

    async def work():
        match next(tries):
            case 1 | 2:
                raise failure
            case _:
                ending.set()

    async with asyncio.timeout(30):
        await repeat(0.01, "counting", work, ending)

    assert ending.is_set()


async def test_a_defect_of_our_own_still_ends_it():
    async def work():
        raise KeyError("a defect")

    with pytest.raises(KeyError):
        await repeat(0.01, "counting", work, asyncio.Event())


def test_a_store_that_is_away_is_logged_once_and_anything_else_whole_each_time():
    outage = Outage("counting")
    with capture_logs() as logs:
        for failure in [Unavailable("It is away."), Unavailable("It is away."), UNFORESEEN]:
            with outage.borne():
                raise failure
        with outage.borne():
            pass
        with outage.borne():
            raise Unavailable("It is away again.")

    assert [entry["log_level"] for entry in logs] == ["warning", "error", "warning"]
    assert [entry.get("exc_info") for entry in logs] == [None, True, None]


@given(usual=st.floats(0.01, 3600), failures=st.integers(0, 10_000))
def test_pauses_grow_with_failures_but_never_past_what_is_bearable(usual, failures):
    outage, calm = Outage("counting"), Outage("counting")
    outage.failures = failures

    assert calm.pause(usual) == usual <= outage.pause(usual) <= max(usual, LONGEST_PAUSE)

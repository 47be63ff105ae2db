from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import retries
from notifications.retries import DAY, DELAYS, LIFE, Failure, next_attempt

START = datetime(2026, 11, 21, 12, tzinfo=UTC)

failures = st.builds(
    lambda tries, age, failing, retry_after, permanent, delivery: Failure(
        delivery_id=delivery,
        tries=tries,
        at=START + age,
        first_tried_at=START,
        failing_since=START - failing,
        retry_after=retry_after,
        permanent=permanent,
    ),
    st.integers(1, 20),
    st.timedeltas(timedelta(-1), timedelta(10)),
    st.timedeltas(timedelta(-1), timedelta(10)),
    st.none() | st.timedeltas(timedelta(0), timedelta(400)),
    st.booleans(),
    st.integers(1, 2**40),
)
scales = st.sampled_from([1.0, 0.001])


def failure(tries=1, **said):
    said = {"delivery_id": 1, "at": START, "first_tried_at": START, "failing_since": START, **said}
    return Failure(tries=tries, **said)


@pytest.mark.parametrize("tries", range(1, 10))
def test_each_try_waits_its_length_and_up_to_a_tenth_more(tries):
    following = next_attempt(failure(tries))

    waited = following.due_at - START
    assert DELAYS[tries] <= waited <= DELAYS[tries] * 1.1
    assert not following.exhausted


def test_ten_tries_take_seventy_six_hours_and_then_it_is_exhausted():
    at, tries, seen = START, 1, []
    while (following := next_attempt(failure(tries, at=at))).due_at:
        seen.append((at, following.exhausted))
        at, tries = following.due_at, tries + 1

    tenth = next(at for at, exhausted in seen if exhausted)
    assert timedelta(hours=75) < tenth - START < timedelta(hours=84)
    assert at - START == LIFE
    assert following.disable == retries.FAILING


@given(failures, scales)
def test_what_is_due_lies_ahead_and_at_most_a_day_and_its_jitter(failed, scale):
    following = next_attempt(failed, scale=scale)

    if following.due_at is not None:
        assert failed.at <= following.due_at <= failed.at + DAY * 1.1 * scale


@given(failures, scales)
def test_the_same_failure_has_the_same_consequence(failed, scale):
    assert next_attempt(failed, scale=scale) == next_attempt(failed, scale=scale)


@given(failures)
def test_nothing_is_tried_after_the_fifth_day(failed):
    following = next_attempt(failed)

    if failed.at - failed.first_tried_at >= LIFE:
        assert following.due_at is None
        assert following.exhausted


@given(failures)
def test_what_is_neither_exhausted_nor_given_up_is_tried_again(failed):
    following = next_attempt(failed)

    assert following.due_at or following.exhausted or following.disable


@given(st.integers(1, 9), st.timedeltas(timedelta(0), timedelta(400)))
def test_a_receiver_is_given_the_time_it_asks_for_up_to_a_day(tries, asked):
    following = next_attempt(failure(tries, retry_after=asked))

    assert following.due_at - START >= min(asked, DAY)


def test_failures_at_once_come_back_spread():
    due = {next_attempt(failure(5, delivery_id=number)).due_at for number in range(100)}

    assert len(due) == 100


def test_an_address_that_asks_for_no_more_is_disabled_at_once():
    following = next_attempt(failure(disable=True))

    assert (following.due_at, following.disable) == (None, retries.GONE)


def test_an_old_failure_alone_disables_nobody():
    long_ago = START - timedelta(days=30)

    assert next_attempt(failure(1, failing_since=long_ago)).disable is None

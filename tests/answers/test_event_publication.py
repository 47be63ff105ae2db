"""Whatever is learned of a product, what was published stays, and what stands is what is known."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.answers.event_publication import standing, unpublished
from lifecycle.answers.lifecycle_facts import lifecycle_of
from lifecycle.catalogue.published_events import EventType
from testkit.coverage_samples import FIVE_MINORS, TODAY, facts, minors, policy
from testkit.coverage_strategies import registered
from testkit.known_snapshots import snapshot_of

NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)


@st.composite
def learned(draw):
    """Draw what is known of one product on days that follow each other."""
    days = draw(st.integers(2, 4))
    return [snapshot_of(draw(registered())[0]) for _ in range(days)]


@given(learned())
def test_events_are_only_ever_added_and_those_that_stand_tell_what_is_known(snapshots):
    events = []
    for day, snapshot in enumerate(snapshots):
        now = NOON + timedelta(days=day)
        before = list(events)
        events += unpublished(snapshot, events, now)

        assert events[: len(before)] == before
        assert [event.number for event in events] == list(range(len(events)))
        withdrawn = [event.withdraws for event in events if event.withdraws]
        assert len(set(withdrawn)) == len(withdrawn)
        assert all(event.withdraws < event.number for event in events if event.withdraws)
        assert unpublished(snapshot, events, now) == []

        lifecycle = lifecycle_of(snapshot, snapshot.today(now))
        told = {
            (event.type, event.subject): event.day
            for event in standing(events)
            if event.type is not EventType.WITHDRAWN
            if event.body.get("supportId") in {None, *lifecycle.tiers}
        }
        assert told == {key: fact.day for key, fact in lifecycle.facts.items()}


def test_a_first_policy_moves_the_moments_of_what_was_published_before_it_to_its_zone():
    known = facts(minors(2), policy(FIVE_MINORS, timezone="America/New_York"))
    before = unpublished(snapshot_of(msgspec.structs.replace(known, policies=())), [], NOON)
    after = unpublished(snapshot_of(known), before, NOON)

    again = [event for event in after if event.type is EventType.RELEASED]
    moved = [event for event in after if "another moment" in event.body.get("reason", "")]
    assert [str(event.at) for event in before if event.subject == "1.0.0"] == [
        "2026-01-01 00:00:00+00:00"
    ]
    assert [event.at.astimezone(UTC).hour for event in again] == [5, 5]
    assert len(moved) == len(before) - 1  # the name has no day that moves
    assert unpublished(snapshot_of(known), [*before, *after], NOON) == []

"""Whatever is learned of a product, what was published stays, and what stands is what is known."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.answers.event_publication import standing, unpublished
from lifecycle.answers.lifecycle_facts import lifecycle_of
from lifecycle.catalogue.published_events import EventType
from testkit.coverage_samples import TODAY
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

"""Withdrawn releases, resumed support and corrected days, as feeds and lists tell them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from lifecycle.answers import change_texts
from lifecycle.answers.public_changes import ChangeFilter, Event, public_changes
from lifecycle.catalogue.recorded_changes import Correction, RecordedChanges
from lifecycle.policy.windows import Granularity, Newest
from testkit.coverage_samples import TODAY, facts, policy, release
from testkit.known_snapshots import snapshot_of
from testkit.responses import ok

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TWO = policy(Newest(2, Granularity.MINOR))


def known(*, out, withdrawn_on=None, restored_on=None):
    newest = release("1.2.0", out, withdrawn_on=withdrawn_on, restored_on=restored_on)
    first = [release(f"1.{n}.0", date(2026, 1, n + 1)) for n in range(2)]
    return snapshot_of(facts([*first, newest], TWO))


def told(snapshot, now=NOW, **asked):
    changes = public_changes([snapshot], now, ChangeFilter(**asked))
    return {change_texts.title(change): change for change in changes}


def test_an_end_stays_told_when_the_release_that_caused_it_is_withdrawn_later():
    before = told(known(out=TODAY - 9 * DAY))
    after = told(known(out=TODAY - 9 * DAY, withdrawn_on=TODAY))

    ended = "Support for Widget 1.0 ended for Enterprise on 21 June 2026"
    resumed = "Support for Widget 1.0 resumed for Enterprise on 1 July 2026"
    withdrawn = "Widget 1.2.0 was withdrawn on 1 July 2026"
    assert [*before] == [ended]
    assert {*after} == {
        *(ended, resumed, withdrawn),
        "Support for Widget 1.2 ended for Enterprise on 30 June 2026",
    }
    assert before[ended].id == after[ended].id
    assert change_texts.summary(after[withdrawn], NOW)[1:] == (
        "1.0 is supported again for Enterprise.",
    )
    assert change_texts.address(after[withdrawn]) == ("products", "widget", "lines", "1.2")


def test_a_line_that_ends_twice_is_told_of_under_two_ids():
    gone = known(out=TODAY - 9 * DAY, withdrawn_on=TODAY - 5 * DAY, restored_on=TODAY - 2 * DAY)

    changes = told(gone)

    ends = [change for name, change in changes.items() if name.startswith("Support for Widget 1.0")]
    assert [change.event for change in ends] == [Event.ENDED, Event.RESUMED, Event.ENDED]
    assert len({change.id for change in ends}) == 3
    assert ends[-1].id in {change.id for change in told(known(out=TODAY - 9 * DAY)).values()}
    assert "Widget 1.2.0 was restored on 29 June 2026" in changes


def test_a_release_withdrawn_on_its_own_day_says_what_goes_on_after_all():
    (turn,) = told(known(out=TODAY, withdrawn_on=TODAY), event=Event.RELEASE_WITHDRAWN).values()

    assert turn.subject.again == {"1.0": ("enterprise",)}


def test_a_withdrawal_that_lies_ahead_is_not_told():
    ahead = known(out=TODAY, withdrawn_on=TODAY + DAY)

    assert told(ahead, event=Event.RELEASE_WITHDRAWN) == {}


def test_a_corrected_day_names_what_was_declared_before():
    snapshot = known(out=TODAY)
    before = {"end_of_life": "2027-12-31", "active_support": False}
    after = {"end_of_life": "2027-10-31", "active_support": True}
    snapshot.recorded = RecordedChanges(corrections=(Correction("1.0", before, after, NOW, 7),))

    ((title, change),) = told(snapshot, event=Event.CORRECTED).items()

    assert title == (
        "Corrected: Widget 1.0 declares its end of active support as over, not open and its end of"
        " life as 31 October 2027, not 31 December 2027"
    )
    assert (change.at, change.day, change.tiers) == (NOW, TODAY, ("enterprise",))


@pytest.mark.both_databases
async def test_corrections_are_read_from_the_log(client, admin, clairdash, app, clock):
    path = f"{clairdash}/lines/3.9"
    for day, said in (("2027-12-31", {}), ("2027-10-31", {"correction": "The page was wrong."})):
        body = {"declared": {"end_of_life": day}, **said}
        await ok(client.put(path, json=body, headers=admin))
    await ok(client.put(path, json={"declared": {"end_of_life": "2027-11-30"}}, headers=admin))

    snapshot = await app.app_state.snapshots.get("clairdash")

    (correction,) = snapshot.recorded.corrections
    assert correction[:3] == ("3.9", {"end_of_life": "2027-12-31"}, {"end_of_life": "2027-10-31"})
    table = (await client.get("/changes.csv?event=corrected")).text
    assert "Corrected: clairdash 3.9 declares its end of life as 31 October 2027" in table

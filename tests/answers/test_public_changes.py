"""What happened and what ends when, as a vendor's acts make it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from lifecycle.answers import change_texts, public_changes
from lifecycle.answers.public_changes import ChangeFilter, Event
from lifecycle.policy.notice_periods import Kind
from testkit.responses import ok

pytestmark = pytest.mark.one_database("reads by plain statements")

ALL = ChangeFilter()


@pytest.fixture
async def snapshot(app, clairdash):
    async def snapshot():
        return await app.app_state.snapshots.get("clairdash")

    return snapshot


async def changes(snapshot, clock, **asked):
    known = await snapshot()
    return public_changes.public_changes([known], clock.now, ChangeFilter(**asked))


@pytest.mark.both_databases
async def test_what_is_announced_amended_and_withdrawn_is_told_newest_first(
    act, announce, snapshot, clock
):
    path = await announce(
        kind="removal", feature="rest-v1", effective_on="2027-09-01", tiers=["pro"]
    )
    clock.advance(days=1)
    await act(path, "amend", effective_on="2027-10-01", reason="More time.")
    clock.advance(days=1)
    await act(path, "withdraw", reason="It stays.")

    told = await changes(snapshot, clock, kind=Kind.REMOVAL)

    assert [change.event for change in told] == [
        Event.WITHDRAWN,
        Event.AMENDED,
        Event.ANNOUNCED,
    ]
    assert [change_texts.title(change).partition(" not")[0] for change in told] == [
        "Withdrawn: the removal of REST (rest-v1) in clairdash announced for 1 October 2027 (Pro)",
        "Postponed: REST (rest-v1) in clairdash will be removed for Pro on 1 October 2027,",
        "Announced: REST (rest-v1) in clairdash will be removed for Pro on 1 September 2027",
    ]
    assert change_texts.title(told[1]).endswith(", not on 1 September 2027")
    assert change_texts.summary(told[1], clock.now) == (
        "In force for Pro from 1 October 2027.",
        "Reason: More time.",
    )
    uid = path.rpartition("/")[2]
    assert {change_texts.address(change) for change in told} == {("deprecations", uid)}


@pytest.mark.both_databases
async def test_each_revision_names_the_logs_entry_that_records_it(
    client, admin, act, announce, snapshot, clock
):
    path = await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    await act(path, "withdraw", reason="It stays.")

    told = await changes(snapshot, clock, kind=Kind.REMOVAL)
    log = (await client.get("/v1/audit?product=clairdash", headers=admin)).json()["items"]

    entries = {(entry["action"], entry["seq"], entry["hash"]) for entry in log}
    for change in told:
        action = f"deprecation.{change.event}"
        assert (action, change.subject.seal.seq, change.subject.seal.hash) in entries


async def test_a_draft_is_not_told(client, publish, snapshot, clock):
    body = {"product": "clairdash", "kind": "removal", "feature": "rest-v1", "reason": "secret"}
    await ok(client.post("/v1/deprecations", json=body, headers=publish))

    assert (await snapshot()).published == ()
    assert await changes(snapshot, clock, kind=Kind.REMOVAL) == []


async def test_lines_whose_support_is_over_are_told_with_their_last_day(snapshot, clock):
    told = await changes(snapshot, clock, tier="enterprise")

    assert [change.subject.line for change in told] == ["3.5", "3.4", "3.3", "3.2", "3.1"]
    assert told[0].event is Event.ENDED
    assert told[0].day == date(2026, 9, 30)
    assert told[0].at == datetime(2026, 10, 1, 4, tzinfo=UTC)
    assert (
        change_texts.title(told[0])
        == "Support for clairdash 3.5 ended for Enterprise on 30 September 2026"
    )
    assert change_texts.address(told[0]) == ("products", "clairdash", "lines", "3.5")


async def test_an_effective_day_is_told_once_it_has_come(announce, snapshot, clock):
    await announce(
        kind="breaking_change",
        feature="rest-v1",
        effective_on={"pro": "2027-03-01", "enterprise": "2027-06-01"},
        tiers=["pro", "enterprise"],
    )

    clock.now = datetime(2027, 3, 1, 4, 59, tzinfo=UTC)  # 28 February in New York
    before = await changes(snapshot, clock, event=Event.EFFECTIVE)
    clock.advance(minutes=1)
    (told,) = await changes(snapshot, clock, event=Event.EFFECTIVE)

    assert before == []
    assert (told.day, told.tiers, told.at) == (date(2027, 3, 1), ("pro",), clock.now)
    assert change_texts.title(told).endswith("took effect for Pro on 1 March 2027")


@pytest.mark.parametrize(
    ("newest", "events"),
    [("3.11.0", [Event.ENDED, Event.ANNOUNCED]), (None, [Event.EFFECTIVE, Event.ANNOUNCED])],
)
async def test_an_announced_end_is_told_once_by_its_line_or_where_that_goes_on_by_itself(
    client, admin, clairdash, announce, snapshot, clock, newest, events
):
    path = await announce(
        kind="end_of_support", lines=["3.6"], tiers=["enterprise"], effective_on="2027-02-01"
    )
    if newest:
        release = {"version": newest, "released_on": "2026-11-21"}
        await ok(client.post(f"{clairdash}/releases", json=release, headers=admin))

    clock.now = datetime(2027, 3, 1, 12, tzinfo=UTC)
    told = await changes(snapshot, clock, tier="enterprise")

    about = [change for change in told if path.endswith(change.deprecation or "-")]
    assert [change.event for change in about] == events
    assert about[0].day == date(2027, 1, 31) + timedelta(days=newest is None)

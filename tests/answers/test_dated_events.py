"""What ends and takes effect on which day, and how often the day may have moved."""

from datetime import date

import pytest

from lifecycle.answers import dated_events
from lifecycle.answers.release_milestones import LatestFacts
from lifecycle.catalogue import rows
from lifecycle.policy.notice_periods import Kind
from testkit.responses import ok

pytestmark = pytest.mark.one_database("reads by plain statements")


@pytest.fixture
async def snapshot(app, clairdash):
    async def snapshot():
        return await app.app_state.snapshots.get("clairdash")

    return snapshot


async def test_ids_stay_when_a_day_moves_and_follow_from_what_happened(
    act, announce, snapshot, clock
):
    path = await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    (first,) = [event for event in await coming(snapshot, clock) if event.kind is Kind.REMOVAL]
    clock.advance(days=1)
    await act(path, "amend", effective_on="2027-10-01", reason="More time.")
    (second,) = [event for event in await coming(snapshot, clock) if event.kind is Kind.REMOVAL]

    assert second.id == first.id
    assert (first.day, second.day) == (date(2027, 9, 1), date(2027, 10, 1))
    assert (first.moves.times, second.moves.times) == (0, 1)
    assert second.moves.last == clock.now


async def coming(snapshot, clock, **asked):
    known = await snapshot()
    return dated_events.coming_events([known], clock.now, until=date(2027, 12, 31), **asked)


async def test_what_is_withdrawn_before_its_day_is_cancelled_and_not_coming(
    act, announce, snapshot, clock
):
    path = await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    await act(path, "withdraw", reason="It stays.")

    events = dated_events.dated_events(await snapshot(), clock.today)
    (event,) = [event for event in events if event.kind is Kind.REMOVAL]

    assert event.cancelled
    assert (event.day, event.moves.times) == (date(2027, 9, 1), 1)
    assert event.id not in {event.id for event in await coming(snapshot, clock)}


async def test_a_withdrawn_end_of_support_is_cancelled_where_no_other_day_is_known(
    act, announce, snapshot, clock
):
    said = {"kind": "end_of_support", "tiers": ["enterprise"], "effective_on": "2027-02-01"}
    path = await announce(lines=["3.6"], **said)
    (standing,) = await coming(snapshot, clock, tier="enterprise")
    await act(path, "withdraw", reason="It stays.")

    events = dated_events.dated_events(await snapshot(), clock.today)
    (event,) = [event for event in events if event.cancelled]

    assert event.id == standing.id
    assert event.day == standing.day == date(2027, 1, 31)
    assert event.moves.times == standing.moves.times + 1


async def test_a_planned_release_that_moves_moves_the_end_that_it_causes(
    client, admin, clairdash, snapshot, clock
):
    plan = {"version": "3.11.0", "planned_on": "2027-01-10"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))
    (first,) = [e for e in await coming(snapshot, clock) if e.subject.line == "3.6"]
    path = f"{clairdash}/releases/3.11.0"
    match = admin | {"If-Match": (await client.get(path)).headers["etag"]}
    await ok(client.patch(path, json={"planned_on": "2027-01-20"}, headers=match))
    (second,) = [e for e in await coming(snapshot, clock) if e.subject.line == "3.6"]
    match = admin | {"If-Match": (await client.get(path)).headers["etag"]}
    await ok(client.patch(path, json={"voided": "Entered by mistake."}, headers=match))
    again = [e for e in await coming(snapshot, clock, estimates=True) if e.subject.line == "3.6"]

    assert (first.day, second.day) == (date(2027, 1, 9), date(2027, 1, 19))
    assert first.id == second.id == again[0].id
    assert first.moves.times < second.moves.times < again[0].moves.times
    assert again[0].is_estimate


async def test_an_unrelated_patch_leaves_every_event_as_it_was(
    client, admin, clairdash, snapshot, clock
):
    plan = {"version": "3.11.0", "planned_on": "2027-01-10"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))
    before = dated_events.dated_events(await snapshot(), clock.today)
    clock.advance(minutes=1)
    patch = {"version": "3.10.1", "released_on": "2026-11-21"}
    await ok(client.post(f"{clairdash}/releases", json=patch, headers=admin))
    after = dated_events.dated_events(await snapshot(), clock.today)

    assert [(e.id, e.day, e.moves) for e in after] == [(e.id, e.day, e.moves) for e in before]


async def test_an_end_rests_on_the_release_that_caused_it_from_its_registration_on(
    client, admin, clairdash, snapshot, clock
):
    async def stamped(line, tier):
        known = await snapshot()
        facts = LatestFacts(known, clock.today)
        events = dated_events.dated_events(known, clock.today)
        (event,) = [e for e in events if e.subject.line == line and tier in e.tiers]
        updated = [facts.of(release) for release in known.facts.releases if release.line == line]
        assert {each.second for each in updated} == {event.moves.last.second}
        return event.moves

    clock.advance(seconds=1)
    plan = {"version": "3.11.0", "planned_on": "2027-01-10"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))
    planned, planned_at = await stamped("3.6", "enterprise"), clock.now
    clock.advance(seconds=1)
    path = f"{clairdash}/releases/3.11.0"
    match = admin | {"If-Match": (await client.get(path)).headers["etag"]}
    released = {"released_on": clock.today.isoformat(), "planned_on": None}
    await ok(client.patch(path, json=released, headers=match))
    out, released_at = await stamped("3.6", "enterprise"), clock.now
    clock.advance(seconds=1)
    match = admin | {"If-Match": (await client.get(path)).headers["etag"]}
    gone = {"withdrawn_on": clock.today.isoformat(), "reason": "A fault."}
    await ok(client.patch(path, json=gone, headers=match))
    clock.advance(seconds=1)
    again = {"version": "3.11.1", "planned_on": "2027-01-20"}
    await ok(client.post(f"{clairdash}/releases", json=again, headers=admin))
    restored = await stamped("3.6", "enterprise")

    assert [each.last for each in (planned, out, restored)] == [planned_at, released_at, clock.now]
    assert planned.times < out.times < restored.times - 1


@pytest.mark.parametrize("in_full", [50, 0])
async def test_a_withdrawal_that_an_import_brings_is_dated_by_the_import(
    client, admin, clairdash, snapshot, clock, monkeypatch, in_full
):
    monkeypatch.setattr(rows, "IN_FULL", in_full)
    clock.advance(minutes=1)
    table = "version,day,withdrawn_on\n3.9.0,2026-09-01,2026-11-20\n"
    headers = admin | {"Content-Type": "text/csv"}
    path = "/v1/import/releases?product=clairdash"
    await ok(client.post(path, content=table, headers=headers))
    known = await snapshot()

    facts = LatestFacts(known, clock.today)

    assert known.by_version["3.9.0"].withdrawn_on == date(2026, 11, 20)
    assert facts.of(known.by_version["3.9.0"]) == clock.now
    assert facts.of(known.by_version["3.10.0"]) < clock.now


async def test_a_line_s_declaration_is_a_fact_that_its_end_rests_on(
    client, admin, clairdash, snapshot, clock
):
    clock.advance(minutes=1)
    body = {"declared": {"end_of_life": "2028-03-31"}}
    await ok(client.put(f"{clairdash}/lines/3.10", json=body, headers=admin))
    known = await snapshot()

    facts = LatestFacts(known, clock.today)

    assert facts.of(known.by_version["3.10.0"]) == clock.now
    assert facts.of(known.by_version["3.9.0"]) < clock.now


async def test_a_declared_day_that_is_corrected_moves_its_end(
    client, admin, make_product, app, clock
):
    await make_product("node", line_by="major")
    policy = {
        "policy": "node",
        "version": "1",
        "in_force_from": "2020-01-01",
        "tiers": {"all": {"rank": 0, "window": {"declared": "end_of_life"}}},
    }
    await ok(client.put("/v1/products/node/policy", json=policy, headers=admin))
    release = {"version": "20.0.0", "released_on": "2026-01-01"}
    await ok(client.post("/v1/products/node/releases", json=release, headers=admin))
    events = []
    for day, more in (("2027-04-30", {}), ("2027-03-31", {"correction": "A slip of the pen."})):
        clock.advance(hours=1)
        body = {"declared": {"end_of_life": day}} | more
        await ok(client.put("/v1/products/node/lines/20", json=body, headers=admin))
        snapshot = await app.app_state.snapshots.get("node")
        events += dated_events.dated_events(snapshot, clock.today)

    first, second = events
    assert first.id == second.id
    assert (first.day, second.day) == (date(2027, 4, 30), date(2027, 3, 31))
    assert second.moves.times == first.moves.times + 1
    assert second.moves.last == clock.now

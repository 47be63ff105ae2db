"""The calendar of ends and effective days, as calendar programs get it over HTTP."""

from datetime import date, datetime

import pytest
from icalendar import Calendar

from lifecycle.app import create_app
from testkit.api_fixtures import connected, in_tests
from testkit.responses import ok

pytestmark = pytest.mark.one_database("calendars are read models of the snapshot")

CALENDAR = "/calendar.ics"
PLAN = {"version": "3.11.0", "planned_on": "2026-12-08"}


async def events(client, query=""):
    response = await ok(client.get(f"{CALENDAR}{query}"))
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    return {str(event["summary"]): event for event in Calendar.from_ical(response.content).events}


def facts(event):
    return str(event["uid"]), event.start, event["sequence"], str(event["status"])


async def test_an_end_stands_on_its_last_covered_day_and_says_so(client, clairdash, admin):
    await ok(client.post(f"{clairdash}/releases", json=PLAN, headers=admin))

    listed = await events(client, "?products=clairdash&tier=enterprise")

    event = listed["clairdash 3.6: last day of support for Enterprise"]
    assert (event.start, event.end) == (date(2026, 12, 7), date(2026, 12, 8))
    assert "The last day of support for Enterprise is 7 December 2026" in event["description"]
    assert "from 8 December 2026 there is none." in event["description"]
    assert event["url"].endswith("/products/clairdash/lines/3.6")


@pytest.mark.parametrize("today", ["2026-12-06", "2026-12-07", "2026-12-08"])
async def test_days_are_the_apis_before_an_end_on_it_and_after(
    client, clairdash, admin, clock, today
):
    await ok(client.post(f"{clairdash}/releases", json=PLAN, headers=admin))
    clock.now = datetime.fromisoformat(f"{today}T17:00:00+00:00")
    answered = (await ok(client.get(f"{clairdash}/support"))).json()

    shown = {
        (
            summary.removeprefix("Estimate: ").partition(":")[0].split()[-1],
            tier,
        ): event.start.isoformat()
        for summary, event in (await events(client, "?products=clairdash&estimates=true")).items()
        for tier in ("pro", "enterprise")
        if summary.endswith(tier.title())
    }

    expected = {
        (line["line"], tier): answer["supported_until"] or answer["projected_until"]["median"]
        for line in answered["lines"]
        for tier, answer in line["tiers"].items()
        if answer["supported_until"] or answer["projected_until"]
        if answer["status"] != "planned"
    }
    since = "2025-12-01"
    assert shown == {key: day for key, day in expected.items() if day >= since}


async def test_the_calendar_stays_the_same_while_days_pass(app, client, clairdash, admin, clock):
    await ok(client.post(f"{clairdash}/releases", json=PLAN, headers=admin))
    first = await ok(client.get(CALENDAR))
    clock.advance(days=3)
    second = await ok(client.get(CALENDAR))

    assert second.content == first.content
    tag = {"If-None-Match": first.headers["etag"]}
    assert (await client.get(CALENDAR, headers=tag)).status_code == 304


async def test_estimates_are_left_out_or_called_so(client, clairdash):
    plain = await events(client, "?products=clairdash")
    marked = await events(client, "?products=clairdash&estimates=true")

    estimated = marked.keys() - plain.keys()
    assert "Estimate: clairdash 3.6: last day of support for Enterprise" in estimated
    assert all(summary.startswith("Estimate: ") for summary in estimated)
    assert plain.keys() <= marked.keys()
    for summary in estimated:
        assert marked[summary]["description"].startswith("Estimated")


async def test_a_day_that_moves_keeps_its_id_and_raises_the_sequence(act, announce, client, clock):
    path = await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    query, title = "?products=clairdash", "Removal of REST (rest-v1) in clairdash takes effect"
    title += " for Community, Pro and Enterprise"
    before = facts((await events(client, query))[title])
    clock.advance(days=1)
    await act(path, "amend", effective_on="2027-10-01", reason="More time.")
    moved = (await events(client, query))[title]
    clock.advance(days=1)
    await act(path, "withdraw", reason="It stays.")
    withdrawn = (await events(client, query))[f"Withdrawn: r{title[1:]}"]

    uid = before[0]
    assert before == (uid, date(2027, 9, 1), 0, "CONFIRMED")
    assert facts(moved) == (uid, date(2027, 10, 1), 1, "CONFIRMED")
    assert facts(withdrawn) == (uid, date(2027, 10, 1), 2, "CANCELLED")
    assert withdrawn["dtstamp"].dt == clock.now
    assert "Reason: It stays." in withdrawn["description"]


async def test_a_withdrawn_end_is_cancelled_unless_its_estimate_takes_its_place(
    act, announce, client
):
    said = {"kind": "end_of_support", "tiers": ["enterprise"], "effective_on": "2027-02-01"}
    path = await announce(lines=["3.6"], **said)
    title = "clairdash 3.6: last day of support for Enterprise"
    uid, day, sequence, _ = facts((await events(client))[title])
    await act(path, "withdraw", reason="It stays.")

    cancelled = (await events(client))[f"Withdrawn: {title}"]
    estimated = await events(client, "?estimates=true")

    assert facts(cancelled) == (uid, day, sequence + 1, "CANCELLED")
    assert f"Withdrawn: {title}" not in estimated
    assert str(estimated[f"Estimate: {title}"]["uid"]) == uid


async def test_a_line_that_is_left_out_of_an_announcement_is_cancelled(
    act, announce, client, clock
):
    said = {"kind": "end_of_support", "tiers": ["enterprise"], "effective_on": "2027-02-01"}
    path = await announce(lines=["3.6", "3.7"], **said)
    title = "clairdash 3.6: last day of support for Enterprise"
    uid, day, sequence, _ = facts((await events(client))[title])
    clock.advance(days=1)
    await act(path, "amend", lines=["3.7"], reason="3.6 stays.")

    listed = await events(client)
    await act(path, "withdraw", reason="Both stay.")
    withdrawn = await events(client)

    event = listed[f"Withdrawn: {title}"]
    assert facts(event) == (uid, day, sequence + 1, "CANCELLED")
    assert event["last-modified"].dt == clock.now
    assert "left out of what changes." in event["description"]
    assert "Reason: 3.6 stays." in event["description"]
    assert facts(listed[title.replace("3.6", "3.7")])[3] == "CONFIRMED"
    for line, reason in (("3.6", "3.6 stays."), ("3.7", "Both stay.")):
        event = withdrawn[f"Withdrawn: {title.replace('3.6', line)}"]
        assert f"Reason: {reason}" in event["description"]


async def test_a_tier_that_is_left_out_of_a_removal_is_cancelled(act, announce, client):
    days = {"pro": "2027-09-01", "enterprise": "2027-10-01"}
    path = await announce(
        kind="removal", feature="rest-v1", tiers=["pro", "enterprise"], effective_on=days
    )
    title = "Removal of REST (rest-v1) in clairdash takes effect for Enterprise"
    before = facts((await events(client))[title])
    await act(path, "amend", tiers=["pro"], reason="Enterprise keeps it.")

    listed = await events(client)

    uid, day, sequence, _ = before
    assert facts(listed[f"Withdrawn: r{title[1:]}"]) == (uid, day, sequence + 1, "CANCELLED")
    assert facts(listed[title.replace("Enterprise", "Pro")])[3] == "CONFIRMED"


async def test_a_policy_that_moves_an_end_raises_its_sequence(client, clairdash, admin, clock):
    await ok(client.post(f"{clairdash}/releases", json=PLAN, headers=admin))
    title = "clairdash 3.6: last day of support for Enterprise"
    before = (await events(client, "?tier=enterprise"))[title]
    clock.advance(days=1)
    policy = (await ok(client.get(f"{clairdash}/policy"))).json()
    for tier in policy["tiers"].values():
        tier["window"] |= {"at_least": {"months": 7}} if "newest" in tier["window"] else {}
    longer = policy | {"version": "2", "in_force_from": "2026-11-30"}
    await ok(client.put(f"{clairdash}/policy", json=longer, headers=admin))

    after = (await events(client, "?tier=enterprise"))[title]

    assert (before.start, after.start) == (date(2026, 12, 7), date(2026, 12, 31))
    assert before["uid"] == after["uid"]
    assert after["sequence"] == before["sequence"] + 1
    assert after["last-modified"].dt == after["dtstamp"].dt == clock.now > before["dtstamp"].dt


async def test_an_end_that_an_announcement_moves_is_one_event(client, clairdash, admin, announce):
    await ok(client.post(f"{clairdash}/releases", json=PLAN, headers=admin))
    title = "clairdash 3.6: last day of support for Enterprise"
    before = facts((await events(client, "?tier=enterprise"))[title])
    said = {"kind": "end_of_support", "tiers": ["enterprise"], "effective_on": "2027-02-01"}
    await announce(lines=["3.6"], **said)
    listed = await events(client, "?tier=enterprise")

    after = facts(listed[title])
    assert [summary for summary in listed if "3.6" in summary] == [title]
    assert (before[0], before[1]) == (after[0], date(2026, 12, 7))
    assert after[1] == date(2027, 1, 31)
    assert after[2] > before[2]


async def test_servers_under_two_addresses_have_the_same_events(store, clock, clairdash, announce):
    await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    listed = []
    for base in ("https://one.example", "https://two.example/life"):
        app = create_app(in_tests(LIFECYCLE_BASE_URL=base), store, clock)
        async with connected(app) as client:
            listed.append(await events(client))

    one, two = listed
    assert {t: facts(event) for t, event in one.items()} == {
        t: facts(event) for t, event in two.items()
    }
    assert all(event["url"].startswith("https://two.example/life/") for event in two.values())


async def test_what_ended_over_a_year_ago_is_left_out_a_month_at_a_time(client, clairdash, clock):
    shown = {}
    for day in ("2027-08-31", "2027-09-01", "2027-09-30", "2027-10-01"):
        clock.now = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        listed = await events(client, "?tier=enterprise")
        shown[day] = sorted(str(title).split()[1] for title in listed)

    # 3.4 was covered until 31 August 2026, and 3.5 until 30 September.
    assert shown == {
        "2027-08-31": ["3.4:", "3.5:"],
        "2027-09-01": ["3.5:"],
        "2027-09-30": ["3.5:"],
        "2027-10-01": [],
    }


async def test_the_calendar_is_named_after_what_it_shows(client, admin, clairdash):
    etag = (await client.get(clairdash)).headers["etag"]
    named = {"slug": "clairdash", "name": "Ac,me; Dash"}
    await ok(client.put(clairdash, json=named, headers=admin | {"If-Match": etag}))

    response = await ok(client.get(f"{CALENDAR}?products=clairdash&tier=pro"))

    assert rb"X-WR-CALNAME:Support and lifecycle: Ac\,me\; Dash\, tier pro" in response.content

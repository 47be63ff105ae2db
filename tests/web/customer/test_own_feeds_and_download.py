import json
import re

import pytest
from defusedxml import ElementTree
from icalendar import Calendar
from sqlalchemy import select

from lifecycle.accounts.models import PrivateFeed
from testkit.api_fixtures import connected
from testkit.html_pages import text_of
from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import send

pytestmark = pytest.mark.one_database("what pages make of it")

PATH = "/my/acme/feeds"
ATOM = "{http://www.w3.org/2005/Atom}"


async def secret(client):
    await send(client, PATH)
    page = (await client.get(PATH, headers=BROWSER)).text
    return re.search(r"/feeds/([\w-]{43})/calendar.ics", page)[1]


@pytest.fixture
async def reader(app):
    """Return a client that is not signed in."""
    async with connected(app) as reader:
        yield reader


@pytest.mark.both_databases
async def test_the_calendar_has_the_accounts_own_days_alone(client, acme, announce, reader):
    await announce(kind="end_of_support", lines=["3.6"], effective_on="2027-09-01")

    answer = await reader.get(f"/feeds/{await secret(client)}/calendar.ics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.headers["cache-control"] == "private, no-store"
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    titles = [str(event["summary"]) for event in events]
    assert any("rest-v1" in title for title in titles)
    assert not any("3.6" in title for title in titles)


async def test_the_feed_has_the_notices_that_were_sent(client, acme, reader):
    answer = await reader.get(f"/feeds/{await secret(client)}/notices.atom")

    (entry,) = ElementTree.fromstring(answer.content).iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == (
        "Announced: removal of REST (rest-v1) in clairdash, in force from 1 September 2027"
    )
    assert "/my/acme/notices/" in entry.find(f"{ATOM}link").get("href")


async def test_the_same_facts_give_the_same_bytes_on_another_day(client, acme, reader, clock):
    paths = [f"/feeds/{await secret(client)}/{name}" for name in ("calendar.ics", "notices.atom")]
    before = [(await reader.get(path)).content for path in paths]

    clock.advance(days=1)

    assert [(await reader.get(path)).content for path in paths] == before


async def test_only_an_address_that_replaces_another_is_said_to_do_so(client, acme):
    first = await send(client, PATH)
    second = await send(client, PATH)

    assert "done=feed-made" in first.headers["location"]
    assert "done=feed-renewed" in second.headers["location"]


@pytest.mark.both_databases
async def test_a_new_address_puts_an_end_to_the_former(client, acme, reader, store):
    former, renewed = await secret(client), await secret(client)

    assert former != renewed
    assert (await reader.get(f"/feeds/{former}/calendar.ics")).status_code == 404
    assert (await reader.get(f"/feeds/{renewed}/calendar.ics")).status_code == 200
    async with store.reading() as session:
        (feed,) = await session.scalars(select(PrivateFeed))
    assert renewed not in feed.secret
    assert renewed not in feed.hash


async def test_a_removed_address_is_unknown(client, acme, reader):
    former = await secret(client)

    await send(client, f"{PATH}/remove")

    assert (await reader.get(f"/feeds/{former}/notices.atom")).status_code == 404
    assert "You have not made one yet." in text_of((await client.get(PATH, headers=BROWSER)).text)


async def test_an_address_that_was_guessed_is_unknown(reader, customers):
    for name in ("calendar.ics", "notices.atom"):
        answer = await reader.get(f"/feeds/acme/{name}")

        assert answer.status_code == 404
        assert answer.json()["error"] == "UnknownFeed"


async def test_everything_that_is_kept_is_downloaded(client, acme):
    answer = await client.get("/my/acme/download", headers=BROWSER)

    document = json.loads(answer.content)
    assert answer.headers["content-disposition"] == 'attachment; filename="acme.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert document["status"]["instances"][0]["instance"] == "narwhal-prod"
    assert [token["label"] for token in document["tokens"]] == ["account:acme"]
    evidence = document["evidence"]
    assert {row["address"] for row in evidence["subscriptions"]} == {
        "https://narwhal.example/in",
        "ops@narwhal.example",
    }
    (told,) = evidence["deprecations"]
    assert told["content"]["feature"] == "rest-v1"
    assert "walrus" not in answer.text


async def test_an_account_that_has_nothing_downloads_that(client, admin, acme):
    await ok(client.delete("/v1/accounts/acme/instances/narwhal-prod", headers=admin))

    document = (await client.get("/my/acme/download", headers=BROWSER)).json()

    assert document["status"]["instances"] == []


async def test_an_end_of_a_line_names_what_runs_of_it_that_ended_on_another_day(
    client, acme, admin, reader
):
    for version, day in (("3.10.1", "2026-11-10"), ("3.11.0", "2026-11-15")):
        release = {"version": version, "released_on": day}
        await ok(client.post("/v1/products/clairdash/releases", json=release, headers=admin))

    answer = await reader.get(f"/feeds/{await secret(client)}/calendar.ics")

    (event,) = (
        event
        for event in Calendar.from_ical(answer.content).walk("VEVENT")
        if event["summary"] == "clairdash 3.10: last day of support for Pro"
    )
    assert str(event["dtstart"].dt) == "2026-11-14"
    said = "narwhal-prod runs 3.10.0, whose own last day of support is 9 November 2026."
    assert said in event["description"]

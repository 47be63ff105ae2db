"""The feed of what happened, as readers get it over HTTP."""

import feedparser
import pytest
from icalendar import Calendar

from lifecycle.app import create_app
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations.product_names import rename
from testkit.api_fixtures import connected, in_tests
from testkit.responses import ok

pytestmark = pytest.mark.one_database("feeds are read models of the snapshot")

FEED = "/changes.atom"
NASTY = "Ac,me; \"Q\" & <script>alert('x')</script> שלום 😀"


def parsed(response):
    document = feedparser.parse(response.content)
    assert not document.bozo, document.get("bozo_exception")
    return document


async def feed(client, query=""):
    response = await ok(client.get(f"{FEED}{query}"))
    return parsed(response)


def ids(document):
    return [entry.id for entry in document.entries]


async def test_what_happened_is_in_the_feed_newest_first(act, announce, client, clock):
    path = await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    clock.advance(days=1)
    await act(path, "amend", effective_on="2027-10-01", reason="More time.")

    document = await feed(client, "?products=clairdash&kind=removal")

    first, second = document.entries
    assert document.feed.title == "Support changes: clairdash, removal"
    assert first.title.startswith("Postponed: REST (rest-v1) in clairdash will be removed")
    assert second.title.startswith("Announced: REST (rest-v1) in clairdash will be removed")
    assert document.feed.updated == first.updated == "2026-11-22T12:00:00Z"
    assert "More time." in first.content[0].value
    assert first.link.endswith(path.removeprefix("/v1"))


async def test_the_feed_names_the_logs_entries(client, admin, announce):
    await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")

    document = await feed(client, "?kind=removal")
    log = (await client.get("/v1/audit?product=clairdash", headers=admin)).json()["items"]

    (announced,) = [entry for entry in log if entry["action"] == "deprecation.announced"]
    (entry,) = document.entries
    assert f"entry {announced['seq']} of the log: {announced['hash']}" in entry.content[0].value


async def test_an_entry_keeps_its_id_and_its_time_whatever_the_product_is_called_later(
    client, admin, clairdash, announce, clock
):
    await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    before = await feed(client)
    clock.advance(hours=1)
    etag = (await client.get(clairdash)).headers["etag"]
    renamed = {"slug": "clairdash", "name": NASTY}
    await ok(client.put(clairdash, json=renamed, headers=admin | {"If-Match": etag}))
    after = await feed(client)

    assert NASTY in after.entries[0].title
    assert ids(after) == ids(before)
    assert [e.updated for e in after.entries] == [e.updated for e in before.entries]
    assert (after.feed.id, after.feed.updated) == (before.feed.id, before.feed.updated)


async def test_ids_stay_when_a_product_is_renamed_and_another_takes_its_slug(
    app, client, admin, clairdash, store, by
):
    line = {"declared": {"end_of_life": "2027-01-31"}}
    for day in ("2027-01-31", "2027-02-28"):
        line["declared"]["end_of_life"] = day
        await ok(client.put(f"{clairdash}/lines/3.6", json=line, headers=admin))
    plan = {"version": "3.11.0", "planned_on": "2026-12-08"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))
    before = await feed(client, "?products=clairdash"), await events(client, "clairdash")
    async with store.writing() as session:
        product = await get_product(session, "clairdash")
        await rename(session, product, "dashboard", by=by)
    await ok(client.put("/v1/products/dashboard", json={"aliases": []}, headers=admin))
    await ok(client.post("/v1/products", json={"slug": "clairdash"}, headers=admin))
    release = [{"version": f"3.{n}.0", "released_on": f"2026-0{n}-01"} for n in range(1, 9)]
    await ok(client.post(f"{clairdash}/releases", json=release, headers=admin))
    policy = (await ok(client.get("/v1/products/dashboard/policy"))).json()
    await ok(client.put(f"{clairdash}/policy", json=policy, headers=admin))

    after = await feed(client, "?products=dashboard"), await events(client, "dashboard")
    other = await feed(client, "?products=clairdash"), await events(client, "clairdash")

    assert (ids(after[0]), after[0].feed.id) == (ids(before[0]), before[0].feed.id)
    assert after[1] == before[1]
    assert ids(other[0])
    assert not {*ids(other[0])} & {*ids(after[0])}
    assert not other[1].keys() & after[1].keys()
    assert other[0].feed.id != after[0].feed.id


async def events(client, product):
    """Give the sequence of each event of a product's calendar, by its id."""
    calendar = await ok(client.get(f"/calendar.ics?products={product}&estimates=true"))
    listed = Calendar.from_ical(calendar.content).events
    return {str(event["uid"]): (event["sequence"], event["dtstamp"].dt) for event in listed}


async def test_nothing_changes_while_nothing_happens(app, client, clairdash, clock):
    first = await ok(client.get(FEED))
    clock.advance(days=3)  # past midnight, so that it is rendered anew
    app.app_state.snapshots.invalidate(["clairdash"])
    second = await ok(client.get(FEED))

    assert second.content == first.content
    tag = {"If-None-Match": first.headers["etag"]}
    assert (await client.get(FEED, headers=tag)).status_code == 304


async def test_ready_feeds_are_served_until_something_happens(app, client, announce):
    before = await ok(client.get(f"{FEED}?products=clairdash"))
    hits = app.hits
    await ok(client.get(f"{FEED}?products=clairdash"))
    assert app.hits == hits + 1

    await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    after = await ok(client.get(f"{FEED}?products=clairdash"))

    assert after.headers["etag"] != before.headers["etag"]


async def test_servers_under_two_addresses_name_the_same_things_alike(
    store, clock, clairdash, announce
):
    await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    documents = []
    for base in ("https://one.example", "https://two.example/life/cycle"):
        app = create_app(in_tests(LIFECYCLE_BASE_URL=base), store, clock)
        async with connected(app) as client:
            documents.append(await feed(client, "?products=clairdash"))

    one, two = documents
    assert ids(one) == ids(two)
    assert one.feed.id == two.feed.id
    assert two.entries[0].link.startswith("https://two.example/life/cycle/deprecations/")
    assert two.feed.links[0].href == (
        "https://two.example/life/cycle/products/clairdash/changes.atom"
    )


@pytest.mark.parametrize("name", ["changes.atom", "calendar.ics"])
async def test_one_product_s_own_address_has_the_same_bytes_as_the_question_for_it(
    client, clairdash, announce, name
):
    await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")

    for criteria in ("", "tier=pro"):
        own = await ok(client.get(f"/products/clairdash/{name}?{criteria}"))
        asked = await ok(client.get(f"/{name}?products=clairdash&{criteria}"))
        assert own.content == asked.content


async def test_the_feed_of_one_product_leads_to_its_page_unless_it_is_narrowed(client, clairdash):
    links = [
        (await feed(client, query)).feed.link
        for query in ("?products=clairdash&tier=pro", "?products=clairdash&kind=removal")
    ]
    assert [link.partition("://")[2].partition("/")[2] for link in links] == [
        "products/clairdash?tier=pro",
        "changes?products=clairdash&kind=removal",
    ]


async def test_a_set_of_products_has_the_changes_of_each_in_any_order(
    client, admin, make_product, clairdash, announce
):
    await make_product("widget")
    await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")

    both = await feed(client, "?products=widget,clairdash")
    again = await feed(client, "?products=clairdash,widget")
    alone = await feed(client, "?products=widget")

    assert both.feed.title == "Support changes: clairdash and widget"
    assert both.feed.id == again.feed.id != alone.feed.id
    assert ids(both) == ids(again)
    assert alone.entries == []


async def test_a_feed_is_of_bounded_length(client, admin, make_product):
    await make_product("old", line_by="minor")
    policy = {
        "policy": "old",
        "version": "1",
        "in_force_from": "2010-01-01",
        "tiers": {"pro": {"rank": 0, "window": {"newest": {"count": 1, "of": "minor"}}}},
    }
    await ok(client.put("/v1/products/old/policy", json=policy, headers=admin))
    releases = [{"version": f"1.{n}.0", "released_on": "2026-01-01"} for n in range(130)]
    releases += [{"version": "2.0.0", "released_on": "2026-02-01"}]
    for n, release in enumerate(releases[:-1]):
        release["released_on"] = f"20{12 + n // 12}-{n % 12 + 1:02}-01"
    await ok(client.post("/v1/products/old/releases", json=releases, headers=admin))

    document = await feed(client, "?products=old")

    assert len(document.entries) == 100
    assert document.entries[0].title == "Support for old 1.129 ended for Pro on 31 January 2026"


async def test_drafts_are_in_no_feed(client, publish):
    body = {"product": "clairdash", "kind": "removal", "feature": "rest-v1", "reason": "MARKER"}
    await ok(client.post("/v1/deprecations", json=body, headers=publish))

    response = await ok(client.get(FEED, headers=publish))

    assert b"MARKER" not in response.content


async def test_what_a_person_writes_stays_text(client, admin, clairdash, announce):
    nasty = {"name": NASTY, "stages": [{"stage": "ga", "from_version": "3.1.0"}]}
    await ok(client.put(f"{clairdash}/features/nasty", json=nasty, headers=admin))
    await announce(
        kind="removal",
        feature="nasty",
        effective_on="2027-09-01",
        reason=NASTY,
        migration=NASTY,
        replacement=NASTY,
        links=[{"title": NASTY, "url": 'https://example.com/?q="<script>'}],
    )

    response = await ok(client.get(f"{FEED}?kind=removal"))

    assert b"<script" not in response.content
    (entry,) = parsed(response).entries
    assert NASTY in entry.title
    assert "<script" not in entry.content[0].value


@pytest.mark.parametrize("path", [FEED, "/calendar.ics"])
@pytest.mark.parametrize(
    ("query", "status", "field", "part"),
    [
        ("products=clairdsh", 404, "products", "Did you mean 'clairdash'?"),
        ("products=" + ",".join(f"p{n}" for n in range(101)), 400, "products", "at most 100"),
        ("products=" + ",".join(f"p{n}" for n in range(10_000)), 400, "products", "at most"),
        ("tier=enterprize", 404, "tier", "did you mean `enterprise`?"),
        ("products=clairdash&tier=gold", 404, "tier", "use community, pro, enterprise."),
        ("prodcts=clairdash", 400, "prodcts", "allowed: "),
    ],
)
async def test_what_does_not_exist_is_refused_with_the_way_out(
    client, clairdash, path, query, status, field, part
):
    response = await client.get(f"{path}?{query}")

    assert response.status_code == status
    problem = response.json()
    assert part in problem["detail"]
    assert problem["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("kind=removl", "did you mean `removal`?"),
        ("kind=everything", "use end_of_support, removal, breaking_change, discontinuation"),
        ("event=announce", "did you mean `announced`?"),
    ],
)
async def test_an_unknown_kind_or_event_is_refused_with_those_there_are(
    client, clairdash, query, part
):
    response = await client.get(f"{FEED}?{query}")

    assert response.status_code == 400
    assert part in response.json()["detail"]
    assert response.json()["errors"][0]["field"] == query.partition("=")[0]


async def test_empty_parameters_as_forms_send_them_are_as_good_as_none(client, clairdash):
    plain = await ok(client.get(FEED))
    empty = await ok(client.get(f"{FEED}?products=&tier=&kind=&event="))

    assert empty.content == plain.content

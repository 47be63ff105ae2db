"""A product's lifecycle as other tools read it: the events of ECMA-428, and what they are due."""

import asyncio
from itertools import product
from operator import itemgetter

import pytest

from lifecycle.answers import lifecycle_documents
from lifecycle.answers.lifecycle_documents import published_lifecycle
from lifecycle.answers.snapshots import read_snapshot
from lifecycle.interchange import cle as documents
from lifecycle.policy.policy_documents import parse_policy, policy_document
from lifecycle.policy.presets import preset
from testkit.cyclonedx_validity import cyclonedx_faults
from testkit.published_lifecycles import publish_lifecycles
from testkit.responses import ok

ROOT = "http://127.0.0.1:8000"
CLE = "/products/clairdash/cle.json"
INDEX = "/products/clairdash/cle-index.json"
pytestmark = pytest.mark.one_database("the log is stored by plain statements")


@pytest.fixture
def cle(client, store, clock):
    """Give the document as it is once a worker has published what is known."""

    async def read(path=CLE):
        await publish_lifecycles(store, clock)
        return (await ok(client.get(path))).json()

    return read


def newest(document, **members):
    return next(
        event
        for event in document["events"]
        if all(event.get(name) == value for name, value in members.items())
    )


async def test_a_product_s_events_are_told_newest_first_with_what_each_tier_covers(cle, clairdash):
    document = await cle()

    events = document["events"]
    assert document["identifier"] == "pkg:generic/clairdash"
    assert [event["id"] for event in events] == list(range(len(events), 0, -1))
    assert newest(document, type="released", version="3.1.0")["effective"] == "2026-01-01T05:00:00Z"
    ended = newest(document, type="endOfSupport", supportId="enterprise")
    assert ended["versions"] == [{"range": "vers:semver/>=3.5.0|<3.6.0"}]
    assert ended["effective"] == "2026-10-01T04:00:00Z"
    superseded = newest(document, type="supersededBy", supersededByVersion="3.10.0")
    assert superseded["versions"] == [{"range": "vers:semver/>=3.9.0|<3.10.0"}]
    supports = {each["id"]: each["description"] for each in document["definitions"]["support"]}
    assert supports["enterprise"].startswith("The enterprise tier covers the five newest minor")
    assert document["updatedAt"] == max(event["published"] for event in events)


async def test_a_worker_that_publishes_nothing_is_waited_for_once(
    store, clock, client, admin, clairdash, monkeypatch
):
    async def ask():
        return await published_lifecycle(store, snapshot, clock(), run=at_once, patient=True)

    await publish_lifecycles(store, clock)
    facts = {"version": "3.10.1", "released_on": "2026-11-01"}
    await ok(client.post(f"{clairdash}/releases", json=facts, headers=admin))
    async with store.reading() as session:
        snapshot = await read_snapshot(session, "clairdash")
    monkeypatch.setattr(lifecycle_documents, "PAUSE", 0.001)
    waited = await ask()
    monkeypatch.setattr(lifecycle_documents, "PAUSE", 3600)

    assert await asyncio.wait_for(ask(), 20) == waited


async def at_once(work):
    return work()


async def test_an_end_that_is_only_estimated_is_no_event_until_a_plan_gives_it_a_day(
    cle, client, admin, clairdash
):
    before = await cle()
    plan = {"version": "3.11.0", "planned_on": "2027-01-10"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))
    after = await cle()

    new = [event for event in after["events"] if event["id"] > before["events"][0]["id"]]
    assert all(event["effective"] < before["updatedAt"] for event in before["events"])
    assert {event["type"] for event in new} == {"endOfSupport"}
    assert {event["effective"] for event in new} == {"2027-01-10T05:00:00Z"}
    assert {event["supportId"]: event["versions"][0]["range"] for event in new} == {
        "enterprise": "vers:semver/>=3.6.0|<3.7.0",
        "pro": "vers:semver/3.10.0",
    }


async def test_earlier_events_never_change_whatever_happens(
    cle, client, admin, act, announce, clairdash, clock
):
    steps = iter(changes(client, admin, act, announce, clairdash))
    told = await cle()
    kinds = set()
    for step in steps:
        clock.advance(days=1)
        await step()
        now = await cle()
        added = len(now["events"]) - len(told["events"])
        assert now["events"][added:] == told["events"]
        assert [event["id"] for event in now["events"]] == list(range(len(now["events"]), 0, -1))
        ids = {event["id"] for event in now["events"]}
        withdrawn = [e["eventId"] for e in now["events"] if e["type"] == "withdrawn"]
        assert set(withdrawn) <= ids
        assert len(set(withdrawn)) == len(withdrawn)
        kinds.update(event["type"] for event in now["events"][:added])
        told = now

    assert kinds == {
        "released",
        "endOfSupport",
        "endOfLife",
        "supersededBy",
        "withdrawn",
        "componentRenamed",
    }


def changes(client, admin, act, announce, clairdash):
    """Yield steps after which something is known that was not known before."""

    async def patch(version, **facts):
        path = f"{clairdash}/releases/{version}"
        match = admin | {"If-Match": (await client.get(path)).headers["etag"]}
        await ok(client.patch(path, json=facts, headers=match))

    async def release(**facts):
        await ok(client.post(f"{clairdash}/releases", json=facts, headers=admin))

    async def declare(**days):
        await ok(client.put(f"{clairdash}/lines/3.10", json={"declared": days}, headers=admin))

    async def identify(*identifiers):
        facts = {"slug": "clairdash", "identifiers": list(identifiers)}
        await ok(client.put(clairdash, json=facts, headers=admin))

    announced = []

    async def announce_end(day):
        facts = {"kind": "end_of_support", "lines": ["3.9"], "tiers": ["enterprise"]}
        announced.append(await announce(**facts, effective_on=day))

    yield lambda: release(version="3.11.0", planned_on="2027-01-10")
    yield lambda: patch("3.11.0", planned_on="2027-01-20")
    yield lambda: patch("3.10.0", released_on="2026-10-02")
    yield lambda: patch("3.10.0", withdrawn_on="2026-11-20", reason="A fault.")
    yield lambda: patch("3.10.0", restored_on="2026-11-21")
    yield lambda: patch("3.11.0", voided="A mistake.")
    yield lambda: declare(end_of_life="2028-01-31")
    yield lambda: declare(end_of_life="2028-03-31")
    yield lambda: release(version="3.10.1", released_on="2026-11-01")
    yield lambda: release(version="3.9.1", released_on="2026-11-02")
    yield lambda: announce_end("2027-09-01")
    yield lambda: act(announced[0], "amend", effective_on="2027-10-01", reason="More time.")
    yield lambda: act(announced[0], "withdraw", reason="It stays.")
    yield lambda: identify("pkg:npm/clairdash")
    yield lambda: identify("pkg:npm/clairdash", "pkg:docker/clairdash/clairdash")
    yield lambda: identify("pkg:npm/%40clairdash/server")
    yield lambda: release(version="4.0.0", released_on="2026-12-01")


async def test_a_day_that_moves_is_a_withdrawal_and_a_new_event(cle, client, admin, clairdash):
    path = f"{clairdash}/lines/3.10"
    await ok(client.put(path, json={"declared": {"end_of_life": "2028-01-31"}}, headers=admin))
    first = newest(await cle(), type="endOfLife")
    await ok(client.put(path, json={"declared": {"end_of_life": "2028-03-31"}}, headers=admin))
    document = await cle()

    withdrawal, second = newest(document, type="withdrawn"), newest(document, type="endOfLife")
    assert withdrawal["eventId"] == first["id"]
    assert withdrawal["reason"] == "The day moved to 2028-04-01."
    assert second["id"] == withdrawal["id"] + 1 == first["id"] + 2
    assert (first["effective"], second["effective"]) == (
        "2028-02-01T05:00:00Z",
        "2028-04-01T04:00:00Z",
    )


async def test_the_log_proves_what_was_published(cle, client, admin, clairdash):
    document = await cle()

    entries = (await ok(client.get("/v1/audit?action=lifecycle.published", headers=admin))).json()
    (entry,) = entries["items"]
    assert (entry["details"]["first"], entry["details"]["last"]) == (1, document["events"][0]["id"])
    assert (await ok(client.get("/v1/audit/verify", headers=admin))).json()["whole"]


async def test_the_document_is_cached_by_whoever_asks_and_changes_with_the_log(
    cle, client, admin, clairdash
):
    await cle()
    first = await client.get(CLE)
    unchanged = await client.get(CLE, headers={"If-None-Match": first.headers["etag"]})
    facts = {"version": "3.10.1", "released_on": "2026-11-01"}
    await ok(client.post(f"{clairdash}/releases", json=facts, headers=admin))
    await cle()
    changed = await client.get(CLE, headers={"If-None-Match": first.headers["etag"]})

    assert (unchanged.status_code, changed.status_code) == (304, 200)
    assert first.headers["cache-control"].startswith("public, max-age=")


async def test_a_log_longer_than_a_document_may_be_comes_in_pages_that_an_index_lists(
    cle, client, clairdash, monkeypatch
):
    whole = (await cle())["events"]
    assert (await ok(client.get(INDEX))).json()["pages"] == [page_of(whole, 1)]
    monkeypatch.setattr(documents, "MOST_EVENTS", 10)

    listed = (await ok(client.get(INDEX))).json()["pages"]
    pages = [(await ok(client.get(page["url"].removeprefix(ROOT)))).json() for page in listed]
    newest = (await ok(client.get(CLE))).json()
    beyond = await client.get(f"{CLE}?page={len(pages) + 1}")

    assert [event for page in reversed(pages) for event in page["events"]] == whole
    assert listed == [page_of(page["events"], n) for n, page in enumerate(pages, 1)]
    assert [page.get("next") for page in pages] == [*(page["url"] for page in listed[1:]), None]
    assert {page["index"] for page in pages} == {ROOT + INDEX}
    assert newest == pages[-1]
    assert (beyond.status_code, beyond.json()["type"]) == (404, "/problems/no-such-page")


def page_of(events, number):
    ends = {"firstEventId": events[-1]["id"], "lastEventId": events[0]["id"]}
    return {"url": f"{ROOT}{CLE}?page={number}"} | ends


async def test_of_what_is_not_public_or_not_there_nothing_is_told(cle, client, admin, clairdash):
    await ok(client.post("/v1/products", json={"slug": "secret", "public": False}, headers=admin))
    await ok(client.post("/v1/products", json={"slug": "empty"}, headers=admin))
    facts = {"version": "1.0.0", "released_on": "2026-11-01"}
    await ok(client.post("/v1/products/secret/releases", json=facts, headers=admin))
    await cle()

    answers = {slug: await client.get(f"/products/{slug}/cle.json") for slug in WITHOUT}
    kinds = {slug: answer.json()["type"] for slug, answer in answers.items()}
    assert kinds == WITHOUT
    assert {answer.status_code for answer in answers.values()} == {404}


WITHOUT = {
    "secret": "/problems/unknown-product",
    "nothing": "/problems/unknown-product",
    "empty": "/problems/no-lifecycle-yet",
}


async def test_a_release_s_milestones_are_what_the_api_answers(client, admin, clairdash):
    for line, day in (("3.5", "2026-08-15"), ("3.10", "2020-01-01")):
        sold = {"presentation": {"discontinued": day}}
        await ok(client.put(f"{clairdash}/lines/{line}", json=sold, headers=admin))
    ended = await ok(client.get("/products/clairdash/releases/3.5.0/openeox.json"))
    standing = (await ok(client.get("/products/clairdash/releases/3.10.0/openeox.json"))).json()
    shell = (await ok(client.get("/products/clairdash/openeox.json"))).json()

    answer = (await ok(client.get(f"{clairdash}/versions/3.5.0?tier=enterprise"))).json()
    assert answer["supported_until"] == "2026-09-30"
    record = ended.json()
    assert record == {
        "$schema": "https://docs.oasis-open.org/openeox/v1.0/schema/core.json",
        "general_availability": "2026-05-01T00:00:00-04:00",
        "end_of_sales": "2026-08-15T23:59:59-04:00",
        "end_of_security_support": "2026-09-30T23:59:59-04:00",
        "end_of_life": "2026-09-30T23:59:59-04:00",
        "last_updated": record["last_updated"],
    }
    assert (standing["end_of_life"], standing["end_of_security_support"]) == ("tba", "tba")
    assert "end_of_sales" not in standing  # it was over before the release
    stated = {each["productVersion"]: each["core"] for each in shell["statements"]}
    assert stated["3.5.0"] == record
    assert len(stated) == 10
    tag = {"If-None-Match": ended.headers["etag"]}
    again = await client.get("/products/clairdash/releases/3.5.0/openeox.json", headers=tag)
    assert again.status_code == 304
    added = {"version": "4.0.0-rc.1", "released_on": "2026-06-01"}
    await ok(client.post(f"{clairdash}/releases", json=added, headers=admin))
    alone = await ok(client.get("/products/clairdash/releases/4.0.0-rc.1/openeox.json"))
    assert alone.json()["last_updated"] > "2026-06-01"  # its line, which it does not make, has none
    missing = await client.get("/products/clairdash/releases/9.9.9/openeox.json")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/unknown-release")
    days = {"declared": {"end_of_life": True}, "correction": "The day is not known."}
    await ok(client.post("/v1/products", json={"slug": "old"}, headers=admin))
    added = {"version": "1.0.0", "released_on": "2020-01-01"}
    await ok(client.post("/v1/products/old/releases", json=added, headers=admin))
    await ok(client.put("/v1/products/old/lines/1.0", json=days, headers=admin))
    over = await client.get("/products/old/releases/1.0.0/openeox.json")
    assert (over.status_code, over.json()["type"]) == (404, "/problems/no-known-end")


@pytest.fixture
async def identified(client, admin, clairdash):
    """Let the product have a package URL and a CPE, a declared end, a prerelease and a plan."""
    facts = {"slug": "clairdash", "identifiers": ["pkg:npm/clairdash", "cpe:2.3:a:acme:clairdash"]}
    await ok(client.put(clairdash, json=facts, headers=admin))
    days = {"declared": {"end_of_life": "2028-01-31"}}
    await ok(client.put(f"{clairdash}/lines/3.10", json=days, headers=admin))
    released = {"released_on": "2026-11-10", "notes_url": "https://acme.example/notes"}
    for release in (
        released | {"version": "3.10.1"},
        released | {"version": "3.11.0-rc.1"},
        {"version": "3.11.0", "planned_on": "2027-01-10"},
    ):
        await ok(client.post(f"{clairdash}/releases", json=release, headers=admin))
    return "/products/clairdash/cyclonedx.json"


def days_of(component):
    properties = component.get("properties", ())
    return {each["name"].rpartition(":")[2]: each["value"] for each in properties}


def sorted_properties(bill):
    for component in (bill["metadata"]["component"], *bill.get("components", ())):
        component.get("properties", []).sort(key=itemgetter("name"))
    return bill


def by_version(bill):
    return {component["version"]: component for component in bill["components"]}


async def test_a_product_is_a_bill_of_its_releases_with_their_milestones(client, identified):
    answer = await ok(client.get(identified))
    bill = answer.json()

    assert answer.headers["content-type"] == "application/vnd.cyclonedx+json; version=1.6"
    assert cyclonedx_faults(answer.text) is None
    assert bill["metadata"]["component"] == {
        "type": "application",
        "bom-ref": bill["metadata"]["component"]["bom-ref"],
        "name": "clairdash",
        "cpe": "cpe:2.3:a:acme:clairdash",
        "purl": "pkg:npm/clairdash",
        "externalReferences": [{"url": f"{ROOT}/products/clairdash", "type": "website"}],
    }
    releases = by_version(bill)
    assert days_of(releases["3.5.0"]) == {
        "generalAvailability": "2026-05-01",
        "endOfSupport": "2026-09-30",
    }
    assert days_of(releases["3.10.0"]) == {
        "generalAvailability": "2026-10-01",
        "endOfLife": "2028-01-31",
    }
    patch = releases["3.10.1"]
    assert (patch["purl"], patch["cpe"]) == (
        "pkg:npm/clairdash@3.10.1",
        "cpe:2.3:a:acme:clairdash:3.10.1:*:*:*:*:*:*:*",
    )
    notes = {"url": "https://acme.example/notes", "type": "release-notes"}
    assert patch["externalReferences"] == [notes]
    prerelease = releases["3.11.0-rc.1"]
    assert (days_of(prerelease), "cpe" in prerelease) == ({}, False)
    assert "3.11.0" not in releases


async def test_enriching_a_product_s_own_bill_changes_nothing(client, identified):
    paths = ("", *(f"/releases/{version}" for version in ("3.5.0", "3.9.0", "3.11.0-rc.1")))
    for path, tier in product(paths, ("pro", "enterprise")):
        written = await ok(client.get(f"/products/clairdash{path}/cyclonedx.json?tier={tier}"))
        enriched = await ok(client.post(f"/v1/check/enrich?tier={tier}", content=written.content))

        assert sorted_properties(enriched.json()) == sorted_properties(written.json())


async def test_a_bill_ends_with_the_last_tier_unless_one_is_asked_for(client, identified):
    ends = {}
    for tier in ("pro", "enterprise", ""):
        bill = (await ok(client.get(f"{identified}?tier={tier}" if tier else identified))).json()
        ends[tier] = days_of(by_version(bill)["3.5.0"])["endOfSupport"]

    assert ends == {"pro": "2026-05-31", "enterprise": "2026-09-30", "": "2026-09-30"}


async def test_a_bill_is_the_same_while_its_facts_are_and_says_what_was_withdrawn(
    client, admin, clock, identified, clairdash
):
    first = await client.get(identified)
    clock.advance(days=1)
    tag = {"If-None-Match": first.headers["etag"]}
    unchanged = await client.get(identified, headers=tag)
    path = f"{clairdash}/releases/3.10.1"
    match = admin | {"If-Match": (await client.get(path)).headers["etag"]}
    facts = {"withdrawn_on": "2026-11-20", "reason": "A fault."}
    await ok(client.patch(path, json=facts, headers=match))
    changed = await client.get(identified, headers=tag)

    assert (unchanged.status_code, changed.status_code) == (304, 200)
    assert first.json()["serialNumber"] != changed.json()["serialNumber"]
    withdrawn = by_version(changed.json())["3.10.1"]
    assert withdrawn["description"] == "Withdrawn on 20 November 2026."
    assert days_of(withdrawn)["endOfSupport"] == "2026-11-19"
    assert first.headers["cache-control"].startswith("public, max-age=")


async def test_bills_of_what_is_not_there_are_refused(client, admin, identified):
    await ok(client.post("/v1/products", json={"slug": "secret", "public": False}, headers=admin))
    answers = [
        await client.get(path)
        for path in (
            "/products/secret/cyclonedx.json",
            "/products/clairdash/releases/9.9.9/cyclonedx.json",
            f"{identified}?tier=gold",
        )
    ]

    assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [
        (404, "/problems/unknown-product"),
        (404, "/problems/unknown-release"),
        (404, "/problems/unknown-tier"),
    ]


async def test_a_withdrawn_backport_that_a_tier_never_covered_ends_with_the_others(
    client, admin, clairdash
):
    facts = {"version": "3.9.1", "released_on": "2026-11-02"}
    await ok(client.post(f"{clairdash}/releases", json=facts, headers=admin))
    path = f"{clairdash}/releases/3.9.1"
    match = admin | {"If-Match": (await client.get(path)).headers["etag"]}
    facts = {"withdrawn_on": "2026-11-20", "reason": "A fault."}
    await ok(client.patch(path, json=facts, headers=match))

    record = (await ok(client.get("/products/clairdash/releases/3.9.1/openeox.json"))).json()

    assert record["end_of_life"] == "2026-11-19T23:59:59-05:00"


async def test_versions_that_sort_by_their_text_are_told_in_that_order(cle, client, admin):
    product = {"slug": "zones", "scheme": "lexicographic", "line_by": "declared"}
    await ok(client.post("/v1/products", json=product, headers=admin))
    for line, versions in {"2025": ("2025b", "2025a"), "2026": ("2026a",)}.items():
        await ok(client.put(f"/v1/products/zones/lines/{line}", json={}, headers=admin))
        for version in versions:
            release = {"version": version, "line": line, "released_on": f"{line}-06-01"}
            await ok(client.post("/v1/products/zones/releases", json=release, headers=admin))
    policy = policy_document(parse_policy(preset("declared")))
    await ok(client.put("/v1/products/zones/policy", json=policy, headers=admin))

    document = await cle("/products/zones/cle.json")

    superseded = newest(document, type="supersededBy", supersededByVersion="2026a")
    assert superseded["versions"] == [{"range": "vers:lexicographic/>=2025a|<2026a"}]
    listed = (await ok(client.get("/v1/products/zones/releases"))).json()["items"]
    assert [release["version"] for release in listed] == ["2025a", "2025b", "2026a"]

"""endoflife.date's API over HTTP: its caching, its aliases, and what tiers stand for."""

from datetime import UTC, datetime

import pytest

from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

PRODUCT = "/api/v1/products/clairdash"


async def put(client, admin, **facts):
    return await ok(client.put("/v1/products/clairdash", json=facts, headers=admin))


async def releases(client):
    answer = (await ok(client.get(PRODUCT))).json()
    return {release["name"]: release for release in answer["result"]["releases"]}


async def test_the_same_facts_on_the_same_day_are_the_same_answer(client, admin, clairdash, clock):
    first = await ok(client.get(PRODUCT))
    clock.now = clock.now.replace(minute=59)
    unchanged = await client.get(PRODUCT, headers={"If-None-Match": first.headers["etag"]})
    clock.now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    next_week = await ok(client.get(PRODUCT))

    assert unchanged.status_code == 304
    assert first.headers["cache-control"].startswith("public, max-age=")
    assert next_week.json()["generated_at"] == "2026-11-25T05:00:00Z"
    assert next_week.json()["last_modified"] == first.json()["last_modified"]
    assert first.headers["etag"] != next_week.headers["etag"]


async def test_a_change_is_seen_at_once(client, admin, clairdash, clock):
    before = (await ok(client.get(PRODUCT))).json()
    clock.now = clock.now.replace(minute=59, second=7)
    await put(client, admin, name="Clairdash 3", presentation={"category": "framework"})

    after = (await ok(client.get(PRODUCT))).json()

    assert (after["result"]["label"], after["result"]["tags"]) == ("Clairdash 3", ["framework"])
    assert after["last_modified"] > before["last_modified"]
    listed = (await ok(client.get("/api/v1/categories"))).json()
    assert [category["name"] for category in listed["result"]] == ["framework"]


async def test_a_phase_ends_with_the_last_covered_day_of_the_tier_that_stands_for_it(
    client, admin, clairdash
):
    await put(client, admin, endoflife={"support": "community", "eol": "enterprise"})

    shown = await releases(client)

    assert shown["3.10"]["isEol"] is False
    assert shown["3.10"]["eolFrom"] is None
    assert shown["3.10"]["custom"] == {"eoasEnd": "best_effort", "eolEnd": "rule"}
    assert (shown["3.5"]["isEol"], shown["3.5"]["eolFrom"]) == (True, "2026-09-30")
    assert shown["3.5"]["custom"] == {"eoasEnd": "best_effort", "eolEnd": None}
    assert "isEoes" not in shown["3.5"]


async def test_fields_stand_in_the_same_order_in_every_process(client, admin, clairdash):
    tiers = {"support": "pro", "eol": "enterprise", "extended": "enterprise"}
    await put(client, admin, endoflife=tiers)

    (newest, *_) = (await ok(client.get("/api/clairdash.json"))).json()

    unsaid = [name for name in newest if name.endswith("End")]
    assert unsaid == ["eoasEnd", "eolEnd", "eoesEnd"]


async def test_a_line_whose_only_release_is_withdrawn_is_a_cycle_that_is_over(
    client, admin, clairdash
):
    await put(client, admin, endoflife={"support": "pro", "eol": "enterprise"})
    path = "/v1/products/clairdash/releases/3.10.0"
    await ok(client.patch(path, json={"withdrawn_on": "2026-11-21"}, headers=admin))

    shown = (await releases(client))["3.10"]
    line = (await ok(client.get("/v1/products/clairdash/support?tier=enterprise"))).json()

    assert (shown["isEol"], shown["eolFrom"], shown["latest"]) == (True, "2026-11-20", None)
    found = next(each for each in line["lines"] if each["line"] == "3.10")["tiers"]["enterprise"]
    assert (found["status"], found["supported_until"]) == ("withdrawn", "2026-11-20")
    latest = (await ok(client.get(f"{PRODUCT}/releases/latest"))).json()["result"]
    assert (latest["name"], latest["isMaintained"]) == ("3.9", True)


async def test_a_withdrawn_line_is_over_whatever_it_declares(client, admin, clairdash):
    declared = {"active_support": "2026-11-10", "end_of_life": "2028-03-31"}
    line = "/v1/products/clairdash/lines/3.10"
    await ok(client.put(line, json={"declared": declared}, headers=admin))
    path = "/v1/products/clairdash/releases/3.10.0"
    await ok(client.patch(path, json={"withdrawn_on": "2026-11-21"}, headers=admin))

    shown = (await releases(client))["3.10"]

    assert (shown["isEol"], shown["eolFrom"]) == (True, "2026-11-20")
    assert (shown["isEoas"], shown["eoasFrom"]) == (True, "2026-11-10")


async def test_a_phase_that_a_tier_stands_for_is_called_as_the_tier(client, admin, clairdash):
    await put(client, admin, endoflife={"eol": "enterprise"})
    own = (await ok(client.get(PRODUCT))).json()["result"]["labels"]
    columns = {"end_of_life": "Paid"}
    await put(client, admin, presentation={"columns": columns}, endoflife={"eol": "enterprise"})
    named = (await ok(client.get(PRODUCT))).json()["result"]["labels"]

    assert (own["eol"], named["eol"]) == ("Enterprise", "Paid")


async def test_v0_turns_support_and_says_false_where_there_is_no_day(client, admin, clairdash):
    await put(client, admin, endoflife={"support": "pro", "eol": "enterprise"})

    cycles = (await ok(client.get("/api/clairdash.json"))).json()
    one = (await ok(client.get("/api/clairdash/3.5.json"))).json()

    assert cycles[0]["cycle"] == "3.10"
    assert (cycles[0]["support"], cycles[0]["eol"], cycles[0]["eolEnd"]) == (True, False, "rule")
    assert one["eol"] == "2026-09-30"
    assert one == {name: value for name, value in cycles[5].items() if name != "cycle"}


async def test_without_tiers_declared_days_are_served_as_they_are(client, admin, clairdash):
    declared = {"end_of_life": "2027-03-31", "extended_support": False}
    await ok(
        client.put("/v1/products/clairdash/lines/3.9", json={"declared": declared}, headers=admin)
    )

    shown = await releases(client)

    assert (shown["3.9"]["isEol"], shown["3.9"]["eolFrom"]) == (False, "2027-03-31")
    assert (shown["3.9"]["isEoes"], shown["3.8"]["isEoes"]) == (False, None)
    assert shown["3.8"]["custom"] == {"eolEnd": "unknown"}
    assert shown["3.9"]["custom"] == {"eolEnd": None}


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/api/v1/products/dash", "/api/v1/products/clairdash"),
        ("/api/v1/products/dash/releases/3.9", "/api/v1/products/clairdash/releases/3.9"),
        ("/api/dash.json", "/api/clairdash.json"),
        ("/api/dash/3.9.json", "/api/clairdash/3.9.json"),
        ("/api/clairdash", "/api/clairdash.json"),
        ("/products/dash", "/products/clairdash"),
        ("/products/dash?version=3.9.0", "/products/clairdash?version=3.9.0"),
        ("/products/dash/changes.atom", "/products/clairdash/changes.atom"),
        ("/products/dash/calendar.ics", "/products/clairdash/calendar.ics"),
        ("/products/dash/openeox.json", "/products/clairdash/openeox.json"),
        (
            "/products/dash/versions/3.9/badge.svg?tier=pro",
            "/products/clairdash/versions/3.9/badge.svg?tier=pro",
        ),
        ("/products/dash/versions/3.9.0", "/products/clairdash/versions/3.9.0"),
    ],
)
async def test_an_alias_leads_to_the_slug(client, admin, clairdash, asked, led_to):
    await put(client, admin, aliases=["dash"])

    moved = await client.get(asked)

    assert (moved.status_code, moved.headers["location"]) == (301, led_to)
    assert (await client.get(led_to)).status_code == 200


async def test_an_alias_is_refused_by_the_api_with_the_slug_that_is_meant(client, admin, clairdash):
    await put(client, admin, aliases=["dash"])
    refused = await client.get("/v1/products/dash")

    assert (refused.status_code, refused.json()["detail"]) == (
        404,
        "No product is called 'dash'. Did you mean 'clairdash'?",
    )


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("/products/dash/changes.atom", "unknown-product"),
        ("/api/v1/products/clairdsh", "unknown-product"),
        ("/api/v1/products/clairdash/releases/4.0", "unknown-line"),
        ("/api/v1/categories/none", "unknown-group"),
        ("/api/v1/tags/none", "unknown-group"),
        ("/api/v1/identifiers/purl", "unknown-group"),
        ("/api/nothing.json", "unknown-product"),
        ("/api/nothing", "unknown-product"),
        ("/api/clairdash/3.9", "unknown-line"),
        ("/api/clairdash/4.0.json", "unknown-line"),
    ],
)
async def test_what_does_not_exist_is_a_404(client, clairdash, asked, kind):
    refused = await client.get(asked)

    assert refused.status_code == 404
    assert refused.json()["type"].endswith(f"/{kind}")


async def test_a_slash_in_a_line_is_a_dash_in_its_address(client, admin, make_token):
    await ok(client.put("/v1/products/bsd", json={"line_by": "declared"}, headers=admin))
    line = {"declared": {"end_of_life": "2027-03-31"}, "released_on": "2026-01-01"}
    await ok(client.put("/v1/products/bsd/lines/releng%2F15.1", json=line, headers=admin))

    for address in (
        "bsd/releases/releng-15.1",
        "bsd/releases/releng%2F15.1",
        "bsd/releases/latest",
    ):
        shown = (await ok(client.get(f"/api/v1/products/{address}"))).json()
        assert shown["result"]["name"] == "releng/15.1"
    assert (await ok(client.get("/api/bsd/releng-15.1.json"))).json()["eol"] == "2027-03-31"


async def test_a_tier_that_no_policy_has_is_refused(client, admin, clairdash):
    refused = await client.put(
        "/v1/products/clairdash", json={"endoflife": {"eol": "gold"}}, headers=admin
    )

    assert refused.status_code == 400
    [problem] = refused.json()["errors"]
    assert problem["field"] == "endoflife.eol"
    assert problem["allowed"] == "community, enterprise, pro"


async def test_what_a_change_leaves_out_stays_and_null_clears(client, admin, clairdash):
    shown = {"category": "framework", "tags": ["runtime"]}
    await put(client, admin, endoflife={"eol": "pro"}, presentation=shown)
    kept = (await put(client, admin, name="Clairdash")).json()
    cleared = (await put(client, admin, endoflife=None, presentation=None)).json()
    line = "/v1/products/clairdash/lines/3.9"
    await ok(client.put(line, json={"presentation": {"label": "Nine"}}, headers=admin))
    kept_line = (await ok(client.put(line, json={"codename": "Quince"}, headers=admin))).json()

    assert (kept["endoflife"]["eol"], kept["presentation"]["tags"]) == ("pro", ["runtime"])
    assert (cleared["endoflife"], cleared["presentation"]) == (None, None)
    assert kept_line["presentation"] == {"label": "Nine"}

"""`GET /v1/products/{p}/compare`: statuses, problems and caching; its contents have tests apart."""

import pytest

from testkit.responses import ok

pytestmark = pytest.mark.one_database("answers are worked out from snapshots")

STAGES = [{"stage": "ga", "from_version": "3.1.0"}, {"stage": "removed", "from_version": "3.5.0"}]


@pytest.fixture
async def path(client, clairdash, admin):
    facts = {"name": "Maps", "stages": STAGES}
    await ok(client.put(f"{clairdash}/features/maps", json=facts, headers=admin))
    return f"{clairdash}/compare"


async def test_two_versions_are_compared_for_a_tier(client, path):
    response = await client.get(f"{path}?from=3.4.0&to=v3.10.0&tier=enterprise")

    answer = response.json()
    assert response.status_code == 200
    assert list(answer) == ["product", "tier", "at", "from", "to", "changes", "ahead"]
    assert (answer["from"]["version"], answer["to"]["version"]) == ("3.4.0", "3.10.0")
    (change,) = answer["changes"]
    assert (change["version"], change["summary"]) == ("3.5.0", "removal of Maps (maps)")
    alone = (await client.get(f"{path.removesuffix('compare')}versions/3.10.0")).json()
    assert answer["to"]["tiers"] == {"enterprise": alone["tiers"]["enterprise"]}


async def test_a_comparison_is_kept_until_the_product_changes(app, client, path, admin):
    await client.get(f"{path}?from=3.4.0&to=3.10.0")
    ready = await client.get(f"{path}?from=3.4.0&to=3.10.0")
    facts = {"stages": STAGES[:1]}

    await ok(client.put(f"{path.removesuffix('compare')}features/maps", json=facts, headers=admin))
    later = await client.get(f"{path}?from=3.4.0&to=3.10.0")

    assert app.hits == 1
    assert ready.headers["cache-control"].startswith("public")
    assert (len(ready.json()["changes"]), later.json()["changes"]) == (1, [])


@pytest.mark.parametrize(
    ("query", "status", "error", "fields"),
    [
        ("from=3.10.0&to=3.4.0", 400, "NotAnUpgrade", ["from"]),
        ("from=3.4.77&to=3.99.0", 404, "UnknownRelease", ["from", "to"]),
        ("from=3.4&to=3.10.0", 404, "UnknownRelease", ["from"]),
        ("from=one&to=3.10.0", 400, "UnparsableVersion", ["from"]),
        ("from=&to=3.10.0", 400, "BadRequest", ["from"]),
        (f"from={'3' * 5000}&to=3.10.0", 400, "UnfitText", ["from"]),
        ("to=3.10.0", 400, "BadRequest", ["from"]),
        ("from=3.4.0", 400, "BadRequest", ["to"]),
        ("from=3.4.0&to=3.10.0&tier=gold", 404, "UnknownTier", ["tier"]),
        ("from=3.99.0&to=3.10.0&tier=gold", 404, "UnknownRelease", ["from", "tier"]),
        ("from=3.4.0&to=3.10.0&at=nope", 400, "BadRequest", ["at"]),
    ],
)
async def test_what_cannot_be_compared_is_refused(client, path, query, status, error, fields):
    response = await client.get(f"{path}?{query}")

    problem = response.json()
    assert (response.status_code, problem["error"]) == (status, error)
    assert [each["field"] for each in problem.get("errors", [])] == fields


async def test_an_unknown_product_is_a_404_of_its_own(client, path):
    response = await client.get("/v1/products/nothing/compare?from=1&to=2")

    assert (response.status_code, response.json()["error"]) == (404, "UnknownProduct")

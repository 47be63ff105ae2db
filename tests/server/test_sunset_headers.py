from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from testkit.responses import ok

pytestmark = pytest.mark.one_database("headers are made of what was read")

END = {
    "product": "clairdash",
    "kind": "end_of_support",
    "lines": ["3.7"],
    "effective_on": "2027-03-01",
    "reason": "It is old.",
}


@pytest.fixture
async def announced(client, admin, clairdash):
    """Announce the end of support of the line 3.7, and give the deprecation."""
    await ok(
        client.post("/v1/accounts", json={"slug": "acme", "tier": "enterprise"}, headers=admin)
    )
    runs = {"product": "clairdash", "version": "3.7.0", "features": ["rest-v1"]}
    await ok(client.put("/v1/accounts/acme/instances/prod", json=runs, headers=admin))
    return await announce(client, admin, END)


async def announce(client, admin, facts):
    made = await ok(client.post("/v1/deprecations", json=facts, headers=admin))
    path, match = made.headers["location"], {"If-Match": made.headers["etag"]}
    done = await ok(client.post(f"{path}/announce", json={}, headers=admin | match))
    return done.json()


@pytest.mark.parametrize("query", ["", "?tier=enterprise"])
async def test_a_version_tells_its_deprecation_in_body_and_headers(
    client, clairdash, announced, query, clock
):
    response = await client.get(f"{clairdash}/versions/3.7.0{query}")

    tier = response.json() if query else response.json()["tiers"]["enterprise"]
    (told,) = tier["deprecations"]
    links = response.headers["link"]
    assert told == {
        "id": announced["id"],
        "kind": "end_of_support",
        "effective_on": "2027-03-01",
        "days_left": 100,
    }
    assert response.headers["deprecation"] == f"@{int(clock.now.timestamp())}"
    assert parsedate_to_datetime(response.headers["sunset"]) == datetime(2027, 3, 1, 5, tzinfo=UTC)
    assert response.headers["sunset"].endswith(" GMT")
    assert f'</v1/deprecations/{announced["id"]}>; rel="deprecation"' in links
    assert f'</v1/deprecations/{announced["id"]}>; rel="sunset"' in links
    assert '</v1/products/clairdash/versions/3.10.0>; rel="successor-version"' in links


@pytest.mark.parametrize("wanted", [{}, {"If-None-Match": "*"}])
async def test_a_ready_answer_has_the_same_headers(app, client, clairdash, announced, wanted):
    path = f"{clairdash}/versions/3.7.0?tier=enterprise"

    rendered = await client.get(path, headers=wanted)
    ready = await client.get(path, headers=wanted)

    assert app.hits == 1
    assert "sunset" in ready.headers
    assert ready.headers.raw == rendered.headers.raw
    assert ready.content == rendered.content


async def test_an_announcement_is_in_the_answers_at_once(client, clairdash, admin):
    path = f"{clairdash}/versions/3.7.0?tier=enterprise"
    before = await client.get(path)

    await announce(client, admin, END)

    after = await client.get(path)
    assert (before.json()["deprecations"], "sunset" in before.headers) == ([], False)
    assert len(after.json()["deprecations"]) == 1
    assert after.json()["status"] == "ending"
    assert after.json()["supported_until"] == "2027-02-28"


async def test_a_version_of_another_line_tells_nothing(client, clairdash, announced):
    response = await client.get(f"{clairdash}/versions/3.10.0")

    assert response.json()["tiers"]["enterprise"]["deprecations"] == []
    assert not {"deprecation", "sunset", "link"} & set(response.headers)


async def test_sunset_never_lies_before_the_deprecation(client, clairdash, admin, clock):
    """Best effort: announced today, effective tomorrow, by days whose first instant is near."""
    clock.now = datetime(2026, 11, 22, 4, 59, 59, tzinfo=UTC)  # a second before New York's midnight
    await announce(client, admin, END | {"lines": ["3.2"], "effective_on": "2026-11-22"})

    headers = (await client.get(f"{clairdash}/versions/3.2.0")).headers

    announced_at = int(headers["deprecation"].removeprefix("@"))
    assert parsedate_to_datetime(headers["sunset"]).timestamp() >= announced_at


async def test_an_account_sees_what_is_coming_for_each_instance(client, admin, announced):
    within = await client.get("/v1/accounts/acme/status?within=100", headers=admin)
    sooner = await client.get("/v1/accounts/acme/status?within=99", headers=admin)

    (coming,) = within.json()["coming"]
    assert coming["deprecation"] == announced["id"]
    assert (coming["kind"], coming["days_left"]) == ("end_of_support", 100)
    assert within.json()["instances"][0]["deprecations"][0]["id"] == announced["id"]
    assert sooner.json()["coming"] == []


async def test_an_account_sees_what_comes_to_the_features_it_uses(client, admin, announced):
    path = "/v1/products/clairdash/features/rest-v1"
    ga = {"stages": [{"stage": "ga", "from_version": "3.1.0"}]}
    await ok(client.put(path, json=ga, headers=admin))
    removal = {"product": "clairdash", "kind": "removal", "feature": "rest-v1", "reason": "Old."}
    removed = await announce(client, admin, removal | {"effective_on": "2027-09-01"})

    status = await client.get("/v1/accounts/acme/status?within=400", headers=admin)

    assert [each["deprecation"] for each in status.json()["coming"]] == [
        announced["id"],
        removed["id"],
    ]

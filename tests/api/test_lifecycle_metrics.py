"""What ends, and who was told, as Prometheus reads it."""

from datetime import date

import pytest
from prometheus_client.parser import text_string_to_metric_families

from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

PATH = "/metrics/lifecycle"
TODAY = date(2026, 11, 21)
REMOVAL = {
    "product": "clairdash",
    "kind": "removal",
    "feature": "rest-v1",
    "effective_on": {"community": "2027-09-01", "pro": "2027-06-01", "enterprise": "2027-09-01"},
    "reason": "Replaced.",
}


@pytest.fixture
async def announced(client, clairdash, admin):
    """Give the id of a removal that one customer was told of, and another could not be."""
    ga = {"stages": [{"stage": "ga", "from_version": "3.1.0"}]}
    await ok(client.put(f"{clairdash}/features/rest-v1", json=ga, headers=admin))
    for slug in ("acme", "globex"):
        body = {"slug": slug, "tier": "pro"}
        await ok(client.post("/v1/accounts", json=body, headers=admin))
        runs = {"product": "clairdash", "version": "3.10.0", "features": ["rest-v1"]}
        await ok(client.put(f"/v1/accounts/{slug}/instances/main", json=runs, headers=admin))
    draft = await ok(client.post("/v1/deprecations", json=REMOVAL, headers=admin))
    uid = draft.json()["id"]
    headers = admin | {"If-Match": draft.headers["etag"]}
    await ok(client.post(f"/v1/deprecations/{uid}/announce", json={}, headers=headers))
    return uid


async def samples(client, headers):
    """Give what is measured, by its metric's name and its labels."""
    answer = await ok(client.get(PATH, headers=headers))
    return {
        key_of(sample.name.removeprefix("lifecycle_"), **sample.labels): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def key_of(metric, **labels):
    return metric, *sorted(({"product": "clairdash"} | labels).items())


async def test_days_left_are_those_of_the_answers(client, admin, announced):
    shown = await samples(client, admin)

    path = "/v1/products/clairdash/versions/3.6.0?tier=enterprise"
    answer = (await ok(client.get(path))).json()
    median = date.fromisoformat(answer["projected_until"]["median"])
    line = key_of("line_days_left", line="3.6", tier="enterprise", estimated="true")
    removal = {"subject": "rest-v1", "deprecation": announced, "kind": "removal"}
    days = {
        tier: shown[key_of("deprecation_days_left", tier=tier, **removal)]
        for tier in ("pro", "enterprise")
    }
    assert shown[line] == (median - TODAY).days
    assert days == {"pro": 192, "enterprise": 284}


async def test_an_end_is_shown_for_thirty_days_and_then_left_out(client, admin, clairdash, clock):
    end = key_of("line_days_left", line="3.6", tier="enterprise", estimated="false")
    body = {"version": "3.11.0", "released_on": "2026-11-21"}
    await ok(client.post(f"{clairdash}/releases", json=body, headers=admin))

    days = []
    for _ in range(3):
        days.append((await samples(client, admin)).get(end))
        clock.advance(days=29)

    assert days == [-1, -30, None]


async def test_accounts_are_counted_as_reach_counts_them(client, admin, announced):
    shown = await samples(client, admin)

    reach = (await ok(client.get(f"/v1/deprecations/{announced}/reach", headers=admin))).json()
    states = ("told", "not_told", "acknowledged", "moved")
    about = {"subject": "rest-v1", "deprecation": announced}
    counts = {
        state: shown[key_of("deprecation_accounts", state=state, **about)] for state in states
    }
    assert counts == {state: reach[state] for state in states}
    assert counts["not_told"] == 2


async def test_the_metrics_are_for_those_who_publish_and_of_their_products(
    client, announced, make_token
):
    limited = await make_token("publish:clairdash")
    other = await client.get(PATH, headers=await make_token("release"))
    nobody = await client.get(PATH)

    assert (other.status_code, nobody.status_code) == (403, 401)
    assert await samples(client, limited) != {}


async def test_a_scope_limited_to_another_product_sees_nothing_of_this(
    client, admin, announced, make_token
):
    await ok(client.post("/v1/products", json={"slug": "boreas"}, headers=admin))

    assert await samples(client, await make_token("publish:boreas")) == {}

import pytest

from lifecycle.scheduler.lifecycle_logs import WITHOUT_POLICY_AFTER, LifecycleLogs
from testkit.responses import ok

PATH = "/v1/products/gadget"


@pytest.fixture
async def gadget(client, admin):
    """Enter a product with a release, a line and a feature, and nothing that rests on it."""
    await ok(client.put(PATH, json={}, headers=admin))
    release = {"version": "1.0.0", "released_on": "2026-01-01"}
    await ok(client.post(f"{PATH}/releases", json=release, headers=admin))
    await ok(client.put(f"{PATH}/lines/1.0", json={}, headers=admin))
    beta = {"stages": [{"stage": "beta", "from_version": "1.0.0"}]}
    await ok(client.put(f"{PATH}/features/dial", json=beta, headers=admin))


async def test_a_product_that_nothing_rests_on_is_removed(client, admin, gadget):
    assert (await client.get(PATH)).status_code == 200

    removed = await client.delete(PATH, headers=admin)

    assert removed.status_code == 204
    assert (await client.get(PATH)).status_code == 404
    assert (await client.get("/v1/products")).json()["items"] == []
    logged = (await ok(client.get("/v1/audit?limit=1", headers=admin))).json()["items"]
    assert (logged[0]["action"], logged[0]["subject"]) == ("product.removed", "gadget")
    assert (await client.put(PATH, json={}, headers=admin)).status_code == 201


async def test_what_was_published_of_a_product_s_lifecycle_goes_with_it(
    client, admin, store, clock, gadget
):
    an_hour_later = clock.now + WITHOUT_POLICY_AFTER
    assert await LifecycleLogs(store).tick(an_hour_later) > 0

    removed = await client.delete(PATH, headers=admin)

    assert removed.status_code == 204, removed.text


async def test_what_rests_on_a_product_is_named_when_its_removal_is_refused(
    client, admin, gadget, make_token
):
    await ok(client.put("/v1/accounts/acme", json={"tier": "pro"}, headers=admin))
    for name in ("one", "two"):
        runs = {"product": "gadget", "version": "1.0.0"}
        await ok(client.put(f"/v1/accounts/acme/instances/{name}", json=runs, headers=admin))
    await make_token("publish:gadget")

    refused = await client.delete(PATH, headers=admin)

    assert refused.status_code == 409
    assert refused.json()["detail"] == (
        "Product 'gadget' cannot be removed: 2 instances and 1 token rest on it. "
        "Hide it with `public: false` instead."
    )
    assert (await client.get(PATH)).status_code == 200


async def test_a_feature_that_nobody_uses_is_removed(client, admin, gadget):
    path = f"{PATH}/features/dial"

    removed = await client.delete(path, headers=admin)

    assert removed.status_code == 204
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("reason", ["instance", "feature", "deprecation", "promise"])
async def test_what_rests_on_a_feature_is_named_when_its_removal_is_refused(
    client, admin, gadget, reason
):
    words = f"1 {reason} rests on it"
    if reason == "instance":
        await ok(client.put("/v1/accounts/acme", json={"tier": "pro"}, headers=admin))
        runs = {"product": "gadget", "version": "1.0.0", "features": ["dial"]}
        await ok(client.put("/v1/accounts/acme/instances/one", json=runs, headers=admin))
    elif reason == "feature":
        needs = {"depends_on": ["dial"]}
        await ok(client.put(f"{PATH}/features/knob", json=needs, headers=admin))
    elif reason == "deprecation":
        draft = {"product": "gadget", "kind": "removal", "feature": "dial", "reason": "-"}
        await ok(client.post("/v1/deprecations", json=draft, headers=admin))
    else:
        words = "it has been generally available, which is a promise"
        ga = {"stages": [{"stage": "ga", "from_version": "1.0.0"}]}
        await ok(client.put(f"{PATH}/features/dial", json=ga, headers=admin))

    refused = await client.delete(f"{PATH}/features/dial", headers=admin)

    assert refused.status_code == 409
    assert words in refused.json()["detail"]


async def test_a_limited_scope_removes_features_of_its_product_and_no_product(
    client, admin, gadget, make_token
):
    limited = await make_token("publish:gadget")

    product = await client.delete(PATH, headers=limited)
    feature = await client.delete(f"{PATH}/features/dial", headers=limited)

    assert (product.status_code, feature.status_code) == (403, 204)


async def test_what_changed_since_it_was_read_is_not_removed(client, admin, gadget):
    stale = admin | {"If-Match": '"7"'}

    for path in (PATH, f"{PATH}/features/dial"):
        assert (await client.delete(path, headers=stale)).status_code == 412, path

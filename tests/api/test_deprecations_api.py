import pytest

from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

ALL = "/v1/deprecations"
FEATURES = ("rest-v1", "old-builder")
DRAFT = {
    "product": "clairdash",
    "kind": "removal",
    "feature": "rest-v1",
    "effective_on": "2027-09-01",
    "reason": "GraphQL has taken its place.",
}


@pytest.fixture
async def publish(client, make_token, clairdash, admin):
    """Store two features and an account that uses one; give a product manager's token."""
    for key in FEATURES:
        ga = {"stages": [{"stage": "ga", "from_version": "3.1.0"}]}
        await ok(client.put(f"{clairdash}/features/{key}", json=ga, headers=admin))
    await ok(client.post("/v1/accounts", json={"slug": "acme", "tier": "pro"}, headers=admin))
    runs = {"product": "clairdash", "version": "3.10.0", "features": ["rest-v1"]}
    await ok(client.put("/v1/accounts/acme/instances/prod", json=runs, headers=admin))
    return await make_token("publish")


@pytest.fixture
async def act(client, publish):
    """Do something to a deprecation as it stands, and give the answer."""

    async def act(path, what, body, **headers):
        read = await client.get(path, headers=publish)
        sent = publish | {"If-Match": read.headers["etag"]} | headers
        return await client.post(f"{path}/{what}", json=body, headers=sent)

    return act


async def drafted(client, publish, **said):
    made = await ok(client.post(ALL, json=DRAFT | said, headers=publish))
    return made.headers["location"]


async def test_a_draft_is_made_changed_and_deleted(client, publish):
    made = await client.post(ALL, json=DRAFT, headers=publish)
    path = made.headers["location"]
    match = publish | {"If-Match": made.headers["etag"]}

    changed = await client.patch(path, json={"replacement": "graphql"}, headers=match)
    newer = publish | {"If-Match": changed.headers["etag"]}
    deleted = await client.delete(path, headers=newer)

    assert made.status_code == 201
    assert (made.json()["status"], made.json()["effective_on"]) == ("draft", "2027-09-01")
    assert changed.json()["replacement"] == "graphql"
    assert deleted.status_code == 204
    assert (await client.get(path, headers=publish)).status_code == 404


async def test_changes_need_the_etag_that_was_read(client, publish):
    path = await drafted(client, publish)

    for method, where, body in [
        ("PATCH", path, {}),
        ("DELETE", path, None),
        ("POST", f"{path}/announce", {}),
        ("POST", f"{path}/amend", {"reason": "x"}),
        ("POST", f"{path}/withdraw", {"reason": "x"}),
    ]:
        response = await client.request(method, where, json=body, headers=publish)
        assert response.status_code == 428, (method, where)
        assert response.json()["errors"][0]["field"] == "If-Match"


async def test_of_two_managers_who_edit_one_wins_and_the_other_is_told(client, publish):
    path = await drafted(client, publish)
    match = publish | {"If-Match": (await client.get(path, headers=publish)).headers["etag"]}

    first = await client.patch(path, json={"reason": "one"}, headers=match)
    second = await client.patch(path, json={"reason": "two"}, headers=match)

    assert (first.status_code, second.status_code) == (200, 412)
    assert (await client.get(path, headers=publish)).json()["reason"] == "one"


@pytest.mark.both_databases
async def test_drafts_are_hidden_from_the_public_and_from_customers(client, publish, make_token):
    path = await drafted(client, publish)
    customer = await make_token("account:acme")

    for headers in ({}, customer):
        assert (await client.get(path, headers=headers)).status_code == 404
        assert (await client.get(ALL, headers=headers)).json()["items"] == []
    assert len((await client.get(ALL, headers=publish)).json()["items"]) == 1
    assert "public" not in (await client.get(ALL, headers=publish)).headers["cache-control"]


async def test_a_list_that_may_show_drafts_is_kept_for_nobody_else(client, publish):
    await drafted(client, publish)
    where = f"{ALL}?product=clairdash"

    inside = await client.get(where, headers=publish)
    outside = await client.get(where)

    assert len(inside.json()["items"]) == 1
    assert "public" not in inside.headers["cache-control"]
    assert outside.json()["items"] == []
    assert "public" in outside.headers["cache-control"]


async def test_announcing_makes_it_public_and_a_promise(client, publish, act):
    path = await drafted(client, publish)

    announced = await act(path, "announce", {})
    shown = await client.get(path)

    assert announced.status_code == 200, announced.text
    assert shown.json()["status"] == "announced"
    assert shown.json()["announced_on"] == "2026-11-21"
    assert shown.json()["days"]["pro"] == "2027-09-01"
    (revision,) = shown.json()["revisions"]
    assert (revision["number"], revision["change"]) == (1, "announced")
    assert "pro" in revision["owed"]
    assert "created_by" not in shown.json()
    assert "actor" not in revision


async def test_too_early_a_day_is_refused_with_the_earliest_and_the_tiers_that_force_it(
    client, publish, act
):
    path = await drafted(client, publish, effective_on="2027-01-01")

    response = await act(path, "announce", {})

    assert response.status_code == 409
    assert response.json()["error"] == "TooSoon"
    assert "enterprise" in response.text
    assert "2027-05-20" in response.text
    assert (await client.get(path, headers=publish)).json()["status"] == "draft"


async def test_a_waiver_lets_it_come_too_early_and_is_shown(client, publish, act):
    path = await drafted(client, publish, effective_on="2027-01-01")
    waiver = {
        "product": "clairdash",
        "deprecation": path.rpartition("/")[2],
        "person": "Ada",
        "reason": "security",
        "explanation": "It cannot be fixed.",
        "until": "2026-12-31",
    }
    granted = await ok(client.post("/v1/waivers", json=waiver, headers=publish))

    announced = await act(path, "announce", {"waiver": granted.json()["id"]})

    assert announced.status_code == 200, announced.text
    assert announced.json()["revisions"][0]["waiver"] == granted.json()["id"]


async def test_a_double_click_announces_once(client, publish):
    path = await drafted(client, publish)
    etag = (await client.get(path, headers=publish)).headers["etag"]
    headers = publish | {"If-Match": etag, "Idempotency-Key": "click"}

    first = await client.post(f"{path}/announce", json={}, headers=headers)
    second = await client.post(f"{path}/announce", json={}, headers=headers)
    unkeyed = await client.post(f"{path}/announce", json={}, headers=publish | {"If-Match": etag})

    assert (first.status_code, second.status_code, unkeyed.status_code) == (200, 200, 412)
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"


@pytest.mark.both_databases
async def test_what_is_announced_is_postponed_and_withdrawn_but_not_edited(client, publish, act):
    path = await drafted(client, publish)
    await act(path, "announce", {})
    read = await client.get(path, headers=publish)
    match = publish | {"If-Match": read.headers["etag"]}

    edited = await client.patch(path, json={"reason": "other"}, headers=match)
    deleted = await client.delete(path, headers=match)
    amended = await act(path, "amend", {"effective_on": "2027-12-01", "reason": "More time."})
    withdrawn = await act(path, "withdraw", {"reason": "It stays."})

    assert (edited.status_code, deleted.status_code) == (409, 409)
    assert amended.json()["effective_on"] == "2027-12-01"
    assert withdrawn.json()["status"] == "withdrawn"
    changes = [each["change"] for each in withdrawn.json()["revisions"]]
    assert changes == ["announced", "postponed", "withdrawn"]


async def test_bringing_forward_breaks_a_promise_and_is_refused(client, publish, act):
    path = await drafted(client, publish)
    await act(path, "announce", {})

    response = await act(path, "amend", {"effective_on": "2027-01-01", "reason": "Sooner."})

    assert response.status_code == 409
    assert (await client.get(path)).json()["effective_on"] == "2027-09-01"


async def test_one_that_announces_itself_later_is_not_public_until_then(client, publish, act):
    path = await drafted(client, publish)

    scheduled = await act(path, "announce", {"on": "2026-12-01"})

    assert scheduled.json()["status"] == "scheduled"
    assert scheduled.json()["announce_on"] == "2026-12-01"
    assert (await client.get(path)).status_code == 404


async def test_the_list_finds_those_whose_id_begins_so(client, publish):
    first, *_ = [await drafted(client, publish, feature=key) for key in FEATURES]
    uid = first.rpartition("/")[2]

    async def ids(beginning, headers=publish):
        answer = await ok(client.get(ALL, params={"id": beginning}, headers=headers))
        return [each["id"] for each in answer.json()["items"]]

    assert await ids(uid[:6]) == [uid]
    assert await ids(uid) == [uid]
    assert await ids("-") == []
    assert await ids(uid[:6], {}) == []
    for bad in ("%", "_", uid.upper() + "x", "g", ""):
        assert (await client.get(ALL, params={"id": bad}, headers=publish)).status_code == 400


@pytest.mark.both_databases
async def test_the_list_tells_products_and_states_apart(client, publish, act, admin, clock):
    await ok(client.post("/v1/products", json={"slug": "other"}, headers=admin))
    path = await drafted(client, publish)
    await act(path, "announce", {})
    await drafted(client, publish, feature="old-builder")

    async def statuses(query, headers=publish):
        found = await ok(client.get(f"{ALL}?{query}", headers=headers))
        return [each["status"] for each in found.json()["items"]]

    assert await statuses("product=clairdash") == ["draft", "announced"]
    assert await statuses("product=clairdash", {}) == ["announced"]
    assert await statuses("product=other") == []
    assert await statuses("status=announced") == ["announced"]
    assert await statuses("status=effective") == []
    assert await statuses("status=draft", {}) == []
    clock.now = clock.now.replace(year=2027, month=9, day=2)
    assert await statuses("status=effective", {}) == ["effective"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"effective_on": "2026-11-20"}, "effective_on"),
        ({"effective_on": {"pro": "2026-11-20"}}, "effective_on.pro"),
        ({"effective_on": "2027-02-30"}, "effective_on"),
        ({"feature": "nope"}, "feature"),
        ({"feature": None, "range": "vers:semver/>=9.0.0"}, "range"),
        ({"feature": None, "range": "3.x"}, "range"),
        ({"feature": None, "lines": ["3.99"]}, "lines[0]"),
        ({"feature": None, "lines": []}, "lines"),
        ({"lines": ["3.10"]}, "lines"),
        ({"feature": None}, "lines"),
        ({"tiers": ["platinum"]}, "tiers[0]"),
        ({"tiers": []}, "tiers"),
        ({"tiers": ["pro"], "effective_on": {"enterprise": "2027-09-01"}}, None),
        ({"kind": "rename"}, "kind"),
        ({"kind": "end_of_support"}, "kind"),
        ({"links": [{"url": "javascript:alert(1)"}]}, "links[0].url"),
        ({"reason": "x" * 10_001}, "reason"),
        ({"from_version": "not a version"}, "from_version"),
        ({"product": "Not A Slug"}, "product"),
        ({"more": 1}, "more"),
    ],
)
async def test_what_could_not_be_announced_is_no_draft(client, publish, said, field):
    response = await client.post(ALL, json=DRAFT | said, headers=publish)

    assert response.status_code == 400, response.text
    assert field is None or response.json()["errors"][0]["field"] == field


async def test_a_feature_of_another_product_is_refused(client, publish, admin):
    await ok(client.post("/v1/products", json={"slug": "other"}, headers=admin))

    response = await client.post(ALL, json=DRAFT | {"product": "other"}, headers=publish)

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "feature"


@pytest.mark.both_databases
async def test_a_removed_feature_cannot_be_deprecated(client, publish, admin, clairdash):
    stages = [
        {"stage": "ga", "from_version": "3.1.0"},
        {"stage": "removed", "from_version": "3.9.0"},
    ]
    await ok(client.put(f"{clairdash}/features/rest-v1", json={"stages": stages}, headers=admin))

    response = await client.post(ALL, json=DRAFT, headers=publish)

    assert response.status_code == 409
    assert response.json()["error"] == "FeatureRemoved"


async def test_an_unknown_product_is_404(client, publish):
    response = await client.post(ALL, json=DRAFT | {"product": "nope"}, headers=publish)

    assert response.status_code == 404


@pytest.mark.parametrize("scope", ["release", "account:acme"])
async def test_only_those_who_publish_draft_and_announce(client, publish, make_token, scope):
    path = await drafted(client, publish)
    headers = await make_token(scope)

    for method, where in [
        ("POST", ALL),
        ("PATCH", path),
        ("DELETE", path),
        ("GET", f"{path}/preview"),
        ("GET", f"{path}/reach"),
        ("POST", f"{path}/announce"),
        ("POST", f"{path}/amend"),
        ("POST", f"{path}/withdraw"),
    ]:
        response = await client.request(method, where, json={}, headers=headers)
        assert response.status_code == 403, (method, where)

import pytest

from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

ALL = "/v1/deprecations"
REMOVAL = {
    "product": "clairdash",
    "kind": "removal",
    "feature": "rest-v1",
    "effective_on": "2027-09-01",
    "reason": "<script>alert('GraphQL')</script>",
}
END = {"product": "clairdash", "kind": "end_of_support", "lines": ["3.9"], "reason": "Old."}


@pytest.fixture
async def publish(client, make_token, clairdash, admin):
    """Store three accounts, two of which use a feature, and give a product manager's token."""
    ga = {"name": "<b>REST</b>", "stages": [{"stage": "ga", "from_version": "3.1.0"}]}
    for key in ("rest-v1", "other"):
        await ok(client.put(f"{clairdash}/features/{key}", json=ga, headers=admin))
    for slug, tier, features in [
        ("acme", "pro", ["rest-v1"]),
        ("globex", "enterprise", ["rest-v1"]),
        ("initech", "enterprise", ["other"]),
    ]:
        path = f"/v1/accounts/{slug}"
        account = {"tier": tier, "name": f"<i>{slug}</i>"}
        await ok(client.put(path, json=account, headers=admin))
        runs = {"product": "clairdash", "version": "3.9.0", "features": features}
        seen = {"last_seen": "2026-11-20T00:00:00Z"}
        await ok(client.put(f"{path}/instances/prod", json=runs | seen, headers=admin))
    hook = {"channel": "webhook", "address": "https://hooks.globex.example/in"}
    await ok(client.post("/v1/accounts/globex/subscriptions", json=hook, headers=admin))
    return await make_token("publish")


async def drafted(client, publish, facts=REMOVAL, **said):
    made = await ok(client.post(ALL, json=facts | said, headers=publish))
    return made.headers["location"]


async def previewed(client, publish, path, query=""):
    return (await ok(client.get(f"{path}/preview{query}", headers=publish))).json()


async def test_a_preview_says_when_it_may_take_effect_for_each_tier_and_why(client, publish):
    found = await previewed(client, publish, await drafted(client, publish))

    owed = {each["tier"]: (each["period"], each["earliest"]) for each in found["earliest"]}
    assert owed["pro"] == ("90 days", "2027-02-19")
    assert owed["enterprise"] == ("180 days", "2027-05-20")
    assert found["refused"] is None
    assert found["effective_on"]["enterprise"] == "2027-09-01"


async def test_a_preview_says_why_a_day_would_be_refused(client, publish):
    path = await drafted(client, publish, effective_on="2027-01-01")

    found = await previewed(client, publish, path)

    assert "2027-05-20" in found["refused"]


async def test_a_preview_counts_by_tier_and_lists_whom_it_hurts(client, publish):
    found = await previewed(client, publish, await drafted(client, publish))

    counts = {each["tier"]: (each["affected"], each["unreachable"]) for each in found["tiers"]}
    assert [each["account"] for each in found["accounts"]] == ["acme", "globex"]
    assert (counts["pro"], counts["enterprise"]) == ((1, 1), (1, 0))
    assert found["total"] == 2


@pytest.mark.both_databases
async def test_a_preview_pages_its_accounts(client, publish):
    path = await drafted(client, publish)

    first = await previewed(client, publish, path, "?limit=1")
    second = await previewed(client, publish, path, f"?limit=1&cursor={first['next']}")

    assert [each["account"] for each in first["accounts"]] == ["acme"]
    assert [each["account"] for each in second["accounts"]] == ["globex"]
    assert second["next"] is None


async def test_a_preview_shows_every_notice_as_it_will_be_sent(client, publish):
    path = await drafted(client, publish)

    found = await previewed(client, publish, path, "?account=globex")

    named = [(each["milestone"], each["days_before"]) for each in found["notices"]]
    assert named == [
        ("announcement", None),
        ("reminder", 90),
        ("reminder", 30),
        ("reminder", 7),
        ("reminder", 1),
        ("effective", None),
    ]
    for notice in found["notices"]:
        told = notice["webhook"]["data"]
        assert (told["account"], told["effective_on"]) == ("globex", "2027-09-01")
        assert "<script>" not in notice["html"]
        assert "<b>REST" not in notice["html"]
        assert "<i>" not in notice["html"]
        assert "\n" not in notice["subject"]
        assert notice["text"]
        assert notice["chat"]
    assert found["notices"][1]["webhook"]["data"]["days_left"] == 90


@pytest.mark.both_databases
async def test_a_preview_sends_and_stores_nothing(client, publish, admin):
    path = await drafted(client, publish)
    before = (await client.get("/v1/audit", headers=admin)).json()

    await previewed(client, publish, path)

    after = (await client.get("/v1/audit", headers=admin)).json()
    assert after == before
    assert (await client.get("/v1/deliveries", headers=publish)).json()["items"] == []


async def test_the_notices_sent_have_the_ids_that_the_preview_showed(client, publish):
    path = await drafted(client, publish)
    shown = await previewed(client, publish, path)
    match = {"If-Match": (await client.get(path, headers=publish)).headers["etag"]}

    await ok(client.post(f"{path}/announce", json={}, headers=publish | match))

    sent = await client.get("/v1/accounts/globex/notices", headers=publish)
    assert sent.json()["items"][0]["id"] == shown["notices"][0]["id"]


@pytest.mark.both_databases
async def test_a_deprecation_of_lines_previews_what_runs_on_them(client, publish):
    found = await previewed(client, publish, await drafted(client, publish, END))

    assert [each["account"] for each in found["accounts"]] == ["acme", "globex", "initech"]
    assert found["versions"] == ["3.9.0"]


@pytest.mark.both_databases
async def test_a_preview_without_anybody_affected_is_for_a_made_up_account(client, publish):
    path = await drafted(client, publish, tiers=["community"])

    found = await previewed(client, publish, path)

    assert found["total"] == 0
    assert {each["account"] for each in found["notices"]} == {"example"}


async def test_a_product_without_a_policy_owes_nothing_that_could_be_previewed(
    client, publish, admin
):
    await ok(client.post("/v1/products", json={"slug": "bare"}, headers=admin))
    path = await drafted(
        client,
        publish,
        {"product": "bare", "kind": "discontinuation", "whole_product": True, "reason": "Old."},
    )

    response = await client.get(f"{path}/preview", headers=publish)

    assert response.status_code == 409
    assert response.json()["error"] == "NoPolicy"


async def test_reach_tells_who_was_told_and_why_somebody_was_not(client, publish):
    path = await drafted(client, publish)
    match = {"If-Match": (await client.get(path, headers=publish)).headers["etag"]}
    await ok(client.post(f"{path}/announce", json={}, headers=publish | match))

    reach = (await ok(client.get(f"{path}/reach", headers=publish))).json()

    accounts = {each["account"]: each for each in reach["accounts"]}
    assert (reach["told"], reach["not_told"]) == (0, 2)
    assert accounts["acme"]["why_not"]
    assert accounts["acme"]["deliveries"] == []
    assert accounts["globex"]["why_not"] is None
    (delivery,) = accounts["globex"]["deliveries"]
    assert (delivery["state"], delivery["milestone"]) == ("waiting", "announcement")
    assert "hooks.globex" not in str(reach)
    assert accounts["globex"]["promised_days"] == 180

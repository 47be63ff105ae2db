import pytest

from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

HOOK = {"channel": "webhook", "address": "https://hooks.acme.example/in"}
REMOVAL = {
    "product": "clairdash",
    "kind": "removal",
    "feature": "rest-v1",
    "effective_on": "2027-09-01",
    "reason": "GraphQL has taken its place.",
}
PATH = "/v1/accounts/acme/notices"


@pytest.fixture
async def announced(client, admin, clairdash):
    """Announce the removal of a feature that one of two accounts uses; give its path."""
    ga = {"stages": [{"stage": "ga", "from_version": "3.1.0"}]}
    for key in ("rest-v1", "other"):
        await ok(client.put(f"{clairdash}/features/{key}", json=ga, headers=admin))
    for slug, features in (("acme", ["rest-v1"]), ("globex", ["other"])):
        path = f"/v1/accounts/{slug}"
        await ok(client.put(path, json={"tier": "pro"}, headers=admin))
        runs = {"product": "clairdash", "version": "3.10.0", "features": features}
        seen = {"last_seen": "2026-11-20T00:00:00Z"}
        await ok(client.put(f"{path}/instances/prod", json=runs | seen, headers=admin))
        hook = HOOK | {"address": f"https://hooks.{slug}.example/in"}
        await ok(client.post(f"{path}/subscriptions", json=hook, headers=admin))
    made = await ok(client.post("/v1/deprecations", json=REMOVAL, headers=admin))
    path, match = made.headers["location"], {"If-Match": made.headers["etag"]}
    await ok(client.post(f"{path}/announce", json={}, headers=admin | match))
    return path


@pytest.fixture
async def own(announced, make_token):
    return await make_token("account:acme")


@pytest.mark.both_databases
async def test_an_account_reads_the_notices_it_was_sent(client, announced, own):
    listed = await client.get(PATH, headers=own)

    (notice,) = listed.json()["items"]
    shown = await client.get(f"{PATH}/{notice['id']}", headers=own)
    assert notice["deprecation"] == announced.rpartition("/")[2]
    assert (notice["milestone"], notice["affected"]) == ("announcement", "yes")
    assert (notice["effective_on"], notice["days_left"]) == ("2027-09-01", 284)
    assert shown.json()["notice"] == notice
    assert "GraphQL has taken its place." in shown.json()["text"]


async def test_no_days_are_counted_to_a_withdrawn_change(client, announced, own, admin):
    shown = await ok(client.get(announced, headers=admin))
    match = {"If-Match": shown.headers["etag"]}
    said = {"reason": "Customers asked for it."}
    await ok(client.post(f"{announced}/withdraw", json=said, headers=admin | match))

    listed = (await client.get(PATH, headers=own)).json()["items"]

    assert listed
    assert {notice["days_left"] for notice in listed} == {None}
    assert {notice["withdrawn_on"] for notice in listed} == {"2026-11-21"}
    (announcement,) = (each for each in listed if each["milestone"] == "announcement")
    assert announcement["not_sent"]
    text = (await client.get(f"{PATH}/{announcement['id']}", headers=own)).json()["text"]
    assert "Withdrawn on 21 November 2026: nothing needs to be done." in text


async def test_who_is_not_affected_has_none(client, announced, admin):
    listed = await client.get("/v1/accounts/globex/notices", headers=admin)

    assert listed.json()["items"] == []


async def test_a_notice_is_acknowledged_once(client, announced, own, clock, admin):
    (notice,) = (await client.get(PATH, headers=own)).json()["items"]
    path = f"{PATH}/{notice['id']}/acknowledge"

    first = await client.post(path, headers=own)
    clock.advance(hours=1)
    again = await client.post(path, headers=own)

    log = await client.get("/v1/audit", headers=admin)
    actions = [entry["action"] for entry in log.json()["items"]]
    assert first.status_code == again.status_code == 200
    assert again.json()["acknowledged_at"] == "2026-11-21T12:00:00Z"
    assert actions.count("notice.acknowledged") == 1


@pytest.mark.both_databases
async def test_what_came_after_the_acknowledgement_waits_for_its_own(
    client, announced, own, clock, admin
):
    (first,) = (await client.get(PATH, headers=own)).json()["items"]
    await ok(client.post(f"{PATH}/{first['id']}/acknowledge", headers=own))
    clock.advance(hours=1)
    match = {"If-Match": (await ok(client.get(announced, headers=admin))).headers["etag"]}
    later = {"effective_on": "2027-12-01", "reason": "More time."}
    await ok(client.post(f"{announced}/amend", json=later, headers=admin | match))

    changed, before = (await client.get(PATH, headers=own)).json()["items"]
    path = f"{PATH}/{changed['id']}/acknowledge"
    clock.advance(hours=1)
    read = await ok(client.post(path, headers=own))
    clock.advance(hours=1)
    again = await ok(client.post(path, headers=own))

    reach = await ok(client.get(f"{announced}/reach", headers=admin))
    assert (changed["milestone"], changed["acknowledged_at"]) == ("amendment", None)
    assert before["acknowledged_at"] == "2026-11-21T12:00:00Z"
    assert (before["stated_on"], before["effective_on"]) == ("2027-09-01", "2027-12-01")
    assert changed["stated_on"] == changed["effective_on"] == "2027-12-01"
    assert read.json()["acknowledged_at"] == "2026-11-21T14:00:00Z"
    assert again.json() == read.json()
    (account,) = reach.json()["accounts"]
    assert account["acknowledged_at"] == read.json()["acknowledged_at"]


async def test_nobody_acknowledges_for_another(client, announced, own, make_token):
    (notice,) = (await client.get(PATH, headers=own)).json()["items"]
    other = await make_token("account:globex")

    refused = await client.post(f"{PATH}/{notice['id']}/acknowledge", headers=other)
    elsewhere = await client.post(
        f"/v1/accounts/globex/notices/{notice['id']}/acknowledge", headers=other
    )

    assert (refused.status_code, elsewhere.status_code) == (403, 404)


@pytest.mark.both_databases
async def test_deliveries_of_a_deprecation_name_their_notice(client, announced, admin):
    uid = announced.rpartition("/")[2]

    found = await client.get(f"/v1/deliveries?deprecation={uid}", headers=admin)
    progress = await client.get(f"/v1/deliveries/progress?deprecation={uid}", headers=admin)

    (delivery,) = found.json()["items"]
    assert (delivery["account"], delivery["milestone"]) == ("acme", "announcement")
    assert delivery["deprecation"] == uid
    assert (progress.json()["fresh"], progress.json()["filling"]) == (1, 0)


@pytest.mark.both_databases
async def test_a_customer_cannot_tell_whether_there_is_a_draft(client, announced, own, admin):
    made = await ok(client.post("/v1/deprecations", json=REMOVAL, headers=admin))
    draft = made.json()["id"]
    where = "/v1/accounts/acme/deliveries?deprecation="

    hidden = await client.get(where + draft, headers=own)
    unknown = await client.get(where + "never-made", headers=own)
    shown = await client.get(where + announced.rpartition("/")[2], headers=own)

    assert hidden.json() | {"detail": ""} == unknown.json() | {"detail": ""}
    assert (hidden.status_code, shown.status_code) == (404, 200)
    assert (await client.get(where + draft, headers=admin)).status_code == 200

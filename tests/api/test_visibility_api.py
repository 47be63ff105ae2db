import pytest

from testkit.marked_secrets import ACCOUNT, FEATURE, HIDDEN, WORD, keep_secrets
from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

SECRET = f"/v1/products/{HIDDEN}"
PURL = f"pkg:npm/%40{WORD}/server@1.0.0"
ALMOST = f"pkg:npm/%40{WORD}/servr@1.0.0"


@pytest.fixture
def arrangement():
    return (keep_secrets,)


@pytest.fixture
def clairdash():
    return "/v1/products/clairdash"


@pytest.fixture
async def customer(make_token):
    return await make_token(f"account:{ACCOUNT}")


@pytest.fixture
async def stranger(client, admin, make_token):
    """Give the token of a customer that runs nothing which is hidden."""
    await ok(client.post("/v1/accounts", json={"slug": "acme", "tier": "pro"}, headers=admin))
    return await make_token("account:acme")


async def test_what_is_new_is_public_and_what_is_said_of_it_stays(client, admin):
    path = "/v1/products/widget"

    added = await client.put(path, json={"name": "Widget"}, headers=admin)
    hidden = await client.put(path, json={"public": False}, headers=admin)
    renamed = await client.put(path, json={"name": "Wodget"}, headers=admin)

    assert [answer.json()["public"] for answer in (added, hidden, renamed)] == [True, False, False]
    log = (await client.get("/v1/audit?product=widget", headers=admin)).json()["items"]
    assert log[1]["details"]["public"] == {"before": True, "after": False}
    assert log[-1]["details"]["public"] is True


async def test_a_feature_is_public_until_it_is_said_not_to_be(client, admin, clairdash):
    path = f"{clairdash}/features/sso"

    added = await client.put(path, json={}, headers=admin)
    hidden = await client.put(path, json={"public": False}, headers=admin)
    named = await client.put(path, json={"name": "SSO"}, headers=admin)

    assert [answer.json()["public"] for answer in (added, hidden, named)] == [True, False, False]
    assert (await client.get(path)).status_code == 404
    assert (await client.get(path, headers=admin)).json()["public"] is False


async def test_hiding_and_publishing_take_effect_at_once(app, client, admin, clairdash):
    paths = [f"{clairdash}/support", f"{clairdash}/versions/3.10.0", clairdash]
    for path in paths * 2:
        await ok(client.get(path))
    assert app.hits == 3

    await ok(client.put(clairdash, json={"public": False}, headers=admin))
    refused = [(await client.get(path)).status_code for path in paths]
    await ok(client.put(clairdash, json={"public": True}, headers=admin))
    shown = [(await client.get(path)).status_code for path in paths]

    assert (refused, shown) == ([404] * 3, [200] * 3)


async def test_a_list_without_what_is_hidden_has_whole_pages(client, admin):
    for slug in (f"{WORD}-a", "otter", f"{WORD}-b", "seal"):
        hidden = {"slug": slug, "public": WORD not in slug}
        await ok(client.post("/v1/products", json=hidden, headers=admin))

    first = (await client.get("/v1/products?limit=2")).json()
    second = (await client.get(f"/v1/products?limit=2&cursor={first['next']}")).json()
    inside = (await client.get("/v1/products", headers=admin)).json()["items"]

    assert [item["slug"] for item in first["items"]] == ["clairdash", "otter"]
    assert [item["slug"] for item in second["items"]] == ["seal"]
    assert len(inside) == 6


async def test_a_public_feature_does_not_name_a_hidden_one_that_it_needs(client, admin, clairdash):
    path = f"{clairdash}/features/builder"

    outside, inside = await client.get(path), await client.get(path, headers=admin)
    listed = (await client.get(f"{clairdash}/features")).json()["items"]

    assert outside.json()["depends_on"] == ["canvas"]
    assert inside.json()["depends_on"] == [FEATURE, "canvas"]
    assert {item["key"]: item["depends_on"] for item in listed} == {
        "builder": ["canvas"],
        "canvas": [],
    }


async def test_ci_releases_a_product_that_it_does_not_read(client, make_token):
    release = await make_token("release")
    facts = {"version": "1.1.0", "released_on": "2026-11-01"}
    manifest = {"product": HIDDEN, "version": "1.2.0"}
    supposed = {"release": {"version": "1.2.0", "day": "2026-12-01"}}

    registered = await client.post(f"{SECRET}/releases", json=facts, headers=release)
    judged = await client.post(f"{SECRET}/gate", json=manifest, headers=release)
    simulated = await client.post(f"{SECRET}/simulate", json=supposed, headers=release)
    read = await client.get(f"{SECRET}/releases", headers=release)

    statuses = [answer.status_code for answer in (registered, judged, simulated, read)]
    assert statuses == [201, 200, 200, 404]


async def test_who_runs_a_hidden_product_learns_all_that_concerns_it(client, customer, clock):
    account = f"/v1/accounts/{ACCOUNT}"
    moved = {"product": HIDDEN, "version": "1.0.0"}

    status = (await client.get(f"{account}/status?within=400", headers=customer)).json()
    reported = await client.put(f"{account}/instances/new", json=moved, headers=customer)
    topics = {
        "channel": "webhook",
        "address": "https://in.invalid/",
        "topics": [f"product:{HIDDEN}"],
    }
    subscribed = await client.post(f"{account}/subscriptions", json=topics, headers=customer)
    checked = await client.post(
        f"{account}/check", json={"components": [{"purl": PURL}]}, headers=customer
    )

    answers = {item["product"]: item["status"] for item in status["instances"]}
    assert answers[HIDDEN] == "ending"
    assert {item["kind"] for item in status["coming"]} >= {"discontinuation", "removal"}
    assert (reported.status_code, subscribed.status_code) == (201, 201)
    assert checked.json()["counts"]["products"] == {HIDDEN: 1}


async def test_another_customer_finds_no_trace_of_it(client, stranger):
    account = "/v1/accounts/acme"
    runs = {"product": f"{WORD}-clud", "version": "1.0.0"}
    topics = {
        "channel": "webhook",
        "address": "https://in.invalid/",
        "topics": [f"product:{HIDDEN}"],
    }
    components = [
        {"purl": PURL},
        {"product": HIDDEN, "version": "1.0.0"},
        {"purl": ALMOST},
        {"product": "clairdash", "version": "3.10.0", "features": ["nothing"]},
    ]

    misspelt = await client.put(f"{account}/instances/a", json=runs, headers=stranger)
    reported = await client.put(
        f"{account}/instances/a", json=runs | {"product": HIDDEN}, headers=stranger
    )
    subscribed = await client.post(f"{account}/subscriptions", json=topics, headers=stranger)
    checked = await client.post(
        f"{account}/check?report=ci", json={"components": components}, headers=stranger
    )

    statuses = [answer.status_code for answer in (misspelt, reported, subscribed)]
    assert statuses == [400, 400, 400]
    for answer in (misspelt, reported):
        assert answer.json()["errors"][0]["allowed"] == "clairdash"
    assert checked.json()["counts"]["products"] == {"clairdash": 1}
    assert checked.json()["near"] == []


async def test_a_topic_that_the_vendor_subscribed_an_address_to_can_be_kept(
    client, admin, stranger
):
    path = "/v1/accounts/acme/subscriptions"
    topics = [f"product:{HIDDEN}"]
    hook = {"channel": "webhook", "address": "https://in.invalid/", "topics": topics}
    made = await ok(client.post(path, json=hook, headers=admin))

    more = {"topics": [*topics, "product:clairdash"]}
    changed = await client.patch(made.headers["location"], json=more, headers=stranger)

    assert changed.status_code == 200, changed.text


@pytest.mark.parametrize("inside", [False, True])
async def test_a_check_recognises_what_is_hidden_for_the_vendor_alone(client, admin, inside):
    components = [{"purl": PURL}, {"purl": ALMOST}]
    body = {"components": components, "tier": f"{WORD}-gold"}

    answer = (await client.post("/v1/check", json=body, headers=admin if inside else {})).json()

    assert answer["counts"]["products"] == ({HIDDEN: 1} if inside else {})
    assert [item["product"] for item in answer["near"]] == ([HIDDEN] if inside else [])


async def test_a_notice_of_what_is_hidden_leads_nowhere_that_is_not_there(client, admin, clairdash):
    listed = (await client.get("/v1/deprecations", headers=admin)).json()["items"]
    links = {}
    for item in listed:
        if item["status"] in {"draft", "announced"}:
            preview = await ok(client.get(f"/v1/deprecations/{item['id']}/preview", headers=admin))
            notice = preview.json()["notices"][0]
            links[item["feature"] or item["product"]] = notice["webhook"]["data"]["url"]
            assert ("Online:" in notice["text"]) is (notice["webhook"]["data"]["url"] is not None)

    assert {name: link is None for name, link in links.items()} == {
        HIDDEN: True,
        FEATURE: True,
        "builder": False,
        "canvas": False,
    }

import pytest
from sqlalchemy import select

from notifications import subscriptions
from notifications.models import Delivery, Subscription
from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

PATH = "/v1/accounts/acme/subscriptions"
HOOK = {"channel": "webhook", "address": "https://hooks.acme.example/in", "topics": ["*"]}
TOKEN = "TIiajkdnlazkcOXrIdevi7FQ"
MAIL = {"channel": "email", "address": "ops@acme.example"}


@pytest.fixture
async def acme(client, admin, clairdash):
    for slug in ("acme", "globex"):
        facts = {"slug": slug, "tier": "enterprise"}
        await ok(client.post("/v1/accounts", json=facts, headers=admin))


@pytest.fixture
async def own(acme, make_token):
    return await make_token("account:acme")


async def stored(store, entity):
    async with store.reading() as session:
        return list((await session.scalars(select(entity).order_by(entity.id))).all())


async def test_a_webhooks_secret_is_shown_once_and_kept_encrypted(client, own, store):
    made = await client.post(PATH, json=HOOK, headers=own)

    secret = made.json()["secret"]
    (kept,) = await stored(store, Subscription)
    listed = await client.get(PATH, headers=own)
    assert made.status_code == 201
    assert made.headers["location"] == f"{PATH}/{made.json()['id']}"
    assert secret.startswith("whsec_")
    assert secret not in kept.secret
    assert "secret" not in listed.json()["items"][0]


@pytest.mark.both_databases
async def test_a_repeat_under_the_same_key_shows_no_secret_and_says_so(client, own, store):
    headers = own | {"Idempotency-Key": "one"}

    first = await client.post(PATH, json=HOOK, headers=headers)
    second = await client.post(PATH, json=HOOK, headers=headers)

    assert second.status_code == 201
    assert second.json()["id"] == first.json()["id"]
    assert "secret" not in second.json()
    assert "shown once" in second.headers["idempotency-note"]
    assert len(await stored(store, Subscription)) == 1


@pytest.mark.both_databases
async def test_a_customers_mail_address_waits_for_its_confirmation(client, own, store):
    made = await client.post(PATH, json=MAIL, headers=own)
    again = await client.post(PATH, json=MAIL, headers=own)

    asked = await stored(store, Delivery)
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json()["state"] == "pending"
    assert [each.kind for each in asked] == ["confirmation"]


async def test_an_address_that_is_removed_and_added_again_at_once_is_asked_again(
    client, own, store
):
    made = (await client.post(PATH, json=MAIL, headers=own)).json()
    await client.delete(f"{PATH}/{made['id']}", headers=own)

    await client.post(PATH, json=MAIL, headers=own)

    asked = await stored(store, Delivery)
    assert [each.state for each in asked] == ["cancelled", "waiting"]


async def test_only_the_vendor_may_vouch_for_a_mail_address(client, own, make_token):
    publish = await make_token("publish")

    refused = await client.post(PATH, json=MAIL | {"confirmed": True}, headers=own)
    vouched = await client.post(PATH, json=MAIL | {"confirmed": True}, headers=publish)

    assert refused.status_code == 403
    assert refused.json()["errors"][0]["field"] == "confirmed"
    assert vouched.json()["state"] == "active"


async def test_the_vendor_may_vouch_for_an_address_that_waits_already(client, own, make_token):
    publish = await make_token("publish")
    await client.post(PATH, json=MAIL, headers=own)

    vouched = await client.post(PATH, json=MAIL | {"confirmed": True}, headers=publish)

    assert (vouched.status_code, vouched.json()["state"]) == (200, "active")


async def test_who_unsubscribed_is_not_subscribed_again_by_the_vendor(
    client, own, make_token, store, clock
):
    publish = await make_token("publish")
    made = (await client.post(PATH, json=MAIL, headers=own)).json()

    async def record(*_):
        pass

    async with store.writing() as session:
        found = await subscriptions.get(session, "acme", made["id"])
        await subscriptions.unsubscribe(session, found, now=clock.now, record=record)

    refused = await client.post(PATH, json=MAIL | {"confirmed": True}, headers=publish)
    removed = await client.delete(f"{PATH}/{made['id']}", headers=publish)
    still = await client.post(PATH, json=MAIL | {"confirmed": True}, headers=publish)

    assert removed.status_code == 204
    for answer in (refused, still):
        assert answer.status_code == 409
        assert answer.json()["error"] == "WasUnsubscribed"


async def test_chat_is_for_operators_and_its_address_is_never_shown(client, own, make_token, store):
    chat = {"channel": "chat", "address": f"slack://T1JJ3T3L2/A1BRTD4JD/{TOKEN}"}
    publish = await make_token("publish")

    refused = await client.post(PATH, json=chat, headers=own)
    made = await client.post(PATH, json=chat, headers=publish)

    (kept,) = await stored(store, Subscription)
    assert refused.status_code == 400
    assert refused.json()["error"] == "UnusableAddress"
    assert made.json()["address"] == "slack://…"
    assert TOKEN not in kept.address


async def test_a_chat_address_that_no_service_has_is_refused(acme, client, make_token, store):
    publish = await make_token("publish")
    addresses = ["slack://hush", "json://localhost", f"slack://T1JJ3T3L2/A1BRTD4JD/{TOKEN}?wait=9"]

    for address in addresses:
        chat = {"channel": "chat", "address": address}
        refused = await client.post(PATH, json=chat, headers=publish)
        assert refused.status_code == 400
        assert refused.json()["error"] == "UnusableAddress"
        assert "hush" not in refused.text
        assert TOKEN not in refused.text

    assert await stored(store, Subscription) == []


async def test_a_chat_address_is_checked_before_the_store_is_locked(
    acme, client, make_token, store
):
    publish = await make_token("publish")
    chat = {"channel": "chat", "address": "slack://token"}

    async with store.writing():  # a request that wanted to write now would fail
        refused = await client.post(PATH, json=chat, headers=publish)

    assert refused.json()["error"] == "UnusableAddress"


@pytest.mark.parametrize("host", ["10.0.0.1", "127.1", "[::1]", "[64:ff9b::a00:1]", "0x7f000001"])
async def test_a_webhook_at_a_private_address_is_refused_at_once(client, own, store, host):
    refused = await client.post(PATH, json=HOOK | {"address": f"https://{host}/in"}, headers=own)

    assert refused.status_code == 400
    assert "not a public address" in refused.json()["detail"]
    assert await stored(store, Subscription) == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"address": "x" * 2001}, "address"),
        ({"address": "https://hooks.acme.example/" + "x" * 1990}, "address"),
        ({"address": "http://hooks.acme.example/"}, "address"),
        ({"address": "https://user:secret@hooks.acme.example/"}, "address"),
        ({"channel": "pigeon"}, "channel"),
        ({"topics": []}, "topics"),
        ({"topics": ["everything"]}, "topics"),
        ({"topics": ["product:nope"]}, "topics[0]"),
        ({"topics": ["product:clairdash\r\nBcc: x"]}, "topics[0]"),
        ({"channel": "email", "address": "a@b.example\r\nBcc: c@d.example"}, "address"),
    ],
)
async def test_what_could_never_be_told_is_refused(client, own, said, field):
    response = await client.post(PATH, json=HOOK | said, headers=own)

    assert response.status_code == 400, response.text
    assert response.json()["errors"][0]["field"] == field


@pytest.mark.both_databases
async def test_topics_change_and_a_stale_etag_is_refused(client, own):
    made = (await client.post(PATH, json=HOOK, headers=own)).json()
    path = f"{PATH}/{made['id']}"
    read = await client.get(path, headers=own)
    match = own | {"If-Match": read.headers["etag"]}

    changed = await client.patch(path, json={"topics": ["product:clairdash"]}, headers=match)
    stale = await client.patch(path, json={"topics": ["*"]}, headers=match)

    assert changed.json()["topics"] == ["product:clairdash"]
    assert stale.status_code == 412


async def test_a_new_secret_is_good_beside_the_former_one_for_a_day(client, own, clock):
    made = (await client.post(PATH, json=HOOK, headers=own)).json()

    rotated = (await client.post(f"{PATH}/{made['id']}/rotate", headers=own)).json()

    assert rotated["secret"] != made["secret"]
    assert rotated["former_secret_until"] == "2026-11-22T12:00:00Z"


async def test_only_a_webhook_has_a_secret_to_rotate(client, make_token, acme):
    publish = await make_token("publish")
    vouched = MAIL | {"confirmed": True}
    made = (await client.post(PATH, json=vouched, headers=publish)).json()

    response = await client.post(f"{PATH}/{made['id']}/rotate", headers=publish)

    assert response.status_code == 409
    assert response.json()["error"] == "ChangeRefused"


@pytest.mark.both_databases
async def test_a_test_message_is_a_delivery_that_can_be_looked_at_and_replayed(
    client, own, make_token
):
    publish = await make_token("publish")
    made = (await client.post(PATH, json=HOOK, headers=own)).json()

    sent = await client.post(f"{PATH}/{made['id']}/test", headers=own)
    mine = await client.get("/v1/accounts/acme/deliveries", headers=own)
    every = await client.get("/v1/deliveries?status=waiting&account=acme", headers=publish)
    one = await client.get(f"/v1/deliveries/{sent.json()['id']}", headers=publish)
    replayed = await client.post(f"/v1/deliveries/{sent.json()['id']}/replay", headers=publish)
    progress = await client.get("/v1/deliveries/progress", headers=publish)

    assert sent.status_code == 201
    assert (sent.json()["kind"], sent.json()["state"]) == ("test", "waiting")
    assert mine.json()["items"] == every.json()["items"] == [one.json()]
    assert replayed.status_code == 200
    assert progress.json()["fresh"] == 1


async def test_a_removed_subscription_is_gone_and_can_be_made_again_under_its_id(client, own):
    made = (await client.post(PATH, json=HOOK, headers=own)).json()
    path = f"{PATH}/{made['id']}"

    removed = await client.delete(path, headers=own)
    gone = await client.get(path, headers=own)
    tested = await client.post(f"{path}/test", headers=own)
    again = await client.post(PATH, json=HOOK, headers=own)

    assert (removed.status_code, gone.status_code, tested.status_code) == (204, 404, 404)
    assert (again.status_code, again.json()["id"]) == (201, made["id"])


async def test_nobody_reaches_another_accounts_subscriptions_or_deliveries(client, own, make_token):
    other = await make_token("account:globex")
    made = (await client.post(PATH, json=HOOK, headers=own)).json()

    for method, path in [
        ("GET", PATH),
        ("GET", f"{PATH}/{made['id']}"),
        ("POST", f"{PATH}/{made['id']}/rotate"),
        ("DELETE", f"{PATH}/{made['id']}"),
        ("GET", "/v1/accounts/acme/deliveries"),
        ("GET", "/v1/deliveries"),
    ]:
        assert (await client.request(method, path, headers=other)).status_code == 403, path
    hidden = f"/v1/accounts/globex/subscriptions/{made['id']}"
    assert (await client.get(hidden, headers=other)).status_code == 404


async def test_the_log_tells_of_a_subscription_without_its_address(client, own, admin):
    await client.post(PATH, json=HOOK, headers=own)

    log = await client.get("/v1/audit?limit=1", headers=admin)

    (entry,) = log.json()["items"]
    assert entry["action"] == "subscription.added"
    assert "hooks.acme" not in log.text


@pytest.mark.parametrize("delivery", ["nope", "0", "-1", "99999999999999999999"])
async def test_what_is_no_number_is_no_delivery(client, admin, delivery):
    response = await client.post(f"/v1/deliveries/{delivery}/replay", headers=admin)

    assert response.status_code == 400


async def test_a_delivery_that_is_not_there_is_404(client, admin):
    response = await client.get("/v1/deliveries/7", headers=admin)

    assert response.status_code == 404
    assert response.json()["error"] == "UnknownDelivery"


@pytest.mark.both_databases
async def test_an_account_pauses_an_address_and_resumes_it(client, own):
    made = (await client.post(PATH, json=HOOK, headers=own)).json()

    paused = (await ok(client.post(f"{PATH}/{made['id']}/pause", headers=own))).json()
    resumed = (await ok(client.post(f"{PATH}/{made['id']}/resume", headers=own))).json()

    assert (paused["state"], bool(paused["paused_at"])) == ("paused", True)
    assert (resumed["state"], resumed["paused_at"]) == ("active", None)


async def test_an_address_that_awaits_its_confirmation_cannot_be_paused(client, own):
    made = (await client.post(PATH, json=MAIL, headers=own)).json()

    answer = await client.post(f"{PATH}/{made['id']}/pause", headers=own)

    assert (answer.status_code, answer.json()["error"]) == (409, "ChangeRefused")
    assert "pending cannot be paused" in answer.json()["detail"]

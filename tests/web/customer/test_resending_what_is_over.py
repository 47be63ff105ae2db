"""A notice that is no longer sent is not sent again: by page, by program, or by its receiver."""

import pytest
from sqlalchemy import update

from notifications.models import Delivery
from testkit.customers import deliver_to_webhooks
from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import send, sign_in

pytestmark = pytest.mark.one_database("what HTTP makes of it")

REASON = "superseded: the deprecation was withdrawn"


@pytest.fixture
async def announcement(client, admin, customers, store, clock):
    """Deliver acme's announcement, then withdraw the deprecation; give the delivery."""
    await deliver_to_webhooks(store, clock)
    clock.advance(minutes=6)
    found = await ok(client.get("/v1/deliveries?status=delivered&account=acme", headers=admin))
    delivery = next(each for each in found.json()["items"] if each["channel"] == "webhook")
    path = f"/v1/deprecations/{delivery['deprecation']}"
    match = {"If-Match": (await ok(client.get(path, headers=admin))).headers["etag"]}
    said = {"reason": "Customers asked for it."}
    await ok(client.post(f"{path}/withdraw", json=said, headers=admin | match))
    return delivery


async def test_the_api_refuses_with_the_reason_and_changes_nothing(client, admin, announcement):
    path = f"/v1/deliveries/{announcement['id']}"

    refused = await client.post(f"{path}/replay", headers=admin)

    assert refused.status_code == 409
    assert REASON in refused.json()["detail"]
    shown = await ok(client.get(path, headers=admin))
    assert (shown.json()["state"], shown.json()["tries"]) == ("delivered", announcement["tries"])


async def test_its_receiver_is_refused_alike(client, announcement, make_token):
    own = await make_token("account:acme")
    path = f"/v1/accounts/acme/subscriptions/{announcement['subscription']}/resend"

    refused = await client.post(path, json={"delivery": announcement["id"]}, headers=own)

    assert refused.status_code == 409
    assert REASON in refused.json()["detail"]


async def test_all_since_a_moment_neither_sends_nor_counts_it(
    client, admin, announcement, make_token
):
    own = await make_token("account:acme")
    path = f"/v1/accounts/acme/subscriptions/{announcement['subscription']}/resend"

    answer = await ok(client.post(path, json={"since": "2026-11-01T00:00:00Z"}, headers=own))

    assert answer.json() == {"count": 0}
    shown = await ok(client.get(f"/v1/deliveries/{announcement['id']}", headers=admin))
    assert shown.json()["state"] == "delivered"


async def test_its_receiver_is_not_offered_it_either(client, announcement, make_token):
    await sign_in(client, await make_token("account:acme"))
    path = f"/my/acme/addresses/{announcement['subscription']}"

    shown = await ok(client.get(path, headers=BROWSER))
    sent = await send(client, f"{path}/resend", since="2026-11-01")

    assert f"Not sent again: {REASON}." in shown.text
    assert f"{path}/deliveries/{announcement['id']}/resend" not in shown.text
    assert sent.headers["location"].endswith("done=nothing-resent")


async def test_the_page_says_why_and_offers_no_button(client, announcement, make_token, store):
    async with store.writing() as session:
        cancelled = {"state": "cancelled", "due_at": None, "reason": REASON}
        of_it = Delivery.id == announcement["id"]
        await session.execute(update(Delivery).where(of_it).values(cancelled))
    await sign_in(client, await make_token("publish"))
    path = f"/console/deliveries/{announcement['id']}"

    shown = await ok(client.get(path, headers=BROWSER))
    refused = await send(client, f"{path}/replay")

    assert f"It cannot be sent again: {REASON}." in shown.text
    assert "Send it again" not in shown.text
    assert refused.status_code == 409
    assert "It was not sent again" in refused.text
    assert ">cancelled<" in refused.text

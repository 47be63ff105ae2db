"""Deliveries on pages: by status, with their attempts, and sent again."""

import pytest
from sqlalchemy import update

from notifications.models import Attempt, Delivery, Subscription
from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import send, sign_in

pytestmark = pytest.mark.one_database("what HTTP makes of it")

HOOK = {"channel": "webhook", "address": "https://hooks.acme.example/in"}


@pytest.fixture
async def failed(client, admin, clairdash, make_token, store, clock):
    """Let a test message to acme fail for good, and sign in; give its path."""
    await ok(client.put("/v1/accounts/acme", json={"tier": "pro"}, headers=admin))
    made = await ok(client.post("/v1/accounts/acme/subscriptions", json=HOOK, headers=admin))
    path = f"/v1/accounts/acme/subscriptions/{made.json()['id']}/test"
    delivery = (await ok(client.post(path, headers=admin))).json()["id"]
    async with store.writing() as session:
        exhausted = {"state": "exhausted", "due_at": None, "tries": 10}
        await session.execute(update(Delivery).where(Delivery.id == delivery).values(exhausted))
        answered = {"succeeded": False, "status": 500, "answer": "500 <Internal> Error"}
        session.add(Attempt(delivery_id=delivery, at=clock.now, milliseconds=7, **answered))
    await sign_in(client, await make_token("publish"))
    return f"/console/deliveries/{delivery}"


async def test_they_are_listed_by_status_and_account(client, failed):
    listed = await ok(client.get("/console/deliveries?status=exhausted&account=acme"))
    others = await ok(client.get("/console/deliveries?status=delivered"))
    table = await ok(client.get("/console/deliveries.csv?status=exhausted"))

    assert f'href="{failed}"' in listed.text
    assert "500 &lt;Internal&gt; Error" in listed.text
    assert "No delivery fits." in others.text
    assert table.text.count("\r\n") == 2


async def test_what_cannot_be_asked_is_refused_in_place(client, failed):
    for query in ("status=lost", "account=nobody"):
        refused = await client.get(f"/console/deliveries?{query}", headers=BROWSER)
        table = await client.get(f"/console/deliveries.csv?{query}", headers=BROWSER)

        assert refused.status_code == table.status_code
        assert refused.status_code in {400, 404}
        assert 'id="refusal"' in refused.text


async def test_one_is_sent_again_by_a_form_with_its_attempts_kept(client, failed):
    sent = await send(client, f"{failed}/replay")
    shown = await ok(client.get(sent.headers["location"], headers=BROWSER))

    assert sent.status_code == 303
    assert "It is sent again" in shown.text
    assert ">waiting<" in shown.text
    assert "500 &lt;Internal&gt; Error" in shown.text


async def test_one_whose_reader_wants_no_more_is_refused_on_its_page(client, failed, store):
    async with store.writing() as session:
        await session.execute(update(Subscription).values(state="unsubscribed"))

    refused = await send(client, f"{failed}/replay")

    assert refused.status_code == 409
    assert "It was not sent again" in refused.text
    assert (
        "It cannot be sent again: its subscription is unsubscribed; subscribe it again."
        in refused.text
    )
    assert "<button>Send it again" not in refused.text
    assert ">failed<" in refused.text

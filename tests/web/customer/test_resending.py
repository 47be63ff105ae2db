"""Customers have a notice sent again, or all since a moment, by a program of theirs."""

import pytest
from sqlalchemy import select

from notifications.models import Delivery
from testkit.customers import deliver_to_webhooks
from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")


@pytest.fixture
async def own(customers, make_token, store, clock):
    """Have both customers' webhooks notified; return the token of acme."""
    await deliver_to_webhooks(store, clock)
    clock.advance(minutes=6)
    return await make_token("account:acme")


async def hook_of(client, admin, account):
    listed = await ok(client.get(f"/v1/accounts/{account}/subscriptions", headers=admin))
    hooks = [each["id"] for each in listed.json()["items"] if each["channel"] == "webhook"]
    return f"/v1/accounts/{account}/subscriptions/{hooks[0]}"


async def delivery_of(client, admin, account):
    path = f"/v1/accounts/{account}/deliveries?status=delivered"
    return (await ok(client.get(path, headers=admin))).json()["items"][0]


async def waiting(store):
    """Return whose notices wait to go to webhooks again, without the first try of others."""
    async with store.reading() as session:
        again = Delivery.first_tried_at.is_(None) & Delivery.delivered_at.is_not(None)
        statement = select(Delivery.owner).where(Delivery.state == "waiting", again)
        return sorted(await session.scalars(statement))


@pytest.mark.both_databases
async def test_one_delivery_goes_out_again_under_its_id(client, admin, own, store):
    hook = await hook_of(client, admin, "acme")
    sent = await delivery_of(client, own, "acme")

    answer = await ok(client.post(f"{hook}/resend", json={"delivery": sent["id"]}, headers=own))

    assert answer.json() == {"count": 1}
    assert await waiting(store) == ["acme"]
    listed = await ok(client.get("/v1/accounts/acme/deliveries", headers=own))
    again = next(item for item in listed.json()["items"] if item["id"] == sent["id"])
    assert (again["webhook_id"], again["state"]) == (sent["webhook_id"], "waiting")


@pytest.mark.both_databases
async def test_all_since_a_moment_go_out_again_and_a_repeated_request_sends_none_twice(
    client, admin, own, store, clock
):
    hook = await hook_of(client, admin, "acme")
    later = await client.post(f"{hook}/resend", json={"since": clock.now.isoformat()}, headers=own)
    keyed = own | {"Idempotency-Key": "again-1"}
    body = {"since": "2026-11-01T00:00:00+01:00"}
    first = await client.post(f"{hook}/resend", json=body, headers=keyed)
    await deliver_to_webhooks(store, clock)
    clock.advance(minutes=6)

    second = await client.post(f"{hook}/resend", json=body, headers=keyed)

    assert [answer.json() for answer in (later, first, second)] == [
        {"count": 0},
        {"count": 1},
        {"count": 1},
    ]
    assert second.headers["idempotency-replayed"] == "true"
    assert await waiting(store) == []
    other = await client.post(f"{hook}/resend", json={"delivery": 1}, headers=keyed)
    assert other.status_code == 422


async def test_none_goes_out_again_within_five_minutes(client, admin, own, store, clock):
    hook, sent = await hook_of(client, admin, "acme"), await delivery_of(client, own, "acme")
    await deliver_to_webhooks(store, clock)

    one = await client.post(f"{hook}/resend", json={"delivery": sent["id"]}, headers=own)
    every = await client.post(f"{hook}/resend", json={"since": "2026-11-01T00:00:00Z"}, headers=own)

    assert (one.status_code, one.headers["retry-after"]) == (429, "300")
    assert every.json() == {"count": 0}
    assert await waiting(store) == []


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({}, "since", "give either"),
        ({"delivery": 1, "since": "2026-11-01T00:00:00Z"}, "since", "give either"),
        ({"since": "2026-11-01T00:00:00"}, "since", "needs a time zone"),
        ({"since": "2026-11-01"}, "since", "is not a valid timestamp"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since", "within the years"),
        ({"since": "2036-11-01T00:00:00Z"}, "since", "lies in the future"),
        ({"since": 7}, "since", "must be a timestamp"),
        ({"delivery": 0}, "delivery", "must be a whole number from 1"),
        ({"delivery": "7"}, "delivery", "must be"),
        ({"all": True}, "all", "not a known field"),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_its_field(
    client, admin, own, store, body, field, says
):
    hook = await hook_of(client, admin, "acme")

    refused = await client.post(f"{hook}/resend", json=body, headers=own)

    assert refused.status_code == 400, refused.text
    (problem,) = refused.json()["errors"]
    assert problem["field"] == field
    assert says in problem["message"]
    assert await waiting(store) == []


async def test_who_may_is_the_account_and_the_unlimited_vendor(
    client, admin, own, store, make_token
):
    mine, theirs = [await hook_of(client, admin, slug) for slug in ("acme", "globex")]
    foreign = await delivery_of(client, admin, "globex")
    one = {"delivery": foreign["id"]}

    statuses = {
        "another account": await client.post(f"{theirs}/resend", json=one, headers=own),
        "another's delivery": await client.post(f"{mine}/resend", json=one, headers=own),
        "a pipeline": await client.post(
            f"{theirs}/resend", json=one, headers=await make_token("release")
        ),
        "a limited manager": await client.post(
            f"{theirs}/resend", json=one, headers=await make_token("publish:clairdash")
        ),
        "a manager": await client.post(
            f"{theirs}/resend", json=one, headers=await make_token("publish")
        ),
    }

    assert {who: answer.status_code for who, answer in statuses.items()} == {
        "another account": 403,
        "another's delivery": 404,
        "a pipeline": 403,
        "a limited manager": 403,
        "a manager": 200,
    }
    assert await waiting(store) == ["globex"]


async def test_nothing_goes_out_again_to_an_address_that_is_paused(client, admin, own, store):
    hook = await hook_of(client, admin, "acme")
    await ok(client.post(f"{hook}/pause", headers=own))

    refused = await client.post(
        f"{hook}/resend", json={"since": "2026-11-01T00:00:00Z"}, headers=own
    )

    assert (refused.status_code, refused.json()["error"]) == (409, "ChangeRefused")
    assert "paused" in refused.json()["detail"]
    assert await waiting(store) == []

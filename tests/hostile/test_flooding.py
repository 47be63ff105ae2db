"""Nobody is flooded by messages that an account asks for, however many processes it asks."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from sqlalchemy import func, select

from lifecycle import settings
from lifecycle.accounts import tokens
from lifecycle.accounts.models import Account
from lifecycle.app import create_app
from notifications.message_caps import PER_ADDRESS, PER_OWNER
from notifications.models import Delivery, DeliveryKind, Subscription

MAILS = PER_OWNER[DeliveryKind.CONFIRMATION].most
TESTS = PER_OWNER[DeliveryKind.TEST].most
PATH = "/v1/accounts/acme/subscriptions"
HOOK = {"channel": "webhook", "address": "https://hooks.acme.example/in"}


@pytest.fixture
async def clients(store, clock, by):
    """Give two processes' services on one store, each asked with the account's token."""
    async with store.writing() as session:
        session.add_all(
            [Account(slug=slug, name=slug, created_at=by.at) for slug in ("acme", "globex")]
        )
        await session.flush()
        _, secret = await tokens.create(session, label="own", scope="account:acme", by=by)
    chosen = settings.load(
        {"LIFECYCLE_SECRET_KEY": "a key that only tests know"}, database_url="unused", worker=False
    )
    headers = {"Authorization": f"Bearer {secret}"}
    made = []
    for _ in range(2):
        transport = httpx.ASGITransport(create_app(chosen, store, clock))
        made.append(
            httpx.AsyncClient(
                transport=transport, base_url="http://lifecycle.test", headers=headers
            )
        )
    yield made
    for client in made:
        await client.aclose()


def mail(number):
    return {"channel": "email", "address": f"stranger{number}@example.org"}


async def count(store, entity):
    async with store.reading() as session:
        return await session.scalar(select(func.count()).select_from(entity))


async def test_confirmation_mails_are_capped_by_account_and_hour(clients, store, clock):
    first, second = clients

    answers = [
        await clients[number % 2].post(PATH, json=mail(number)) for number in range(MAILS + 5)
    ]

    assert [answer.status_code for answer in answers] == [201] * MAILS + [429] * 5
    assert await count(store, Delivery) == MAILS
    assert await count(store, Subscription) == MAILS
    refused = answers[-1]
    assert refused.headers["retry-after"] == "3600"
    assert refused.json()["error"] == "TooManyMessages"
    assert "ask again after 2026-11-21 13:00:00 UTC" in refused.json()["detail"]
    clock.advance(seconds=3599)
    assert (await first.post(PATH, json=mail("x"))).headers["retry-after"] == "1"
    clock.advance(seconds=1)
    assert (await second.post(PATH, json=mail("x"))).status_code == 201


async def test_an_account_that_has_its_fill_may_still_do_everything_else(clients):
    first, _ = clients
    for number in range(MAILS):
        await first.post(PATH, json=mail(number))

    again = await first.post(PATH, json=mail(0))
    hook = await first.post(PATH, json=HOOK)

    assert (again.status_code, hook.status_code) == (200, 201)


async def test_one_stranger_is_asked_five_times_a_day_at_most(clients, store, clock):
    first, _ = clients
    most = PER_ADDRESS[DeliveryKind.CONFIRMATION].most

    answers = []
    for _ in range(most + 2):
        answers.append((await first.post(PATH, json=mail(0))).status_code)
        clock.advance(minutes=10)

    assert answers == [201, *[200] * (most - 1), 429, 429]
    assert await count(store, Delivery) == most


async def test_removing_an_address_and_adding_it_again_gives_no_more_mails(clients, store):
    first, _ = clients
    for _ in range(10):
        made = await first.post(PATH, json=mail(0))
        if made.status_code == 201:
            await first.delete(f"{PATH}/{made.json()['id']}")

    assert made.status_code == 429
    assert await count(store, Delivery) == PER_ADDRESS[DeliveryKind.CONFIRMATION].most


async def test_test_messages_are_capped_over_all_of_an_accounts_addresses(clients, store, clock):
    hooks = [HOOK, HOOK | {"address": "https://hooks.acme.example/other"}]
    uids = [(await clients[0].post(PATH, json=hook)).json()["id"] for hook in hooks]

    answers = [
        await clients[number % 2].post(f"{PATH}/{uids[number // 2 % 2]}/test")
        for number in range(TESTS + 3)
    ]

    assert [answer.status_code for answer in answers] == [201] * TESTS + [429] * 3
    assert await count(store, Delivery) == TESTS
    clock.advance(hours=1)
    assert (await clients[0].post(f"{PATH}/{uids[0]}/test")).status_code == 201


async def test_requests_at_one_moment_see_one_another(clients, store):
    uid = (await clients[0].post(PATH, json=HOOK)).json()["id"]
    other = HOOK | {"address": "https://hooks.acme.example/other"}
    uids = [uid, (await clients[0].post(PATH, json=other)).json()["id"]]

    answers = await asyncio.gather(
        *(
            clients[number % 2].post(f"{PATH}/{uids[number % 2]}/test")
            for number in range(TESTS + 10)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [201] * TESTS + [429] * 10
    assert await count(store, Delivery) == TESTS


async def test_one_accounts_fill_is_not_anothers(clients, store, by):
    async with store.writing() as session:
        _, secret = await tokens.create(session, label="own", scope="account:globex", by=by)
    for number in range(MAILS + 1):
        await clients[0].post(PATH, json=mail(number))

    made = await clients[0].post(
        PATH.replace("acme", "globex"),
        json=mail(0),
        headers={"Authorization": f"Bearer {secret}"},
    )

    assert made.status_code == 201

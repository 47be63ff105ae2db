"""Two customers in one store, each with a word that marks all that the other must not see."""

from __future__ import annotations

from sqlalchemy import select

from notifications.models import Attempt, Delivery, Subscription
from testkit.responses import ok

CUSTOMERS = {"acme": "narwhal", "globex": "walrus"}
"""The customers, and the word in all of their names."""


async def serve(client, admin, slug):
    """Store a customer: its name, an instance, a webhook and a confirmed e-mail address."""
    word, path = CUSTOMERS[slug], f"/v1/accounts/{slug}"
    named = {"tier": "pro", "name": f"{slug.title()} {word}"}
    await ok(client.put(path, json=named, headers=admin))
    runs = {"product": "clairdash", "version": "3.10.0", "features": ["rest-v1"]}
    seen = {"last_seen": "2026-11-20T00:00:00Z", "environment": f"{word}-cluster"}
    await ok(client.put(f"{path}/instances/{word}-prod", json=runs | seen, headers=admin))
    hook = {"channel": "webhook", "address": f"https://{word}.example/in"}
    mail = {"channel": "email", "address": f"ops@{word}.example", "confirmed": True}
    for address in (hook, mail):
        await ok(client.post(f"{path}/subscriptions", json=address, headers=admin))


async def deliver_to_webhooks(store, clock):
    """Have all notices delivered to webhooks, at an instant of the clock."""
    async with store.writing() as session:
        rows = select(Delivery).join(Subscription).where(Subscription.channel == "webhook")
        for row in await session.scalars(rows):
            row.state, row.due_at, row.delivered_at = "delivered", None, clock()
            row.tries = 1
            facts = {"milliseconds": 12, "succeeded": True, "status": 200}
            answer = f"200 OK from {row.owner}"
            session.add(Attempt(delivery_id=row.id, at=clock(), answer=answer, **facts))

"""Two customers in one store, each with a word that marks all that the other must not see."""

from __future__ import annotations

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

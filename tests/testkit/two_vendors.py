"""Two vendors in one store, each with a word that marks all that the other must not see.

Each sells a product that is public and one that is not, to customers of its own and to one that
they share. ``collect`` names what there is of each, as paths and queries name it.
"""

from __future__ import annotations

from sqlalchemy import select, update

from lifecycle.accounts import tokens
from lifecycle.app import create_app
from lifecycle.audit.chain import By
from lifecycle.scheduler.models import Concern
from notifications.models import Delivery, Subscription
from testkit.api_fixtures import ADMIN, AS_ADMIN, connected, in_tests, running
from testkit.clock import Clock
from testkit.responses import ok

PUBLIC = {"narwhal": "atlas", "walrus": "boreas"}
"""The public product of each vendor; its word marks only what is not public of it."""
SHARED = "shared-inc"
GA = {"stages": [{"stage": "ga", "from_version": "1.0.0"}]}
POLICY = """
policy: {name}
version: "1"
in_force_from: 2020-01-01
tiers:
  pro: {{rank: 0, window: {{newest: {{count: 2, of: minor}}}}}}
  {gold}: {{rank: 1, window: {{newest: {{count: 3, of: minor}}}}}}
notice: {{removal: {{default: 30 days}}, discontinuation: {{default: 30 days}}}}
"""


def hidden(word):
    """Name the product of a vendor that is not public."""
    return f"{word}-cloud"


async def sell_apart(store):
    """Let both vendors sell, announce, draft, waive and ask the gate."""
    clock = Clock()
    async with store.writing() as session:
        await tokens.ensure_admin(session, ADMIN, by=By("test", clock.now))
    application = create_app(in_tests(), store, clock)
    async with running(application), connected(application) as client:
        client.headers.update(AS_ADMIN)
        for word in PUBLIC:
            await Vendor(client, word).sell()
        await _serve_both(client)
        for word in PUBLIC:
            await Vendor(client, word).announce()
    async with store.writing() as session:
        for word in PUBLIC:
            await _fail(session, word, clock.now)


async def _serve_both(client):
    await ok(client.put(f"/v1/accounts/{SHARED}", json={"tier": "pro"}))
    hook = {"channel": "webhook", "address": "https://shared.invalid/in"}
    await ok(client.post(f"/v1/accounts/{SHARED}/subscriptions", json=hook))
    for word in PUBLIC:
        await Vendor(client, word).serve(SHARED)


async def _fail(session, word, now):
    """Let a delivery of a vendor fail for good, an address be disabled, and a check find fault."""
    failed = select(Delivery.id).where(Delivery.owner == f"{word}-inc").limit(1)
    failure = {"state": "exhausted", "reason": f"{word} did not answer", "due_at": None}
    await session.execute(
        update(Delivery).where(Delivery.id == failed.scalar_subquery()).values(failure)
    )
    old = f"https://{word}-old.invalid/in"
    disabled = {"state": "disabled", "disabled_reason": f"{word} is gone", "disabled_at": now}
    await session.execute(update(Subscription).where(Subscription.address == old).values(disabled))
    message = f"The check of {word} failed."
    product = hidden(word)
    session.add(
        Concern(kind="failed_check", subject=product, product=product, since=now, message=message)
    )


class Vendor:
    """One of them, over HTTP."""

    def __init__(self, client, word):
        self._client = client
        self._word = word
        self._products = [PUBLIC[word], hidden(word)]

    async def sell(self):
        """Enter both products and the customers of this vendor alone."""
        word = self._word
        await self._put(f"/v1/products/{PUBLIC[word]}", {})
        facts = {"public": False, "name": f"The {word}'s cloud", "aliases": [f"{word}-sky"]}
        await self._put(f"/v1/products/{hidden(word)}", facts)
        for product in self._products:
            path = f"/v1/products/{product}"
            for day, version in (("2026-01-01", "1.0.0"), ("2026-02-01", "1.1.0")):
                await self._post(f"{path}/releases", {"version": version, "released_on": day})
            await self._put(f"{path}/lines/1.0", {})
            await self._put(f"{path}/features/engine", GA)
            await self._put(f"{path}/features/{word}-mode", GA | {"public": False})
            gold = "gold" if product == PUBLIC[word] else f"{word}-gold"
            policy = POLICY.format(name=product, gold=gold)
            kind = {"Content-Type": "application/yaml"}
            await ok(self._client.put(f"{path}/policy", content=policy, headers=kind))
        plan = {"version": "1.2.0", "planned_on": "2026-11-22"}
        await self._post(f"/v1/products/{hidden(word)}/releases", plan)
        for slug in (f"{word}-inc", f"{word}-lone"):
            await self._put(f"/v1/accounts/{slug}", {"name": f"The {word} Inc", "tier": "pro"})
        await self.serve(f"{word}-inc")
        lone = {"product": hidden(word), "version": "1.0.0"}
        await self._put(f"/v1/accounts/{word}-lone/instances/{word}-3", lone)

    async def serve(self, account):
        """Let an account run both products, and be told of them."""
        word, path = self._word, f"/v1/accounts/{account}"
        for number, product in enumerate(self._products):
            runs = {"product": product, "version": "1.0.0", "environment": f"{word}land"}
            runs["features"] = ["engine", f"{word}-mode"]
            await self._put(f"{path}/instances/{word}-{number}", runs)
        topics = [f"product:{product}" for product in self._products]
        for host in (f"{word}-{account}", f"{word}-old"):
            hook = {"channel": "webhook", "address": f"https://{host}.invalid/in"}
            await self._post(f"{path}/subscriptions", hook | {"topics": topics})

    async def announce(self):
        """Announce what is public and what is not, draft, waive, ask the gate, acknowledge."""
        word = self._word
        prose = f"Because the {word} says so."
        for product in self._products:
            removal = {"product": product, "kind": "removal", "effective_on": "2027-12-01"}
            await self._announce(removal | {"feature": "engine", "reason": "It is old."})
            await self._announce(removal | {"feature": f"{word}-mode", "reason": prose})
            draft = {"feature": "engine", "effective_on": "2028-01-01", "reason": prose}
            drafted = await self._post("/v1/deprecations", removal | draft)
            waiver = {"product": product, "deprecation": drafted.json()["id"]}
            decided = {"person": f"Nadja {word}", "reason": "law", "explanation": prose}
            await self._post("/v1/waivers", waiver | decided | {"until": "2027-12-31"})
            manifest = {"product": product, "version": "1.3.0", "removes": [f"{word}-mode"]}
            await self._post(f"/v1/products/{product}/gate", manifest)
        notices = await ok(self._client.get(f"/v1/accounts/{word}-inc/notices"))
        notice = notices.json()["items"][0]["id"]
        await self._post(f"/v1/accounts/{word}-inc/notices/{notice}/acknowledge", {})

    async def _announce(self, body):
        path = (await self._post("/v1/deprecations", body)).headers["location"]
        read = await ok(self._client.get(path))
        match = {"If-Match": read.headers["etag"]}
        await ok(self._client.post(f"{path}/announce", json={}, headers=match))

    async def _put(self, path, body):
        return await ok(self._client.put(path, json=body))

    async def _post(self, path, body):
        return await ok(self._client.post(path, json=body))


async def collect(client, word):
    """Name what there is of a vendor that is not public, by the parameter that names it."""
    products = {PUBLIC[word], hidden(word)}
    public = {item["id"] for item in (await client.get("/v1/deprecations")).json()["items"]}
    own = [item["id"] for item in await _listed(client, "/v1/deprecations", products)]
    waivers = await _listed(client, "/v1/waivers", products)
    notices = await _listed(client, f"/v1/accounts/{word}-inc/notices")
    subscriptions = await _listed(client, f"/v1/accounts/{word}-inc/subscriptions")
    verdicts = [
        entry["subject"]
        for entry in await _listed(client, "/v1/audit")
        if entry["action"] == "gate.judged" and entry["details"]["product"] in products
    ]
    deliveries = await every_delivery(client, word)
    return {
        "product": [hidden(word)],
        "feature": [f"{word}-mode"],
        "account": [f"{word}-inc", f"{word}-lone"],
        "instance": [f"{word}-0", f"{word}-3"],
        "deprecation": [uid for uid in own if uid not in public][-4:],
        "notice": [notice["id"] for notice in notices[:2]],
        "delivery": [str(delivery["id"]) for delivery in deliveries[:2]],
        "waiver": [waiver["id"] for waiver in waivers],
        "subscription": [subscription["id"] for subscription in subscriptions],
        "verdict": verdicts,
        "shown": [uid for uid in own if uid in public],
    }


async def every_delivery(client, word):
    """Give the deliveries about the products of a vendor."""
    products = {PUBLIC[word], hidden(word)}
    about = {item["id"] for item in await _listed(client, "/v1/deprecations", products)}
    return [
        item for item in await _listed(client, "/v1/deliveries") if item["deprecation"] in about
    ]


async def _listed(client, path, products=None):
    page = await ok(client.get(path, params={"limit": 500}, headers=AS_ADMIN))
    items = page.json()["items"]
    return [item for item in items if products is None or item["product"] in products]

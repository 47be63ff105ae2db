"""A store in which all that is not public carries one word, to search every answer for."""

from __future__ import annotations

from lifecycle.accounts import tokens
from lifecycle.app import create_app
from lifecycle.audit.chain import By
from testkit.api_fixtures import CLAIRDASH, connected, in_tests, running, sell_clairdash
from testkit.clock import Clock
from testkit.responses import ok

WORD = "narwhal"
HIDDEN = f"{WORD}-cloud"
FEATURE = f"{WORD}-mode"
ACCOUNT = f"{WORD}-inc"
PROSE = f"Because the {WORD} says so."
POLICY = f"""
policy: {WORD}-promise
version: "1"
in_force_from: 2020-01-01
tiers:
  {WORD}-gold: {{rank: 0, window: {{newest: {{count: 1, of: minor}}}}, channels: [{WORD}-line]}}
notice: {{removal: {{default: 30 days}}, discontinuation: {{default: 30 days}}}}
"""
GA = {"stages": [{"stage": "ga", "from_version": "3.1.0"}]}
REMOVAL = {"product": "clairdash", "kind": "removal", "effective_on": "2027-12-01"}
SECRET = {"reason": PROSE, "migration": PROSE, "replacement": WORD, "links": []}


async def keep_secrets(store):
    """Sell a public product, and beside it have drafts, customers, waivers and what is hidden."""
    await sell_clairdash(store)
    clock = Clock()
    async with store.writing() as session:
        by = By("test", clock.now)
        label = f"{WORD} manager"
        _, secret = await tokens.create(session, label=label, scope="publish", by=by)
    application = create_app(in_tests(), store, clock)
    async with running(application), connected(application) as client:
        client.headers["Authorization"] = f"Bearer {secret}"
        vendor = Vendor(client)
        await vendor.hide_a_product()
        await vendor.hide_a_feature()
        await vendor.serve_a_customer()
        await vendor.break_a_promise()
        await vendor.plan_in_secret()


class Vendor:
    """Who does all that, over HTTP."""

    def __init__(self, client):
        self._client = client

    async def hide_a_product(self):
        """Enter a product of which nothing is public, and announce its end."""
        facts = {
            "name": f"The {WORD}'s cloud",
            "identifiers": [f"pkg:npm/%40{WORD}/server"],
            "aliases": [f"{WORD}-sky"],
            "public": False,
            "endoflife": {"eol": f"{WORD}-gold"},
            "presentation": {"category": f"{WORD}-kind", "tags": [f"{WORD}-tag"]},
        }
        path = f"/v1/products/{HIDDEN}"
        await self._put(path, facts)
        release = {"version": "1.0.0", "released_on": "2026-01-01"}
        release["notes_url"] = f"https://{WORD}.example/1.0.0"
        await self._post(f"{path}/releases", release)
        shown = {"label": f"{WORD}one", "custom": {"nodeVersion": WORD}}
        await self._put(f"{path}/lines/1.0", {"codename": f"{WORD}one", "presentation": shown})
        await self._put(CLAIRDASH, {"identifiers": ["pkg:npm/clairdash"]})
        await self._put(f"{path}/features/{WORD}-core", {"name": f"The {WORD}'s core"})
        kind = {"Content-Type": "application/yaml"}
        await ok(self._client.put(f"{path}/policy", content=POLICY, headers=kind))
        discontinued = {"kind": "discontinuation", "whole_product": True}
        await self._announce(REMOVAL | SECRET | {"product": HIDDEN} | discontinued)

    async def hide_a_feature(self):
        """Enter a feature that is not public, on which a public one depends; announce its end."""
        features = f"{CLAIRDASH}/features"
        hidden = GA | {"name": f"The {WORD}'s mode", "public": False}
        await self._put(f"{features}/{FEATURE}", hidden)
        await self._put(f"{features}/builder", GA | {"depends_on": [FEATURE, "canvas"]})
        await self._put(f"{features}/canvas", GA)
        await self._announce(REMOVAL | SECRET | {"feature": FEATURE})

    async def serve_a_customer(self):
        """Serve a customer of both, who is told what is announced."""
        path = f"/v1/accounts/{ACCOUNT}"
        await self._put(path, {"name": f"The {WORD} Inc", "tier": "pro"})
        runs = {"product": "clairdash", "version": "3.10.0", "environment": f"{WORD}land"}
        runs["features"] = [FEATURE, "builder"]
        await self._put(f"{path}/instances/{WORD}-1", runs)
        runs = {"product": HIDDEN, "version": "1.0.0", "tier": f"{WORD}-gold"}
        await self._put(f"{path}/instances/{WORD}-2", runs)
        hook = {"channel": "webhook", "address": f"https://{WORD}.invalid/in"}
        await self._post(f"{path}/subscriptions", hook)

    async def break_a_promise(self):
        """Announce too early a removal under a waiver, withdraw another, and void a release."""
        early = await self._draft(REMOVAL | {"feature": "builder", "effective_on": "2026-12-01"})
        waiver = {
            "product": "clairdash",
            "deprecation": early.json()["id"],
            "person": f"Nadja {WORD.title()}",
            "reason": "law",
            "explanation": PROSE,
            "until": "2027-12-31",
        }
        granted = await self._post("/v1/waivers", waiver)
        await self._act(early, "announce", {"waiver": granted.json()["id"]})
        withdrawn = await self._announce(REMOVAL | {"feature": "canvas"})
        await self._act(withdrawn, "withdraw", {"reason": "The canvas stays."})
        line = f"{CLAIRDASH}/lines/3.9"
        await self._put(line, {"declared": {"end_of_life": "2027-12-31"}})
        earlier = {"declared": {"end_of_life": "2027-06-30"}, "correction": PROSE}
        await self._put(line, earlier)
        mistake = {"version": "33.0.0", "released_on": "2026-11-20"}
        await self._post(f"{CLAIRDASH}/releases", mistake)
        await ok(self._client.patch(f"{CLAIRDASH}/releases/33.0.0", json={"voided": PROSE}))

    async def plan_in_secret(self):
        """Draft one deprecation, and have another announce itself later."""
        await self._draft(REMOVAL | SECRET | {"feature": "canvas"})
        lines = {"kind": "end_of_support", "lines": ["3.10"]}
        later = await self._draft(REMOVAL | SECRET | lines)
        await self._act(later, "announce", {"on": "2027-01-04"})

    async def _draft(self, body):
        return await self._post("/v1/deprecations", {"reason": "It is old."} | body)

    async def _announce(self, body):
        draft = await self._draft(body)
        await self._act(draft, "announce", {})
        return draft

    async def _act(self, draft, what, body):
        path = f"/v1/deprecations/{draft.json()['id']}"
        read = await ok(self._client.get(path))
        match = {"If-Match": read.headers["etag"]}
        await ok(self._client.post(f"{path}/{what}", json=body, headers=match))

    async def _put(self, path, body):
        return await ok(self._client.put(path, json=body))

    async def _post(self, path, body):
        return await ok(self._client.post(path, json=body))

"""The examples of the API's description, played in their order on a store with a clock.

What a run draws anew (ids, secrets, digests) stands in the examples as one run drew it: when it
first occurs, the run's own word is noted, and put in its place from then on. Texts that end with an
ellipsis are compared as far as they go.
"""

from __future__ import annotations

import contextlib
import json
import re
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from aiohttp import web

from lifecycle.accounts import tokens
from lifecycle.app import create_app
from lifecycle.audit.chain import By
from lifecycle.deprecations.notices.renderings import make_render
from lifecycle.keys import secret_key
from lifecycle.scheduler import channel_setup
from lifecycle.scheduler.cycle import Schedule
from lifecycle.server.header_descriptions import header_texts
from notifications.secrets import Links, Vault
from notifications.worker import Worker, WorkerSettings
from testkit.api_fixtures import connected, in_tests, running
from testkit.clock import Clock
from testkit.worker_runs import deliver_due

FILE = Path(str(files("lifecycle.server").joinpath("openapi_examples.json")))
HOOK = "https://hooks.acme.example/lifecycle"
BASE = "https://lifecycle.example"
DRAWN = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{20,64}|erased-\w+|v1,\S+( v1,\S+)*"
    r"|(whsec_|lct_)[\w+/=-]+"
)
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
MEASURED = {"milliseconds", "webhook-timestamp", "deliveries_waiting", "oldest_due_seconds"}
"""What a real clock says, or what was measured when it said so."""
ELLIPSIS = "…"
LONGEST = 400


def steps():
    """Read the examples."""
    return json.loads(FILE.read_text(encoding="utf-8"))


class Words:
    """What stands in the examples for what this run drew."""

    def __init__(self):
        self._drawn = {}

    def note(self, example, actual):
        """Note the words that stand in the same places of an example and of an answer."""
        if isinstance(example, dict) and isinstance(actual, dict):
            for name in example:
                self.note(example[name], actual.get(name))
        elif isinstance(example, list) and isinstance(actual, list):
            for one, other in zip(example, actual, strict=False):
                self.note(one, other)
        elif all(isinstance(word, str) and DRAWN.fullmatch(word) for word in (example, actual)):
            self._drawn.setdefault(example, actual)

    def put(self, example, actual):
        """Note one word."""
        self._drawn[example] = actual

    def as_drawn(self, value):
        """Return what stands in the examples as this run has it."""
        return replaced(value, self._drawn)

    def as_example(self, value):
        """Return what this run has as the examples have it."""
        return replaced(value, {actual: example for example, actual in self._drawn.items()})


def replaced(value, words):
    """Return a value with words replaced, the longest first: one may begin another."""
    text = json.dumps(value)
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, words[word])
    return json.loads(text)


def compared(example, actual):
    """Return an answer as it is to be compared: as far as the example's texts go."""
    if isinstance(example, dict) and isinstance(actual, dict):
        return {
            name: example[name]
            if name in MEASURED and type(value) is type(example.get(name))
            else compared(example.get(name), value)
            for name, value in actual.items()
        }
    if isinstance(example, list) and isinstance(actual, list) and len(example) == len(actual):
        return [compared(one, other) for one, other in zip(example, actual, strict=True)]
    if isinstance(example, str) and isinstance(actual, str) and example.endswith(ELLIPSIS):
        return actual[: len(example) - 1] + ELLIPSIS
    return actual


def shortened(value):
    """Return an answer with its long texts cut."""
    if isinstance(value, dict):
        return {name: shortened(content) for name, content in value.items()}
    if isinstance(value, list):
        return [shortened(content) for content in value]
    if isinstance(value, str) and len(value) > LONGEST:
        return value[:LONGEST] + ELLIPSIS
    return value


class Story:
    """A run through the examples."""

    def __init__(self, store, client, clock, settings, received):
        self.store, self.client, self.clock = store, client, clock
        self.settings, self.received = settings, received
        self.words = Words()

    async def play(self, step):
        """Do what an example shows; return the step as this run has it."""
        if "at" in step:
            self.clock.now = datetime.fromisoformat(step["at"])
            await Schedule(self.store).tick(self.clock.now)
            await self._deliver_all()
            return step
        shown = await (self._deliver(step) if "webhook" in step else self._ask(step))
        self.words.note(step, shown)
        return step | compared(step, self.words.as_example(shown))

    async def _ask(self, step):
        method, _, path = self.words.as_drawn(step["request"]).partition(" ")
        headers = self.words.as_drawn(step.get("headers", {}))
        body = {"json": self.words.as_drawn(step["body"])} if "body" in step else {}
        response = await self.client.request(method, path, headers=headers, **body)
        answer = {"answer": response.json()} if response.content else {}
        named = [name for name in header_texts() if name in response.headers]
        return {"status": response.status_code} | answer | {"sets": named}

    async def _deliver(self, step):
        """Deliver all that is due, and return the message of a type that arrived last."""
        await self._deliver_all()
        headers, body = next(
            (headers, body)
            for headers, body in reversed(self.received)
            if json.loads(body)["type"] == step["webhook"]
        )
        return {"headers": {name: headers[name] for name in HEADERS}, "body": json.loads(body)}

    async def _deliver_all(self):
        key = secret_key(self.settings)
        render = make_render(self.store, self.settings, Links(key, self.clock))
        async with channel_setup.channels(self.settings) as channels:
            worker = Worker(
                self.store.writing,
                channels,
                render=render,
                record=nothing_recorded,
                clock=self.clock,
                vault=Vault(key),
                settings=WorkerSettings(poll=0.02),
            )
            await deliver_due(worker, self.store, self.clock())


async def nothing_recorded(_session, _event):
    """Leave the log as it is: nothing is disabled in the examples."""


@contextlib.asynccontextmanager
async def telling(store):
    """Prepare a store, an application, and a receiver of webhooks; yield the story."""
    clock, received = Clock(), []

    async def receive(request):
        received.append((dict(request.headers), await request.read()))
        return web.Response(text="OK")

    settings = in_tests(LIFECYCLE_ALLOW_PRIVATE_ADDRESSES="yes", LIFECYCLE_BASE_URL=BASE)
    async with store.writing() as session:
        by = By("test", clock.now)
        _, secret = await tokens.create(session, label="admin", scope="admin", by=by)
    application = create_app(settings, store, clock)
    async with listening(receive) as port, running(application), connected(application) as client:
        client.headers["Authorization"] = f"Bearer {secret}"
        story = Story(store, client, clock, settings, received)
        story.words.put(HOOK, f"http://127.0.0.1:{port}/lifecycle")
        yield story


@contextlib.asynccontextmanager
async def listening(receive):
    """Receive webhooks on a port."""
    application = web.Application()
    application.router.add_post("/lifecycle", receive)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()

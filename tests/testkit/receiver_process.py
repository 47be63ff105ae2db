"""A webhook receiver in a process of its own: no line of ours, and answers of every kind.

The first part of a path says how it is answered, ``/chance/…`` by a seeded draw of all that can
go wrong. Every body is verified by the `standardwebhooks` package with the secret that the test
gave for the path. It listens on several addresses of loopback, so that it is many hosts.
"""

from __future__ import annotations

import asyncio
import random
import socket
import sys

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

HOSTS = [f"127.0.0.{number}" for number in range(2, 22)]
CHANCES = {
    "ok": 40,
    "late": 28,
    "error": 9,
    "limit": 9,
    "reset": 9,
    "stall": 4,
    "gone": 1,
}
FOREVER = 3600
HUGE = 10 * 1024 * 1024


class Receiver:
    """Keeps what arrived, with the answer that was chosen, and whether its signature was right."""

    def __init__(self, seed):
        self.chance = random.Random(seed)  # noqa: S311 -- seeded, to be repeated
        self.secrets, self.received = {}, []
        self.answers = {
            "ok": self.ok,
            "late": self.late,
            "error": self.error,
            "limit": self.limit,
            "reset": self.reset,
            "stall": self.stall,
            "gone": self.gone,
            "redirect": self.redirect,
            "endless": self.endless,
            "huge": self.huge,
            "rude": self.rude,
            "slow-headers": self.slow_headers,
        }

    async def take(self, request):
        body, kind = await request.read(), request.path.split("/")[1]
        if kind == "chance":
            (kind,) = self.chance.choices(list(CHANCES), list(CHANCES.values()))
        self.received.append(self.kept(request, body, kind))
        return await self.answers[kind](request)

    def kept(self, request, body, kind):
        try:
            data = Webhook(self.secrets[request.path]).verify(body, dict(request.headers))["data"]
        except (KeyError, WebhookVerificationError) as error:
            data = {"notice": {"id": f"not verified: {error!r}"}, "account": None}
        return {
            "id": request.headers.get("webhook-id"),
            "path": request.path,
            "notice": data["notice"]["id"],
            "account": data["account"],
            "verified": data["account"] is not None,
            "answer": kind,
        }

    async def ok(self, request):
        return web.Response()

    async def late(self, request):
        await asyncio.sleep(self.chance.uniform(0.1, 0.8))
        return web.Response()

    async def error(self, request):
        return web.Response(status=500, text="it is not your fault")

    async def limit(self, request):
        seconds = str(self.chance.randint(60, 7200))
        return web.Response(status=429, headers={"retry-after": seconds})

    async def reset(self, request):
        request.transport.abort()
        return web.Response()

    async def stall(self, request):
        await asyncio.sleep(FOREVER)

    async def gone(self, request):
        return web.Response(status=410)

    async def redirect(self, request):
        return web.Response(status=302, headers={"location": f"http://{request.host}/ok/trap"})

    async def endless(self, request):
        response = web.StreamResponse()
        await response.prepare(request)
        while request.transport is not None:
            await response.write(b"and ")
            await asyncio.sleep(0.05)
        return response

    async def huge(self, request):
        return web.Response(status=500, body=b"x" * HUGE)

    async def rude(self, request):
        return web.Response(status=500, body=b"\x1b[31mred\x00\x07\r\n\xff\xe2\x80\xae<b>bold</b>")

    async def slow_headers(self, request):
        request.transport.write(b"HTTP/1.1 200 OK\r\n")
        while request.transport is not None and not request.transport.is_closing():
            request.transport.write(b"x-again: and again\r\n")
            await asyncio.sleep(0.2)
        return web.Response()

    async def put_secrets(self, request):
        self.secrets |= await request.json()
        return web.Response()

    async def show(self, request):
        return web.json_response(self.received)


def sockets():
    """Listen at one port of every host."""
    first = socket.create_server((HOSTS[0], 0), backlog=1000)
    port = first.getsockname()[1]
    return [first, *(socket.create_server((host, port), backlog=1000) for host in HOSTS[1:])]


async def receive(seed):
    receiver = Receiver(seed)
    app = web.Application()
    app.router.add_put("/-/secrets", receiver.put_secrets)
    app.router.add_get("/-/received", receiver.show)
    app.router.add_post("/{path:.*}", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    bound = sockets()
    for each in bound:
        await web.SockSite(runner, each).start()
    print(f"receives at {bound[0].getsockname()[1]}", flush=True)  # noqa: T201 -- the test reads it
    await asyncio.Event().wait()


def main():
    asyncio.run(receive(int(sys.argv[1])))


if __name__ == "__main__":
    main()

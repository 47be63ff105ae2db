"""One real receiver for all customers, which keeps what it is sent and answers as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import msgspec
from aiohttp import web


@dataclass
class Message:
    """What arrived, on which of the vendor's days, and what it was answered."""

    id: str
    account: str
    type: str
    deprecation: str
    affected: str
    effective_on: date
    days_left: int | None
    day: date
    status: int


class Receiver:
    """Answers each path as ``statuses`` says."""

    def __init__(self) -> None:
        self.statuses: dict[str, int] = {}
        self.messages: list[Message] = []
        self.today = date.min

    async def take(self, request: web.Request) -> web.Response:
        status = self.statuses.get(request.path, 200)
        sent = msgspec.json.decode(await request.read())
        data = sent["data"]
        self.messages.append(
            Message(
                id=request.headers["webhook-id"],
                account=data["account"],
                type=sent["type"],
                deprecation=data["deprecation"]["id"],
                affected=data["affected"],
                effective_on=date.fromisoformat(data["effective_on"]),
                days_left=data["days_left"],
                day=self.today,
                status=status,
            )
        )
        return web.Response(status=status)

    async def start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/{path:.*}", self.take)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

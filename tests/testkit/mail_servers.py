"""A real mail server on this machine, and a worker that sends what is due through it."""

from __future__ import annotations

import asyncio
import email
import re
from contextlib import asynccontextmanager
from datetime import timedelta
from email import policy

from aiosmtpd.smtp import SMTP

from lifecycle import settings
from lifecycle.deprecations.notices.renderings import make_render
from notifications.channels import open_channels
from notifications.worker import Worker, WorkerSettings
from testkit.worker_runs import deliver_due

SENDER = "Clairdash <notices@clairdash.example>"
LINK = re.compile(r"https?://\S+")


class Mailbox:
    """All mail that the server has taken, by whoever it was for."""

    def __init__(self):
        self.port, self.mails = 0, []
        self.arrived = asyncio.Event()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos[0], mail))
        self.arrived.set()
        return "250 OK: queued"

    def links_to(self, address):
        """Return the links in the plain text of all mails to an address, the oldest first."""
        texts = [
            mail.get_body(["plain"]).get_content()
            for recipient, mail in self.mails
            if recipient == address
        ]
        return [link for text in texts for link in LINK.findall(text)]


@asynccontextmanager
async def mailbox():
    """Serve a mailbox on a port of loopback."""
    taken, loop = Mailbox(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(taken, hostname="mail.clairdash.example", decode_data=False),
        "127.0.0.1",
        0,
    )
    async with server:
        taken.port = server.sockets[0].getsockname()[1]
        yield taken


async def send_due(application, mailbox):
    """Have a worker of an application send what is due, by its clock."""
    state = application.app_state
    await state.link_requests.queue(state.store, now=state.clock())
    configured = settings.load({}, database_url="unused", base_url="http://lifecycle.test")

    async def record(_session, _event):
        """Note nothing."""

    async with open_channels(smtp_url=mailbox.url, mail_from=SENDER) as channels:
        worker = Worker(
            state.store.writing,
            channels,
            render=make_render(state.store, configured, state.links),
            record=record,
            clock=state.clock,
            vault=state.vault,
            settings=WorkerSettings(poll=0.02, lease=timedelta(minutes=2)),
        )
        return await deliver_due(worker, state.store, state.clock())

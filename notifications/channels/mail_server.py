"""The mail server that takes our e-mail, and a few connections to it that are used again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import aiosmtplib
import msgspec

if TYPE_CHECKING:
    from aiosmtplib import SMTP, SMTPResponse

UNAVAILABLE = 421
PORTS = {"smtp": 587, "smtps": 465}


class UnusableServerError(ValueError):
    """Use smtp://user:password@host:port or smtps://…, with ?starttls=always, never or auto."""


class StartTls(StrEnum):
    """Whether a plain connection is turned into an encrypted one: ``auto`` does if it can be."""

    ALWAYS = "always"
    NEVER = "never"
    AUTO = "auto"


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where e-mail is handed in, and how."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False
    starttls: StartTls = StartTls.AUTO


class Connections:
    """A bounded number of connections, opened when needed and used again while they are fresh.

    After a failure to connect, or to be answered, those waiting fail alike for ``pause`` seconds:
    each trying for itself would take far longer than a lease.
    """

    def __init__(
        self,
        server: MailServer,
        *,
        name: str,
        at_once: int = 8,
        seconds: float = 15,
        idle_seconds: float = 30,
        pause: float = 5,
    ) -> None:
        """Greet as ``name``; wait ``seconds`` at most for each single answer."""
        self._server, self._name = server, name
        self._seconds, self._idle_seconds, self._pause = seconds, idle_seconds, pause
        self._places = asyncio.Semaphore(at_once)
        self._idle: list[tuple[SMTP, float]] = []
        self._failed: tuple[float, Exception] | None = None

    async def send(self, sender: str, recipient: str, message: bytes) -> str:
        """Hand a message in, and give what the server said; raise what aiosmtplib raises."""
        async with self._places:
            while (client := await self._fresh()) is not None:
                try:
                    return await self._use(client, sender, recipient, message)
                except Exception as error:
                    # A kept connection may have been closed meanwhile: that is nobody's failure.
                    if not _is_gone(error):
                        raise
            return await self._use(await self._connect(), sender, recipient, message)

    async def close(self) -> None:
        """Take leave on all connections."""
        while self._idle:
            await _leave(self._idle.pop()[0])

    async def _use(self, client: SMTP, sender: str, recipient: str, message: bytes) -> str:
        try:
            _, response = await client.sendmail(sender, [recipient], message)
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as error:
            self._keep(client) if not _is_gone(error) else client.close()
            raise
        except BaseException as error:
            client.close()
            if isinstance(error, TimeoutError):
                self._fail(error)
            raise
        self._keep(client)
        return response

    def _fail(self, error: Exception) -> None:
        self._failed = (asyncio.get_running_loop().time(), error)

    def _keep(self, client: SMTP) -> None:
        if client.is_connected:
            self._idle.append((client, asyncio.get_running_loop().time()))

    async def _fresh(self) -> SMTP | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            client, since = self._idle.pop()
            if client.is_connected and now - since < self._idle_seconds:
                return client
            await _leave(client)
        return None

    async def _connect(self) -> SMTP:
        now = asyncio.get_running_loop().time()
        if self._failed is not None and now - self._failed[0] < self._pause:
            raise self._failed[1]
        client = self._client()
        try:
            await client.connect()
        except Exception as error:
            self._fail(error)
            raise
        self._failed = None
        return client

    def _client(self) -> SMTP:
        server = self._server
        starttls = {StartTls.ALWAYS: True, StartTls.NEVER: False, StartTls.AUTO: None}
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            local_hostname=self._name,
            timeout=self._seconds,
            use_tls=server.tls,
            start_tls=False if server.tls else starttls[server.starttls],
        )


def parse_server(url: str) -> MailServer:
    """Read a mail server's address; with a password, ``auto`` means ``always``.

    >>> parse_server("smtp://me:pass%40word@mail.example").port
    587
    """
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        starttls = StartTls(options.pop("starttls", "auto"))
        port = parts.port
    except ValueError as error:
        raise UnusableServerError(UnusableServerError.__doc__) from error
    if parts.scheme not in PORTS or not parts.hostname or options or parts.path not in {"", "/"}:
        raise UnusableServerError(UnusableServerError.__doc__)
    if parts.username and starttls is StartTls.AUTO:
        starttls = StartTls.ALWAYS  # or whoever sits between would only have to hide the offer
    return MailServer(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=parts.scheme == "smtps",
        starttls=starttls,
    )


def first_refusal(error: aiosmtplib.SMTPRecipientsRefused) -> SMTPResponse:
    """Return what the server said of the only recipient."""
    refusal = error.recipients[0]
    return aiosmtplib.SMTPResponse(refusal.code, refusal.message)


def _is_gone(error: Exception) -> bool:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code == UNAVAILABLE
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return first_refusal(error).code == UNAVAILABLE
    return isinstance(error, aiosmtplib.SMTPServerDisconnected)


async def _leave(client: SMTP) -> None:
    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=2)
    client.close()

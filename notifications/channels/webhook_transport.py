"""Webhooks of Standard Webhooks, sent over aiohttp, behind the address guard."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import aiohttp
import msgspec
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from notifications import signing
from notifications.channels.webhook import as_requested
from notifications.deadlines import Deadlines
from notifications.guard import Guard, PrivateAddressError
from notifications.leased_messages import Leased, Message, Outcome, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import ClientResponse

USER_AGENT = "lifecycle-notifications"
LONGEST_BODY = 64 * 1024
LONGEST_EXCERPT = 200
GONE = 410
HEADERS = {
    "content-type": "application/json",
    "accept": "*/*",
    "accept-encoding": "identity",
}
# How long all of it may take is bounded without aiohttp, whose timers would cost each try.
LIMITS = ClientTimeout(total=None, sock_connect=10)
KNOWN_ADDRESSES = 4096
LONGEST_RETRY_AFTER = timedelta(days=1)


class WebhookTransport:
    """Posts messages; follows no redirect, asks no proxy, keeps no cookie, unpacks nothing.

    An answer has to begin within ``answer_seconds``, with resolving, connecting and sending.
    Success is a status of 2xx, whatever becomes of the body: it is read for the connection's sake
    alone, up to 64 KiB and ``body_seconds``; what goes on longer is cut off.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        allow_http: bool = False,
        user_agent: str = USER_AGENT,
        answer_seconds: float = 20,
        body_seconds: float = 5,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """Sign with the moment of ``clock``, which receivers compare with their own."""
        self._guard = guard
        self._schemes = ("https://", "http://") if allow_http else ("https://",)
        self._body_seconds = body_seconds
        self._clock = clock or _now
        self._answering = Deadlines(answer_seconds)
        self._user_agent = user_agent
        self._session: ClientSession | None = None

    async def send(self, leased: Leased, message: Message) -> Outcome:
        """Post a message once, signed with each of the secrets."""
        started = time.perf_counter()
        digest = hashlib.sha256(message.body).hexdigest()
        try:
            outcome = await self._post(leased, message)
        except Exception as error:  # noqa: BLE001 -- whatever a stranger's server provokes
            outcome = Outcome(succeeded=False, answer=explain(error), ours=_is_ours(error))
        milliseconds = round((time.perf_counter() - started) * 1000)
        return msgspec.structs.replace(outcome, milliseconds=milliseconds, body_sha256=digest)

    async def close(self) -> None:
        """Close the connections that are kept open."""
        if self._session is not None:
            await self._session.close()
        await self._guard.close()

    async def _post(self, leased: Leased, message: Message) -> Outcome:
        if not leased.address.lower().startswith(self._schemes):
            return Outcome(succeeded=False, answer="the address is not an https:// one")
        now = self._clock()
        headers = signing.headers(message.uid, now, message.body, leased.secrets)
        session = self._session or self._open()
        with self._answering:
            response = await session.post(
                _url(leased.address), data=message.body, headers=headers, allow_redirects=False
            )
        try:
            body = await self._beginning(response)
        finally:
            response.release()
        return judge(response.status, response.headers, body, now)

    def _open(self) -> ClientSession:
        # How many are under way at once, and to whom, is the worker's decision.
        connector = TCPConnector(
            resolver=self._guard, socket_factory=self._guard.make_socket, limit=0, limit_per_host=0
        )
        self._session = ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            headers={**HEADERS, "user-agent": self._user_agent},
            timeout=LIMITS,
            trust_env=False,
            auto_decompress=False,
        )
        return self._session

    async def _beginning(self, response: ClientResponse) -> bytes:
        """Read what the connection's reuse needs; close it where there is more than that."""
        content, read = response.content, b""
        try:
            if content.is_eof():
                return content.read_nowait(LONGEST_BODY)
            async with asyncio.timeout(self._body_seconds):
                async for chunk in content.iter_any():
                    read += chunk
                    if len(read) > LONGEST_BODY:
                        break
                else:
                    return read
        except (TimeoutError, aiohttp.ClientError):
            pass
        response.close()
        return read


def judge(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Outcome:
    """Return what an answer means: 2xx alone is success, 410 asks for no more."""
    if 200 <= status < 300:  # noqa: PLR2004 -- statuses
        return Outcome(succeeded=True, status=status, answer=f"answered {status}")
    is_gone = status == GONE
    return Outcome(
        succeeded=False,
        status=status,
        answer=_told(status, headers, body),
        retry_after=None if is_gone else retry_after(headers.get("retry-after"), now),
        permanent=is_gone,
        disable=is_gone,
    )


def retry_after(text: str | None, now: datetime) -> timedelta | None:
    """Read how long to wait, at most a day, given as seconds or as a date.

    >>> retry_after("120", datetime(2026, 1, 1, tzinfo=UTC))
    datetime.timedelta(seconds=120)
    >>> retry_after("Thu, 01 Jan 2026 00:01:00 GMT", datetime(2026, 1, 1, tzinfo=UTC))
    datetime.timedelta(seconds=60)
    >>> retry_after("soon", datetime(2026, 1, 1, tzinfo=UTC))
    """
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        seconds = int(text) if len(text) < len("1000000") else LONGEST_RETRY_AFTER.total_seconds()
        return min(timedelta(seconds=seconds), LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
        length = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None
    return min(max(length, timedelta()), LONGEST_RETRY_AFTER)


def explain(error: BaseException) -> str:
    """Say in a short sentence what the network or the receiver did.

    >>> explain(TimeoutError())
    'no answer in time'
    """
    cause = getattr(error, "os_error", None) or error
    if isinstance(cause, PrivateAddressError):
        return "the address is private, and notices go to public addresses only"
    if isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(cause, socket.gaierror):
        return "the name does not resolve"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = getattr(error.certificate_error, "verify_message", "") or "not valid"
        return printable(f"the certificate is not trusted: {reason}")
    if isinstance(error, aiohttp.ClientSSLError):
        return "no encrypted connection could be made"
    if isinstance(error, aiohttp.InvalidURL):
        return "the address is not a usable web address"
    return _disconnection(error, cause)


def _disconnection(error: BaseException, cause: BaseException) -> str:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "no connection in time"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(cause, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, aiohttp.ServerDisconnectedError) or isinstance(cause, ConnectionError):
        return "the connection was broken off without an answer"
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(cause, OSError):
        return printable(f"no connection: {cause.strerror or 'the host cannot be reached'}")
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError):
        return "the answer was not HTTP"
    if isinstance(error, signing.UnusableSecretError):
        return "the webhook's secret is not usable; draw a new one"
    return printable(f"could not be sent: {type(error).__name__}")


def _is_ours(error: BaseException) -> bool:
    short = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL}
    cause = getattr(error, "os_error", None) or error
    unsigned = isinstance(error, signing.UnusableSecretError)
    return unsigned or (isinstance(cause, OSError) and cause.errno in short)


def _told(status: int, headers: Mapping[str, str], body: bytes) -> str:
    if 300 <= status < 400:  # noqa: PLR2004 -- statuses
        return f"answered {status}, a redirect, and none is followed"
    if status == GONE:
        return f"answered {status}: nothing more is wanted here"
    packed = headers.get("content-encoding", "identity") != "identity"
    excerpt = "" if packed else body[:LONGEST_EXCERPT].decode("utf-8", "replace")
    return printable(f"answered {status}: {excerpt}").removesuffix(":")


@lru_cache(KNOWN_ADDRESSES)
def _url(address: str) -> URL | str:
    """Read an address once, not for each message; aiohttp says what is wrong with a bad one."""
    try:
        return URL(as_requested(address), encoded=True)
    except ValueError:
        return address


def _now() -> datetime:
    return datetime.now(UTC)

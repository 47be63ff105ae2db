"""A receiver of webhooks, as a customer might write one: it believes only what is signed.

It shares no code with the sender, as no customer's does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOLERANCE = 5 * 60
"""A message signed longer ago, in seconds, might be one that somebody recorded and plays again."""
LARGEST = 1024 * 1024
SHOWN = 300
WITHDRAWN = "deprecation.withdrawn"


class Receiver:
    """Takes messages, verifies them, and tells of each in a line.

    The first ``fail`` requests are answered with 500, so that repetitions can be seen.
    """

    def __init__(
        self,
        secret: str,
        *,
        clock: Callable[[], float],
        tell: Callable[[str], None],
        fail: int = 0,
    ) -> None:
        """Take the secret as ``whsec_…``, and a clock that gives seconds since 1970."""
        self._key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        if not self._key:
            raise ValueError("it is empty")
        self._clock = clock
        self._tell = tell
        self._fail = fail
        self._seen: set[str] = set()

    def application(self) -> web.Application:
        """Return what a server runs; every path is a webhook's."""
        app = web.Application(client_max_size=LARGEST)
        app.router.add_post("/{path:.*}", self.take)
        return app

    async def take(self, request: web.Request) -> web.Response:
        """Answer one request: 200 for what is signed, 400 for all else."""
        body = await request.read()
        wrong = wrong_with(request.headers, body, key=self._key, now=self._clock())
        if self._fail > 0:
            self._fail -= 1
            self._tell(f"{_line(body)}  answered 500, as asked; it will come again")
            return web.Response(status=500, text="not now")
        if wrong:
            self._tell(f"{_line(body)}  NOT VERIFIED: {wrong}")
            return web.Response(status=400, text=wrong)
        uid = request.headers["webhook-id"]
        again = ", here before" if uid in self._seen else ""
        self._seen.add(uid)
        self._tell(f"{_line(body)}  verified{again}")
        return web.Response(text="taken")


def wrong_with(headers: Mapping[str, str], body: bytes, *, key: bytes, now: float) -> str | None:
    """Say why a message is not to be believed; None for one that is."""
    uid, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not uid or not moment.isascii() or not moment.isdigit():
        return "it bears no webhook-id and webhook-timestamp"
    if abs(now - int(moment[:12])) > TOLERANCE:
        return "it was signed more than five minutes from now"
    signed = b".".join([uid.encode(), moment.encode(), body])
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    signatures = [
        signature.removeprefix("v1,").encode()
        for signature in headers.get("webhook-signature", "").split()
        if signature.startswith("v1,")
    ]
    if not any(hmac.compare_digest(expected, signature) for signature in signatures):
        return "the signature is not one of ours"
    return None


def _line(body: bytes) -> str:
    """Tell a message in a line: to whom, what, for how long still.

    >>> _line(b'{"type": "test", "data": {"account": "acme"}}')
    'acme: test'
    >>> _line(b"?")
    'somebody: something that is not a notice'
    """
    try:
        notice = json.loads(body)
        kind, data = str(notice["type"]), dict(notice["data"])
    except (ValueError, KeyError, TypeError):
        return "somebody: something that is not a notice"
    words = [f"{data.get('account')}: {kind}", str(data.get("summary") or "")]
    days_left = data.get("days_left")
    if isinstance(days_left, int) and days_left > 0 and kind != WITHDRAWN:
        words.append(f"(in force in {days_left} {'day' if days_left == 1 else 'days'})")
    return _plain("  ".join(filter(None, words)))[:SHOWN]


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)

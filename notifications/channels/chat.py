"""Chat services through Apprise, for addresses that operators give.

Apprise connects by itself, past the address guard, and answers only yes or no: what is reported
is that the service accepted a message, never that anybody got it. Its services are chosen from
those that post to a chat over HTTP; the rest reads files, runs programs or reaches into this host.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from notifications.errors import UnusableAddressError
from notifications.messages import Leased, Message, Outcome

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

SERVICES = (
    "discord",
    "gchat",
    "matrix",
    "matrixs",
    "mmost",
    "mmosts",
    "rocket",
    "rockets",
    "slack",
    "tgram",
    "webex",
    "workflow",
    "workflows",
    "wxteams",
    "zulip",
)
REFUSED_OPTIONS = frozenset(
    {
        "attach",  # would read files
        "template",  # so would this
        "optional",  # would call every failure a success
        "overflow",  # a message is cut to what the service takes
        "retry",  # when to repeat is decided by the outbox
        "wait",
        "rto",  # the time limits are ours
        "cto",
    }
)
AT_ONCE = 8
SECONDS = 20.0
LONGEST_TITLE = 200
OURS: dict[str, Any] = {
    "app_id": "Lifecycle",
    "app_desc": "Lifecycle notices",
    "app_url": "",
    "image_url_mask": "",
    "image_url_logo": "",
    "http_redirects": False,
    "async_mode": False,
    "allow_templates": False,
}

logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would log what services answer


class ChatChannel:
    """Posts to chat services from a few threads, each message with a time limit."""

    def __init__(self, *, at_once: int = AT_ONCE, seconds: float = SECONDS) -> None:
        """Give up on a message after ``seconds``, its wait for a thread included."""
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="chat")
        self._seconds = seconds

    async def send(self, leased: Leased, message: Message) -> Outcome:
        """Post once; a yes is reported as "accepted" and no more."""
        started = time.perf_counter()
        digest = hashlib.sha256(f"{message.subject}\n{message.text}".encode()).hexdigest()
        try:
            outcome = await asyncio.wait_for(self._posted(leased.address, message), self._seconds)
        except TimeoutError:
            outcome = Outcome(succeeded=False, answer="the chat service did not answer in time")
        except UnusableAddressError as error:
            outcome = Outcome(succeeded=False, answer=str(error), permanent=True)
        except Exception as error:  # noqa: BLE001 -- whatever one of Apprise's services runs into
            answer = f"could not be posted: {type(error).__name__}"
            outcome = Outcome(succeeded=False, answer=answer)
        taken = round((time.perf_counter() - started) * 1000)
        return msgspec.structs.replace(outcome, milliseconds=taken, body_sha256=digest)

    async def close(self) -> None:
        """Wait for no message that is still being posted."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _posted(self, address: str, message: Message) -> Outcome:
        loop = asyncio.get_running_loop()
        accepted = await loop.run_in_executor(self._threads, post, address, message)
        if accepted:
            return Outcome(succeeded=True, answer="accepted")
        return Outcome(succeeded=False, answer="the chat service did not accept it")


def check_chat_address(address: str) -> None:
    """Refuse what is no address of one of the chat services; slow when first called."""
    _service(address)


def post(address: str, message: Message) -> bool:
    """Post a message, cut to what the service takes; this blocks."""
    service = _service(address)
    title = message.subject[: min(service.title_maxlen, LONGEST_TITLE)]
    text = message.text if title else f"{message.subject}\n\n{message.text}".strip()
    body = shorten(text, service.body_maxlen - len(title))
    return bool(service.notify(body=body, title=title, body_format="text"))


def shorten(text: str, longest: int) -> str:
    """Cut a text off where it is too long, and show that.

    >>> shorten("a long text", 8)
    'a long …'
    """
    return text if len(text) <= longest else text[: max(longest - 1, 0)] + "…"


def _service(address: str) -> NotifyBase:
    scheme = address.partition("://")[0].lower()
    if scheme not in SERVICES:
        raise UnusableAddressError(
            f"{scheme[:40]!r} is no chat service that is served; there are {', '.join(SERVICES)}"
        )
    refused = _options(address) & REFUSED_OPTIONS
    if refused:
        raise UnusableAddressError(
            f"A chat address must not set {', '.join(sorted(refused))}; leave that out"
        )
    apprise = _apprise()
    asset = apprise.AppriseAsset(**OURS)
    service: NotifyBase | None = apprise.Apprise.instantiate(address, asset=asset)
    if service is None:  # the address itself is a secret, and never shown
        raise UnusableAddressError(
            f"This is no {scheme}:// address of Apprise's form; a part of it is missing or wrong"
        )
    return service


@cache
def _apprise() -> Any:
    with warnings.catch_warnings():
        # Services of no use here (mail among them) load modules that Python is to lose.
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise  # noqa: PLC0415 -- half a second that only chat waits for

        apprise.Apprise.instantiate("slack://")  # loads all services
    return apprise


def _options(address: str) -> set[str]:
    try:
        query = urlsplit(address).query
    except ValueError:
        return set()
    _, _, fragment = address.partition("#")  # some services' addresses have a channel there
    texts = (query, fragment.partition("?")[2])
    return {name.lower() for text in texts for name, _ in parse_qsl(text, keep_blank_values=True)}

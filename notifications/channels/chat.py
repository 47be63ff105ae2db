"""Chat services through Apprise, for addresses that operators give.

Apprise connects by itself, past the address guard, and answers only yes or no: what is reported
is that the service accepted a message, never that anybody got it. Its services are chosen from
those that post to a chat over HTTP; the rest reads files, runs programs or reaches into this host.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import msgspec

from notifications.channels.descriptor import Channel
from notifications.errors import UnusableAddressError
from notifications.leased_messages import Leased, Message, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apprise.plugins.base import NotifyBase

    from notifications.channels.descriptor import AddressTerms, Setup
    from notifications.leased_messages import Transport

OPTIONS = {
    service: frozenset(options.split())
    for services, options in {
        "discord": "avatar botname thread",
        "gchat": "key thread threadkey token workspace",
        "matrix matrixs": "hsreq mode msgtype path to token v version",
        "mmost mmosts": "botname channel channels mode team to",
        "rocket rockets": "avatar mode to webhook",
        "slack": "mode to token",
        "tgram": "preview silent thread to topic",
        "webex wxteams": "mode to token",
        "workflow workflows": (
            "api-version id pa powerautomate route routeid sig signature ver workflow wrap"
        ),
        "zulip": "to token",
    }.items()
    for service in services.split()
}
"""The options that each service's addresses may set: whom to post to, as whom, with which token.

Apprise knows more: some read files or fetch addresses, follow redirects, trust any certificate,
call a failure a success, repeat, or wait longer than the outbox does.
"""
SERVICES = tuple(OPTIONS)
REQUIRED: dict[str, Any] = {
    "redirects": False,
    "verify_certificate": True,
    "optional": False,
    "retry": 0,
}
"""What a service that Apprise made must be, whichever way its address was read."""
FORM = re.compile(r"[a-z][a-z0-9+-]{1,30}://[!-~]+")
CONCURRENT_SENDS = 8
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


class ChatTransport:
    """Posts to chat services from a few threads, each message with a time limit."""

    def __init__(self, *, at_once: int = CONCURRENT_SENDS, seconds: float = SECONDS) -> None:
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
        milliseconds = round((time.perf_counter() - started) * 1000)
        return msgspec.structs.replace(outcome, milliseconds=milliseconds, body_sha256=digest)

    async def close(self) -> None:
        """Wait for no message that is still being posted."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _posted(self, address: str, message: Message) -> Outcome:
        loop = asyncio.get_running_loop()
        accepted = await loop.run_in_executor(self._threads, post, address, message)
        if accepted:
            return Outcome(succeeded=True, answer="accepted")
        return Outcome(succeeded=False, answer="the chat service did not accept it")


def check_address(address: str, terms: AddressTerms) -> None:
    """Refuse an address that is not of Apprise's form, or that no operator gave.

    What is posted to chat services goes past the address guard.
    """
    if not terms.operator:
        raise UnusableAddressError(
            "A chat address can be given by an operator only; subscribe a webhook or an e-mail"
        )
    if not FORM.fullmatch(address):
        raise UnusableAddressError(
            "This is not a chat address in Apprise's form, such as slack://TOKEN/#channel"
        )


def check_chat_address(address: str) -> None:
    """Refuse what is not an address of a supported chat service; slow when first called."""
    _service(address)


def post(address: str, message: Message) -> bool:
    """Post a message, which is Markdown, cut to what the service takes; this blocks."""
    service = _service(address)
    title = message.subject[: min(service.title_maxlen, LONGEST_TITLE)]
    text = message.text if title else f"{message.subject}\n\n{message.text}".strip()
    body = shorten(text, service.body_maxlen - len(title))
    return bool(service.notify(body=body, title=title, body_format="markdown"))


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
            f"{scheme[:40]!r} is not a supported chat service; "
            f"the supported ones are {', '.join(SERVICES)}"
        )
    parts = _parts(scheme, address)
    _check_options(scheme, parts["qsd"])
    apprise = _apprise()
    try:
        service = apprise.Apprise.instantiate(parts, asset=apprise.AppriseAsset(**OURS))
    except Exception:  # noqa: BLE001 -- its message may hold the address
        service = None
    if service is None:
        raise _malformed(scheme)
    _check_service(scheme, service)
    return cast("NotifyBase", service)


def _parts(scheme: str, address: str) -> dict[str, Any]:
    """Read an address as Apprise does; the service is made from these very parts."""
    if re.search(r"(?<!/)#", address):
        raise UnusableAddressError(
            f"In a {scheme}:// address '#' stands only after a slash, as in …/#channel; "
            "elsewhere what follows it would be ignored"
        )
    try:
        parts: dict[str, Any] | None = _apprise().plugins.url_to_dict(address)
    except Exception:  # noqa: BLE001 -- whatever a service's own reading of it runs into
        parts = None
    if not parts or parts.get("schema") != scheme:
        raise _malformed(scheme)
    if "discovery" in parts:
        # Discovery lets the host send us to any other, past the refusal of redirects.
        parts["discovery"] = False
    return parts


def _check_options(scheme: str, options: Mapping[str, str]) -> None:
    """Refuse an option that is not allowed; one that Apprise does not know may be part of a secret.

    A password that holds a question mark is read as options, for instance.
    """
    allowed = OPTIONS[scheme]
    refused = options.keys() - allowed
    if not refused:
        return
    settable = refused & _apprise().NotificationManager()[scheme].template_args.keys()
    named = [*map(repr, sorted(settable)), *(["an unknown option"] if refused - settable else [])]
    raise UnusableAddressError(
        f"A {scheme}:// address must not set {', '.join(named)}; leave that out. "
        f"Allowed are {', '.join(sorted(allowed))}"
    )


def _check_service(scheme: str, service: NotifyBase) -> None:
    """Refuse a service that is not what the check of its address took it for."""
    safe = all(getattr(service, name, None) == value for name, value in REQUIRED.items())
    if not safe or getattr(service, "template", None) or getattr(service, "discovery", False):
        raise UnusableAddressError(
            f"This {scheme}:// address cannot be used: it sets more than whom to post to"
        )


def _malformed(scheme: str) -> UnusableAddressError:
    """Make the refusal of an address; a secret in itself, it is never shown."""
    return UnusableAddressError(
        f"This is not a valid {scheme}:// address as Apprise defines it: "
        "a part of it is missing or malformed"
    )


@cache
def _apprise() -> Any:
    with warnings.catch_warnings():
        # Services of no use here (mail among them) load modules that Python is to lose.
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise.plugins  # noqa: PLC0415 -- half a second that only chat waits for

        apprise.Apprise.instantiate("slack://")  # loads all services
    return apprise


def _open(_setup: Setup) -> Transport:
    return ChatTransport()


CHANNEL = Channel(
    name="chat",
    open=_open,
    check_address=check_address,
    check_slowly=check_chat_address,
    target_of=lambda address: f"chat:{address.partition('://')[0]}",
    hides_address=True,
    only_accepts=True,
)

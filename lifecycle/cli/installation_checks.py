"""The checks of `lifecycle doctor`: each looks at one thing, and says what to do about it."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

import httpx
import msgspec
from sqlalchemy import func, select

from lifecycle import keys, settings
from lifecycle.audit.models import AuditEntry, AuditHead
from lifecycle.cli.backups import shown
from lifecycle.cli.clock import now
from lifecycle.cli.local_store import opened
from lifecycle.cli.sample_mails import send_test_mail
from lifecycle.database import schema_upgrade, urls
from lifecycle.documents.suggestions import did_you_mean, nearest_words
from lifecycle.errors import LifecycleError
from lifecycle.scheduler.channel_setup import check_channels
from lifecycle.scheduler.vitals import Vitals, WorkerState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from lifecycle.database.store import Store
    from lifecycle.settings import Settings

    Checks: TypeAlias = AsyncIterator["Check"]

PROBE_SECONDS = 5.0
MOST_SECONDS_APART = 5.0
LATE_SECONDS = 900.0
LEAST_SHARE, LEAST_BYTES = 0.05, 500 * 1024 * 1024
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class CheckState(StrEnum):
    """How what was looked at is; a problem keeps the service from working as it should."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Check(msgspec.Struct, frozen=True):
    """What one check found, and the way out."""

    name: str
    state: CheckState
    message: str
    advice: str = ""


async def examine(environ: Mapping[str, str], *, mail: str | None) -> list[Check]:
    """Carry out every check; what one finds wrong keeps no other from being made."""
    try:
        chosen = settings.load(environ)
        check_channels(chosen)
    except LifecycleError as error:
        return [Check("settings", CheckState.PROBLEM, error.detail, "Correct it, and repeat this.")]
    checks = [_settings(environ, chosen), _title(chosen)]
    checks += [check async for check in _store(chosen)]
    checks.append(_disk(chosen))
    checks += [check async for check in _names(chosen)]
    checks.append(await _mail(chosen, mail))
    checks += [check async for check in _address(chosen)]
    return checks


def _settings(environ: Mapping[str, str], chosen: Settings) -> Check:
    variables = {name for name, _, _ in chosen.describe()} | {"LIFECYCLE_TRACEBACK"}
    names = [name for name in sorted(environ) if name.startswith(settings.PREFIX)]
    unknown = [name for name in names if name.removesuffix("_FILE") not in variables]
    if unknown:
        ends = [name.removeprefix(settings.PREFIX) for name in (unknown[0], *variables)]
        near = [f"{settings.PREFIX}{end}" for end in nearest_words(ends[0], ends[1:])]
        advice = f"Unset it, or correct its name{did_you_mean(near) or '.'}"
        return Check(
            "settings", CheckState.WARNING, f"{unknown[0]} is not a known setting.", advice
        )
    return Check("settings", CheckState.OK, f"{len(names)} are set, and all can be read.")


def _title(chosen: Settings) -> Check:
    if chosen.title == settings.Settings().title:
        message = f"LIFECYCLE_TITLE is not set, so the vendor is called {chosen.title!r}."
        advice = "Set it to your name: pages, feeds, CycloneDX and OpenEoX show it."
        return Check("title", CheckState.WARNING, message, advice)
    return Check("title", CheckState.OK, f"The vendor is called {chosen.title!r}.")


async def _store(chosen: Settings) -> Checks:
    name = shown(chosen.database_url)
    path = urls.file_of(urls.parse(chosen.database_url))
    upgrade = "Run `lifecycle db upgrade`, or start `lifecycle serve`."
    if path is not None and not path.exists():
        yield Check("store", CheckState.PROBLEM, f"There is no store at {name}.", upgrade)
        return
    try:
        pending = (await schema_upgrade.status(chosen.database_url)).pending
        if pending:
            message = f"{len(pending)} migrations have not run on {name}."
            yield Check("migrations", CheckState.PROBLEM, message, upgrade)
            return
        async with opened(chosen.database_url) as store:
            await store.probe(now())
            yield Check("store", CheckState.OK, f"{name} can be read and written.")
            yield Check("migrations", CheckState.OK, "All have run.")
            yield await _key(chosen, store)
            yield await _clock(store)
            yield await _worker(chosen, store)
    except LifecycleError as error:
        advice = "Until then nothing can be stored; put it right first."
        yield Check("store", CheckState.PROBLEM, error.detail, advice)


async def _key(chosen: Settings, store: Store) -> Check:
    if not chosen.secret_key and not keys.key_file(chosen.database_url).exists():
        try:
            await keys.refuse_lost_key(chosen, store)
        except LifecycleError as error:
            return Check("key", CheckState.PROBLEM, error.detail)
        return Check("key", CheckState.OK, "No secret is stored yet; the first start makes a key.")
    try:
        await keys.check_key(chosen, store)
    except LifecycleError as error:
        return Check("key", CheckState.PROBLEM, error.detail)
    return Check("key", CheckState.OK, "It opens what is encrypted in the store.")


async def _clock(store: Store) -> Check:
    advice = "Let NTP set the clocks of all machines: due days, leases and links depend on them."
    async with store.reading() as session:
        newest = select(AuditEntry.at).join(AuditHead, AuditHead.seq == AuditEntry.seq)
        written = await session.scalar(newest)
        theirs = await session.scalar(select(func.now())) if store.dialect != "sqlite" else None
    ours = now()
    if written and (written - ours).total_seconds() > MOST_SECONDS_APART:
        message = f"The log's last entry is of {written:%Y-%m-%d %H:%M:%S}, which lies ahead."
        return Check("clock", CheckState.PROBLEM, message, advice)
    apart = (theirs - ours).total_seconds() if theirs else 0.0
    if abs(apart) > MOST_SECONDS_APART:
        message = f"The database's clock differs from this machine's by {apart:+.0f} s."
        return Check("clock", CheckState.PROBLEM, message, advice)
    return Check(
        "clock", CheckState.OK, f"It is {ours:%Y-%m-%d %H:%M:%S} UTC here and in the store."
    )


async def _worker(chosen: Settings, store: Store) -> Check:
    vitals = Vitals(store, chosen, now)
    await vitals.measure()
    start = (
        "Start `lifecycle serve` or `lifecycle worker`, and read its log. One that is starting "
        "gives its first sign of life once it says that it listens or looks for what is due."
    )
    if vitals.worker is WorkerState.NONE:
        message = "No worker has ever given a sign of life on this store; nothing is sent."
        return Check("worker", CheckState.WARNING, message, start)
    if vitals.worker is WorkerState.SILENT:
        message = (
            f"The last sign of life of a worker was {vitals.silent_seconds:,.0f} s ago; "
            "nothing is sent."
        )
        return Check("worker", CheckState.WARNING, message, start)
    if vitals.oldest_seconds > LATE_SECONDS:
        message = f"A delivery has been due for {vitals.oldest_seconds:,.0f} s."
        return Check("worker", CheckState.WARNING, message, "Look at `lifecycle deliveries list`.")
    return Check("worker", CheckState.OK, f"One is alive; deliveries waiting: {vitals.waiting:,}.")


def _disk(chosen: Settings) -> Check:
    path = urls.file_of(urls.parse(chosen.database_url))
    folders = [path.parent if path else None, Path(chosen.archive) if chosen.archive else None]
    messages = []
    for folder in filter(None, folders):
        existing = next(place for place in (folder.absolute(), *folder.absolute().parents)
                     if place.exists())  # fmt: skip
        usage = shutil.disk_usage(existing)
        messages.append(f"{usage.free / 1024**3:,.1f} GiB are free for {folder}")
        if usage.free < LEAST_BYTES or usage.free < usage.total * LEAST_SHARE:
            advice = "Make room: `lifecycle db stats` shows what fills the store."
            return Check("disk", CheckState.WARNING, f"Only {messages[-1]}.", advice)
        if folder.exists() and not _can_write(folder):
            advice = "Let the user that runs the service write there."
            return Check("disk", CheckState.PROBLEM, f"Nothing can be written to {folder}.", advice)
    return Check("disk", CheckState.OK, f"{'; '.join(messages) or 'It holds no store here'}.")


def _can_write(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


async def _names(chosen: Settings) -> Checks:
    """Resolve the names that the settings hold."""
    failures = []
    named = dict(_hosts(chosen))
    for host, variable in named.items():
        try:
            await asyncio.get_running_loop().getaddrinfo(host, None)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            failures.append(f"{host} of {variable} has no address ({reason})")
    if failures:
        advice = "Correct the name, or the resolver of this machine (/etc/resolv.conf)."
        yield Check("dns", CheckState.PROBLEM, f"{'; '.join(failures)}.", advice)
    elif named:
        yield Check("dns", CheckState.OK, f"{', '.join(named)} can be resolved.")


def _hosts(chosen: Settings) -> Iterator[tuple[str, str]]:
    for name in ("base_url", "smtp_url", "oidc_issuer"):
        if host := urlsplit(getattr(chosen, name) or "").hostname:
            yield host, settings.PREFIX + name.upper()


async def _mail(chosen: Settings, mail: str | None) -> Check:
    if not (chosen.smtp_url and chosen.mail_from):
        advice = "Set LIFECYCLE_SMTP_URL and LIFECYCLE_MAIL_FROM."
        state = CheckState.PROBLEM if mail else CheckState.WARNING
        return Check("mail", state, "No e-mail can be sent: no mail server is set.", advice)
    if mail:
        outcome = await send_test_mail(chosen, mail, now())
        if outcome.succeeded:
            return Check(
                "mail", CheckState.OK, f"A message to {mail} was accepted: {outcome.answer}"
            )
        advice = "Compare LIFECYCLE_SMTP_URL and LIFECYCLE_MAIL_FROM with what the server wants."
        return Check(
            "mail", CheckState.PROBLEM, f"A message to {mail} failed: {outcome.answer}", advice
        )
    server = urlsplit(chosen.smtp_url)
    port = server.port or (465 if server.scheme == "smtps" else 587)
    try:
        connecting = asyncio.open_connection(server.hostname, port)
        _, writer = await asyncio.wait_for(connecting, PROBE_SECONDS)
        writer.close()
    except (OSError, TimeoutError, socket.gaierror) as error:
        message = f"The mail server at {server.hostname}:{port} gives no answer ({error})."
        return Check(
            "mail", CheckState.PROBLEM, message, "Check LIFECYCLE_SMTP_URL, and firewalls."
        )
    message = f"{server.hostname}:{port} can be reached; --mail ADDRESS sends a message."
    return Check("mail", CheckState.OK, message)


async def _address(chosen: Settings) -> Checks:
    """Ask the service where people do, and see whether a proxy answers."""
    if not chosen.base_url:
        is_local = chosen.host in LOCAL
        advice = "Set LIFECYCLE_BASE_URL to the address that people use."
        message = "No address is set, so links lead to where `serve` listens."
        yield Check(
            "address",
            CheckState.OK if is_local else CheckState.WARNING,
            message,
            "" if is_local else advice,
        )
        return
    base = urlsplit(chosen.base_url)
    if base.scheme != "https" and base.hostname not in LOCAL:
        message = f"{chosen.base_url} is not encrypted, and one-click unsubscribing needs https."
        yield Check("https", CheckState.WARNING, message, "Let a proxy serve it by https.")
    url = f"{chosen.base_url.rstrip('/')}/v1/products?limit=1"
    try:
        async with httpx.AsyncClient(timeout=PROBE_SECONDS) as client:
            answer = await client.get(url)
    except httpx.HTTPError as error:
        message = f"{chosen.base_url} gives no answer ({error or type(error).__name__})."
        advice = "Start the service, and check the proxy, the certificate and the firewall."
        yield Check("address", CheckState.PROBLEM, message, advice)
        return
    if answer.status_code not in {200, 401} or not _is_ours(answer):
        message = f"{url} answers {answer.status_code}, and not as this service does."
        advice = "Let the proxy pass the whole path on: see `lifecycle help operating`."
        yield Check("address", CheckState.PROBLEM, message, advice)
        return
    yield Check("address", CheckState.OK, f"{chosen.base_url} leads to the service.")
    yield _proxy(chosen, answer)


def _is_ours(answer: httpx.Response) -> bool:
    try:
        document = answer.json()
    except ValueError:
        return False
    return isinstance(document, dict) and bool({"items", "detail"} & document.keys())


def _proxy(chosen: Settings, answer: httpx.Response) -> Check:
    """Judge by the header ``Server``, which this service never sends, but most proxies do."""
    server = answer.headers.get("server") or answer.headers.get("via")
    if server and not chosen.trusted_proxies:
        message = f"A proxy ({server}) stands before the service, and is not trusted."
        advice = (
            "Set LIFECYCLE_TRUSTED_PROXIES to its address, and let it set X-Forwarded-For; "
            "without that all readers share one quota."
        )
        return Check("proxy", CheckState.WARNING, message, advice)
    if chosen.trusted_proxies and not server:
        message = f"{chosen.trusted_proxies} may name clients; no proxy showed itself."
        return Check("proxy", CheckState.OK, message)
    return Check(
        "proxy",
        CheckState.OK,
        "It is trusted." if server else "No proxy stands before the service.",
    )

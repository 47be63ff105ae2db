"""What a demo needs beside its vendor: settings that reach this machine only, days that pass."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
import msgspec
from sqlalchemy import exists, select

from lifecycle import settings as configuration
from lifecycle.app import DEMO_BEGINS
from lifecycle.audit.chain import By
from lifecycle.demo import simulated_past
from lifecycle.demo.demo_people import PURPOSE
from lifecycle.demo.history import SINCE
from lifecycle.deprecations.models import Deprecation, Notice
from lifecycle.deprecations.states import NoticeState, State
from lifecycle.errors import BadRequest, Problem
from lifecycle.scheduler.cycle import Schedule
from lifecycle.setting_values import is_this_machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.database.store import Store
    from lifecycle.demo.demo_people import DemoPerson
    from lifecycle.demo.history import Note
    from lifecycle.settings import Settings
    from notifications.secrets import Links

BEARER = '-H "Authorization: Bearer $LIFECYCLE_TOKEN"'
FIRST_POLICY = date(2024, 1, 16)
FURTHEST = 730


def opening_of(day: date) -> datetime:
    """Return the moment at which a demo of another day begins."""
    return datetime.combine(day, DEMO_BEGINS)


def check_day(day: date, today: date) -> None:
    """Refuse days on which there is no demo: the vendor's first policy, and so far ahead."""
    first, last = FIRST_POLICY + timedelta(SINCE), today + timedelta(FURTHEST)
    if not first <= day <= last:
        allowed = f"{first} to {last}"
        problem = Problem("--at", "is not a day of the demo", value=str(day), allowed=allowed)
        raise BadRequest(f"The demo can show any day from {allowed}.", problems=[problem])


def confined(chosen: Settings) -> Settings:
    """Let a demo reach its receiver on this machine, and no mail server but one here.

    A demo of another day has a store of its own.
    """
    values: dict[str, object] = {"allow_private_addresses": True}
    if chosen.smtp_url and not is_this_machine(urlsplit(chosen.smtp_url).hostname or ""):
        values["smtp_url"] = None
    if "database_url" not in chosen.sources:
        name = f"demo-{chosen.at}.sqlite3" if chosen.at else "demo.sqlite3"
        values["database_url"] = f"sqlite:///{configuration.default_folder() / name}"
        values["database_direct_url"] = None
    return msgspec.structs.replace(chosen, **values)


def begins(chosen: Settings, now: datetime) -> datetime:
    """Return the moment up to which a demo's past is told: now, or an earlier day that is asked."""
    return min(now, opening_of(chosen.at)) if chosen.at else now


def note_months() -> Note:
    """Return what says, on the error stream, which month of the demo is being made."""
    last = ""

    def note(day: date) -> None:
        nonlocal last
        month = f"{day:%Y-%m}"
        if month != last:
            click.echo(f"Making the demo: {month}", err=True)
            last = month

    return note


async def let_pass(
    store: Store, begun: datetime, chosen: Settings, *, note: Note | None = None
) -> None:
    """Let a vendor that has just begun see to what is due, then the days up to the one asked for.

    What went out on the days between is invented, as its past is; that day's own is left to the
    worker.
    """
    schedule = Schedule(store)
    await schedule.tick(begun)
    until = opening_of(chosen.at) if chosen.at else begun
    day = begun.date() - timedelta(1)
    while (at := opening_of(day := day + timedelta(1))) < until:
        if at <= begun:
            continue
        if note:
            note(day)
        async with store.reading() as session:
            due = await _is_due(session, at)
        if not due:
            continue
        async with store.writing() as session:
            await simulated_past.publish(session, by=By("demo", at), today=at.date())
        await schedule.tick(at)
        async with store.writing() as session:
            await simulated_past.deliver(session, at)


async def _is_due(session: AsyncSession, at: datetime) -> bool:
    """Return whether a day holds anything: a notice, an announcement, a planned release."""
    notice = exists().where(Notice.state == NoticeState.WAITING, Notice.due_at <= at)
    scheduled = exists().where(
        Deprecation.state == State.SCHEDULED, Deprecation.announce_on <= at.date()
    )
    planned = simulated_past.planned(at.date()).exists()
    return bool(await session.scalar(select(notice | scheduled | planned)))


def open_page(address: str) -> None:
    """Say where to look first."""
    click.echo(f"See what Clairdash supports:\n\n  {address}/products/clairdash\n")


def sign_in_paths(people: Iterable[DemoPerson], links: Links) -> dict[str, str]:
    """Return the path at which each of the demo's people signs in, by how they are introduced."""
    return {
        person.introduction: f"/sign-in/demo/{links.sign(PURPOSE, str(person.token_id))}"
        for person in people
    }


def introduce(address: str, people: Mapping[str, str]) -> None:
    """Say where one signs in as each of the demo's people."""
    for introduction, path in people.items():
        click.echo(f"Sign in as {introduction}:\n\n  {address}{path}\n")


def suggest(address: str, *, needs_token: bool) -> None:
    """Say what a demo's API has to show, and how to see its notices arrive."""
    clairdash = f"{address}/v1/products/clairdash"
    curl = f"curl -s {BEARER} " if needs_token else "curl -s "
    tries = [
        f"{curl}'{clairdash}/versions/3.35.2?tier=enterprise'",
        f"{curl}'{clairdash}/support?tier=enterprise'",
        f"{curl}'{clairdash}/entitlements?tier=enterprise&opened_at=2026-11-20T17:30:00-05:00'",
        f"{curl}'{address}/v1/deprecations'",
    ]
    token = ", with the admin token in LIFECYCLE_TOKEN" if needs_token else ""
    click.echo(f"Worth trying{token}:\n\n  " + "\n  ".join(tries) + "\n")
    click.echo("To see notices arrive, run this in another terminal:\n")
    click.echo("  lifecycle demo-receiver\n")
    click.echo(
        "Webhooks may reach private addresses here, which a service in production refuses, and"
        " e-mail goes to a mail server on this machine only.\n"
    )

"""What a start of the service does once: the store, the first admin token, the demo vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from lifecycle.accounts import queries, tokens
from lifecycle.audit.models import AuditHead
from lifecycle.cli import demo_setup
from lifecycle.cli.backups import shown
from lifecycle.cli.local_store import opened
from lifecycle.database import schema_upgrade
from lifecycle.demo import demo_people, installation
from lifecycle.demo.demo_people import DemoPerson
from lifecycle.keys import check_key, secret_key
from notifications.secrets import Vault

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.settings import Settings


class Started(msgspec.Struct, frozen=True):
    """What a start did: the token it made, if any, the migrations it ran, and a demo's people."""

    token: str | None = None
    ran: tuple[str, ...] = ()
    people: tuple[DemoPerson, ...] = ()


async def prepare(settings: Settings, *, demo: bool, by: By) -> Started:
    """Create or migrate the store, fill in the demo, and make sure there is an admin token.

    All in one transaction: a start that fails leaves no token behind that nobody was shown.
    """
    before = await schema_upgrade.upgrade_for(settings)
    begun = msgspec.structs.replace(by, at=demo_setup.begins(settings, by.at))
    async with opened(settings.database_url) as store:
        await check_key(settings, store)
        async with store.writing() as session:
            await _alone(session)
            vault = Vault(secret_key(settings)) if demo else None
            note = demo_setup.note_months()
            place = f"The store {shown(settings.database_url)}"
            filled = vault and await installation.fill(
                session, by=begun, vault=vault, note=note, place=place
            )
            token = await _first_token(session, settings.admin_token, by=by)
            people = await demo_people.ensure_people(session, by=begun) if demo else ()
        if filled:
            await demo_setup.let_pass(store, begun.at, settings, note=note)
    return Started(token, before.pending, people)


async def _alone(session: AsyncSession) -> None:
    """Wait for others that start at the same moment, so that only one of them makes a token."""
    await session.execute(select(AuditHead.seq).with_for_update())


async def _first_token(session: AsyncSession, chosen: str | None, *, by: By) -> str | None:
    """Take the admin token the operator chose, or make one if there is no token at all."""
    if chosen:
        await tokens.ensure_admin(session, chosen, by=by)
        return None
    if await queries.list_tokens(session):
        return None
    _, secret = await tokens.create(session, label="first start", scope="admin", by=by)
    return secret

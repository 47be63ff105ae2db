"""Sealing anew, with the newest secret key, what older ones sealed; and making a newer key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from lifecycle.accounts.models import PrivateFeed
from lifecycle.audit.actions import append
from notifications import sealing
from notifications.secrets import WrongKeyError

if TYPE_CHECKING:
    from lifecycle.audit.chain import By
    from lifecycle.database.store import Store
    from notifications.secrets import Vault

AT_ONCE = 200
ROTATED = "key.rotated"


class Rotation(msgspec.Struct):
    """How much was sealed anew, and what no key opens: addresses, and accounts' feeds."""

    resealed: int = 0
    lost: list[str] = msgspec.field(default_factory=list)


async def rotate_key(store: Store, vault: Vault, *, by: By) -> Rotation:
    """Seal anew, some rows in each transaction, what the newest key does not open.

    Broken off, it goes on when repeated: what is sealed with the newest key is passed over.
    """
    rotation = Rotation()
    after: int | None = 0
    while after is not None:
        async with store.writing() as session:
            batch = await sealing.reseal(session, vault, after=after, limit=AT_ONCE)
        after = batch.last
        rotation.resealed += batch.resealed
        rotation.lost += batch.lost
    async with store.writing() as session:
        for feed in await session.scalars(select(PrivateFeed).with_for_update()):
            try:
                sealed = vault.reseal(feed.secret)
            except WrongKeyError:
                rotation.lost.append(f"the feed of account {feed.account_id}")
                continue
            if sealed:
                feed.secret = sealed
                rotation.resealed += 1
        if rotation.resealed:
            append(session, by, ROTATED, "key", details={"resealed": rotation.resealed})
    return rotation

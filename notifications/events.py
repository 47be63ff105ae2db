"""What is told to whoever keeps evidence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession


class Event(msgspec.Struct, frozen=True):
    """What happened here, for whoever keeps evidence; addresses only as digests."""

    owner: str
    action: str
    details: dict[str, object]


Record: TypeAlias = Callable[[AsyncSession, Event], Awaitable[None]]


class Vault(Protocol):
    """What keeps secrets at rest unreadable."""

    def encrypt(self, text: str) -> str:
        """Return what may be stored."""
        ...

    def decrypt(self, token: str) -> str:
        """Return the text."""
        ...

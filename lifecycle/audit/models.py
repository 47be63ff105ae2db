from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from lifecycle.database.base import Base
from lifecycle.database.types import Json


class AuditEntry(Base):
    """One entry of the chain, as it was hashed; of one that is ``erased`` the hash alone."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "product", "seq"), Index(None, "actor", "seq"))

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    product: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    previous: Mapped[str]
    hash: Mapped[str]
    erased: Mapped[bool] = mapped_column(default=False, server_default=false())


class AuditHead(Base):
    """The one row that says where the chain ends; whoever appends holds it until the commit."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]

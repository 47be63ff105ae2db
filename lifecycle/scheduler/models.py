from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lifecycle.database.base import Base, Id


class Mark(Base):
    """How far something that happens by itself has come; whoever does it holds the row meanwhile.

    ``day`` is the last local day it was done for, ``seq`` the audit entry it has taken notice of.
    """

    __tablename__ = "schedule_marks"

    name: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date | None]
    seq: Mapped[int] = mapped_column(BigInteger, default=0)


class Concern(Base):
    """Something found on the way that needs a person; one of a kind about a subject."""

    __tablename__ = "concerns"
    __table_args__ = (UniqueConstraint("kind", "subject"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    product: Mapped[str]
    since: Mapped[datetime]
    message: Mapped[str]

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lifecycle.database.base import Base, Id, partial_index
from lifecycle.database.types import Json
from lifecycle.deprecations.states import Affected, affected_now


class Deprecation(Base):
    """A change announced, or to be announced.

    ``content`` is what a manager wrote, as the latest revision has it; ``days`` the effective day
    of each tier once announced, ``first_effective_on`` and ``last_effective_on`` its ends.
    ``state`` is draft, scheduled, announced or withdrawn: a day decides what is effective.
    ``number`` counts the immutable revisions, 0 before the announcement; ``revision`` every
    change. ``announce_on`` is the day on which it announces itself, ``announce_waiver`` the waiver
    it then uses. ``implied_key`` keeps an end that follows from a policy from being found twice;
    ``caused_by`` is the version whose release causes it, if one does.
    """

    __tablename__ = "deprecations"
    __table_args__ = (Index(None, "product_id", "state"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    origin: Mapped[str]
    implied_key: Mapped[str | None] = mapped_column(unique=True)
    caused_by: Mapped[str | None]
    state: Mapped[str]
    kind: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    days: Mapped[dict[str, str]] = mapped_column(Json)
    first_effective_on: Mapped[date | None]
    last_effective_on: Mapped[date | None]
    announce_on: Mapped[date | None]
    announce_waiver: Mapped[str | None]
    announced_on: Mapped[date | None]
    announced_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    number: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class Revision(Base):
    """A deprecation as it was announced or amended; never changed.

    ``owed`` tells for each tier the period it is owed, the earliest permissible day and the policy
    it comes from. ``on_day`` is the local day of the change.
    """

    __tablename__ = "deprecation_revisions"

    deprecation_id: Mapped[int] = mapped_column(ForeignKey("deprecations.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change: Mapped[str]
    on_day: Mapped[date]
    at: Mapped[datetime]
    actor: Mapped[str]
    reason: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    days: Mapped[dict[str, str]] = mapped_column(Json)
    owed: Mapped[dict[str, Any]] = mapped_column(Json)
    policy: Mapped[str | None]
    waiver_id: Mapped[int | None] = mapped_column(ForeignKey("waivers.id"))


class Target(Base):
    """A version string, of a release or an instance, that a revision affects."""

    __tablename__ = "deprecation_targets"

    deprecation_id: Mapped[int] = mapped_column(ForeignKey("deprecations.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str] = mapped_column(primary_key=True)


class Notice(Base):
    """The message for one milestone of a deprecation's revision.

    ``uid`` derives from deprecation, revision, milestone and day. ``effective_on`` names the tiers
    it is for where their days differ (None: all). It is due at an instant, on a local day; its
    recipients are found in chunks: those of accounts up to ``filled_to`` have their deliveries.
    ``state`` is waiting, filling, filled, skipped or cancelled.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("uid"),
        Index(None, "state", "due_at"),
        Index(None, "deprecation_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str]
    deprecation_id: Mapped[int] = mapped_column(ForeignKey("deprecations.id"))
    number: Mapped[int]
    milestone: Mapped[str]
    days_before: Mapped[int | None]
    effective_on: Mapped[date | None]
    due_on: Mapped[date]
    due_at: Mapped[datetime]
    state: Mapped[str]
    filled_to: Mapped[int] = mapped_column(BigInteger, default=0)
    fill_up_to: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


NOT_TOLD = "why_not IS NOT NULL"


class Recipient(Base):
    """An account that a deprecation affects, surely or possibly, as of the day it was found.

    ``effective_on`` is the day announced to it, which stands whatever tier it moves to.
    ``number`` is the revision that first reached it. ``why_possibly`` says why it is told though
    it reports nothing affected: of one that was ``affected`` for sure, since its later reports
    leave that open, and it still gets every notice. ``moved_on`` is the day from which it runs
    nothing affected; ``why_not`` is the recorded reason where it could not be told.
    """

    __tablename__ = "recipients"
    __table_args__ = (
        Index(None, "account_id"),
        partial_index("ix_recipients_not_told", "deprecation_id", "account_id", where=NOT_TOLD),
    )

    deprecation_id: Mapped[int] = mapped_column(ForeignKey("deprecations.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    tier: Mapped[str]
    affected: Mapped[str]
    why_possibly: Mapped[str | None]
    effective_on: Mapped[date]
    number: Mapped[int]
    found_on: Mapped[date]
    why_not: Mapped[str | None]
    moved_on: Mapped[date | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]

    @property
    def affected_now(self) -> Affected:
        """Whether it runs what changes, as its reports say now."""
        return affected_now(self.affected, self.why_possibly)

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

if TYPE_CHECKING:
    from sqlalchemy import Dialect

Name = String().with_variant(String(collation="C"), "postgresql")
Id = BigInteger().with_variant(Integer(), "sqlite")


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, whatever the store keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"An instant needs a time zone: {value.isoformat()}"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Base(DeclarativeBase):
    """A table of this package, which knows no other."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Instant(), str: Name}


class SubscriptionState(StrEnum):
    """Whether an address is told: ``pending`` awaits its confirmation.

    ``disabled`` failed, ``paused`` was asked to rest by its owner; both have their notices held.
    """

    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"
    REMOVED = "removed"


class DeliveryState(StrEnum):
    """How far a delivery has come.

    ``held`` waits for its disabled or paused subscription; ``exhausted`` failed ten times (and is
    tried daily while it has a ``due_at``); ``cancelled`` will not be sent, for its ``reason``.
    """

    WAITING = "waiting"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"
    HELD = "held"
    CANCELLED = "cancelled"


OPEN = "state IN ('waiting', 'held', 'exhausted')"
EXHAUSTED = "state = 'exhausted'"
DISABLED = "state = 'disabled'"
PAUSED = "state = 'paused'"
UNDELIVERED = "state <> 'delivered'"
"""Conditions of indexes; a statement must say them in these words, not by a parameter."""


class DeliveryKind(StrEnum):
    """What is delivered: a notice, a test message, whether an address is right, how to sign in."""

    NOTICE = "notice"
    TEST = "test"
    CONFIRMATION = "confirmation"
    SIGN_IN = "sign_in"


class Subscription(Base):
    """Where an owner wants its notices; an owner is an opaque word.

    ``uid`` derives from owner, channel and address, so that what is stored again bears the same
    ids. A chat ``address`` and the secrets are encrypted. ``target`` is what may be slow or down:
    a host. ``failing_since`` is the first failure of an unbroken row of them, ``unsubscribed_at``
    when its reader wanted no more: only the reader can take that back.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("owner", "channel", "address_digest"),
        Index(None, "target"),
        # Partial: without statistics SQLite takes an index on all states for the better way to an
        # owner's addresses, and reads every active one for each account.
        Index(
            "ix_subscriptions_disabled",
            "id",
            sqlite_where=text(DISABLED),
            postgresql_where=text(DISABLED),
        ),
        Index(
            "ix_subscriptions_paused",
            "owner",
            sqlite_where=text(PAUSED),
            postgresql_where=text(PAUSED),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    owner: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str]
    address_digest: Mapped[str]
    target: Mapped[str]
    state: Mapped[str]
    secret: Mapped[str | None]
    former_secret: Mapped[str | None]
    former_secret_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]
    paused_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    wanted: Mapped[list[SubscriptionTopic]] = relationship(
        lazy="raise",
        order_by="SubscriptionTopic.topic",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    @property
    def topics(self) -> list[str]:
        """The topics, sorted; they must have been loaded."""
        return sorted(topic.topic for topic in self.wanted)


class SubscriptionTopic(Base):
    """One topic of a subscription: ``product:clairdash``, or ``*`` for all."""

    __tablename__ = "subscription_topics"
    __table_args__ = (Index(None, "topic"),)

    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True
    )
    topic: Mapped[str] = mapped_column(primary_key=True)


class Delivery(Base):
    """One message to one subscription: a row of the outbox, and its evidence afterwards.

    ``notice_id`` is the caller's number of what is told, ``thread`` the caller's number of what it
    is told about: a later message of a thread supersedes the earlier ones. ``due_at`` is the next
    attempt; without it there is none to come. ``lease_owner`` holds it until ``lease_until``.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("notice_id", "subscription_id"),
        Index(
            "ix_deliveries_due_at",
            "due_at",
            "target",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(None, "subscription_id", "state"),
        Index(None, "owner", "thread"),
        Index(
            "ix_deliveries_thread",
            "thread",
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        Index(
            "ix_deliveries_undelivered",
            "state",
            "id",
            sqlite_where=text(UNDELIVERED),
            postgresql_where=text(UNDELIVERED),
        ),
        Index(
            "ix_deliveries_exhausted",
            "id",
            sqlite_where=text(EXHAUSTED),
            postgresql_where=text(EXHAUSTED),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    notice_id: Mapped[int | None] = mapped_column(BigInteger)
    thread: Mapped[int | None] = mapped_column(BigInteger)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    owner: Mapped[str]
    target: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    first_tried_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Attempt(Base):
    """One try of a delivery; ``body_sha256`` is of the bytes that were sent."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "delivery_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    milliseconds: Mapped[int]
    succeeded: Mapped[bool]
    status: Mapped[int | None]
    answer: Mapped[str | None]
    body_sha256: Mapped[str | None]

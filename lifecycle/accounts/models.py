from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lifecycle.database.base import Base, Id
from lifecycle.database.types import Json


class Account(Base):
    """A customer, with its tiers over time and what it runs.

    One that was erased keeps its row for the evidence, under a pseudonym.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    tiers: Mapped[list[AccountTier]] = relationship(
        lazy="raise", order_by="AccountTier.from_day", back_populates="account"
    )
    instances: Mapped[list[Instance]] = relationship(
        lazy="raise", order_by="Instance.name", back_populates="account"
    )


class AccountTier(Base):
    """The tier an account has from a day on, until the next row's day."""

    __tablename__ = "account_tiers"
    __table_args__ = (UniqueConstraint("account_id", "from_day"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    from_day: Mapped[date]
    tier: Mapped[str]
    account: Mapped[Account] = relationship(lazy="raise", back_populates="tiers")


class Instance(Base):
    """A deployment an account runs."""

    __tablename__ = "instances"
    __table_args__ = (UniqueConstraint("account_id", "name"), Index(None, "product", "version"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    product: Mapped[str]
    version: Mapped[str]
    environment: Mapped[str | None]
    tier: Mapped[str | None]
    features: Mapped[list[str] | None] = mapped_column(Json)
    last_seen: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    account: Mapped[Account] = relationship(lazy="raise", back_populates="instances")


class Token(Base):
    """The right to do something, proven by a secret of which only the hash is kept."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    label: Mapped[str]
    prefix: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    scope: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Person(Base):
    """Someone of the vendor's, by what their identity provider calls them for good."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    name: Mapped[str]
    scope: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]


class SignedInSession(Base):
    """A browser that is signed in: by a token, as a person, or by a link sent to an account.

    Of its secret only the hash is kept. It ends with what it was given by.
    """

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    hash: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    browser: Mapped[str]
    token_id: Mapped[int | None] = mapped_column(
        ForeignKey("tokens.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    subscription: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInRequest(Base):
    """That a link to sign in was asked for, be the address known or not; kept for an hour."""

    __tablename__ = "sign_in_requests"
    __table_args__ = (Index(None, "address_digest"), Index(None, "requested_at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address_digest: Mapped[str]
    requested_at: Mapped[datetime]


class SignInLink(Base):
    """A link that has signed somebody in, until it would have expired anyway."""

    __tablename__ = "used_sign_in_links"
    __table_args__ = (Index(None, "used_at"),)

    link: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]


class PrivateFeed(Base):
    """The secret address of an account's calendar and feed: encrypted, and hashed to be found."""

    __tablename__ = "private_feeds"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    secret: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]

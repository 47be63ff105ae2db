from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from lifecycle.database.base import Base, Id, partial_index
from lifecycle.database.types import Json, JsonList


class Product(Base):
    """What is versioned and supported; one that is not ``public`` is in no public answer.

    ``endoflife`` names the tiers that stand for endoflife.date's phases, and ``presentation`` is
    how the product is shown in lists of others.
    """

    __tablename__ = "products"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    scheme: Mapped[str]
    line_by: Mapped[str]
    identifiers: Mapped[list[str]] = mapped_column(Json)
    aliases: Mapped[list[str]] = mapped_column(JsonList, default=list, nullable=True)
    public: Mapped[bool] = mapped_column(default=True, server_default=true())
    endoflife: Mapped[dict[str, str] | None] = mapped_column(Json)
    presentation: Mapped[dict[str, Any] | None] = mapped_column(Json)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class Release(Base):
    """One version of a product, at its place in the product's order.

    ``given_line`` is the line the release came with; ``line`` is the one it belongs to.
    """

    __tablename__ = "releases"
    __table_args__ = (
        partial_index(
            "uq_releases_product_id_version",
            "product_id",
            "version",
            unique=True,
            where="voided_at IS NULL",
        ),
        Index(None, "product_id", "rank", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    version: Mapped[str]
    rank: Mapped[int] = mapped_column(BigInteger)
    line: Mapped[str | None]
    given_line: Mapped[str | None]
    major: Mapped[str | None]
    minor: Mapped[str | None]
    patch: Mapped[str | None]
    prerelease: Mapped[bool]
    stage: Mapped[str | None]
    released_on: Mapped[date | None]
    planned_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    restored_on: Mapped[date | None]
    notes_url: Mapped[str | None]
    registered_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)


class Line(Base):
    """What a line of releases declares about itself."""

    __tablename__ = "lines"
    __table_args__ = (UniqueConstraint("product_id", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    name: Mapped[str]
    declared: Mapped[dict[str, str | bool]] = mapped_column(Json)
    lts: Mapped[str | bool | None] = mapped_column(Json)
    codename: Mapped[str | None]
    released_on: Mapped[date | None]
    position: Mapped[int]
    presentation: Mapped[dict[str, Any] | None] = mapped_column(Json)
    revision: Mapped[int] = mapped_column(default=1)


class Feature(Base):
    """A capability or feature flag of a product, with its stages.

    ``former_stages`` are those that were taken out of its history: what was promised with them
    stays promised. ``depends_on`` are the keys of the features it needs. One that is not
    ``public`` is in no public answer.
    """

    __tablename__ = "features"
    __table_args__ = (UniqueConstraint("product_id", "key"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    key: Mapped[str]
    name: Mapped[str]
    stages: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    tiers: Mapped[list[str] | None] = mapped_column(Json)
    default: Mapped[bool | str | None] = mapped_column(Json)
    former_stages: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    depends_on: Mapped[list[str]] = mapped_column(Json, default=list)
    public: Mapped[bool] = mapped_column(default=True, server_default=true())
    registered_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)


class Sync(Base):
    """When a source of a product's facts was last read with success, by the source's format."""

    __tablename__ = "syncs"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    synced_at: Mapped[datetime]


class StoredPolicy(Base):
    """One version of a product's policy document; one that was replaced never counted.

    Once a notice relies on it, it can no longer be replaced.
    """

    __tablename__ = "policies"
    __table_args__ = (
        partial_index(
            "uq_policies_product_id_version",
            "product_id",
            "version",
            unique=True,
            where="replaced_at IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    name: Mapped[str]
    version: Mapped[str]
    in_force_from: Mapped[date]
    tiers: Mapped[list[str]] = mapped_column(Json)
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    registered_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    relied_on_at: Mapped[datetime | None]


class Waiver(Base):
    """A recorded decision, by a named person, to let a rule be broken, until its last day.

    ``deprecation`` (its uid) or ``rule`` (a gate's, on ``subject``: a feature or line) says for
    what; ``reason`` is law, security, third_party or other.
    """

    __tablename__ = "waivers"
    __table_args__ = (Index(None, "product_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    deprecation: Mapped[str | None]
    rule: Mapped[str | None]
    subject: Mapped[str | None]
    person: Mapped[str]
    reason: Mapped[str]
    explanation: Mapped[str]
    until: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    revoked_at: Mapped[datetime | None]


class PublishedEvent(Base):
    """An event of a product's lifecycle as it was published; such rows are only ever added.

    ``subject`` tells what it is about, in words that only later events are compared by. Number 0 is
    not an event: its ``body`` has the identifiers under which the first ones were published.
    """

    __tablename__ = "published_events"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    type: Mapped[str]
    subject: Mapped[str]
    day: Mapped[date]
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    published_at: Mapped[datetime]

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

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
        """Give the moment back in UTC."""
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
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Instant(), str: Name}


class Subscription(Base):
    """Where an owner wants its notices; an owner is an opaque word."""

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("owner", "channel", "address"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    owner: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str]
    topics: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime]

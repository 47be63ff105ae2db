from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from lifecycle.database.base import Base
from lifecycle.database.types import Json


class IdempotencyKey(Base):
    """The answer one request got under its key, so that the same request gets it again.

    ``id`` is a digest of token, method, path and key, which may be longer than an index takes.
    """

    __tablename__ = "idempotency_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(Json)
    body: Mapped[Any | None] = mapped_column(Json)
    redacted: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(index=True)

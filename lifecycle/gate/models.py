from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lifecycle.database.base import Base, Id
from lifecycle.database.types import Json


class GateVerdict(Base):
    """What CI asked of a release, what it was told, and the facts that rested on; never changed.

    ``uid`` derives from the answer, so the same question on the same facts is the same verdict.
    ``day`` is the release's, ``at`` the local day it was asked for.
    """

    __tablename__ = "gate_verdicts"
    __table_args__ = (Index(None, "product_id", "id"), Index(None, "product_id", "version", "id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    version: Mapped[str]
    day: Mapped[date]
    at: Mapped[date]
    verdict: Mapped[str]
    decided: Mapped[bool]
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]

"""OpenEoX: when a release became available, and when its sales and its support end.

A document of the core is of one release; a shell holds those of several. Times whose day nobody
knows yet are to be announced: ``tba``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CORE_SCHEMA: Final = "https://docs.oasis-open.org/openeox/v1.0/schema/core.json"
"""What documents of the core name as their schema; the committee has renamed it before."""
SHELL_SCHEMA: Final = "https://docs.oasis-open.org/openeox/tbd/schema/shell.json"
"""The same of shells, of which there is a draft."""
MEDIA_TYPE: Final = "application/json"
TBA: Final = "tba"

_LIFE, _SALES = "end_of_life", "end_of_sales"
_SECURITY, _AVAILABLE = "end_of_security_support", "general_availability"
_REQUIRED: Final = ("$schema", _LIFE, _SECURITY, "last_updated")
_TIMES: Final = (_AVAILABLE, _SALES, _SECURITY, _LIFE)
_RFC_3339: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
)


class EoxRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What one release's document says; None is to be announced.

    ``general_availability`` is left out where the release came out after its line's end, and
    ``end_of_sales`` where nobody knows it, or where it was not between those two.
    """

    last_updated: datetime
    end_of_sales: datetime | None = None
    general_availability: datetime | None
    end_of_security_support: datetime | None
    end_of_life: datetime | None


class EoxStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A release as a shell names it, with its record."""

    vendor_name: str
    product_name: str
    product_version: str
    core: EoxRecord


class EoxFinding(NamedTuple):
    """What a document of the core breaks: one of the specification's tests, or its schema.

    Those of sections 7.2 and 7.3 leave it valid: they are recommendations and remarks.
    """

    test: str
    message: str

    @property
    def is_error(self) -> bool:
        """Whether the document is not valid."""
        return not self.test.startswith(("7.2", "7.3"))


def core_members(record: EoxRecord) -> dict[str, str]:
    """Return a record as a document has it.

    >>> record = EoxRecord(last_updated=datetime(2026, 1, 1, tzinfo=UTC), end_of_life=None,
    ...     general_availability=None, end_of_security_support=None)
    >>> core_members(record)["end_of_life"]
    'tba'
    """
    members = {
        "$schema": CORE_SCHEMA,
        _AVAILABLE: _written(record.general_availability),
        _SECURITY: _written(record.end_of_security_support),
        _LIFE: _written(record.end_of_life),
        "last_updated": _written(record.last_updated),
    }
    ends = (record.end_of_security_support, record.end_of_life)
    began = record.general_availability
    if began is not None and any(end is not None and end < began for end in ends):
        del members[_AVAILABLE]
    sales, life = record.end_of_sales, record.end_of_life
    if sales and not (began and sales < began) and not (life and life < sales):
        members[_SALES] = _written(sales)
    return members


def write_core(record: EoxRecord) -> bytes:
    """Write the document of one release."""
    return msgspec.json.encode(core_members(record))


def write_shell(statements: Iterable[EoxStatement]) -> bytes:
    """Write the documents of several releases, at least of one, into one."""
    listed = [
        {
            "vendorName": statement.vendor_name,
            "productName": statement.product_name,
            "productVersion": statement.product_version,
            "core": core_members(statement.core),
        }
        for statement in statements
    ]
    return msgspec.json.encode({"$schema": SHELL_SCHEMA, "statements": listed})


def judge_core(document: dict[str, Any]) -> list[EoxFinding]:
    """Judge a document of the core as the specification's tests do.

    >>> document = {"$schema": CORE_SCHEMA, "end_of_life": "2025-01-31T00:00:00Z",
    ...     "end_of_security_support": "tba", "last_updated": "2025-01-01T00:00:00Z"}
    >>> [(finding.test, finding.is_error) for finding in judge_core(document)]
    [('7.2.1', False)]
    """
    shape = list(_shape(document))
    return shape or list(_order(document))


def _shape(document: dict[str, Any]) -> Iterator[EoxFinding]:
    for name in _REQUIRED:
        if name not in document:
            yield EoxFinding("schema", f"{name} is missing")
    for name in document.keys() - {*_REQUIRED, *_TIMES}:
        yield EoxFinding("schema", f"{name} is not known")
    if document.get("$schema", CORE_SCHEMA) != CORE_SCHEMA:
        yield EoxFinding("schema", f"$schema is not {CORE_SCHEMA}")
    for name in ("last_updated", *_TIMES):
        value = document.get(name, TBA)
        is_open = value == TBA and (name != "last_updated" or name not in document)
        if not is_open and _read(value) is None:
            yield EoxFinding("7.1.2", f"{name} is not a timestamp such as 2026-01-31T23:59:59Z")


def _order(document: dict[str, Any]) -> Iterator[EoxFinding]:
    times = {name: _read(document[name]) for name in _TIMES if name in document}
    dated = {name: time for name, time in times.items() if time is not None}
    life, sales, security = dated.get(_LIFE), dated.get(_SALES), dated.get(_SECURITY)
    for name, time in dated.items():
        if life is not None and time > life:
            yield EoxFinding("7.1.1", f"{name} is later than {_LIFE}")
        if _AVAILABLE in dated and time < dated[_AVAILABLE]:
            yield EoxFinding("7.1.3", f"{name} is earlier than {_AVAILABLE}")
    for name in times.keys() - dated.keys():
        if life is not None:
            yield EoxFinding("7.2.1", f"{name} is to be announced, though {_LIFE} is known")
    if times.get(_AVAILABLE, life) is None and _AVAILABLE in times and dated:
        yield EoxFinding("7.2.2", f"{_AVAILABLE} is to be announced, though an end is known")
    if sales is not None and security is not None and security < sales:
        yield EoxFinding("7.3.1", f"{_SECURITY} is earlier than {_SALES}")


def _read(value: Any) -> datetime | None:
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _written(instant: datetime | None) -> str:
    """Write an instant with its zone's offset, so that its day is the one that was promised."""
    if instant is None:
        return TBA
    text = instant.isoformat(timespec="seconds")
    return f"{text.removesuffix('+00:00')}Z" if instant.utcoffset() == UTC.utcoffset(None) else text

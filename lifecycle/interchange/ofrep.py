"""OpenFeature's Remote Evaluation Protocol, 0.3: the shapes of its questions and answers (pure).

https://openfeature.dev/docs/reference/other-technologies/ofrep
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from lifecycle.documents.patterns import END, KEY, SLUG, Version
from lifecycle.errors import BadRequest, Problem

SEPARATOR: Final = ":"
"""Between a product and the key of its feature in the key of a flag; neither holds one."""

_ACCOUNT: Final = ("context", "context.targetingKey")

MetadataValue: TypeAlias = bool | str | int | float


class ErrorCode(StrEnum):
    """Why a flag has no value."""

    PARSE_ERROR = "PARSE_ERROR"
    TARGETING_KEY_MISSING = "TARGETING_KEY_MISSING"
    INVALID_CONTEXT = "INVALID_CONTEXT"
    GENERAL = "GENERAL"
    FLAG_NOT_FOUND = "FLAG_NOT_FOUND"


class Reason(StrEnum):
    """Why a flag has the value it has; ours depend on who asks, always."""

    TARGETING_MATCH = "TARGETING_MATCH"


class FlagContext(msgspec.Struct, frozen=True, rename="camel"):
    """What an application says of itself: the account, and which of its deployments asks.

    Other members are for other services, and are not read.
    """

    targeting_key: Annotated[str, msgspec.Meta(pattern="^" + SLUG + END)]
    product: Annotated[str, msgspec.Meta(pattern="^" + SLUG + END)] | None = None
    version: Version | None = None
    instance: Annotated[str, msgspec.Meta(pattern="^" + KEY + END)] | None = None


class EvaluationIn(msgspec.Struct, frozen=True):
    """The body of a question."""

    context: FlagContext


class EvaluatedFlag(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A flag with its value, or with an error code that says why it has none."""

    key: str
    value: bool | UnsetType = UNSET
    reason: Reason | UnsetType = UNSET
    variant: str | UnsetType = UNSET
    metadata: dict[str, MetadataValue] | UnsetType = UNSET
    error_code: ErrorCode | UnsetType = UNSET
    error_details: str | UnsetType = UNSET


class BulkFailure(msgspec.Struct, frozen=True, rename="camel"):
    """Why no flag was evaluated."""

    error_code: ErrorCode
    error_details: str


class EvaluatedFlags(msgspec.Struct, frozen=True):
    """All flags of what an account runs."""

    flags: tuple[EvaluatedFlag, ...]
    metadata: dict[str, MetadataValue]


def error_code_of(error: BadRequest) -> ErrorCode:
    """Return the code for a question that could not be read, by what is wrong with it."""
    if not error.problems:
        return ErrorCode.PARSE_ERROR
    if any(problem.field in _ACCOUNT and problem.value is None for problem in error.problems):
        return ErrorCode.TARGETING_KEY_MISSING
    return ErrorCode.INVALID_CONTEXT


def flag_key(product: str, feature: str) -> str:
    """Return the key of a flag where no product is given.

    >>> flag_key("clairdash", "rest-v1")
    'clairdash:rest-v1'
    """
    return f"{product}{SEPARATOR}{feature}"


def split_key(key: str, product: str | None) -> tuple[str, str]:
    """Return the product and the feature that a flag's key names.

    Raise ``BadRequest`` where no product is given, nor named by the key.

    >>> split_key("rest-v1", "clairdash"), split_key("clairdash:rest-v1", None)
    (('clairdash', 'rest-v1'), ('clairdash', 'rest-v1'))
    """
    named, separator, feature = key.rpartition(SEPARATOR)
    if separator and product in (None, named):
        return named, feature
    if product is not None:
        return product, key
    allowed = "a product in the context, or its name before the key: product:key"
    problem = Problem("context.product", "is missing", allowed=allowed)
    raise BadRequest(f"{key[:100]!r} does not name a product; send {allowed}.", problems=[problem])

"""What an operation asks of its callers to be let in, before and after a release (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.documents.storable_text import shown
from lifecycle.gate.derivation.differences import Difference, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.derivation.specifications import Operation

Requirement = dict[str, frozenset[str]]
"""Schemes that are needed together, with the scopes of each."""


def compare_security(old: Operation, new: Operation) -> Iterator[Difference]:
    """Yield the ways to authenticate that are gone or need more, and note those that are new.

    >>> _is_enough({"key": frozenset()}, {"key": frozenset({"write"})})
    False
    """
    before, after = _requirements(old), _requirements(new)
    for requirement in before:
        if not any(_is_enough(requirement, later_requirement) for later_requirement in after):
            message = (
                "no longer suffices as authorization"
                if after
                else "is no longer accepted as authorization"
            )
            yield Difference(Weight.BREAK, f"{_named(requirement)} {message}")
    if after and not before:
        ways = " or ".join(map(_named, after))
        yield Difference(Weight.NOTE, f"its callers must now be authorized by {ways}")


def _requirements(operation: Operation) -> list[Requirement]:
    own = operation.part.at("security")
    stated = operation.document.at("security") if own.value is None else own
    listed = [
        {str(name): _scopes(scopes.value) for name, scopes in alternative.items()}
        for alternative in stated.each()
        if isinstance(alternative.value, dict)
    ]
    return [alternative for alternative in listed if alternative]


def _scopes(listed: object) -> frozenset[str]:
    return frozenset(map(str, listed)) if isinstance(listed, list) else frozenset()


def _is_enough(credentials: Requirement, needed: Requirement) -> bool:
    return all(
        name in credentials and scopes <= credentials[name] for name, scopes in needed.items()
    )


def _named(requirement: Requirement) -> str:
    return " with ".join(
        shown(f"{name} ({', '.join(sorted(scopes))})" if scopes else name)
        for name, scopes in requirement.items()
    )

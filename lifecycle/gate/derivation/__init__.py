"""Manifests derived from what a vendor has already: API descriptions, feature gates, git."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.errors import BadRequest
from lifecycle.gate.manifests import check_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from lifecycle.gate.manifests import Manifest


SHOWN: Final = 3
"""How many reasons for a break are told."""


class NotDerived(BadRequest):
    """No manifest can be derived from these sources."""


class Derived(msgspec.Struct, frozen=True, kw_only=True):
    """What one source says of a release; ``notes`` tell people what the rest follows from.

    ``uncompared`` are features of which the source cannot tell whether they break.
    """

    version: str | None = None
    removes: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    uncompared: tuple[str, ...] = ()
    stages: dict[str, str] = {}
    notes: tuple[str, ...] = ()


def operation_note(name: str, key: str, consequence: str, reasons: Sequence[str]) -> str:
    """Tell what an operation does to its callers, and the first reasons.

    >>> operation_note("GET /a", "get.a", "breaks its callers", ["one", "two", "three", "four"])
    'GET /a (get.a) breaks its callers: one; two; three and 1 more.'
    """
    more = f" and {len(reasons) - SHOWN} more" if len(reasons) > SHOWN else ""
    return f"{name} ({key}) {consequence}: {'; '.join(reasons[:SHOWN])}{more}."


def combine(
    pieces: Iterable[Derived], *, product: str, version: str | None, day: date | None = None
) -> Manifest:
    """Return the manifest that the pieces make together; ``version`` overrides a derived one.

    A feature that two sources see differently is refused.
    """
    pieces = list(pieces)
    stages: dict[str, str] = {}
    for piece in pieces:
        for key, stage in piece.stages.items():
            if stages.setdefault(key, stage) != stage:
                raise NotDerived(f"{key} is {stages[key]} by one source and {stage} by another.")
    removes = dict.fromkeys(key for piece in pieces for key in piece.removes)
    if contradicting := [key for key in removes if key in stages]:
        key = contradicting[0]
        raise NotDerived(f"{key} is removed by one source and {stages[key]} by another.")
    broken = dict.fromkeys(key for piece in pieces for key in piece.breaks if key not in removes)
    missed = dict.fromkeys(key for piece in pieces for key in piece.uncompared)
    unsure = [key for key in missed if key not in removes and key not in broken]
    version = version or next((piece.version for piece in pieces if piece.version), None)
    if version is None:
        raise NotDerived("The release has no version; give --version, or --from-git to find it.")
    values: dict[str, Any] = {"product": product, "version": version, "day": day}
    changes = {
        "removes": list(removes),
        "breaks": list(broken),
        "uncompared": unsure,
        "stages": stages,
    }
    return check_manifest(values | {name: part for name, part in changes.items() if part})

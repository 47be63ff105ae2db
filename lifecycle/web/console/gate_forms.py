"""What is pasted or uploaded for the gate: a manifest, or two descriptions of an API (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.errors import BadRequest, LifecycleError, Problem
from lifecycle.gate import derivation
from lifecycle.gate.derivation import openapi
from lifecycle.gate.manifests import Manifest, read_manifest, write_manifest

if TYPE_CHECKING:
    from datetime import date

LARGEST_DESCRIPTION: Final = 4 << 20
AROUND: Final = 2
"""So many lines before and after a mistake are shown with it."""
LONGEST_LINE: Final = 200
NO_VERSION: Final = "version: \n"
NOTHING: Final = "removes: []\nbreaks: []\ndrops: []\nstages: {}\n"

_LINE: Final = re.compile(r"\bline (\d{1,7})\b", re.IGNORECASE)


class MarkedLine(msgspec.Struct, frozen=True):
    """A line of a text, and what is wrong there; ``is_apart`` where others are left out before."""

    number: int
    text: str
    mistakes: tuple[str, ...] = ()
    is_apart: bool = False


class DerivedManifest(msgspec.Struct, frozen=True):
    """A manifest with what it follows from, in sentences."""

    manifest: Manifest
    notes: tuple[str, ...]


def first_text(product: str, version: str | None, day: str | None) -> str:
    """Return a manifest to begin with: what is known of the release, and what it may say.

    >>> first_text("clairdash", "3.10", None).splitlines()[:3]
    ['product: clairdash', "version: '3.10'", 'removes: []']
    """
    stated = write_manifest({"product": product, "version": version, "day": day})
    return f"{stated}{'' if version else NO_VERSION}{NOTHING}"


def read_question(text: str, product: str) -> Manifest:
    """Read a manifest that is about a product."""
    if not text.strip():
        message = "is empty; paste a manifest, or choose a file"
        raise BadRequest(f"The manifest {message}.", problems=[Problem("manifest", message)])
    manifest = read_manifest(text).manifest
    if manifest.product != product:
        message = f"is {manifest.product!r}, but this page asks about {product!r}"
        raise BadRequest(f"product {message}.", problems=[Problem("product", message)])
    return manifest


def derive_manifest(
    old: str, new: str, *, product: str, version: str, day: date | None, today: date
) -> DerivedManifest:
    """Derive what a release changes from an API's description before it and after it."""
    for field, text in (("old", old), ("new", new)):
        if not text.strip():
            message = "is empty; paste an OpenAPI description, or choose a file"
            raise BadRequest(f"{field} {message}.", problems=[Problem(field, message)])
        if len(text) > LARGEST_DESCRIPTION:
            message = f"has {len(text):,} characters; at most {LARGEST_DESCRIPTION:,} are compared"
            raise BadRequest(f"{field} {message}.", problems=[Problem(field, message)])
    try:
        found = openapi.derive_from_texts(old.encode(), new.encode(), day=day or today)
    except BadRequest as refusal:
        field = "new" if refusal.detail.startswith(openapi.NEW) else "old"
        raise BadRequest(refusal.detail, problems=_of_text(field, refusal)) from None
    manifest = derivation.combine([found], product=product, version=version, day=day)
    return DerivedManifest(manifest, found.notes)


def _of_text(field: str, refusal: BadRequest) -> list[Problem]:
    """Return what is wrong with a description as problems of the field that it stands in."""
    problems = refusal.problems or (Problem("", refusal.detail),)
    return [Problem(field, str(problem), allowed=problem.allowed) for problem in problems]


def mark_mistakes(text: str, refusal: LifecycleError) -> list[MarkedLine]:
    """Return the lines of a text at which a refusal finds mistakes, with those around them."""
    lines = text.split("\n")
    mistakes: dict[int, list[str]] = {}
    for problem in refusal.problems:
        where = _LINE.search(problem.message) or _LINE.search(problem.field)
        if where and 1 <= int(where[1]) <= len(lines):
            mistakes.setdefault(int(where[1]), []).append(_said(problem))
    shown = sorted(
        {
            number
            for place in mistakes
            for number in range(place - AROUND, place + AROUND + 1)
            if 1 <= number <= len(lines)
        }
    )
    return [
        MarkedLine(
            number,
            lines[number - 1][:LONGEST_LINE],
            tuple(mistakes.get(number, ())),
            is_apart=bool(place) and shown[place - 1] != number - 1,
        )
        for place, number in enumerate(shown)
    ]


def _said(problem: Problem) -> str:
    field = "" if _LINE.search(problem.field) else f"{problem.field} "
    message = re.sub(r" \(line \d+\)$", "", problem.message)
    allowed = f"; allowed: {problem.allowed}" if problem.allowed else ""
    return f"{field}{message}{allowed}"

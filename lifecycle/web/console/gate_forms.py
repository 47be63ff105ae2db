"""What is pasted or uploaded for the gate: a manifest, or two descriptions of an API (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.errors import BadRequest, Problem
from lifecycle.gate import derivation
from lifecycle.gate.derivation import openapi
from lifecycle.gate.manifests import Manifest, read_manifest, write_manifest

if TYPE_CHECKING:
    from datetime import date

LARGEST_DESCRIPTION: Final = 4 << 20
NO_VERSION: Final = "version: \n"
NOTHING: Final = "removes: []\nbreaks: []\ndrops: []\nstages: {}\n"


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
        derived = openapi.derive_from_texts(old.encode(), new.encode(), day=day or today)
    except BadRequest as refusal:
        field = "new" if refusal.detail.startswith(openapi.NEW) else "old"
        raise BadRequest(refusal.detail, problems=_of_text(field, refusal)) from None
    manifest = derivation.combine([derived], product=product, version=version, day=day)
    return DerivedManifest(manifest, derived.notes)


def _of_text(field: str, refusal: BadRequest) -> list[Problem]:
    """Return what is wrong with a description as problems of the field that it stands in."""
    problems = refusal.problems or (Problem("", refusal.detail),)
    return [Problem(field, str(problem), allowed=problem.allowed) for problem in problems]

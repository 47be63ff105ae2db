"""Manifests: what CI says of a release before it goes out, read and checked as a whole."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import msgspec

from lifecycle.catalogue.catalogue_inputs import Key, StageName
from lifecycle.documents import (
    Document,
    Format,
    Path,
    decode,
    lines_of_json,
    load_with_lines,
)
from lifecycle.documents.document_problems import count_mistakes, list_problems
from lifecycle.documents.mismatches import Mismatch, walk_mismatches
from lifecycle.documents.parsed_documents import path_text
from lifecycle.documents.patterns import FeatureKey, Text
from lifecycle.documents.patterns import Version as VersionText
from lifecycle.documents.type_descriptions import says
from lifecycle.errors import BadRequest, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST: Final = 50
"""How many mistakes are told one by one."""

_REMOVED: Final = "removed"
_TOML: Final = re.compile(r"""(?:\s|#[^\n]*\n)*+[\w."'-]+[ \t]*=""")


_Product: TypeAlias = Annotated[
    Key,
    says(
        "a product's slug, such as clairdash: lower-case letters, digits, dots, dashes and"
        " underscores, at most 100"
    ),
]
_Version: TypeAlias = Annotated[
    VersionText, says("a version as it is published, such as 3.40.0, in at most 200 characters")
]
_Feature: TypeAlias = Annotated[
    FeatureKey,
    says("a feature's key: letters, digits, dots, dashes and underscores, at most 100"),
]
_LINE: Final = says("a line's name, such as 3.34, in at most 500 characters")
_Line: TypeAlias = Annotated[Text, _LINE]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A release: its version and day, and what it changes (design, section 6).

    ``day`` left out is the day asked. ``removes`` and ``breaks`` name features, ``stages`` those
    that it brings or moves, ``drops`` lines dropped beside those the policy implies.
    ``uncompared`` are features that may break: whoever compared them could not tell. ``line`` is
    for products whose lines are declared, ``stage`` for a release that is itself pre-GA.
    """

    product: _Product
    version: _Version
    day: Annotated[date | None, says("a day, as YYYY-MM-DD")] = None
    removes: tuple[_Feature, ...] = ()
    breaks: tuple[_Feature, ...] = ()
    uncompared: tuple[_Feature, ...] = ()
    stages: dict[_Feature, StageName] = {}
    drops: tuple[_Line, ...] = ()
    line: Annotated[Text | None, _LINE] = None
    stage: StageName | None = None


class ReadManifest(msgspec.Struct, frozen=True):
    """A manifest, and the document it was read from, which knows the lines of its parts."""

    manifest: Manifest
    document: Document


class InvalidManifest(BadRequest):
    """The manifest has mistakes."""


_LISTS: Final = ("removes", "breaks", "uncompared", "drops")
_KEYS: Final = Manifest.__struct_fields__


def read_manifest(
    text: str | bytes,
    *,
    format: Format | None = None,  # noqa: A002 - the word every caller uses
) -> ReadManifest:
    r"""Return the manifest that a document of at most 1 MiB states, in YAML, JSON or TOML.

    Everything wrong with it is said at once. A version is what is written, so that ``3.10`` is not
    3.1, and a feature whose stage is ``removed`` is one that the release removes.

    >>> read_manifest("product: clairdash\nversion: 3.10").manifest.version
    '3.10'
    """
    content = decode(text)
    if format is None and _TOML.match(content):
        format = "toml"  # noqa: A001
    document = load_with_lines(content, format=format, numbers_as_text=True)
    if not document.lines:
        document = Document(document.value, lines_of_json(content))
    return _read(document)


def check_manifest(values: dict[str, Any]) -> Manifest:
    """Return the manifest that values make, where there is no document."""
    return _read(Document(values, {})).manifest


def write_manifest(manifest: Manifest | Mapping[str, Any]) -> str:
    r"""Write a manifest, or as much as is known of one, in YAML; what it leaves out stays out.

    >>> write_manifest(Manifest(product="clairdash", version="3.10"))
    "product: clairdash\nversion: '3.10'\n"
    """
    import yaml  # noqa: PLC0415 -- commands that only read JSON start without it

    plain: dict[str, Any] = msgspec.to_builtins(manifest)
    # A list in a tuple's place: only lists have a form in plain YAML.
    stated = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in plain.items()
        if value
    }
    written: str = yaml.safe_dump(stated, sort_keys=False, allow_unicode=True)
    return written


def _read(document: Document) -> ReadManifest:
    value = document.value
    if not isinstance(value, dict):
        fault = "is empty" if value is None else "is not a mapping of keys to values"
        raise InvalidManifest(
            f"The manifest {fault}; give at least `product: …` and `version: …`.",
            problems=[Problem("", fault, allowed=", ".join(_KEYS))],
        )
    written = _as_written(value)
    if mistakes := [*walk_mismatches(written, Manifest), *_twice(written)]:
        raise InvalidManifest(
            f"The manifest has {count_mistakes(mistakes)}.",
            problems=list_problems(document, mistakes, most=MOST),
        )
    return _normal(Document(written, document.lines))


def _as_written(value: Any) -> Any:
    """Take a plain ``2026-01-31`` for the version or line of that name, as any other number."""
    if isinstance(value, dict):
        return {key: _as_written(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_as_written(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def _twice(value: dict[str, Any]) -> list[Mismatch]:
    """Find what is named twice, in one list or in two that exclude each other."""
    removed: dict[str, Path] = {}
    repetitions = [m for key in _LISTS for m in _repeated(key, value.get(key))]
    for place, entry in _entries(value.get("removes")):
        removed.setdefault(entry, ("removes", place))
    stages = value.get("stages")
    for key, stage in stages.items() if isinstance(stages, dict) else ():
        if key in removed:
            where = path_text(removed[key])
            message = f"is already removed by {where}; keep one"
            repetitions.append(Mismatch(("stages", key), message, stage, None))
        elif stage == _REMOVED:
            removed[key] = ("stages", key)
    for place, entry in _entries(value.get("breaks")):
        if entry in removed:
            message = (
                f"is removed by {path_text(removed[entry])}, which already breaks it; keep one"
            )
            repetitions.append(Mismatch(("breaks", place), message, entry, None))
    return repetitions


def _repeated(key: str, entries: Any) -> list[Mismatch]:
    places: dict[str, int] = {}
    repetitions: list[Mismatch] = []
    for place, entry in _entries(entries):
        first = places.setdefault(entry, place)
        if first != place:
            message = f"is given twice, first as {key}[{first}]; keep one"
            repetitions.append(Mismatch((key, place), message, entry, None))
    return repetitions


def _entries(entries: Any) -> list[tuple[int, str]]:
    listed = enumerate(entries) if isinstance(entries, list | tuple) else ()
    return [(place, entry) for place, entry in listed if isinstance(entry, str)]


def _normal(document: Document) -> ReadManifest:
    """Return the manifest with all that it removes in one place; lines still lead to each part."""
    value = dict(document.value)
    removes, stages = list(value.get("removes", ())), dict(value.get("stages", {}))
    lines = dict(document.lines)
    for key in [key for key, stage in stages.items() if stage == _REMOVED]:
        del stages[key]
        if line := document.line_of(("stages", key)):
            lines["removes", len(removes)] = line
        removes.append(key)
    value |= {"removes": removes, "stages": stages}
    return ReadManifest(msgspec.convert(value, Manifest), Document(document.value, lines))

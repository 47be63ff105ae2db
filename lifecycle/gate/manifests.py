"""Manifests: what CI says of a release before it goes out, read and checked as a whole."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final, NamedTuple, get_args

import msgspec

from lifecycle.catalogue.catalogue_inputs import Key, StageName
from lifecycle.documents import (
    Document,
    Format,
    Path,
    UnfitText,
    check_text,
    decode,
    lines_of_json,
    load_with_lines,
)
from lifecycle.documents.patterns import FeatureKey, Text
from lifecycle.documents.patterns import Version as VersionText
from lifecycle.documents.refusals import path_text
from lifecycle.documents.storable_text import is_blank, near, shown
from lifecycle.errors import BadRequest, Problem

MOST: Final = 50
"""How many mistakes are told one by one."""

_STAGES: Final[tuple[str, ...]] = get_args(StageName)
_REMOVED: Final = "removed"
_TOML: Final = re.compile(r"""(?:\s|#[^\n]*\n)*+[\w."'-]+[ \t]*=""")


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A release: its version and day, and what it changes (design, section 6).

    ``day`` left out is the day asked. ``removes`` and ``breaks`` name features, ``stages`` those
    that it brings or moves, ``drops`` lines dropped beside those the policy implies.
    ``uncompared`` are features that may break: whoever compared them could not tell. ``line`` is
    for products whose lines are declared, ``stage`` for a release that is itself pre-GA.
    """

    product: Key
    version: VersionText
    day: date | None = None
    removes: tuple[FeatureKey, ...] = ()
    breaks: tuple[FeatureKey, ...] = ()
    uncompared: tuple[FeatureKey, ...] = ()
    stages: dict[FeatureKey, StageName] = {}
    drops: tuple[Text, ...] = ()
    line: Text | None = None
    stage: StageName | None = None


class ReadManifest(msgspec.Struct, frozen=True):
    """A manifest, and the document it was read from, which knows the lines of its parts."""

    manifest: Manifest
    document: Document


class InvalidManifest(BadRequest):
    """The manifest has mistakes."""


class Mistake(NamedTuple):
    """Where, what is wrong, what is allowed there, and the words one of which may be meant."""

    path: Path
    message: str
    allowed: str | None
    words: tuple[str, ...] = ()


class _Leaf(msgspec.Struct, frozen=True):
    """What a single value may be, for the check and in words."""

    kind: Any
    allowed: str


_FEATURE: Final = _Leaf(
    FeatureKey, "a feature's key: letters, digits, dots, dashes and underscores, at most 100"
)
_LINE: Final = _Leaf(Text, "a line's name, such as 3.34, in at most 500 characters")
_STAGE: Final = _Leaf(StageName, f"one of {', '.join(_STAGES)}")
_LEAVES: Final = {
    "product": _Leaf(
        Key,
        "a product's slug, such as clairdash: lower-case letters, digits, dots, dashes and"
        " underscores, at most 100",
    ),
    "version": _Leaf(
        VersionText, "a version as it is published, such as 3.40.0, in at most 200 characters"
    ),
    "day": _Leaf(date, "a day, as YYYY-MM-DD"),
    "line": _LINE,
    "stage": _STAGE,
}
_LISTS: Final = {"removes": _FEATURE, "breaks": _FEATURE, "uncompared": _FEATURE, "drops": _LINE}
_REQUIRED: Final = ("product", "version")
_KEYS: Final = Manifest.__struct_fields__


def read_manifest(
    text: str | bytes,
    *,
    format: Format | None = None,  # noqa: A002 - the word every caller uses
) -> ReadManifest:
    r"""Give the manifest that a document of at most 1 MiB states, in YAML, JSON or TOML.

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
    """Give the manifest that values make which come from no document."""
    return _read(Document(values, {})).manifest


def _read(document: Document) -> ReadManifest:
    value = document.value
    if not isinstance(value, dict):
        what = "is empty" if value is None else "is no mapping of keys to values"
        raise InvalidManifest(
            f"The manifest {what}; give at least `product: …` and `version: …`.",
            problems=[Problem("", what, allowed=", ".join(_KEYS))],
        )
    if mistakes := [*_unknown(value), *_misshapen(value), *_twice(value)]:
        raise _refusal(document, mistakes)
    return _normal(document)


def _unknown(value: dict[str, Any]) -> list[Mistake]:
    known = ", ".join(_KEYS)
    found = [
        Mistake((key,), "is not known here", known, _KEYS) for key in value if key not in _KEYS
    ]
    missing = (key for key in _REQUIRED if key not in value)
    return found + [Mistake((key,), "is required", _LEAVES[key].allowed) for key in missing]


def _misshapen(value: dict[str, Any]) -> list[Mistake]:
    found: list[Mistake] = []
    for key, leaf in _LEAVES.items():
        given = value.get(key)
        if key in value and (given is not None or key in _REQUIRED):
            found += _unlike(leaf, (key,), given)
    for key, leaf in _LISTS.items():
        given = value.get(key, [])
        if isinstance(given, list | tuple):
            found += [m for n, each in enumerate(given) for m in _unlike(leaf, (key, n), each)]
        else:
            message = "must be a list; where there is none, leave it out"
            found.append(Mistake((key,), message, "a list"))
    return found + _misshapen_stages(value.get("stages", {}))


def _misshapen_stages(stages: Any) -> list[Mistake]:
    if not isinstance(stages, dict):
        message = "must be a mapping of features to stages; where there is none, leave it out"
        return [Mistake(("stages",), message, "a mapping, such as {ai-builder: ga}")]
    found: list[Mistake] = []
    for key, stage in stages.items():
        found += _unlike(_FEATURE, ("stages", key), key)
        found += _unlike(_STAGE, ("stages", key), stage)
    return found


def _unlike(leaf: _Leaf, path: Path, value: Any) -> list[Mistake]:
    try:
        msgspec.convert(_text(value, leaf), leaf.kind)
        # The kinds' patterns let controls beyond ASCII and lone surrogates pass.
        if isinstance(value, str):
            check_text(value)
    except (msgspec.ValidationError, UnfitText):
        words = _STAGES if leaf is _STAGE and isinstance(value, str) else ()
        return [Mistake(path, f"must be {leaf.allowed}", leaf.allowed, words)]
    if isinstance(value, str) and is_blank(value):
        return [Mistake(path, f"is empty; give {leaf.allowed}", leaf.allowed)]
    return []


def _text(value: Any, leaf: _Leaf) -> Any:
    """Take a plain ``2026-01-31`` for the version or line of that name, as any other number."""
    return value.isoformat() if isinstance(value, date) and leaf.kind is not date else value


def _twice(value: dict[str, Any]) -> list[Mistake]:
    """Find what is named twice, in one list or in two that exclude each other."""
    removed: dict[str, Path] = {}
    found = [m for key in _LISTS for m in _repeated(key, value.get(key))]
    for place, each in _entries(value.get("removes")):
        removed.setdefault(each, ("removes", place))
    stages = value.get("stages")
    for key, stage in stages.items() if isinstance(stages, dict) else ():
        if key in removed:
            where = path_text(removed[key])
            message = f"is removed by {where} already; keep one"
            found.append(Mistake(("stages", key), message, None))
        elif stage == _REMOVED:
            removed[key] = ("stages", key)
    for place, each in _entries(value.get("breaks")):
        if each in removed:
            message = f"is removed by {_path(removed[each])}, which breaks it already; keep one"
            found.append(Mistake(("breaks", place), message, None))
    return found


def _repeated(key: str, entries: Any) -> list[Mistake]:
    seen: dict[str, int] = {}
    found: list[Mistake] = []
    for place, each in _entries(entries):
        first = seen.setdefault(each, place)
        if first != place:
            message = f"is given twice, first as {key}[{first}]; keep one"
            found.append(Mistake((key, place), message, None))
    return found


def _entries(entries: Any) -> list[tuple[int, str]]:
    listed = enumerate(entries) if isinstance(entries, list | tuple) else ()
    return [(place, str(each)) for place, each in listed if isinstance(each, str | date)]


def _refusal(document: Document, mistakes: list[Mistake]) -> InvalidManifest:
    ordered = sorted(mistakes, key=lambda mistake: document.line_of(mistake.path) or 0)
    problems = [_problem(document, mistake) for mistake in ordered[:MOST]]
    if (more := len(ordered) - MOST) > 0:
        problems.append(Problem("", f"and {more:,} more"))
    count = "1 mistake" if len(ordered) == 1 else f"{len(ordered):,} mistakes"
    return InvalidManifest(f"The manifest has {count}.", problems=problems)


def _problem(document: Document, mistake: Mistake) -> Problem:
    line = document.line_of(mistake.path)
    place = f" (line {line})" if line else ""
    value: Any = document.value
    for part in mistake.path:
        value = value[part] if isinstance(part, int) or part in value else None
    message = f"{mistake.message}{_meant(mistake, value)}{place}"
    return Problem(_path(mistake.path), message, value=_plain(value), allowed=mistake.allowed)


def _meant(mistake: Mistake, value: Any) -> str:
    """Suggest the word that may be meant, of a key or else of a value; looking takes a while."""
    word = mistake.path[-1] if mistake.words is _KEYS else value
    return near(str(word), mistake.words) if mistake.words else ""


def _path(path: Path) -> str:
    return path_text(path)


def _plain(value: Any) -> Any:
    """Reduce a value to what any answer can show."""
    if value is None or isinstance(value, bool):
        return value
    return None if isinstance(value, dict | list | tuple) else shown(str(value))


def _normal(document: Document) -> ReadManifest:
    """Give the manifest with all that it removes in one place; lines still lead to each part."""
    value = dict(document.value)
    removes, stages = list(value.get("removes", ())), dict(value.get("stages", {}))
    lines = dict(document.lines)
    for key in [key for key, stage in stages.items() if stage == _REMOVED]:
        del stages[key]
        if line := document.line_of(("stages", key)):
            lines["removes", len(removes)] = line
        removes.append(key)
    value |= {"removes": removes, "stages": stages}
    for key in ("version", "line"):
        value[key] = _text(value.get(key), _LEAVES[key])
    for key, leaf in _LISTS.items():
        value[key] = tuple(_text(each, leaf) for each in value.get(key, ()))
    return ReadManifest(msgspec.convert(value, Manifest), Document(document.value, lines))

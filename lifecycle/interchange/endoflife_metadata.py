"""What endoflife.date's files say of a product and its cycles beside days and versions."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from lifecycle.catalogue.presentations import LinePresentation, Presentation
from lifecycle.documents.mismatches import find_mismatches
from lifecycle.interchange import endoflife_former_keys as former_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lifecycle.documents import Path
    from lifecycle.interchange.row_problems import Problems

COLUMNS: Final = {
    "eoasColumn": "active_support",
    "eolColumn": "end_of_life",
    "eoesColumn": "extended_support",
    "discontinuedColumn": "discontinued",
    "latestColumn": "latest",
    "releaseDateColumn": "released_on",
}
TEXTS: Final = {
    "category": "category",
    "iconSlug": "icon",
    "releasePolicyLink": "policy_url",
    "versionCommand": "version_command",
    "changelogTemplate": "notes_template",
    "releaseLabel": "label_template",
    "LTSLabel": "lts_label",
}
LINE_KEYS: Final = {
    "label": "releaseLabel",
    "latest_on": "latestReleaseDate",
    "notes_url": "link",
}
PREFIXED: Final = "repology"
"""Identifiers of this kind do not begin with their kind; here they do."""

Shown = TypeVar("Shown", bound=msgspec.Struct)


def read_presentation(values: dict[str, Any], problems: Problems) -> Presentation:
    """Read how a product is shown; what cannot be read becomes a problem, and is left out."""
    shown: dict[str, Any] = {
        name: _stripped(values[key]) for key, name in TEXTS.items() if values.get(key) is not None
    }
    shown["tags"] = _tags(values.get("tags"))
    columns = [(name, *former_keys.find_column(values, key)) for key, name in COLUMNS.items()]
    shown["columns"] = {name: values[key] for name, key, _ in columns if key in values}
    shown["custom_fields"] = values.get("customFields") or []
    keys = {name: key for key, name in TEXTS.items()} | {"custom_fields": "customFields"}
    return _read_sound(Presentation, shown, keys, (), problems)


def read_line(
    entry: dict[str, Any], days: dict[str, Any], path: Path, problems: Problems
) -> LinePresentation:
    """Read how a cycle is shown; ``days`` are its keys that hold days, true or false."""
    shown: dict[str, Any] = {
        "label": entry.get("releaseLabel"),
        "latest": entry.get("latest") or None,
        "latest_on": days.get("latestReleaseDate"),
        "discontinued": days.get("discontinued"),
        "custom": dict(_custom(entry, path, problems)),
    }
    if "link" in entry:
        shown["notes_url"] = _stripped(entry["link"])
    return _read_sound(LinePresentation, shown, LINE_KEYS, path, problems)


def _read_sound(
    kind: type[Shown],
    shown: dict[str, Any],
    keys: Mapping[str, str],
    path: Path,
    problems: Problems,
) -> Shown:
    """Return what can be read; ``keys`` are the names in the file, where those differ."""
    sound = {}
    for name, value in shown.items():
        try:
            msgspec.convert({name: value}, kind)
            sound[name] = value
        except msgspec.ValidationError:
            for mismatch in find_mismatches({name: value}, kind):
                where = (*path, keys.get(name, name), *mismatch.path[1:])
                message, allowed = mismatch.message, mismatch.allowed
                problems.add(where, message, value=mismatch.value, allowed=allowed)
    return msgspec.convert(sound, kind)


def read_identifiers(values: dict[str, Any], problems: Problems) -> list[str]:
    """Read package URLs, CPEs and names at Repology, each with its kind before a colon."""
    entries = values.get("identifiers") or []
    identifiers = []
    for place, entry in enumerate(entries if isinstance(entries, list) else []):
        if not isinstance(entry, dict):
            problems.add(("identifiers", place), "is not a mapping such as purl: pkg:npm/name")
            continue
        identifiers += [
            f"{kind}:{name}" if kind == PREFIXED else name
            for kind, name in entry.items()
            if isinstance(name, str)
        ]
    return list(dict.fromkeys(identifiers))


OWN_KEYS: Final = frozenset(
    {
        "releaseCycle",
        "releaseLabel",
        "releaseDate",
        "codename",
        "lts",
        "eoas",
        "eol",
        "eoes",
        "discontinued",
        "latest",
        "latestReleaseDate",
        "link",
        "staleReleaseThresholdDays",
        "outOfOrder",
        *former_keys.ENDS.values(),
    }
)
"""What is no custom field; two of them tell the site's own build what to warn of."""


def _custom(entry: dict[str, Any], path: Path, problems: Problems) -> Iterator[tuple[str, str]]:
    """Yield the custom fields as texts, true and false as the file writes them."""
    for name, value in entry.items():
        if name in OWN_KEYS or value is None:
            continue
        if isinstance(value, dict | list):
            problems.add((*path, name), "must be a single value, such as a text or a day")
        elif isinstance(value, bool):
            yield name, "true" if value else "false"
        else:
            yield name, value.isoformat() if isinstance(value, date) else str(value)


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _tags(tags: Any) -> Any:
    return tags.split() if isinstance(tags, str) else tags or []

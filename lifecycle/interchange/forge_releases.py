"""Releases as forges list them: GitHub's API, its command line (``gh``), and GitLab's API.

A tag is the version. GitHub's prereleases are in ``preview`` unless their version says so itself;
that a release is none says nothing of its stage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def is_forge_entry(values: Mapping[str, Any]) -> bool:
    """Return whether an entry is a forge's: it has a tag, and no version.

    >>> is_forge_entry({"tag_name": "v1.0.0"}), is_forge_entry({"version": "1.0.0"})
    (True, False)
    """
    return "version" not in values and ("tag_name" in values or "tagName" in values)


def forge_entry(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return an entry as our lists have it; nothing for a draft, which is not published.

    >>> forge_entry({"tag_name": "v1.0.0", "published_at": "2026-01-31T10:00:00Z", "body": "…"})
    {'version': 'v1.0.0', 'released_at': '2026-01-31T10:00:00Z'}
    >>> forge_entry({"tagName": "v1.0.0", "isDraft": True})
    """
    if values.get("draft") or values.get("isDraft"):
        return None
    links = values.get("_links")
    itself = links.get("self") if isinstance(links, dict) else None
    early = values.get("prerelease") or values.get("isPrerelease")
    entry = {
        "version": values.get("tag_name", values.get("tagName")),
        "released_at": _first(values, "published_at", "publishedAt", "released_at"),
        "stage": "preview" if early else None,
        "notes_url": itself or _first(values, "html_url", "url"),
    }
    return {name: value for name, value in entry.items() if value is not None}


def _first(values: Mapping[str, Any], *names: str) -> Any:
    return next((values[name] for name in names if values.get(name) is not None), None)

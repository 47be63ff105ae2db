"""Policies that come with the package, to start from."""

from __future__ import annotations

from importlib.resources import files

from lifecycle.documents.suggestions import suggest
from lifecycle.errors import NotFound


class UnknownPreset(NotFound):
    """No preset policy has that name."""


def preset_names() -> tuple[str, ...]:
    """Name the presets.

    >>> preset_names()
    ('aptible', 'clairdash', 'declared', 'kubernetes', 'nodejs', 'ubuntu-pro')
    """
    files_here = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(n.removesuffix(".yaml") for n in files_here if n.endswith(".yaml")))


def preset(name: str) -> str:
    """Give the text of a preset policy document."""
    names = preset_names()
    if name in names:
        return files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    hint = suggest(name, names) or f"; use {', '.join(names[:-1])} or {names[-1]}."
    raise UnknownPreset(f"Unknown preset {name!r}{hint}")

"""How commands change a resource: from a file, or by options on top of what stands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from lifecycle.cli.output import show_json
from lifecycle.cli.quietness import confirm_done
from lifecycle.errors import LifecycleError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path


class Basis(NamedTuple):
    """What a change builds on, and the revision it was read at; None where nothing is there.

    ``before`` is what stands already, also where a file replaces it.
    """

    facts: dict[str, Any]
    revision: int | None
    before: Mapping[str, Any]


def basis(read: Callable[[], Any], fields: Collection[str], file: Path | None = None) -> Basis:
    """Return what is in a file, or else those fields of what stands already, if it does.

    Of what stands, the revision is returned, so that nobody else's change is undone.
    """
    document = read_if_known(read)
    revision = None if document is None else document["revision"]
    if file is not None:
        from lifecycle.cli.inputs import read_mapping  # noqa: PLC0415 -- options alone need no YAML

        return Basis(read_mapping(file, "names and values"), revision, document or {})
    facts = {name: document[name] for name in fields} if document is not None else {}
    return Basis(facts, revision, document or {})


def read_if_known(read: Callable[[], Any]) -> Any:
    """Return what is read, or None if it does not exist."""
    try:
        return read()
    except LifecycleError as error:
        if error.status_code != NotFound.status_code:
            raise
        return None


def chosen(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the options that were not given.

    >>> chosen({"name": "Clairdash", "aliases": (), "scheme": None, "public": False})
    {'name': 'Clairdash', 'public': False}
    """
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value not in (None, ())
    }


def dropped(before: Mapping[str, Any], stored: Mapping[str, Any], lists: Mapping[str, str]) -> str:
    """Say, after a sentence, what a change took out of lists; ``lists`` are what people call them.

    A list that is gone as a whole, as tiers are where every tier counts, took nothing out.

    >>> before = {"aliases": ["gadget", "gizmo"], "tiers": ["pro"]}
    >>> stored = {"aliases": ["gizmo", "thing"], "tiers": None}
    >>> dropped(before, stored, {"aliases": "aliases", "tiers": "tiers"})
    ' Removed from its aliases: gadget.'
    >>> dropped({}, stored, {"aliases": "aliases"})
    ''
    """
    sentences = []
    for name, title in lists.items():
        remaining = stored.get(name)
        if remaining is None:
            continue
        losses = [str(entry) for entry in before.get(name) or () if entry not in remaining]
        if losses:
            sentences.append(f" Removed from its {title}: {', '.join(losses)}.")
    return "".join(sentences)


def report(answer: Any, sentence: str, style: str) -> None:
    """Print what a change answered, for programs, or in a sentence."""
    if style == "json":
        show_json(answer)
    else:
        confirm_done(sentence)


def report_gone(address: str, sentence: str, style: str, *, outcome: str = "removed") -> None:
    """Print what is gone: for programs its address and what became of it, or a sentence."""
    report({"address": address, "outcome": outcome}, sentence, style)


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal whether to go on; elsewhere nobody could answer."""
    if not yes and sys.stdin.isatty():
        click.confirm(question, abort=True, err=True)

"""How a draft is edited: by values on the command line, from a file, or in the user's editor."""

from __future__ import annotations

import json
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import click

from lifecycle.errors import BadRequest, LifecycleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

EMPTY: dict[str, Any] = {
    "lines": None,
    "range": None,
    "feature": None,
    "whole_product": False,
    "tiers": None,
    "from_version": None,
    "effective_on": None,
    "reason": "",
    "migration": None,
    "replacement": None,
    "links": [],
}
"""What may change about a draft beside its kind, each as it is where nothing is said."""
HEAD = """\
# The draft {id} of {product}. Save to change it; leave the file as it is to change nothing.
# A line that is taken out clears what it says.
"""


def changes_of(
    draft: Mapping[str, Any],
    *,
    file: Path | None,
    settings: Sequence[str],
    days: str | dict[str, str] | None = None,
) -> tuple[dict[str, Any], str]:
    """Return what changes about a draft, and the text that an editor left behind, if one ran."""
    if file is not None or settings or days:
        day = {"effective_on": days} if days else {}
        return _from_file(file) | dict(map(_setting, settings)) | day, ""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("Give FILE, --effective-on or --set; only a terminal has an editor.")
    plain = json.loads(json.dumps(draft))  # with lists for tuples, as a document has them
    text = _in_editor(plain)
    return (_edited(plain, text), text) if text else ({}, "")


def keeping(text: str, change: Callable[[], Any]) -> Any:
    """Make a change; where it is refused, keep what was written in the editor, and say where."""
    try:
        return change()
    except LifecycleError as error:
        if text:
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", prefix="draft-", suffix=".yaml", delete=False
            ) as copy:
                copy.write(text)
            error.detail += f" What you wrote is kept in {copy.name}."
        raise


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    from lifecycle.cli.deprecation_bodies import read  # noqa: PLC0415 -- seldom needed

    return {name: value for name, value in read(file).items() if name != "product"}


def _setting(text: str) -> tuple[str, Any]:
    """Read a name and its value, as YAML has it.

    >>> _setting("lines=[3.10, 3.9]"), _setting("migration=null")
    (('lines', ['3.10', '3.9']), ('migration', None))
    """
    from lifecycle.documents import load  # noqa: PLC0415 -- seldom needed

    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.UsageError(f"--set {text!r} is not NAME=VALUE, such as reason='It is old'.")
    return name.strip(), load(value, numbers_as_text=True) if value.strip() else ""


def _in_editor(draft: Mapping[str, Any]) -> str | None:
    """Return what the user's editor leaves; None if nothing was saved."""
    from lifecycle.documents.yaml_documents import write_yaml  # noqa: PLC0415 -- seldom needed

    shown = {"kind": draft["kind"]} | {name: draft[name] for name in EMPTY if _says(draft, name)}
    return click.edit(HEAD.format_map(draft) + write_yaml(shown), extension=".yaml")


def _edited(draft: Mapping[str, Any], text: str) -> dict[str, Any]:
    from lifecycle.documents import load  # noqa: PLC0415 -- seldom needed

    document = keeping(text, lambda: load(text, numbers_as_text=True))
    if not isinstance(document, dict):
        raise BadRequest("The draft is empty; `lifecycle deprecation delete` deletes it.")
    removed = [name for name in EMPTY if _says(draft, name) and name not in document]
    return {name: EMPTY[name] for name in removed} | {
        name: value for name, value in document.items() if value != draft.get(name, ...)
    }


def _says(draft: Mapping[str, Any], name: str) -> bool:
    return draft[name] not in (None, False, "", [])

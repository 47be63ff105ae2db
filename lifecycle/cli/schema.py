"""`lifecycle schema`: the shapes of the files that people write, for their editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from lifecycle.cli.example_commands import Command
from lifecycle.cli.output import show_json

if TYPE_CHECKING:
    from collections.abc import Callable

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@click.command("schema", cls=Command, example="lifecycle schema policy")
@click.argument("form", type=click.Choice(["policy", "manifest", "ignores"]))
def command(form: str) -> None:
    """Print the JSON Schema of a file that people write, for their editors.

    They complete and check the file by it. It is made of what reads such a file; what only the
    whole document shows, such as two tiers of one rank, `policy validate`, the gate and the check
    find.
    """
    show_json(schema_of(form))


def schema_of(form: str) -> dict[str, Any]:
    """Return the schema of a form in JSON Schema 2020-12."""
    return {"$schema": DIALECT} | MAKERS[form]()


def _policy() -> dict[str, Any]:
    from lifecycle.policy.schema import PolicyIn  # noqa: PLC0415 -- one of several

    return _plain(msgspec.json.schema(PolicyIn))


def _manifest() -> dict[str, Any]:
    from lifecycle.gate.manifests import Manifest  # noqa: PLC0415 -- one of several

    return _plain(msgspec.json.schema(Manifest))


def _ignores() -> dict[str, Any]:
    """Return the schema of a list of entries, which may stand under ``ignore``."""
    from lifecycle.cli.ignores import Ignore  # noqa: PLC0415 -- one of several

    schema = _plain(msgspec.json.schema(list[Ignore]))
    entry = schema["$defs"]["Ignore"]
    entry["oneOf"] = [{"required": ["product"]}, {"required": ["purl"]}]
    wrapped = {
        "type": "object",
        "properties": {"ignore": {"$ref": "#/$defs/Ignores"}},
        "required": ["ignore"],
        "additionalProperties": False,
    }
    listed = {"type": "array", "items": schema["items"]}
    return {
        "anyOf": [{"$ref": "#/$defs/Ignores"}, wrapped],
        "$defs": schema["$defs"] | {"Ignores": listed},
    }


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema as JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(schema), type=dict[str, Any])


MAKERS: dict[str, Callable[[], dict[str, Any]]] = {
    "policy": _policy,
    "manifest": _manifest,
    "ignores": _ignores,
}

"""What the API's description says of each field: a table of words, kept as data beside this."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from lifecycle.documents.yaml_documents import load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = "openapi_fields.yaml"


class FieldText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a field means, and an example of its values, where those are plain."""

    description: str
    example: Any | UnsetType = UNSET


@cache
def field_texts() -> Mapping[str, FieldText]:
    """Read the table, by ``field``, or ``Schema.field`` where the word means something else."""
    text = files("lifecycle.server").joinpath(FIELDS).read_text(encoding="utf-8")
    rows = msgspec.convert(load_yaml(text, numbers_as_text=False).value, dict[str, FieldText])
    return {name: row for names, row in rows.items() for name in names.split(", ")}


def describe_fields(components: Mapping[str, dict[str, Any]]) -> None:
    """Add to every field what the table says of it."""
    texts = field_texts()
    for schema, component in components.items():
        for field, content in component.get("properties", {}).items():
            text = texts.get(f"{schema}.{field}") or texts.get(field)
            if text is not None:
                content["description"] = text.description
                if text.example is not UNSET:
                    content["examples"] = [text.example]

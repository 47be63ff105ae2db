"""What the API's description says of the headers of answers."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.documents.yaml_documents import load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HEADERS = "openapi_headers.yaml"
REFUSALS = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}
"""Which refusals come with a header."""


class HeaderText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a header means, and one of its values."""

    description: str
    example: str


@cache
def header_texts() -> Mapping[str, HeaderText]:
    """Read the table of headers."""
    text = files("lifecycle.server").joinpath(HEADERS).read_text(encoding="utf-8")
    return msgspec.convert(load_yaml(text, numbers_as_text=False).value, dict[str, HeaderText])


def header_components() -> dict[str, Any]:
    """Return every header's description, for answers to refer to."""
    return {
        name: {
            "description": text.description,
            "schema": {"type": "string"},
            "example": text.example,
        }
        for name, text in header_texts().items()
    }


def describe_headers(response: dict[str, Any], names: Iterable[str]) -> None:
    """Say which headers an answer comes with."""
    for name in names:
        response.setdefault("headers", {})[name] = {"$ref": f"#/components/headers/{name}"}

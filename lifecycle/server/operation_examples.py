"""Examples of requests and answers for the API's description; tests ask each, and compare.

They are kept in ``openapi_examples.json``, in the order in which they can be asked of an empty
store; ``tests/api/record_examples.py`` writes their answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec import UNSET, UnsetType

from lifecycle.server.header_descriptions import describe_headers

EXAMPLES = "openapi_examples.json"
JSON = "application/json"
PARAMETER = re.compile(r"\{[^}]*\}")


class Exchange(msgspec.Struct, frozen=True):
    """What is asked and answered, or sent to a webhook; ``name`` tells examples of one apart.

    ``sets`` are the described headers that came with the answer.
    """

    request: str = ""
    name: str = "example"
    body: Any | UnsetType = UNSET
    status: int = 0
    answer: Any | UnsetType = UNSET
    webhook: str = ""
    headers: dict[str, str] = {}
    sets: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """Return what is asked, as people read it."""
        return unquote(self.request)


def read_exchanges() -> list[Exchange]:
    """Read the examples; they are read once, when the description is made."""
    content = files("lifecycle.server").joinpath(EXAMPLES).read_bytes()
    return msgspec.json.decode(content, type=list[Exchange])


def add_examples(
    paths: Mapping[str, dict[str, dict[str, Any]]], exchanges: Iterable[Exchange]
) -> None:
    """Add the examples to what each operation takes and answers, and the headers that came."""
    forms = [
        (re.compile(PARAMETER.sub("[^/]+", path)), item)
        for path, item in sorted(paths.items(), key=lambda place: place[0].count("{"))
    ]
    for exchange in exchanges:
        method, _, target = exchange.request.lower().partition(" ")
        path = target.partition("?")[0]
        item = next((item for form, item in forms if form.fullmatch(path)), {})
        if method in item:
            _add(item[method], exchange)


def _add(operation: dict[str, Any], exchange: Exchange) -> None:
    describe_headers(operation["responses"][str(exchange.status)], exchange.sets)
    for content, value in _places(operation, exchange):
        examples = content.setdefault("examples", {})
        name = exchange.name if exchange.name not in examples else f"example {len(examples) + 1}"
        examples[name] = {"summary": exchange.summary, "value": value}


def _places(operation: dict[str, Any], exchange: Exchange) -> Iterator[tuple[dict[str, Any], Any]]:
    if exchange.body is not UNSET:
        yield operation["requestBody"]["content"][JSON], exchange.body
    response = operation["responses"][str(exchange.status)]
    if exchange.answer is not UNSET:
        yield (
            next(content for kind, content in response["content"].items() if "json" in kind),
            exchange.answer,
        )

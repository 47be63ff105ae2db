"""What the API's description says of each operation: in a few words, of parameters, of refusals."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from lifecycle.documents.yaml_documents import load_yaml
from lifecycle.manual.problem_kinds import problem_kinds
from lifecycle.server.header_descriptions import REFUSALS, describe_headers
from lifecycle.server.problem_documents import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from litestar.handlers import HTTPRouteHandler

PARAMETERS = "openapi_parameters.yaml"
SENTENCE = re.compile(r"[^.;:]+")
ELSEWHERE = re.compile(r"(pages|command line|command line and pages|at the start):")
TOPIC_LINK = re.compile(r"\]\(([a-z-]+)\.md")
RESPONSE = "#/components/responses/{name}"
SUCCESSES = {
    "200": "The request succeeded.",
    "201": "It was created.",
    "204": "It was done; the answer has no body.",
}
TOPICS = {
    "products": ("What is versioned and supported.", "api"),
    "releases": ("Versions, published or planned.", "api"),
    "lines": ("Releases that are supported together.", "api"),
    "features": ("Capabilities of a product, and how far each has come.", "api"),
    "feature flags": ("Whether an account has a feature, and whether it is going away.", "flags"),
    "policies": ("What a product's tiers are promised, and from when.", "policy"),
    "support": ("Whether a version is supported, until when, and why.", "support"),
    "gate": ("Whether a release may go out.", "gate"),
    "accounts": ("Customers, and what they run.", "api"),
    "imports": ("Releases, features and customers from files.", "importing"),
    "checks": ("Whether what is run is supported, and stays so.", "check"),
    "deprecations": ("Changes that are announced, or will be.", "deprecations"),
    "notices": ("Where notices go, and what became of them.", "notices"),
    "endoflife": ("What endoflife.date's clients read.", "formats"),
    "evidence": ("Who was notified of what, and who changed what.", "evidence"),
    "tokens": ("What programs identify themselves by.", "access"),
    "operations": ("Whether the service is healthy.", "operating"),
}
"""What each group of operations is about, and the manual's topic of it."""


class ParameterText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An example of a parameter, and what it means where the code does not describe it."""

    example: Any
    description: str | UnsetType = UNSET


@cache
def parameter_texts() -> Mapping[str, ParameterText]:
    """Read the table of parameters."""
    text = files("lifecycle.server").joinpath(PARAMETERS).read_text(encoding="utf-8")
    return msgspec.convert(load_yaml(text, numbers_as_text=False).value, dict[str, ParameterText])


def keys_of(path: str, parameter: Mapping[str, Any]) -> tuple[str, ...]:
    """Return under which keys the table may have a parameter, the narrowest first."""
    name = parameter["name"]
    return f"{path} {name}", f"{parameter['in']} {name}", name


def summary_of(handler: HTTPRouteHandler) -> str:
    """Return what an operation does in a few words: as it says, or how its docstring begins."""
    beginning = SENTENCE.match(handler.fn.__doc__ or "")
    return handler.summary or (beginning.group().strip() if beginning else "")


def describe_parameters(path: str, parameters: list[dict[str, Any]]) -> None:
    """Add an example to each parameter; a page to try it starts with those that are required."""
    texts = parameter_texts()
    for parameter in parameters:
        parameter["schema"].pop("description", None)
        text = next((texts[key] for key in keys_of(path, parameter) if key in texts), None)
        if text is None:
            continue
        if text.description is not UNSET:
            parameter["description"] = text.description
        if parameter.get("required"):
            parameter["example"] = text.example
        else:
            parameter["schema"]["examples"] = [text.example]


def share_refusals(operations: Iterable[dict[str, Any]], prefix: str) -> dict[str, Any]:
    """Put references in the places of refusals, which all operations have alike; return them."""
    shared: dict[str, Any] = {}
    for operation in operations:
        for status, response in operation["responses"].items():
            if list(response.get("content") or ()) == [MEDIA_TYPE]:
                name = HTTPStatus(int(status)).phrase.replace(" ", "")
                shared.setdefault(name, _with_kinds(int(status), response, prefix))
                describe_headers(shared[name], [REFUSALS[status]] if status in REFUSALS else ())
                operation["responses"][status] = {"$ref": RESPONSE.format(name=name)}
    return dict(sorted(shared.items()))


def _with_kinds(status: int, response: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Lead from a refusal to the pages of its kinds."""
    kinds = [
        f"- [`{kind.name}`]({prefix}/problems/{kind.type}): {case.when}"
        for kind in problem_kinds().values()
        for case in kind.cases
        if case.status == status and not ELSEWHERE.match(case.when)
    ]
    text = "\n".join([response["description"], "", *kinds])
    return response | {"description": TOPIC_LINK.sub(rf"]({prefix}/manual/\1", text)}


def tags(prefix: str) -> list[dict[str, Any]]:
    """Describe the groups of operations, each with a page of the manual."""
    return [
        {
            "name": name,
            "description": text,
            "externalDocs": {"url": f"{prefix}/manual/{topic}", "description": "The manual"},
        }
        for name, (text, topic) in TOPICS.items()
    ]

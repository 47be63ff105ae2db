"""The operations of API descriptions, OpenAPI 3 and Swagger 2, with references followed."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urldefrag, urlsplit
from urllib.request import url2pathname

import msgspec
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable

from lifecycle.documents import load
from lifecycle.documents.storable_text import escaped, shown
from lifecycle.errors import BadRequest, LifecycleError, Problem
from lifecycle.gate.derivation.operation_keys import operation_key
from lifecycle.interchange.row_problems import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
STAGES: Final = {"draft": "experimental", "alpha": "alpha", "beta": "beta", "stable": "ga"}
"""The stage that each level of `x-stability-level` is; without one an operation is ``ga``."""

_WEBHOOK: Final = "webhook "
"""What a webhook's name has before it in place of a path; no path begins so."""
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d([Tt ].+)?")
_LONGEST_CHAIN: Final = 50
_AT_HAND: Final = "description:"


class InvalidSpecification(BadRequest):
    """The API description cannot be used."""


class Part(msgspec.Struct, frozen=True):
    """A part of a description; references in it are followed when it is entered.

    ``known`` is what references led to so far: the same one leads to the very same part.
    """

    value: Any
    resolver: Any
    known: dict[int, Part]

    def at(self, *keys: str) -> Part:
        """Return the part below some keys; an empty one where there is none."""
        part = self
        for key in keys:
            inner = part.value.get(key) if isinstance(part.value, dict) else None
            part = part.of(inner)
        return part

    def of(self, value: Any) -> Part:
        """Return a value that stands in this part, or what it refers to."""
        if not isinstance(value, dict) or "$ref" not in value:
            return Part(value, self.resolver, self.known)
        if id(value) not in self.known:
            self.known[id(value)] = self._follow(value)
        return self.known[id(value)]

    def _follow(self, value: Any) -> Part:
        """Follow a reference to the end; what stands beside it holds as well."""
        resolver = self.resolver
        beside: dict[str, Any] = {}
        for _ in range(_LONGEST_CHAIN):
            target = _look_up(value["$ref"], resolver)
            beside = {key: member for key, member in value.items() if key != "$ref"} | beside
            value, resolver = target.contents, target.resolver
            if not isinstance(value, dict):
                return Part(value, resolver, self.known)
            if "$ref" not in value:
                return Part(value | beside if beside else value, resolver, self.known)
        raise InvalidSpecification(f"References form a cycle at {shown(str(value))}.")

    def items(self) -> Iterator[tuple[str, Part]]:
        """Yield the parts of a mapping by their keys."""
        for key in self.value if isinstance(self.value, dict) else ():
            yield key, self.at(key)

    def each(self) -> Iterator[Part]:
        """Yield the parts of a list."""
        for value in self.value if isinstance(self.value, list) else ():
            yield self.of(value)


class Operation(msgspec.Struct, frozen=True):
    """One method of a path; ``shared`` is the path's part, whose parameters it has too.

    ``document`` is the whole description, which states what holds where an operation states none.
    """

    key: str
    method: str
    path: str
    stage: str
    sunset: date | None
    part: Part
    shared: Part
    document: Part

    @property
    def is_webhook(self) -> bool:
        """Whether it is the vendor who calls, and the callers who answer."""
        return self.path.startswith(_WEBHOOK)

    @property
    def name(self) -> str:
        """The operation as callers know it."""
        return _name(self.method, self.path)


def read_operations(file: Path) -> dict[str, Operation]:
    """Return a description's operations by their feature keys; raise all mistakes at once."""
    return _all_sound(str(file), *read_sound_operations(file))


def read_operations_in(text: bytes, name: str) -> dict[str, Operation]:
    """Return the operations of a description that is at hand, as ``read_operations`` does.

    ``name`` is what mistakes call it. It must be whole: what it refers to elsewhere is not read.
    """
    return _all_sound(name, *read_sound_operations_in(text, name))


def _all_sound(
    name: str, operations: dict[str, Operation], problems: list[Problem]
) -> dict[str, Operation]:
    if problems:
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        raise InvalidSpecification(f"{name} has {count}.", problems=problems)
    return operations


def read_sound_operations(file: Path) -> tuple[dict[str, Operation], list[Problem]]:
    """Return the operations of which all can be read, and what is wrong with the others."""
    # A file is read once: what refers to it in a circle must come back to the same parts.
    retrieve = cache(partial(_retrieve, file.resolve().parent))
    return _sound_operations(str(file), file.resolve().as_uri(), _load(file), retrieve)


def read_sound_operations_in(text: bytes, name: str) -> tuple[dict[str, Operation], list[Problem]]:
    """Return those of a description at hand, as ``read_sound_operations`` does for a file."""
    uri = f"{_AT_HAND}{quote(name, safe='')}"
    return _sound_operations(name, uri, _parsed(name, text), _refuse_elsewhere)


def _sound_operations(
    name: str, uri: str, contents: Any, retrieve: Callable[[str], Resource[Any]]
) -> tuple[dict[str, Operation], list[Problem]]:
    if not isinstance(contents, dict) or not ({"openapi", "swagger"} & contents.keys()):
        raise InvalidSpecification(
            f"{name} is not an OpenAPI description; use one in YAML or JSON."
        )
    registry = Registry(retrieve=retrieve)  # type: ignore[call-arg]  # attrs names it _retrieve
    registry = registry.with_resource(uri, Resource.opaque(contents))
    problems: list[Problem] = []
    operations: dict[str, Operation] = {}
    try:
        for operation in _operations(Part(contents, registry.resolver(uri), {}), problems):
            first_operation = operations.setdefault(operation.key, operation)
            if first_operation is not operation:
                message = f"is the same operation as {first_operation.name} to OpenAPI, which does"
                message += " not tell variables apart by their names; describe it once"
                problems.append(Problem(operation.name, message))
    except LifecycleError as error:
        raise InvalidSpecification(f"{name}: {error.detail}", problems=error.problems) from None
    odd = {problem.field for problem in problems}
    sound = {key: operation for key, operation in operations.items() if operation.name not in odd}
    return sound, problems


def _operations(document: Part, problems: list[Problem]) -> Iterator[Operation]:
    paths = list(document.at("paths").items())
    paths += [(f"{_WEBHOOK}{name}", part) for name, part in document.at("webhooks").items()]
    for path, shared in paths:
        for method in METHODS:
            part = shared.at(method)
            if isinstance(part.value, dict):
                yield _operation(method, path, part, shared, document, problems)


def _operation(
    method: str,
    path: str,
    part: Part,
    shared: Part,
    document: Part,
    problems: list[Problem],
) -> Operation:
    name = _name(method, path)
    key = operation_key(method, path)
    stage = _stage(part.value, name, problems)
    sunset = _sunset(part.value.get("x-sunset"), name, problems)
    return Operation(key, method, path, stage, sunset, part, shared, document)


def _name(method: str, path: str) -> str:
    return f"{method.upper()} {escaped(path)}"


def _stage(operation: dict[str, Any], name: str, problems: list[Problem]) -> str:
    level = operation.get("x-stability-level")
    if level is not None and (not isinstance(level, str) or level not in STAGES):
        allowed = ", ".join(STAGES)
        message = f"x-stability-level must be one of {allowed}"
        problems.append(Problem(name, message, value=_plain(level), allowed=allowed))
    if operation.get("deprecated") is True:
        return "deprecated"
    return STAGES.get(str(level), "ga")


def _sunset(value: Any, name: str, problems: list[Problem]) -> date | None:
    """Return the day of `x-sunset`: a day, quoted or not, or an instant's day as written."""
    if value is None or isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return datetime.fromisoformat(value).date()
    except ValueError:
        pass
    message = "x-sunset must be a day, as YYYY-MM-DD, or an instant as RFC 3339 writes it"
    problems.append(Problem(name, message, value=_plain(value), allowed="YYYY-MM-DD"))
    return None


def _plain(value: Any) -> Any:
    return None if isinstance(value, dict | list) else shown(str(value))


def _look_up(reference: Any, resolver: Any) -> Any:
    try:
        return resolver.lookup(str(reference))
    except Unresolvable as error:
        causes = (error.__cause__, error.__cause__ and error.__cause__.__cause__)
        detail = next(
            (f" ({cause.detail})" for cause in causes if isinstance(cause, BadRequest)), ""
        )
        raise InvalidSpecification(
            f"The reference {shown(str(reference))} leads nowhere{detail}."
        ) from None


def _retrieve(folder: Path, uri: str) -> Resource[Any]:
    """Read a file that is referred to; only those beside the description, or below."""
    parts = urlsplit(urldefrag(uri).url)
    file = Path(url2pathname(parts.path)).resolve()
    if parts.scheme != "file" or not file.is_relative_to(folder):
        raise InvalidSpecification("only files in the description's folder are read; bundle it")
    return Resource.opaque(_load(file))


def _refuse_elsewhere(_uri: str) -> Resource[Any]:
    raise InvalidSpecification("nothing outside the description is read; bundle it")


def _load(file: Path) -> Any:
    try:
        text = file.read_bytes()
    except OSError as error:
        raise InvalidSpecification(f"{file} cannot be read: {error.strerror}.") from None
    return _parsed(str(file), text)


def _parsed(name: str, text: bytes) -> Any:
    try:
        return load(text, limit=LIMIT)
    except BadRequest as error:
        raise InvalidSpecification(f"{name}: {error.detail}", problems=error.problems) from None

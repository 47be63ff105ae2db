"""What a release changes, from an API's description before it and after it.

Features are operations, by their method and path: `get.users._` is `GET /users/{id}`. A sunset that
is taken back or moved to an earlier day breaks its operation, since callers were promised the time
until then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.deriving import Derived, NotDerived, break_note
from lifecycle.gate.deriving.schemas import Comparison
from lifecycle.gate.deriving.specifications import Part, read_operations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lifecycle.gate.deriving.specifications import Operation


def derive(old: Path, new: Path) -> Derived:
    """Give what the release removes, breaks and moves, from two description files."""
    before, after = read_operations(old), read_operations(new)
    if not before:
        raise NotDerived(f"{old} describes no operation; is it the right file?")
    removes = tuple(key for key in before if key not in after)
    stages = {
        key: each.stage
        for key, each in after.items()
        if key not in before or before[key].stage != each.stage
    }
    schemas = Comparison()
    found = {
        key: list(_breaks(before[key], each, schemas))
        for key, each in after.items()
        if key in before
    }
    breaks = {key: reasons for key, reasons in found.items() if reasons}
    notes = [f"{before[key].name} ({key}) is gone." for key in removes]
    notes += [break_note(after[key].name, key, reasons) for key, reasons in breaks.items()]
    notes += [
        f"{each.name} ({key}) is to go on {each.sunset}: see that its removal is announced."
        for key, each in after.items()
        if each.sunset and (key not in before or before[key].sunset != each.sunset)
    ]
    return Derived(removes=removes, breaks=tuple(breaks), stages=stages, notes=tuple(notes))


def _breaks(old: Operation, new: Operation, schemas: Comparison) -> Iterator[str]:
    """Say what breaks an operation's callers."""
    if old.sunset and new.stage == "deprecated" and new.sunset is None:
        yield f"its sunset on {old.sunset} is taken back"
    elif old.sunset and new.sunset and new.sunset < old.sunset:
        yield f"its sunset moves from {old.sunset} to {new.sunset}"
    yield from _parameter_breaks(_parameters(old), _parameters(new))
    yield from _body_breaks(_body(old), _body(new), schemas)
    for status, response in old.part.at("responses").items():
        if status.startswith("2"):
            yield from _answer_breaks(status, response, new, schemas)


def _answer_breaks(
    status: str, response: Part, new: Operation, schemas: Comparison
) -> Iterator[str]:
    answered = new.part.at("responses", status)
    if answered.value is None:
        yield f"it no longer answers {status}"
        return
    given = dict(_contents(answered))
    for media, schema in _contents(response):
        if media in given:
            told = schemas.breaks_received(schema, given[media])
            yield from (f"in its answer {each}" for each in told)
        else:
            yield f"its answer is no longer given as {media}"


def _parameters(operation: Operation) -> dict[tuple[str, str], bool]:
    """Tell of each parameter, by place and name, whether it is required; paths' say nothing."""
    found: dict[tuple[str, str], bool] = {}
    for part in (operation.shared, operation.part):
        for each in part.at("parameters").each():
            if isinstance(each.value, dict) and each.value.get("in") not in {"path", "body"}:
                place, name = str(each.value.get("in")), str(each.value.get("name"))
                found[place, name] = each.value.get("required") is True
    return found


def _parameter_breaks(
    old: dict[tuple[str, str], bool], new: dict[tuple[str, str], bool]
) -> Iterator[str]:
    for place, name in old:
        if (place, name) not in new:
            yield f"the {place} parameter {name} is gone"
    for (place, name), required in new.items():
        if required and not old.get((place, name), False):
            yield f"the {place} parameter {name} is required now"


def _body_breaks(before: Part, after: Part, schemas: Comparison) -> Iterator[str]:
    if before.value is None:
        if after.at("required").value is True:
            yield "a body is required now"
        return
    if after.at("required").value is True and before.at("required").value is not True:
        yield "a body is required now"
    taken = dict(_contents(after))
    for media, schema in _contents(before):
        if media in taken:
            told = schemas.breaks_sent(schema, taken[media])
            yield from (f"in its body {each}" for each in told)
        else:
            yield f"a body is no longer taken as {media}"


def _body(operation: Operation) -> Part:
    """Give the request's body; Swagger 2 has it among the parameters."""
    body = operation.part.at("requestBody")
    listed = (
        each
        for part in (operation.part, operation.shared)
        for each in part.at("parameters").each()
        if isinstance(each.value, dict) and each.value.get("in") == "body"
    )
    return body if body.value is not None else next(listed, body)


def _contents(part: Part) -> Iterator[tuple[str, Part]]:
    """Give the schema of each media type; Swagger 2 has one for all."""
    for media, content in part.at("content").items():
        yield media, content.at("schema")
    if part.at("schema").value is not None:
        yield "any media type", part.at("schema")

"""What breaks an operation's callers between two descriptions of it.

Callers send an operation's parameters and body, and are sent its answers. Of a webhook it is the
other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lifecycle.documents.storable_text import shown
from lifecycle.gate.derivation import media_types, parameter_changes, statuses
from lifecycle.gate.derivation.conditions import is_same
from lifecycle.gate.derivation.differences import Difference, Direction, Weight, sunset_changes
from lifecycle.gate.derivation.security import compare_security

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.derivation.schemas import Comparison
    from lifecycle.gate.derivation.specifications import Operation, Part

_BREAK: Final = Weight.BREAK


def compare_operations(old: Operation, new: Operation, schemas: Comparison) -> Iterator[Difference]:
    """Yield what differs between two descriptions of an operation, as sentences about it."""
    if old.sunset:
        for change in sunset_changes(old.sunset, new.sunset, deprecated=new.stage == "deprecated"):
            yield _about("it", change)
    sending, receiving = Direction.SENT, Direction.RECEIVED
    if old.is_webhook:
        sending, receiving = receiving, sending
    yield from parameter_changes.compare_parameters(old, new, schemas, sending)
    yield from _compare_bodies(old, new, schemas, sending)
    yield from _compare_answers(old, new, schemas, receiving)
    yield from compare_security(old, new)
    if not is_same(old.part.at("callbacks"), new.part.at("callbacks")):
        yield Difference(Weight.UNCOMPARED, "its callbacks differ, which are not compared")


def _compare_bodies(
    old: Operation, new: Operation, schemas: Comparison, direction: Direction
) -> Iterator[Difference]:
    before, after = _body(old), _body(new)
    was_required, is_required = (part.at("required").value is True for part in (before, after))
    if before.value is None or after.value is None:
        if before.value is not None:
            yield Difference(_BREAK, "its body is gone")
        elif is_required and direction is Direction.SENT:
            yield Difference(_BREAK, "a body is required now")
        return
    if direction is Direction.SENT and is_required and not was_required:
        yield Difference(_BREAK, "a body is required now")
    contents = _contents(before, old, "consumes"), _contents(after, new, "consumes")
    yield from _compare_contents(*contents, schemas, direction, "body")


def _compare_answers(
    old: Operation, new: Operation, schemas: Comparison, direction: Direction
) -> Iterator[Difference]:
    before, after = statuses.responses(old.part), statuses.responses(new.part)
    for status, response in before.items():
        matching = statuses.matching(after, status)
        if not matching and status.startswith("2"):
            yield Difference(_BREAK, f"it no longer answers {shown(status)}")
        name = "answer" if status.startswith("2") else f"{shown(status)} answer"
        for answered in matching:
            contents = _contents(response, old, "produces"), _contents(answered, new, "produces")
            yield from _compare_contents(*contents, schemas, direction, name)
            yield from _compare_headers(response, answered, schemas, direction, name)


def _compare_contents(
    old: dict[str, Part],
    new: dict[str, Part],
    schemas: Comparison,
    direction: Direction,
    name: str,
) -> Iterator[Difference]:
    """Compare what is sent or received, media type by media type."""
    for media, content in old.items():
        if direction is Direction.SENT:
            accepted = media_types.accepting(new, media)
            matching = [] if accepted is None else [accepted]
        else:
            matching = list(media_types.given_for(new, media))
        if not matching:
            how = "taken" if direction is Direction.SENT else "given"
            its = "a body" if name == "body" else f"its {name}"
            yield Difference(_BREAK, f"{its} is no longer {how} as {shown(media)}")
        textual = not _is_structured(media)
        for counterpart in matching:
            for keyword in ("schema", "itemSchema"):
                parts = content.at(keyword), counterpart.at(keyword)
                differences = schemas.compare(*parts, direction, textual=textual)
                yield from (_within(f"its {name}", difference) for difference in differences)
            if not is_same(content.at("encoding"), counterpart.at("encoding")):
                message = f"the encoding of its {name} differs, which is not compared"
                yield Difference(Weight.UNCOMPARED, message)


def _is_structured(media: str) -> bool:
    """Return whether numbers differ from text in a media type; in forms they do not."""
    return media_types.bare(media) not in {
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain",
    }


def _compare_headers(
    old: Part, new: Part, schemas: Comparison, direction: Direction, name: str
) -> Iterator[Difference]:
    """Compare an answer's headers, whose names have no case; its media type is no header of it."""
    before, after = (
        {header.lower(): (header, part) for header, part in headers.at("headers").items()}
        for headers in (old, new)
    )
    for lowered, (header, part) in before.items():
        if lowered == "content-type":
            continue
        its = f"the header {shown(header)} of its {name}"
        promised = part.at("required").value is True
        if lowered not in after:
            weight = _BREAK if promised else Weight.NOTE
            yield Difference(weight, f"{its} is gone")
            continue
        counterpart = after[lowered][1]
        if promised and counterpart.at("required").value is not True:
            yield Difference(_BREAK, f"{its} may be missing now")
        pairs = parameter_changes.schema_of(part), parameter_changes.schema_of(counterpart)
        differences = schemas.compare(*pairs, direction, textual=True)
        yield from (_within(its, header) for header in differences)


def _body(operation: Operation) -> Part:
    """Return the request's body; Swagger 2 has it among the parameters."""
    body = operation.part.at("requestBody")
    listed = (
        parameter
        for part in (operation.part, operation.shared)
        for parameter in part.at("parameters").each()
        if isinstance(parameter.value, dict) and parameter.value.get("in") == "body"
    )
    return body if body.value is not None else next(listed, body)


def _contents(part: Part, operation: Operation, listed: str) -> dict[str, Part]:
    """Return the content of each media type; Swagger 2 has one for all that it lists elsewhere."""
    if part.at("schema").value is None:
        return {str(media): content for media, content in part.at("content").items()}
    named: Any = operation.part.at(listed).value or operation.document.at(listed).value
    return {str(media): part for media in (named if isinstance(named, list) else ["*/*"])}


def _about(subject: str, difference: Difference) -> Difference:
    return Difference(difference.weight, f"{subject} {difference}")


def _within(subject: str, difference: Difference) -> Difference:
    """Return where a difference is: of the body itself, say, or in it."""
    return _about(f"in {subject}" if difference.place else subject, difference)

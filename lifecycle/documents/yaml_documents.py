"""YAML read strictly, with the lines of its parts."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from lifecycle.documents.parsed_documents import (
    DEPTH,
    TOO_DEEP,
    Document,
    Path,
    UnreadableDocument,
    finite,
    integer,
    refuse,
    refuse_control,
    refuse_syntax,
)
from lifecycle.documents.storable_text import CONTROLS, name, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(content: str, *, numbers_as_text: bool) -> Document:
    """Return the one document in the text."""
    return _Yaml(content, numbers_as_text=numbers_as_text).document()


class _Dumper(yaml.SafeDumper):
    """Writes lists below their keys further in, as people do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 -- PyYAML's
        super().increase_indent(flow, False)


def write_yaml(value: Any) -> str:
    r"""Write a document's value, its keys in their order.

    >>> write_yaml({"version": "1", "reminders": [90, 30]})
    "version: '1'\nreminders:\n  - 90\n  - 30\n"
    """
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=88)
    return text


class _Yaml:
    """One YAML document, built from the parser's events so that nothing recurses unchecked."""

    def __init__(self, content: str, *, numbers_as_text: bool) -> None:
        self._content = content
        self._events: Iterator[Any] = yaml.parse(content, Loader=_Loader)
        self._number: Callable[[str], Any] | None = str if numbers_as_text else None
        self._lines: dict[Path, int] = {}

    def document(self) -> Document:
        """Return the document's value; an empty one is None."""
        try:
            value = None
            for count, event in enumerate(self._starts()):
                if count:
                    self._refuse("a second document begins; send one at a time.", event)
                value = self._value(self._next(), ())
                self._next()
        except yaml.YAMLError as error:
            self._refuse_malformed(error)
        return Document(value, self._lines)

    def _refuse_malformed(self, error: yaml.YAMLError) -> NoReturn:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        if mark is None:  # the text was refused before it was parsed
            refuse_control(self._content)
            refuse_syntax("YAML", self._content, None)
        before = self._content[: mark.index]
        # A parser may have a limit of its own, and reads ahead of what it hands out.
        if sum(map(before.count, "[{")) - sum(map(before.count, "]}")) > DEPTH:
            refuse(TOO_DEEP)
        refuse_syntax("YAML", self._content, mark.line + 1, mark.column + 1)

    def _starts(self) -> Iterator[Any]:
        return (event for event in self._events if isinstance(event, yaml.DocumentStartEvent))

    def _next(self) -> Any:
        event = next(self._events)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(f"the alias *{event.anchor} is not allowed; write the value out.", event)
        return event

    def _value(self, event: Any, path: Path) -> Any:
        if len(path) > DEPTH:
            self._refuse(TOO_DEEP, event)
        self._lines[path] = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if event.tag:
            self._refuse(f"the tag {event.tag} is not allowed; remove it.", event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Path) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            values.append(self._value(event, (*path, len(values))))
        return values

    def _mapping(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                self._refuse("a key must be plain text, not a list or a mapping.", event)
            key = self._text(event)
            if key in values:
                self._refuse(f"the key {shown(key)!r} is given twice; keep one.", event)
            values[key] = self._value(self._next(), (*path, key))
            self._lines[*path, key] = line
        return values

    def _text(self, event: yaml.ScalarEvent) -> str:
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            self._refuse(f"the tag {event.tag} is not allowed; remove it.", event)
        text: str = event.value
        if match := CONTROLS.search(text):
            self._refuse(f"the text holds {name(match[0])}; remove it.", event)
        return text

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text = self._text(event)
        if event.tag is not None or event.style:
            return text
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _DAY.fullmatch(text):
            return _day(text)
        if _FLOAT.fullmatch(text):
            return self._numeral(text, event)
        return text

    def _numeral(self, text: str, event: Any) -> Any:
        if self._number:
            return self._number(text)
        try:
            return (integer if _INTEGER.fullmatch(text) else finite)(text)
        except UnreadableDocument as error:
            self._refuse(error.detail, event)

    def _refuse(self, message: str, event: Any) -> NoReturn:
        refuse(message, event.start_mark.line + 1, event.start_mark.column + 1)


def _day(text: str) -> date | str:
    """Read a day; one that does not exist stays text, for whoever wants a day there to refuse."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text

"""Where a value differs from the type it should have, in words of our own.

msgspec decides whether a value fits a type, and stops at the first fault; what its message says may
change with any release. These words follow from the type alone, and every fault is found. A type
may bring words of its own (see ``says``); its text must then be visible, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import msgspec
from msgspec import inspect

from lifecycle.documents.parsed_documents import Path, path_text
from lifecycle.documents.storable_text import CONTROLS, is_blank, shown
from lifecycle.documents.suggestions import suggest
from lifecycle.documents.type_descriptions import (
    LISTS,
    allowed,
    describe,
    members,
    own_words,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST: Final = 50

_READ_FROM_TEXT: Final = (inspect.IntType, inspect.FloatType, inspect.BoolType)
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_WORDS: Final = {"true": True, "false": False}

_ListType: TypeAlias = (
    inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType
)


class Mismatch(NamedTuple):
    """One part of a value that its type does not allow: where, what is wrong, what is allowed.

    ``word`` may be meant to be one of ``words``.
    """

    path: Path
    fault: str
    value: Any
    allowed: str | None
    word: str = ""
    words: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """What is wrong, and the word that may be meant; looking for that takes a while."""
        return self.fault + (suggest(self.word, self.words) if self.words else "")

    def __str__(self) -> str:
        return f"{path_text(self.path)}: {self.message}" if self.path else self.message


def find_mismatches(value: Any, kind: Any, *, most: int = MOST) -> list[Mismatch]:
    """Return the first ``most`` parts of a JSON-like value that the type ``kind`` does not allow.

    There is at least one: call it for a value that `msgspec.convert` refused.

    >>> find_mismatches({"at": "2026-02-30"}, dict[str, date])[0].message
    "'2026-02-30' is not a valid date; use YYYY-MM-DD"
    """
    mismatches = list(islice(walk_mismatches(value, kind), most))
    return mismatches or [Mismatch((), "is not valid", value, None)]


def walk_mismatches(value: Any, kind: Any) -> Iterator[Mismatch]:
    """Yield every part of a JSON-like value that the type ``kind`` does not allow."""
    yield from _walk(value, _described(kind), ())


def find_text_mismatch(text: str, kind: Any) -> Mismatch:
    """Return why a parameter's text cannot be read as ``kind``, a type without parts.

    >>> find_text_mismatch("many", int).message
    "must be a whole number, not 'many'"
    """
    value: Any = text
    if any(isinstance(member, _READ_FROM_TEXT) for member in members(_described(kind))):
        value = int(text) if _NUMBER.fullmatch(text) else _WORDS.get(text.lower(), text)
    fault = find_mismatches(value, kind, most=1)[0]
    # Leaving a parameter out is not a text it could have.
    fitting = fault.allowed and fault.allowed.removesuffix(" or null")
    return fault._replace(value=text, allowed=fitting)


@cache
def _described(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _walk(value: Any, kind: inspect.Type, path: Path) -> Iterator[Mismatch]:
    match kind:
        case inspect.Metadata():
            if own := own_words(kind):
                yield from _walk_worded(value, kind.type, path, own)
            else:
                yield from _walk(value, kind.type, path)
        case inspect.UnionType():
            yield from _walk_union(value, kind, path)
        case inspect.StructType():
            yield from _walk_object(value, kind, path)
        case inspect.DictType():
            yield from _walk_mapping(value, kind, path)
        case (
            inspect.ListType()
            | inspect.VarTupleType()
            | inspect.SetType()
            | inspect.FrozenSetType()
        ):
            yield from _walk_list(value, kind, path)
        case _:
            if fault := _leaf_fault(value, kind):
                word = value if isinstance(value, str) else ""
                choice = map(str, words(kind)) if word else ()
                yield Mismatch(path, fault, value, allowed(kind), word, tuple(choice))


def _walk_worded(value: Any, kind: inspect.Type, path: Path, own: str) -> Iterator[Mismatch]:
    """Explain a single value in the words that its type brings."""
    if next(_walk(value, kind, path), None) or (isinstance(value, str) and CONTROLS.search(value)):
        yield Mismatch(path, f"must be {own}", value, own)
    elif isinstance(value, str) and is_blank(value):
        yield Mismatch(path, f"is empty; give {own}", value, own)


def _walk_union(value: Any, union: inspect.UnionType, path: Path) -> Iterator[Mismatch]:
    """Explain by the member of the value's own shape; where several or none are, name them all."""
    kinds = list(members(union))
    trials = [(kind, list(islice(_walk(value, kind, path), MOST))) for kind in kinds]
    if not all(trial for _, trial in trials):
        return
    alike = [trial for kind, trial in trials if _same_shape(value, kind)]
    fitting = allowed(union)
    if len(alike) != 1:
        yield Mismatch(path, f"must be {describe(union)}, not {_given(value)}", value, fitting)
        return
    for mismatch in alike[0]:
        yield mismatch if mismatch.path != path else mismatch._replace(allowed=fitting)


def _same_shape(value: Any, kind: inspect.Type) -> bool:
    if isinstance(value, Mapping):
        return isinstance(kind, inspect.StructType | inspect.DictType)
    if isinstance(value, list | tuple):
        return isinstance(kind, LISTS)
    if isinstance(value, str):
        return isinstance(kind, inspect.StrType | inspect.DateType | inspect.DateTimeType) or (
            any(isinstance(word, str) for word in words(kind))
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        return isinstance(kind, inspect.IntType | inspect.FloatType)
    return False


def _walk_object(value: Any, kind: inspect.StructType, path: Path) -> Iterator[Mismatch]:
    if not isinstance(value, Mapping):
        yield Mismatch(path, f"must be an object, not {_given(value)}", value, "an object")
        return
    fields = {field.encode_name: field for field in kind.fields}
    names = ", ".join(fields)
    if kind.forbid_unknown_fields:
        for name in value:
            if name not in fields:
                fault = f"is not a known field; known fields: {names}"
                where = (*path, str(name))
                yield Mismatch(where, fault, value[name], names, str(name), tuple(fields))
    for name, field in fields.items():
        if name in value:
            yield from _walk(value[name], field.type, (*path, name))
        elif field.required:
            yield Mismatch((*path, name), "is required", None, allowed(field.type))


def _walk_mapping(value: Any, kind: inspect.DictType, path: Path) -> Iterator[Mismatch]:
    if not isinstance(value, Mapping):
        yield Mismatch(path, f"must be an object, not {_given(value)}", value, "an object")
        return
    if fault := _count_fault(len(value), kind):
        yield Mismatch(path, fault, None, None)
    for key, part in value.items():
        unfit = next(_walk(key, kind.key_type, path), None)
        if unfit and isinstance(kind.key_type, inspect.Metadata) and own_words(kind.key_type):
            yield unfit._replace(path=(*path, str(key)), value=part)
        elif unfit:
            fault = f"has the key {shown(str(key))!r}, which {unfit.message}"
            yield Mismatch(path, fault, part, allowed(kind.key_type))
        else:
            yield from _walk(part, kind.value_type, (*path, str(key)))


def _walk_list(value: Any, kind: _ListType, path: Path) -> Iterator[Mismatch]:
    if not isinstance(value, list | tuple | set | frozenset):
        yield Mismatch(path, f"must be a list, not {_given(value)}", value, "a list")
        return
    if fault := _count_fault(len(value), kind):
        yield Mismatch(path, fault, None, None)
    for place, part in enumerate(value):
        yield from _walk(part, kind.item_type, (*path, place))


def _count_fault(count: int, kind: inspect.DictType | _ListType) -> str | None:
    if kind.min_length is not None and count < kind.min_length:
        return f"has {count} entries; at least {kind.min_length} are required"
    if kind.max_length is not None and count > kind.max_length:
        return f"has {count:,} entries; at most {kind.max_length:,} are allowed"
    return None


def _leaf_fault(value: Any, kind: inspect.Type) -> str | None:
    match kind:
        case inspect.StrType():
            return _text_fault(value, kind)
        case inspect.DateType() | inspect.DateTimeType():
            return _day_fault(value, kind)
        case inspect.IntType() | inspect.FloatType():
            fits = _is_number(value, kind) and _within(value, kind)
        case inspect.BoolType():
            fits = isinstance(value, bool)
        case inspect.NoneType():
            fits = value is None
        case inspect.LiteralType() | inspect.EnumType():
            return _word_fault(value, kind)
        case _:
            fits = True  # what is read as anything, or by a type of somebody else's, is not judged
    return None if fits else f"must be {describe(kind)}, not {_given(value)}"


def _given(value: Any) -> str:
    """Show a value as it was written, or what it is where it has parts."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(shown(value)) if isinstance(value, str) else str(value)[:80]


def _text_fault(value: Any, kind: inspect.StrType) -> str | None:
    if not isinstance(value, str):
        return f"must be text, not {_given(value)}"
    if kind.min_length is not None and len(value) < kind.min_length:
        return "must not be empty" if not value else f"is shorter than {kind.min_length} characters"
    if kind.max_length is not None and len(value) > kind.max_length:
        return f"has {len(value):,} characters; at most {kind.max_length:,} are allowed"
    if kind.pattern is not None and not re.search(kind.pattern, value):
        return f"must be {describe(kind)}, not {_given(value)}"
    return None


def _day_fault(value: Any, kind: inspect.DateType | inspect.DateTimeType) -> str | None:
    day = isinstance(kind, inspect.DateType)
    wanted_type = date if day else datetime
    if isinstance(value, wanted_type):
        return None
    if not isinstance(value, str):
        return f"must be {describe(kind)}, not {_given(value)}"
    try:
        msgspec.convert(value, wanted_type)
    except msgspec.ValidationError:
        form = "YYYY-MM-DD" if day else "RFC 3339, such as 2026-11-20T17:30:00-05:00"
        return f"{_given(value)} is not a valid {'date' if day else 'timestamp'}; use {form}"
    return None


def _is_number(value: Any, kind: inspect.IntType | inspect.FloatType) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int if isinstance(kind, inspect.IntType) else int | float)


def _within(value: float, kind: inspect.IntType | inspect.FloatType) -> bool:
    return (
        (kind.ge is None or value >= kind.ge)
        and (kind.gt is None or value > kind.gt)
        and (kind.le is None or value <= kind.le)
        and (kind.lt is None or value < kind.lt)
    )


def _word_fault(value: Any, kind: inspect.Type) -> str | None:
    choice = words(kind)
    if any(type(value) is type(word) and value == word for word in choice):
        return None
    return f"must be {describe(kind)}, not {_given(value)}"

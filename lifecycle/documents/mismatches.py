"""Where a value differs from the type it should have, in words of our own.

msgspec decides whether a value fits a type, and stops at the first fault; what its message says may
change with any release. These words follow from the type alone, and every fault is found. A type
may bring words of its own (see ``says``; its text must then be visible, too), and a reader of its
values (see ``reads``). A struct refuses fields that contradict one another by an `UnfitValueError`
from ``__post_init__``, may name in ``OTHERS`` the type of the keys beside its fields, and in
``CALLED`` what it is called.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import msgspec
from msgspec import inspect

from lifecycle.documents.parsed_documents import Path, path_text
from lifecycle.documents.storable_text import CONTROLS, is_blank, shown
from lifecycle.documents.suggestions import suggest
from lifecycle.documents.type_descriptions import (
    LISTS,
    UnfitValueError,
    allowed,
    describe,
    members,
    words,
)
from lifecycle.documents.value_faults import MAPPINGS, given, leaf_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MOST: Final = 50

_READ_FROM_TEXT: Final = (inspect.IntType, inspect.FloatType, inspect.BoolType)
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_WORDS: Final = {"true": True, "false": False}

_ListType: TypeAlias = (
    inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType
)


class Mismatch(NamedTuple):
    """One part of a value that its type does not allow: where, what is wrong, what is allowed.

    ``word`` may be meant to be one of ``words``. Where it is ``unknown``, a field has that name
    that no field may have.
    """

    path: Path
    fault: str
    value: Any
    allowed: str | None
    word: str = ""
    words: tuple[str, ...] = ()
    unknown: bool = False

    @property
    def message(self) -> str:
        """What is wrong, and the word that may be meant; looking for that takes a while."""
        return self.fault + (suggest(self.word, self.words) if self.words else "")

    def __str__(self) -> str:
        return f"{path_text(self.path)}: {self.message}" if self.path else self.message


def find_mismatches(value: Any, kind: Any, *, most: int = MOST) -> list[Mismatch]:
    """Return the first ``most`` parts of a JSON-like value that the type ``kind`` does not allow.

    There is at least one: call it for a value that `msgspec.convert` refused.

    >>> from datetime import date
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


def _walk(value: Any, kind: inspect.Type, path: Path) -> Iterable[Mismatch]:
    # Documents are walked whole, so what fits is passed over as fast as may be.
    walk: _Walk = _WALKS.get(type(kind), _walk_leaf)
    return walk(value, kind, path)


def _walk_leaf(value: Any, kind: inspect.Type, path: Path) -> Iterable[Mismatch]:
    fault = leaf_fault(value, kind)
    if not fault:
        return ()
    word = value if isinstance(value, str) else ""
    choice = map(str, words(kind)) if word else ()
    return (Mismatch(path, fault, value, allowed(kind), word, tuple(choice)),)


def _walk_annotated(value: Any, kind: inspect.Metadata, path: Path) -> Iterable[Mismatch]:
    """Explain a value by what was said beside its type, and by the type."""
    extra, inner = kind.extra or {}, kind.type
    if "choose" in extra:
        return _walk(value, extra["choose"](value), path)
    if value is None and _takes_null(inner):
        return ()
    if "read" in extra and (refusal := _refusal(extra["read"], value)):
        mismatch = Mismatch(path, str(refusal), value, refusal.allowed)
        return [mismatch, *(part for part in _walk(value, inner, path) if part.path != path)]
    if "allowed" in extra and not _has_parts(value, inner):
        return _walk_worded(value, inner, path, extra["allowed"])
    return _walk(value, inner, path)


def _takes_null(kind: inspect.Type) -> bool:
    return any(isinstance(member, inspect.NoneType) for member in members(kind))


def _has_parts(value: Any, kind: inspect.Type) -> bool:
    """Tell whether a value has parts, as its type has, so that each of them is explained."""
    parted = (inspect.StructType, inspect.DictType, *LISTS)
    return any(isinstance(m, parted) and _same_shape(value, m) for m in members(kind))


def _refusal(read: Callable[[Any], object], value: Any) -> UnfitValueError | None:
    try:
        read(value)
    except UnfitValueError as error:
        return error
    return None


def _walk_worded(value: Any, kind: inspect.Type, path: Path, own: str) -> Iterator[Mismatch]:
    """Explain a single value in the words that its type brings."""
    if any(True for _ in _walk(value, kind, path)) or (
        isinstance(value, str) and CONTROLS.search(value)
    ):
        yield Mismatch(path, f"must be {own}", value, own)
    elif isinstance(value, str) and is_blank(value):
        yield Mismatch(path, f"is empty; give {own}", value, own)


def _walk_union(value: Any, union: inspect.UnionType, path: Path) -> Iterator[Mismatch]:
    """Explain by the member of the value's own shape; where several or none are, name them all."""
    kinds = sorted(members(union), key=lambda kind: not _same_shape(value, kind))
    trials: list[tuple[inspect.Type, Iterable[Mismatch]]] = []
    for kind in kinds:
        mismatches = iter(_walk(value, kind, path))
        first = next(mismatches, None)
        if first is None:
            return
        trials.append((kind, chain([first], mismatches)))
    alike = [trial for kind, trial in trials if _same_shape(value, kind)]
    fitting = allowed(union)
    if len(alike) != 1:
        yield Mismatch(path, f"must be {describe(union)}, not {given(value)}", value, fitting)
        return
    for mismatch in alike[0]:
        parted = isinstance(value, (*MAPPINGS, list, tuple))
        yield mismatch if parted else mismatch._replace(allowed=fitting)


def _same_shape(value: Any, kind: inspect.Type) -> bool:
    if isinstance(value, MAPPINGS):
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
    if not isinstance(value, MAPPINGS):
        called = describe(kind)
        yield Mismatch(path, f"must be {called}, not {given(value)}", value, called)
        return
    sound = True
    for mismatch in _walk_fields(value, kind, path):
        sound = False
        yield mismatch
    if sound and hasattr(kind.cls, "__post_init__"):
        yield from _walk_whole(value, kind, path)


def _walk_fields(
    value: Mapping[Any, Any], kind: inspect.StructType, path: Path
) -> Iterator[Mismatch]:
    present = sum(field.encode_name in value for field in kind.fields)
    if present < len(value):
        yield from _walk_other_fields(value, kind, path)
    for field in kind.fields:
        name = field.encode_name
        if name in value:
            yield from _walk(value[name], field.type, (*path, name))
        elif field.required:
            yield Mismatch((*path, name), "is required", None, allowed(field.type))


def _walk_other_fields(
    value: Mapping[Any, Any], kind: inspect.StructType, path: Path
) -> Iterator[Mismatch]:
    fields = tuple(field.encode_name for field in kind.fields)
    other_kind, names = getattr(kind.cls, "OTHERS", None), ", ".join(fields)
    for name in [name for name in value if name not in fields]:
        where = (*path, str(name))
        if other_kind:
            yield from _walk(value[name], other_kind, where)
        elif kind.forbid_unknown_fields:
            fault = f"is not a known field; known fields: {names}"
            yield Mismatch(where, fault, value[name], names, str(name), fields, unknown=True)


def _walk_whole(value: Any, kind: inspect.StructType, path: Path) -> Iterator[Mismatch]:
    """Explain what a struct refuses of fields that are sound each by itself."""
    try:
        msgspec.convert(value, kind.cls)
    except msgspec.ValidationError as error:
        if isinstance(refusal := error.__cause__, UnfitValueError):
            yield Mismatch(path, str(refusal), value, refusal.allowed)


def _walk_mapping(value: Any, kind: inspect.DictType, path: Path) -> Iterator[Mismatch]:
    if not isinstance(value, MAPPINGS):
        yield Mismatch(path, f"must be {describe(kind)}, not {given(value)}", value, describe(kind))
        return
    if fault := _count_fault(len(value), kind):
        yield Mismatch(path, fault, None, None)
    for key, part in value.items():
        unfit = next(iter(_walk(key, kind.key_type, path)), None)
        if unfit and isinstance(kind.key_type, inspect.Metadata) and kind.key_type.extra:
            yield unfit._replace(path=(*path, str(key)), value=part)
        elif unfit:
            fault = f"has the key {shown(str(key))!r}, which {unfit.message}"
            yield Mismatch(path, fault, part, allowed(kind.key_type))
            continue
        yield from _walk(part, kind.value_type, (*path, str(key)))


def _walk_list(value: Any, kind: _ListType, path: Path) -> Iterator[Mismatch]:
    if not isinstance(value, list | tuple | set | frozenset):
        yield Mismatch(path, f"must be a list, not {given(value)}", value, "a list")
        return
    if fault := _count_fault(len(value), kind):
        yield Mismatch(path, fault, None, None)
    for place, part in enumerate(value):
        yield from _walk(part, kind.item_type, (*path, place))


def _count_fault(count: int, kind: inspect.DictType | _ListType) -> str | None:
    if kind.min_length == 1 and not count:
        return "needs at least one entry"
    if kind.min_length is not None and count < kind.min_length:
        return f"has {count} entries; at least {kind.min_length} are required"
    if kind.max_length is not None and count > kind.max_length:
        return f"has {count:,} entries; at most {kind.max_length:,} are allowed"
    return None


_Walk: TypeAlias = "Callable[[Any, Any, Path], Iterable[Mismatch]]"
_WALKS: Final[dict[type[inspect.Type], _Walk]] = {
    inspect.Metadata: _walk_annotated,
    inspect.UnionType: _walk_union,
    inspect.StructType: _walk_object,
    inspect.DictType: _walk_mapping,
    **dict.fromkeys(LISTS, _walk_list),
}

"""What a body may hold at a place, read from the type that it is taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_inspect = msgspec.inspect


def fields_at(kind: Any, path: Sequence[str]) -> list[str]:
    """Name the fields of the objects that may stand at a path; list items are its ``[]`` parts."""
    found = (each for each in _kinds_at(kind, path) if isinstance(each, _inspect.StructType))
    return list(dict.fromkeys(field.encode_name for each in found for field in each.fields))


def values_at(kind: Any, path: Sequence[str]) -> list[str]:
    """Name the values that may stand at a path, or be keys there, where they are few and fixed."""
    named: dict[str, None] = {}
    for each in _kinds_at(kind, path):
        keys = _plain(each.key_type) if isinstance(each, _inspect.DictType) else [each]
        for one in keys:
            named |= dict.fromkeys(_values(one))
    return list(named)


def _kinds_at(kind: Any, path: Sequence[str]) -> list[_inspect.Type]:
    kinds = list(_plain(_inspect.type_info(kind)))
    for part in path:
        kinds = [inner for each in kinds for inner in _plain_all(_inside(each, part))]
    return kinds


def _inside(kind: _inspect.Type, part: str) -> Iterator[_inspect.Type]:
    if part == "[]":
        if isinstance(kind, _inspect.ListType | _inspect.VarTupleType):
            yield kind.item_type
    elif isinstance(kind, _inspect.StructType):
        yield from (field.type for field in kind.fields if field.encode_name == part)
    elif isinstance(kind, _inspect.DictType):
        yield kind.value_type


def _plain_all(kinds: Iterable[_inspect.Type]) -> Iterator[_inspect.Type]:
    return (plain for kind in kinds for plain in _plain(kind))


def _plain(kind: _inspect.Type) -> Iterator[_inspect.Type]:
    """Unwrap what is said beside a type, and give the members of a union one by one."""
    if isinstance(kind, _inspect.Metadata):
        yield from _plain(kind.type)
    elif isinstance(kind, _inspect.UnionType):
        yield from _plain_all(kind.types)
    else:
        yield kind


def _values(kind: _inspect.Type) -> list[str]:
    if isinstance(kind, _inspect.LiteralType):
        return [str(value) for value in kind.values]
    if isinstance(kind, _inspect.EnumType):
        return [str(member.value) for member in kind.cls]
    return []

"""What a type allows, in words, by what `msgspec.inspect` says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Meta, inspect

from lifecycle.documents.patterns import IN_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

A_DATE: Final = "a date as YYYY-MM-DD"
A_TIMESTAMP: Final = "a timestamp as in RFC 3339, such as 2026-11-20T17:30:00-05:00"
LISTS: Final = (inspect.ListType, inspect.VarTupleType, inspect.SetType, inspect.FrozenSetType)


def members(kind: inspect.Type) -> Iterator[inspect.Type]:
    """Yield the types of a union, without what is said beside them."""
    if isinstance(kind, inspect.Metadata):
        yield from members(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for member in kind.types:
            yield from members(member)
    else:
        yield kind


def words(kind: inspect.Type) -> list[Any]:
    """List the values of a choice; none for any other type."""
    if isinstance(kind, inspect.LiteralType):
        return list(kind.values)
    if isinstance(kind, inspect.EnumType):
        return list(kind.cls._value2member_map_)
    return []


def says(words: str) -> Meta:
    """Return what gives an annotated type words of its own, as what follows "must be"."""
    return Meta(extra={"allowed": words})


class UnfitValueError(ValueError):
    """What is wrong with a value; ``allowed`` says what may stand in its place."""

    def __init__(self, fault: str, allowed: str | None = None) -> None:
        super().__init__(fault)
        self.allowed = allowed


def reads(read: Callable[[Any], object]) -> Meta:
    """Return what has the values of an annotated type read by a function, too.

    It refuses what is unfit by an `UnfitValueError`, and passes over values of another form than
    its own: the type refuses those.
    """
    return Meta(extra={"read": read})


def chooses(choose: Callable[[Any], inspect.Type], *kinds: inspect.Type) -> Meta:
    """Return what has each value explained by the one of the types that it was meant to have."""
    return Meta(extra={"choose": choose, "kinds": kinds})


def own_words(kind: inspect.Metadata) -> str | None:
    """Return the words that a type was given by ``says``."""
    words: str | None = (kind.extra or {}).get("allowed")
    return words


def describe(kind: inspect.Type) -> str:
    """Say what a type allows, as what follows "must be"."""
    match kind:
        case inspect.Metadata():
            return own_words(kind) or describe(kind.type)
        case inspect.UnionType():
            return _either(list(dict.fromkeys(describe(member) for member in members(kind))))
        case inspect.StrType():
            return _form(kind.pattern) if kind.pattern is not None else "text"
        case inspect.IntType() | inspect.FloatType():
            return ("a whole number" if isinstance(kind, inspect.IntType) else "a number") + (
                _bounds(kind)
            )
        case inspect.LiteralType() | inspect.EnumType():
            return _choice(words(kind))
        case inspect.StructType():
            return getattr(kind.cls, "CALLED", "an object")
        case _:
            return _SIMPLE.get(type(kind), "a value of another form")


_SIMPLE: Final[dict[type[inspect.Type], str]] = {
    inspect.BoolType: "true or false",
    inspect.NoneType: "null",
    inspect.DateType: A_DATE,
    inspect.DateTimeType: A_TIMESTAMP,
    inspect.DictType: "an object",
    **dict.fromkeys(LISTS, "a list"),
}


def allowed(kind: inspect.Type) -> str:
    """Say what may stand there; of a choice, the words alone."""
    return describe(kind).removeprefix("one of ")


def _form(pattern: str) -> str:
    return IN_WORDS.get(pattern, f"text that matches {pattern}")


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    low = kind.ge if kind.ge is not None else kind.gt
    high = kind.le if kind.le is not None else kind.lt
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f" of at least {low}" if kind.ge is not None else f" above {low}"
    if high is not None:
        return f" of at most {high}" if kind.le is not None else f" below {high}"
    return ""


def _choice(words: Iterable[Any]) -> str:
    texts = [str(word) for word in words]
    return texts[0] if len(texts) == 1 else f"one of {', '.join(texts)}"


def _either(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"

"""endoflife.date's templates: what stands for a cycle's facts, and the few filters in use.

A link or label may hold ``__LATEST__`` and the like, expressions such as
``{{'__LATEST__'|replace:'.','-'}}``, and the statements ``assign``, ``if`` and ``else``. Of their
language (Liquid) nothing else is understood: a template with anything else in it has no result.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PARTS: Final = re.compile(r"({{.*?}}|{%.*?%})", re.DOTALL)
_ASSIGN: Final = re.compile(r"assign\s+(\w+)\s*=(.*)", re.DOTALL)
_CONDITION: Final = re.compile(r"if\s(.*?)(==|!=|>=|<=|>|<)(.*)", re.DOTALL)
_TEXT: Final = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)"|(-?\d+))\s*""")
_BLOCKS: Final = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>", re.DOTALL)
_TAGS: Final = re.compile(r"<.*?>", re.DOTALL)

Value = str | list[str]


class _NotUnderstoodError(Exception):
    """The template holds what is not understood here."""


def fill(template: str, facts: Mapping[str, str | None]) -> str | None:
    """Return what a template says with facts in it; None where it is not understood.

    >>> fill("https://x.example/{{'__LATEST__' | replace:'.','-'}}/", {"LATEST": "1.2.3"})
    'https://x.example/1-2-3/'
    >>> fill("{% if __LATEST__ %}", {"LATEST": "1"}) is None
    True
    >>> major = "{% assign major = '__CYCLE__' | split:'.' | first | plus:0 %}"
    >>> template = major + "{% if major >= 27 %}{{major}}{% else %}__CYCLE__{% endif %}"
    >>> [fill(template, {"CYCLE": cycle}) for cycle in ("29.0", "26.1")]
    ['29', '26.1']
    >>> fill("{% if 1 > 2 %}a{% elsif 2 > 1 %}b{% endif %}", {}) is None
    True
    """
    text = template.strip()
    for name, value in facts.items():
        text = text.replace(f"__{name}__", value or "")
    try:
        filled = _run(text)
    except _NotUnderstoodError:
        return None
    return None if "{%" in filled or "{{" in filled else filled


def without_markup(text: str) -> str:
    """Return a label without HTML.

    >>> without_markup("20 (<abbr title='Short Term Support'>STS</abbr>)")
    '20 (STS)'
    """
    return _TAGS.sub("", _BLOCKS.sub("", text))


def _run(text: str) -> str:
    """Return what is written where every condition around it holds."""
    written: list[str] = []
    variables: dict[str, str] = {}
    conditions: list[bool] = []
    for part in _PARTS.split(text):
        inside = part[2:-2].strip()
        if not part.startswith("{%"):
            if all(conditions):
                written.append(_evaluate(inside, variables) if part.startswith("{{") else part)
        elif match := _ASSIGN.fullmatch(inside):
            if all(conditions):
                variables[match[1]] = _evaluate(match[2], variables)
        else:
            _branch(inside, conditions, variables)
    if conditions:
        raise _NotUnderstoodError
    return "".join(written)


def _branch(statement: str, conditions: list[bool], variables: Mapping[str, str]) -> None:
    if match := _CONDITION.fullmatch(statement):
        compared = [_number(_literal(text, variables)) for text in (match[1], match[3])]
        conditions.append(_COMPARISONS[match[2]](*compared))
    elif conditions and statement == "else":
        conditions[-1] = not conditions[-1]
    elif conditions and statement == "endif":
        conditions.pop()
    else:
        raise _NotUnderstoodError


def _evaluate(expression: str, variables: Mapping[str, str]) -> str:
    first, *filters = _split(expression)
    value: Value = _literal(first, variables)
    for step in filters:
        name, _, arguments = step.partition(":")
        apply = _FILTERS.get(name.strip())
        if apply is None:
            raise _NotUnderstoodError
        value = apply(value, _arguments(arguments))
    if isinstance(value, list):
        return "".join(value)
    return value


def _split(expression: str) -> list[str]:
    """Split an expression at its bars, but those in quotes."""
    parts = re.findall(r"""(?:'[^']*'|"[^"]*"|[^|'"])+""", expression)
    if not parts:
        raise _NotUnderstoodError
    return parts


def _literal(text: str, variables: Mapping[str, str]) -> str:
    if text.strip() in variables:
        return variables[text.strip()]
    match = _TEXT.fullmatch(text)
    if match is None:
        raise _NotUnderstoodError
    return next(group for group in match.groups() if group is not None)


def _arguments(text: str) -> list[str]:
    """Read what stands after a filter's name; Liquid takes a colon for a comma there."""
    if not text.strip():
        return []
    parts = re.findall(r"""\s*(?:'[^']*'|"[^"]*"|-?\d+)\s*(?=[,:]|$)""", text)
    if not parts:
        raise _NotUnderstoodError
    return [_literal(part, {}) for part in parts]


def _number(value: Value) -> int:
    if isinstance(value, list) or not re.fullmatch(r"-?[0-9]{1,9}", value):
        raise _NotUnderstoodError
    return int(value)


def _replace(value: Value, arguments: list[str]) -> Value:
    if isinstance(value, list) or not arguments:
        raise _NotUnderstoodError
    return value.replace(arguments[0], arguments[1] if len(arguments) > 1 else "")


def _plus(value: Value, arguments: list[str]) -> Value:
    if len(arguments) != 1:
        raise _NotUnderstoodError
    return str(_number(value) + _number(arguments[0]))


def _split_at(value: Value, arguments: list[str]) -> Value:
    if isinstance(value, list) or not arguments or not arguments[0]:
        raise _NotUnderstoodError
    return value.split(arguments[0])


def _of_list(work: Callable[[list[str], list[str]], Value]) -> Callable[[Value, list[str]], Value]:
    def apply(value: Value, arguments: list[str]) -> Value:
        if not isinstance(value, list):
            raise _NotUnderstoodError
        return work(value, arguments)

    return apply


_COMPARISONS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_FILTERS: Final[Mapping[str, Callable[[Value, list[str]], Value]]] = {
    "plus": _plus,
    "replace": _replace,
    "split": _split_at,
    "pop": _of_list(lambda value, _: value[:-1]),
    "first": _of_list(lambda value, _: value[0]),
    "last": _of_list(lambda value, _: value[-1]),
    "join": _of_list(lambda value, arguments: (arguments[0] if arguments else " ").join(value)),
}

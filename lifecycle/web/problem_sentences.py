"""What is wrong with a form, or with a list that came in by one, in sentences for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from lifecycle.calendar.days import spell_days
from lifecycle.documents.patterns import IN_WORDS, KEY, ONE_LINE, SLUG
from lifecycle.errors import LifecycleError, Problem, end_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

_Refusal = TypeVar("_Refusal", bound=Exception)

_NULL = re.compile(r",? or null(?=$|[;:,.])")
"""What programs may send for nothing; a form leaves the field empty."""
_ENTRY = re.compile(
    r"(?:\b(account|instance|address|release|line|feature|stage)(?:es|s)|(?<![\w.]))"
    r"\[([^\]]*)\]\.?"
)
_NUMBERED = ("address", "feature", "stage")
_OURS = re.compile(r"(account|entry|line|release|feature|the) ")


def describe_fault(message: str, allowed: str | None) -> str:
    """Say what is wrong with a field, as what follows its name; what may stand there once.

    >>> describe_fault("must be text or null", "text or null")
    'must be text'
    >>> describe_fault("is too soon for Pro", "2027-01-31 or later")
    'is too soon for Pro; use 31 January 2027 or later'
    >>> describe_fault("is empty; use YYYY-MM-DD", "a date as YYYY-MM-DD or null")
    'is empty; use a date as YYYY-MM-DD'
    >>> describe_fault("must be 1 to 100 letters or digits", KEY)
    'must be 1 to 100 letters or digits'
    """
    fault, choice = _NULL.sub("", message), _NULL.sub("", allowed or "")
    if choice in {SLUG, KEY, IN_WORDS[ONE_LINE]}:  # for programs, or said by the field itself
        return spell_days(fault)
    stem, has_way_out, way_out = fault.rpartition("; use ")
    if not choice or choice in fault or (has_way_out and way_out not in choice):
        return spell_days(fault)
    return spell_days(f"{stem if has_way_out else fault}; use {choice}")


def reword(refusal: _Refusal, words: Mapping[str, Mapping[str, str]]) -> _Refusal:
    """Put a page's words in place of the API's where a refusal says what is wrong with fields.

    >>> refusal = LifecycleError(problems=[Problem("lts", "must be true", allowed="true or null")])
    >>> reword(refusal, {"lts": {"true": "yes"}}).problems
    (Problem('lts', 'must be yes', value=None),)
    """
    if isinstance(refusal, LifecycleError):
        refusal.problems = tuple(
            Problem(
                problem.field,
                _replace(problem.message, words.get(problem.field, {})),
                value=problem.value,
                allowed=_replace(problem.allowed or "", words.get(problem.field, {})) or None,
            )
            for problem in refusal.problems
        )
    return refusal


def _replace(text: str, words: Mapping[str, str]) -> str:
    for theirs, ours in words.items():
        text = text.replace(theirs, ours)
    return text


def name_field(field: str) -> str:
    """Name a field of a form that its page has no words for; a path in a document stays as it is.

    >>> name_field("expires_at"), name_field("releases[3].version")
    ('Expires at', 'releases[3].version')
    """
    if field.isidentifier():
        return field[:1].upper() + field[1:].replace("_", " ")
    return field[:1].upper() + field[1:] if _OURS.match(field) else field


def name_place(path: str) -> str:
    """Name the place of a mistake in a list; what is counted from 0 in a path, people count from 1.

    >>> name_place("line 3 of the pasted text, tier"), name_place("r.json, [3].version")
    ('Line 3 of the pasted text, tier', 'r.json, entry 4, version')
    >>> name_place("accounts[acme].instances[prod].product"), name_place("x[1].csv, line 2")
    ('Account acme, instance prod, product', 'x[1].csv, line 2')
    """
    place = _ENTRY.sub(_name_entry, path).removesuffix(", ")
    return place[:1].upper() + place[1:] if _OURS.match(place) else place


def _name_entry(entry: re.Match[str]) -> str:
    word, name = entry[1] or "entry", entry[2]
    is_placed = word == "entry" or word in _NUMBERED or entry.string[: entry.start()].endswith(", ")
    return f"{word} {int(name) + 1 if is_placed and name.isdecimal() else name}, "


def describe_entry(problem: Problem) -> str:
    """Say what is wrong at a place of a list: what stands there, and what may.

    >>> describe_entry(Problem("tier", "is not a tier of any policy", value="gold", allowed="pro"))
    '“gold” is not a tier of any policy; use pro'
    """
    fault, value = describe_fault(problem.message, problem.allowed), problem.value
    is_shown = isinstance(value, str | int | float) and str(value) and not isinstance(value, bool)
    return f"“{value}” {fault}" if is_shown and str(value) not in problem.message else fault


def write_sentence(fault: str) -> str:
    """Write what is wrong as a sentence that stands alone.

    >>> write_sentence("must not be empty"), write_sentence("'x' is not a line; did you mean 'y'?")
    ('Must not be empty.', "'x' is not a line; did you mean 'y'?")
    """
    return end_sentence(fault[:1].upper() + fault[1:])

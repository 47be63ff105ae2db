"""Texts that people read are written as a careful native writer would write them.

Walked are the string literals of the product and the docstrings that reach people: those of errors
(the default message), of gate rules (their pages), of commands (their help) and of routes (their
description). So are the templates of pages and e-mails.
"""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATTERNS = {
    r"(?<![Tt]here )\b(is|are|was|were) no (?!longer\b)[a-z]": "say 'is not a …' or 'is not valid'",
    r"(?<!there )\b(is|are) none\b": "say what it is not",
    r"\bthat there (is|are)\b": "leave it out, or say 'known'",
    r"\bfor ever\b|\boftener\b": "say 'forever', 'more often'",
    r"\bfrom (\S+|\d{4}-\d\d-\d\d) on(?=[ .,;:)]|$)(?! (a|an|the)\b)": "leave 'on' out",
    r"\bof (its|their) own\b": "leave it out",
    r"\b[Ll]et \S+ be\b": "say who does what",
    r"\b(is|are) owed\b": "say 'requires'",
    r"\b[Tt]old\b": "say 'notified'",
    r"\b(thrown?|throw it) away\b": "say 'delete'",
    r"\bnot known here\b": "say 'unknown'",
    r"\bcannot be meant\b": "say 'invalid'",
    r"\bto say$|\bto say[.:]": "say who may set it",
}
EXCEPTIONS = {}
"""Texts that may break a pattern, each with the reason."""

ROUTES = re.compile(r"(get|put|post|patch|delete|ask)\(")
COMMANDS = re.compile(r"(\.command|\.group)\(")


def texts_in(source, *, rules=False):
    """Yield each text that may reach a person, with its line; what is filled in stands as '…'."""
    tree = ast.parse(source)
    silent = set(_attribute_docs(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            silent.update(ast.walk(node))
            yield node.lineno, "".join(_filled(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node not in silent and " " in node.value.strip():
                yield node.lineno, node.value
        elif _reaches_people(node, rules=rules) and (text := ast.get_docstring(node)):
            yield node.lineno, text


def _filled(part):
    return part.value if isinstance(part, ast.Constant) else "…"


def _attribute_docs(tree):
    """Yield the strings that are statements: docstrings, judged apart, and notes on a constant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _reaches_people(node, *, rules):
    if isinstance(node, ast.ClassDef):
        return any(_is_error(ast.unparse(base)) for base in node.bases)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    decorators = " ".join(map(ast.unparse, node.decorator_list))
    return bool(
        (rules and node.name == "check") or ROUTES.match(decorators) or COMMANDS.search(decorators)
    )


def _is_error(base):
    kinds = "Error|BadRequest|Conflict|NotFound|Unauthorized|Forbidden|Unprocessable|Unavailable"
    return re.search(f"({kinds}|TooManyRequests|Precondition\\w+)$", base)


def faults_in(text):
    """Say which patterns a text breaks, and what to write instead."""
    if text in EXCEPTIONS:
        return []
    return [advice for pattern, advice in PATTERNS.items() if re.search(pattern, text)]


@functools.cache
def texts_of_the_product():
    """Return each text with its place; both tests that read them all parse every module."""
    files = (
        path for name in ("lifecycle", "notifications") for path in (ROOT / name).rglob("*.py")
    )
    return [
        (f"{path.relative_to(ROOT)}:{line}", text)
        for path in sorted(files)
        for line, text in texts_in(
            path.read_text(encoding="utf-8"), rules=path.parent.name == "rules"
        )
    ]


def test_no_template_has_a_phrase_that_a_native_writer_would_not_use():
    found = []
    for path in sorted((ROOT / "lifecycle").rglob("*.html")):
        text = re.sub(r"\{[{%].*?[%}]\}", "…", path.read_text(encoding="utf-8"))
        found += [f"{path.name}: {advice}" for advice in faults_in(text)]

    assert not found


def test_no_text_that_people_read_has_a_phrase_that_a_native_writer_would_not_use():
    found = [
        f"{where}: {text!r}: {advice}"
        for where, text in texts_of_the_product()
        for advice in faults_in(text)
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        'raise BadRequest(f"{text!r} is no scope; use {ALLOWED}.")',
        'Problem("cursor", "is none that this list gave out")',
        'Finding(ID, f"{tier} is owed {period}.", "Let it be.")',
        'click.option("--product", help="A product that there is.")',
        'WorkOut(message=f"affected from {day} on and cannot be reached")',
        'class UnknownTopic(NotFound):\n    """They are none of ours, for ever."""',
        '@command.command()\ndef draft():\n    """Draft a deprecation; nobody is told of it."""',
        '@get("/v1/x", scope="public")\nasync def show():\n    """Show what it says of its own."""',
        'X = "a day that is not known here"',
    ],
)
def test_a_phrase_to_avoid_is_found_wherever_it_would_reach_people(source):
    assert [advice for _, text in texts_in(source) for advice in faults_in(text)]


@pytest.mark.parametrize(
    "source",
    [
        '"""A module about what is no scope."""',
        'def parse():\n    """Read what is no day as None."""',
        'LIMIT = 3\n"""How many there are for each that is told."""',
        'raise BadRequest("3.34 is no longer covered.")',
        'raise BadRequest(f"It takes effect on {day}, and support lasts until then.")',
    ],
)
def test_what_only_readers_of_the_code_see_and_plain_english_pass(source):
    assert not [advice for _, text in texts_in(source) for advice in faults_in(text)]


def test_every_exception_is_still_needed_and_has_a_reason():
    texts = {text for _, text in texts_of_the_product()}

    assert EXCEPTIONS.keys() <= texts
    assert all(len(reason.split()) > 3 for reason in EXCEPTIONS.values())

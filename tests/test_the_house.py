"""The house keeps its order: what import contracts cannot say of names."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

import lifecycle
import notifications
from lifecycle.cli import COMMANDS, MODULES

PACKAGES = [Path(str(package.__file__)).parent for package in (lifecycle, notifications)]
SLICE = {"models", "queries", "actions", "errors"}
"""What a slice is made of, and what each of the two packages raises."""

GERUNDS = {
    "routing": "the field's word for which path goes where",
    "sealing": "the field's word for encrypting at rest",
    "signing": "the field's word for proving who sent something",
    "version_ranking": "a ranking is a list",
    "wording": "the word for how a text is put",
}

PRONOUNS = frozenset(
    re.findall(
        r"\w+",
        """
    all_ anything asked back both done each everyone everything found given gone got had
    happened held here it kept known left lost made many meant nothing of one other others put
    rest said same seen sent so some something stuff such taken that them then there these
    they thing things this those told wanted was were what whatever which who whole whose
""",
    )
)
"""What a local must not be called, with or without an underscore: it says nothing of what it is."""


def modules():
    for package in PACKAGES:
        for path in package.rglob("*.py"):
            name = path.parent.name if path.stem == "__init__" else path.stem
            yield name, str(path.relative_to(package.parent))


def resources():
    """Give the names under which the outside knows things: routes' and commands'."""
    routes = {path.stem for path in (PACKAGES[0] / "api").glob("*.py")}
    return routes | {MODULES.get(name, name) for name in COMMANDS} | {"support", "versions"}


def test_a_modules_name_occurs_once_unless_a_route_or_a_command_is_called_so():
    places = defaultdict(list)
    for name, place in modules():
        places[name].append(place)

    repeated = {name: found for name, found in places.items() if len(found) > 1}
    assert {name: repeated[name] for name in repeated.keys() - resources() - SLICE} == {}


@pytest.mark.parametrize("name", sorted({name for name, _ in modules() if name.endswith("ing")}))
def test_modules_are_nouns_of_the_field(name):
    is_rule = any(f"rules/{name}.py" in place for _, place in modules())

    assert is_rule or name in GERUNDS


def locals_in(source):
    """Yield the names of what functions take and bind, comprehensions and lambdas included."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for node in ast.walk(function):
                if isinstance(node, ast.arg):
                    yield node.arg, node.lineno
                elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id, node.lineno
                elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
                    yield node.name or "", node.lineno


@pytest.mark.parametrize(
    "source",
    [
        "def count(told): ...",
        "def count(rows): return [each.id for each in rows]",
        "def count(rows):\n    for _, found in rows: ...",
        "def count(rows):\n    match rows:\n        case [other]: ...",
        "count = sorted(rows, key=lambda it: it.id)",
    ],
)
def test_a_local_that_is_called_by_a_pronoun_is_found_wherever_it_is_bound(source):
    assert {name for name, _ in locals_in(source)} & PRONOUNS


def test_locals_say_what_they_are():
    named = {
        (place, line, name)
        for _, place in modules()
        for name, line in locals_in((PACKAGES[0].parent / place).read_text(encoding="utf-8"))
        if name.strip("_") in PRONOUNS
    }

    assert named == set()

"""States have names: no module compares them with a text, or sets them to one, misspelt or not."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted([*ROOT.glob("lifecycle/**/*.py"), *ROOT.glob("notifications/**/*.py")])
STATES = {"affected", "change", "known", "milestone", "origin", "state", "status", "step"}


def is_state(node):
    return isinstance(node, ast.Attribute) and node.attr in STATES


def is_text(node):
    parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    return any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in parts)


def spells_a_state(node):
    match node:
        case ast.Compare(left=left, comparators=rest):
            return any(map(is_state, [left, *rest])) and any(map(is_text, [left, *rest]))
        case ast.Assign(targets=[target], value=value):
            return is_state(target) and is_text(value)
        case ast.Call(func=ast.Attribute(value=column, attr=method), args=arguments):
            return is_state(column) and method != "label" and any(map(is_text, arguments))
        case ast.keyword(arg=name, value=value):
            return name in STATES and is_text(value)
    return False


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_states_are_named_and_not_spelt(module):
    nodes = ast.walk(ast.parse(module.read_text(encoding="utf-8")))

    assert [ast.unparse(node) for node in nodes if spells_a_state(node)] == []


@pytest.mark.parametrize(
    "spelt",
    [
        'notice.state == "filled"',
        'notice.state in {"waiting", "filling"}',
        'notice.state = "filled"',
        'Notice.state.in_(("waiting", "filling"))',
        'update(Recipient).values(affected="yes")',
    ],
)
def test_a_state_that_is_spelt_is_found(spelt):
    assert any(map(spells_a_state, ast.walk(ast.parse(spelt))))

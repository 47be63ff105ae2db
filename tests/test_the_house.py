"""The house keeps its order: what import contracts cannot say of names."""

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

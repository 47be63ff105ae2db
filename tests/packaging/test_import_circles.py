"""No two modules need each other, not even for their types."""

import sys

import grimp
import pytest

OPENED_LATER = {
    frozenset({"notifications.channels.email", "notifications.channels.email_transport"}),
    frozenset({"notifications.channels.webhook", "notifications.channels.webhook_transport"}),
}
"""A channel's descriptor opens its transport, which reads addresses as the descriptor does."""


def circles(graph):
    """Find the modules that reach each other: strongly connected components, by Tarjan."""
    order, lowest, stack, found = {}, {}, [], []

    def visit(module):
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for imported in graph.find_modules_directly_imported_by(module):
            if imported not in order:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in stack:
                lowest[module] = min(lowest[module], order[imported])
        if lowest[module] == order[module]:
            place = stack.index(module)
            found.append(frozenset(stack[place:]))
            del stack[place:]

    for module in sorted(graph.modules):
        if module not in order:
            visit(module)
    return {circle for circle in found if len(circle) > 1}


@pytest.fixture
def deep():
    """Let a chain of imports be as long as there are modules."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10_000)
    yield
    sys.setrecursionlimit(limit)


def test_no_import_is_part_of_a_circle(deep):
    graph = grimp.build_graph(
        "lifecycle", "notifications", exclude_type_checking_imports=False, cache_dir=None
    )

    assert circles(graph) - OPENED_LATER == set()


def test_a_circle_is_found(deep):
    graph = grimp.ImportGraph()
    for importer, imported in ["ab", "bc", "ca", "cd", "de"]:
        graph.add_import(importer=importer, imported=imported)

    assert circles(graph) == {frozenset("abc")}

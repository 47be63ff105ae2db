"""For each rule of the gate a scene in which it finds something, and one in which it does not."""

from importlib import import_module


def failing_scene(rule):
    """Return the scene of which the rule's page says that it fails."""
    return _examples(rule).FAILS


def passing_scene(rule):
    """Return the scene of which the rule's page says that it passes."""
    return _examples(rule).PASSES


def _examples(rule):
    name = rule.__name__.rpartition(".")[2]
    return import_module(f"testkit.rule_examples.{name}")

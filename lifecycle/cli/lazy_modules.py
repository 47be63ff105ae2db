"""Modules that are imported once something of them is used: help needs no service's packages."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class LazyModule:
    """Stands for a module, which is imported when an attribute of it is first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


def later(name: str) -> Any:
    """Return what stands for a module until it is needed.

    >>> later("lifecycle.calendar.days").parse_day("2026-01-31").isoformat()
    '2026-01-31'
    """
    return LazyModule(name)

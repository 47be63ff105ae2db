"""The forms that people and CI read a report in.

A form is imported when it is asked for, since a command that fails a build must start fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lifecycle.reports import Pages, Report

FORMS = {
    "text": "plain_text",
    "json": "json_report",
    "markdown": "markdown",
    "junit": "junit",
    "sarif": "sarif",
    "github": "github",
    "codequality": "codequality",
}


def render(
    report: Report,
    form: str,
    *,
    pages: Pages | None = None,
    width: int = 100,
    colour: bool = False,
) -> str:
    """Return a report in one of ``FORMS``; ``pages`` explain the rules, where the form does.

    ``width`` and ``colour`` are for text alone.
    """
    if form == "text":
        from lifecycle.reports import plain_text  # noqa: PLC0415 -- only the form asked for

        return plain_text.render(report, pages, width=width, colour=colour)
    rendered: str = import_module(f"{__package__}.{FORMS[form]}").render(report, pages)
    return rendered

"""A page for each kind of refusal, which the ``type`` of a problem document leads to."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from markupsafe import Markup

from lifecycle.documents.suggestions import did_you_mean, nearest_words
from lifecycle.errors import LifecycleError, NotFound, end_sentence
from lifecycle.manual.problem_kinds import ProblemKind, problem_kinds
from lifecycle.manual.rendered_topics import rendered_line
from lifecycle.server.dependencies import Moment
from lifecycle.server.published_paths import path_prefix, write_path
from lifecycle.server.request_parameters import Name
from lifecycle.web.page_routes import page, pages
from lifecycle.web.rendered_pages import show
from notifications.errors import NotificationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OF_COMMANDS = (
    "lifecycle.asgi",
    "lifecycle.cli",
    "lifecycle.client",
    "lifecycle.database.schema_upgrade",
    "lifecycle.demo",
    "lifecycle.static_export",
)
"""Loaded by some commands only: a page is called the same whatever runs the application."""


@page("/problems")
async def show_problems(
    request: Request[Any, Any, Any], moment: NamedDependency[Moment]
) -> Response[str]:
    """List every kind of refusal by its status."""
    moment.unkept()
    kinds = problem_kinds().values()
    return show(request, "problems.html", title="Problems", kinds=kinds, line=_line(moment))


@page("/problems/{kind:str}")
async def show_problem(
    request: Request[Any, Any, Any], kind: Name, moment: NamedDependency[Moment]
) -> Response[str]:
    """Show why such a request is refused, and what to do about it."""
    kinds = problem_kinds()
    if kind not in kinds:
        near = nearest_words(kind, kinds, most=3)
        raise NotFound(f"Unknown kind of problem {kind[:100]!r}{did_you_mean(near) or '.'}")
    moment.unkept()
    chosen = kinds[kind]
    return show(
        request,
        "problem_kind.html",
        title=_title(chosen),
        kind=chosen,
        line=_line(moment),
    )


def _line(moment: Moment) -> Callable[[str], Markup]:
    """Return what writes a cell of the manual's tables as a sentence in HTML."""
    prefix = path_prefix(moment.app_state.settings)

    def address(topic: str, anchor: str) -> str:
        path = write_path(prefix, "manual", topic)
        return f"{path}#{anchor}" if anchor else path

    def line(text: str) -> Markup:
        sentence = end_sentence(text[:1].upper() + text[1:])
        return Markup(rendered_line(sentence, address))  # noqa: S704 -- HTML in it is text

    return line


def _title(kind: ProblemKind) -> str:
    """Return what a kind says of itself; its name in words, where several are called so."""
    in_words = kind.type.replace("-", " ").capitalize()
    return in_words if len(kind.cases) > 1 else _titles().get(kind.name, in_words)


@cache
def _titles() -> dict[str, str]:
    """Return what each kind of refusal that the application raises says of itself, by its name."""
    kinds = {kind.__name__: kind for kind in _below(LifecycleError)}
    kinds |= {kind.__name__.removesuffix("Error"): kind for kind in _below(NotificationError)}
    return {
        name: kind.__doc__.splitlines()[0].rstrip(".")
        for name, kind in kinds.items()
        if kind.__doc__
    }


def _below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for child in kind.__subclasses__():
        if not child.__module__.startswith(OF_COMMANDS):
            yield child
        yield from _below(child)


router = pages(show_problems, show_problem)

"""The manual: a page a topic, and the list of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from markupsafe import Markup

from lifecycle.manual import contents
from lifecycle.manual.rendered_topics import RenderedTopic, rendered
from lifecycle.server.dependencies import Moment
from lifecycle.server.published_paths import path_prefix, write_path
from lifecycle.server.request_parameters import Name
from lifecycle.web.page_routes import page, pages
from lifecycle.web.rendered_pages import show


@page("/manual")
async def show_manual(
    request: Request[Any, Any, Any], moment: NamedDependency[Moment]
) -> Response[str]:
    """List the manual's topics."""
    moment.unkept()
    return show(request, "manual.html", title="Manual", topics=contents.list_topics())


@page("/manual/{topic:str}")
async def show_topic(
    request: Request[Any, Any, Any], topic: Name, moment: NamedDependency[Moment]
) -> Response[str]:
    """Show the manual's page on a topic."""
    chosen = contents.get_topic(topic)
    moment.unkept()
    document = _rendered(chosen, path_prefix(moment.app_state.settings))
    before, after = _neighbours(chosen.name)
    return show(
        request,
        "topic.html",
        title=chosen.title,
        topic=chosen,
        lead=Markup(document.lead),  # noqa: S704 -- ours, from a source in which HTML is text
        body=Markup(document.html),  # noqa: S704
        headings=document.headings,
        before=before,
        after=after,
    )


@lru_cache(maxsize=len(contents.TOPICS))
def _rendered(topic: contents.Topic, prefix: str) -> RenderedTopic:
    """Render a topic once for all who read it below a path."""

    def address(name: str, anchor: str) -> str:
        path = write_path(prefix, "manual", name)
        return f"{path}#{anchor}" if anchor else path

    return rendered(topic, address)


def _neighbours(name: str) -> tuple[contents.Topic | None, contents.Topic | None]:
    """Return the topics before and after one."""
    topics = contents.list_topics()
    place = contents.TOPICS.index(name)
    before = topics[place - 1] if place else None
    return before, topics[place + 1] if place + 1 < len(topics) else None


router = pages(show_manual, show_topic)

"""A demo that is served and walked once, and a browser to look at it with."""

from collections import defaultdict

import pytest
import pytest_asyncio

from lifecycle.app import create_app
from lifecycle.database import open_store
from testkit.api_fixtures import in_tests
from testkit.browsers import launched
from testkit.demo_sites import Site, demo, example_path, refused_path


@pytest.fixture(scope="session")
def routes():
    """Return the paths of our own routes with their parameters, by scope and media type."""
    app = create_app(in_tests(), open_store("sqlite:///unused"))
    paths = defaultdict(set)
    for route in app.litestar.routes:
        for handler in getattr(route, "route_handlers", ()):
            if not route.path_format.startswith("/schema"):
                media_type = getattr(handler.media_type, "value", handler.media_type)
                kind = handler.opt.get("scope"), media_type
                paths[kind].add(route.path_format)
    return paths


@pytest.fixture(scope="session")
def page_routes(routes):
    return routes["public", "text/html"]


@pytest.fixture(scope="session")
def site(tmp_path_factory, page_routes, routes):
    pictures = routes["public", "image/svg+xml"]
    unlinked = [refused_path(route) for route in (*page_routes, *pictures) if "{" in route]
    unlinked += [refused_path(route) for route in routes["link", ""]]
    unlinked += [example_path(route) for route in pictures]
    folder = tmp_path_factory.mktemp("site")
    with demo(folder) as server:
        yield Site(server.address, page_routes, unlinked=unlinked)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with launched() as browser:
        yield browser

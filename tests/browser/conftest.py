"""A demo that is served and walked once, and a browser to look at it with."""

import pickle
from collections import defaultdict
from datetime import date

import pytest
import pytest_asyncio

from lifecycle.app import create_app
from lifecycle.database import open_store
from lifecycle.server.authorization import ALWAYS
from testkit.api_fixtures import in_tests
from testkit.browsers import launched
from testkit.demo_sites import DAY, Site, demo, example_path, refused_path
from testkit.filled_demos import FilledDemo, fill_demo
from testkit.made_once import made_once
from testkit.server_processes import HEADERS

STARTS = ("/console", "/my/acme", "/sessions", "/sign-in")
"""Where walking the signed-in pages begins."""


@pytest.fixture(scope="session")
def application():
    return create_app(in_tests(), open_store("sqlite:///unused"))


def handlers_of(application):
    for route in application.litestar.routes:
        for handler in getattr(route, "route_handlers", ()):
            if not route.path_format.startswith("/schema"):
                yield route, handler


@pytest.fixture(scope="session")
def routes(application):
    """Return the paths of our own routes with their parameters, by scope and media type."""
    paths = defaultdict(set)
    for route, handler in handlers_of(application):
        media_type = getattr(handler.media_type, "value", handler.media_type)
        paths[handler.opt.get("scope"), media_type].add(route.path_format)
    return paths


@pytest.fixture(scope="session")
def page_routes(routes):
    return routes["public", "text/html"]


@pytest.fixture(scope="session")
def signed_in_routes(application):
    """Return the paths of the pages for who is signed in."""
    return {
        route.path_format
        for route, handler in handlers_of(application)
        if handler.opt.get("signed_in") == ALWAYS and "GET" in handler.http_methods
        if not route.path_format.endswith(".html")  # a page to download is a document
        if getattr(handler.media_type, "value", handler.media_type) == "text/html"
    }


@pytest.fixture(scope="session")
def filled_demo(shared_folder):
    """The demo of the day on which these tests look at it, to be copied."""

    def make(folder):
        fill_demo(folder, date.fromisoformat(DAY))

    return FilledDemo(made_once(shared_folder, f"demo-{DAY}", make) / "demo.sqlite3")


@pytest.fixture(scope="session")
def demo_server(filled_demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    store = filled_demo.copy(folder / "demo.sqlite3")
    with demo(folder, store, **filled_demo.environment) as server:
        yield server


@pytest.fixture(scope="session")
def walked(shared_folder, demo_server):
    """Return a walk through the demo that one process made, as of this process's server."""

    def walked(name, routes, **said):
        def walk(folder):
            walk = Site(demo_server.address, routes, **said)
            (folder / "walk.pickle").write_bytes(pickle.dumps(walk))

        made = made_once(shared_folder, f"walk-{name}", walk) / "walk.pickle"
        return pickle.loads(made.read_bytes()).served_at(demo_server.address)  # noqa: S301 -- ours

    return walked


@pytest.fixture(scope="session")
def site(walked, page_routes, routes):
    pictures = routes["public", "image/svg+xml"]
    unlinked = [refused_path(route) for route in (*page_routes, *pictures) if "{" in route]
    unlinked += [refused_path(route) for route in routes["link", ""]]
    unlinked += [example_path(route) for route in pictures]
    return walked("public", page_routes, unlinked=unlinked)


@pytest.fixture(scope="session")
def signed_in_site(walked, signed_in_routes):
    """Walk what an admin is shown: the vendor's pages, and a customer's."""
    unlinked = [refused_path(route) for route in signed_in_routes if "{" in route]
    return walked("signed-in", signed_in_routes, unlinked=unlinked, starts=STARTS, headers=HEADERS)


@pytest.fixture(scope="session", params=["public", "signed in"])
def any_site(request):
    return request.getfixturevalue("site" if request.param == "public" else "signed_in_site")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with launched() as browser:
        yield browser

"""A demo that is served and walked once, and a browser to look at it with."""

import pytest
import pytest_asyncio
from litestar import MediaType

from lifecycle.app import create_app
from lifecycle.database import open_store
from testkit.api_fixtures import in_tests
from testkit.browsers import launched
from testkit.demo_sites import Site
from testkit.server_processes import Server

DAY = "2026-11-30"
DEMO = ("serve", "--demo", "--at", DAY, "--no-worker", "--port", "0")
UNBOUNDED = {"LIFECYCLE_ANONYMOUS_SECONDS_PER_MINUTE": "0"}


@pytest.fixture(scope="session")
def page_routes():
    """Return the paths of all pages of our own, with their parameters."""
    app = create_app(in_tests(), open_store("sqlite:///unused"))
    return {
        route.path_format
        for route in app.litestar.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.opt.get("scope") == "public" and handler.media_type == MediaType.HTML
        if not route.path_format.startswith("/schema")
    }


@pytest.fixture(scope="session")
def site(tmp_path_factory, page_routes):
    folder = tmp_path_factory.mktemp("site")
    with Server(f"sqlite:///{folder}/demo.sqlite3", folder, command=DEMO, **UNBOUNDED) as server:
        yield Site(server.ready().address, page_routes)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with launched() as browser:
        yield browser

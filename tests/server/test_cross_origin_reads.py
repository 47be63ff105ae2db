"""What scripts of other sites may read: answers that are the same for everybody, and no others."""

import pytest
from litestar.handlers import HTTPRouteHandler

from lifecycle.accounts.scopes import Caller, parse_scope
from lifecycle.app import create_app
from testkit.api_fixtures import connected, in_tests, running
from testkit.page_addresses import VALUES

ORIGIN = {"Origin": "https://else.example"}
OTHERS = {"account": "acme", "deprecation": "0197a2f0-4c1e-4d3a-9b52-3f6c8e1d2a47", "cycle": "3.9"}
FORMATS = (
    "/v1/products/clairdash/versions/3.9.0",
    "/products/clairdash/openeox.json",
    "/products/clairdash/cyclonedx.json",
    "/api/v1/products/clairdash",
    "/api/clairdash.json",
    "/tea/products",
    "/products/clairdash/versions/3.9.0/badge.json",
    "/products/clairdash/versions/3.9.0/badge.svg",
    "/changes.atom",
)


@pytest.fixture
def store_url(sqlite_url):
    """Decided before any store sees it, so one store tells as much as two."""
    return sqlite_url


def is_shared(response):
    """Return whether a browser lets a script of another site read an answer."""
    allowed = response.headers.get("access-control-allow-origin")
    assert allowed in {None, "*"}
    assert "access-control-allow-credentials" not in response.headers
    return allowed is not None


def gets_of(app):
    values = {**VALUES, **OTHERS}
    for route in app.litestar.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods:
                names = dict.fromkeys(route.path_parameters, "1") | values
                path = route.path.replace(":str}", "}").replace(":int}", "}")
                yield path.format_map(names), handler.opt["scope"]


async def test_of_all_routes_only_public_ones_that_are_no_pages_are_shared(app, client, clairdash):
    shared = set()
    for path, scope in gets_of(app):
        response = await client.get(path, headers=ORIGIN)
        is_page = "html" in response.headers.get("content-type", "")
        assert is_shared(response) == (scope == "public" and not is_page), path
        shared |= {path} if is_shared(response) else set()

    assert len(shared) > 60
    assert shared.isdisjoint({"/v1/accounts", "/v1/tokens", "/metrics", "/health/live"})


async def test_formats_are_shared_ready_or_not_and_when_nothing_changed(client, clairdash):
    for path in FORMATS:
        first = await client.get(path, headers=ORIGIN)
        again = await client.head(path, headers=ORIGIN)
        tag = {"If-None-Match": first.headers["etag"]}
        unchanged = await client.get(path, headers=ORIGIN | tag)

        assert [each.status_code for each in (first, again, unchanged)] == [200, 200, 304], path
        assert all(map(is_shared, (first, again, unchanged))), path
        assert "etag" in first.headers["access-control-expose-headers"]


async def test_what_a_token_opens_is_not_shared_and_does_not_enter_what_is(
    client, admin, clairdash
):
    for path in FORMATS:
        with_token = await client.get(path, headers=ORIGIN | admin)
        without = await client.get(path, headers=ORIGIN)

        assert (is_shared(with_token), is_shared(without)) == (False, True), path


async def test_a_refused_token_is_not_shared(client, clairdash):
    refused = await client.get(FORMATS[0], headers=ORIGIN | {"Authorization": "Bearer nonsense"})

    assert (refused.status_code, is_shared(refused)) == (401, False)


@pytest.mark.parametrize("setting", ["PUBLIC_READS", "CROSS_ORIGIN_READS"])
async def test_nothing_is_shared_where_the_operator_says_so(store, clock, setting):
    application = create_app(in_tests(**{f"LIFECYCLE_{setting}": "false"}), store, clock)
    async with running(application), connected(application) as client:
        for path in FORMATS:
            assert not is_shared(await client.get(path, headers=ORIGIN)), path


async def test_what_is_served_to_the_user_of_this_machine_is_not_shared(store, clock):
    user = Caller("user", parse_scope("admin"))
    application = create_app(in_tests(), store, clock, at_hand=user)
    async with running(application), connected(application) as client:
        answer = await client.get("/v1/products", headers=ORIGIN)

    assert (answer.status_code, is_shared(answer)) == (200, False)

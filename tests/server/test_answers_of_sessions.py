"""No answer to one session is ever served to another, or to nobody, on whichever route."""

import re

import pytest
from litestar.handlers import HTTPRouteHandler

from lifecycle.app import create_app
from lifecycle.database import open_store
from testkit.api_fixtures import connected, in_tests, running
from testkit.page_addresses import BROWSER
from testkit.route_walks import text_of
from testkit.scales import WALK_SCALE, walked_share
from testkit.signed_in import form_key, sign_in

pytestmark = pytest.mark.one_database("it is decided before any store")
NAMED = {
    "product": "clairdash",
    "account": "acme",
    "version": "3.9.0",
    "line": "3.9",
    "tier": "pro",
    "topic": "api",
    "kind": "unknown-product",
    "group": "drafts",
    "rule": "removal-unannounced",
}


def addresses(app):
    """Yield every route that reads, with something known in each place, but for metrics."""
    for route in app.litestar.routes:
        for handler in getattr(route, "route_handlers", ()):
            is_read = isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods
            if is_read and handler.opt["scope"] != "operator":
                yield re.sub(r"{(\w+):\w+}", lambda name: NAMED.get(name[1], "1"), route.path)


@pytest.fixture(params=["public", "private"])
def configuration(request):
    reads = "true" if request.param == "public" else "false"
    return {
        "LIFECYCLE_PUBLIC_READS": reads,
        "LIFECYCLE_ANONYMOUS_SECONDS_PER_MINUTE": "0",
    }


@pytest.fixture
async def apart(app, store_url, clock, configuration):
    """An application on the same store that nobody has asked anything yet."""
    application = create_app(in_tests(**configuration), open_store(store_url), clock)
    async with running(application):
        yield application


async def asked(client, path, headers=BROWSER):
    return text_of(await client.get(path, headers=headers))


async def test_each_route_answers_as_if_nobody_else_had_asked(
    app, apart, clairdash, admin, make_token, configuration
):
    is_public = configuration["LIFECYCLE_PUBLIC_READS"] == "true"
    async with (
        connected(app) as vendor,
        connected(app) as customer,
        connected(app) as nobody,
        connected(apart) as customer_apart,
        connected(apart) as nobody_apart,
    ):
        account = {"slug": "acme", "tier": "pro"}
        await vendor.post("/v1/accounts", json=account, headers=admin)
        await sign_in(vendor, admin)
        await sign_in(customer, await make_token("account:acme", label="narwhal"))
        customer_apart.cookies = customer.cookies
        secrets = [await form_key(vendor), await form_key(customer)]
        walked, paths = 0, addresses(app)
        if not is_public:  # nothing is kept of any of them
            paths = walked_share("private", paths)
        for path in paths:
            for _ in range(2):  # what could be kept is kept by then
                await asked(vendor, path)
                await asked(vendor, path, BROWSER | admin)
            by_nobody = await asked(nobody, path)
            by_customer = await asked(customer, path)
            again = await asked(nobody, path)

            assert by_nobody == again == await asked(nobody_apart, path), path
            assert by_customer == await asked(customer_apart, path), path
            assert secrets[0] not in by_nobody + by_customer, path
            assert secrets[1] not in by_nobody, path
            assert "narwhal" not in by_nobody, path
            walked += 1
    assert walked > (100 if is_public else 100 * min(1, WALK_SCALE))
    assert len(app) > 5 if is_public else len(app) == 0

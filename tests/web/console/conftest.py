import pytest

from testkit.api_fixtures import AS_ADMIN, asking, connected
from testkit.page_addresses import BROWSER
from testkit.publishing_vendors import *  # noqa: F403 -- what it lists
from testkit.responses import ok
from testkit.signed_in import send, sign_in


class Person:
    """Somebody who is signed in: opens pages and sends their forms."""

    def __init__(self, client):
        self.client = client

    async def open(self, path, status=200):
        answer = await self.client.get(path, headers=BROWSER)
        assert answer.status_code == status, answer.text
        return answer.text

    async def send(self, path, **fields):
        return await send(self.client, path, **fields)

    async def submit(self, path, **fields):
        """Send a form that is accepted; return where it leads."""
        answer = await self.send(path, **fields)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]


@pytest.fixture
async def signed_in(app, make_token):
    """Sign somebody in with a scope, in a browser of their own."""
    browsers = []

    async def signed_in(scope="publish", **said):
        browser = connected(app)
        browsers.append(browser)
        await sign_in(browser, await make_token(scope, **said))
        return Person(browser)

    yield signed_in
    for browser in browsers:
        await browser.aclose()


@pytest.fixture
async def manager(publish, signed_in):
    """Return a product manager who is signed in."""
    return await signed_in("publish")


@pytest.fixture
def further_steps(request):
    """Begin with customers where a test names them."""
    return (serve_two,) if "customers" in request.fixturenames else ()


async def serve_two(store):
    runs = {"product": "clairdash", "version": "3.9.0", "features": ["rest-v1"]}
    seen = {"last_seen": "2026-11-20T00:00:00Z"}
    hook = {"channel": "webhook", "address": "https://hooks.globex.example/in"}
    async with asking(store) as client:
        client.headers.update(AS_ADMIN)
        for slug, tier in (("acme", "pro"), ("globex", "enterprise")):
            path = f"/v1/accounts/{slug}"
            await ok(client.put(path, json={"tier": tier, "name": slug.title()}))
            await ok(client.put(f"{path}/instances/prod", json=runs | seen))
        await ok(client.post("/v1/accounts/globex/subscriptions", json=hook))


@pytest.fixture
def customers(clairdash):
    """Name accounts that run 3.9.0: on Pro without an address, on Enterprise with one."""
    return "acme", "globex"

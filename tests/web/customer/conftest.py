import pytest

from testkit.api_fixtures import AS_ADMIN, asking
from testkit.customers import CUSTOMERS, serve
from testkit.published_deprecations import announce_through
from testkit.publishing_vendors import *  # noqa: F403 -- what it lists
from testkit.signed_in import sign_in


@pytest.fixture
def further_steps(request):
    """Begin with two customers, each under names of its own, who run what is deprecated."""
    return (serve_both, announce_removal) if "customers" in request.fixturenames else ()


async def serve_both(store):
    async with asking(store) as client:
        for slug in CUSTOMERS:
            await serve(client, AS_ADMIN, slug)


async def announce_removal(store):
    removal = {"kind": "removal", "feature": "rest-v1", "effective_on": "2027-09-01"}
    async with asking(store) as client:
        await announce_through(client, AS_ADMIN, **removal)


@pytest.fixture
def customers(rest):
    """Return the customers that the arrangement stored, and told that ``rest`` is removed."""
    return CUSTOMERS


@pytest.fixture
async def acme(client, customers, make_token):
    """Sign the client in as acme's."""
    await sign_in(client, await make_token("account:acme"))
    return "acme"


@pytest.fixture
async def notice(client, admin, customers):
    """Return the id of the notice that both were sent."""
    listed = (await client.get("/v1/accounts/acme/notices", headers=admin)).json()
    return listed["items"][0]["id"]

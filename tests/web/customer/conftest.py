import pytest

from testkit.customers import CUSTOMERS, serve
from testkit.publishing_vendors import *  # noqa: F403 -- what it lists
from testkit.signed_in import sign_in


@pytest.fixture
async def customers(client, admin, announce):
    """Have two customers run what is deprecated, each under names of its own."""
    for slug in CUSTOMERS:
        await serve(client, admin, slug)
    await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
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

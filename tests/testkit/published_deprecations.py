"""What a product manager announces through the API, as fixtures: import them into a conftest."""

import pytest

from testkit.responses import ok


@pytest.fixture
def rest(clairdash):
    """Return the key of the feature that the arrangement stored."""
    return "rest-v1"


@pytest.fixture
async def publish(make_token, rest):
    """Give the headers that carry a product manager's token; the product has a feature."""
    return await make_token("publish")


@pytest.fixture
async def act(client, publish):
    """Do something to a deprecation as it stands, and give the answer."""

    async def act(path, what, **body):
        etag = (await client.get(path, headers=publish)).headers["etag"]
        headers = publish | {"If-Match": etag}
        return await ok(client.post(f"{path}/{what}", json=body, headers=headers))

    return act


@pytest.fixture
async def announce(client, publish, act):
    """Draft a deprecation and announce it; give its path."""

    async def announce(**said):
        body = {"product": "clairdash", "reason": "It is old."} | said
        made = await ok(client.post("/v1/deprecations", json=body, headers=publish))
        await act(made.headers["location"], "announce")
        return made.headers["location"]

    return announce

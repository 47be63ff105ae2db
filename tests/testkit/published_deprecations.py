"""What a product manager announces through the API, as fixtures: import them into a conftest."""

from functools import partial

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
def act(client, publish):
    """Do something to a deprecation as it stands, and give the answer."""
    return partial(act_through, client, publish)


@pytest.fixture
def announce(client, publish):
    """Draft a deprecation and announce it; give its path."""
    return partial(announce_through, client, publish)


async def act_through(client, headers, path, what, **body):
    """Do something to a deprecation as it stands, as who sends these headers; give the answer."""
    etag = (await client.get(path, headers=headers)).headers["etag"]
    return await ok(client.post(f"{path}/{what}", json=body, headers=headers | {"If-Match": etag}))


async def announce_through(client, headers, **said):
    """Draft a deprecation and announce it, as who sends these headers; give its path."""
    body = {"product": "clairdash", "reason": "It is old."} | said
    made = await ok(client.post("/v1/deprecations", json=body, headers=headers))
    path = made.headers["location"]
    await act_through(client, headers, path, "announce")
    return path

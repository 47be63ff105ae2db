"""Where reads need a token: what is refused, how, and what the refusal says to a person."""

import re

import pytest

from testkit.page_addresses import BROWSER, page_addresses
from testkit.responses import ok

pytestmark = pytest.mark.one_database("decided before any store is asked")

PICTURE = {"Accept": "image/avif,image/webp,image/svg+xml,*/*;q=0.8"}
CONTACT = "access@clairdash.example"


@pytest.fixture
def configuration():
    return {"LIFECYCLE_PUBLIC_READS": "no", "LIFECYCLE_CONTACT": CONTACT}


@pytest.fixture
def paths(app):
    """Give the path of each route for people, and whether it is a page."""
    return page_addresses(app, deprecation="nothing")


def without_return(refused):
    """Return a page but for the address of its own that it leads back to after signing in."""
    return re.sub(r"(/sign-in\?next=)[^\"]*", r"\1", refused.text)


@pytest.mark.parametrize("asked", [{}, BROWSER, PICTURE], ids=["curl", "browser", "picture"])
async def test_everything_is_refused_to_who_has_none(client, paths, asked):
    for path, is_page in paths.items():
        refused = await client.get(path, headers=asked)

        assert refused.status_code == 401, path
        assert refused.headers["www-authenticate"] == "Bearer", path
        assert refused.headers["cache-control"] == "no-store", path
        if is_page or asked is BROWSER:
            assert refused.headers["content-type"].startswith("text/html"), path
            assert "<h1>You need access to read this</h1>" in refused.text, path
            assert f'href="mailto:{CONTACT}"' in refused.text, path
            assert "clairdash" not in without_return(refused).replace(CONTACT, ""), path
        else:
            assert refused.headers["content-type"] == "application/problem+json", path
            assert refused.json()["error"] == "TokenNeeded", path


async def test_whether_something_is_there_is_not_revealed(client, clairdash):
    answers = [
        await client.get(path, headers=BROWSER)
        for path in ("/products/clairdash", "/products/nothing")
    ]

    there, missing = [without_return(answer) for answer in answers]
    assert there == missing


async def test_the_style_of_the_refusal_is_served_and_the_description_is_not(client):
    page = await client.get("/", headers=BROWSER)
    style = re.search(r'rel="stylesheet" href="([^"]+)"', page.text)[1]

    assert (await client.get(style)).status_code == 200
    for path in ("/schema", "/schema/openapi.json"):
        assert (await client.get(path, headers=BROWSER)).status_code == 401
    assert "You need access" in (await client.get("/schema", headers=BROWSER)).text


async def test_any_token_opens_every_page_for_its_bearer_alone(
    client, admin, make_token, clairdash, paths
):
    await ok(client.post("/v1/accounts", json={"slug": "readers", "tier": "pro"}, headers=admin))
    reader = await make_token("account:readers")
    for path in paths:
        if path.startswith("/deprecations/"):
            continue
        shown = await ok(client.get(path, headers=BROWSER | reader))

        assert "public" not in shown.headers["cache-control"], path
        assert "authorization" in shown.headers["vary"], path
        assert (await client.get(path, headers=BROWSER)).status_code == 401, path

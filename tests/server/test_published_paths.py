"""Below the path of LIFECYCLE_BASE_URL: what is handed out, and what is taken."""

import httpx
import pytest

from lifecycle import settings
from lifecycle.app import create_app
from testkit.api_fixtures import connected, in_tests, running
from testkit.responses import ok

pytestmark = pytest.mark.one_database("paths are the same on any store")

PREFIX = "/support/life"
ANSWER = "/v1/products/clairdash/versions/3.9.0"


@pytest.fixture
def configuration():
    return {"LIFECYCLE_BASE_URL": f"https://example.com{PREFIX}"}


async def test_an_answer_is_the_same_and_kept_once_with_the_path_and_without(
    app, client, clairdash
):
    plain = await ok(client.get(ANSWER))
    below = await ok(client.get(f"{PREFIX}{ANSWER}"))

    assert below.headers.raw == plain.headers.raw
    assert below.content == plain.content
    assert (app.misses, app.hits) == (1, 1)


@pytest.mark.parametrize("path", ["", "/"])
async def test_the_path_itself_is_the_beginning(client, path):
    start = await ok(client.get(f"{PREFIX}{path}"))

    assert start.json()["products"] == f"{PREFIX}/v1/products"


@pytest.mark.parametrize(
    "path",
    [
        f"{PREFIX}y/v1/products",
        f"{PREFIX}{PREFIX}/v1/products",
        "/support/v1/products",
        "/support%2Flife/v1/products",
        f"{PREFIX.upper()}/v1/products",
    ],
)
async def test_another_path_is_not_taken_for_it(client, path):
    response = await client.get(path)

    assert response.status_code == 404
    assert response.json()["type"] == f"{PREFIX}/problems/no-such-route"
    assert f"{PREFIX}/schema/openapi.json lists what is" in response.json()["detail"]


async def test_escaped_slashes_below_the_path_belong_to_names(client, clairdash):
    refused = await client.get(f"{PREFIX}/v1/products/a%2Fb")

    assert refused.json()["detail"] == "No product is called 'a/b'."


async def test_a_change_below_the_path_is_the_one_without_it(client, admin):
    """The key of a repeat holds the path, whichever way it came."""
    headers = admin | {"Idempotency-Key": "once"}
    body = {"slug": "widget"}

    first = await ok(client.post(f"{PREFIX}/v1/products", json=body, headers=headers))
    again = await ok(client.post("/v1/products", json=body, headers=headers))

    assert first.headers["location"] == f"{PREFIX}/v1/products/widget"
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_server_that_keeps_the_path_in_the_request_is_understood(app, clairdash):
    """As uvicorn does with --root-path."""

    async def mounted(scope, receive, send):
        await app({**scope, "root_path": PREFIX}, receive, send)

    transport = httpx.ASGITransport(mounted)
    async with httpx.AsyncClient(transport=transport, base_url="http://lifecycle.test") as client:
        answer = await ok(client.get(f"{PREFIX}{ANSWER}"))

    assert answer.json()["version"] == "3.9.0"


@pytest.mark.parametrize("path", ["/v1", "/products/life", "/static", "/schema"])
async def test_a_path_that_could_be_one_of_ours_is_left_to_the_proxy_to_remove(store, clock, path):
    chosen = in_tests(LIFECYCLE_BASE_URL=f"https://example.com{path}")
    async with running(create_app(chosen, store, clock)) as app, connected(app) as client:
        products = await client.get("/v1/products")
        start = await client.get("/")
        twice = await client.get(f"{path}/v1/products")

    assert products.status_code == 200
    assert start.json()["products"] == f"{path}/v1/products"
    assert twice.status_code == 404


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("https://example.com/", "https://example.com"),
        ("https://example.com/life//", "https://example.com/life"),
        ("https://example.com/sup port/é", "https://example.com/sup%20port/%C3%A9"),
        ("https://example.com/sup%20port", "https://example.com/sup%20port"),
        ("https://example.com/'\"<b>", "https://example.com/%27%22%3Cb%3E"),
        ("http://[::1]:8000/life", "http://[::1]:8000/life"),
    ],
)
def test_an_address_is_escaped_and_ends_without_a_slash(address, base):
    chosen = settings.load({"LIFECYCLE_BASE_URL": address}, database_url="unused")

    assert chosen.base_url == base


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com//evil.example",
        "https://example.com/a//b",
        "https://example.com/a/../b",
        "https://example.com/./a",
        "https://example.com/%2e%2e/a",
        "https://example.com/a?b",
        "https://example.com/a#b",
        "example.com/a",
    ],
)
def test_an_address_whose_path_no_browser_would_keep_is_refused(address):
    with pytest.raises(settings.UnusableSetting, match="LIFECYCLE_BASE_URL"):
        settings.load({"LIFECYCLE_BASE_URL": address}, database_url="unused")


async def test_a_path_with_other_letters_is_escaped_in_links_and_understood(store, clock):
    chosen = in_tests(LIFECYCLE_BASE_URL="https://example.com/hilfe & mehr/für alle")
    async with running(create_app(chosen, store, clock)) as app, connected(app) as client:
        start = await ok(client.get("/hilfe%20&%20mehr/f%C3%BCr%20alle/"))
        products = start.json()["products"]

        assert products == "/hilfe%20&%20mehr/f%C3%BCr%20alle/v1/products"
        await ok(client.get(products))
        page = await ok(client.get("/", headers={"Accept": "text/html"}))
        assert 'href="/hilfe%20&amp;%20mehr/f%C3%BCr%20alle/products"' in page.text

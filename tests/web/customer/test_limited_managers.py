"""A manager of one product reads of a customer what concerns it, and changes nothing else."""

import contextlib
import re

import pytest

from testkit.api_fixtures import connected
from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import send, sign_in

pytestmark = pytest.mark.one_database("who may is decided before any store")
LINK = re.compile(r'href="(/(?:my|console/(?:accounts|deliveries))\b[^"#]*)')
FORM = re.compile(r'<form[^>]*method="post"[^>]*action="([^"]+)"')


@pytest.fixture
async def studio(client, admin, customers):
    """Have acme run another product as well, and be told of it at an address of its own."""
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
    runs = {"product": "studio", "version": "7.7.7", "environment": "studio-hall"}
    await ok(client.put("/v1/accounts/acme/instances/studio-prod", json=runs, headers=admin))
    hook = {"channel": "webhook", "address": "https://studio.example/in"}
    body = hook | {"topics": ["product:studio"]}
    await ok(client.post("/v1/accounts/acme/subscriptions", json=body, headers=admin))


@pytest.fixture
def manager(app, make_token):
    """Open a browser in which a manager of some products is signed in."""

    @contextlib.asynccontextmanager
    async def manager(scope):
        async with connected(app) as browser:
            await sign_in(browser, await make_token(scope))
            yield browser

    return manager


async def walk(browser, start):
    """Follow every link from a page on; return the pages by their paths, and what was refused."""
    pages, refused, ahead = {}, {}, [start]
    while ahead:
        path = ahead.pop()
        if path in pages or path in refused:
            continue
        answer = await browser.get(path.replace("&amp;", "&"), headers=BROWSER)
        if answer.status_code == 200:
            pages[path] = answer.text
            ahead += LINK.findall(answer.text)
        else:
            refused[path] = answer.status_code
    return pages, refused


async def test_every_link_of_the_account_leads_somewhere_and_to_its_products_alone(studio, manager):
    async with manager("publish:clairdash") as browser:
        pages, refused = await walk(browser, "/console/accounts/acme")

    assert refused == {}
    own = {path for path in pages if path.startswith("/my/acme")}
    assert {"/my/acme", "/my/acme/notices", "/my/acme/instances", "/my/acme/addresses"} <= own
    assert not own & {"/my/acme/tokens", "/my/acme/feeds", "/my/acme/download"}
    for path, text in pages.items():
        assert "studio" not in text, path
    assert "narwhal-prod" in pages["/my/acme/instances"]
    forms = {action for path in own for action in FORM.findall(pages[path])}
    assert all(re.search(r"/acknowledge$|/sign-out$", action) for action in forms), forms


async def test_who_manages_the_other_product_sees_nothing_of_this_one(studio, manager):
    async with manager("publish:studio") as browser:
        pages, refused = await walk(browser, "/console/accounts/acme")

    assert refused == {}
    assert "studio-prod" in pages["/my/acme/instances"]
    assert "https://studio.example/in" in pages["/my/acme/addresses"]
    assert "Nothing is announced" in pages["/my/acme"]
    for path, text in pages.items():
        assert "narwhal-prod" not in text, path
        assert "rest-v1" not in text, path


async def test_an_account_that_runs_none_of_the_products_is_unknown(studio, manager, client, admin):
    runs = {"product": "clairdash", "version": "3.10.0"}
    await ok(client.put("/v1/accounts/initech", json={"tier": "pro"}, headers=admin))
    await ok(client.put("/v1/accounts/initech/instances/prod", json=runs, headers=admin))
    async with manager("publish:studio") as browser:
        foreign = await browser.get("/my/initech", headers=BROWSER)
        missing = await browser.get("/my/nobody", headers=BROWSER)

    assert foreign.status_code == missing.status_code == 404
    assert foreign.text.replace("initech", "nobody") == missing.text


async def test_a_notice_is_acknowledged_within_the_limits_alone(studio, manager, notice, client):
    async with (
        manager("publish:studio") as other,
        manager("publish:clairdash") as browser,
    ):
        path = f"/my/acme/notices/{notice}"
        assert (await other.get(path, headers=BROWSER)).status_code == 404
        assert (await send(other, f"{path}/acknowledge")).status_code == 404
        assert (await send(browser, f"{path}/acknowledge")).status_code == 303
        assert "Acknowledged on" in (await browser.get(path, headers=BROWSER)).text


@pytest.mark.parametrize("name", ["tokens", "feeds", "download", "tokens.csv"])
async def test_what_concerns_all_products_is_closed(studio, manager, name):
    async with manager("publish:clairdash") as browser:
        assert (await browser.get(f"/my/acme/{name}", headers=BROWSER)).status_code == 403

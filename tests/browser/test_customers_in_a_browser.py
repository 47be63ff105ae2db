"""What a customer does when a mail says that something ends, in Debian's Chromium."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio
from aiohttp import web

from testkit.browsers import CHROMIUM, NEEDED, tab
from testkit.mail_servers import SENDER, mailbox
from testkit.page_inspections import axe_violations
from testkit.server_processes import Server

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM, reason=NEEDED),
]

READER = "ops@acme.example"
DEADLINE = 60
PATH = "/v1/accounts/acme"


@pytest_asyncio.fixture(loop_scope="module")
async def box():
    async with mailbox() as box:
        yield box


@pytest.fixture
def server(tmp_path, box, store_url):
    """Serve a vendor that removes a feature which acme uses, and sends real mail."""
    sending = {
        "LIFECYCLE_SMTP_URL": box.url,
        "LIFECYCLE_MAIL_FROM": SENDER,
        "LIFECYCLE_ALLOW_PRIVATE_ADDRESSES": "yes",
    }
    with Server(store_url, tmp_path, **sending) as server:
        yield server.ready().fill()


@pytest_asyncio.fixture(loop_scope="module")
async def hooks():
    """Run acme's webhook; give its address, and all that it receives."""
    received = asyncio.Queue()

    async def answer(request):
        received.put_nowait((dict(request.headers), await request.json()))
        return web.Response(text="thank you")

    application = web.Application()
    application.router.add_post("/in", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/in", received
    await runner.cleanup()


async def announce(server):
    """Have acme affected by a removal, and its people told by mail."""
    today = datetime.now(UTC)
    async with server.asynchronous() as client:

        async def done(asked):
            (await asked).raise_for_status()

        ga = {"name": "REST", "stages": [{"stage": "ga", "from_version": "3.1.0"}]}
        await done(client.put("/v1/products/clairdash/features/rest-v1", json=ga))
        runs = {"product": "clairdash", "version": "3.10.0", "features": ["rest-v1"]}
        seen = {"last_seen": today.isoformat()}
        await done(client.put(f"{PATH}/instances/production", json=runs | seen))
        mail = {"channel": "email", "address": READER, "confirmed": True}
        await done(client.post(f"{PATH}/subscriptions", json=mail))
        removal = {"product": "clairdash", "kind": "removal", "feature": "rest-v1"}
        removal |= {"reason": "GraphQL has taken its place."}
        effective = {"effective_on": str(today.date() + timedelta(days=400))}
        made = await client.post("/v1/deprecations", json=removal | effective)
        made.raise_for_status()
        path, tag = made.headers["location"], made.headers["etag"]
        await done(client.post(f"{path}/announce", json={}, headers={"If-Match": tag}))


async def link_in(box, mark):
    """Wait for a mail that holds a link of some kind; give the newest."""
    async with asyncio.timeout(DEADLINE):
        while not (links := [link for link in box.links_to(READER) if mark in link]):
            box.arrived.clear()
            await box.arrived.wait()
    return links[-1]


@pytest.mark.parametrize(
    ("store_url", "scripts"),
    [("postgresql", True), ("sqlite", False)],
    ids=["PostgreSQL, scripts", "SQLite, no scripts"],
    indirect=["store_url"],
)
async def test_a_customer_goes_from_the_mail_to_a_webhook_that_was_delivered(
    browser, server, box, hooks, scripts
):
    address, received = hooks
    await announce(server)
    notice = await link_in(box, "/acknowledge/")
    async with tab(browser, server.address, scripts=scripts) as opened:
        page = opened.page

        await page.goto(notice)
        await page.get_by_text("GraphQL has taken its place.").wait_for()
        await page.get_by_role("link", name="Everything that is coming for you").click()
        await page.get_by_role("link", name="a link by e-mail").click()
        await page.get_by_label("E-mail address").fill(READER)
        await page.get_by_role("button", name="Send me a link").click()
        await page.get_by_role("heading", name="Check your email").wait_for()
        sign_in = await link_in(box, "/sign-in/link/")
        async with httpx.AsyncClient() as scanner:
            assert (await scanner.get(sign_in)).status_code == 200
        await page.goto(sign_in)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await page.wait_for_url("**/my/acme")
        assert not scripts or await axe_violations(page) == []

        await page.get_by_role("button", name="Acknowledge").click()
        await page.get_by_role("status").get_by_text("the notice is acknowledged").wait_for()
        await page.get_by_role("link", name="Addresses", exact=True).click()
        await page.get_by_label("Channel").select_option("Webhook")
        await page.get_by_label("Address", exact=True).fill(address)
        await page.get_by_label("Everything that concerns you").check()
        await page.get_by_role("button", name="Add the address").click()
        secret = await page.get_by_text("whsec_").text_content()
        assert not scripts or await axe_violations(page) == []
        await page.get_by_role("button", name="Send a test message").click()
        kinds = [await kind_of(received), await kind_of(received)]
        await see(page, "answered 200")
        assert secret.startswith("whsec_")
        assert sorted(kinds) == ["deprecation.announced", "test"]
    assert opened.complaints == []


async def kind_of(received):
    """Wait for a message to the webhook; give what it is of."""
    headers, body = await asyncio.wait_for(received.get(), DEADLINE)
    assert headers["webhook-signature"].startswith("v1,")
    return body["type"]


async def see(page, text):
    """Reload a page until it shows a text."""
    async with asyncio.timeout(DEADLINE):
        while not await page.get_by_text(text).count():
            await asyncio.sleep(0.3)
            await page.reload()

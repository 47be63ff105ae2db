"""Signing in as people do, in Debian's Chromium, with and without scripts."""

import contextlib
import json
import re
import socket
import subprocess
import sys
import time

import httpx
import pytest

from testkit.browsers import CHROMIUM, NEEDED, tab
from testkit.server_processes import HEADERS, Server
from testkit.signed_in import sign_in_by_page

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM, reason=NEEDED),
    pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"]),
]

ANN = {"sub": "ann", "name": "Ann Martin", "email": "ann@clairdash.example"}
PROVIDER_STARTS_WITHIN = 30


@contextlib.contextmanager
def provider():
    """Run somebody else's provider in a process of its own; it checks no verifier."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as bound:
        port = bound.getsockname()[1]
    options = ["--port", str(port), "--require-nonce", "true", "--user-claims", json.dumps(ANN)]
    command = [sys.executable, "-m", "oidc_provider_mock", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(PROVIDER_STARTS_WITHIN * 10):
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"{address}/.well-known/openid-configuration").raise_for_status()
                break
            time.sleep(0.1)
        yield address
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def person_server(sqlite_template, tmp_path_factory):
    """Serve a store at whose provider Ann may do everything."""
    folder = tmp_path_factory.mktemp("people")
    (folder / "store.sqlite3").write_bytes(sqlite_template.read_bytes())
    with provider() as issuer:
        settings = {
            "LIFECYCLE_OIDC_ISSUER": issuer,
            "LIFECYCLE_OIDC_CLIENT_ID": "lifecycle",
            "LIFECYCLE_OIDC_CLIENT_SECRET": "a secret that only tests know",
            "LIFECYCLE_PEOPLE_SCOPES": "email=ann@clairdash.example admin",
        }
        with Server(f"sqlite:///{folder}/store.sqlite3", folder, **settings) as server:
            yield server.ready()


async def test_one_signs_in_comes_back_to_where_one_was_and_signs_out(
    browser, demo_server, scripts
):
    async with tab(browser, demo_server.address, scripts=scripts, width=390) as opened:
        page = opened.page
        await opened.visit("/my/acme")
        assert page.url.endswith("/sign-in?next=%2Fmy%2Facme")
        await page.get_by_label("Token").fill("lct_wrong")
        await page.get_by_label("Token").press("Enter")
        await page.get_by_role("link", name="Token").click()
        token = page.get_by_label("Token")
        assert await token.evaluate("field => field === document.activeElement")
        assert await token.get_attribute("aria-invalid") == "true"

        await sign_in_by_page(opened, HEADERS, to="/my/acme")
        await page.get_by_role("heading", name="Acme Corporation").wait_for()
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("status").get_by_text("You are signed out.").wait_for()
        await opened.visit("/console")
        assert "/sign-in?next=" in page.url
    assert opened.complaints == []


async def test_each_person_of_the_demo_signs_in_by_one_button(browser, demo_server, scripts):
    paths = re.findall(r"http://[^/]+(/sign-in/demo/\S+)", demo_server.printed())
    assert len(paths) == 3
    for path, home in zip(paths, ("/console", "/console", "/my/acme"), strict=True):
        async with tab(browser, demo_server.address, scripts=scripts) as opened:
            await opened.visit(path)
            assert await opened.page.context.cookies() == []
            await opened.page.get_by_role("button", name="Sign in as Demo").click()
            await opened.page.wait_for_url(f"**{home}")
            (cookie,) = await opened.page.context.cookies()
            assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
            await opened.visit("/sessions")
            await opened.page.get_by_text("(this browser)").first.wait_for()
        assert opened.complaints == []


async def test_a_person_signs_in_at_a_provider(browser, person_server, scripts):
    async with tab(browser, person_server.address, scripts=scripts) as opened:
        page = opened.page
        await opened.visit("/console/people")
        await page.get_by_role("link", name="Sign in at 127.0.0.1").click()
        await page.get_by_role("button", name="ann").click()
        await page.get_by_role("row", name="Ann Martin").wait_for()
        assert page.url == f"{person_server.address}/console/people"
        names = {cookie["name"] for cookie in await page.context.cookies(person_server.address)}
        assert names == {"lifecycle_session"}

        await page.get_by_role("button", name="Disable Ann Martin").click()
        await page.get_by_role("heading", name="Sign in").wait_for()
    with person_server.client() as admin:
        assert admin.post("/console/people/1/enable").status_code == 303

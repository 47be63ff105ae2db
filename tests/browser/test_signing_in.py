"""Signing in as people do, in Debian's Chromium, with and without scripts."""

import re

import pytest

from testkit.browsers import CHROMIUM, NEEDED, tab
from testkit.server_processes import HEADERS
from testkit.signed_in import sign_in_by_page

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM, reason=NEEDED),
    pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"]),
]


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
    assert len(paths) == 2
    for path, home in zip(paths, ("/console", "/my/acme"), strict=True):
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

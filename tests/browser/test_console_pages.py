"""What the vendor's people do in the console, in Debian's Chromium, with and without scripts."""

import pytest

from testkit.browsers import CHROMIUM, NEEDED, tab
from testkit.page_inspections import too_wide
from testkit.server_processes import HEADERS
from testkit.signed_in import sign_in_by_page

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM, reason=NEEDED),
    pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"]),
]


async def test_one_follows_what_needs_a_person_to_its_account(browser, demo_server, scripts):
    async with tab(browser, demo_server.address, scripts=scripts, width=390) as opened:
        page = opened.page
        await sign_in_by_page(opened, HEADERS, to="/console")
        await page.get_by_role("link", name="Show all: accounts that cannot be notified").click()
        await page.get_by_role("link", name="See the account and its addresses").first.click()
        await page.get_by_role("heading", name="Addresses", exact=True).wait_for()
        await page.get_by_role("link", name="Its entries in the log").click()
        await page.get_by_role("rowheader").first.wait_for()
        await page.get_by_role("link", name="Check that the log is intact").click()
        await page.get_by_text("Yes. All ").wait_for()
    assert opened.complaints == []


async def test_one_imports_a_list_after_seeing_what_it_changes_and_corrects_it(
    browser, demo_server, scripts
):
    slug = f"browser-{'with' if scripts else 'without'}-scripts"
    async with tab(browser, demo_server.address, scripts=scripts) as opened:
        page = opened.page
        await sign_in_by_page(opened, HEADERS, to="/console/account-import")
        await page.get_by_label("Customer list").fill(f"account,tier\n{slug},gold\n")
        await page.get_by_role("button", name="Show what would change").click()
        await page.get_by_role("alert").get_by_text("Line 2, tier").wait_for()
        mended = f"account,tier\n{slug},pro\n".encode()
        file = {"name": "customers.csv", "mimeType": "text/csv", "buffer": mended}
        await page.get_by_label("Or a file").set_input_files(file)
        await page.get_by_role("button", name="Show what would change").click()
        await page.get_by_text("New accounts (1)").wait_for()
        await page.get_by_role("button", name="Import it").click()
        await page.get_by_role("status").get_by_text("The list is imported.").wait_for()

        await page.get_by_label("Name or short name").fill(slug)
        await page.get_by_role("button", name="Search").click()
        await page.get_by_role("link", name=slug).click()
        await page.get_by_label("Name").fill("In a Browser Ltd")
        await page.get_by_role("button", name="Change the account").click()
        await page.get_by_role("heading", name="In a Browser Ltd").wait_for()
    assert opened.complaints == []


async def test_a_long_choice_makes_no_form_wider_than_a_telephone(browser, demo_server, scripts):
    async with tab(browser, demo_server.address, scripts=scripts) as opened:
        await sign_in_by_page(opened, HEADERS, to="/console")
        await opened.visit("/console/tokens?account=stark")

        assert await opened.page.get_by_label("What it may do").is_visible()
        assert await too_wide(opened.page) == {}


async def test_one_makes_a_token_copies_it_and_revokes_it(browser, demo_server, scripts):
    label = f"made {'with' if scripts else 'without'} scripts"
    async with tab(browser, demo_server.address, scripts=scripts, width=390) as opened:
        page = opened.page
        await sign_in_by_page(opened, HEADERS, to="/console/tokens")
        await page.get_by_label("Label").fill(label)
        await page.get_by_label("What it may do").select_option("release")
        await page.get_by_label("All products").check()
        await page.get_by_label("Label").press("Enter")
        await page.get_by_role("status").get_by_text("lct_").wait_for()
        row = page.get_by_role("row").filter(has_text=label)
        await row.get_by_role("button", name="Revoke").click()
        await page.get_by_role("status").get_by_text("The token is revoked").wait_for()
        await row.get_by_text("revoked").wait_for()
    assert opened.complaints == []

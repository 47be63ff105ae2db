"""How a release goes out by the console's pages, in Debian's Chromium."""

import pytest

from testkit.browsers import CHROMIUM, NEEDED, tab
from testkit.demo_sites import demo
from testkit.page_inspections import axe_violations, too_wide
from testkit.server_processes import HEADERS
from testkit.signed_in import sign_in_by_page

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM, reason=NEEDED),
]


@pytest.fixture(scope="module")
def vendor(filled_demo, tmp_path_factory):
    """Serve a demo of this test alone, since it changes what is released."""
    folder = tmp_path_factory.mktemp("vendor")
    store = filled_demo.copy(folder / "demo.sqlite3")
    with demo(folder, store, **filled_demo.environment) as server:
        yield server


async def faults_of(page, *, scripts):
    """Return what axe-core finds, and what is wider than the screen; axe needs scripts."""
    return [*(await axe_violations(page) if scripts else ()), *await too_wide(page)]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_a_release_is_registered_after_looking_at_what_it_ends(browser, vendor, scripts):
    version, width = ("3.39.77", 1440) if scripts else ("3.39.78", 390)
    faults = []
    async with tab(browser, vendor.address, scripts=scripts, width=width) as opened:
        page = opened.page
        await sign_in_by_page(opened, HEADERS, to="/console/releases")
        await page.get_by_role("link", name="Clairdash", exact=True).click()
        faults += await faults_of(page, scripts=scripts)

        await page.get_by_role("link", name="Register or plan a release").click()
        await page.get_by_label("Version").fill("3.50.0")
        await page.get_by_role("button", name="Show what it would do").click()
        await page.get_by_role("heading", name="What 3.50.0 would end").wait_for()
        await page.get_by_text("with this tier run").first.wait_for()
        await page.get_by_role("region", name="What changes").get_by_text("Ending").first.wait_for()
        await page.get_by_text("What stays as it is").click()
        await page.get_by_role("columnheader", name="With and without it").wait_for()
        faults += await faults_of(page, scripts=scripts)

        await page.get_by_label("Version").fill(version)
        await page.get_by_role("button", name="Show what it would do").click()
        await page.get_by_text("It ends no support.").wait_for()
        await page.get_by_role("button", name=f"Register {version}").click()
        await page.get_by_role("status").get_by_text("The release is registered.").wait_for()
        faults += await faults_of(page, scripts=scripts)

        await page.go_back()
        await page.get_by_role("alert").get_by_text("is registered already").wait_for()
        faults += await faults_of(page, scripts=scripts)
        await page.get_by_role("link", name="Open the existing release").click()

        await page.get_by_role("rowheader").get_by_role("link").first.click()
        await page.get_by_role("heading", name="Findings").wait_for()
        faults += await faults_of(page, scripts=scripts)
        await page.get_by_role("link", name="Ask again").click()
        manifest = page.get_by_label("Manifest", exact=True)
        await manifest.fill("product: clairdash\nversion: 3.50.0\nremoved: []\n")
        await page.get_by_role("button", name="Ask the gate").click()
        await page.get_by_role("region", name="mistakes at their lines").wait_for()
        faults += await faults_of(page, scripts=scripts)
        await manifest.fill("product: clairdash\nversion: 3.50.0\n")
        await page.get_by_role("button", name="Ask the gate").click()
        await page.get_by_role("heading", name="What was asked").wait_for()

        await opened.visit(f"/console/releases/clairdash/versions/{version}")
        await page.get_by_role("link", name="Void it").click()
        await page.get_by_role("heading", name="Support before and after").wait_for()
        faults += await faults_of(page, scripts=scripts)
        await page.get_by_label("Reason").fill("It was only tried.")
        await page.get_by_role("button", name="Void it").click()
        await page.get_by_role("status").get_by_text("The release is voided").wait_for()
    assert (faults, opened.complaints) == ([], [])

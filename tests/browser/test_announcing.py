"""A product manager's path in Debian's Chromium: from a draft to its withdrawal."""

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
START = "/console/deprecations"


@pytest.fixture(scope="module")
def vendor(request, filled_demo, tmp_path_factory):
    """Serve a demo of these tests alone, since they change what is announced, on either store."""
    folder = tmp_path_factory.mktemp("vendor")
    if request.param == "postgresql":
        stores = request.getfixturevalue("postgresql_stores")
        store = stores.url(stores.copy())
    else:
        store = filled_demo.copy(folder / "demo.sqlite3")
    with demo(folder, store, **filled_demo.environment) as server:
        yield server


async def draft(page, *, kind, reason, scripts):
    """Fill in the form of a new draft about a feature."""
    await page.get_by_role("link", name="Draft a deprecation").click()
    await page.get_by_role("link", name="Clairdash", exact=True).click()
    await page.get_by_role("radio", name="A feature").check()
    await page.get_by_label("Feature", exact=True).fill("query-profiler")
    await page.get_by_label("Kind of change").select_option(kind)
    ends_support = page.locator('option[value="end_of_support"]')
    assert await ends_support.is_disabled() == scripts
    await page.get_by_label("Reason").fill(reason)


async def colour_of_mail(page):
    """Return the colour that a mail's own style gives its label, in the frame that shows it."""
    mail = page.frame_locator("#preview iframe").first
    colour = "element => getComputedStyle(element).backgroundColor"
    return await mail.locator(".label").evaluate(colour)


async def faults_of(page, *, scripts):
    """Return what axe-core finds, and what is wider than the screen; axe needs scripts."""
    return [*(await axe_violations(page) if scripts else ()), *await too_wide(page)]


@pytest.mark.parametrize(
    ("vendor", "scripts"),
    [("postgresql", True), ("sqlite", False)],
    ids=["scripts", "no-scripts"],
    indirect=["vendor"],
)
async def test_a_product_manager_drafts_announces_postpones_and_withdraws(browser, vendor, scripts):
    kind = "removal" if scripts else "breaking_change"
    faults = []
    async with tab(browser, vendor.address, scripts=scripts, width=1440) as opened:
        page = opened.page
        await sign_in_by_page(opened, HEADERS, to=START)

        await draft(page, kind=kind, reason="Nobody profiles queries.", scripts=scripts)
        if not scripts:
            await page.get_by_role("button", name="Show preview").click()
        preview = page.locator("#preview")
        await preview.get_by_text("affected or possibly affected").wait_for()
        await preview.get_by_text("Announcement: ").click()
        assert "Nobody profiles queries." in await preview.inner_text()
        faults += await faults_of(page, scripts=scripts)

        await page.get_by_role("button", name="Save the draft").click()
        await page.get_by_role("status").get_by_text("The draft is saved.").wait_for()
        if scripts:
            await page.get_by_label("Reason").fill("The profiler is not used.")
            await preview.get_by_text("The profiler is not used.").first.wait_for(state="attached")
        await page.get_by_role("button", name="Save and go on to announcing").click()
        await page.get_by_role("heading", name="What will happen").wait_for()
        faults += await faults_of(page, scripts=scripts)

        await page.get_by_role("button", name="Announce").click()
        await page.get_by_text("accounts notified.").wait_for()
        if scripts:
            async with page.expect_response(page.url.partition("?")[0] + "*"):
                pass  # it looks again by itself
        else:
            await page.get_by_role("link", name="Refresh").click()
        await page.get_by_text("accounts notified.").wait_for()
        faults += await faults_of(page, scripts=scripts)

        await page.get_by_role("navigation", name="Console").wait_for()
        await page.locator(".crumbs a").last.click()
        await page.get_by_role("link", name="Amend or postpone").click()
        await page.get_by_label("First day on which").fill("2028-01-31")
        await page.get_by_label("Why it changes").fill("There is time.")
        faults += await faults_of(page, scripts=scripts)
        await page.get_by_role("button", name="Show what will be sent").click()
        await page.get_by_text("It is postponed.").wait_for()
        faults += await faults_of(page, scripts=scripts)
        await page.get_by_role("button", name="Amend it").click()
        await page.get_by_role("status").get_by_text("It is amended.").wait_for()

        await page.locator(".crumbs a").last.click()
        await page.get_by_role("link", name="Withdraw", exact=True).click()
        await page.get_by_label("Why it is withdrawn").fill("We keep it.")
        await page.get_by_role("button", name="Show what will be sent").click()
        await page.get_by_role("button", name="Withdraw it").click()
        await page.get_by_role("status").get_by_text("It is withdrawn.").wait_for()
        await page.locator(".crumbs a").last.click()
        await page.get_by_role("heading", level=1).get_by_text("Withdrawn").wait_for()
    assert (faults, opened.complaints) == ([], [])


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
async def test_a_draft_is_saved_at_each_pause_and_two_texts_are_laid_side_by_side(browser, vendor):
    async with tab(browser, vendor.address, width=1440) as opened:
        page = opened.page
        await sign_in_by_page(opened, HEADERS, to=START)
        await draft(page, kind="breaking_change", reason="Old", scripts=True)
        await page.get_by_label("Feature", exact=True).fill("legacy-connector")
        await page.get_by_role("button", name="Save the draft").dblclick()
        await page.get_by_role("status").get_by_text("The draft is saved.").wait_for()
        reason, state = page.get_by_label("Reason"), page.locator("#draft-state")
        await page.locator("#preview").get_by_text("Announcement: ").click()
        assert await colour_of_mail(page) == "rgb(232, 239, 254)"

        await reason.press("Control+End")
        await reason.press_sequentially(" and slow", delay=20)
        await state.get_by_text("Saved ").wait_for()
        await reason.press_sequentially(" and unsafe.", delay=20)
        await page.locator("#draft-head").get_by_text("revision 3").wait_for()
        path = f"/v1{page.url.partition('?')[0].partition('/console')[2]}"
        with vendor.client() as client:
            saved = client.get(path).json()
            assert (saved["reason"], saved["revision"]) == ("Old and slow and unsafe.", 3)
            await reason.fill("")
            await state.get_by_text("Not saved yet").wait_for()
            theirs = {"reason": "Theirs."}
            client.patch(path, json=theirs, headers={"If-Match": '"3"'}).raise_for_status()
            await reason.fill("Mine.")
            await state.get_by_text("somebody else has saved another text").wait_for()
            faults = await faults_of(page, scripts=True)
            await state.get_by_role("button", name="Compare the two texts").click()
            await page.get_by_text("Theirs.").wait_for()
            await page.get_by_role("radio", name="Keep your text").check()
            await page.get_by_role("button", name="Save what is chosen").click()
            await page.get_by_role("status").get_by_text("The draft is saved.").wait_for()
            assert client.get(path).json()["reason"] == "Mine."
    assert (faults, opened.complaints) == ([], [])

"""The page of the API in Debian's Chromium: by keyboard, with nothing from elsewhere."""

import pytest

from testkit.browsers import CHROMIUM, NEEDED, tab
from testkit.page_inspections import axe_violations

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM, reason=NEEDED),
    pytest.mark.one_database("a page about no store"),
]
MOST_STEPS = 12
OF_SWAGGER_UI = {"nested-interactive", "heading-order"}
"""What only another page would mend: its operations have a button in a button."""
FOCUSED = "document.activeElement.className"


async def press_tab_until(page, name):
    """Go from one part of the page to the next until one of a class has the focus."""
    for _ in range(MOST_STEPS):
        await page.keyboard.press("Tab")
        if name in await page.evaluate(FOCUSED):
            return
    pytest.fail(f"{name} is not reached by {MOST_STEPS} steps")


async def test_an_operation_is_opened_tried_and_answered_by_keyboard_alone(browser, demo_server):
    async with tab(browser, demo_server.address) as opened:
        page = opened.page
        await opened.visit("/schema")
        await page.locator(".opblock-tag").first.wait_for()

        await press_tab_until(page, "expand-operation")
        await page.keyboard.press("Enter")
        await page.locator(".opblock").first.wait_for()
        await press_tab_until(page, "opblock-summary-control")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Try it out").wait_for()
        await press_tab_until(page, "try-out__btn")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Execute").focus()
        await page.keyboard.press("Enter")
        await page.locator(".live-responses-table").wait_for()
        answered = await page.locator(
            ".live-responses-table .response-col_status"
        ).last.inner_text()

    assert answered.startswith("200")
    assert opened.complaints == []


async def test_it_shows_summaries_examples_and_folded_schemas(browser, demo_server):
    async with tab(browser, demo_server.address) as opened:
        await opened.visit("/schema#/deprecations/V1DeprecationsDraftDeprecation")
        await opened.page.locator(".opblock.is-open").wait_for()
        text = await opened.page.locator(".opblock.is-open").inner_text()
        schemas = await opened.page.locator(".models").inner_text()
        await opened.page.set_viewport_size({"width": 390, "height": 900})
        described = opened.page.locator("td.parameters-col_description").first
        on_a_phone = (await described.bounding_box())["width"]

    assert on_a_phone > 250
    assert "Draft a deprecation" in text
    assert "The connector relies on an interface that its vendor has ended." in text
    assert "ProductOut" not in schemas
    assert opened.complaints == []


async def test_axe_finds_nothing_but_what_swagger_ui_nests(browser, demo_server):
    async with tab(browser, demo_server.address) as opened:
        await opened.visit("/schema")
        await opened.page.locator("#servers[aria-label]").wait_for()
        violations = await axe_violations(opened.page)

    assert {rule for _, rule, *_ in violations} <= OF_SWAGGER_UI

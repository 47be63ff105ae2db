"""Every kind of page in Debian's Chromium: narrow and wide, light and dark, with scripts or not."""

import asyncio
from itertools import cycle
from urllib.parse import parse_qs, urlsplit

import pytest

from testkit.browsers import CHROMIUM, NEEDED, tab
from testkit.html_pages import rows_of, text_of
from testkit.page_forms import forgotten
from testkit.page_inspections import SCHEMES, page_faults, too_wide
from testkit.prints import printed_text, without_spaces
from testkit.scales import WALK_SCALE
from testkit.signed_in import sign_in_by_page

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM, reason=NEEDED),
]
AT_ONCE = 2
LIGHT, DARK = SCHEMES
WAYS = [(SCHEMES, True)] if WALK_SCALE >= 1 else [([LIGHT], False), ([DARK], True)]
"""In which colours one page and the next are inspected, and whether by keyboard."""


async def inspected(browser, site, inspect, answers=None, **options):
    """Inspect a page of every kind, a few at once; return what is wrong, by page."""
    waiting = list(answers or site.examples())
    faults, complaints = {}, []

    async def work():
        async with tab(browser, site.address, **options) as opened:
            if site.headers:
                await sign_in_by_page(opened, site.headers)
            while waiting:
                answer = waiting.pop()
                await opened.visit(answer.path)
                if fault := await inspect(opened.page):
                    faults[answer.path] = fault
            complaints.extend(opened.complaints)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return faults, complaints


async def test_axe_the_keyboard_and_a_narrow_screen_find_nothing_and_no_browser_complains(
    browser, any_site
):
    answers = any_site.examples(widely=True)[:: 1 if WALK_SCALE >= 1 else 6]
    ways = dict(zip([answer.path for answer in answers], cycle(WAYS), strict=False))

    async def inspect(page):
        schemes, by_keyboard = ways[page.url.removeprefix(any_site.address)]
        return await page_faults(page, schemes, by_keyboard=by_keyboard)

    assert await inspected(browser, any_site, inspect, answers, width=390) == ({}, [])


async def test_without_scripts_no_page_is_wider_than_the_screen_either(browser, any_site):
    answers = any_site.examples(widely=True)[:: 1 if WALK_SCALE >= 1 else 6]

    assert await inspected(browser, any_site, too_wide, answers, scripts=False) == ({}, [])


async def test_a_picture_can_be_opened_alone(browser, site):
    async def title_of(page):
        return await page.evaluate("() => document.querySelector('svg > title') ? '' : 'no title'")

    assert await inspected(browser, site, title_of, site.pictures[:8]) == ({}, [])


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_a_form_keeps_what_was_filled_whatever_the_answer(browser, site, scripts):
    assert await inspected(browser, site, forgotten, scripts=scripts) == ({}, [])


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_a_version_is_checked_at_an_address_that_answers_everybody(browser, site, scripts):
    async with tab(browser, site.address, scripts=scripts, width=320) as opened:
        page = opened.page
        await opened.visit("/products/clairdash")
        await page.get_by_role("textbox", name="Version").fill("3.35.2")
        await page.get_by_role("combobox", name="Tier").select_option("enterprise")
        await page.get_by_role("textbox", name="Version").press("Enter")
        answer = page.get_by_role("heading", name="3.35.2 with Enterprise")
        await answer.wait_for()
        parts = urlsplit(page.url)
        nearest = page.get_by_role("link", name="3.35.9").first

        assert parse_qs(parts.query) == {"version": ["3.35.2"], "tier": ["enterprise"]}
        assert parts.fragment == "check"
        assert await page.locator("#check").evaluate("it => it.getBoundingClientRect().top") < 400
        await nearest.click()
        await page.get_by_role("heading", name="3.35.9 with Enterprise").wait_for()
        await page.go_back()
        await answer.wait_for()
        assert await page.get_by_role("textbox", name="Version").input_value() == "3.35.2"
    assert opened.complaints == []


async def test_with_scripts_a_form_is_answered_in_place_and_the_keyboard_stays_there(browser, site):
    async with tab(browser, site.address, width=390) as opened:
        page = opened.page
        await opened.visit("/products/clairdash")
        await page.evaluate("() => { window.isTheSame = true; }")
        version = page.get_by_role("textbox", name="Version")
        for text, answer in (("3.35.2", "3.35.2 with Enterprise"), ("3.35.999", "Did you mean")):
            await version.fill(text)
            await version.press("Enter")
            await page.locator("section", has=version).get_by_text(answer).first.wait_for()

        assert await page.evaluate("() => window.isTheSame")
        assert await version.evaluate("field => field === document.activeElement")
        assert await version.get_attribute("aria-invalid") == "true"
        assert "3.35.999" in await page.locator("body > [role=status]").inner_text()
        assert parse_qs(urlsplit(page.url).query) == {"version": ["3.35.999"]}
        await page.go_back()
        await page.get_by_role("heading", name="3.35.2 with Enterprise").wait_for()
        assert await version.input_value() == "3.35.2"
    assert opened.complaints == []


async def test_with_scripts_products_are_found_as_one_types(browser, site):
    async with tab(browser, site.address, width=390) as opened:
        page = opened.page
        await opened.visit("/products")
        await page.get_by_role("searchbox").press_sequentially("runtime")
        await page.wait_for_url("**/products?q=runtime")  # answers to its beginnings come before
        await page.get_by_role("main").get_by_text("1 of 2 products").wait_for()

        assert await page.get_by_role("searchbox").input_value() == "runtime"
        assert await page.locator("a.name").all_inner_texts() == ["Clairdash Runtime"]
    assert opened.complaints == []


async def test_a_wrong_version_is_answered_with_the_nearest_ones(browser, site):
    async with tab(browser, site.address, width=390) as opened:
        page = opened.page
        await opened.visit("/products/clairdash?version=3.35.999&tier=enterprise")

        assert (
            await page.get_by_role("textbox", name="Version").get_attribute("aria-invalid")
            == "true"
        )
        await page.get_by_text("Did you mean").get_by_role("link").first.click()
        await page.get_by_role("heading", name="with Enterprise").first.wait_for()
    assert opened.complaints == []


async def test_printed_the_product_page_holds_the_whole_matrix(browser, site, tmp_path):
    path = tmp_path / "product.pdf"
    async with tab(browser, site.address, scheme="dark") as opened:
        await opened.visit("/products/clairdash")
        await opened.page.pdf(path=path, format="A4")
    rows = rows_of(site.answers["/products/clairdash"].response.text, "matrix")
    printed = printed_text(path)

    assert len(rows) > 20
    assert [row for row in map(letters_of, rows) if row not in printed] == []
    assert "Everytier" not in printed


async def test_on_a_phone_every_tier_of_a_line_is_in_sight(browser, site):
    async with tab(browser, site.address, width=320) as opened:
        await opened.visit("/products/clairdash")
        cells = opened.page.locator(".matrix tbody").first.locator("td.answer")

        hidden = await cells.evaluate_all(
            "cells => cells.filter((cell) => cell.getBoundingClientRect().right > innerWidth)"
        )
        labels = await cells.evaluate_all(
            "cells => cells.slice(0, 3).map((cell) => getComputedStyle(cell, '::before').content)"
        )
    assert hidden == []
    assert labels == ['"Community"', '"Pro"', '"Enterprise"']


def letters_of(cells):
    return without_spaces(text_of("".join(cells)))

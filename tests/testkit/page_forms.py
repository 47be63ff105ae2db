"""Forms as a person fills them in: oddly, and sent with the Enter key."""

from __future__ import annotations

from functools import partial
from urllib.parse import parse_qs, urlsplit

ODD = 'no "such" <b>thing</b> & \N{SNOWMAN}'
DAY = "2026-02-28"
FIELDS = "input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select"


async def forgotten(page):
    """Fill in and send every form of a page; return the fields that come back with other values."""
    lost, address = {}, page.url
    for number in range(await page.locator("form[action]").count()):
        form = page.locator("form[action]").nth(number)
        values = {}
        for field in await form.locator(FIELDS).all():
            values[await field.get_attribute("name")] = await _fill(field)
        await form.locator("input").first.press("Enter")
        await page.wait_for_url(partial(_holds, values))  # a search as one types comes before
        await page.wait_for_load_state()
        for name, value in values.items():
            fields = await page.locator(f"form[action] [name={name}]").all()
            shown = await fields[0].input_value() if fields else None
            if shown != value:
                lost[name] = f"{value} came back as {shown}"
        await page.goto(address)
    return lost


def _holds(values, address):
    """Say whether an address has been asked for with all of these values."""
    asked = parse_qs(urlsplit(address).query, keep_blank_values=True)
    return all(asked.get(name) == [value] for name, value in values.items())


async def _fill(field):
    """Give a field a value as nobody expects it; return it."""
    if await field.evaluate("field => field.tagName") == "SELECT":
        value = await field.locator("option").last.get_attribute("value")
        await field.select_option(value)
        return value
    value = DAY if await field.get_attribute("type") == "date" else ODD
    await field.fill(value)
    return value

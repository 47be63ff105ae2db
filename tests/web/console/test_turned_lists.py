"""Lists that are turned past their end: what they held may have gone in the meantime."""

import re

import pytest

from lifecycle.database.pagination import write_cursor
from lifecycle.web import product_lists
from testkit.html_pages import text_of
from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

LISTS = {
    "/console/products": ["zz"],
    "/console/policy": ["zz"],
    "/console/policy/clairdash": ["zz"],
    "/console/people": [10**6],
    "/console/releases": ["zz"],
    "/console/deprecations/new": ["zz"],
    "/console/accounts": ["zz"],
    "/console/products/clairdash/features": ["zz"],
    "/console/products/clairdash/lines": [10**6, 10**6],
    "/console/releases/clairdash/verdicts": [0],
    "/console/log": [0],
    "/sessions": [0],
}
"""The last keys on a page after which nothing follows, by the list."""


@pytest.fixture
async def filled(client, admin, customers):
    """Store something for every list to hold."""
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
    path = "/v1/products/clairdash"
    await ok(client.put(f"{path}/lines/3.9", json={"lts": True}, headers=admin))
    manifest = {"product": "clairdash", "version": "3.11.0"}
    await ok(client.post(f"{path}/gate", json=manifest, headers=admin))


@pytest.mark.parametrize(("path", "last"), LISTS.items())
async def test_past_its_end_a_list_leads_back_and_does_not_say_that_there_is_nothing(
    filled, signed_in, path, last
):
    person = await signed_in("admin")

    page = await person.open(f"{path}?cursor={write_cursor(last)}")

    assert "There are no further ones. Back to the" in text_of(page)
    assert f'href="{path}"' in page
    assert "yet" not in text_of(page).partition("There are no further ones.")[0]
    assert "There are no further ones." not in await person.open(path)


NEXT = re.compile(r'href="([^"]+)" rel="next"')
PRODUCT_LISTS = [
    "/console/products",
    "/console/policy",
    "/console/releases",
    "/console/deprecations/new",
]


@pytest.fixture
async def assortment(client, admin, clairdash):
    """Store more products than are seen at a glance."""
    for number in range(10):
        name = {"slug": f"cog-{number}", "name": f"Cög Wheel {number}"}
        await ok(client.post("/v1/products", json=name, headers=admin))


@pytest.mark.parametrize("path", PRODUCT_LISTS)
async def test_many_products_are_searched_and_turned_page_by_page(
    assortment, signed_in, monkeypatch, path
):
    monkeypatch.setattr(product_lists, "ON_A_PAGE", 6)
    person = await signed_in("publish")
    few = await (await signed_in("publish:cog-1,cog-2")).open(path)

    first = await person.open(f"{path}?q=cog+WHEEL")
    turned = NEXT.search(first)[1].replace("&amp;", "&")
    second = await person.open(turned)
    nothing = await person.open(f"{path}?q=none+such")
    past = await person.open(f"{path}?q=cog&cursor={write_cursor(['zz'])}")

    assert "10 of 11 products match" in text_of(first)
    assert "q=cog" in turned
    for number in range(10):
        shown = f"Cög Wheel {number}"
        assert (shown in text_of(first), shown in text_of(second)) == (number < 6, number >= 6)
    assert "0 of 11 products match none such. Show all products" in text_of(nothing)
    assert "yet" not in text_of(nothing).partition("Show all products")[0]
    assert f'href="{path}?q=cog"' in past
    assert 'role="search"' not in few
    assert "Cög Wheel 1" in text_of(few)
    assert "Cög Wheel 3" not in text_of(few)


async def test_a_draft_begins_with_a_link_to_each_product(assortment, signed_in):
    person = await signed_in("publish")

    chosen = await person.open("/console/deprecations/new?q=wheel+7")

    assert 'href="/console/deprecations/new?product=cog-7"' in chosen
    assert "cog-6" not in chosen
    assert "Cög Wheel 7" in text_of(await person.open("/console/deprecations/new?product=cog-7"))

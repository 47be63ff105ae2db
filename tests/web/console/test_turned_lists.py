"""Lists that are turned past their end: what they held may have gone in the meantime."""

import pytest

from lifecycle.database.pagination import write_cursor
from testkit.html_pages import text_of
from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

LISTS = {
    "/console/products": ["zz"],
    "/console/policy": ["zz"],
    "/console/policy/clairdash": ["zz"],
    "/console/people": [10**6],
    "/console/releases": ["zz"],
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

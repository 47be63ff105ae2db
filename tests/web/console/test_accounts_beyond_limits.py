"""A manager of one product reads the name of an account that it may affect, and no dead link."""

import pytest

from testkit.html_pages import text_of
from testkit.responses import ok

pytestmark = pytest.mark.one_database("what a page makes of the same rows")
WORK = "/console/work"
LINK = 'href="/console/accounts/massive"'
WHY = "Ask somebody whose scope is not limited to products"


@pytest.fixture
async def announced(client, admin, announce, customers):
    """Announce what may affect an account that has reported nothing; return its page."""
    await ok(client.put("/v1/accounts/massive", json={"tier": "pro"}, headers=admin))
    path = await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    return path.replace("/v1", "/console")


@pytest.mark.parametrize("page", ["/affected", "/reach"])
async def test_the_pages_of_a_deprecation_name_it_without_a_link(announced, signed_in, page):
    limited, manager = await signed_in("publish:clairdash"), await signed_in("publish")

    shown = await limited.open(f"{announced}{page}")
    whole = await manager.open(f"{announced}{page}")

    assert "massive" in text_of(shown)
    assert LINK not in shown
    assert 'href="/console/accounts/acme"' in shown
    assert WHY in shown
    assert LINK in whole
    assert WHY not in whole
    await limited.open("/console/accounts/massive", status=404)


@pytest.mark.parametrize("page", ["/console", f"{WORK}/unreachable_accounts"])
async def test_the_work_list_leads_to_the_deprecation_instead(announced, signed_in, page):
    limited, manager = await signed_in("publish:clairdash"), await signed_in("publish")

    shown = await limited.open(page)
    whole = await manager.open(page)

    assert "massive may be affected from" in shown
    assert LINK not in shown
    assert shown.count("ask somebody whose scope is not limited to products") == 1
    assert f'href="{announced}">Open the deprecation' in shown
    assert 'href="/console/accounts/acme">See the account and its addresses' in shown
    assert LINK in whole
    assert "ask somebody" not in whole


async def test_what_an_account_got_before_it_left_a_product_is_listed_without_a_link(
    client, admin, announced, signed_in
):
    await ok(client.delete("/v1/accounts/globex/instances/prod", headers=admin))
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
    addresses = "/v1/accounts/globex/subscriptions"
    (address,) = (await ok(client.get(addresses, headers=admin))).json()["items"]
    topics = {"topics": ["product:studio"]}
    await ok(client.patch(f"{addresses}/{address['id']}", json=topics, headers=admin))
    limited = await signed_in("publish:clairdash")

    listed = await limited.open("/console/deliveries")
    number = listed.partition('href="/console/deliveries/')[2].partition('"')[0]
    one = await limited.open(f"/console/deliveries/{number}")

    for page in (listed, one):
        assert "globex" in text_of(page)
        assert 'href="/console/accounts/globex"' not in page
        assert WHY in page

"""A manager of one product reads the name of an account that it may affect, and no dead link."""

import json
import re

import pytest

from testkit.html_pages import text_of
from testkit.page_addresses import BROWSER
from testkit.responses import ok

pytestmark = pytest.mark.one_database("what a page makes of the same rows")
WORK = "/console/work"
ASKED = "/console/deliveries?account=globex"
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


@pytest.fixture
async def left(client, admin, announced):
    """Have an account leave the product after it was notified."""
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
    runs = {"product": "studio", "version": "1.0.0"}
    await ok(client.put("/v1/accounts/globex/instances/prod", json=runs, headers=admin))
    addresses = "/v1/accounts/globex/subscriptions"
    (address,) = (await ok(client.get(addresses, headers=admin))).json()["items"]
    topics = {"topics": ["product:studio"]}
    await ok(client.patch(f"{addresses}/{address['id']}", json=topics, headers=admin))


async def test_what_an_account_got_before_it_left_a_product_is_listed_without_a_link(
    left, signed_in
):
    limited = await signed_in("publish:clairdash")

    listed = await limited.open(ASKED)
    number = listed.partition('href="/console/deliveries/')[2].partition('"')[0]
    one = await limited.open(f"/console/deliveries/{number}")

    for page in (listed, one):
        assert "globex" in text_of(page)
        assert 'href="/console/accounts/globex"' not in page
        assert WHY in page


async def test_whatever_names_an_account_can_be_asked_about_it_by_that_name(
    client, left, announced, make_token, signed_in
):
    limited, headers = await signed_in("publish:clairdash"), await make_token("publish:clairdash")
    told = announced.replace("/console", "/v1")

    async def asked(path):
        return (await ok(client.get(path, headers=headers))).json()

    deliveries = await asked("/v1/deliveries")
    of_one = await asked("/v1/deliveries?account=globex")
    preview = await asked(f"{told}/preview?account=massive")
    table = await limited.open("/console/deliveries.csv?account=globex")
    reached = await limited.open(f"{announced}/reach.csv")
    work = await asked("/v1/worklist")

    assert of_one == deliveries
    assert [item["account"] for item in of_one["items"]] == ["globex"]
    assert "globex" in table
    assert preview["notices"]
    for text in (json.dumps(preview), json.dumps(await asked(f"{told}/reach")), reached):
        assert "massive" in text
    (entry,) = (item for item in work["items"] if item["account"] == "massive")
    assert "ask somebody whose scope is not limited" in entry["message"]


async def test_whatever_opens_an_account_answers_as_if_there_were_none(
    app, client, left, announced, make_token, signed_in
):
    limited, headers = await signed_in("publish:clairdash"), await make_token("publish:clairdash")
    told = announced.replace("/console", "/v1")
    paths = {route.path for route in app.litestar.routes if "{account:" in route.path}
    opened = {re.sub(r"{\w+:\w+}", "1", path.replace("{account:str}", "{0}")) for path in paths}
    opened |= {f"{told}/preview?account={{0}}", "/console/deliveries?account={0}"}

    for path in sorted(opened):
        asking, said = (client, headers) if path.startswith("/v1") else (limited.client, BROWSER)
        closed = "massive" if "/deliveries?" in path else "globex"  # its deliveries are listed
        real = await asking.get(path.format(closed), headers=said)
        none = await asking.get(path.format("xeborg"), headers=said)

        assert 400 <= real.status_code < 500, path
        assert real.status_code == none.status_code, path
        assert comparable(real.text, closed) == comparable(none.text, "xeborg"), path


async def test_an_erased_account_is_named_without_a_link_and_can_be_asked_for(
    client, admin, announced, signed_in
):
    erased = await ok(client.delete("/v1/accounts/globex", headers=admin))
    pseudonym = erased.json()["account"]
    manager = await signed_in("publish")

    listed = await manager.open(f"/console/deliveries?account={pseudonym}")
    reached = await manager.open(f"{announced}/reach")

    assert pseudonym in text_of(listed)
    assert "An erased account" in text_of(reached)
    assert f'href="/console/accounts/{pseudonym}"' not in listed + reached
    assert WHY not in listed + reached


def comparable(page, slug):
    """Return a page without what it names the account by, and what differs from page to page."""
    return re.sub(r"[0-9a-f]{32,}", "", page.replace(slug, "ACCOUNT"))

"""The vendor's first page: what needs a person, what is coming, and where a newcomer begins."""

import re

import msgspec
import pytest

from lifecycle.policy.presets import preset
from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import sign_in

WORK = "/console/work"
END = {"product": "clairdash", "kind": "end_of_support", "lines": ["3.9"], "reason": "Old."}


@pytest.fixture
async def unreachable(client, admin, clairdash):
    """Announce an end that concerns seven accounts without an address."""
    for number in range(7):
        path = f"/v1/accounts/customer-{number}"
        await ok(client.put(path, json={"tier": "enterprise"}, headers=admin))
        runs = {"product": "clairdash", "version": "3.9.0"}
        await ok(client.put(f"{path}/instances/prod", json=runs, headers=admin))
    made = await ok(client.post("/v1/deprecations", json=END, headers=admin))
    path, match = made.headers["location"], {"If-Match": made.headers["etag"]}
    await ok(client.post(f"{path}/announce", json={}, headers=admin | match))


async def page_of(client, path="/console"):
    return (await ok(client.get(path, headers=BROWSER))).text


async def test_it_says_what_needs_a_person_why_and_how_many(client, unreachable, make_token):
    await sign_in(client, await make_token("publish"))

    page = await page_of(client)

    assert "Accounts that cannot be notified (7)" in page
    assert page.count("and cannot be notified (") == 5
    assert " by the end of support for clairdash " in page
    assert 'href="/console/work/unreachable_accounts"' in page
    whole = await page_of(client, "/console/work/unreachable_accounts")
    assert whole.count("and cannot be notified (") == 7


async def test_it_says_that_e_mail_addresses_get_nothing_without_a_mail_server(
    app, client, admin, clairdash, make_token
):
    state = app.app_state
    state.settings = msgspec.structs.replace(state.settings, worker=True)
    await ok(client.put("/v1/accounts/acme", json={"tier": "pro"}, headers=admin))
    mail = {"channel": "email", "address": "ops@acme.example"}
    await ok(client.post("/v1/accounts/acme/subscriptions", json=mail, headers=admin))
    await sign_in(client, await make_token("publish"))

    page = await page_of(client)
    whole = await page_of(client, f"{WORK}/mail_not_set_up")
    listed = (await ok(client.get("/v1/worklist", headers=admin))).json()["items"]

    assert "No mail server is set up (1)" in page
    assert "one e-mail address gets nothing" in page
    assert "one e-mail address gets nothing" in whole
    assert 'href="/console/deliveries?status=waiting">See the deliveries that wait' in whole
    assert [item["kind"] for item in listed] == ["mail_not_set_up"]


async def test_it_says_what_is_coming_and_draws_it(client, unreachable, make_token):
    await sign_in(client, await make_token("release"))

    page = await page_of(client)

    assert "Coming in 90 days" in page
    assert 'src="/console/timelines/clairdash"' in page
    assert "What needs attention" not in page
    picture = await ok(client.get("/console/timelines/clairdash", headers=BROWSER))
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.headers["cache-control"] == "no-store"
    table = await ok(client.get("/console/coming.csv", headers=BROWSER))
    assert table.text.startswith("day,is_estimate,product,subject,kind,tiers\r\n")
    assert len(table.text.splitlines()) == 1 + page.count('<th scope="row">')
    for path in ("/console/work.csv", "/console/work/drafts"):
        assert (await client.get(path, headers=BROWSER)).status_code == 403


async def test_the_work_list_can_be_downloaded_whole(client, unreachable, make_token):
    await sign_in(client, await make_token("publish"))

    table = await ok(client.get("/console/work.csv", headers=BROWSER))

    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="work.csv"' in table.headers["content-disposition"]
    assert table.text.count("unreachable_account,") == 7


async def test_an_empty_store_leads_from_a_product_to_the_first_draft(client, admin, make_token):
    await sign_in(client, await make_token("publish"))

    empty = await page_of(client)
    await ok(client.post("/v1/products", json={"slug": "widget"}, headers=admin))
    release = {"version": "1.0.0", "released_on": "2026-01-01"}
    await ok(client.post("/v1/products/widget/releases", json=release, headers=admin))
    begun = await page_of(client)

    titles = re.findall(r"<li>\n<strong>(.*?)</strong>", empty)
    assert [title.split()[0] for title in titles] == ["Add", "Enter", "Put", "Add", "Draft"]
    assert empty.count(">done<") == 0
    assert re.findall(r'href="([^"]*)">Begin here', empty) == ["/console/product-new"]
    assert begun.count(">done<") == 2
    assert 'href="/console/policy/widget/new">Begin here' in begun
    needed = 'an earlier step: <a href="/console/policy/widget/new">Put its policy in force</a>'
    assert begun.count(needed) == 2  # that of customers, and of drafts
    assert "lifecycle policy put widget policy.yaml" in begun
    assert "Nothing needs attention now." in begun
    assert 'href="/console/deliveries?status=waiting"' in begun


async def test_what_is_done_leads_on_to_the_next_step(client, admin, make_token):
    await sign_in(client, await make_token("publish"))
    product, widget = "/console/products/widget", "/v1/products/widget"

    async def next_after(path):
        page = await page_of(client, path)
        return re.findall(r'Next: <a href="([^"]*)">', page)

    await ok(client.post("/v1/products", json={"slug": "widget"}, headers=admin))
    after_product = await next_after(f"{product}?done=product-added")
    release = {"version": "1.0.0", "released_on": "2026-01-01"}
    await ok(client.post(f"{widget}/releases", json=release, headers=admin))
    after_releases = await next_after(f"{product}?done=releases-imported")
    await ok(client.put(f"{widget}/policy", content=preset("kubernetes"), headers=admin))
    after_policy = await next_after("/console/policy/widget?done=policy-first")
    after_feature = await next_after(f"{product}/features?done=feature-added")
    after_line = await next_after(f"{product}/lines?done=line-added")
    await ok(client.put("/v1/accounts/acme", json={"tier": "community"}, headers=admin))
    after_account = await next_after("/console/accounts/acme?done=added")
    after_list = await next_after("/console/accounts?done=imported")
    await ok(client.post("/v1/products", json={"slug": "gadget"}, headers=admin))
    of_another = await next_after("/console/products/gadget?done=product-added")
    later = await next_after(product)
    await sign_in(client, await make_token("publish:widget"))
    limited = await next_after(f"{product}?done=product-changed")

    assert after_product == [f"{product}/release-import"]
    assert after_releases == ["/console/policy/widget/new"]
    assert after_policy == after_feature == after_line == ["/console/account-import"]
    assert after_account == after_list == ["/console/deprecations/new"]
    assert of_another == ["/console/products/gadget/release-import"]
    assert later == limited == []


async def test_a_kind_of_work_that_there_is_not_is_refused(client, make_token):
    await sign_in(client, await make_token("publish"))

    for path in ("/console/work/nothing", "/console/work/drafts?cursor=x"):
        assert (await client.get(path, headers=BROWSER)).status_code in {400, 404}

import re

import pytest
from sqlalchemy import select

from lifecycle.deprecations.models import Recipient
from testkit.api_fixtures import connected
from testkit.html_pages import text_of
from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import send, sign_in

pytestmark = pytest.mark.one_database("what pages make of it")


async def page(client, path="/my/acme"):
    answer = await client.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.both_databases
async def test_it_shows_what_is_coming_with_the_days_left_and_what_to_do(client, acme):
    text = text_of(await page(client))

    assert "REST (rest-v1) in clairdash will be removed on 1 September 2027, in 284 days." in text
    assert "Affected: narwhal-prod (narwhal-cluster) runs 3.10.0." in text
    assert "What to do: Stop using it by 31 August 2027." in text
    assert "One notice waits to be acknowledged." in text


async def test_a_notice_of_an_amendment_says_what_it_changed(client, act, acme, publish):
    listed = (await client.get("/v1/deprecations", headers=publish)).json()["items"]
    later = {"effective_on": "2027-10-01", "reason": "You asked for more time."}
    await act(f"/v1/deprecations/{listed[0]['id']}", "amend", **later)
    (newest, *_) = (await client.get("/v1/accounts/acme/notices", headers=publish)).json()["items"]

    assert "Postponed on 21 November 2026" in text_of(await page(client, "/my/acme/notices"))
    notice = text_of(await page(client, f"/my/acme/notices/{newest['id']}"))
    assert "Postponed, 21 November 2026." in notice


async def test_what_to_do_is_shown_in_its_form(client, act, acme, publish):
    listed = (await client.get("/v1/deprecations", headers=publish)).json()["items"]
    guide = "Call **/v2**, as [the guide](https://docs.example/g) says."
    await act(f"/v1/deprecations/{listed[0]['id']}", "amend", migration=guide, reason="Asked.")
    (newest, *_) = (await client.get("/v1/accounts/acme/notices", headers=publish)).json()["items"]

    for path in ("/my/acme", f"/my/acme/notices/{newest['id']}"):
        html = await page(client, path)
        assert "<strong>/v2</strong>" in html, path
        assert '<a href="https://docs.example/g" rel="nofollow noopener">' in html, path


async def test_it_shows_how_what_runs_stands(client, acme):
    text = text_of(await page(client))

    assert "It is supported." in text
    assert "narwhal-prod narwhal-cluster clairdash 3.10.0 Supported" in text


async def test_what_runs_and_is_about_to_end_is_counted_as_such(client, admin, acme):
    end = {"product": "clairdash", "kind": "end_of_support", "lines": ["3.10"], "reason": "Old."}
    draft = await client.post(
        "/v1/deprecations", json=end | {"effective_on": "2027-10-01"}, headers=admin
    )
    path = f"/v1/deprecations/{draft.json()['id']}/announce"
    await ok(client.post(path, json={}, headers=admin | {"If-Match": draft.headers["etag"]}))

    text = text_of(await page(client))

    assert "It is supported, but support is due to end." in text


@pytest.mark.parametrize(("tier", "said"), [("enterprise", "3.10.1 or 3.11.0"), ("pro", "3.11.0")])
async def test_it_advises_the_upgrade_that_the_vendor_s_page_advises(
    client, app, admin, acme, make_token, tier, said
):
    account = "/v1/accounts/acme"
    etag = (await client.get(account, headers=admin)).headers["etag"]
    body = {"tier": tier, "name": "Acme narwhal"}
    await ok(client.put(account, json=body, headers=admin | {"If-Match": etag}))
    out = [{"version": version, "released_on": "2026-11-20"} for version in ("3.10.1", "3.11.0")]
    await ok(client.post("/v1/products/clairdash/releases", json=out, headers=admin))

    own = await page(client)
    async with connected(app) as vendor:
        await sign_in(vendor, await make_token("publish"))
        vendors = await page(vendor, "/console/accounts/acme")

    for html in (own, vendors):
        assert re.search(rf"(Supported|Not supported|Ending).* {re.escape(said)} ", text_of(html))


async def test_the_end_of_support_that_nobody_announced_comes_too(client, admin, customers, acme):
    planned = [{"version": "3.11.0", "planned_on": "2026-12-10"}]
    await ok(client.post("/v1/products/clairdash/releases", json=planned, headers=admin))

    text = text_of(await page(client))

    assert "Support for clairdash 3.10.0 will end after" in text


async def test_an_estimated_end_is_said_to_come_no_earlier_than_the_estimate(client, acme):
    text = text_of(await page(client))

    assert "Supported until a new release, which may come any day" in text
    assert "3.10.0 will end after 21 November 2026 (today) at the earliest." in text
    assert "Last day: 21 November 2026 at the earliest" in text


async def test_what_is_nearest_comes_first(client, announce, acme):
    await announce(kind="removal", feature="rest-v1", effective_on="2027-06-01")

    html = await page(client)

    assert html.index("1 June 2027") < html.index("1 September 2027")


@pytest.mark.both_databases
async def test_a_notice_is_acknowledged_by_a_button(client, acme, notice, store):
    answer = await send(client, f"/my/acme/notices/{notice}/acknowledge", back="home")

    assert answer.headers["location"] == "/my/acme?done=acknowledged"
    text = text_of(await page(client, answer.headers["location"]))
    assert "Thank you: the notice is acknowledged." in text
    assert "Acknowledged on 21 November 2026." in text
    async with store.reading() as session:
        by = list(await session.scalars(select(Recipient.acknowledged_by)))
    assert sorted(filter(None, by)) == ["token:2 account:acme"]


async def test_to_look_acknowledges_nothing(client, acme, notice, store):
    for path in ("/my/acme", "/my/acme/notices", f"/my/acme/notices/{notice}"):
        await page(client, path)
    refused = await client.get(f"/my/acme/notices/{notice}/acknowledge", headers=BROWSER)

    assert refused.status_code == 405
    async with store.reading() as session:
        assert set(await session.scalars(select(Recipient.acknowledged_at))) == {None}


async def test_who_runs_nothing_is_asked_to_report_it(client, admin, make_token, acme):
    await client.delete("/v1/accounts/acme/instances/narwhal-prod", headers=admin)

    text = text_of(await page(client))

    assert "You have not reported what you run, so nothing can be said about it." in text


async def test_who_is_notified_nowhere_is_warned(client, admin, acme):
    listed = (await client.get("/v1/accounts/acme/subscriptions", headers=admin)).json()["items"]
    for address in listed:
        path = f"/v1/accounts/acme/subscriptions/{address['id']}/pause"
        await client.post(path, headers=admin)

    text = text_of(await page(client))

    assert "No address gets your notices: all of them are paused" in text


async def test_the_history_holds_every_notice_and_leads_to_each(client, acme, notice):
    listed = await page(client, "/my/acme/notices")

    shown = text_of(await page(client, f"/my/acme/notices/{notice}"))
    assert f'href="/my/acme/notices/{notice}"' in listed
    assert "Announced on 21 November 2026" in text_of(listed)
    assert "Removal of rest-v1 in clairdash" in text_of(listed)
    assert "It is old." in shown
    assert "Where it was delivered" in shown
    assert "Not delivered yet" in shown


async def test_an_unknown_notice_is_none_of_the_account(client, acme):
    for path in ("/my/acme/notices/ntc_none", "/my/acme/addresses/sub_none"):
        answer = await client.get(path, headers=BROWSER)

        assert answer.status_code == 404


async def test_a_patch_to_come_is_advice_and_no_end_of_support(client, acme, admin):
    plan = {"version": "3.10.1", "planned_on": "2026-12-01"}
    await ok(client.post("/v1/products/clairdash/releases", json=plan, headers=admin))

    text = text_of(await page(client))

    (change,) = (
        each
        for each in (await client.get("/v1/accounts/acme/status", headers=admin)).json()["coming"]
        if each["kind"] == "end_of_support"
    )
    assert change["superseded_by"] == "3.10.1"
    assert "It is supported." in text
    assert "clairdash 3.10.1 takes the place of 3.10.0 on 1 December 2026 (in 10 days)" in text
    assert "Upgrade to 3.10.1 then. Support for its line goes on." in text
    assert "takes effect within 30 days" not in text
    assert "Support for clairdash 3.10.0 will end" not in text


async def test_nothing_is_said_to_keep_its_support_that_has_none(
    client, clairdash, admin, make_token
):
    runs = {"product": "clairdash", "version": "3.2.0"}
    await ok(client.put("/v1/accounts/globex", json={"tier": "pro", "name": "G"}, headers=admin))
    await ok(client.put("/v1/accounts/globex/instances/old", json=runs, headers=admin))
    await sign_in(client, await make_token("account:globex"))

    text = text_of(await page(client, "/my/globex"))

    assert "It is not supported." in text
    assert "Nothing is announced for what you run." in text
    assert "none of it loses" not in text

"""The log on pages: filtered, page by page, verified and exported."""

import csv
import io

import pytest
from sqlalchemy import text

from lifecycle.web.console import log_pages
from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import sign_in

pytestmark = pytest.mark.one_database("what HTTP makes of it")


@pytest.fixture
async def logged(client, admin, clairdash, make_token, clock):
    """Do a few things on two days, and sign in as who may publish."""
    await ok(client.put("/v1/accounts/acme", json={"tier": "pro"}, headers=admin))
    runs = {"product": "clairdash", "version": "3.9.0"}
    await ok(client.put("/v1/accounts/acme/instances/prod", json=runs, headers=admin))
    clock.advance(days=2)
    await ok(client.put("/v1/accounts/globex", json={"tier": "pro"}, headers=admin))
    await sign_in(client, await make_token("publish"))


async def rows_of(client, **query):
    query |= {"format": "csv"}
    table = await ok(client.get("/console/log/export", params=query, headers=BROWSER))
    return list(csv.DictReader(io.StringIO(table.text)))


async def test_it_is_narrowed_by_account_action_actor_product_and_days(client, logged, clock):
    day = clock.today.isoformat()

    async def subjects(**query):
        return [row["subject"] for row in await rows_of(client, **query)]

    assert await subjects(account="acme") == ["acme/prod", "acme"]
    assert await subjects(action="account") == ["globex", "acme"]
    assert await subjects(action="account.added", to="2026-11-21") == ["acme"]
    assert await subjects(**{"from": day, "action": "account.added"}) == ["globex"]
    assert await subjects(actor="token:9") == []
    assert set(await subjects(product="clairdash", action="instance.added")) == {"acme/prod"}


async def test_it_comes_page_by_page_with_the_filter_kept(client, logged, monkeypatch):
    monkeypatch.setattr(log_pages, "ON_A_PAGE", 1)

    first = await ok(client.get("/console/log?account=acme", headers=BROWSER))
    link = first.text.partition('rel="next"')[0].rpartition('<a href="')[2].partition('"')[0]
    second = await ok(client.get(link.replace("&amp;", "&"), headers=BROWSER))

    assert "instance.added" in first.text
    assert "account.added" not in first.text
    assert "account.added" in second.text
    assert 'rel="next"' not in second.text


async def test_it_is_exported_as_json_too(client, logged):
    query = {"account": "acme", "format": "json"}

    document = await ok(client.get("/console/log/export", params=query, headers=BROWSER))

    assert [entry["subject"] for entry in document.json()["entries"]] == ["acme/prod", "acme"]
    assert 'filename="log.json"' in document.headers["content-disposition"]


async def test_it_says_whether_it_is_intact_and_where_it_is_not(client, logged, store):
    whole = await ok(client.get("/console/log/verification", headers=BROWSER))
    async with store.writing() as session:
        await session.execute(text("UPDATE audit_entries SET actor = 'nobody' WHERE seq = 2"))

    broken = await ok(client.get("/console/log/verification", headers=BROWSER))

    assert "Yes. All " in whole.text
    assert "No. Entry 2 is the first that is wrong" in broken.text


async def test_a_day_that_is_none_is_refused_in_place(client, logged):
    refused = await client.get("/console/log?from=never&account=acme", headers=BROWSER)

    assert refused.status_code == 400
    assert "is not a valid date" in refused.text
    assert 'value="acme"' in refused.text


async def test_who_is_limited_to_a_product_sees_its_entries_and_cannot_verify(
    client, logged, make_token
):
    limited = await make_token("publish:clairdash")

    shown = await ok(client.get("/console/log", headers=limited | BROWSER))
    refused = await client.get("/console/log/verification", headers=limited | BROWSER)

    assert "acme/prod" in shown.text
    assert "globex" not in shown.text
    assert refused.status_code == 403

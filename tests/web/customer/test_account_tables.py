"""Every table of an account's pages, as a file for a spreadsheet."""

import csv
import io

import pytest

from testkit.api_fixtures import connected
from testkit.customers import deliver_to_webhooks
from testkit.responses import ok
from testkit.signed_in import sign_in

pytestmark = pytest.mark.one_database("what HTTP makes of it")


async def rows(client, path):
    answer = await ok(client.get(path))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    name = path.removeprefix("/").replace("/", "-").removeprefix("my-")
    assert f'filename="{name}"' in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.both_databases
async def test_what_one_runs_with_how_it_stands_is_the_status_of_the_api(client, admin, acme):
    (row,) = await rows(client, "/my/acme/instances.csv")

    (shown,) = (await ok(client.get("/v1/accounts/acme/status", headers=admin))).json()["instances"]
    for name in ("instance", "product", "version", "environment", "status", "reason"):
        assert row[name] == shown[name]
    assert row["features"] == "rest-v1"
    assert row["upgrade_to_newest"] == (shown["upgrade_to"]["newest"] or "")


@pytest.mark.both_databases
async def test_notices_and_deliveries_are_all_of_them(
    client, admin, acme, store, clock, monkeypatch
):
    from lifecycle.web import table_files  # noqa: PLC0415

    monkeypatch.setattr(table_files, "IN_A_PIECE", 1)
    await deliver_to_webhooks(store, clock)
    notices = await rows(client, "/my/acme/notices.csv")
    sent = await rows(client, "/my/acme/deliveries.csv")

    shown = (await ok(client.get("/v1/accounts/acme/notices", headers=admin))).json()["items"]
    assert [row["id"] for row in notices] == [notice["id"] for notice in shown]
    assert notices[0]["effective_on"] == "2027-09-01"
    assert notices[0]["told_at"].startswith("2026-11-21T")
    listed = (await ok(client.get("/v1/accounts/acme/deliveries", headers=admin))).json()["items"]
    assert [row["id"] for row in sent] == [str(delivery["id"]) for delivery in listed]
    assert len(sent) == 2
    assert {row["last_answer"] for row in sent} == {"200 OK from acme", ""}


async def test_addresses_and_tokens_are_without_secrets(client, admin, acme):
    addresses = await rows(client, "/my/acme/addresses.csv")
    tokens = await rows(client, "/my/acme/tokens.csv")

    assert {(row["channel"], row["address"]) for row in addresses} == {
        ("webhook", "https://narwhal.example/in"),
        ("email", "ops@narwhal.example"),
    }
    assert {row["topics"] for row in addresses} == {"*"}
    assert [row["label"] for row in tokens] == ["account:acme"]
    assert set(tokens[0]) == {
        *("label", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at")
    }
    whole = str(addresses) + str(tokens)
    assert "whsec_" not in whole
    assert "lct_" not in whole.replace(tokens[0]["prefix"], "")


async def test_a_limited_manager_gets_what_concerns_the_product_and_no_tokens(
    app, client, admin, acme, make_token
):
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
    runs = {"product": "studio", "version": "9.9"}
    await ok(client.put("/v1/accounts/acme/instances/studio-acme", json=runs, headers=admin))
    await ok(client.put("/v1/accounts/initech", json={"tier": "pro"}, headers=admin))
    async with connected(app) as browser:
        await sign_in(browser, await make_token("publish:studio"))
        instances = await rows(browser, "/my/acme/instances.csv")
        listed = [await rows(browser, f"/my/acme/{name}.csv") for name in ("notices", "deliveries")]
        tokens = await browser.get("/my/acme/tokens.csv")
        foreign = await browser.get("/my/initech/instances.csv")

    assert [row["instance"] for row in instances] == ["studio-acme"]
    assert listed == [[], []]
    assert (tokens.status_code, foreign.status_code) == (403, 404)

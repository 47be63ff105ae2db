"""The console's tables as files: all of what a page lists, and no secret."""

import csv
import io

import pytest

from lifecycle.accounts import people
from testkit.customers import deliver_to_webhooks, serve
from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import secret_of, sign_in

pytestmark = pytest.mark.one_database("what HTTP makes of it")


async def rows(client, path):
    answer = await ok(client.get(path, headers=BROWSER))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["cache-control"] == "no-store"
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.fixture
async def console(client, admin):
    await sign_in(client, admin)
    return client


async def test_tokens_are_all_there_with_their_state_and_without_secrets(
    console, make_token, clock
):
    secret = secret_of(await make_token("release", label="=pipeline"))

    listed = await rows(console, "/console/tokens.csv")

    assert [(row["label"], row["scope"], row["state"]) for row in listed][-1:] == [
        ("'=pipeline", "release", "valid")
    ]
    assert secret not in str(listed)
    assert secret.startswith(listed[-1]["prefix"])


async def test_people_are_all_there(console, store, clock, monkeypatch):
    from lifecycle.web import table_files  # noqa: PLC0415

    monkeypatch.setattr(table_files, "IN_A_PIECE", 1)
    async with store.writing() as session:
        for name in ("Ann", "Bob"):
            said = {"issuer": "https://login.test", "scope": "publish", "subject": name.lower()}
            await people.arrive(session, people.Arrival(name=name, **said), now=clock())

    listed = await rows(console, "/console/people.csv")

    assert [(row["name"], row["subject"]) for row in listed] == [("Ann", "ann"), ("Bob", "bob")]


async def test_settings_are_all_there_and_no_secret_of_them(console, app):
    listed = await rows(console, "/console/settings.csv")

    described = app.app_state.settings.describe()
    assert [row["setting"] for row in listed] == [name for name, _, _ in described]
    assert app.app_state.settings.secret_key not in str(listed)


async def test_the_attempts_of_a_delivery_and_the_tiers_of_an_account(
    console, admin, announce, store, clock
):
    await serve(console, admin, "acme")
    await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    await deliver_to_webhooks(store, clock)
    sent = await rows(console, "/console/deliveries.csv?status=delivered")

    (attempt,) = await rows(console, f"/console/deliveries/{sent[0]['id']}/attempts.csv")
    (tier,) = await rows(console, "/console/accounts/acme/tiers.csv")

    assert (attempt["answer"], attempt["status"]) == ("200 OK from acme", "200")
    assert tier == {"tier": "pro", "from_day": "2026-11-21"}
    missing = await console.get("/console/deliveries/99/attempts.csv", headers=BROWSER)
    assert missing.status_code == 404


async def test_the_list_of_deprecations_is_narrowed_as_on_its_page(console, announce, client):
    await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    whole = await rows(console, "/console/deprecations.csv")

    for query, count in (
        ("", 1),
        ("?status=draft", 0),
        ("?status=announced", 1),
        ("?product=clairdash&status=", 1),
    ):
        assert len(await rows(console, f"/console/deprecations.csv{query}")) == count, query

    assert len(whole) == 1
    for query in ("status=party", "product=nothing"):
        refused = await console.get(f"/console/deprecations.csv?{query}", headers=BROWSER)
        assert refused.status_code in {400, 404}
        assert "content-disposition" not in refused.headers
    page = (await ok(console.get("/console/deprecations?status=announced", headers=BROWSER))).text
    assert "/console/deprecations.csv?status=announced" in page

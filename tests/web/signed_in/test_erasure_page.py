"""Erasing an account by a page, once its short name was typed."""

import pytest

from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import send, sign_in

pytestmark = pytest.mark.one_database("what HTTP makes of it")

PAGE = "/console/accounts/acme/erasure"


@pytest.fixture
async def acme(client, admin, clairdash):
    facts = {"name": "Acme Ltd", "tier": "pro"}
    await ok(client.put("/v1/accounts/acme", json=facts, headers=admin))
    await sign_in(client, admin)


async def test_it_is_erased_only_once_its_name_was_typed(client, acme, admin):
    refused = await send(client, PAGE, typed="acne")
    kept = await client.get("/v1/accounts/acme", headers=admin)
    erased = await send(client, PAGE, typed="acme")

    assert refused.status_code == 400
    assert 'href="#field-typed"' in refused.text
    assert kept.status_code == 200
    assert erased.headers["location"] == "/console/accounts?done=erased"
    assert (await client.get("/v1/accounts/acme", headers=admin)).status_code == 404
    listed = await ok(client.get("/console/accounts?done=erased", headers=BROWSER))
    assert "The account is erased." in listed.text
    assert "Acme" not in listed.text
    assert "Yes. All " in (await client.get("/console/log/verification", headers=BROWSER)).text


async def test_only_an_admin_is_asked(client, acme, make_token):
    publish = BROWSER | await make_token("publish")

    account = await ok(client.get("/console/accounts/acme", headers=publish))

    assert (await client.get(PAGE, headers=publish)).status_code == 403
    assert PAGE not in account.text
    assert PAGE in (await client.get("/console/accounts/acme", headers=BROWSER)).text

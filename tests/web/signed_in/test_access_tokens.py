"""Tokens and settings on pages, for an admin."""

import asyncio
import re

import pytest

from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import send, sign_in

pytestmark = pytest.mark.one_database("what HTTP makes of it")


@pytest.fixture
async def as_admin(client, admin, clairdash):
    await sign_in(client, admin)


async def test_a_token_is_made_and_shown_once(client, as_admin):
    made = await send(
        client,
        "/console/tokens",
        label="pipeline",
        kind="release",
        which="all",
        expires_at="2027-01-01",
    )

    secret = re.search(r"lct_[\w-]{40,}", made.text)[0]
    assert made.headers["cache-control"] == "no-store"
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await client.get("/console", headers=BROWSER | headers)).status_code == 200
    listed = await ok(client.get("/console/tokens", headers=BROWSER))
    assert secret not in listed.text
    assert secret[:12] in listed.text


async def test_a_form_that_is_sent_twice_makes_one_token_and_shows_its_secret_once(
    client, as_admin
):
    page = (await ok(client.get("/console/tokens", headers=BROWSER))).text
    (key,) = re.findall(r'name="token_key" value="([\w-]+)"', page)
    fields = {"token_key": key, "label": "pipeline", "kind": "release", "which": "all"}

    first = await ok(send(client, "/console/tokens", **fields))
    again = await ok(send(client, "/console/tokens", **fields))
    another = await ok(send(client, "/console/tokens", **(fields | {"label": "laptop"})))

    secret = r"lct_[\w-]{40,}"
    number = re.findall(r"/console/tokens/(\d+)/revoke", first.text)[-1]
    shown = [len(re.findall(secret, page.text)) for page in (first, again, another)]
    assert shown == [1, 0, 1]
    assert f"token {number} was made once" in again.text
    listed = (await ok(client.get("/console/tokens", headers=BROWSER))).text
    assert (listed.count("<bdi>pipeline</bdi>"), listed.count("<bdi>laptop</bdi>")) == (1, 1)
    assert f'value="{key}"' not in first.text


@pytest.mark.both_databases
async def test_a_button_pressed_twice_at_the_same_time_makes_one_token(client, as_admin):
    fields = {"token_key": "k", "label": "pipeline", "kind": "release", "which": "all"}

    pages = await asyncio.gather(*(send(client, "/console/tokens", **fields) for _ in range(3)))

    assert [page.status_code for page in pages] == [200] * 3
    listed = (await ok(client.get("/console/tokens", headers=BROWSER))).text
    assert listed.count("<bdi>pipeline</bdi>") == 1
    assert sum("lct_" in page.text.partition("<table")[0] for page in pages) == 1
    assert sum("was created already" in page.text for page in pages) == 2


async def test_a_token_that_cannot_be_made_keeps_what_was_typed(client, as_admin):
    for wrong, field in (
        ({"kind": "everything"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"kind": "publish", "which": ""}, "products"),
        ({"kind": "publish", "which": "some"}, "products"),
        ({"kind": "publish", "which": "some", "products": "nothing"}, "products"),
        ({"kind": "release", "which": "all", "account": "acme"}, "account"),
        ({"kind": "admin", "which": "some", "products": "clairdash"}, "which"),
        ({"kind": "account", "account": ""}, "account"),
        ({"kind": "account", "account": "No such"}, "account"),
        ({"kind": "account", "account": "nobody"}, "account"),
        ({"kind": "admin", "expires_at": "2020-01-01"}, "expires_at"),
        ({"kind": "admin", "expires_at": "soon"}, "expires_at"),
    ):
        fields = {"label": "mine", "products": "", "account": ""} | wrong
        refused = await send(client, "/console/tokens", **fields)

        assert refused.status_code == 400, wrong
        assert f'href="#field-{field}"' in refused.text, wrong
        assert 'value="mine"' in refused.text
        assert "The new token" not in refused.text


async def test_a_token_is_for_some_products_or_for_an_account(client, as_admin, admin):
    await ok(client.put("/v1/accounts/acme", json={"tier": "pro"}, headers=admin))
    led = (await ok(client.get("/console/accounts/acme", headers=BROWSER))).text
    asked = (await ok(client.get("/console/tokens?account=acme", headers=BROWSER))).text
    some = {"kind": "publish", "which": "some", "products": "clairdash"}
    await send(client, "/console/tokens", label="team", **some)
    await send(client, "/console/tokens", label="theirs", kind="account", account="acme")
    listed = (await ok(client.get("/console/tokens", headers=BROWSER))).text

    assert 'href="/console/tokens?account=acme#create"' in led
    assert '<option value="account" selected>' in asked
    assert 'name="account" type="text" value="acme"' in asked
    assert "<code>publish:clairdash</code>" in listed
    assert "<code>account:acme</code>" in listed


async def test_nobody_makes_a_wider_token_than_theirs(client, clairdash, admin, make_token):
    await ok(client.put("/v1/accounts/acme", json={"tier": "pro"}, headers=admin))
    for own in ("publish", "release", "publish:clairdash", "account:acme"):
        await sign_in(client, await make_token(own))

        for kind in ("admin", "publish", "release"):
            fields = {"label": "more", "kind": kind, "which": "all"}
            assert (await send(client, "/console/tokens", **fields)).status_code == 403


async def test_a_token_is_revoked(client, as_admin, make_token):
    publish = await make_token("publish")
    listed = await ok(client.get("/console/tokens", headers=BROWSER))
    number = re.findall(r"/console/tokens/(\d+)/revoke", listed.text)[-1]

    revoked = await send(client, f"/console/tokens/{number}/revoke")

    assert revoked.headers["location"] == "/console/tokens?done=revoked"
    assert (await client.get("/v1/accounts", headers=publish)).status_code == 401
    assert (await send(client, "/console/tokens/999/revoke")).status_code == 404


async def test_revoking_the_token_one_is_signed_in_by_says_so_and_signs_out(client, as_admin):
    listed = await ok(client.get("/console/tokens", headers=BROWSER))
    rows = re.findall(r"<tr>.*?</tr>", listed.text, re.DOTALL)
    (row,) = [row for row in rows if "revoking it signs you out" in row]
    (number,) = re.findall(r"/console/tokens/(\d+)/revoke", row)

    revoked = await send(client, f"/console/tokens/{number}/revoke")

    assert "Revoke, and sign out</button>" in row
    assert revoked.headers["location"] == "/sign-in?done=signed-out"
    assert "Max-Age=0" in revoked.headers["set-cookie"]
    assert (await client.get("/console/tokens", headers=BROWSER)).status_code != 200


async def test_settings_are_shown_without_secrets(client, as_admin):
    page = (await ok(client.get("/console/settings", headers=BROWSER))).text

    assert "LIFECYCLE_SECRET_KEY" in page
    assert "a key that only tests know" not in page
    assert ">environment<" in page


async def test_who_may_publish_sees_neither(client, clairdash, make_token):
    publish = BROWSER | await make_token("publish")

    for path in ("/console/tokens", "/console/settings"):
        assert (await client.get(path, headers=publish)).status_code == 403

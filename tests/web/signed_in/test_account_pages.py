"""Accounts on pages: found, looked at, added, corrected and imported."""

import pytest

from notifications.models import Attempt
from testkit.html_pages import text_of
from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import FROM_HERE, form_key, send, sign_in

pytestmark = pytest.mark.one_database("what HTTP makes of it")

HOOK = {"channel": "webhook", "address": "https://hooks.acme.example/in"}
LIST = "account,name,tier\nacme,Acme & Sons,enterprise\nnew-inc,,pro\n"


@pytest.fixture
async def accounts(client, admin, clairdash, make_token):
    """Know two accounts, and sign in as who may publish."""
    for slug, name, tier in (("acme", "Acme Ltd", "pro"), ("globex", "Globex", "enterprise")):
        facts = {"name": name, "tier": tier}
        await ok(client.put(f"/v1/accounts/{slug}", json=facts, headers=admin))
    runs = {"product": "clairdash", "version": "3.9.0", "environment": "production"}
    await ok(client.put("/v1/accounts/acme/instances/prod", json=runs, headers=admin))
    await ok(client.post("/v1/accounts/acme/subscriptions", json=HOOK, headers=admin))
    await sign_in(client, await make_token("publish"))


async def page_of(client, path):
    return (await ok(client.get(path, headers=BROWSER))).text


async def facts_of(client, admin, slug):
    return (await ok(client.get(f"/v1/accounts/{slug}", headers=admin))).json()


async def test_they_are_found_by_name_and_tier(client, accounts):
    for query, expected in (
        ("", {"acme", "globex"}),
        ("q=LTD", {"acme"}),
        ("q=%25", set()),
        ("tier=enterprise", {"globex"}),
        ("q=acme&tier=enterprise", set()),
    ):
        page = await page_of(client, f"/console/accounts?{query}")
        table = (await ok(client.get(f"/console/accounts.csv?{query}", headers=BROWSER))).text

        listed = {slug for slug in ("acme", "globex") if f'/console/accounts/{slug}"' in page}
        assert listed == expected, query
        assert {line.partition(",")[0] for line in table.split()[1:]} >= expected


async def test_one_shows_what_it_runs_and_where_it_is_notified(client, accounts, admin):
    runs = {"product": "clairdash", "version": "next"}
    await ok(client.put("/v1/accounts/acme/instances/lab", json=runs, headers=admin))

    page = await page_of(client, "/console/accounts/acme")

    assert "clairdash 3.9.0" in page
    assert "The version &#39;next&#39; is not a valid semver version" in page
    assert "Webhook: <bdi>https://hooks.acme.example/in</bdi>" in page
    assert ">not tried yet<" in page
    assert "It was sent no notice so far." in page
    assert 'value="Acme Ltd"' in page
    assert "It cannot be notified (no subscription)." in await page_of(
        client, "/console/accounts/globex"
    )


@pytest.mark.parametrize(
    ("succeeded", "answer", "said"),
    [(True, "200 OK", ">works<"), (False, "503 Busy", ">failed</span> on")],
)
async def test_the_health_of_an_address_is_its_last_try(
    client, accounts, admin, store, clock, succeeded, answer, said
):
    listed = await ok(client.get("/v1/accounts/acme/subscriptions", headers=admin))
    hook = f"/v1/accounts/acme/subscriptions/{listed.json()['items'][0]['id']}"
    delivery = (await ok(client.post(f"{hook}/test", headers=admin))).json()["id"]
    async with store.writing() as session:
        tried = {"succeeded": succeeded, "answer": answer, "status": int(answer[:3])}
        session.add(Attempt(delivery_id=delivery, at=clock.now, milliseconds=7, **tried))

    page = await page_of(client, "/console/accounts/acme")

    assert said in page
    assert ("503 Busy" in page) is not succeeded


async def test_one_is_corrected_unless_somebody_changed_it_meanwhile(client, accounts, admin):
    sent = {"name": "Acme & Sons", "tier": "enterprise", "revision": "1"}

    changed = await send(client, "/console/accounts/acme", **sent)
    stale = await send(client, "/console/accounts/acme", **sent | {"name": "Other"})

    assert changed.status_code == 303
    assert "The account is changed." in await page_of(client, changed.headers["location"])
    assert stale.status_code == 412
    assert "It was changed after you opened it: it is now “Acme &amp; Sons”" in stale.text
    assert 'value="Other"' in stale.text
    assert 'name="revision" value="2"' in stale.text
    assert (await facts_of(client, admin, "acme"))["name"] == "Acme & Sons"


async def test_a_mistake_keeps_what_was_typed(client, accounts, admin):
    bad = {"slug": "Big Co", "name": "<b>Big</b>", "tier": "gold"}

    refused = await send(client, "/console/account-new", **bad)
    twice = await send(client, "/console/account-new", slug="acme", tier="pro")
    added = await send(client, "/console/account-new", **bad | {"slug": "big", "tier": "pro"})

    assert refused.status_code == 400
    assert 'href="#field-slug"' in refused.text
    named = "Short name must be 1 to 100 lower-case letters, digits, dots, dashes or underscores"
    assert named in text_of(refused.text)
    assert "[a-z0-9]" not in refused.text
    assert 'value="Big Co"' in refused.text
    assert "&lt;b&gt;Big&lt;/b&gt;" in refused.text
    assert twice.status_code == 409
    assert "already exists" in twice.text
    assert '<a href="/console/accounts/acme">Open the existing account</a>' in twice.text
    assert added.headers["location"] == "/console/accounts/big?done=added"
    assert (await facts_of(client, admin, "big"))["name"] == "<b>Big</b>"


async def test_a_list_shows_what_it_would_change_before_it_does(client, accounts, admin):
    preview = await send(client, "/console/account-import", list=LIST)
    before = await facts_of(client, admin, "acme")
    put = await send(client, "/console/account-import", list=LIST, step="put")
    after = await facts_of(client, admin, "acme")
    again = await send(client, "/console/account-import", list=LIST)

    assert "What would change" in preview.text
    assert "New accounts (1)" in preview.text
    assert "Acme Ltd" in preview.text
    assert "Known, and not in this list; they stay (1)" in preview.text
    assert (before["name"], after["name"]) == ("Acme Ltd", "Acme & Sons")
    assert put.headers["location"] == "/console/accounts?done=imported"
    assert "Nothing would change." in again.text


async def test_a_list_with_columns_that_are_not_read_notes_them(client, accounts):
    preview = await send(client, "/console/account-import", list="account,teir\nacme,pro\n")

    note = "The pasted text: 'teir' is not a known column and is not read; did you mean `tier`?"
    assert note in text_of(preview.text)


async def test_features_that_a_product_does_not_have_are_named_before_and_after(client, accounts):
    row = "account,instance,product,version,features\nacme,lab,clairdash,3.9.0,rest_v2\n"

    preview = await send(client, "/console/account-import", list=row)
    put = await send(client, "/console/account-import", list=row, step="put")

    for page in (preview, put):
        assert page.status_code == 200
        assert "Features that the products do not have" in page.text
        assert "acme/lab: rest_v2" in text_of(page.text)
    assert "What changed" in put.text


async def test_a_list_with_mistakes_names_them(client, accounts):
    misspelt = await send(client, "/console/account-import", list="account,tier\nacme,gold\n")
    unreadable = await send(client, "/console/account-import", list="name\nAcme\n")
    empty = await send(client, "/console/account-import", list="  ")
    endless = await send(client, "/console/account-import", list="a" * 200_000)

    assert "What is left out because of a mistake" in misspelt.text
    tier = "Line 2, tier: “gold” is not a tier of any policy; use community, enterprise"
    assert tier in text_of(misspelt.text)
    assert unreadable.status_code == empty.status_code == endless.status_code == 400
    assert "Line 1 of the pasted text has a cell of more than 131,072" in text_of(endless.text)
    assert "the header lacks account" in unreadable.text
    assert "is empty; paste a list" in empty.text


async def test_who_acts_for_an_account_comes_back_to_the_console(client, accounts):
    console = await page_of(client, "/console/accounts/acme")
    own = await page_of(client, "/my/acme/instances")

    assert 'href="/my/acme/instances">Report what it runs' in console
    assert 'href="/my/acme/addresses">Add or test an address' in console
    assert 'href="/console/accounts/acme">Back to the console' in own


@pytest.mark.parametrize(
    "content",
    [
        LIST.replace("\n", "\r\n").encode(),
        LIST.encode("utf-16"),
        b"- {account: acme, name: Acme & Sons}\n- {account: new-inc, tier: pro}\n",
    ],
    ids=["line breaks of Windows", "UTF-16", "YAML"],
)
async def test_a_list_may_be_a_file_unless_one_was_pasted_as_well(client, accounts, content):
    preview = await send(client, "/console/account-import", list=" ", list_file=content)
    both = await send(client, "/console/account-import", list="pasted", list_file=content)

    assert preview.status_code == 200, preview.text
    assert "New accounts (1)" in preview.text
    assert "Acme &amp; Sons" in preview.text
    assert both.status_code == 400
    assert "holds a text, and a file was chosen as well" in both.text
    assert "pasted</textarea>" in both.text


async def test_of_two_files_none_is_taken(client, accounts):
    fields = {"form_key": await form_key(client), "list": ""}
    files = [("list_file", ("a.csv", LIST.encode())), ("list_file", ("b.csv", LIST.encode()))]

    refused = await client.post(
        "/console/account-import", data=fields, files=files, headers=FROM_HERE
    )

    assert refused.status_code == 400
    assert "holds 2 files; choose one of them" in refused.text


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("account,name\ncafé,Café".encode("latin-1"), "is not UTF-8 text (at position 17)"),
        (b"account\nacme\0", "line 2, column 5: the text holds the control character U+0000"),
        (b"PK\x03\x04 and more", "is a spreadsheet or an archive, not text; save it as CSV"),
    ],
)
async def test_a_file_that_is_no_text_is_named(client, accounts, content, fault):
    refused = await send(client, "/console/account-import", list="", list_file=content)

    assert refused.status_code == 400
    assert fault.lower() in refused.text.lower()
    assert 'href="#field-list_file"' in refused.text


async def test_an_empty_file_is_refused_and_leaves_what_was_pasted(client, accounts):
    refused = await send(client, "/console/account-import", list=LIST, list_file=b"")

    assert refused.status_code == 400
    assert "cannot be read: a file is empty" in text_of(refused.text)
    assert "new-inc,,pro" in refused.text


async def test_who_is_limited_to_a_product_sees_who_runs_it_and_changes_nothing(
    client, accounts, make_token
):
    limited = BROWSER | await make_token("publish:clairdash")

    listed = await ok(client.get("/console/accounts", headers=limited))
    shown = await ok(client.get("/console/accounts/acme", headers=limited))
    hidden = await client.get("/console/accounts/globex", headers=limited)

    assert "globex" not in listed.text
    assert "Add an account" not in listed.text
    assert "Correct it" not in shown.text
    assert hidden.status_code == 404

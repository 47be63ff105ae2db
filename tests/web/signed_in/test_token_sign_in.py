import re

import pytest

from testkit.api_fixtures import connected
from testkit.page_addresses import BROWSER
from testkit.signed_in import FROM_HERE, form_key, secret_of, send, sign_in

pytestmark = pytest.mark.one_database("what HTTP makes of it")
COOKIE = "lifecycle_session"


@pytest.mark.both_databases
async def test_a_token_becomes_a_session_whose_cookie_no_script_gets(client, make_token):
    publish = await make_token("publish")

    answer = await sign_in(client, publish)

    cookie = answer.headers["set-cookie"]
    assert answer.headers["location"] == "/console"
    assert re.match(rf"{COOKIE}=[\w-]{{43}}; ", cookie)
    for said in ("HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={12 * 3600}"):
        assert said.lower() in cookie.lower(), cookie
    assert "secure" not in cookie.lower()
    assert secret_of(publish) not in cookie
    shown = await client.get("/console", headers=BROWSER)
    assert shown.status_code == 200
    assert "Signed in as" in shown.text
    assert ">publish</a>" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["x-robots-tag"] == "noindex"


class TestUnderHttps:
    @pytest.fixture
    def configuration(self):
        return {"LIFECYCLE_BASE_URL": "https://example.com/life"}

    async def test_the_cookie_is_secure_and_for_the_published_path(self, client, make_token):
        answer = await sign_in(client, await make_token("publish"))

        cookie = answer.headers["set-cookie"].lower()
        assert "secure" in cookie
        assert "path=/life;" in cookie
        assert answer.headers["location"] == "/life/console"


async def test_an_accounts_token_leads_to_its_page_and_no_other(client, admin, make_token):
    for slug in ("acme", "globex"):
        await client.post("/v1/accounts", json={"slug": slug, "tier": "pro"}, headers=admin)

    answer = await sign_in(client, await make_token("account:acme"))

    assert answer.headers["location"] == "/my/acme"
    assert (await client.get("/my/acme", headers=BROWSER)).status_code == 200
    console = await client.get("/console", headers=BROWSER)
    assert console.status_code == 403
    assert "needs the scope release; you have account:acme" in console.text
    foreign, missing = [
        await client.get(f"/my/{slug}", headers=BROWSER) for slug in ("globex", "nobody")
    ]
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text.replace("globex", "nobody") == missing.text


async def test_who_is_not_signed_in_is_led_to_where_one_does_and_back(client, make_token):
    led = await client.get("/my/a%2Fb", headers=BROWSER)

    assert led.status_code == 303
    assert led.headers["location"] == "/sign-in?next=%2Fmy%2Fa%252Fb"
    assert led.headers["cache-control"] == "no-store"
    page = await client.get(led.headers["location"], headers=BROWSER)
    assert 'name="next" value="/my/a%2Fb"' in page.text
    back = await sign_in(client, await make_token("publish"), to="/my/a%2Fb")
    assert back.headers["location"] == "/my/a%2Fb"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.test", "//evil.test", "/\\evil.test", "\\/evil.test", "console", "/a\r\nb: c"],
)
async def test_signing_in_leads_to_no_other_site(client, make_token, elsewhere):
    answer = await sign_in(client, await make_token("publish"), to=elsewhere)

    assert answer.headers["location"] == "/console"


@pytest.mark.parametrize("token", ["", "nope", "lct_nope", "\x00", "x" * 600, "ü"])
async def test_a_token_that_is_not_valid_is_refused_on_the_same_page(client, token):
    fields = {"token": token, "next": "/console"}

    refused = await client.post("/sign-in", data=fields, headers=FROM_HERE)

    assert refused.status_code == 400
    assert 'aria-invalid="true"' in refused.text
    assert 'name="next" value="/console"' in refused.text
    assert 'href="#field-token"' in refused.text
    assert "set-cookie" not in refused.headers


async def test_each_sign_in_makes_a_new_secret_and_ends_the_browsers_session(client, make_token):
    publish = await make_token("publish")
    client.cookies.set(COOKIE, "chosen-by-somebody-else", domain="lifecycle.test")

    await sign_in(client, publish)
    first = client.cookies[COOKIE]
    await sign_in(client, publish)

    assert first != client.cookies[COOKIE]
    assert "chosen-by-somebody-else" not in {first, client.cookies[COOKIE]}
    client.cookies = {COOKIE: first}
    assert (await client.get("/console", headers=BROWSER)).status_code == 303


@pytest.mark.both_databases
async def test_a_session_ends_when_its_browser_signs_out(app, client, make_token):
    await sign_in(client, await make_token("publish"))
    secret = client.cookies[COOKIE]

    out = await send(client, "/sign-out")

    assert out.status_code == 303
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert (
        "You are signed out." in (await client.get(out.headers["location"], headers=BROWSER)).text
    )
    async with connected(app) as again:
        again.cookies.set(COOKIE, secret)
        assert (await again.get("/console", headers=BROWSER)).status_code == 303


@pytest.mark.both_databases
async def test_a_session_ends_with_its_token_and_after_twelve_hours(
    client, make_token, admin, clock
):
    brief = await make_token("publish", expires_at=clock.now.replace(hour=13))
    answer = await sign_in(client, brief)
    assert "Max-Age=3600" in answer.headers["set-cookie"]
    clock.advance(hours=1)
    assert (await client.get("/console", headers=BROWSER)).status_code == 303

    await sign_in(client, admin)
    clock.advance(hours=11, minutes=59)
    assert (await client.get("/console", headers=BROWSER)).status_code == 200
    clock.advance(minutes=1)
    assert (await client.get("/console", headers=BROWSER)).status_code == 303


async def test_a_form_of_another_site_or_session_is_refused(app, client, make_token):
    publish = await make_token("publish")
    await sign_in(client, publish)
    key = await form_key(client)
    async with connected(app) as other:
        await sign_in(other, publish)
        others_key = await form_key(other)

    for fields, headers in (
        ({}, FROM_HERE),
        ({"form_key": others_key}, FROM_HERE),
        ({"form_key": key}, {"Sec-Fetch-Site": "cross-site"}),
        ({"form_key": key}, {"Sec-Fetch-Site": "same-site"}),
        ({"form_key": key}, {"Origin": "https://evil.test"}),
        ({"form_key": key}, {"Origin": "null"}),
    ):
        sent = {"reason": "It took me an hour to write."} | fields
        refused = await client.post("/sign-out", data=sent, headers=BROWSER | headers)

        assert refused.status_code == 403, (fields, headers)
        assert "It took me an hour to write." in refused.text
        assert (await client.get("/console", headers=BROWSER)).status_code == 200

    accepted = {"Origin": "http://lifecycle.test"}
    out = await client.post("/sign-out", data={"form_key": key}, headers=BROWSER | accepted)
    assert out.status_code == 303


async def test_nobody_is_signed_in_by_another_sites_form(client, make_token):
    fields = {"token": secret_of(await make_token("publish"))}

    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}):
        refused = await client.post("/sign-in", data=fields, headers=BROWSER | headers)

        assert refused.status_code == 403
        assert fields["token"] not in refused.text
        assert "set-cookie" not in refused.headers


async def test_public_pages_are_the_same_for_who_is_signed_in(client, make_token, clairdash):
    before = await client.get("/products", headers=BROWSER)
    await sign_in(client, await make_token("publish"))

    after = await client.get("/products", headers=BROWSER)

    assert after.text == before.text
    assert after.headers["cache-control"] == before.headers["cache-control"]


async def test_the_public_pages_link_leads_home_whom_it_finds_signed_in(
    client, admin, make_token, clairdash
):
    await client.post("/v1/accounts", json={"slug": "acme", "tier": "pro"}, headers=admin)
    public = (await client.get("/products", headers=BROWSER)).text
    stranger = await client.get("/sign-in", headers=BROWSER)
    led = {}
    for scope in ("publish", "release:clairdash", "account:acme"):
        await sign_in(client, await make_token(scope))
        answer = await client.get("/sign-in", headers=BROWSER)
        led[scope] = answer.status_code, answer.headers["location"]
    other = await client.get("/sign-in?next=/sessions", headers=BROWSER)

    assert '<a class="signed-in" href="/sign-in">Your account</a>' in public
    assert ">Sign in<" not in public
    assert (stranger.status_code, 'name="token"' in stranger.text) == (200, True)
    home = (303, "/console")
    assert led == {"publish": home, "release:clairdash": home, "account:acme": (303, "/my/acme")}
    assert (other.status_code, 'name="token"' in other.text) == (200, True)


async def test_the_api_knows_no_cookies(client, admin):
    await sign_in(client, admin)

    assert (await client.get("/v1/audit")).status_code == 401


@pytest.mark.both_databases
async def test_what_a_session_does_is_logged_as_its_tokens(client, make_token, admin):
    await sign_in(client, await make_token("publish"))
    await send(client, "/sign-out")

    entries = (await client.get("/v1/audit", headers=admin)).json()["items"]
    done = {entry["action"]: entry for entry in entries}
    assert done["session.started"]["actor"] == done["session.ended"]["actor"] == "token:2 publish"
    assert done["session.started"]["subject"] == done["session.ended"]["subject"] == "session:1"


class TestWhereReadsNeedAToken:
    @pytest.fixture
    def configuration(self):
        return {"LIFECYCLE_PUBLIC_READS": "no"}

    async def test_who_is_signed_in_reads_the_public_pages_and_nothing_of_it_is_kept(
        self, app, client, make_token, clairdash
    ):
        refused = await client.get("/products", headers=BROWSER)
        await sign_in(client, await make_token("publish"))
        shown = await client.get("/products", headers=BROWSER)
        picture = await client.get("/products/clairdash/timeline.svg")

        assert refused.status_code == 401
        assert 'href="/sign-in?next=%2Fproducts"' in refused.text
        assert shown.status_code == picture.status_code == 200
        assert ">publish</a>" in shown.text
        assert shown.headers["cache-control"] == "no-store"
        assert len(app) == 0
        assert (await client.get("/v1/products")).status_code == 401

"""OpenID Connect: whom the provider vouches for signs in, and whoever only looks so does not."""

import json

import pytest
from structlog.testing import capture_logs

from lifecycle.accounts import people
from lifecycle.accounts.claim_rules import IncompleteSignIn, UnusableClaimRules
from lifecycle.app import create_app
from lifecycle.server.sign_in_attempts import FAILURES_PER_MINUTE
from testkit.api_fixtures import connected, in_tests
from testkit.identity_providers import CLIENT, SECRET, new_key, provider
from testkit.page_addresses import BROWSER
from testkit.signed_in import send, sign_in

pytestmark = pytest.mark.one_database("what the provider says is judged before any store is asked")
COOKIE, FLOW_COOKIE = "lifecycle_session", "lifecycle_sign_in"
RULES = "groups=docs publish:clairdash; groups=admins admin"


@pytest.fixture
def idp(clock):
    with provider(clock) as serving:
        yield serving


@pytest.fixture
def configuration(idp):
    return {
        "LIFECYCLE_BASE_URL": "http://lifecycle.test",
        "LIFECYCLE_CONTACT": "help@vendor.example",
        "LIFECYCLE_OIDC_ISSUER": idp.address,
        "LIFECYCLE_OIDC_CLIENT_ID": CLIENT,
        "LIFECYCLE_OIDC_CLIENT_SECRET": SECRET,
        "LIFECYCLE_PEOPLE_SCOPES": RULES,
    }


async def led_there(client, to="/console"):
    """Return the address at the provider that a browser is led to."""
    led = await client.get("/sign-in/provider", params={"next": to}, headers=BROWSER)
    assert led.status_code == 303, led.text
    return led.headers["location"]


async def come_back(client, idp, **lies):
    """Go to the provider and back; return what the service answers then."""
    return await client.get(idp.authorize(await led_there(client), **lies), headers=BROWSER)


async def people_of(store):
    async with store.reading() as session:
        return (await people.list_people(session)).items


@pytest.mark.both_databases
async def test_a_person_signs_in_and_is_named_in_the_log(client, store, idp, admin, clairdash):
    page = await client.get("/sign-in?next=/console", headers=BROWSER)
    assert "/sign-in/provider?next=%2Fconsole" in page.text

    back = await come_back(client, idp)

    assert back.status_code == 303
    assert back.headers["location"] == "/console"
    console = await client.get("/console", headers=BROWSER)
    assert "Ann Martin" in console.text
    assert FLOW_COOKIE not in client.cookies
    (ann,) = await people_of(store)
    assert (ann.issuer, ann.subject, ann.scope) == (idp.address, "auth0|ann", "publish:clairdash")
    entries = (await client.get("/v1/audit", headers=admin)).json()["items"]
    named = [entry for entry in entries if entry["action"] in {"person.added", "session.started"}]
    assert [entry["actor"] for entry in named] == ["person:127.0.0.1:auth0|ann Ann Martin"] * 2
    assert idp.asked == ["/.well-known/openid-configuration", "/keys"]


async def test_the_cookie_on_the_way_is_closed_to_scripts_and_to_who_has_it(client, idp):
    led = await client.get("/sign-in/provider", headers=BROWSER)

    cookie = led.headers["set-cookie"]
    for said in ("HttpOnly", "SameSite=lax", "Path=/sign-in", "Max-Age=600"):
        assert said.lower() in cookie.lower()
    state = idp.authorize(led.headers["location"]).partition("state=")[2][:43]
    assert state not in cookie
    assert led.headers["cache-control"] == "no-store"


HOSTILE = {
    "another state": {"state": "x" * 43},
    "no state": {"state": None},
    "no code": {"code": None},
    "denied": {"code": None, "error": "access_denied"},
    "denied in markup": {"code": None, "error": "<b>phone 555</b>"},
    "an unknown code": {"code": "made-up"},
    "another issuer": {"iss": "https://evil.test"},
}


@pytest.mark.parametrize("lies", HOSTILE.values(), ids=HOSTILE)
async def test_an_answer_that_was_not_asked_for_signs_nobody_in(client, store, idp, lies):
    back = await come_back(client, idp, **lies)

    await refused(client, store, back)
    assert "<b>" not in back.text


async def refused(client, store, back):
    assert back.status_code == 400, back.text
    assert "The identity provider signed nobody in" in back.text
    assert COOKIE not in client.cookies
    assert (await client.get("/console", headers=BROWSER)).status_code == 303
    assert await people_of(store) == []


CLAIMS = {
    "another nonce": {"nonce": "y" * 43},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "another"},
    "no audience": {"aud": None},
    "an audience of objects": {"aud": [{}]},
    "two audiences and no party": {"aud": [CLIENT, "another"]},
    "another party": {"azp": "another"},
    "another issuer": {"iss": "https://evil.test"},
    "no issuer": {"iss": None},
    "no subject": {"sub": None},
    "a subject that is a number": {"sub": 7},
    "an empty subject": {"sub": ""},
    "an endless subject": {"sub": "x" * 256},
    "a subject with a line break": {"sub": "a\nb"},
    "expired": {"exp": 0},
    "expiring in text": {"exp": "tomorrow"},
    "expiring never": {"exp": None},
    "expiring at no number": {"exp": float("nan")},
    "issued in the future": {"iat": 2**40},
    "not valid yet": {"nbf": 2**40},
}


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS)
async def test_an_id_token_with_a_wrong_claim_signs_nobody_in(client, store, idp, claims):
    idp.claims |= claims

    await refused(client, store, await come_back(client, idp))


SIGNED = {
    "none": lambda idp, claims: idp.unsigned(claims),
    "the public key as a shared secret": lambda idp, claims: idp.signed_with_the_public_key(claims),
    "a changed payload": lambda idp, claims: idp.tampered_with(claims),
    "another key of the same name": lambda idp, claims: idp.signed(claims, new_key("first")),
    "an unknown key": lambda idp, claims: idp.signed(claims, new_key("unknown")),
    "an algorithm that is not offered": lambda idp, claims: idp.signed(claims, alg="RS512"),
    "nothing of the kind": lambda idp, claims: "a.b.c",
    "nothing": lambda idp, claims: "",
    "endlessly": lambda idp, claims: idp.signed(claims | {"groups": ["x" * 70_000]}),
    "no claims": lambda idp, claims: idp.signed({}),
}


@pytest.mark.parametrize("sign", SIGNED.values(), ids=SIGNED)
async def test_an_id_token_that_the_provider_did_not_sign_signs_nobody_in(client, store, idp, sign):
    idp.claims["groups"] = ["docs", "admins"]
    idp.sign = lambda claims: sign(idp, claims)

    await refused(client, store, await come_back(client, idp))


@pytest.mark.both_databases
async def test_a_code_is_good_once(client, store, idp):
    address = idp.authorize(await led_there(client))
    flow = client.cookies[FLOW_COOKIE]
    assert (await client.get(address, headers=BROWSER)).status_code == 303
    client.cookies.clear()

    again = await client.get(address, headers=BROWSER)
    client.cookies.set(FLOW_COOKIE, flow, path="/sign-in")
    with_its_cookie = await client.get(address, headers=BROWSER)

    for answer in (again, with_its_cookie):
        assert answer.status_code == 400
        assert f"{COOKIE}=" not in answer.headers.get("set-cookie", "")


async def test_a_code_of_another_flow_is_refused_by_its_verifier(app, client, store, idp):
    async with connected(app) as attacker:
        stolen = idp.authorize(await led_there(attacker)).partition("code=")[2].partition("&")[0]

    await refused(client, store, await come_back(client, idp, code=stolen))


async def test_another_browser_cannot_be_given_the_answer(app, client, store, idp):
    async with connected(app) as attacker:
        answer = idp.authorize(await led_there(attacker))

    await refused(client, store, await client.get(answer, headers=BROWSER))
    await led_there(client)
    await refused(client, store, await client.get(answer, headers=BROWSER))


async def test_a_way_that_took_too_long_ends_nowhere(client, store, idp, clock):
    address = idp.authorize(await led_there(client))
    clock.advance(minutes=10)

    await refused(client, store, await client.get(address, headers=BROWSER))


async def test_a_new_key_is_fetched_when_it_is_first_seen_and_not_with_every_wrong_one(
    client, idp, clock
):
    assert (await come_back(client, idp)).status_code == 303
    idp.key = new_key("second")
    assert (await come_back(client, idp)).status_code == 400
    assert idp.asked.count("/keys") == 1
    idp.keys.append(idp.key)
    clock.advance(minutes=2)

    assert (await come_back(client, idp)).status_code == 303
    assert idp.asked.count("/keys") == 2


DISCOVERY = "/.well-known/openid-configuration"


@pytest.mark.parametrize(
    "change",
    [
        lambda idp: {DISCOVERY: b"<html>"},
        lambda idp: {DISCOVERY: {"issuer": idp.address}},
        lambda idp: {DISCOVERY: idp.metadata() | {"issuer": "https://evil.test"}},
        lambda idp: {DISCOVERY: idp.metadata() | {"jwks_uri": "file:///etc/passwd"}},
        lambda idp: {DISCOVERY: b" " * (2 << 20)},
    ],
    ids=["not JSON", "incomplete", "another issuer", "a file", "too long"],
)
async def test_a_provider_that_cannot_be_asked_is_no_defect(client, idp, change):
    idp.documents = change(idp)

    refused = await client.get("/sign-in/provider", headers=BROWSER)

    assert refused.status_code == 503
    assert "The identity provider cannot be asked at the moment" in refused.text


@pytest.mark.parametrize("keys", [b"[]", {}, {"keys": 1}, {"keys": [{"kty": "RSA"}]}, {"keys": []}])
async def test_keys_that_cannot_be_used_sign_nobody_in(client, idp, keys):
    idp.documents = {"/keys": keys}

    assert (await come_back(client, idp)).status_code in {400, 503}
    assert COOKIE not in client.cookies


async def test_who_has_no_scope_here_is_told_so(client, store, idp):
    idp.claims["groups"] = ["everybody", "x" * 400]

    with capture_logs() as logs:
        back = await come_back(client, idp)

    assert back.status_code == 403
    assert "as auth0|ann, but nothing that it says of you gives access" in back.text
    assert "Ask help@vendor.example" in back.text
    assert "everybody" not in back.text
    (refusal,) = [log for log in logs if log["event"] == "sign-in refused"]
    assert refusal["subject"] == "auth0|ann"
    assert refusal["claims"] == {"groups": ["everybody", "x" * 100]}
    assert {"groups", "name", "sub"} <= set(refusal["claim_names"])
    assert "Ann Martin" not in json.dumps(refusal)
    assert await people_of(store) == []


@pytest.mark.both_databases
async def test_a_scope_and_a_name_are_todays_in_every_session(app, client, store, idp, admin):
    await come_back(client, idp)
    idp.claims |= {"groups": ["docs", "admins"], "name": " Ann\nMartin-Lee "}
    async with connected(app) as elsewhere:
        await come_back(elsewhere, idp)

    assert (await client.get("/console/people", headers=BROWSER)).status_code == 200
    (ann,) = await people_of(store)
    assert (ann.scope, ann.name) == ("admin", "Ann Martin-Lee")
    entries = (await client.get("/v1/audit", headers=admin)).json()["items"]
    (change,) = [entry for entry in entries if entry["action"] == "person.scope_changed"]
    assert change["details"] == {"from": "publish:clairdash", "to": "admin"}


@pytest.mark.both_databases
async def test_a_disabled_person_is_signed_out_and_stays_so(app, client, store, idp, admin):
    await come_back(client, idp)
    async with connected(app) as console:
        await sign_in(console, admin)
        assert "Ann Martin" in (await console.get("/console/people", headers=BROWSER)).text
        for _ in range(2):
            assert (await send(console, "/console/people/1/disable")).status_code == 303

        assert (await client.get("/console", headers=BROWSER)).status_code == 303
        again = await come_back(client, idp)
        assert again.status_code == 403
        assert "was disabled here" in again.text

        await send(console, "/console/people/1/enable")
        assert (await client.get("/console", headers=BROWSER)).status_code == 303
        assert (await come_back(client, idp)).status_code == 303
        assert (await send(console, "/console/people/9/enable")).status_code == 404
    entries = (await client.get("/v1/audit?limit=500", headers=admin)).json()["items"]
    actions = [entry["action"] for entry in entries if entry["action"].startswith("person.")]
    assert actions == ["person.enabled", "person.disabled", "person.added"]


async def test_failures_are_logged_without_secrets_and_bounded(client, store, idp):
    with capture_logs() as logs:
        for _ in range(int(FAILURES_PER_MINUTE * 2) + 1):
            back = await come_back(client, idp, state="wrong")
        bounded = await client.get("/sign-in/provider", headers=BROWSER)

    assert back.status_code == 400
    assert bounded.status_code == 429
    assert {log["event"] for log in logs} >= {"sign-in refused"}
    for secret in (SECRET, client.cookies[FLOW_COOKIE]):
        assert secret not in json.dumps(logs, default=str)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"LIFECYCLE_OIDC_CLIENT_ID": ""}, IncompleteSignIn),
        ({"LIFECYCLE_PEOPLE_SCOPES": ""}, UnusableClaimRules),
        ({"LIFECYCLE_PEOPLE_SCOPES": "admin"}, UnusableClaimRules),
        ({"LIFECYCLE_PEOPLE_SCOPES": "groups=a nobody"}, UnusableClaimRules),
        ({"LIFECYCLE_PEOPLE_SCOPES": "groups=a account:acme"}, UnusableClaimRules),
        ({"LIFECYCLE_PEOPLE_SCOPES": "groups= admin"}, UnusableClaimRules),
    ],
)
def test_a_provider_that_is_not_set_up_whole_is_refused_at_the_start(
    store, clock, configuration, change, error
):
    with pytest.raises(error, match=r"LIFECYCLE_(OIDC|PEOPLE)"):
        create_app(in_tests(**(configuration | change)), store, clock)


class TestWithoutAProvider:
    @pytest.fixture
    def configuration(self):
        return {}

    @pytest.mark.parametrize("path", ["/sign-in/provider", "/sign-in/callback?code=a&state=b"])
    async def test_there_is_nothing_to_sign_in_at(self, client, path):
        assert (await client.get(path, headers=BROWSER)).status_code == 404

"""A trusted proxy names who is signed in; what anybody else sends in its headers counts nothing."""

import httpx
import pytest
from structlog.testing import capture_logs

from lifecycle.accounts import people
from lifecycle.accounts.claim_rules import IncompleteSignIn, UnusableClaimRules
from lifecycle.app import create_app
from lifecycle.server.sign_in_attempts import FAILURES_PER_MINUTE
from testkit.api_fixtures import in_tests
from testkit.page_addresses import BROWSER
from testkit.signed_in import FROM_HERE, send, sign_in

pytestmark = pytest.mark.one_database("what HTTP makes of it")

COOKIE = "lifecycle_session"
PROXY, OTHER = "10.1.2.3", "10.2.2.3"
ANN = {"Remote-User": "ann@clairdash.example", "Remote-Name": "Ann Martin", "Remote-Groups": "docs"}
BOB = ANN | {"Remote-User": "bob@clairdash.example", "Remote-Name": "Bob"}


@pytest.fixture
def configuration():
    return {
        "LIFECYCLE_BASE_URL": "http://lifecycle.test",
        "LIFECYCLE_TRUSTED_PROXIES": "10.1.0.0/16",
        "LIFECYCLE_PROXY_USER_HEADER": "Remote-User",
        "LIFECYCLE_PROXY_NAME_HEADER": "Remote-Name",
        "LIFECYCLE_PROXY_GROUPS_HEADER": "Remote-Groups",
        "LIFECYCLE_PEOPLE_SCOPES": "groups=docs publish:clairdash; groups=cn=ops,dc=x admin",
    }


def coming_from(app, peer):
    """Return a client whose connections come from an address."""
    transport = httpx.ASGITransport(app, client=(peer, 40_000))
    return httpx.AsyncClient(transport=transport, base_url="http://lifecycle.test")


@pytest.fixture
async def browser(app):
    """A client behind the proxy, which passes on what it is given to say."""
    async with coming_from(app, PROXY) as client:
        yield client


async def enter(client, named, to="/console"):
    """Press the button of the page that asks whether one is who the proxy names."""
    headers = [*FROM_HERE.items(), *(named.items() if isinstance(named, dict) else named)]
    return await client.post("/sign-in/proxy", data={"next": to}, headers=headers)


async def people_of(store):
    async with store.reading() as session:
        return (await people.list_people(session)).items


@pytest.mark.both_databases
async def test_whom_the_proxy_names_signs_in_by_a_button_and_is_named_in_the_log(
    browser, store, admin, clairdash
):
    asked = await browser.get("/console", headers=BROWSER | ANN)
    assert asked.headers["location"] == "/sign-in?next=%2Fconsole"
    page = await browser.get("/sign-in?next=/console", headers=BROWSER | ANN)
    assert "Sign in as Ann Martin" in page.text
    assert 'action="/sign-in/proxy"' in page.text
    own_page = await browser.get("/sign-in/proxy?next=/console", headers=BROWSER | ANN)
    assert "Ann Martin</strong> (<code>ann@clairdash.example</code>)" in own_page.text
    assert COOKIE not in browser.cookies
    assert await people_of(store) == []

    entered = await enter(browser, ANN)

    assert (entered.status_code, entered.headers["location"]) == (303, "/console")
    console = await browser.get("/console", headers=BROWSER | ANN)
    assert "Ann Martin" in console.text
    (ann,) = await people_of(store)
    assert (ann.issuer, ann.subject) == ("proxy", "ann@clairdash.example")
    assert ann.scope == "publish:clairdash"
    entries = (await browser.get("/v1/audit", headers=admin)).json()["items"]
    named = [entry for entry in entries if entry["action"] in {"person.added", "session.started"}]
    actor = "person:proxy:ann@clairdash.example Ann Martin"
    assert [entry["actor"] for entry in named] == [actor] * 2
    assert "(this browser)" in (await browser.get("/sessions", headers=BROWSER | ANN)).text


async def test_a_name_in_either_spelling_and_groups_with_commas_are_read(browser, store):
    for name in ("Jörg Müller".encode(), "Jörg Müller".encode("latin-1")):
        headers = [
            (b"Remote-User", b"joerg"),
            (b"Remote-Name", name),
            (b"Remote-Groups", b"cn=docs,dc=x|cn=ops,dc=x"),
        ]
        assert (await enter(browser, headers)).status_code == 303

    (joerg,) = await people_of(store)
    assert (joerg.name, joerg.scope) == ("Jörg Müller", "admin")


async def test_a_name_shows_nothing_that_cannot_be_seen(browser, store):
    hidden = {b"Remote-User": b"ann", b"Remote-Groups": b"docs"}
    for name, shown in (("Ann\u202e nimdA\u2066\u200f", "Ann nimdA"), ("\u200b\u2067", "ann")):
        named = [*hidden.items(), (b"Remote-Name", name.encode())]
        page = await browser.get("/sign-in/proxy", headers=[*BROWSER.items(), *named])
        await enter(browser, named)

        assert f"<strong>{shown}</strong>" in page.text
        (ann,) = await people_of(store)
        assert ann.name == shown


async def test_without_a_name_the_subject_stands_for_it(browser, store):
    assert (await enter(browser, {"Remote-User": "ann", "Remote-Groups": "docs"})).is_redirect

    (ann,) = await people_of(store)
    assert (ann.name, ann.subject) == ("ann", "ann")


HOSTILE = {
    "no user": {name: ANN[name] for name in ("Remote-Name", "Remote-Groups")},
    "an empty user": ANN | {"Remote-User": ""},
    "a blank user": ANN | {"Remote-User": "  "},
    "a user beyond ASCII": {**ANN, "Remote-User": "änn".encode()},
    "a user in bytes that are no text": {**ANN, "Remote-User": b"\xff\xfe"},
    "an endless user": ANN | {"Remote-User": "x" * 256},
    "a user with a tab": ANN | {"Remote-User": "an\tn"},
    "two users": [*ANN.items(), ("Remote-User", "bob")],
    "the same user twice": [*ANN.items(), ("remote-user", ANN["Remote-User"])],
    "groups twice": [*ANN.items(), ("Remote-Groups", "cn=ops,dc=x")],
    "two names": [*ANN.items(), ("REMOTE-NAME", "Bob")],
}


@pytest.mark.parametrize("headers", HOSTILE.values(), ids=HOSTILE)
async def test_headers_that_cannot_be_meant_sign_nobody_in(browser, store, headers):
    entered = await enter(browser, headers)
    everything = [*BROWSER.items(), *(headers.items() if isinstance(headers, dict) else headers)]
    page = await browser.get("/sign-in", headers=everything)

    assert entered.status_code == 400, entered.text
    assert "Whoever runs" in entered.text
    assert COOKIE not in browser.cookies
    assert await people_of(store) == []
    assert (page.status_code, "Sign in as" in page.text) == (200, False)
    assert 'href="/sign-in/proxy"' in page.text


@pytest.mark.parametrize("peer", [OTHER, "", "unix:", "::ffff:10.2.2.3"])
async def test_the_headers_of_anybody_else_are_ignored_and_logged(app, store, peer):
    async with coming_from(app, peer) as client:
        with capture_logs() as logs:
            page = await client.get("/sign-in", headers=BROWSER | ANN)
            entered = await enter(client, ANN | {"X-Forwarded-For": PROXY})

        assert "Sign in as" not in page.text
        assert (entered.status_code, COOKIE in client.cookies) == (400, False)
    assert await people_of(store) == []
    ignored = [log for log in logs if log["event"] == "sign-in header ignored"]
    assert [log["peer"] for log in ignored] == [peer, peer]
    assert "ann@" not in str(logs)


async def test_the_proxy_is_known_by_its_mapped_address_too(app):
    async with coming_from(app, f"::ffff:{PROXY}") as client:
        assert (await enter(client, ANN)).status_code == 303


async def test_underscores_do_not_make_the_header(browser, store):
    entered = await enter(browser, {"Remote_User": "ann", "Remote-Groups": "docs"})

    assert entered.status_code == 400


async def test_who_has_no_scope_here_is_told_so(browser, store):
    entered = await enter(browser, ANN | {"Remote-Groups": "docs-archive,doc"})

    assert entered.status_code == 403
    assert "nothing that it says of you gives access" in entered.text
    assert await people_of(store) == []


async def test_another_site_cannot_press_the_button(browser):
    sent = BROWSER | ANN | {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}

    entered = await browser.post("/sign-in/proxy", data={}, headers=sent)

    assert (entered.status_code, COOKIE in browser.cookies) == (403, False)


async def test_a_session_counts_while_the_proxy_names_the_same_person(browser):
    assert (await enter(browser, ANN)).status_code == 303
    ann, bob, shown = [*ANN.items()], [*BOB.items()], []
    for named in (ann, [], bob, ann + bob, [("Remote-User", "")], ann):
        answer = await browser.get("/console", headers=[*BROWSER.items(), *named])
        shown.append(answer.status_code)
    page = await browser.get("/sign-in", headers=BROWSER | BOB)

    assert shown == [200, 303, 303, 303, 303, 200]
    assert "Sign in as Bob" in page.text
    assert "Ann Martin" not in page.text


async def test_who_passes_by_the_proxy_with_a_sessions_cookie_is_not_signed_in(app, browser):
    await enter(browser, ANN)

    async with coming_from(app, OTHER) as direct:
        direct.cookies.set(COOKIE, browser.cookies[COOKIE])
        shown = [
            (await direct.get("/console", headers=BROWSER | headers)).status_code
            for headers in ({}, ANN, {"X-Forwarded-For": PROXY})
        ]
        sent = await direct.post("/sign-out", data={}, headers=FROM_HERE)

    assert shown == [303, 303, 303]
    assert sent.status_code in {303, 401}
    assert (await browser.get("/console", headers=BROWSER | ANN)).status_code == 200


@pytest.mark.parametrize("page", ["/console", "/console/log", "/sessions"])
async def test_a_session_ends_with_the_groups_that_gave_its_scope(browser, admin, page):
    ops = ANN | {"Remote-Groups": "cn=ops,dc=x|docs"}
    await enter(browser, ops)
    before = await browser.get("/console/people", headers=BROWSER | ops)

    shown = [
        (await browser.get(page, headers=BROWSER | ANN | {"Remote-Groups": groups})).status_code
        for groups in ("docs", "", "other", "cn=ops,dc=x|other")
    ]
    await enter(browser, ANN)
    after = await browser.get("/console/people", headers=BROWSER | ANN)

    assert shown == [303, 303, 303, 200]
    assert (before.status_code, after.status_code) == (200, 403)
    entries = (await browser.get("/v1/audit", headers=admin)).json()["items"]
    (changed,) = [each for each in entries if each["action"] == "person.scope_changed"]
    assert changed["details"] == {"from": "admin", "to": "publish:clairdash"}


async def test_a_session_ends_with_the_setting_that_gave_it(browser, store, clock, configuration):
    assert (await enter(browser, ANN)).status_code == 303
    secret = browser.cookies[COOKIE]
    configuration |= dict.fromkeys(name for name in configuration if "PROXY_" in name)
    left = {name: value for name, value in configuration.items() if value is not None}
    without = create_app(in_tests(**left), store, clock)

    async with coming_from(without, PROXY) as client:
        client.cookies.set(COOKIE, secret)
        assert (await client.get("/console", headers=BROWSER)).status_code == 303
        assert (await client.get("/sign-in/proxy", headers=BROWSER)).status_code == 404
        assert (await enter(client, ANN)).status_code == 404


async def test_a_disabled_person_is_signed_out_and_stays_so(browser, client, admin, clairdash):
    await enter(browser, ANN)
    await sign_in(client, admin)
    shown = (await client.get("/console/people", headers=BROWSER)).text
    assert "ann@clairdash.example" in shown
    assert "at the proxy" in shown
    assert "Ann Martin" in (await client.get("/sessions", headers=BROWSER)).text
    await send(client, "/console/people/1/disable")

    assert (await browser.get("/console", headers=BROWSER | ANN)).status_code == 303
    again = await enter(browser, ANN)
    assert (again.status_code, "was disabled here" in again.text) == (403, True)


async def test_failed_attempts_are_bounded(browser):
    for _ in range(int(FAILURES_PER_MINUTE * 2) + 1):
        assert (await enter(browser, {})).status_code == 400

    bounded = await enter(browser, ANN)

    assert bounded.status_code == 429
    assert int(bounded.headers["retry-after"]) > 0


async def test_a_public_page_is_the_same_whatever_the_headers_say(browser, clairdash):
    plain = await browser.get("/products/clairdash", headers=BROWSER)
    named = await browser.get("/products/clairdash", headers=BROWSER | ANN)

    assert (plain.content, plain.headers["etag"]) == (named.content, named.headers["etag"])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"LIFECYCLE_TRUSTED_PROXIES": ""}, IncompleteSignIn),
        ({"LIFECYCLE_TRUSTED_PROXIES": "10.1.0.0/16, 0.0.0.0/0"}, IncompleteSignIn),
        ({"LIFECYCLE_TRUSTED_PROXIES": "::/0"}, IncompleteSignIn),
        ({"LIFECYCLE_PROXY_USER_HEADER": ""}, IncompleteSignIn),
        ({"LIFECYCLE_PEOPLE_SCOPES": ""}, UnusableClaimRules),
    ],
)
def test_a_proxy_that_is_not_set_up_whole_is_refused_at_the_start(
    store, clock, configuration, change, error
):
    with pytest.raises(error, match=r"LIFECYCLE_(PROXY|TRUSTED|PEOPLE)"):
        create_app(in_tests(**(configuration | change)), store, clock)

import re
from urllib.parse import urlsplit

import msgspec
import pytest
from sqlalchemy import func, select

from lifecycle.accounts.models import SignedInSession, SignInRequest
from lifecycle.app import create_app
from lifecycle.database import open_store
from lifecycle.errors import Unavailable
from notifications.models import Delivery, Subscription
from testkit.api_fixtures import connected, in_tests, running
from testkit.customers import CUSTOMERS, serve
from testkit.html_pages import text_of
from testkit.mail_servers import mailbox, send_due
from testkit.page_addresses import BROWSER
from testkit.signed_in import FROM_HERE, send, sign_in

OURS = "ops@narwhal.example"


@pytest.fixture
async def customers(client, admin, clairdash):
    for slug in CUSTOMERS:
        await serve(client, admin, slug)


@pytest.fixture
async def visitor(app):
    """Return the client of a browser that nobody has signed in."""
    async with connected(app) as client:
        yield client


async def ask(client, address, **said):
    return await client.post("/sign-in/link", data={"email": address} | said, headers=FROM_HERE)


@pytest.fixture
def link(app, visitor, customers):
    """Ask for a link, have it sent by mail, and return its path."""

    async def link(address=OURS, **said):
        async with mailbox() as box:
            assert (await ask(visitor, address, **said)).status_code == 200
            await send_due(app, box)
            links = [urlsplit(link).path for link in box.links_to(address)]
        return next((path for path in links if path.startswith("/sign-in/link/")), None)

    return link


async def count(store, entity):
    async with store.reading() as session:
        return await session.scalar(select(func.count()).select_from(entity))


async def test_a_link_that_was_sent_signs_in_by_its_button(link, visitor):
    path = await link()

    shown = await visitor.get(path, headers=BROWSER)
    answer = await visitor.post(path, headers=FROM_HERE)

    assert "Sign in to acme" in text_of(shown.text)
    assert (answer.status_code, answer.headers["location"]) == (303, "/my/acme")
    assert "Acme narwhal" in (await visitor.get("/my/acme", headers=BROWSER)).text
    assert (await visitor.get("/my/globex", headers=BROWSER)).status_code == 404
    assert (await visitor.get("/console", headers=BROWSER)).status_code == 403


@pytest.mark.one_database("it is in the page")
async def test_to_open_the_link_signs_nobody_in(link, visitor, store):
    path = await link()

    for _ in range(3):
        answer = await visitor.get(path, headers=BROWSER)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers

    assert await count(store, SignedInSession) == 0
    assert (await visitor.post(path, headers=FROM_HERE)).status_code == 303


async def test_a_link_is_good_once(link, app, visitor, store):
    path = await link()
    await visitor.post(path, headers=FROM_HERE)

    async with connected(app) as another:
        again = await another.post(path, headers=FROM_HERE)
        shown = await another.get(path, headers=BROWSER)

    assert again.status_code == shown.status_code == 410
    assert "Ask for another link" in text_of(again.text)
    assert "set-cookie" not in again.headers
    assert await count(store, SignedInSession) == 1


@pytest.mark.one_database("the clock is in the link")
async def test_a_link_is_good_for_a_quarter_of_an_hour(link, visitor, clock):
    path = await link()
    clock.advance(minutes=15, seconds=1)

    assert (await visitor.get(path, headers=BROWSER)).status_code == 410
    assert (await visitor.post(path, headers=FROM_HERE)).status_code == 410


@pytest.mark.one_database("it is in the link")
async def test_a_link_that_was_cut_off_says_so(link, visitor):
    path = await link()

    for token in (path[:-3], f"{path}x", "/sign-in/link/nothing"):
        for answer in (
            await visitor.get(token, headers=BROWSER),
            await visitor.post(token, headers=FROM_HERE),
        ):
            assert answer.status_code == 400
            assert "cut off" in answer.text


@pytest.mark.one_database("it is in the answer")
async def test_the_answer_is_the_same_whether_an_address_is_known(app, customers, visitor, store):
    known = await ask(visitor, OURS)
    unknown = await ask(visitor, "nobody@narwhal.example")

    assert known.text == unknown.text
    assert known.status_code == unknown.status_code == 200
    assert dict(known.headers) == dict(unknown.headers)
    await app.app_state.link_requests.queue(store, now=app.app_state.clock())
    async with store.reading() as session:
        kinds = select(Delivery.owner).where(Delivery.kind == "sign_in")
        assert list(await session.scalars(kinds)) == ["acme"]
    assert await count(store, SignInRequest) == 2


@pytest.mark.one_database("it is in the order of what is done")
async def test_what_an_address_causes_waits_for_a_tick_and_for_the_store(customers, store, clock):
    without_ticks = create_app(in_tests(), store, clock)
    asked, before = without_ticks.app_state.link_requests, await count(store, Delivery)
    async with connected(without_ticks) as visitor:
        for address in (OURS, "nobody@narwhal.example"):
            assert (await ask(visitor, address)).status_code == 200
    at_once = await count(store, Delivery)
    gone = open_store("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Unavailable):
        await asked.queue(gone, now=clock())
    await gone.close()

    for _ in range(2):
        await asked.queue(store, now=clock())

    assert (at_once, await count(store, Delivery)) == (before, before + 1)


@pytest.mark.one_database("it is in the query")
@pytest.mark.parametrize("state", ["pending", "unsubscribed", "removed"])
async def test_an_address_that_is_not_confirmed_is_sent_none(link, store, state):
    async with store.writing() as session:
        rows = select(Subscription).where(Subscription.channel == "email")
        for row in await session.scalars(rows):
            row.state = state

    assert await link() is None


@pytest.mark.one_database("it is in the query")
@pytest.mark.parametrize("state", ["paused", "disabled"])
async def test_one_that_rests_is_sent_a_link_to_go_on_with(link, store, state):
    async with store.writing() as session:
        rows = select(Subscription).where(Subscription.channel == "email")
        for row in await session.scalars(rows):
            row.state = state

    assert await link() is not None


@pytest.mark.one_database("the bound is counted alike")
@pytest.mark.parametrize("address", [OURS, "nobody@narwhal.example"])
async def test_an_address_known_or_not_can_be_sent_so_many(customers, visitor, address):
    answers = [(await ask(visitor, address)).status_code for _ in range(5)]
    last = await ask(visitor, address)

    assert answers == [200] * 5
    assert last.status_code == 429
    assert "At most 5 links" in text_of(last.text)
    assert int(last.headers["retry-after"]) == 3600


@pytest.mark.one_database("it is in the link")
async def test_it_leads_to_where_one_wanted_to_go(link, visitor):
    path = await link(next="/my/acme/notices")

    answer = await visitor.post(path, headers=FROM_HERE)

    assert answer.headers["location"] == "/my/acme/notices"


@pytest.mark.one_database("it is in the link")
@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_it_leads_to_no_other_site(link, visitor, place):
    path = await link(next=place)

    answer = await visitor.post(path, headers=FROM_HERE)

    assert answer.headers["location"] == "/my/acme"


async def test_the_session_ends_with_its_address(link, visitor, client, admin):
    await visitor.post(await link(), headers=FROM_HERE)
    listed = (await client.get("/v1/accounts/acme/subscriptions", headers=admin)).json()["items"]
    mail = next(each["id"] for each in listed if each["channel"] == "email")
    assert (await visitor.get("/my/acme", headers=BROWSER)).status_code == 200

    await client.delete(f"/v1/accounts/acme/subscriptions/{mail}", headers=admin)

    assert (await visitor.get("/my/acme", headers=BROWSER)).status_code == 303


@pytest.mark.one_database("it is in the form")
async def test_a_form_of_another_site_signs_nobody_in(link, visitor):
    path = await link()

    answer = await visitor.post(path, headers=BROWSER | {"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


class TestWithoutAMailServer:
    """One process serves and delivers, and nobody has told it where mail goes."""

    @pytest.fixture
    async def app(self, store, clock):
        chosen = in_tests(LIFECYCLE_CONTACT="help@vendor.example")
        async with running(create_app(chosen, store, clock)) as application:
            state = application.app_state
            state.settings = msgspec.structs.replace(chosen, worker=True)
            yield application

    @pytest.mark.parametrize("address", [OURS, "nobody@narwhal.example"])
    async def test_no_link_is_promised_and_the_other_ways_are_named(
        self, customers, visitor, store, address
    ):
        asked = await visitor.get("/sign-in/link?next=/my/acme/notices", headers=BROWSER)
        refused = await ask(visitor, address)

        for answer in (asked, refused):
            assert "E-mail is not set up at this service" in text_of(answer.text)
            assert 'href="/sign-in' in answer.text
            assert "help@vendor.example" in answer.text
            assert "Send me a link" not in answer.text
        assert (asked.status_code, refused.status_code) == (200, 409)
        assert await count(store, SignInRequest) == 0

    async def test_the_page_to_sign_in_offers_none(self, visitor):
        shown = await visitor.get("/sign-in", headers=BROWSER)

        assert "/sign-in/link" not in shown.text
        assert "Ask for one: help@vendor.example" in text_of(shown.text)

    async def test_an_address_says_that_nothing_reaches_it(self, customers, client, make_token):
        await sign_in(client, await make_token("account:acme"))
        listed = (await client.get("/my/acme/addresses", headers=BROWSER)).text
        (mail,) = re.findall(r'href="(/my/acme/addresses/[^"]+)">ops@', listed)

        shown = text_of((await client.get(mail, headers=BROWSER)).text)

        assert "E-mail is not set up at this service, so nothing can be sent" in shown

    async def test_a_new_address_is_promised_no_message(self, customers, client, make_token):
        await sign_in(client, await make_token("account:acme"))
        new = {"channel": "email", "address": "new@narwhal.example", "which": "all"}

        added = await send(client, "/my/acme/addresses", **new)
        shown = text_of((await client.get(added.headers["location"], headers=BROWSER)).text)

        assert "E-mail is not set up at this service, so nothing can be sent" in shown
        assert "A message is to be sent there" not in shown
        assert "Send the link again" not in shown


@pytest.mark.one_database("it is in the form")
async def test_what_is_no_address_is_refused_with_why(customers, visitor):
    answer = await ask(visitor, "acme")

    assert answer.status_code == 400
    assert re.search("is not an e-mail address", text_of(answer.text))


@pytest.mark.one_database("it is in the page")
async def test_who_must_sign_in_is_offered_a_link(visitor, customers):
    lead = await visitor.get("/my/acme/notices", headers=BROWSER)
    shown = await visitor.get(lead.headers["location"], headers=BROWSER)

    assert "/sign-in/link?next=%2Fmy%2Facme%2Fnotices" in shown.text

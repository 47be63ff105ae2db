import base64
import hashlib
import re

import pytest
from sqlalchemy import func, select

from lifecycle.audit.models import AuditEntry
from lifecycle.deprecations.models import Notice, Recipient
from lifecycle.deprecations.notices import signed_links as addresses
from lifecycle.deprecations.notices.letters import Passage
from lifecycle.deprecations.notices.templates import environment
from notifications.models import Subscription
from testkit.announcements import DAYS, add, announce, sell

pytestmark = pytest.mark.one_database("pages show what the functions below give")


@pytest.fixture
async def subscription(store, make_product):
    """An account with an address, to be told of what ends."""
    await make_product()
    await sell(store)
    await add(store, "acme", runs=["1.0.0"])
    return await the(store, select(Subscription))


async def the(store, found):
    async with store.reading() as session:
        return await session.scalar(found)


async def set_state(store, state):
    async with store.writing() as session:
        row = await session.scalar(select(Subscription))
        row.state = state


async def entries(store):
    return await the(store, select(func.count(AuditEntry.seq)))


async def noted(store):
    statement = select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)
    return await the(store, statement)


@pytest.fixture
async def acknowledge_path(store, links, subscription):
    await announce(store, lines=("1.0",))
    notice = await the(store, select(Notice.uid))
    asked = addresses.Acknowledgement("acme", notice, subscription.uid)
    return addresses.acknowledge_url("", links, asked)


@pytest.mark.both_databases
async def test_to_look_changes_nothing(store, client, links, subscription, acknowledge_path):
    await set_state(store, "pending")
    before = await entries(store)

    pages = [
        await client.get(addresses.confirm_url("", links, subscription.uid)),
        await client.get(addresses.unsubscribe_url("", links, subscription.uid)),
        await client.get(acknowledge_path),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert all('<form method="post">' in page.text for page in pages)
    assert await entries(store) == before
    assert (await the(store, select(Subscription))).state == "pending"
    assert (await the(store, select(Recipient))).acknowledged_at is None


@pytest.mark.both_databases
async def test_an_address_is_confirmed_by_the_button_and_only_once(
    store, client, links, subscription
):
    await set_state(store, "pending")
    path = addresses.confirm_url("", links, subscription.uid)

    first = await client.post(path)
    before = await entries(store)
    again = await client.post(path)
    seen = await client.get(path)

    assert (first.status_code, again.status_code, seen.status_code) == (200, 200, 200)
    assert (await the(store, select(Subscription))).state == "active"
    assert await entries(store) == before
    assert (await noted(store)).action == "subscription.confirmed"
    assert (await noted(store)).actor == f"link:{subscription.uid}"
    assert "<form" not in seen.text


async def test_one_click_unsubscribes_as_mail_programs_ask(store, client, links, subscription):
    path = addresses.unsubscribe_url("", links, subscription.uid)

    answers = [
        await client.post(path, data={"List-Unsubscribe": "One-Click"}, follow_redirects=False)
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert (await the(store, select(Subscription))).state == "unsubscribed"
    assert (await noted(store)).action == "subscription.unsubscribed"


async def test_who_unsubscribed_is_not_subscribed_again_by_an_old_link(
    store, client, links, subscription
):
    await set_state(store, "unsubscribed")

    path = addresses.confirm_url("", links, subscription.uid)
    for refused in (await client.get(path), await client.post(path)):
        assert refused.status_code == 409
        assert "subscribe it again" in refused.text
    assert (await the(store, select(Subscription))).state == "unsubscribed"


async def test_a_removed_subscription_stays_so(store, client, links, subscription):
    await set_state(store, "removed")

    confirmed = await client.post(addresses.confirm_url("", links, subscription.uid))
    unsubscribed = await client.post(addresses.unsubscribe_url("", links, subscription.uid))

    assert (confirmed.status_code, unsubscribed.status_code) == (410, 200)
    assert (await the(store, select(Subscription))).state == "removed"


async def test_a_notice_is_acknowledged_by_whoever_has_its_link(
    store, client, clock, acknowledge_path
):
    shown = await client.get(acknowledge_path)
    done = await client.post(acknowledge_path)
    first = (await the(store, select(Recipient))).acknowledged_at
    clock.advance(days=1)
    again = await client.post(acknowledge_path)
    seen = await client.get(acknowledge_path)

    assert "1 February 2027" in shown.text
    assert (DAYS["pro"].day, DAYS["pro"].month) == (1, 2)
    assert (done.status_code, again.status_code, seen.status_code) == (200, 200, 200)
    assert (await the(store, select(Recipient))).acknowledged_at == first is not None
    assert "already been acknowledged" in seen.text
    assert (await noted(store)).action == "notice.acknowledged"


@pytest.mark.both_databases
async def test_no_days_are_counted_to_what_was_withdrawn(store, client, acknowledge_path):
    before = (await client.get(acknowledge_path)).text
    async with store.writing() as session:
        (await session.scalar(select(Notice))).milestone = "withdrawal"

    page = (await client.get(acknowledge_path)).text

    assert "(in 72 days)" in before
    assert "1 February 2027" in page
    assert "(in 72 days)" not in page


@pytest.mark.parametrize("purpose", ["confirm", "unsubscribe", "acknowledge"])
async def test_a_token_of_one_purpose_serves_no_other(
    store, client, links, subscription, acknowledge_path, purpose
):
    asked = addresses.Acknowledgement("acme", "x", subscription.uid)
    tokens = {
        "confirm": addresses.confirm_url("", links, subscription.uid),
        "unsubscribe": addresses.unsubscribe_url("", links, subscription.uid),
        "acknowledge": addresses.acknowledge_url("", links, asked),
    }
    before = await entries(store)

    for other in tokens.keys() - {purpose}:
        path = f"/{purpose}/{tokens[other].rpartition('/')[2]}"
        answers = [await client.get(path), await client.post(path)]

        assert [answer.status_code for answer in answers] == [400, 400]
        assert "broken" in answers[0].text
    assert await entries(store) == before


@pytest.mark.parametrize("token", ["x", "a.b.c", "%00", "%FF", "é" * 300, "x" * 5000, "..%2f"])
@pytest.mark.parametrize("purpose", ["confirm", "unsubscribe", "acknowledge"])
async def test_a_broken_link_says_so(client, purpose, token):
    for method in ("GET", "POST"):
        answer = await client.request(method, f"/{purpose}/{token}")

        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("text/html")


async def test_an_expired_link_says_so(store, client, clock, links, subscription):
    await set_state(store, "pending")
    path = addresses.confirm_url("", links, subscription.uid)
    clock.advance(days=8)

    answers = [await client.get(path), await client.post(path)]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert "expired" in answers[0].text
    assert (await the(store, select(Subscription))).state == "pending"


async def test_links_that_let_people_leave_never_expire(store, client, clock, links, subscription):
    path = addresses.unsubscribe_url("", links, subscription.uid)
    clock.advance(days=4000)

    assert (await client.post(path)).status_code == 200


@pytest.mark.both_databases
async def test_a_notice_of_an_account_that_is_gone_is_no_defect(client, links, subscription):
    asked = addresses.Acknowledgement("nobody", "no-notice", subscription.uid)
    path = addresses.acknowledge_url("", links, asked)

    answers = [await client.get(path), await client.post(path)]

    assert [answer.status_code for answer in answers] == [410, 410]


async def test_pages_load_nothing_and_tell_nobody_where_they_are(client, links, subscription):
    page = await client.get(addresses.unsubscribe_url("", links, subscription.uid))

    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    assert not re.findall(r"(?:src|href)=|<script|style=", page.text)
    sheet = re.search("<style>(.*)</style>", page.text, re.DOTALL)[1]
    assert base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode() in policy


def test_markup_in_what_a_page_says_stays_text():
    page = {
        "label": "<b>",
        "tone": "",
        "title": "<script>",
        "paragraphs": ["<img>"],
        "sections": [Passage("<h1>", "<p>")],
        "links": [("<i>", "/")],
        "facts": [],
        "button": None,
        "note": None,
    }

    html = environment("lifecycle.web").get_template("page.html").render(page=page, css="")

    assert "&lt;script&gt;" in html
    assert not re.findall("<(?:b|script|img)>", html)


@pytest.mark.both_databases
async def test_a_notices_link_shows_the_notice_and_where_to_sign_in(client, acknowledge_path):
    page = await client.get(acknowledge_path)

    assert "What to do" in page.text
    assert 'href="/my/acme"' in page.text
    other = await client.get("/my/acme", headers={"Accept": "text/html"})
    assert (other.status_code, other.headers["location"]) == (303, "/sign-in?next=%2Fmy%2Facme")


async def test_a_notices_link_expires_and_says_how_to_go_on(client, clock, acknowledge_path):
    clock.advance(days=91)

    for answer in (await client.get(acknowledge_path), await client.post(acknowledge_path)):
        assert answer.status_code == 410
        assert "Links in notices work for 90 days." in answer.text
        assert 'href="/sign-in/link"' in answer.text

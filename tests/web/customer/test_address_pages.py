import re

import msgspec
import pytest
from sqlalchemy import select, update

from lifecycle.database.pagination import write_cursor
from lifecycle.deprecations.models import Deprecation
from notifications.models import Delivery, Subscription
from testkit.customers import deliver_to_webhooks
from testkit.html_pages import text_of
from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import send

pytestmark = pytest.mark.one_database("what pages make of it")

HOOK = {"channel": "webhook", "address": "https://hooks.acme.example/in", "which": "all"}
PATH = "/my/acme/addresses"
SUBSCRIPTIONS = "/v1/accounts/acme/subscriptions"


@pytest.fixture
async def hook(client, admin, acme):
    """Return the page of acme's webhook."""
    listed = (await client.get("/v1/accounts/acme/subscriptions", headers=admin)).json()["items"]
    return next(f"{PATH}/{each['id']}" for each in listed if each["channel"] == "webhook")


@pytest.fixture
def delivered(store, clock):
    """Have all notices delivered to webhooks, at an instant of the clock."""
    return lambda: deliver_to_webhooks(store, clock)


async def page(client, path):
    answer = await client.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.both_databases
async def test_a_webhook_is_added_and_its_secret_shown_once(client, acme):
    answer = await send(client, PATH, **HOOK)

    assert answer.status_code == 200
    assert len(re.findall("whsec_", answer.text)) == 1
    assert answer.headers["cache-control"] == "no-store"
    listed = await page(client, PATH)
    assert "https://hooks.acme.example/in" in listed
    (path,) = set(re.findall(rf'{PATH}/[^"/]+', answer.text))
    assert "whsec_" not in await page(client, path)


async def test_the_form_says_what_a_new_address_is_sent_at_once(client, acme):
    text = text_of(await page(client, PATH))

    assert "A new address is at once sent what is announced now: one notice for each dep" in text
    assert "An e-mail address is sent them once it is confirmed." in text


async def test_an_email_address_is_asked_first(client, acme, store):
    answer = await send(client, PATH, channel="email", address="new@narwhal.example", which="all")

    assert answer.status_code == 303
    text = text_of(await page(client, answer.headers["location"]))
    assert "A message is to be sent there. Its link confirms the address." in text
    assert "Not confirmed" in text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"address": "http://hooks.acme.example/in"}, "give an https:// address"),
        ({"address": ""}, "must have 1 to 2000 characters"),
        ({"channel": "pigeon"}, "is not a channel"),
        ({"channel": "chat", "address": "slack://a/b/c"}, "by an operator only"),
        ({"which": "some", "products": "nothing"}, "names the unknown product"),
        ({"which": "some"}, "must be at least one where not all are meant"),
        ({"which": ""}, "must be all of them or some"),
    ],
)
async def test_what_cannot_be_added_is_shown_again_with_why(client, acme, said, words):
    answer = await send(client, PATH, **HOOK | said)

    assert answer.status_code in (400, 403)
    assert words in text_of(answer.text)
    assert "hooks.acme.example" in answer.text or "address" in said


@pytest.mark.both_databases
async def test_an_address_is_paused_and_resumed(client, hook):
    paused = await send(client, f"{hook}/pause")
    resting = text_of(await page(client, paused.headers["location"]))
    resumed = await send(client, f"{hook}/resume")
    active = text_of(await page(client, resumed.headers["location"]))

    assert "The address is paused. What would go there is held." in resting
    assert "The address gets notices again, starting with what it missed." in active


async def test_a_test_message_is_sent(client, hook):
    answer = await send(client, f"{hook}/test")

    text = text_of(await page(client, answer.headers["location"]))
    assert "A test message is to be sent" in text
    assert "Test message" in text


async def test_the_secret_is_rotated_and_the_former_signs_for_a_day(client, hook):
    answer = await send(client, f"{hook}/rotate")

    text = text_of(answer.text)
    assert "whsec_" in text
    assert "Until 22 November 2026 at 12:00 UTC messages are signed with the former" in text
    assert "whsec_" not in await page(client, hook)


async def test_an_email_address_has_no_secret_to_rotate(client, admin, acme):
    listed = (await client.get("/v1/accounts/acme/subscriptions", headers=admin)).json()["items"]
    mail = next(each["id"] for each in listed if each["channel"] == "email")

    answer = await send(client, f"{PATH}/{mail}/rotate")

    assert answer.status_code == 409
    assert "Only a webhook has a secret" in text_of(answer.text)


async def test_past_their_end_notices_and_deliveries_lead_back_to_the_newest(client, hook):
    for path in ("/my/acme/notices", hook):
        text = text_of(await page(client, f"{path}?cursor={write_cursor([0])}"))

        assert "There are no further ones. Back to the newest" in text
        assert "There are no further ones." not in text_of(await page(client, path))


async def test_a_product_that_is_gone_meanwhile_is_named(client, hook):
    products = ["clairdash", "gone"]
    for path, fields in ((PATH, HOOK), (f"{hook}/topics", {})):
        refused = await send(client, path, **fields | {"which": "some", "products": products})

        assert refused.status_code == 400
        assert "Notices names the unknown product 'gone'" in text_of(refused.text)
        assert 'href="#field-products"' in refused.text
        assert "topics" not in text_of(refused.text)


async def test_it_is_notified_of_some_products_by_their_names_or_of_everything(client, admin, hook):
    product = await ok(client.get("/v1/products/clairdash"))
    facts = {name: product.json()[name] for name in ("scheme", "line_by")}
    match = admin | {"If-Match": product.headers["etag"]}
    named = facts | {"name": "Clairdash Reports"}
    await ok(client.put("/v1/products/clairdash", json=named, headers=match))
    answer = await send(client, f"{hook}/topics", which="some", products="clairdash")

    some = await page(client, answer.headers["location"])
    listed = text_of(await page(client, PATH))
    stored = await client.get(hook.replace(PATH, SUBSCRIPTIONS), headers=admin)
    await send(client, f"{hook}/topics", which="all", products="clairdash")
    everything = await page(client, hook)

    assert "<dt>Notices</dt><dd><bdi>Clairdash Reports (clairdash)</bdi></dd>" in some
    assert 'name="which" value="some" checked' in some
    assert 'name="products" value="clairdash" checked' in some
    assert "Clairdash Reports (clairdash)" in listed
    assert stored.json()["topics"] == ["product:clairdash"]
    assert "<dt>Notices</dt><dd>Everything that concerns you" in everything
    assert 'name="which" value="all" checked' in everything


async def test_an_address_that_is_notified_of_no_product_is_refused(client, hook):
    answer = await send(client, f"{hook}/topics", which="some")

    assert answer.status_code == 400
    assert "Notices must be at least one" in text_of(answer.text)
    assert 'name="which" value="some" checked' in answer.text


async def test_a_removed_address_is_gone(client, hook):
    answer = await send(client, f"{hook}/remove")

    assert answer.headers["location"] == f"{PATH}?done=address-removed"
    assert (await client.get(hook, headers=BROWSER)).status_code == 404


class TestResending:
    async def test_a_delivery_is_shown_with_its_answer(self, client, hook, delivered):
        await delivered()

        text = text_of(await page(client, hook))

        assert "200 OK from acme" in text
        assert "Send again" in text

    @pytest.mark.both_databases
    async def test_one_is_sent_again_under_its_id(self, client, hook, delivered, store, clock):
        await delivered()
        clock.advance(minutes=6)
        (path,) = re.findall(rf"{hook}/deliveries/\d+/resend", await page(client, hook))

        answer = await send(client, path)

        assert answer.headers["location"] == f"{hook}?done=resent"
        assert await states(store) == {"acme": "waiting", "globex": "delivered"}

    async def test_none_is_sent_again_at_once(self, client, hook, delivered, store):
        await delivered()
        (path,) = re.findall(rf"{hook}/deliveries/\d+/resend", await page(client, hook))

        answer = await send(client, path)

        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "300"
        assert await states(store) == {"acme": "delivered", "globex": "delivered"}

    @pytest.mark.both_databases
    async def test_all_since_a_day_are_sent_again(self, client, hook, delivered, store, clock):
        await delivered()
        clock.advance(minutes=6)

        later = await send(client, f"{hook}/resend", since="2026-11-22")
        since = await send(client, f"{hook}/resend", since="2026-11-01")

        assert later.status_code == 400
        assert "up to 21 November 2026 at 12:06 UTC" in text_of(later.text)
        assert since.headers["location"] == f"{hook}?done=resent"
        assert await states(store) == {"acme": "waiting", "globex": "delivered"}

    @pytest.mark.parametrize(("day", "words"), [("", "is empty"), ("soon", "is not a valid date")])
    async def test_without_a_day_nothing_is(self, client, hook, delivered, store, day, words):
        await delivered()

        answer = await send(client, f"{hook}/resend", since=day)

        assert answer.status_code == 400
        assert words in text_of(answer.text)

    async def test_nothing_is_sent_again_to_a_paused_address(self, client, hook, delivered, store):
        await delivered()
        await send(client, f"{hook}/pause")

        answer = await send(client, f"{hook}/resend", since="2026-11-01")

        assert answer.status_code == 409
        assert await states(store) == {"acme": "delivered", "globex": "delivered"}


async def test_a_disabled_address_says_why_and_is_enabled_again(client, hook, store, clock):
    async with store.writing() as session:
        facts = {"state": "disabled", "disabled_at": clock(), "disabled_reason": "it answered 410"}
        webhooks = Subscription.channel == "webhook"
        await session.execute(update(Subscription).where(webhooks).values(facts))
    shown = text_of(await page(client, hook))

    answer = await send(client, f"{hook}/resume")

    assert "it answered 410" in shown
    assert answer.headers["location"] == f"{hook}?done=enabled"


async def states(store):
    async with store.reading() as session:
        rows = select(Delivery.owner, Delivery.state).join(Subscription)
        found = await session.execute(rows.where(Subscription.channel == "webhook"))
        return {row.owner: row.state for row in found}


async def test_nothing_is_offered_to_be_sent_again_by_e_mail_where_that_is_not_set_up(
    app, client, acme, store, make_token
):
    mails = select(Subscription.id).where(Subscription.channel == "email")
    async with store.writing() as session:
        mailed = update(Delivery).where(Delivery.subscription_id.in_(mails))
        sent = await session.execute(mailed.values(state="delivered").returning(Delivery.id))
        number = min(sent.scalars())
        uid = await session.scalar(select(Deprecation.uid))
    listed = (await client.get("/my/acme/addresses", headers=BROWSER)).text
    (mail,) = re.findall(r'href="(/my/acme/addresses/[^"]+)">ops@', listed)
    pages = (f"/console/deliveries/{number}", f"/console/deprecations/{uid}/reach")
    vendor = BROWSER | await make_token("publish")

    async def shown():
        own = await client.get(mail, headers=BROWSER)
        others = [await client.get(page, headers=vendor) for page in pages]
        return [text_of(page.text) for page in (own, *others)]

    offered = await shown()
    app.app_state.settings = msgspec.structs.replace(app.app_state.settings, worker=True)
    address, delivery, reach = await shown()

    assert "Send again" in offered[0]
    assert "Send all notices again since" in offered[0]
    assert "Send it again" in offered[1]
    assert "Send again" not in address
    assert "Send all notices again since" not in address
    assert "It cannot be sent again: e-mail is not set up at this service." in delivery
    assert "Send it again" not in delivery
    assert reach.count("Send again") < offered[2].count("Send again")
    assert "E-mail is not set up at this service, so it cannot be sent again." in reach
    uid = mail.rpartition("/")[2]
    own = f"/v1/accounts/acme/subscriptions/{uid}"
    for asked, said in (
        (f"/v1/deliveries/{number}/replay", None),
        (f"{own}/resend", {"delivery": number}),
        (f"{own}/resend", {"since": "2026-11-01T00:00:00Z"}),
        (f"{own}/test", None),
    ):
        answer = await client.post(asked, json=said, headers=await make_token("publish"))
        assert (answer.status_code, answer.json()["error"]) == (409, "NoMailServer"), asked
    for form, fields in (
        (f"{mail}/resend", {"since": "2026-11-01"}),
        (f"{mail}/deliveries/{number}/resend", {}),
        (f"{mail}/test", {}),
        (f"{mail}/confirmation", {}),
    ):
        assert "E-mail is not set up at this service" in (await send(client, form, **fields)).text

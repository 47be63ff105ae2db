from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lifecycle.accounts.models import Account
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.deprecations.audience.previews import Listing, preview
from lifecycle.deprecations.audience.usage import scope_now
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.evidence.reach import reach
from lifecycle.deprecations.models import Deprecation, Recipient, Revision, Target
from lifecycle.errors import BadRequest
from notifications.models import Attempt, Delivery, Subscription
from testkit import announcements
from testkit.announcements import DAYS, NOW, TODAY, add, announce, sell

LINE = {"lines": ("1.0",)}
LATE = NOW.replace(hour=23, minute=30)


@pytest.fixture
async def sold(store, make_product):
    await make_product()
    await sell(store)


async def deliver(store, owner, *, at=NOW, answer="200 OK", status=200, channel="email"):
    """Record a delivery as its worker would."""
    async with store.writing() as session:
        for delivery in await session.scalars(select(Delivery).where(Delivery.owner == owner)):
            delivery.tries += 1
            ok = status == 200
            delivery.state = "delivered" if ok else "waiting"
            delivery.delivered_at = at if ok else None
            tried = {"at": at, "milliseconds": 12, "succeeded": ok, "status": status}
            session.add(Attempt(delivery_id=delivery.id, answer=answer, body_sha256="00", **tried))
        changed = update(Subscription).where(Subscription.owner == owner)
        await session.execute(changed.values(channel=channel))


async def seen(store, row, **said):
    async with store.reading() as session:
        row = await session.get_one(Deprecation, row.id)
        found = await reach(session, row, now=NOW, **said)
        return found, {account.account: account for account in found.accounts}


async def owe(store, row, **days):
    async with store.writing() as session:
        revision = await session.get_one(Revision, (row.id, 1))
        revision.owed = {
            tier: {"period": "x", "earliest": day.isoformat(), "policy": "promise 1"}
            for tier, day in days.items()
        }


async def test_the_days_of_notice_stand_beside_those_promised(store, sold):
    await add(store, "told", runs=["1.0.0"])
    await add(store, "never", runs=["1.0.0"])
    row = await announce(store, **LINE)
    await owe(store, row, pro=TODAY + timedelta(days=30))
    await deliver(store, "told", at=NOW + timedelta(days=2))

    found, accounts = await seen(store, row)

    assert (found.told, found.not_told, found.acknowledged, found.moved) == (1, 1, 0, 0)
    told = accounts["told"]
    assert told.told_on == TODAY + timedelta(days=2)
    assert told.days_of_notice == (DAYS["pro"] - TODAY).days - 2
    assert told.promised_days == 30
    assert accounts["never"].told_on is accounts["never"].days_of_notice is None


async def test_the_day_told_is_that_of_the_policys_zone(store, make_product):
    await make_product()
    # Another policy for this product alone.
    there = announcements.POLICY.replace("tiers:", "timezone: Asia/Tokyo\ntiers:", 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(announcements, "POLICY", there)
        await sell(store)
    await add(store, "told", runs=["1.0.0"])
    row = await announce(store, **LINE)
    await deliver(store, "told", at=LATE)

    _, accounts = await seen(store, row)

    assert accounts["told"].told_on == TODAY + timedelta(days=1)


async def test_every_delivery_and_attempt_is_evidence(store, sold):
    await add(store, "told", runs=["1.0.0"])
    row = await announce(store, **LINE)
    await deliver(store, "told", status=503, answer="busy")
    await deliver(store, "told", at=NOW + timedelta(minutes=5))

    _, accounts = await seen(store, row)

    (delivery,) = accounts["told"].deliveries
    assert (delivery.milestone, delivery.state, delivery.tries) == ("announcement", "delivered", 2)
    assert len(delivery.address_sha256) == 64
    tries = [(attempt.status, attempt.answer, attempt.succeeded) for attempt in delivery.attempts]
    assert tries == [(503, "busy", False), (200, "200 OK", True)]


async def test_what_a_notice_waits_for_is_said_until_it_arrives(store, sold):
    await add(store, "told", runs=["1.0.0"])
    await add(store, "mute", runs=["1.0.0"], address=False)
    row = await announce(store, **LINE)

    _, fresh = await seen(store, row)
    await deliver(store, "told", status=503, answer="busy")
    _, busy = await seen(store, row)
    await deliver(store, "told")
    _, arrived = await seen(store, row)

    assert fresh["told"].pending == "not tried yet"
    assert busy["told"].pending == "to be tried again: the last answer was 503 busy"
    assert arrived["told"].pending is None
    assert (fresh["mute"].pending, fresh["mute"].why_not) == (None, "no subscription")


@pytest.mark.parametrize(
    ("state", "pending"),
    [("held", "held back: its account is being moved"), ("exhausted", "given up: 5 days")],
)
async def test_a_notice_that_is_not_tried_any_more_says_why(store, sold, state, pending):
    await add(store, "told", runs=["1.0.0"])
    row = await announce(store, **LINE)
    async with store.writing() as session:
        reason = pending.partition(": ")[2]
        await session.execute(update(Delivery).values(state=state, reason=reason, due_at=None))

    _, accounts = await seen(store, row)

    assert accounts["told"].pending == pending


async def test_a_chat_service_says_accepted_and_no_more(store, sold):
    await add(store, "chatty", runs=["1.0.0"])
    row = await announce(store, **LINE)
    await deliver(store, "chatty", channel="chat")

    _, accounts = await seen(store, row)

    assert [delivery.state for delivery in accounts["chatty"].deliveries] == ["accepted"]


async def test_acknowledged_and_moved_are_separate_facts(store, sold):
    for slug in ("read", "gone", "neither"):
        await add(store, slug, runs=["1.0.0"])
    row = await announce(store, **LINE)
    async with store.writing() as session:
        numbers = dict((await session.execute(select(Account.slug, Account.id))).all())
        for slug, values in {
            "read": {"acknowledged_at": NOW, "acknowledged_by": "ann"},
            "gone": {"moved_on": TODAY},
        }.items():
            changed = update(Recipient).where(Recipient.account_id == numbers[slug])
            await session.execute(changed.values(**values))

    found, accounts = await seen(store, row)

    assert (found.acknowledged, found.moved) == (1, 1)
    assert (accounts["read"].acknowledged_by, accounts["gone"].moved_on) == ("ann", TODAY)


async def test_accounts_come_in_pages_and_alone(store, sold):
    for number in range(5):
        await add(store, f"a{number}", runs=["1.0.0"])
    row = await announce(store, **LINE)

    pages, cursor = [], None
    while cursor or not pages:
        found, accounts = await seen(store, row, cursor=cursor, limit=2)
        pages.append(list(accounts))
        cursor = found.next
        assert found.not_told == 5

    assert pages == [["a0", "a1"], ["a2", "a3"], ["a4"]]
    async with store.reading() as session:
        one = await session.scalar(select(Account).where(Account.slug == "a3"))
    assert list((await seen(store, row, account=one))[1]) == ["a3"]
    with pytest.raises(BadRequest):
        await seen(store, row, cursor="nonsense")


async def test_a_preview_says_whom_it_hurts_and_writes_nothing(store, sold):
    await add(store, "told", runs=["1.0.0"])
    await add(store, "unknown-version", runs=["1.0.9"])
    await add(store, "mute", tier="enterprise", runs=["1.0.0"], address=False)
    await add(store, "silent")
    await add(store, "free", tier="community", runs=["1.0.0"])
    content = DeprecationIn(product="widget", kind="end_of_support", **LINE)

    async with store.reading() as session:
        loaded = await load_facts(session, "widget")
        scope = await scope_now(session, loaded, content, DAYS, today=TODAY)
        found, reader = await preview(session, scope, Listing(limit=3))
        rest, _ = await preview(session, scope, Listing(cursor=found.next))
        assert (await session.scalars(select(Target))).all() == []

    tiers = {tier.tier: (tier.affected, tier.possibly, tier.unreachable) for tier in found.tiers}
    assert tiers == {"pro": (2, 1, 0), "enterprise": (1, 0, 1)}
    assert found.total == 4
    accounts = {account.account: (account.affected, account.why_not) for account in found.accounts}
    assert accounts == {
        "told": ("yes", None),
        "unknown-version": ("yes", None),
        "mute": ("yes", "no subscription"),
    }
    assert [account.account for account in rest.accounts] == ["silent"]
    assert rest.next is None
    assert found.versions == ("1.0.0", "1.0.1", "1.0.9")
    assert reader.account == "told"


async def test_a_preview_of_a_feature_or_of_all_needs_no_versions(store, make_product):
    await make_product()
    await sell(store, keys=["sso"])
    await add(store, "user", runs=[{"version": "2.0.0", "features": ["sso"]}])
    await add(store, "plain", runs=[{"version": "odd", "features": []}])

    async with store.reading() as session:
        loaded = await load_facts(session, "widget")

        async def affected(**said):
            content = DeprecationIn(product="widget", kind="removal", **said)
            scope = await scope_now(session, loaded, content, DAYS, today=TODAY)
            found, _ = await preview(session, scope, Listing())
            return [account.account for account in found.accounts]

        assert await affected(feature="sso") == ["user"]
        assert await affected(whole_product=True) == ["user", "plain"]
        assert await affected(lines=("9.9",)) == []

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lifecycle.accounts.models import Account
from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.catalogue.models import Feature
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations.audience import recipients as following
from lifecycle.deprecations.audience.recipients import UnknownNotice, acknowledge, nightly_check
from lifecycle.deprecations.audience.revision_scopes import Among, Part, scope_of
from lifecycle.deprecations.models import Deprecation, Notice, Recipient
from lifecycle.deprecations.queries import latest
from notifications.models import Subscription
from testkit.announcements import (
    BY,
    DAYS,
    NOW,
    TODAY,
    add,
    announce,
    change,
    deliveries,
    draft,
    fill,
    notice,
    recipients,
    revise,
    sell,
    subscribe,
)
from testkit.query_plans import plans, statements_run

LINE = {"lines": ("1.0",)}
USES = {"version": "2.0.0"}
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
async def sold(store, make_product):
    await make_product()
    await sell(store)


async def follow(store, row, *, today=TOMORROW, chunk=2):
    after = 0
    while after is not None:
        async with store.writing() as session:
            row = await session.get_one(Deprecation, row.id)
            known = await load_facts(session, "widget")
            after = await following.follow(
                session, row, known, by=BY, today=today, after=after, chunk=chunk
            )


async def check(store, *, today=TOMORROW):
    async with store.reading() as session:
        product = await get_product(session, "widget")
        return [each.account for each in await nightly_check(session, product, today=today)]


async def actions(store):
    async with store.reading() as session:
        found = select(AuditEntry.action).where(AuditEntry.product == "widget")
        return list(await session.scalars(found.order_by(AuditEntry.seq)))


async def test_who_joins_by_version_tier_or_as_a_new_account_gets_the_standing_notice(store, sold):
    await add(store, "settled", runs=["1.0.0"])
    await add(store, "by-version", runs=["2.0.0"])
    await add(store, "by-tier", tier="community", runs=["1.0.0"])
    row = await announce(store, **LINE)
    await change(store, "by-version", runs=["1.0.9"])
    await change(store, "by-tier", tier="enterprise", on=TOMORROW)
    await add(store, "new", runs=["1.0.1"])

    await follow(store, row)

    assert await deliveries(store, row) == ["by-tier", "by-version", "new", "settled"]
    found = await recipients(store, row)
    assert found["by-tier"].effective_on == DAYS["enterprise"]
    assert found["new"].found_on == TOMORROW


async def test_following_again_changes_nothing(store, sold):
    await add(store, "settled", runs=["1.0.0"])
    await add(store, "silent")
    await add(store, "muted", runs=["1.0.0"], topics=["product:gadget"])
    async with store.writing() as session:
        await subscribe(session, "muted", topics=["product:widget"])
    row = await announce(store, **LINE)
    before = await actions(store)

    await follow(store, row)
    await follow(store, row)

    assert await deliveries(store, row) == ["muted", "settled", "silent"]
    assert await actions(store) == before


async def test_a_new_address_gets_the_standing_notice_and_clears_the_reason(store, sold):
    await add(store, "mute", runs=["1.0.0"], address=False)
    row = await announce(store, **LINE)
    assert (await recipients(store, row))["mute"].why_not == "no subscription"
    async with store.writing() as session:
        await subscribe(session, "mute")

    await follow(store, row)

    assert await deliveries(store, row) == ["mute"]
    assert (await recipients(store, row))["mute"].why_not is None


async def test_a_muted_address_does_not_make_its_account_one_that_joins(store, sold):
    await add(store, "half", runs=["1.0.0"])
    async with store.writing() as session:
        await subscribe(session, "half", topics=["product:gadget"])
    row = await announce(store, **LINE)

    async with store.reading() as session:
        row = await session.get_one(Deprecation, row.id)
        notice = await following.standing_notice(session, row)
        scope = await scope_of(session, row, await latest(session, row), today=TOMORROW)
        found = following._untold_addresses(scope.product, Among.PART)
        values = scope.values | Part(0, 100).values | {following._NOTICE.key: notice.id}
        assert (await session.execute(found, values)).all() == []


async def test_a_later_address_takes_no_newer_reminder_from_the_others(store, sold):
    await add(store, "grown", runs=["1.0.0"])
    row = await announce(store, **LINE)
    async with store.writing() as session:
        row = await session.get_one(Deprecation, row.id)
        await revise(session, row)
    await fill(store, row, "amendment")
    await fill(store, row, "reminder")
    async with store.writing() as session:
        await subscribe(session, "grown")

    await follow(store, row)

    assert await deliveries(store, row, "reminder") == ["grown"]
    assert await deliveries(store, row, "amendment") == ["grown"]


async def test_an_address_that_fails_later_is_recorded(store, sold):
    await add(store, "broken", runs=["1.0.0"])
    row = await announce(store, **LINE)
    async with store.writing() as session:
        await session.execute(update(Subscription).values(state="unsubscribed"))

    await follow(store, row)

    assert (await recipients(store, row))["broken"].why_not == "unsubscribed"


async def test_who_moved_away_is_noted_and_who_returns_is_back(store, sold):
    await add(store, "mover", runs=["1.0.0"])
    await add(store, "deleter", runs=["1.0.0"])
    await add(store, "named", runs=["1.0.0"], topics=["product:widget"])
    row = await announce(store, **LINE)
    for slug in ("mover", "named"):
        await change(store, slug, runs=["2.0.0"])
    await change(store, "deleter", runs=[])

    await follow(store, row)

    found = await recipients(store, row)
    assert {slug: each.moved_on for slug, each in found.items()} == dict.fromkeys(found, TOMORROW)
    await change(store, "mover", runs=["1.0.1"])
    await follow(store, row, today=TOMORROW + timedelta(days=1))
    assert (await recipients(store, row))["mover"].moved_on is None
    assert "recipients.moved" in await actions(store)
    assert (await actions(store))[-1] == "recipients.returned"
    assert await deliveries(store, row) == ["deleter", "mover", "named"]


@pytest.mark.parametrize("is_hidden", [False, True])
async def test_nobody_has_moved_whose_report_leaves_open_which_features_it_uses(
    store, make_product, is_hidden
):
    await make_product()
    await sell(store, keys=["rest-v1", "sso"])
    for slug in ("mistyped", "silent", "mover"):
        await add(store, slug, runs=[USES | {"features": ["rest-v1"]}])
    await add(store, "corrected", runs=[USES | {"features": ["rest_v1"]}])
    row = await announce(store, feature="rest-v1")
    if is_hidden:
        async with store.writing() as session:
            await session.execute(update(Feature).values(public=False))
    await change(store, "mistyped", runs=[USES | {"features": ["sso", "rest_v1"]}])
    await change(store, "silent", runs=[USES])
    for slug in ("mover", "corrected"):
        await change(store, slug, runs=[USES | {"features": ["sso"]}])

    await follow(store, row)

    found = await recipients(store, row)
    assert {slug: (each.affected, each.moved_on) for slug, each in found.items()} == {
        "mistyped": ("yes", None),
        "silent": ("yes", None),
        "mover": ("yes", TOMORROW),
        "corrected": ("possibly", TOMORROW),
    }
    assert {slug: (each.affected_now, each.why_possibly) for slug, each in found.items()} == {
        "mistyped": ("possibly", "unknown_features"),
        "silent": ("possibly", "no_features"),
        "mover": ("yes", None),
        "corrected": ("possibly", "unknown_features"),
    }
    assert await check(store) == []
    await change(store, "mistyped", runs=[USES | {"features": ["rest-v1"]}])
    await change(store, "silent", runs=[USES | {"features": ["sso"]}])
    await follow(store, row)
    found = await recipients(store, row)
    assert (found["mistyped"].affected_now, found["mistyped"].why_possibly) == ("yes", None)
    assert (found["silent"].why_possibly, found["silent"].moved_on) == (None, TOMORROW)


async def test_who_counted_as_moved_by_a_mistyped_feature_is_back(store, make_product):
    await make_product()
    await sell(store, keys=["rest-v1"])
    await add(store, "mistyped", runs=[USES | {"features": ["rest-v1"]}])
    row = await announce(store, feature="rest-v1")
    await change(store, "mistyped", runs=[])
    await follow(store, row)
    await change(store, "mistyped", runs=[USES | {"features": ["rest_v1"]}])

    await follow(store, row)

    assert (await recipients(store, row))["mistyped"].moved_on is None
    assert (await actions(store))[-1] == "recipients.returned"


async def test_one_possibly_affected_becomes_affected_or_is_so_no_more(store, sold):
    await add(store, "turned")
    await add(store, "cleared")
    await add(store, "still")
    row = await announce(store, **LINE)
    await change(store, "turned", runs=["1.0.0"])
    await change(store, "cleared", runs=["2.0.0"])

    await follow(store, row)

    found = await recipients(store, row)
    assert {slug: (each.affected, each.why_possibly) for slug, each in found.items()} == {
        "turned": ("yes", None),
        "cleared": ("possibly", "no_instances"),
        "still": ("possibly", "no_instances"),
    }
    moved = {slug: each.moved_on for slug, each in found.items()}
    assert moved == {"turned": None, "cleared": TOMORROW, "still": None}


async def test_what_lies_behind_is_no_news_to_whoever_runs_nothing_of_it(store, sold):
    row = await announce(store, **LINE)
    after = DAYS["enterprise"] + timedelta(days=1)
    await add(store, "newcomer")
    await add(store, "laggard", runs=["1.0.0"])

    await follow(store, row, today=after)

    assert list(await recipients(store, row)) == ["laggard"]
    assert await check(store, today=after) == []


async def test_nothing_is_followed_while_the_notice_is_being_filled(store, sold):
    await add(store, "settled", runs=["1.0.0"])
    async with store.writing() as session:
        row = await draft(session, **LINE)
        await notice(session, row, state="filling")

    await follow(store, row)

    assert await recipients(store, row) == {}
    assert await check(store) == []


async def test_the_nightly_check_finds_who_was_left_out(store, sold):
    await add(store, "told", runs=["1.0.0"])
    await add(store, "reasoned", runs=["1.0.0"], address=False)
    await add(store, "emptied", runs=["1.0.0"], address=False)
    row = await announce(store, **LINE)
    assert await check(store) == []
    async with store.writing() as session:
        number = select(Account.id).where(Account.slug == "emptied").scalar_subquery()
        changed = update(Recipient).where(Recipient.account_id == number)
        await session.execute(changed.values(why_not=None))
    await add(store, "late", runs=["1.0.0"])

    assert await check(store) == ["emptied", "late"]
    await follow(store, row)
    assert await check(store) == []


async def test_the_first_acknowledgement_counts_and_is_logged(store, sold):
    await add(store, "reader", runs=["1.0.0"])
    row = await announce(store, **LINE)

    for minutes in (5, 10):
        async with store.writing() as session:
            account = await session.scalar(select(Account))
            made = await session.scalar(select(Notice))
            moment = NOW + timedelta(minutes=minutes)
            await acknowledge(session, account, made.uid, by=BY, now=moment)

    found = (await recipients(store, row))["reader"]
    assert (found.acknowledged_at, found.acknowledged_by) == (NOW + timedelta(minutes=5), "test")
    assert (await actions(store)).count("notice.acknowledged") == 1


async def test_a_notice_that_an_account_was_not_sent_cannot_be_acknowledged(store, sold):
    await add(store, "reader", runs=["1.0.0"])
    await add(store, "stranger", runs=["2.0.0"])
    await announce(store, **LINE)

    async with store.writing() as session:
        stranger = await session.scalar(select(Account).where(Account.slug == "stranger"))
        made = await session.scalar(select(Notice))
        for uid in (made.uid, "nothing"):
            with pytest.raises(UnknownNotice, match="stranger was sent no notice"):
                await acknowledge(session, stranger, uid, by=BY, now=NOW)


@pytest.mark.one_database("SQLite plans without statistics; PostgreSQL keeps them")
async def test_following_looks_each_accounts_addresses_up_by_their_owner(store, sold):
    await add(store, "settled", runs=["1.0.0"])
    row = await announce(store, **LINE)
    await add(store, "new", runs=["1.0.1"])

    with statements_run() as statements:
        await follow(store, row)

    lines = "\n".join(await plans(store, statements)).splitlines()
    ways = [line for line in lines if "subscriptions" in line]
    assert ways
    assert [way for way in ways if "(owner=?" not in way and "rowid=?" not in way] == []

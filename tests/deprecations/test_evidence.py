import json
import re
from datetime import date, timedelta

import msgspec
import pytest
from sqlalchemy import select, update

from lifecycle.accounts.queries import get_account
from lifecycle.audit.chain import Entry, hash_of
from lifecycle.catalogue.models import Product, Waiver
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations.audience import recipients
from lifecycle.deprecations.evidence import report
from lifecycle.deprecations.models import Deprecation, Notice, Recipient, Revision
from lifecycle.errors import NotFound
from notifications.models import Attempt, Delivery
from testkit.announcements import BY, NOW, TODAY, add, announce, fill, revise, sell


@pytest.fixture
async def row(store, make_product):
    await make_product(name="Widget")
    await sell(store)
    await add(store, "acme", runs=["1.0.0"])
    await add(store, "globex", runs=["1.0.0"])
    return await announce(store, lines=("1.0",), reason="It is old.")


async def delivered(store, when, *, owner="acme", milestone="announcement"):
    """Let the first try fail and the second succeed."""
    async with store.writing() as session:
        statement = select(Delivery).join(Notice, Notice.id == Delivery.notice_id)
        statement = statement.where(Delivery.owner == owner, Notice.milestone == milestone)
        delivery = await session.scalar(statement)
        delivery.state, delivery.delivered_at, delivery.due_at = "delivered", when, None
        for place, (succeeded, status) in enumerate([(False, 503), (True, 200)]):
            attempt = Attempt(
                delivery_id=delivery.id,
                at=when + timedelta(seconds=5 * place),
                milliseconds=12,
                succeeded=succeeded,
                status=status,
                answer="OK" if succeeded else "<b>busy</b>",
                body_sha256="c" * 64,
            )
            session.add(attempt)


async def owed(store, row, **said):
    """Say what the account's tier was owed when it was announced."""
    async with store.writing() as session:
        await session.execute(
            update(Revision).where(Revision.deprecation_id == row.id).values(owed={"pro": said})
        )


async def written(store, account="acme", now=NOW):
    async with store.reading() as session:
        head = await report.collect(session, account, now)
        plain = b"".join([part async for part in report.evidence_json(session, head)])
        html = b"".join([part async for part in report.evidence_html(session, head)])
    return json.loads(plain), html.decode()


async def test_the_evidence_holds_every_notice_delivery_attempt_and_answer(store, row):
    await delivered(store, NOW + timedelta(days=2))
    await owed(store, row, period="30 days", earliest="2026-12-21", policy="promise 1")

    told, html = await written(store)

    (proof,) = told["deprecations"]
    (notice,) = proof["notices"]
    (delivery,) = notice["deliveries"]
    assert [each["status"] for each in delivery["attempts"]] == [503, 200]
    assert (proof["told_on"], proof["days_of_notice"]) == ("2026-11-23", 70)
    assert (proof["promised"], proof["promised_days"]) == ("30 days", 30)
    assert told["tiers"] == [{"tier": "pro", "from_day": "2020-01-01"}]
    for said in ("70 days", "30 days", "End of support for Widget 1.0", delivery["webhook_id"]):
        assert said in html


async def test_the_evidence_is_of_one_account_alone(store, row):
    _, html = await written(store)

    assert "globex" not in html


async def test_acknowledged_and_moved_are_separate_facts(store, row):
    async with store.writing() as session:
        account = await get_account(session, "acme")
        notice = await session.scalar(select(Notice.uid))
        await recipients.acknowledge(session, account, notice, by=BY, now=NOW)
    async with store.writing() as session:
        statement = select(Recipient).where(Recipient.account_id == account.id)
        (await session.scalar(statement)).moved_on = TODAY

    told, _ = await written(store)

    reached = told["deprecations"][0]["recipient"]
    assert reached["acknowledged_by"] == "test"
    assert reached["moved_on"] == TODAY.isoformat()
    assert "notice.acknowledged" in [each["action"] for each in told["deprecations"][0]["audit"]]


async def test_who_was_told_a_later_day_first_has_the_notice_of_the_second(store, row):
    await delivered(store, NOW)
    sooner = {"pro": date(2027, 1, 1), "enterprise": date(2027, 6, 1)}
    async with store.writing() as session:
        await revise(session, await session.get_one(Deprecation, row.id), days=sooner)
    await fill(store, row, "amendment")
    async with store.writing() as session:
        statement = update(Recipient).values(effective_on=date(2027, 1, 1))
        await session.execute(statement)
    await delivered(store, NOW + timedelta(days=10), milestone="amendment")

    told, _ = await written(store)

    proof = told["deprecations"][0]
    assert (proof["told_on"], proof["days_of_notice"]) == ("2026-12-01", 31)
    assert len(proof["revisions"]) == 2


async def test_a_postponed_day_keeps_the_notice_of_the_first(store, row):
    await delivered(store, NOW)
    later = {"pro": date(2027, 4, 1), "enterprise": date(2027, 6, 1)}
    async with store.writing() as session:
        await revise(session, await session.get_one(Deprecation, row.id), days=later)
        await session.execute(update(Recipient).values(effective_on=date(2027, 4, 1)))

    told, _ = await written(store)

    assert told["deprecations"][0]["told_on"] == TODAY.isoformat()


async def test_a_waiver_is_shown_with_its_person_and_reason(store, row):
    async with store.writing() as session:
        product: Product = await get_product(session, "widget")
        waiver = Waiver(
            uid="w",
            product_id=product.id,
            deprecation=row.uid,
            person="Jane Doe",
            reason="security",
            explanation="It cannot be fixed.",
            until=TODAY,
            created_at=NOW,
            created_by="test",
        )
        session.add(waiver)
        await session.flush()
        await session.execute(update(Revision).values(waiver_id=waiver.id))

    told, html = await written(store)

    assert told["deprecations"][0]["revisions"][0]["waiver"]["person"] == "Jane Doe"
    assert "security requires it" in html


async def test_a_third_party_can_work_out_the_hashes(store, row):
    told, _ = await written(store)

    entries = msgspec.convert(
        [*told["audit"], *told["deprecations"][0]["audit"]], list[Entry], strict=False
    )
    assert entries
    assert [hash_of(entry) for entry in entries] == [entry.hash for entry in entries]
    assert told["head"]["seq"] >= max(entry.seq for entry in entries)


async def test_markup_in_an_answer_stays_text(store, row):
    await delivered(store, NOW)

    _, html = await written(store)

    assert "&lt;b&gt;busy&lt;/b&gt;" in html
    assert not re.findall(r"src=|<link|<script|@import|url\(", html)


async def test_who_was_told_nothing_has_evidence_of_that(store, make_product):
    await make_product()
    await add(store, "quiet", address=False)

    told, html = await written(store, "quiet")

    assert told["deprecations"] == []
    assert "No deprecation has been announced to this account" in html


async def test_an_unknown_account_has_no_evidence(store):
    with pytest.raises(NotFound):
        await written(store, "nobody")

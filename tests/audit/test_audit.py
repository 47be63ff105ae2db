import asyncio
from datetime import timedelta, timezone

import pytest
from sqlalchemy import delete, select, text, update

from lifecycle.audit import queries
from lifecycle.audit.actions import append
from lifecycle.audit.chain import START, By, Entry, hash_of
from lifecycle.audit.models import AuditEntry, AuditHead
from lifecycle.database.store import touched

only_postgresql = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)


@pytest.fixture
def write(store, by):
    async def write(*actions, product="widget"):
        async with store.writing() as session:
            for action in actions:
                details = {"day": by.at.date(), "at": by.at, "many": (1, 2.5, None), "text": "ü 🐍"}
                append(session, by, action, "a/b", product=product, details=details)
        return touched(session).head

    return write


@pytest.fixture
def verify(store):
    async def verify(**said):
        async with store.reading() as session:
            return await queries.verify(session, **said)

    return verify


async def tamper(store, statement):
    async with store.writing() as session:
        await session.execute(statement)


async def test_a_chain_that_nobody_touched_is_whole(write, verify):
    await write("one", "two")
    await write("three")

    verdict = await verify()

    assert verdict.whole
    assert verdict.entries == 3


async def test_an_empty_chain_is_whole(verify, store):
    async with store.reading() as session:
        assert await queries.head(session) == (0, START)
    assert (await verify()).whole


@pytest.mark.parametrize(
    "change",
    [
        {"details": {"day": "2020-01-01"}},
        {"actor": "somebody else"},
        {"action": "nothing"},
        {"subject": "x"},
        {"product": None},
        {"previous": "0" * 63 + "1"},
        {"hash": "0" * 64},
    ],
)
async def test_an_edited_entry_is_found(store, write, verify, change):
    await write("one", "two", "three")

    await tamper(store, update(AuditEntry).where(AuditEntry.seq == 2).values(**change))

    verdict = await verify()
    assert not verdict.whole
    assert verdict.broken_at in {2, 3}


async def test_an_entry_dated_otherwise_is_found(store, write, verify, by):
    await write("one", "two")

    moved = update(AuditEntry).where(AuditEntry.seq == 1)
    await tamper(store, moved.values(at=by.at + timedelta(microseconds=1)))

    assert (await verify()).broken_at == 1


async def test_a_removed_entry_is_found(store, write, verify):
    await write("one", "two", "three")

    await tamper(store, delete(AuditEntry).where(AuditEntry.seq == 2))

    assert (await verify()).fault == "entry 2 is missing"


async def test_a_removed_last_entry_is_found(store, write, verify):
    await write("one", "two", "three")

    await tamper(store, delete(AuditEntry).where(AuditEntry.seq == 3))

    assert (await verify()).fault == "the log ends at entry 2, not at 3"


async def test_two_entries_that_changed_places_are_found(store, write, verify):
    await write("one", "two", "three")

    for seq, to in ((1, 99), (2, 1), (99, 2)):
        await tamper(store, update(AuditEntry).where(AuditEntry.seq == seq).values(seq=to))

    assert (await verify()).broken_at == 1


async def test_a_chain_written_anew_contradicts_what_was_published(store, write, verify):
    await write("one", "two")
    async with store.reading() as session:
        published = await queries.head(session)
    await tamper(store, delete(AuditEntry))
    await tamper(store, update(AuditHead).values(seq=0, hash=START))
    await write("another", "story")

    assert (await verify()).whole
    assert (await verify(published=published)).broken_at == 2


async def test_a_chain_cut_short_contradicts_what_was_published(store, write, verify):
    await write("one")
    async with store.reading() as session:
        seq, digest = await queries.head(session)

    assert (
        await verify(published=(seq + 1, digest))
    ).fault == "entry 2 was published and is missing"


@pytest.mark.at_once
async def test_eight_writers_share_one_chain(store, write, verify):
    await asyncio.gather(*(write(f"action {number}") for number in range(40)))

    verdict = await verify()

    assert verdict.whole
    assert verdict.entries == 40


async def test_what_is_rolled_back_leaves_no_evidence(store, write, verify, by):
    with pytest.raises(ZeroDivisionError):
        async with store.writing() as session:
            append(session, by, "nothing", "x")
            raise ZeroDivisionError
    await write("one")

    assert (await verify()).entries == 1


@pytest.mark.at_once
@only_postgresql
async def test_the_chains_head_is_locked_as_the_last_statement(store, by, make_product):
    await make_product()

    async with store.writing() as session:
        append(session, by, "slow", "x")
        await session.execute(text("SELECT 1"))
        quick = asyncio.create_task(make_product("gadget"))
        await asyncio.wait_for(quick, 5)

    async with store.reading() as session:
        last = await session.scalar(select(AuditEntry.action).order_by(AuditEntry.seq.desc()))
    assert last == "slow"


async def test_the_log_comes_in_pages_newest_first(store, write):
    await write("one", "two", "three")

    async with store.reading() as session:
        first = await queries.entries(session, limit=2)
        rest = await queries.entries(session, limit=2, cursor=first.next)

    assert [entry.action for entry in first.items + rest.items] == ["three", "two", "one"]


async def test_another_process_learns_which_products_changed(store, write):
    seen = await write("one")
    await write("two", product="gadget")
    await write("three", product=None)

    async with store.reading() as session:
        assert await queries.changed_since(session, seen) == (3, {"gadget": 2, None: 3})
        assert await queries.changed_since(session, 3) == (3, {})


def test_the_same_moment_in_another_zone_has_the_same_hash(by):
    elsewhere = by.at.astimezone(timezone(timedelta(hours=5)))
    here, there = (
        Entry(1, at, "a", "b", "c", None, {}, START, "") for at in (By("", by.at).at, elsewhere)
    )

    assert hash_of(here) == hash_of(there)

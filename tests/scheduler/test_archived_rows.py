import asyncio
import gzip
import json
import zlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import func, select

from lifecycle import settings
from lifecycle.accounts.models import Account
from lifecycle.audit import queries as audit
from lifecycle.audit.archive_files import ARCHIVED, Archive, Batch, prove_archive
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations.evidence import reach
from lifecycle.deprecations.queries import get
from lifecycle.gate.models import GateVerdict
from lifecycle.scheduler import archived_rows
from lifecycle.scheduler.archived_rows import archive_nightly, archive_old_rows
from notifications.models import Attempt, Delivery, Subscription
from testkit.vendor_worlds import MONDAY, at

EFFECTIVE = MONDAY + timedelta(days=100)
LATER = at(EFFECTIVE + timedelta(days=731))


@pytest.fixture
def chosen(tmp_path):
    return settings.load({}, database_url="sqlite:///unused", archive=str(tmp_path / "archive"))


@pytest.fixture
async def old(world):
    """A removal that took effect two years ago: six deliveries to acme, each with an attempt."""
    uid = await world.draft(kind="removal", lines=["1.2"], effective_on=EFFECTIVE)
    await world.announce(uid)
    await world.settle()
    for days_before in (90, 30, 7, 1, 0):
        await world.settle(EFFECTIVE - timedelta(days=days_before - (days_before == 7)), hour=18)
    async with world.store.writing() as session:
        for delivery in await session.scalars(select(Delivery).order_by(Delivery.id)):
            delivery.first_tried_at = delivery.delivered_at = delivery.created_at
            delivery.state, delivery.due_at, delivery.tries = "delivered", None, 1
            session.add(
                Attempt(
                    delivery_id=delivery.id,
                    at=delivery.created_at,
                    milliseconds=7,
                    succeeded=True,
                    answer="2.0.0 accepted",
                )
            )
    return uid


async def count(store, entity):
    async with store.reading() as session:
        return await session.scalar(select(func.count()).select_from(entity))


async def listed(store):
    async with store.reading() as session:
        page = await audit.entries(session, audit.EntryFilter(action=ARCHIVED))
        assert (await audit.verify(session)).whole
    return [Batch(**entry.details) for entry in page.items]


def lines(path):
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


async def test_repeated_deliveries_go_to_an_archive_that_the_log_proves(
    world, old, chosen, tmp_path
):
    before = await count(world.store, Delivery)

    archived = await archive_old_rows(world.store, chosen, now=LATER)

    (path,) = (tmp_path / "archive").iterdir()
    rows = [line for line in lines(path) if "row" in line]
    assert before > 3
    assert archived.deliveries == len(rows) == before - 2
    assert await count(world.store, Delivery) == await count(world.store, Attempt) == 2
    assert ("announcement", "acme") in await world.told()  # and one that states a tier's own day
    assert rows[0]["deprecation"] == old
    assert [attempt["answer"] for attempt in rows[0]["attempts"]] == ["2.0.0 accepted"]
    proof = prove_archive(path, await listed(world.store))
    assert (proof.rows, proof.faults, proof.unlisted) == (len(rows), (), 0)
    assert path.stat().st_mode & 0o777 == 0o600


async def test_reach_is_the_same_afterwards(world, old, chosen):
    async def report():
        async with world.store.reading() as session:
            row = await get(session, old)
            (account,) = (await reach.reach(session, row, now=LATER)).accounts
        assert account.told_on
        return msgspec.structs.replace(account, deliveries=())

    before = await report()
    await archive_old_rows(world.store, chosen, now=LATER)

    assert await report() == before


@pytest.mark.parametrize("more", [{"archive": ""}, {"keep_proof_days": 732}])
async def test_nothing_that_proves_a_promise_goes_before_it_may(world, old, tmp_path, more):
    chosen = settings.load(
        {}, database_url="sqlite:///unused", **{"archive": str(tmp_path / "archive")} | more
    )
    before = await count(world.store, Delivery)

    archived = await archive_old_rows(world.store, chosen, now=LATER)

    assert archived == archived_rows.Archived()
    assert await count(world.store, Delivery) == before
    assert not (tmp_path / "archive").exists()


async def test_a_crash_before_the_rows_go_loses_nothing_and_is_told(
    world, old, chosen, tmp_path, monkeypatch
):
    before = await count(world.store, Delivery)
    monkeypatch.setattr(archived_rows, "append", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await archive_old_rows(world.store, chosen, now=LATER)
    monkeypatch.undo()
    assert await count(world.store, Delivery) == before
    (left,) = (tmp_path / "archive").iterdir()

    await archive_old_rows(world.store, chosen, now=LATER)

    (whole,) = set((tmp_path / "archive").iterdir()) - {left}
    batches = await listed(world.store)
    assert prove_archive(left, batches).unlisted == lines(left)[0]["rows"] > 0
    assert prove_archive(left, batches).faults == ()
    assert set(map(str, lines(left)[1:])) <= set(map(str, lines(whole)))


async def test_a_row_that_changes_meanwhile_stays(world, old, chosen, monkeypatch):
    before = await count(world.store, Delivery)
    add = Archive.add

    def slow(self, rows):
        asyncio.run_coroutine_threadsafe(change(rows[0]["id"]), loop).result()
        return add(self, rows)

    async def change(number):
        async with world.store.writing() as session:
            (await session.get_one(Delivery, number)).due_at = LATER

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(Archive, "add", slow)

    archived = await archive_old_rows(world.store, chosen, now=LATER)

    assert archived.deliveries == 0
    assert await count(world.store, Delivery) == before


async def test_of_a_versions_verdicts_the_newest_stays(world, chosen):
    async with world.store.writing() as session:
        product = await get_product(session, "widget")
        for number in range(3):
            session.add(
                GateVerdict(
                    uid=f"verdict-{number}",
                    product_id=product.id,
                    version="1.4.0",
                    day=MONDAY,
                    at=MONDAY,
                    verdict="pass",
                    decided=True,
                    document={"number": number},
                    asked_at=at(MONDAY),
                    asked_by="ci",
                )
            )

    archived = await archive_old_rows(world.store, chosen, now=at(MONDAY + timedelta(days=732)))

    assert archived.verdicts == 2
    async with world.store.reading() as session:
        assert list(await session.scalars(select(GateVerdict.uid))) == ["verdict-2"]


async def try_again(store, days, *, over=True):
    """Let each delivery have failed before and after, so many days ago and since; say which."""
    async with store.writing() as session:
        delivery = (await session.scalars(select(Delivery).order_by(Delivery.id))).first()
        (first,) = await session.scalars(select(Attempt).where(Attempt.delivery_id == delivery.id))
        first.succeeded, delivery.tries = False, 4
        delivery.state, delivery.due_at = ("exhausted", None) if over else ("waiting", LATER)
        for hours in (1, 2, 3):
            moment = LATER - timedelta(days=days) + timedelta(hours=hours)
            failed = {"milliseconds": 7, "succeeded": False, "answer": f"try {hours}"}
            session.add(Attempt(delivery_id=delivery.id, at=moment, **failed))
        return delivery.id


async def tries_of(store, delivery):
    async with store.reading() as session:
        rows = await session.scalars(
            select(Attempt).where(Attempt.delivery_id == delivery).order_by(Attempt.id)
        )
        kept = await session.get(Delivery, delivery)
        return [row.answer for row in rows], kept.tries


async def test_failed_tries_between_the_first_and_the_last_are_forgotten(world, old):
    chosen = settings.load({}, database_url="sqlite:///unused", keep_attempts_days=90)
    delivery = await try_again(world.store, days=91)

    archived = await archive_old_rows(world.store, chosen, now=LATER)

    assert archived.attempts == 2
    assert await tries_of(world.store, delivery) == (["2.0.0 accepted", "try 3"], 4)


@pytest.mark.parametrize(("days", "over"), [(90, True), (91, False)])
async def test_tries_stay_while_they_are_young_or_more_are_to_come(world, old, days, over):
    chosen = settings.load({}, database_url="sqlite:///unused", keep_attempts_days=90)
    delivery = await try_again(world.store, days=days, over=over)

    archived = await archive_old_rows(world.store, chosen, now=LATER)

    assert archived.attempts == 0
    assert len((await tries_of(world.store, delivery))[0]) == 4


async def test_messages_that_prove_nothing_are_forgotten_after_a_year(world, chosen):
    async with world.store.writing() as session:
        subscription = await session.scalar(select(Subscription))
        for kind, days in (("test", 366), ("sign_in", 366), ("test", 364), ("notice", 366)):
            session.add(
                Delivery(
                    kind=kind,
                    subscription_id=subscription.id,
                    owner="acme",
                    target="x",
                    state="delivered",
                    created_at=LATER - timedelta(days=days),
                )
            )

    archived = await archive_old_rows(world.store, chosen, now=LATER)

    assert archived.messages == 2
    async with world.store.reading() as session:
        left = list(await session.scalars(select(Delivery.kind).order_by(Delivery.id)))
    assert left == ["test", "notice"]


async def test_it_is_done_once_a_day(world, chosen):
    assert await archive_nightly(world.store, chosen, now=LATER) is not None
    assert await archive_nightly(world.store, chosen, now=LATER) is None
    assert await archive_nightly(world.store, chosen, now=LATER + timedelta(days=1)) is not None
    assert await count(world.store, Account) == 1


class TestProving:
    NOW = datetime(2026, 11, 30, tzinfo=UTC)

    @pytest.fixture
    def written(self, tmp_path):
        archive = Archive(tmp_path, self.NOW)
        batches = [archive.add([{"row": "x", "id": n, "batch": place} for n in range(5)])
                   for place in range(3)]  # fmt: skip
        return archive.path, batches

    def test_a_whole_file_is_proven_by_the_batches_of_its_name_alone(self, written):
        path, batches = written
        other = Batch(archive="another", batch=1, rows=9, sha256="0")

        proof = prove_archive(path, [other, *batches])

        assert (proof.batches, proof.rows, proof.unlisted, proof.faults) == (3, 15, 0, ())

    def test_a_changed_row_is_found(self, written):
        path, batches = written
        text = gzip.decompress(path.read_bytes()).replace(b'"id":3', b'"id":4')
        members = [b'{"archive"' + part for part in text.split(b'{"archive"')[1:]]
        path.write_bytes(b"".join(gzip.compress(member) for member in members))

        (fault, *_) = prove_archive(path, batches).faults

        assert fault == "batch 1 was changed or added after it was written"

    def test_a_batch_that_was_cut_off_is_missing(self, written):
        path, batches = written
        path.write_bytes(path.read_bytes()[: len(path.read_bytes()) * 2 // 5])

        assert "batch 3 is missing" in prove_archive(path, batches).faults

    def test_a_damaged_byte_is_found(self, written):
        path, batches = written
        content = bytearray(path.read_bytes())
        content[40] ^= 255
        path.write_bytes(content)

        assert prove_archive(path, batches).faults
        with pytest.raises((zlib.error, OSError, EOFError)):
            gzip.decompress(content)

    def test_a_batch_that_was_removed_from_the_middle_is_missing(self, written):
        path, batches = written
        members = []
        rest = path.read_bytes()
        while rest:
            member = zlib.decompressobj(wbits=31)
            member.decompress(rest)
            members.append(rest[: len(rest) - len(member.unused_data)])
            rest = member.unused_data
        path.write_bytes(members[0] + members[2])

        assert prove_archive(path, batches).faults == ("batch 2 is missing",)

    def test_an_empty_file_proves_nothing(self, tmp_path):
        path = tmp_path / "lifecycle.jsonl.gz"
        path.touch()

        assert prove_archive(path, []).faults == ("it is empty",)

"""What is rare in a long table is found by an index, not by reading all that is not asked for."""

import re

import pytest

from lifecycle.audit import queries
from lifecycle.audit.queries import EntryFilter
from lifecycle.deprecations.evidence import deliveries
from lifecycle.deprecations.evidence.delivery_counts import count_deliveries
from lifecycle.deprecations.models import Deprecation
from notifications.models import DeliveryState
from testkit.long_tables import COMMON, RARE, THEN, fill_deliveries, fill_log
from testkit.query_plans import plans_of

ROWS = 3000


@pytest.fixture
async def log(store):
    async with store.writing() as session:
        await fill_log(session, ROWS)
    return store


@pytest.fixture
async def outbox(store):
    async with store.writing() as session:
        await fill_deliveries(session, ROWS)
    return store


@pytest.mark.parametrize("actor", ["token:7", RARE[0], COMMON, "nobody"])
async def test_the_log_by_whom_is_found_by_the_actor(log, actor):
    only = EntryFilter(actor=actor)

    plans = await plans_of(log, lambda session: queries.entries(session, only, limit=5))

    assert "ix_audit_entries_actor_seq" in plans[0]
    assert "SCAN audit_entries\n" not in plans[0]
    if actor in {"token:7", RARE[0]}:
        assert "ix_audit_entries_actor_seq" in plans[-1]


@pytest.mark.parametrize("state", [DeliveryState.EXHAUSTED, DeliveryState.HELD])
async def test_deliveries_in_a_rare_state_are_found_by_it(outbox, state):
    plans = await plans_of(
        outbox, lambda session: deliveries.list_of(session, state=state, limit=5)
    )

    assert re.search("ix_deliveries_(undelivered|exhausted)", plans[-1])


async def test_how_far_a_deprecation_is_delivered_is_counted_by_its_notices(outbox):
    async def ask(session):
        await count_deliveries(session, now=THEN, deprecation=Deprecation(id=1))

    plans = await plans_of(outbox, ask)

    assert "SCAN deliveries\n" not in plans[0]
    assert "Seq Scan on deliveries" not in plans[0]


async def test_without_an_index_the_plan_says_so(log):
    only = EntryFilter(account="acme")

    plans = await plans_of(log, lambda session: queries.entries(session, only, limit=5))

    assert "ix_audit_entries_actor_seq" not in "".join(plans)


class TestWhatIsFound:
    @pytest.mark.parametrize("limit", [1, 2, 4, 100])
    @pytest.mark.parametrize("prefix", ["token:7", "token:7 ", "token", "s", "Token", "token:7%"])
    async def test_by_an_actor_it_is_what_reading_the_whole_log_finds(self, log, prefix, limit):
        async with log.reading() as session:
            every = [entry async for entry in walk(session, EntryFilter(), 500)]
            found = []
            async for entry in walk(session, EntryFilter(actor=prefix), limit):
                found.append(entry)
                if len(found) == 10:
                    break

        expected = [entry.seq for entry in every if entry.actor.startswith(prefix)][:10]
        assert [entry.seq for entry in found] == expected

    async def test_with_more_actors_than_are_looked_up_one_by_one(self, log, monkeypatch):
        monkeypatch.setattr(queries, "MOST_ACTORS", 1)
        async with log.reading() as session:
            found = [entry async for entry in walk(session, EntryFilter(actor="token:7"), 2)]

        assert [entry.actor for entry in found] == [*reversed(RARE)] * 3

    async def test_other_conditions_hold_as_well(self, log):
        async with log.reading() as session:
            only = EntryFilter(actor="token:7", action="account", product="studio")
            assert (await queries.entries(session, only)).items == []
            only = EntryFilter(actor="token:7", action="account", account="acme")
            assert len((await queries.entries(session, only)).items) == 6

    async def test_deliveries_of_a_state_are_the_newest_of_it(self, outbox):
        async with outbox.reading() as session:
            page = await deliveries.list_of(session, state=DeliveryState.EXHAUSTED, limit=2)
            rest = await deliveries.list_of(
                session, state=DeliveryState.EXHAUSTED, cursor=page.next, limit=2
            )
            delivered = await deliveries.list_of(session, state=DeliveryState.DELIVERED, limit=2)

        ids = [row.id for row in (*page.items, *rest.items)]
        assert ids == sorted(ids, reverse=True)
        assert len(ids) == 3
        assert [row.state for row in delivered.items] == ["delivered"] * 2


async def walk(session, only, limit):
    cursor = None
    while True:
        page = await queries.entries(session, only, cursor=cursor, limit=limit)
        for entry in page.items:
            yield entry
        cursor = page.next
        if cursor is None:
            return

import pytest
from sqlalchemy import literal, select, union_all, update

from notifications import leases, outbox, outcome_records, replays, subscriptions
from notifications.leased_messages import Outcome
from notifications.models import Delivery, Name, Subscription
from notifications.outcomes import Tried
from notifications.secrets import Vault

OK = Outcome(succeeded=True, answer="200 OK", status=200)


@pytest.fixture
def heard():
    return []


@pytest.fixture
def record(heard):
    async def record(session, event):
        heard.append(event)

    return record


@pytest.fixture
def vault():
    return Vault("a key for nothing but tests")


@pytest.fixture
def subscribe(store, clock, record, vault):
    """Subscribe a webhook; what is not said is usual."""

    async def subscribe(owner="acme", address=None, *, topics=("*",), **said):
        said = {"channel": "webhook", "vault": vault, **said}
        address = address or f"https://{owner}.example/hook"
        async with store.writing() as session:
            return await subscriptions.add(
                session,
                owner,
                address=address,
                topics=topics,
                now=clock(),
                record=record,
                **said,
            )

    return subscribe


@pytest.fixture
def disable(store, clock):
    """Disable a subscription, as failures do."""

    async def disable(added):
        async with store.writing() as session:
            known = added.subscription.id
            statement = update(Subscription).where(Subscription.id == known)
            said = {"state": "disabled", "disabled_at": clock(), "disabled_reason": "asked"}
            await session.execute(statement.values(**said, failing_since=clock()))
            await replays.hold(session, [known], now=clock())

    return disable


def audience(*owners):
    one_each = (select(literal(owner, Name).label("owner")) for owner in owners)
    return union_all(*one_each).subquery().select()


@pytest.fixture
def announce(store, clock):
    """Queue a notice of a thread to owners."""

    async def announce(*owners, notice_id=1, thread=1, topic="product:widget", new=False):
        async with store.writing() as session:
            return await outbox.enqueue(
                session,
                audience(*(owners or ("acme",))),
                notice_id=notice_id,
                thread=thread,
                topic=topic,
                now=clock(),
                new=new,
            )

    return announce


@pytest.fixture
def queue(clock):
    """Queue a notice of a thread to an owner, in a transaction that is still open."""

    async def queue(session, owner, *, notice_id, thread=1, topic="product:widget"):
        await outbox.enqueue(
            session,
            audience(owner),
            notice_id=notice_id,
            thread=thread,
            topic=topic,
            now=clock(),
        )

    return queue


class Hands:
    """A worker's hands: takes what is due, and notes what came of it."""

    def __init__(self, store, clock, record, vault):
        self.store, self.clock, self.heard, self.vault = store, clock, record, vault

    async def lease(self, worker="first", **said):
        said.setdefault("limit", 100)
        async with self.store.writing() as session:
            return await leases.lease(session, worker, now=self.clock(), vault=self.vault, **said)

    async def record(self, leased, outcome=OK, worker="first"):
        tried = [Tried(each, self.clock(), outcome) for each in leased]
        async with self.store.writing() as session:
            return await outcome_records.record(
                session, worker, tried, now=self.clock(), record=self.heard
            )

    async def deliver(self, outcome=OK):
        """Take all that is due, with one outcome; give how many."""
        leased = await self.lease()
        await self.record(leased, outcome)
        return len(leased)


@pytest.fixture
def hands(store, clock, record, vault):
    return Hands(store, clock, record, vault)


@pytest.fixture
def deliveries(store):
    async def deliveries(**said):
        async with store.reading() as session:
            statement = select(Delivery).filter_by(**said).order_by(Delivery.id)
            return list(await session.scalars(statement))

    return deliveries


@pytest.fixture
def subscription(store):
    async def subscription(uid):
        async with store.reading() as session:
            statement = select(Subscription).filter_by(uid=uid)
            return (await session.scalars(statement)).one()

    return subscription

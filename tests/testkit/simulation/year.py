"""The vendor's year, acted out on a real store, day by day."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from lifecycle.accounts.account_inputs import AccountIn, InstanceIn
from lifecycle.accounts.actions import put_account, put_instance
from lifecycle.accounts.queries import get_account
from lifecycle.accounts.vocabulary import Vocabulary
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.catalogue import policies, waivers
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations import queries
from lifecycle.deprecations.deprecation_inputs import AmendIn, AnnounceIn, DeprecationIn, WithdrawIn
from lifecycle.deprecations.effective_days import TooSoon
from lifecycle.deprecations.workflow import amendments, announcement, drafts
from lifecycle.deprecations.workflow.conflicting_ends import EndAnnouncedAlready
from lifecycle.policy.presets import preset
from lifecycle.scheduler.cycle import CycleCounts, Schedule
from notifications import pauses, subscriptions
from testkit.simulation.attempts import Version
from testkit.simulation.releases import Releasing
from testkit.simulation.vendor import (
    FEATURES,
    PRODUCT,
    TIERS,
    Address,
    Change,
    Customer,
    at,
    owed,
    some,
)
from testkit.worker_runs import deliver_due

if TYPE_CHECKING:
    from testkit.simulation.receiver import Receiver

KNOWN = Vocabulary(frozenset({PRODUCT}), frozenset(TIERS))
START = date(2026, 11, 23)
STEPS = (10, 14, 19)
"""The hours, by the vendor's clock, at which things happen and the worker looks."""
FIRST_MINOR = 30


class Deck:
    """Kinds drawn by chance, of which each is drawn before any is drawn anew."""

    def __init__(self, chance: random.Random, kinds: tuple[str, ...]) -> None:
        self.chance, self.kinds = chance, kinds
        self.left: list[str] = []

    def draw(self) -> str:
        if not self.left:
            self.left = self.chance.sample(self.kinds, len(self.kinds))
        return self.left.pop()


class Year:
    """What has happened so far, in the store and in the oracle's books."""

    def __init__(self, store, clock, worker, receiver: Receiver, vault, *, seed: int) -> None:
        self.store, self.clock, self.worker, self.receiver = store, clock, worker, receiver
        self.vault = vault
        self.chance = random.Random(seed)  # noqa: S311 -- a simulation
        # What is planned is the same for any number of customers, who draw from the other.
        self.plans = random.Random(seed + 2)  # noqa: S311 -- a simulation
        self.kinds = Deck(self.plans, ("removal", "removal", "breaking_change", "end_of_support"))
        self.manners = Deck(self.plans, ("earliest", "later", "staggered", "waived"))
        self.amendments = Deck(self.plans, ("postpone", "postpone", "forward", "withdraw"))
        self.schedule = Schedule(store)
        self.day = START
        self.releasing = Releasing(self, seed=seed + 1)
        self.minor = FIRST_MINOR
        self.patches: dict[int, int] = {}
        self.customers: list[Customer] = []
        self.changes: list[Change] = []
        self.ever: set[tuple[str, str]] = set()
        self.refused = 0

    @property
    def by(self):
        return By("vendor", self.clock())

    @property
    def version(self) -> str:
        return f"3.{self.minor}.{self.patches[self.minor]}"

    def versions(self) -> list[str]:
        """Give the newest patch of each of the six newest minors, newest first."""
        newest = range(self.minor, max(self.minor - 6, FIRST_MINOR - 8), -1)
        return [f"3.{minor}.{self.patches[minor]}" for minor in newest if minor in self.patches]

    async def record(self, session, event):
        append(session, self.by, event.action, event.owner, details=event.details)

    async def begin(self, customers: int) -> None:
        """Start with eight minors behind, features of every stage, and most of the customers."""
        self.clock.now = at(START, 9)
        async with self.store.writing() as session:
            owner = await get_product(session, PRODUCT)
            await policies.put(session, owner, preset("clairdash"), by=self.by, format="yaml")
            for place in range(8, -1, -1):
                self.minor = FIRST_MINOR - place
                day = START - timedelta(weeks=3 * place)
                await self.releasing.register(session, owner, self._next(), day)
            await self.releasing.begin(session, owner)
        async with self.store.writing() as session:
            for number in range(customers):
                await self._join(session, loyal=number < 20)
        await self.settle()

    def _next(self) -> Version:
        """Give the next version of the minor that is worked on."""
        self.patches[self.minor] = self.patches.get(self.minor, -1) + 1
        return Version(self.minor, self.patches[self.minor])

    async def join(self) -> None:
        """Let a customer come who runs one of the newest versions and some features."""
        async with self.store.writing() as session:
            await self._join(session)

    async def _join(self, session, *, loyal: bool = False) -> None:
        number = len(self.customers)
        slug = f"customer-{number:03}"
        tier = TIERS[1 + number % 2] if loyal else self.chance.choice(TIERS)
        uses = frozenset(self.chance.sample(FEATURES, 48 if loyal else 12))
        customer = Customer(slug, tier, self.chance.choice(self.versions()), uses, loyal=loyal)
        self.customers.append(customer)
        facts = AccountIn(slug=slug, tier=tier)
        await put_account(session, facts, by=self.by, today=self.day, vocabulary=KNOWN)
        await self._put_instance(session, customer)
        for _ in range(1 if loyal else self.chance.choice((0, 1, 1, 1, 2))):
            await self._subscribe(session, customer)

    async def _run(self, customer: Customer) -> None:
        async with self.store.writing() as session:
            await self._put_instance(session, customer)

    async def _put_instance(self, session, customer: Customer) -> None:
        facts = InstanceIn(
            product=PRODUCT, version=customer.version, features=tuple(sorted(customer.features))
        )
        account = await get_account(session, customer.slug, lock=True)
        await put_instance(session, account, "main", facts, by=self.by, vocabulary=KNOWN)

    async def upgrade(self, customer: Customer) -> None:
        customer.version = self.chance.choice(self.versions()[:3])
        customer.features = frozenset(self.chance.sample(FEATURES, 12))
        await self._run(customer)

    async def take_up(self, customer: Customer, feature: str) -> None:
        """Let a customer use one more feature, of which no worker knows yet."""
        customer.features |= {feature}
        await self._run(customer)

    async def change_tier(self, customer: Customer) -> None:
        customer.tier = self.chance.choice(TIERS)
        async with self.store.writing() as session:
            facts = AccountIn(slug=customer.slug, tier=customer.tier)
            await put_account(session, facts, by=self.by, today=self.day, vocabulary=KNOWN)

    async def subscribe(self, customer: Customer) -> None:
        async with self.store.writing() as session:
            await self._subscribe(session, customer)

    async def _subscribe(self, session, customer: Customer) -> None:
        path = f"/{customer.slug}/{len(customer.addresses)}"
        topic = "*" if customer.loyal else self.chance.choice(("*", "*", "*", "product:clairdash"))
        address = Address(path, topic)
        added = await subscriptions.add(
            session,
            customer.slug,
            channel="webhook",
            address=f"{self.receiver.url}{path}",
            topics=[topic],
            now=self.clock(),
            record=self.record,
            vault=self.vault,
            allow_http=True,
        )
        address.uid = added.subscription.uid
        customer.addresses.append(address)

    async def unsubscribe(self, customer: Customer) -> None:
        standing = [address for address in customer.addresses if address.active]
        if not standing:
            return
        address = self.chance.choice(standing)
        address.active = False
        async with self.store.writing() as session:
            row = await subscriptions.get(session, customer.slug, address.uid)
            await subscriptions.unsubscribe(session, row, now=self.clock(), record=self.record)

    def endpoint(self, customer: Customer, status: int) -> None:
        """Let the customer's endpoints answer otherwise from now on."""
        for address in customer.addresses:
            address.status = self.receiver.statuses[address.path] = status

    async def repair(self, customer: Customer) -> None:
        """Let the endpoints work again, and have disabled subscriptions enabled."""
        self.endpoint(customer, 200)
        async with self.store.writing() as session:
            for row in await subscriptions.list_of(session, customer.slug):
                if row.state == "disabled":
                    await pauses.enable(session, row, now=self.clock(), record=self.record)

    async def publish(self) -> None:
        """Release a minor every three weeks, and a patch of the two newest in the others."""
        if (self.day - START).days % 21 == 0:
            self.minor += 1
            await self.releasing.release(self._next())
            return
        newest = self.minor
        for minor in (newest - 1, newest):
            self.minor = minor
            await self.releasing.release(self._next())

    async def announce(self) -> None:
        """Announce something: on its earliest day, later, or too early under a waiver."""
        kind, manner = self.kinds.draw(), self.manners.draw()
        if manner == "waived" and kind == "end_of_support":  # what ends late needs no waiver
            kind = "breaking_change"
        said = {"product": PRODUCT, "kind": kind, "reason": "It costs more than it gives."}
        free = [k for k in FEATURES if k not in {c.feature for c in self.changes}]
        if kind == "removal" and free:
            said |= {"feature": self.plans.choice(free)}
        else:
            said |= {
                "lines": [self._line(kind)],
                "kind": kind if kind != "removal" else "breaking_change",
            }
        kind = said["kind"]
        tiers = list(TIERS) if kind != "end_of_support" else ["pro", "enterprise"]
        days = {tier: owed(kind, tier, self.day) for tier in tiers}
        if manner == "later" or kind == "end_of_support":
            days = dict.fromkeys(tiers, max(days.values()) + timedelta(days=45))
        elif manner == "waived":
            days = dict.fromkeys(tiers, self.day + timedelta(days=35))
        elif manner == "earliest":
            days = dict.fromkeys(tiers, max(days.values()))
        said |= {"tiers": tiers, "effective_on": days}
        await self.tell(said, days, waived=manner == "waived")

    def _line(self, kind: str) -> str:
        taken = {
            line for c in self.changes if c.kind == kind and not c.withdrawn for line in c.lines
        }
        lines = [f"3.{minor}" for minor in range(self.minor, self.minor - 5, -1)]
        return next((line for line in lines[2:] if line not in taken), lines[0])

    async def tell(self, said, days, *, waived: bool) -> None:
        facts = msgspec.convert(msgspec.to_builtins(said), DeprecationIn)
        async with self.store.writing() as session:
            owner = await get_product(session, PRODUCT)
            row = await drafts.draft(session, owner, facts, by=self.by, today=self.day)
            waiver = await self._waiver(session, row.uid) if waived else None
            try:
                await announcement.announce(session, row, AnnounceIn(waiver=waiver), by=self.by)
            except (TooSoon, EndAnnouncedAlready):
                self.refused += 1
                await drafts.delete(session, row, by=self.by)
                return
            uid = row.uid
        change = Change(
            uid,
            said["kind"],
            frozenset(said.get("lines", ())),
            said.get("feature"),
            days,
            self.day,
            self.day,
            waived_days=days if waived else None,
        )
        self.changes.append(change)

    async def _waiver(self, session, uid: str) -> str:
        facts = waivers.WaiverIn(
            product=PRODUCT,
            deprecation=uid,
            person="Ada Meier",
            reason=waivers.Because.SECURITY,
            explanation="A hole that cannot be closed.",
            until=self.day,
        )
        return (await waivers.grant(session, facts, by=self.by, today=self.day)).uid

    async def amend(self) -> None:
        """Postpone, bring forward or withdraw something that has not taken effect yet.

        The first that comes soon, under a waiver, is left to take effect.
        """
        left = next((change for change in self.changes if change.waived_days), None)
        standing = [c for c in self.changes if not c.withdrawn and c is not left]
        ahead = [change for change in standing if min(change.days.values()) > self.day]
        if not ahead:
            return
        change = self.plans.choice(ahead)
        manner = self.amendments.draw()
        if manner == "withdraw":
            await self._act(change, amendments.withdraw, WithdrawIn(reason="We keep it."))
            return
        step = timedelta(days=40 if manner == "postpone" else -20)
        days = {tier: day + step for tier, day in change.days.items()}
        facts = AmendIn(effective_on=days, reason="Plans have changed.")
        if min(days.values()) > self.day:
            await self._act(change, amendments.amend, facts)

    async def _act(self, change: Change, action, facts) -> None:
        async with self.store.writing() as session:
            row = await queries.get(session, change.uid, lock=True)
            try:
                await action(session, row, facts, by=self.by)
            except TooSoon:
                self.refused += 1
                return
        change.revised_on = self.day
        if isinstance(facts, WithdrawIn):
            change.withdrawn = True
        else:
            change.days = dict(facts.effective_on)

    async def live(self) -> None:
        """Let a day happen, at three hours of it; after each the worker looks."""
        number = (self.day - START).days
        for hour in STEPS:
            self.clock.now = at(self.day, hour)
            self.receiver.today = self.day
            if hour == STEPS[0] and number:
                await self._morning(number)
            elif hour == STEPS[1]:
                await self._noon()
            await self.settle()
        self.day += timedelta(days=1)

    async def _morning(self, number: int) -> None:
        if number % 7 == 0:
            await self.publish()
        if number % 6 == 1:
            await self.announce()
        if number % 8 == 5:
            await self.amend()

    async def _noon(self) -> None:
        chance, customers = self.chance, self.customers
        if len(customers) < 300:
            await self.join()
        for customer in some(chance, customers, 3):
            await self.upgrade(customer)
        for customer in some(chance, customers, 1):
            await self.change_tier(customer)
        for customer in some(chance, customers, 2):
            if len(customer.addresses) < 4:
                await self.subscribe(customer)
        if chance.random() < 0.5:
            await self.unsubscribe(some(chance, customers, 1)[0])
        for customer in some(chance, customers, 2):
            self.endpoint(customer, chance.choice((500, 503, 410)))
        broken = [c for c in customers if any(a.status != 200 for a in c.addresses)]
        for customer in broken:
            if chance.random() < 0.1:
                await self.repair(customer)

    async def settle(self) -> None:
        """Let the worker look until nothing is left to do at this instant."""
        self._note_affected()
        for _ in range(20):
            done = await self.schedule.tick(self.clock())
            sent = await deliver_due(self.worker, self.store, self.clock())
            assert not any(self.schedule.untold.values()), (self.day, "the nightly check fails")
            if done == CycleCounts() and not sent:
                return
        msg = f"On {self.day} the worker comes to no end."
        raise AssertionError(msg)

    def _note_affected(self) -> None:
        for change in self.changes:
            if not change.withdrawn:
                concerned = (c for c in self.customers if change.concerns(c))
                self.ever |= {(change.uid, customer.slug) for customer in concerned}

"""The vendor's releases, each asked about before it goes out; now and then it tries a bad one.

What the gate lets out is published with all that it does; after a failure the vendor takes back
what it was bold about. Where somebody was not told yet, the worker gets its time first.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from lifecycle.answers.snapshots import Snapshot
from lifecycle.catalogue import features
from lifecycle.catalogue.catalogue_inputs import FeatureIn, ReleaseIn, StageIn
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations.announced import load_known
from lifecycle.gate.context import gather
from lifecycle.gate.judgement import judge
from lifecycle.gate.manifests import Manifest
from testkit.registered_releases import register_releases
from testkit.simulation.attempts import Attempt, Books, Version
from testkit.simulation.vendor import FEATURES, PRODUCT, TIERS, TRIALS

if TYPE_CHECKING:
    from datetime import date

    from testkit.simulation.year import Year

BOLD_TRIES = 2


class Releasing:
    """Makes the releases of a year; ``agreed`` counts what was tried, and how it was judged."""

    def __init__(self, year: Year, *, seed: int) -> None:
        self.year = year
        self.chance = random.Random(seed)  # noqa: S311 -- a simulation
        self.released: list[Version] = []
        self.leaders: set[Version] = set()
        self.stages: dict[str, list[tuple[str, Version]]] = {}
        self.agreed: Counter[tuple[str, str]] = Counter()
        self.found: Counter[str] = Counter()

    async def begin(self, session, owner) -> None:
        """Give the product its features: those that all rely on, and trials that are beta."""
        for keys, stage in ((FEATURES, "ga"), (TRIALS, "beta")):
            for key in keys:
                self.stages[key] = [(stage, Version(22, 0))]
                await self._put_feature(session, owner, key)

    async def register(self, session, owner, version: Version, day: date) -> None:
        """Release a version as it is, whatever the gate would say."""
        facts = ReleaseIn(version=str(version), released_on=day)
        await register_releases(session, owner, [facts], by=self.year.by, today=self.year.day)
        if version > max(self.released, default=Version(0, 0)):
            self.leaders.add(version)
        self.released.append(version)

    async def release(self, version: Version) -> None:
        """Try what is bold; then, if that may not go out, the version with nothing in it."""
        for _ in range(BOLD_TRIES):
            if await self._out(await self._bold(version)):
                return
        if not await self._out(Attempt(version)):
            await self.year.settle()
            assert await self._out(Attempt(version)), (self.year.day, version)

    async def _out(self, attempt: Attempt) -> bool:
        """Publish what the gate lets out."""
        may = await self._may(attempt, _what(attempt))
        if may:
            await self._publish(attempt)
        return may

    async def _out_early(self, attempt: Attempt) -> None:
        """Ask while the worker is down, and publish nothing; then the worker looks."""
        await self._may(attempt, "with the worker down")
        await self.year.settle()

    async def _may(self, attempt: Attempt, what: str) -> bool:
        """Ask the gate; it must refuse what would break anything by the books, and nothing else."""
        year = self.year
        books = Books(
            day=year.day,
            released=self.released,
            leaders=self.leaders,
            stages=self.stages,
            changes=year.changes,
            customers=year.customers,
            told=year.ever,
        )
        broken, judgement = books.broken_by(attempt), await self._ask(attempt)
        told = [(finding.rule, finding.message) for finding in judgement.findings]
        assert judgement.decided
        assert (judgement.verdict == "fail") == bool(broken), (year.day, attempt, broken, told)
        self.found.update({finding.rule for finding in judgement.findings})
        self.agreed[what, judgement.verdict.value] += 1
        return not broken

    async def _ask(self, attempt: Attempt):
        manifest = Manifest(
            product=PRODUCT,
            version=str(attempt.version),
            removes=attempt.removes,
            breaks=attempt.breaks,
            stages=attempt.stages,
            drops=attempt.drops,
        )
        day = self.year.day
        async with self.year.store.reading() as session:
            loaded, announced = await load_known(session, PRODUCT)
            snapshot = Snapshot(loaded, 1, announced=announced)
            return judge(await gather(session, snapshot, manifest, at=day, day=day))

    async def _publish(self, attempt: Attempt) -> None:
        for key, stage in (*attempt.stages.items(), *((k, "removed") for k in attempt.removes)):
            self.stages[key].append((stage, attempt.version))
        async with self.year.store.writing() as session:
            owner = await get_product(session, PRODUCT)
            await self.register(session, owner, attempt.version, self.year.day)
            for key in (*attempt.stages, *attempt.removes):
                await self._put_feature(session, owner, key)

    async def _put_feature(self, session, owner, key: str) -> None:
        stages = tuple(
            StageIn(stage=stage, from_version=str(since)) for stage, since in self.stages[key]
        )
        await features.put(session, owner, key, FeatureIn(stages=stages), by=self.year.by)

    async def _bold(self, version: Version) -> Attempt:
        """Choose what a release does beside being one."""
        manners = [self._remove_any, self._remove_announced, self._break, self._drop, self._again]
        if version > max(self.released):
            manners += [
                self._remove_due, self._remove_due, self._lower, self._raise, self._remove_trial,
                self._remove_at_once, self._remove_under_a_newcomer,
            ]  # fmt: skip
        return await self.chance.choice(manners)(version)

    async def _remove_any(self, version: Version) -> Attempt:
        return Attempt(version, removes=self._one(self._there(FEATURES)))

    async def _remove_announced(self, version: Version) -> Attempt:
        return Attempt(version, removes=self._one(self._announced()))

    async def _remove_due(self, version: Version) -> Attempt:
        return Attempt(version, removes=tuple(self._due()))

    async def _remove_trial(self, version: Version) -> Attempt:
        return Attempt(version, removes=self._one(self._there(TRIALS)))

    async def _break(self, version: Version) -> Attempt:
        keys = self._one([*self._there(FEATURES)[:3], *self._announced(), *self._there(TRIALS)])
        return Attempt(version, breaks=keys)

    async def _lower(self, version: Version) -> Attempt:
        keys = self._one([*self._there(FEATURES)[:3], *self._announced(), *self._there(TRIALS)])
        return Attempt(version, stages=dict.fromkeys(keys, "beta"))

    async def _raise(self, version: Version) -> Attempt:
        return Attempt(version, stages=dict.fromkeys(self._one(self._there(TRIALS)), "ga"))

    async def _drop(self, version: Version) -> Attempt:
        newest = max(self.released).minor
        lines = [f"3.{minor}" for minor in range(newest, max(newest - 8, 21), -1)]
        announced = [
            line
            for change in self.year.changes
            if change.kind == "end_of_support" and not change.withdrawn
            for line in sorted(change.lines)
        ]
        return Attempt(version, drops=(self.chance.choice([*lines, *announced, *announced]),))

    async def _again(self, version: Version) -> Attempt:
        """Take a version that is out, or one below its line's newest."""
        return Attempt(self.chance.choice(self.released[-6:]))

    async def _remove_at_once(self, version: Version) -> Attempt:
        """Announce under a waiver what goes today, and release before the worker has looked."""
        free = [key for key in self._there(FEATURES) if key not in self._ever_announced()]
        if not free:
            return Attempt(version)
        key, year = self.chance.choice(free), self.year
        said = {"product": PRODUCT, "kind": "removal", "reason": "It leaks.", "feature": key}
        days = dict.fromkeys(TIERS, year.day + timedelta(days=self.chance.choice((0, 0, 9))))
        said |= {"tiers": list(TIERS), "effective_on": days}
        await year.tell(said, days, waived=True)
        await self._out_early(Attempt(version, removes=(key,)))
        return Attempt(version, removes=(key,))

    async def _remove_under_a_newcomer(self, version: Version) -> Attempt:
        """Let a customer take up what is about to go, and release before the worker has looked."""
        keys = self._one(self._due())
        if keys:
            idle = [customer for customer in self.year.customers if not customer.loyal]
            await self.year.take_up(self.chance.choice(idle), keys[0])
            await self._out_early(Attempt(version, removes=keys))
        return Attempt(version, removes=keys)

    def _there(self, keys) -> list[str]:
        newest = max(self.released)
        found = []
        for key in keys:
            last = max((since, place) for place, (_, since) in enumerate(self.stages[key]))
            if self.stages[key][last[1]][0] != "removed" and last[0] <= newest:
                found.append(key)
        self.chance.shuffle(found)
        return found

    def _ever_announced(self) -> set[str | None]:
        return {change.feature for change in self.year.changes}

    def _announced(self) -> list[str]:
        standing = {c.feature for c in self.year.changes if not c.withdrawn}
        return [key for key in self._there(FEATURES) if key in standing]

    def _due(self) -> list[str]:
        due = {
            change.feature
            for change in self.year.changes
            if not change.withdrawn and max(change.days.values()) <= self.year.day
        }
        return [key for key in self._announced() if key in due]

    def _one(self, keys: list[str]) -> tuple[str, ...]:
        return (self.chance.choice(keys),) if keys else ()


def _what(attempt: Attempt) -> str:
    """Say what a release does beside being one."""
    parts = {
        "removes": attempt.removes,
        "breaks": attempt.breaks,
        "stages": attempt.stages,
        "drops": attempt.drops,
    }
    return next((name for name, part in parts.items() if part), "nothing else")

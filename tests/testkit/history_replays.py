"""A product's history replayed day by day, by the real actions on a real store.

On each day on which a change is announced or takes effect, the releases up to then are registered
and the changes of that day announced; where anything takes effect the schedule then looks at the
store, as a worker would have. Nothing is known before its day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from lifecycle.audit.chain import By
from lifecycle.catalogue import features, policies, products
from lifecycle.catalogue.catalogue_inputs import FeatureIn, ProductIn, ReleaseIn, StageIn
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations import effective_days
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.deprecation_inputs import AnnounceIn, DeprecationIn
from lifecycle.deprecations.earliest_days import Question, owed_by_tier
from lifecycle.deprecations.queries import latest
from lifecycle.deprecations.workflow import announcement, drafts
from lifecycle.policy.notice_periods import Kind
from lifecycle.scheduler import work_items
from lifecycle.scheduler.cycle import Schedule
from testkit.registered_releases import register_releases


class Change(NamedTuple):
    """What was announced on a day and took effect on another, and the stages its feature had."""

    key: str
    stages: tuple[StageIn, ...]
    announced_on: date
    effective_on: date
    kind: Kind = Kind.REMOVAL


class Verdict(NamedTuple):
    """How a change was judged.

    ``refused`` when it was announced; ``ruled``, accepted as far as the days go, with releases
    that had to come first; ``broken``, those were not out when it took effect.
    """

    refused: bool
    ruled: bool = False
    broken: bool = False


class Replay:
    """A product's releases by version, its policy, and what was announced."""

    def __init__(self, store, slug, policy, listed, changes):
        self.store, self.slug, self.policy = store, slug, policy
        self.listed, self.changes = listed, {change.key: change for change in changes}
        self.uids = {}

    async def run(self):
        """Go through all days; give a verdict for each change."""
        first, last = min(self.listed.values()), max(self.listed.values())
        await self._begin(acting(first))
        schedule, ruled, broken = Schedule(self.store), set(), set()
        before = date.min
        for day in self._days(until=last):
            at = acting(day)
            await self._release(before, day, at)
            before = day
            for change in self._on(day):
                ruled |= {change.key} if await self._announce(change, at) else set()
            if any(change.effective_on == day for change in self.changes.values()):
                done = await schedule.tick(at.at)
                assert done.failed == 0
                broken |= await self._unmet()
        return {
            key: Verdict(key not in self.uids, key in ruled, self.uids.get(key) in broken)
            for key in self.changes
        }

    async def in_hindsight(self, today):
        """Judge each change as on its day, but knowing which releases have come out since."""
        judged = await self.judge(self.changes.values(), today)
        return dict(zip(self.changes, judged, strict=True))

    async def judge(self, changes, today):
        """Judge changes to features of the product, which need not be those that were made."""
        async with self.store.reading() as session:
            loaded, _ = await load_known(session, self.slug)
        return [self._judge(loaded, change, today) for change in changes]

    def _judge(self, known, change, today):
        """Say whether the days are too soon, or which releases must still come."""
        content = self._content(change)
        owed = owed_by_tier(Question(known, content, change.announced_on, today))
        try:
            effective_days.refuse_too_soon(effective_days.resolve(content.effective_on, owed), owed)
        except effective_days.TooSoon:
            return Verdict(refused=True)
        return Verdict(refused=False, ruled=any(each.earliest.rule for each in owed.values()))

    async def _begin(self, by):
        async with self.store.writing() as session:
            facts = ProductIn(slug=self.slug, scheme="semver", line_by="minor")
            product, _ = await products.put(session, facts, by=by)
            await policies.put(session, product, self.policy, by=by, format="yaml")
            for change in self.changes.values():
                feature = FeatureIn(stages=change.stages)
                await features.put(session, product, change.key, feature, by=by)

    def _days(self, *, until):
        """Give the days on which anything is announced or takes effect, as far as known."""
        found = {day for change in self.changes.values() for day in change[2:4]}
        return sorted(day for day in found if day <= until)

    def _on(self, day):
        return [change for change in self.changes.values() if change.announced_on == day]

    async def _release(self, before, day, by):
        """Register what came out since a day, up to another."""
        out = [
            ReleaseIn(version=version, released_on=released)
            for version, released in self.listed.items()
            if before < released <= day
        ]
        if out:
            async with self.store.writing() as session:
                product = await get_product(session, self.slug)
                await register_releases(session, product, out, by=by, today=day)

    async def _announce(self, change, by):
        """Announce a change unless that is refused; say whether releases must come first."""
        try:
            async with self.store.writing() as session:
                product = await get_product(session, self.slug)
                draft = await drafts.draft(
                    session, product, self._content(change), by=by, today=change.announced_on
                )
                await announcement.announce(session, draft, AnnounceIn(), by=by)
                self.uids[change.key] = draft.uid
                revision = await latest(session, draft)
                return any("rule" in owed for owed in revision.owed.values())
        except effective_days.TooSoon:
            return False

    def _content(self, change):
        return DeprecationIn(
            product=self.slug,
            kind=change.kind,
            feature=change.key,
            effective_on=change.effective_on,
            reason="It is old.",
        )

    async def _unmet(self):
        async with self.store.reading() as session:
            return set(await work_items.noted(session, work_items.NOT_MET, self.slug))


def acting(day):
    """Give who acts, on a day at noon."""
    return By("replay", datetime(day.year, day.month, day.day, 12, tzinfo=UTC))

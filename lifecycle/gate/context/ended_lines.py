"""The lines whose support a release ends, by the policy's windows or by dropping them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from lifecycle.deprecations.audience.revision_scopes import Scope
from lifecycle.deprecations.audience.targets import naming_lines
from lifecycle.deprecations.audience.usage import accounts_running
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.earliest_days import Question, owed_by_tier
from lifecycle.deprecations.workflow.caused_ends import announcement_of, ends_caused
from lifecycle.gate.scenes import Drop, LineEnd
from lifecycle.policy.notice_periods import Kind
from lifecycle.support.status import PROMISED, Status, answer_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.announced import Announced
    from lifecycle.gate.context.announcements import Announcements
    from lifecycle.gate.context.comparison import ReleaseComparison
    from lifecycle.gate.scenes import Announcement
    from lifecycle.policy.lead_times import Owed
    from lifecycle.support.simulation import ImpliedEnd


class Lines:
    """Gathers what rules look at of lines; ``run`` are the versions that accounts run."""

    def __init__(
        self,
        session: AsyncSession,
        comparison: ReleaseComparison,
        announcements: Announcements,
        run: Iterable[str],
    ) -> None:
        self._session = session
        self._comparison = comparison
        self._made = announcements
        self._ends: tuple[ImpliedEnd, ...] | None = None
        self._owed_by_line: dict[tuple[str, date], Mapping[str, Owed]] = {}
        self._accounts_by_line: dict[str, Mapping[str, int]] = {}
        self._run_in: defaultdict[str | None, list[str]] = defaultdict(list)
        line_of = naming_lines(comparison.later)
        for version in run:
            replacement = comparison.release_later(version)
            self._run_in[replacement.line if replacement else line_of(version)].append(version)

    async def ends(self) -> tuple[LineEnd, ...]:
        """Return the ends of support that the release causes, on the day asked or later."""
        comparison = self._comparison
        caused = await self._caused()
        return tuple(
            [
                LineEnd(
                    end.line,
                    end.tier,
                    end.effective_on,
                    end.reason,
                    accounts=(await self._accounts(end.line)).get(end.tier, 0),
                    owed=self._owed(end.line, comparison.at).get(end.tier),
                    announced=await self._announcement(end.line, end.tier),
                )
                for end in caused
            ]
        )

    async def announced(self) -> list[Announced]:
        """Return what announced the ends of the lines that the release ends or drops."""
        tiers = self._comparison.coverage_later.tier_names(self._comparison.at)
        ends = [(end.line, end.tier) for end in await self._caused()]
        drops = [(line, tier) for line in self._comparison.manifest.drops for tier in tiers]
        announced = [self._telling(line, tier) for line, tier in (*ends, *drops)]
        return [announced_change for announced_change in announced if announced_change is not None]

    async def _caused(self) -> tuple[ImpliedEnd, ...]:
        if self._ends is None:
            self._ends = await self._work_out()
        return self._ends

    async def _work_out(self) -> tuple[ImpliedEnd, ...]:
        comparison = self._comparison
        return await asyncio.to_thread(
            ends_caused,
            comparison.forecast,
            comparison.coverage_later,
            {comparison.manifest.version},
        )

    async def drops(self) -> tuple[Drop, ...]:
        """Return what each tier still has, on the release's day, of the lines that are dropped."""
        tiers = self._comparison.coverage_later.tier_names(self._comparison.at)
        lines = enumerate(self._comparison.manifest.drops)
        return tuple(
            [await self._drop(line, tier, place) for place, line in lines for tier in tiers]
        )

    async def _drop(self, line: str, tier: str, place: int) -> Drop:
        comparison = self._comparison
        answer = answer_line(comparison.coverage_later, line, tier=tier, at=comparison.day)
        unknown = answer.status is Status.UNKNOWN
        return Drop(
            line,
            tier,
            None if unknown else answer.status in PROMISED,
            ("drops", place),
            supported_until=answer.supported_until,
            projected_until=answer.projected_until.median if answer.projected_until else None,
            reason=answer.reason,
            accounts=(await self._accounts(line)).get(tier, 0),
            owed=self._owed(line, comparison.at).get(tier),
            announced=await self._announcement(line, tier),
        )

    async def _announcement(self, line: str, tier: str) -> Announcement | None:
        """Return what announced a line's end to a tier, with what it owed without the release."""
        announced = self._telling(line, tier)
        if announced is None:
            return None
        since = await self._made.since(announced, line)
        owed = self._owed(line, since[tier]).get(tier)
        return await self._made.of(announced, [owed] if owed else [])

    def _telling(self, line: str, tier: str) -> Announced | None:
        members = self._comparison.coverage_later.members(line)
        newest = members[-1].version if members else None
        return announcement_of(line, newest, tier, self._comparison.announced)

    async def _accounts(self, line: str) -> Mapping[str, int]:
        if line not in self._accounts_by_line:
            comparison = self._comparison
            scope = Scope(
                product=comparison.known.slug,
                days=tuple(
                    (tier, comparison.at) for tier in comparison.coverage.tier_names(comparison.at)
                ),
                today=comparison.at,
                versions=tuple(self._run_in.get(line, ())),
            )
            self._accounts_by_line[line] = await accounts_running(self._session, scope)
        return self._accounts_by_line[line]

    def _owed(self, line: str, announced_on: date) -> Mapping[str, Owed]:
        """Return what each tier is owed before a line's end, without what the release changes."""
        key = (line, announced_on)
        if key not in self._owed_by_line:
            content = self._content(line)
            question = Question(self._comparison.known, content, announced_on, self._comparison.at)
            self._owed_by_line[key] = owed_by_tier(question, self._comparison.forecast)
        return self._owed_by_line[key]

    def _content(self, line: str) -> DeprecationIn:
        return DeprecationIn(
            product=self._comparison.known.slug, kind=Kind.END_OF_SUPPORT, lines=(line,)
        )

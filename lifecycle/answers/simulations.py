"""Simulations: what releasing a version, a policy, or a line's declared days would change."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.answers.response_structs import ChangeOut, SimulationOut, SupportOut
from lifecycle.catalogue import consistency
from lifecycle.catalogue.catalogue_inputs import LineIn, ReleaseIn, StageName
from lifecycle.catalogue.prospective_releases import with_releases
from lifecycle.documents.patterns import Text, Version
from lifecycle.errors import BadRequest, Conflict, Problem, raise_if_any
from lifecycle.policy.compatibility import check_fits
from lifecycle.policy.policy_documents import parse_policy
from lifecycle.support.coverage import Coverage
from lifecycle.support.facts import Facts, Line
from lifecycle.support.simulation import compare, with_line, with_policy
from lifecycle.support.supersession import superseded_by
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.simulation import Simulation
    from lifecycle.support.status import Answer
    from lifecycle.support.supersession import Supersession


class AlreadyReleased(Conflict):
    """The supposed release is already released."""


class ReleaseSupposed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A version released on a day, today if none is given.

    The day may also be given as a release gives it, ``released_on`` or ``planned_on``.
    """

    version: Version
    day: date | None = None
    released_on: date | None = None
    planned_on: date | None = None
    stage: StageName | None = None
    line: Text | None = None

    @property
    def on(self) -> date | None:
        """The day that is given, however it is."""
        return self.day or self.released_on or self.planned_on


class LineSupposed(LineIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a line would declare."""

    line: Text


class SimulateIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is supposed: a release, a policy document, a line's days, or several at once.

    ``at`` is the day on which both sides are looked at: by default that of the release, else the
    policy's first, else today.
    """

    release: ReleaseSupposed | None = None
    policy: dict[str, Any] | None = None
    line: LineSupposed | None = None
    at: date | None = None


def simulated(snapshot: Snapshot, supposed: SimulateIn, *, today: date) -> SimulationOut:
    """Compare the product as it is with the product as supposed; nothing is stored."""
    if supposed.release is None and supposed.policy is None and supposed.line is None:
        allowed = "release, policy, line"
        problem = Problem("", "is empty", allowed=allowed)
        raise BadRequest("Give at least one of release, policy and line.", problems=[problem])
    _refuse_two_days(supposed.release)
    before = _without_plan(snapshot, supposed.release) if supposed.release else snapshot.facts
    at, facts = supposed.at, before
    if supposed.line is not None:
        facts = with_line(facts, _line(snapshot, facts, supposed.line))
    if supposed.policy is not None:
        policy = parse_policy(supposed.policy)
        units = scheme(snapshot.known.scheme).units_possible
        check_fits(policy, line_by=snapshot.known.line_by, units_possible=units)
        facts, at = with_policy(facts, policy, today=today), at or max(policy.in_force_from, today)
    if supposed.release is not None:
        facts = _released(snapshot, facts, supposed.release, today=today)
        at = supposed.at or supposed.release.on or today
    old, new = Coverage(before, today=today), Coverage(facts, today=today)
    superseded = superseded_by(new, supposed.release.version) if supposed.release else None
    notes = tuple(_notes(snapshot, facts, supposed.release.version)) if supposed.release else ()
    return _rendered(snapshot.slug, compare(old, new, at=at or today), superseded, notes)


def _refuse_two_days(supposed: ReleaseSupposed | None) -> None:
    days = {supposed.day, supposed.released_on, supposed.planned_on} if supposed else set()
    if len(days - {None}) > 1:
        allowed = "one of day, released_on, planned_on"
        problem = Problem("release.day", "is given in several ways that differ", allowed=allowed)
        raise BadRequest("Give one day for the release.", problems=[problem])


def _without_plan(snapshot: Snapshot, supposed: ReleaseSupposed) -> Facts:
    """Leave out the plan of the version itself: its release is what is supposed."""
    planned = snapshot.by_version.get(supposed.version)
    if planned is None:
        return snapshot.facts
    if not planned.planned:
        raise AlreadyReleased(
            f"{snapshot.slug} {planned.version} came out on {planned.day};"
            " give a version that is not released yet."
        )
    releases = tuple(release for release in snapshot.facts.releases if release is not planned)
    return msgspec.structs.replace(snapshot.facts, releases=releases)


def _line(snapshot: Snapshot, facts: Facts, supposed: LineSupposed) -> Line:
    """Change what a line declares already by what is supposed of it.

    What could not be declared is refused in the words in which declaring it is.
    """
    existing = next((line for line in facts.lines if line.name == supposed.line), None)
    declared_line = existing or Line(supposed.line)
    problems = [*consistency.line_problems(supposed.line, supposed)]
    problems += consistency.phase_problems(supposed.declared, declared_line.declared)
    if existing is None and not problems:
        rules, unit = scheme(snapshot.known.scheme), snapshot.known.line_by
        lines = (release.line for release in reversed(facts.releases) if release.line)
        newest = next(lines, None)
        problems += consistency.name_problems(rules, unit, supposed.line, newest=newest)
    places = [problem.at(f"line.{problem.field}") for problem in problems]
    raise_if_any(places, subject=f"Line {supposed.line[:100]!r}")
    return msgspec.structs.replace(
        declared_line,
        declared=declared_line.declared | supposed.declared,
        lts=declared_line.lts if supposed.lts is None else supposed.lts,
        released_on=supposed.released_on or declared_line.released_on,
    )


def _released(snapshot: Snapshot, facts: Facts, supposed: ReleaseSupposed, *, today: date) -> Facts:
    """Put a supposed release in its place in the product's order."""
    day = supposed.on or today
    planned = day > today
    facts_in = ReleaseIn(
        version=supposed.version,
        stage=supposed.stage,
        line=supposed.line,
        released_on=None if planned else day,
        planned_on=day if planned else None,
    )
    loaded = msgspec.structs.replace(snapshot.known, facts=facts)
    return with_releases(loaded, [facts_in], plans={}).facts


def _notes(snapshot: Snapshot, facts: Facts, version: str) -> Iterator[str]:
    """Say what the comparison with a supposed release leaves out, and what no line covers."""
    if (plan := snapshot.by_version.get(version)) is not None:
        yield (
            f"{version} is planned for {plan.day} already; what is shown for now is without"
            " that plan."
        )
    release = next(release for release in facts.releases if release.version == version)
    if snapshot.known.line_by == "declared" and release.line is None:
        yield (
            f"{version} belongs to no declared line, so nothing promised for lines reaches it:"
            " name its `line`, or declare one that it begins with (`lifecycle line declare`)."
        )


def _rendered(
    product: str,
    simulation: Simulation,
    superseded: Supersession | None,
    notes: tuple[str, ...],
) -> SimulationOut:
    return SimulationOut(
        product=product,
        at=simulation.at,
        changes=tuple(
            ChangeOut(
                line=change.line,
                tier=change.tier,
                before=_support(change.before),
                after=_support(change.after),
            )
            for change in simulation.changes
        ),
        implied_ends=simulation.implied_ends,
        superseded=superseded,
        notes=notes,
    )


def _support(answer: Answer | None) -> SupportOut | None:
    return SupportOut.of(answer) if answer else None

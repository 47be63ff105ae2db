"""Assessment of a release: its scene is gathered and judged, the verdict put into its form."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from lifecycle.answers.snapshots import Snapshot
from lifecycle.catalogue import releases
from lifecycle.catalogue.prospective_releases import with_releases
from lifecycle.deprecations.workflow.caused_ends import caused
from lifecycle.gate.context import gather
from lifecycle.gate.judgement import judge
from lifecycle.gate.manifests import Manifest
from lifecycle.gate.verdict_outputs import PolicyNamed, VerdictOut
from lifecycle.reports.findings import FindingOut, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.catalogue_inputs import ReleaseIn
    from lifecycle.gate.scenes import Scene
    from lifecycle.reports.findings import Judgement

NAMESPACE = uuid.UUID("3b8a5c52-6d0e-5b7f-9a3e-1f7d2c4b8e60")

ELSEWHERE = frozenset({"at", "day", "policy"})
"""What of a scene the verdict tells in fields of its own."""


class _Judged(Protocol):
    """A verdict as it is told, or as its row keeps it."""

    @property
    def verdict(self) -> str: ...
    @property
    def decided(self) -> bool: ...


async def ask(
    session: AsyncSession,
    snapshot: Snapshot,
    manifest: Manifest,
    *,
    at: date,
) -> VerdictOut:
    """Return whether a release may go out, as known on the day ``at``; nothing is stored.

    Its day is the manifest's, or else ``at``. The same question on the same facts has the same
    answer, down to its id.
    """
    day = manifest.day or at
    scene = await gather(session, snapshot, manifest, at=at, day=day)
    return await asyncio.to_thread(answer, scene)


async def ask_for_all(
    session: AsyncSession,
    snapshot: Snapshot,
    facts: Sequence[ReleaseIn],
    *,
    today: date,
) -> list[VerdictOut]:
    """Judge releases that are about to be registered, each as if those before it were out.

    One of the past is judged as it would have been on its own day.
    """
    versions = [release.version for release in facts]
    plans = await releases.plans_among(session, snapshot.known.id, versions)

    def once_out(published: Sequence[ReleaseIn]) -> Snapshot:
        loaded = with_releases(snapshot.known, published, plans=plans)
        return Snapshot(loaded, snapshot.revision, announced=snapshot.announced)

    def turn(release: ReleaseIn) -> tuple[date, int]:
        return _day(release) or today, placed[release.version].rank

    placed = (await asyncio.to_thread(once_out, facts)).by_version
    in_turn = sorted(facts, key=turn)
    verdicts = []
    for place, release in enumerate(in_turn):
        day = _day(release) or today
        manifest = Manifest(
            product=snapshot.slug,
            version=release.version,
            day=day,
            line=release.line,
            stage=release.stage,
        )
        before = await asyncio.to_thread(once_out, in_turn[:place]) if place else snapshot
        verdicts.append(await ask(session, before, manifest, at=min(day, today)))
    return verdicts


def answer(scene: Scene) -> VerdictOut:
    """Return the verdict on a scene with all that it rests on; its id derives from them (pure)."""
    judgement = judge(scene)
    policy = scene.policy
    verdict = VerdictOut(
        verdict=judgement.verdict,
        decided=judgement.decided,
        id="",
        product=scene.manifest.product,
        version=scene.manifest.version,
        line=scene.version.line,
        day=scene.day,
        at=scene.at,
        policy=PolicyNamed(policy.name, policy.version) if policy else None,
        findings=tuple(map(FindingOut.of, judgement.findings)),
        implied_ends=tuple(
            caused(end, end.announced, end.accounts, today=scene.at) for end in scene.ends
        ),
        facts=_facts(scene, judgement),
    )
    # What has no order of its own, such as a set of stages, gets one here: the bytes decide the id.
    plain = msgspec.to_builtins(verdict, order="deterministic")
    uid = uuid.uuid5(NAMESPACE, msgspec.json.encode(plain, order="deterministic").decode())
    return msgspec.convert({**plain, "id": str(uid)}, VerdictOut)


def refuses(verdict: VerdictOut) -> bool:
    """Return whether a release may not go out; an undecided one may not."""
    return verdict.verdict is Verdict.FAIL or not verdict.decided


def outcome(verdict: _Judged) -> str:
    """Return the verdict in a word; an undecided one has its own."""
    return str(verdict.verdict) if verdict.decided else "undecided"


def _day(release: ReleaseIn) -> date | None:
    return release.released_on or release.planned_on


def _facts(scene: Scene, judgement: Judgement) -> dict[str, Any]:
    """Return the scene with only the waivers that mattered: CI may not read the others."""
    facts = msgspec.structs.asdict(scene)
    mattered = {finding.evidence.get("waiver") for finding in judgement.findings}
    waivers = [waiver for waiver in scene.waivers if waiver.uid in mattered]
    shown = {name: fact for name, fact in facts.items() if name not in ELSEWHERE}
    return shown | {"waivers": waivers}

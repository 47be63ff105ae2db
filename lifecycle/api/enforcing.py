"""Enforcing: releases that the gate would not let out are not registered either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from litestar.params import QueryParameter

from lifecycle.answers.snapshots import as_seen
from lifecycle.errors import BadRequest, Conflict, Problem, Unavailable
from lifecycle.gate import assessment, verdicts
from lifecycle.reports.findings import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.api.foreseeing import Foreseen
    from lifecycle.catalogue.catalogue_inputs import ReleaseIn
    from lifecycle.catalogue.models import Product
    from lifecycle.gate.verdicts import VerdictOut
    from lifecycle.server.dependencies import Change

SHOWN = 3
MOST_JUDGED = 100
"""More releases than this at once are history, and too many to be judged one after the other."""

MOST_LOCKED = 5
"""More releases than this are not judged while nobody else can write."""

ENFORCE = "enforce"
GateParameter = Annotated[
    str | None,
    QueryParameter(
        name="gate",
        description="`enforce` refuses what the gate would not let out.",
        schema_extra={"enum": [ENFORCE]},
    ),
]


class GateRefused(Conflict):
    """The gate does not let this release out; nothing was stored."""


class TooManyToJudge(BadRequest):
    """The gate judges at most 100 releases at once; send them in parts."""


class Overtaken(Unavailable):
    """The product changed while the gate judged; nothing was stored: ask again."""


def is_asked(gate: str | None, given: Sequence[ReleaseIn]) -> bool:
    """Say whether the gate is to judge releases; it judges no more than 100 at once."""
    if gate is None:
        return False
    if gate != ENFORCE:
        problem = Problem("gate", "is nothing the gate does", value=gate[:100], allowed=ENFORCE)
        raise BadRequest(f"gate may only be {ENFORCE}, not {gate[:100]!r}.", problems=[problem])
    if len(given) > MOST_JUDGED:
        problem = Problem("", f"holds {len(given)} releases", allowed=f"at most {MOST_JUDGED}")
        raise TooManyToJudge(problems=[problem])
    return True


async def verdicts_on(
    change: Change,
    product: Product,
    given: Sequence[ReleaseIn],
    foreseen: Foreseen | None,
    *,
    overtaken: bool,
) -> list[VerdictOut]:
    """Give the verdicts on releases, those ``foreseen`` or else others while nobody changes it.

    Refused for more than five that were ``overtaken`` by a change since they were foreseen.
    """
    if foreseen is not None and foreseen.verdicts is not None:
        return foreseen.verdicts
    if overtaken and len(given) > MOST_LOCKED:
        raise Overtaken
    await change.session.refresh(product, with_for_update=True)
    kept = await change.parts.snapshots.get(product.slug)
    snapshot = await as_seen(change.session, kept)
    today, registered_on = snapshot.days(change.now)
    return await assessment.ask_for_all(
        change.session, snapshot, given, today=today, registered_on=registered_on
    )


async def enforce(change: Change, product: Product, found: Sequence[VerdictOut]) -> None:
    """Refuse a registration if one of its releases may not go out; else keep the verdicts."""
    change.parts.verdicts.update(assessment.outcome(each) for each in found)
    refused = [each for each in found if assessment.refuses(each)]
    if refused:
        raise GateRefused(
            " ".join(_told(each) for each in refused[:SHOWN]) + _more(len(refused)),
            verdict=Verdict.FAIL,
            decided=all(each.decided for each in refused),
            findings=[
                {"version": each.version, **msgspec.to_builtins(finding)}
                for each in refused
                for finding in each.findings
            ],
            implied_ends=[
                {"version": each.version, **msgspec.to_builtins(end)}
                for each in refused
                for end in each.implied_ends
            ],
        )
    for each in found:
        await verdicts.store(change.session, product.id, each, by=change.by)


def _told(verdict: VerdictOut) -> str:
    """Say why a release may not go out, by the gravest finding."""
    could = "refuses" if verdict.decided else "cannot decide about"
    first = next(iter(verdict.findings), None)
    why = f" {first.message} {first.fix}" if first else ""
    return f"The gate {could} {verdict.version}:{why}"


def _more(refused: int) -> str:
    return f" And {refused - SHOWN} more." if refused > SHOWN else ""

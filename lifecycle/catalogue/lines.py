"""Declaring lines: their days, their long-term support, their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET
from sqlalchemy import func, select

from lifecycle.accounts.actions import check_revision
from lifecycle.audit.actions import append
from lifecycle.catalogue import consistency, queries
from lifecycle.catalogue.line_facts import facts_of
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.catalogue.models import Line, Release
from lifecycle.catalogue.presentations import stored
from lifecycle.catalogue.products import derive_again
from lifecycle.catalogue.rows import differences
from lifecycle.catalogue.shrunken_days import loses_days, lts_shrunk, shrunk
from lifecycle.errors import Conflict, Problem, raise_if_any
from lifecycle.support.coverage import Coverage
from lifecycle.support.facts import Line as LineFacts
from lifecycle.support.simulation import with_line
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from msgspec import UnsetType
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.catalogue_inputs import LineIn
    from lifecycle.catalogue.models import Product
    from lifecycle.catalogue.presentations import LinePresentation


class PromiseShrinks(Conflict):
    """A declared end moves earlier, and a first day moves, only with a recorded correction."""


async def put(
    session: AsyncSession,
    product: Product,
    name: str,
    facts: LineIn,
    *,
    by: By,
    expected: int | None = None,
) -> tuple[Line, bool]:
    """Declare a line, and say whether it is new.

    A day that moves earlier, or a first day that moves at all, is refused unless ``correction``
    says why, which is recorded; an end where none was known must lie ahead. A new line is one that
    a version could be in.
    """
    raise_if_any(consistency.line_problems(name, facts), subject=f"Line {name[:100]!r}")
    await session.refresh(product, with_for_update=True)
    statement = select(Line).where(Line.product_id == product.id, Line.name == name)
    line = await session.scalar(statement)
    check_revision(f"Line {name!r}", line.revision if line else None, expected)
    subject = f"{product.slug}/{name}"
    declared_before = facts_of(line).declared if line else {}
    problems = [*consistency.phase_problems(facts.declared, declared_before)]
    problems += [] if line else [*await _name_problems(session, product, name)]
    raise_if_any(problems, subject=f"Line {name[:100]!r}")
    if facts.released_on and not facts.correction and not (line and line.released_on):
        await _refuse_fewer_days(session, product, name, facts.released_on, by=by)
    if line is None:
        return await _add(session, product, name, facts, by=by), True
    before = facts_of(line)
    after = _completed(facts, line.position, before.presentation)
    if after == before:
        return line, False
    if not facts.correction:
        today = await queries.today_for(session, product, by.at)
        _refuse_shrinking(name, before, after, today=today)
    for field, value in columns(after).items():
        setattr(line, field, value)
    line.revision += 1
    details = differences(before, after)
    if facts.correction:
        details["correction"] = facts.correction
    append(session, by, "line.changed", subject, product=product.slug, details=details)
    return line, False


def columns(facts: LineIn) -> dict[str, Any]:
    """Return a line's facts as its columns hold them."""
    return {
        "declared": msgspec.to_builtins(facts.declared),
        "lts": msgspec.to_builtins(facts.lts),
        "codename": facts.codename,
        "released_on": facts.released_on,
        "position": facts.position,
        "presentation": stored(facts.presentation) if facts.presentation else None,
    }


async def next_position(session: AsyncSession, product: Product) -> int:
    """Return the position after the last line's."""
    statement = select(func.max(Line.position)).where(Line.product_id == product.id)
    last = await session.scalar(statement)
    return 0 if last is None else last + 1


def _completed(
    facts: LineIn, position: int, presentation: LinePresentation | UnsetType | None = None
) -> LineIn:
    """Add what is left out, and stays as it is."""
    placed_at = position if facts.position is None else facts.position
    shown = presentation if facts.presentation is UNSET else facts.presentation
    return msgspec.structs.replace(facts, position=placed_at, presentation=shown, correction=None)


async def _add(
    session: AsyncSession, product: Product, name: str, facts: LineIn, *, by: By
) -> Line:
    placed = _completed(facts, await next_position(session, product))
    line = Line(product_id=product.id, name=name, revision=1, **columns(placed))
    session.add(line)
    await session.flush()
    if product.line_by == "declared":
        await derive_again(session, product, ordered=False)
    details = {k: v for k, v in msgspec.to_builtins(placed).items() if v is not None}
    append(
        session, by, "line.added", f"{product.slug}/{name}", product=product.slug, details=details
    )
    return line


async def _name_problems(session: AsyncSession, product: Product, name: str) -> Iterator[Problem]:
    """Say why no version of a product could be in a line of this name."""
    newest = (
        select(Release.line)
        .where(Release.product_id == product.id, Release.line.is_not(None), queries.LIVE)
        .order_by(Release.rank.desc())
    )
    return consistency.name_problems(
        scheme(product.scheme), product.line_by, name, newest=await session.scalar(newest.limit(1))
    )


def _refuse_shrinking(name: str, before: LineIn, after: LineIn, *, today: date) -> None:
    problems = [
        Problem(
            f"declared.{phase}",
            f"was declared as {_said(before.declared[phase])} and cannot move earlier",
            value=msgspec.to_builtins(after.declared.get(phase)),
        )
        for phase in shrunk(before.declared, after.declared, today=today)
    ]
    if lts_shrunk(before.lts, after.lts):
        message = f"was declared as {_said(before.lts)} and cannot be taken back"
        problems.append(Problem("lts", message, value=msgspec.to_builtins(after.lts)))
    if before.released_on not in {None, after.released_on}:
        message = f"was declared as {before.released_on}, from which support counts; it cannot move"
        day = after.released_on.isoformat() if after.released_on else None
        problems.append(Problem("released_on", message, value=day))
    if problems:
        raise _shrinks(name, problems)


async def _refuse_fewer_days(
    session: AsyncSession, product: Product, name: str, first: date, *, by: By
) -> None:
    """Refuse a first day, so far that of the first release, that would end support sooner."""
    today = await queries.today_for(session, product, by.at)
    current = (await load_facts(session, product.slug)).facts
    declared = next((line for line in current.lines if line.name == name), LineFacts(name))
    moved = with_line(current, msgspec.structs.replace(declared, released_on=first))
    before, after = Coverage(current, today=today), Coverage(moved, today=today)
    if before.has_line(name) and loses_days(before, after, name):
        message = f"would move its first day to {first}, and so end support sooner"
        problem = Problem("released_on", message, value=first.isoformat())
        raise _shrinks(name, [problem])


def _shrinks(name: str, problems: list[Problem]) -> PromiseShrinks:
    return PromiseShrinks(
        f"Line {name!r} could promise less than before: {problems[0]}. If what was declared "
        "is wrong, say why in `correction`; it will be recorded.",
        problems=problems,
    )


def _said(value: object) -> str:
    return str(value).lower()

"""Two versions compared on a page, below the form that asks for it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Response

from lifecycle.answers.comparison_structs import ComparisonOut, DifferenceOut
from lifecycle.answers.comparisons import LONGEST, NotAnUpgrade, comparison
from lifecycle.answers.version_lookup import without_nearest
from lifecycle.errors import LifecycleError
from lifecycle.policy.tier_labels import tier_label
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.request_parameters import Slug
from lifecycle.web.page_parameters import FormText, filled, shown_again
from lifecycle.web.page_routes import page, pages
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lifecycle.answers.snapshots import Snapshot

FromText = Annotated[
    str | None, QueryParameter(name="from", description="The version to come from.")
]


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a field of the form, and the versions that may have been meant."""

    text: str
    nearest: tuple[str, ...] = ()


class Asked(NamedTuple):
    """What the fields of the form hold."""

    lower: str | None
    higher: str | None
    tier: str | None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it was filled, and what came of it: a comparison, or faults by its fields."""

    lower: str
    higher: str
    tier: str | None
    compared: ComparisonOut | None = None
    faults: dict[str, Fault] = {}
    turned_round: bool = False
    status: int = 200


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A release on the way, or what no release brings, with what is met there."""

    version: str | None
    released_on: date | None
    planned_on: date | None
    differences: tuple[DifferenceOut, ...]


@page("/products/{product:str}/compare", has_form=True)
async def show_comparison(
    request: Request[Any, Any, Any],
    product: Slug,
    moment: NamedDependency[Moment],
    from_: FromText = None,
    to: FormText = None,
    tier: FormText = None,
) -> Response[str]:
    """Show what an upgrade from one version to another meets, and what comes after it."""
    snapshot = await moment.snapshot(product)
    form = Asked(lower=filled(from_), higher=filled(to), tier=filled(tier))
    return await run_in_thread(_render, request, snapshot, form, moment.now)


def _render(
    request: Request[Any, Any, Any], snapshot: Snapshot, form: Asked, now: datetime
) -> Response[str]:
    """Compare and render; with many changes it takes longer than others should wait."""
    today = snapshot.today(now)
    question = _question(snapshot, form, today)
    compared = question.compared
    return show(
        request,
        "comparison.html",
        status=question.status,
        title=_title(snapshot, compared),
        product=snapshot.known,
        today=today,
        zone=snapshot.zone(now).key,
        tiers=snapshot.coverage(today).tier_names(today),
        question=question,
        compared=compared,
        steps=_steps(compared.changes) if compared else (),
        longest=LONGEST,
        tiers_by_day=_tiers_by_day,
    )


def _question(snapshot: Snapshot, form: Asked, today: date) -> Question:
    """Answer what is asked; a form that is not filled yet is shown as far as it is."""
    if form.lower and form.higher:
        return _answered(snapshot, form.lower, form.higher, tier=form.tier, today=today)
    return Question(
        lower=shown_again(form.lower) or "",
        higher=shown_again(form.higher) or _newest(snapshot, today),
        tier=shown_again(form.tier),
    )


def _answered(
    snapshot: Snapshot, lower: str, higher: str, *, tier: str | None, today: date
) -> Question:
    """Compare; what cannot be compared is said beside the form as it was filled."""
    form = Question(
        lower=shown_again(lower) or "", higher=shown_again(higher) or "", tier=shown_again(tier)
    )
    try:
        compared = comparison(snapshot, lower, higher, tier=tier, at=today, today=today)
    except LifecycleError as error:
        return msgspec.structs.replace(
            form,
            faults=_faults(error),
            turned_round=isinstance(error, NotAnUpgrade),
            status=error.status_code,
        )
    return msgspec.structs.replace(form, compared=compared)


def _faults(error: LifecycleError) -> dict[str, Fault]:
    """Return what is wrong by the form's fields, with the way out where one is known."""
    faults = {}
    for problem in error.problems:
        near = tuple((problem.allowed or "").split(", "))
        faults[problem.field] = Fault(without_nearest(problem.message, near), near)
    if isinstance(error, NotAnUpgrade):
        faults["from"] = Fault(error.detail)
    return faults


def _newest(snapshot: Snapshot, today: date) -> str:
    newest = snapshot.coverage(today).newest_on(today)
    return newest.version if newest else ""


def _title(snapshot: Snapshot, compared: ComparisonOut | None) -> str:
    if compared is None:
        return f"Compare two versions of {snapshot.known.name}"
    return f"{snapshot.known.name} {compared.lower.version} to {compared.higher.version}"


def _steps(differences: Iterable[DifferenceOut]) -> list[Step]:
    """Put together what one release brings."""
    steps: list[Step] = []
    for version, grouped in groupby(differences, key=lambda difference: difference.version):
        changes = tuple(grouped)
        steps.append(
            Step(
                version=version,
                released_on=changes[0].released_on,
                planned_on=changes[0].planned_on,
                differences=changes,
            )
        )
    return steps


def _tiers_by_day(days: Mapping[str, date]) -> list[tuple[date, list[str]]]:
    """Put together the tiers for which a change is in force from the same day, the first day first.

    >>> _tiers_by_day({"pro": date(2027, 1, 31), "enterprise": date(2027, 1, 31)})
    [(datetime.date(2027, 1, 31), ['Pro', 'Enterprise'])]
    """
    tiers: defaultdict[date, list[str]] = defaultdict(list)
    for tier, day in days.items():
        tiers[day].append(tier_label(tier))
    return sorted(tiers.items())


router = pages(show_comparison)

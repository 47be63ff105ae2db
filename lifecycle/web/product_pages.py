"""A product's page: the answer first, the table second, the picture third."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.answers import versions
from lifecycle.answers.deprecation_summaries import summarize_published
from lifecycle.answers.feature_histories import stage_groups
from lifecycle.answers.lifecycle_documents import has_lifecycle
from lifecycle.answers.matrix import matrix
from lifecycle.answers.product_overviews import overview
from lifecycle.answers.response_structs import TierOut, VersionOut, VersionTierOut
from lifecycle.answers.timeline_questions import TimelineQuestion
from lifecycle.answers.timelines import timeline
from lifecycle.answers.version_lookup import without_nearest
from lifecycle.errors import LifecycleError
from lifecycle.policy.plain_words import histories_in_words
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.request_parameters import At, Name, Slug
from lifecycle.static_export.preferences import static_copy_in
from lifecycle.web.page_parameters import FormText, check_fields, filled, shown_again
from lifecycle.web.page_routes import page, pages
from lifecycle.web.rendered_pages import show
from lifecycle.web.support_sentences import overview_sentences
from lifecycle.web.timeline_words import sentences_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from lifecycle.answers.response_structs import LineOut, MatrixOut
    from lifecycle.answers.snapshots import Snapshot

FEWEST_FOLDED = 8
SOON = timedelta(minutes=1)
"""For how long a page is kept at most that does not lead to the product's lifecycle yet."""


class VersionCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked about a version and what is answered: an answer a tier, or a refusal.

    A refusal may name the known ``line`` of a version that is not known.
    """

    version: str = ""
    tier: str | None = None
    answers: dict[str, TierOut | VersionTierOut] = {}
    about: VersionOut | VersionTierOut | None = None
    refusal: str | None = None
    nearest: tuple[str, ...] = ()
    line: str | None = None
    status: int = 200


@page("/products/{product:str}", has_form=True)
async def show_product(
    request: Request[Any, Any, Any],
    product: Slug,
    moment: NamedDependency[Moment],
    version: FormText = None,
    tier: FormText = None,
    at: At = None,
) -> Response[str]:
    """Show what of a product is supported, until when and why, and answer about one version."""
    return await _show(request, product, moment, version=version, tier=tier, at=at)


@page("/products/{product:str}/versions/{version:str}", has_form=True)
async def show_version(
    request: Request[Any, Any, Any],
    product: Slug,
    version: Name,
    moment: NamedDependency[Moment],
    tier: FormText = None,
    at: At = None,
) -> Response[str]:
    """Show the same with an answer about a version, at the address below which its badge is."""
    return await _show(request, product, moment, version=version, tier=tier, at=at)


async def _show(
    request: Request[Any, Any, Any],
    product: str,
    moment: Moment,
    *,
    version: str | None,
    tier: str | None,
    at: date | None,
) -> Response[str]:
    snapshot = await moment.snapshot(product)
    today = snapshot.today(moment.now)
    check = partial(_check, snapshot, filled(version), filled(tier), at=at or today, today=today)
    has_cle = bool(snapshot.facts.releases) and await has_lifecycle(
        moment.app_state.store, snapshot
    )
    if snapshot.facts.releases and not has_cle:
        # A worker publishes it without a change of the product.
        moment.until(moment.now + SOON)
    render = partial(_render, request, snapshot, check, moment.now, has_cle=has_cle)
    return await run_in_thread(render)


def _render(
    request: Request[Any, Any, Any],
    snapshot: Snapshot,
    answer: Callable[[], VersionCheck],
    now: datetime,
    *,
    has_cle: bool,
) -> Response[str]:
    """Render the page; with many lines or releases it takes longer than others should wait."""
    check, today = answer(), snapshot.today(now)
    standing = snapshot.worked_out(__name__, today, lambda: _standing(snapshot, today))
    counts_days = static_copy_in(request.scope["headers"]) is None
    return show(
        request,
        "product.html",
        status=check.status,
        title=snapshot.known.name,
        product=snapshot.known,
        today=today,
        zone=snapshot.zone(now).key,
        check=check,
        has_cle=has_cle,
        asked_tier=check.tier if check.tier in standing["tiers"] else None,
        sentences=overview_sentences(standing["summary"], today, counts_days=counts_days),
        **standing,
    )


def _standing(snapshot: Snapshot, today: date) -> dict[str, Any]:
    """Return what the page says whatever version is asked about."""
    supported = matrix(snapshot, tier=None, at=today, today=today)
    drawn = timeline(snapshot, TimelineQuestion(), today=today)
    summary = overview(snapshot, supported, today)
    lines, older = _by_age(supported, {line.line for line in drawn.lines})
    return {
        "summary": summary,
        "in_badge": _in_badge(snapshot, today),
        "lines": lines,
        "older": older,
        "tiers": snapshot.coverage(today).tier_names(today),
        "timeline": drawn,
        "timeline_sentences": sentences_of(drawn),
        "deprecations": summarize_published(snapshot, today),
        "features": stage_groups(snapshot, version=None, at=today),
        "policies": histories_in_words(snapshot.facts.policies),
    }


def _in_badge(snapshot: Snapshot, today: date) -> str | None:
    """Return the newest version's line: its badge stays right when a patch is released."""
    newest = snapshot.coverage(today).newest_on(today)
    return (newest.line or newest.version) if newest else None


def _by_age(supported: MatrixOut, drawn: Container[str]) -> tuple[list[LineOut], list[LineOut]]:
    """Part the lines, where there are many, that no picture shows: their support is long over."""
    older = [line for line in supported.lines if line.line not in drawn]
    if len(older) < FEWEST_FOLDED:
        return list(supported.lines), []
    return [line for line in supported.lines if line.line in drawn], older


def _check(
    snapshot: Snapshot, version: str | None, tier: str | None, *, at: date, today: date
) -> VersionCheck:
    """Answer about a version; what cannot be answered is said beside the form as it was filled."""
    shown, chosen = shown_again(version) or "", shown_again(tier)
    try:
        check_fields(version=version, tier=tier)
        if version is None:
            return VersionCheck(tier=chosen)
        if tier is None:
            answer = versions.answer(snapshot, version, at=at, today=today)
            return VersionCheck(version=shown, about=answer, answers=dict(answer.tiers))
        single = versions.answer_for_tier(snapshot, version, tier=tier, at=at, today=today)
    except LifecycleError as error:
        near = tuple(error.members.get("nearest", ()))
        return VersionCheck(
            version=shown,
            tier=chosen,
            refusal=without_nearest(error.detail, near).replace(": see 'line'", ""),  # for programs
            nearest=near,
            line=error.members.get("line", {}).get("line"),
            status=error.status_code,
        )
    return VersionCheck(version=shown, tier=tier, about=single, answers={tier: single})


router = pages(show_product, show_version)

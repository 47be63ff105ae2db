"""The features of a product on a page: what is beta, deprecated or removed, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.answers.deprecation_summaries import summarize_published
from lifecycle.answers.feature_histories import StageGroup, stage_groups
from lifecycle.answers.version_lookup import find_release, without_nearest
from lifecycle.errors import LifecycleError
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.request_parameters import Slug
from lifecycle.web.page_parameters import FormText, check_fields, filled, shown_again
from lifecycle.web.page_routes import page, pages
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from datetime import date, datetime

    from lifecycle.answers.snapshots import Snapshot


class FeatureQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it was filled, and what came of it: features by stages, or a refusal as well.

    ``is_known`` says whether the version is one that was released or planned.
    """

    version: str | None
    groups: list[StageGroup]
    is_known: bool = True
    refusal: str | None = None
    nearest: tuple[str, ...] = ()
    status: int = 200


@page("/products/{product:str}/features", has_form=True)
async def show_features(
    request: Request[Any, Any, Any],
    product: Slug,
    moment: NamedDependency[Moment],
    version: FormText = None,
) -> Response[str]:
    """Show the stage of every feature today, or in a version."""
    snapshot = await moment.snapshot(product)
    return await run_in_thread(_render, request, snapshot, filled(version), moment.now)


def _render(
    request: Request[Any, Any, Any], snapshot: Snapshot, version: str | None, now: datetime
) -> Response[str]:
    today = snapshot.today(now)
    question = _answered(snapshot, version, today)
    return show(
        request,
        "features.html",
        status=question.status,
        title=f"Features of {snapshot.known.name}",
        product=snapshot.known,
        question=question,
        has_releases=bool(snapshot.facts.releases),
        today=today,
        zone=snapshot.zone(now).key,
    )


def _answered(snapshot: Snapshot, version: str | None, today: date) -> FeatureQuestion:
    """Answer for a version; beside what is wrong with it stands what holds today."""
    published = summarize_published(snapshot, today)
    today_groups = stage_groups(snapshot, version=None, at=today, published=published)
    if version is None:
        return FeatureQuestion(version=None, groups=today_groups)
    try:
        check_fields(version=version)
        groups = stage_groups(snapshot, version=version, at=today, published=published)
        is_known = find_release(snapshot, version) is not None
    except LifecycleError as error:
        near = tuple(error.members.get("nearest", ()))
        return FeatureQuestion(
            version=shown_again(version),
            groups=today_groups,
            refusal=without_nearest(error.detail, near),
            nearest=near,
            status=error.status_code,
        )
    return FeatureQuestion(version=version, groups=groups, is_known=is_known)


router = pages(show_features)

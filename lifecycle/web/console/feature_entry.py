"""Features added and changed by a page: their stages, their tiers, whether they are public."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.answers.features import FeatureStageOut, feature_stages
from lifecycle.catalogue import features, queries
from lifecycle.deprecations.announced import removal_is_announced
from lifecycle.errors import Conflict, PreconditionFailed, Problem
from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.server.computed_lists import page_of
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Cursor, Slug
from lifecycle.web.console import feature_forms
from lifecycle.web.console.first_steps import FirstStep, next_step
from lifecycle.web.feature_words import STAGE_LABELS
from lifecycle.web.page_forms import REFUSALS, Form, Outcome, changing, reading, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_document, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.table_files import send_rows

if TYPE_CHECKING:
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.models import Feature, Product

ON_A_PAGE: Final = 100
OUTCOMES: Final = {
    "feature-added": "The feature is added.",
    "feature-changed": "The feature is changed.",
    "feature-removed": (
        "The feature is changed. Its removal is not announced, and public pages show it as its "
        "stages say: to notify those who use it, draft a deprecation and announce it."
    ),
}
COLUMNS: Final = ("key", "name", "stage", "tiers", "public")
"""By the names that the API has for them."""


@private_page("/console/products/{product:str}/features", scope="publish")
async def show_features(
    request: Request[Any, Any, Any],
    product: Slug,
    moment: NamedDependency[Moment],
    feature: FormText = None,
    cursor: Cursor = None,
    outcome: Outcome = None,
) -> Response[str]:
    """Show a product's features, and the form that adds one or changes it."""
    form, key, following = Form.filled(public="yes"), filled(feature), None
    if key is not None or outcome:
        async with reading(request) as session:
            if key is not None:
                row = await queries.get_product(session, product)
                stored = await queries.get_feature(session, row, key, moment.visibility)
                form = feature_forms.filled_form(stored)
            following = await next_step(session, moment, product) if outcome else None
    return await _shown(
        request, moment, product, form, cursor=cursor, outcome=outcome, following=following
    )


@form_route("/console/products/{product:str}/features", scope="publish")
async def enter_feature(
    request: Request[Any, Any, Any], product: Slug, form: NamedDependency[Form]
) -> Response[Any]:
    """Add a feature, or change what is known of it unless somebody else has since."""
    form, moment = feature_forms.without_gaps(form), Moment(request)
    try:
        key = form.text("feature")
        async with changing(request, form) as change:
            owner = await queries.get_product(change.session, product)
            await change.session.refresh(owner, with_for_update=True)
            stored = await _find(change.session, owner, key, moment)
            if stored is not None and change.expected is None:
                raise _known_already(key)
            facts = feature_forms.read_feature(form, stored)
            _, new = await features.put(
                change.session, owner, key, facts, by=change.by, expected=change.expected
            )
    except REFUSALS as refusal:
        again = form.refused(refusal, feature_forms.repeated_fields(form))
        if isinstance(refusal, PreconditionFailed):
            async with reading(request) as session:
                row = await queries.get_product(session, product)
                feature = await _find(session, row, form.value("feature").strip(), moment)
                again = again.with_texts(revision=str(feature.revision) if feature else "")
        return await _shown(request, moment, product, again)
    outcome = "feature-added" if new else "feature-changed"
    if any(stage.stage == "removed" for stage in facts.stages):
        announced = (await moment.snapshot(product)).announced
        if not removal_is_announced(announced, key):
            outcome = "feature-removed"
    return see_other(request, "console", "products", product, "features", outcome=outcome)


@private_document("/console/products/{product:str}/features.csv", TABLE, scope="publish")
async def show_feature_table(product: Slug, moment: NamedDependency[Moment]) -> Stream:
    """Send all features of a product as a table, each with its stage today."""
    snapshot = await moment.snapshot(product)
    rows = [
        (feature.key, feature.name, feature.stage, ", ".join(feature.tiers or ()), feature.public)
        for feature in _listed(snapshot, moment)
    ]
    return send_rows(f"{product}-features.csv", COLUMNS, rows)


def _known_already(key: str) -> Conflict:
    fault = "exists already; open it to change it"
    problems = [Problem("feature", fault)]
    return Conflict(f"Feature {key[:100]!r} {fault}.", problems=problems, feature=key)


async def _find(session: AsyncSession, owner: Product, key: str, moment: Moment) -> Feature | None:
    try:
        return await queries.get_feature(session, owner, key, moment.visibility)
    except queries.UnknownFeature:
        return None


def _listed(snapshot: Snapshot, moment: Moment) -> list[FeatureStageOut]:
    stages = feature_stages(snapshot, version=None, at=snapshot.today(moment.now))
    return sorted(stages, key=lambda feature: feature.key)


async def _shown(
    request: Request[Any, Any, Any],
    moment: Moment,
    product: str,
    form: Form,
    *,
    cursor: str | None = None,
    outcome: str | None = None,
    following: FirstStep | None = None,
) -> Response[str]:
    snapshot = await moment.snapshot(product)
    policy = snapshot.policy_on(snapshot.today(moment.now))
    tiers = [tier.name for tier in policy.tiers] if policy else []
    former_tiers = [tier for tier in form.values("tiers") if tier not in tiers]
    return show(
        request,
        "console/features.html",
        status=form.status,
        title="Features",
        product=snapshot.known,
        page=page_of(
            _listed(snapshot, moment),
            key=lambda feature: feature.key,
            cursor=cursor,
            limit=ON_A_PAGE,
        ),
        form=form,
        stages=feature_forms.STAGES,
        stage_labels=STAGE_LABELS,
        rows=feature_forms.rows_shown(form),
        labels=feature_forms.labels_of(form),
        tiers=[*tiers, *dict.fromkeys(former_tiers)],
        is_first=cursor is None,
        outcome=OUTCOMES.get(outcome or "", ""),
        onward=following,
    )


router = pages(show_features, enter_feature, show_feature_table)

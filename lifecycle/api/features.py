from __future__ import annotations

from typing import Annotated

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.answers.features import FeatureStageOut, feature_stages
from lifecycle.catalogue import features, queries
from lifecycle.catalogue.catalogue_inputs import FeatureIn
from lifecycle.catalogue.catalogue_outputs import FeatureOut
from lifecycle.database.pagination import Page
from lifecycle.documents.patterns import PRINTABLE
from lifecycle.gate import removals
from lifecycle.server.computed_lists import page_of
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import At, Cursor, Limit, Name, Slug
from lifecycle.server.routing import delete, get, put

InVersion = Annotated[
    str | None,
    QueryParameter(description="The version asked about; the day if left out.", pattern=PRINTABLE),
]


@get(
    "/v1/products/{product:str}/features",
    scope="public",
    summary="List a product's features",
)
async def list_features(
    product: Slug,
    moment: NamedDependency[Moment],
    version: InVersion = None,
    at: At = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[FeatureStageOut]:
    """List features by key, each with its stage in a version or on a day."""
    snapshot = await moment.snapshot(product)
    features = feature_stages(snapshot, version=version, at=at or snapshot.today(moment.now))
    return page_of(features, key=lambda feature: feature.key, cursor=cursor, limit=limit)


@get(
    "/v1/products/{product:str}/features/{feature:str}",
    scope="public",
    summary="Show a feature",
)
async def show_feature(
    product: Slug,
    feature: Name,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> FeatureOut:
    """Show a feature with its stages."""
    snapshot = await moment.snapshot(product)
    owner = await queries.get_product(session, product)
    row = await queries.get_feature(session, owner, feature, moment.visibility)
    return moment.showing(FeatureOut.of(row, snapshot.withheld), row.revision)


@put(
    "/v1/products/{product:str}/features/{feature:str}",
    scope="publish",
    creates=FeatureOut,
    summary="Add or replace a feature",
)
async def put_feature(
    product: Slug, feature: Name, data: JSONBody[FeatureIn], change: NamedDependency[Change]
) -> Response[FeatureOut]:
    """Add a feature, or replace what is known of it."""
    owner = await queries.get_product(change.session, product)
    row, new = await features.put(
        change.session, owner, feature, data, by=change.by, expected=change.expected
    )
    return Response(FeatureOut.of(row), status_code=201 if new else 200)


@delete(
    "/v1/products/{product:str}/features/{feature:str}",
    scope="publish",
    summary="Remove a feature",
)
async def remove_feature(product: Slug, feature: Name, change: NamedDependency[Change]) -> None:
    """Remove a feature that was entered by mistake; refused once it was promised or is used."""
    owner = await queries.get_product(change.session, product)
    await removals.remove_feature(
        change.session, owner, feature, by=change.by, expected=change.expected
    )


router = Router(
    "/",
    route_handlers=[list_features, show_feature, put_feature, remove_feature],
    tags=["features"],
)

"""The gate: may this release go out, what was answered, and what the rules are."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from litestar import Request, Router
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.catalogue import queries
from lifecycle.database.pagination import Page as Listed
from lifecycle.documents.patterns import PRINTABLE
from lifecycle.errors import BadRequest, Problem
from lifecycle.gate import inquiries, verdicts
from lifecycle.gate.manifests import Manifest, read_manifest
from lifecycle.gate.rules import documentation
from lifecycle.gate.rules.documentation import Page
from lifecycle.gate.verdict_outputs import VerdictOut
from lifecycle.gate.verdicts import KeptVerdictOut, StoredVerdictOut
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import At, Cursor, Limit, Name, Slug
from lifecycle.server.request_validation import IN_A_THREAD
from lifecycle.server.routing import ManifestBody, ask, get

OfVersion = Annotated[
    str | None, QueryParameter(description="Only those on this version.", pattern=PRINTABLE)
]
FORMS: tuple[Literal["json", "yaml", "toml"], ...] = ("json", "yaml", "toml")


@ask(
    "/v1/products/{product:str}/gate",
    scope="release",
    operation_class=ManifestBody,
    body=Manifest,
    summary="Judge a release",
)
async def judge_release(
    product: Slug, request: Request[Any, Any, Any], moment: NamedDependency[Moment], at: At = None
) -> VerdictOut:
    """Say whether a release keeps every promise, why not, and what would fix it.

    The verdict is kept under its id; the same question on the same facts is the same verdict.
    """
    manifest = await _manifest(product, await request.body(), request.content_type[0])
    app_state = moment.app_state
    return await inquiries.judge_and_keep(
        app_state.store,
        app_state.snapshots,
        manifest,
        at=at,
        by=moment.by,
        tally=app_state.verdicts,
    )


@get(
    "/v1/gate/rules",
    scope="public",
    summary="List the gate's rules",
)
async def list_rules(moment: NamedDependency[Moment]) -> list[Page]:
    """List the gate's rules in the order of reports, with their pages."""
    moment.unkept()
    return list(documentation.pages().values())


@get(
    "/v1/gate/rules/{rule:str}",
    scope="public",
    summary="Explain a rule of the gate",
)
async def show_rule(rule: Name, moment: NamedDependency[Moment]) -> Page:
    """Say what a rule finds, why that matters, and how to fix it."""
    moment.unkept()
    return documentation.page(rule)


@get(
    "/v1/products/{product:str}/verdicts",
    scope="release",
    summary="List the verdicts on a product's releases",
)
async def list_verdicts(
    product: Slug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    version: OfVersion = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Listed[KeptVerdictOut]:
    """List the verdicts on a product's releases, the newest first, without their findings."""
    owner = await queries.get_product(session, product)
    page = await verdicts.list_of(session, owner, version=version, cursor=cursor, limit=limit)
    moment.unkept(public=False)
    return Listed([KeptVerdictOut.of(row) for row in page.items], page.next)


@get(
    "/v1/products/{product:str}/gate/{verdict:str}",
    scope="release",
    summary="Show a verdict",
)
async def show_verdict(
    product: Slug,
    verdict: Name,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> StoredVerdictOut:
    """Show a verdict as it was given, with the facts it rested on."""
    owner = await queries.get_product(session, product)
    stored = await verdicts.get(session, owner, verdict)
    moment.unkept(public=False)
    return stored


async def _manifest(product: str, body: bytes, content_type: str) -> Manifest:
    kind = next((form for form in FORMS if form in content_type), None)
    if len(body) < IN_A_THREAD:
        manifest = read_manifest(body, format=kind).manifest
    else:
        manifest = (await asyncio.to_thread(read_manifest, body, format=kind)).manifest
    if manifest.product != product:
        problem = Problem(
            "product", "differs from the path", value=manifest.product, allowed=product
        )
        raise BadRequest(
            f"The path names {product[:100]!r}, but the manifest {manifest.product!r}.",
            problems=[problem],
        )
    return manifest


router = Router(
    "/",
    route_handlers=[judge_release, list_verdicts, show_verdict, list_rules, show_rule],
    tags=["gate"],
)

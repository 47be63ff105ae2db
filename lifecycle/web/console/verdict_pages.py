"""Verdicts of the gate: each at its address, as it was kept_verdict, and all on one product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from litestar import MediaType, Request
from litestar.di import NamedDependency
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.scopes import touches
from lifecycle.catalogue import queries
from lifecycle.catalogue.models import Product
from lifecycle.database.pagination import Page
from lifecycle.errors import BadRequest
from lifecycle.gate import verdicts
from lifecycle.gate.assessment import outcome as outcome_of
from lifecycle.gate.manifests import write_manifest
from lifecycle.gate.models import GateVerdict
from lifecycle.gate.verdicts import StoredVerdictOut
from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Name, Slug
from lifecycle.web.console.release_words import OUTLOOK_WORDS
from lifecycle.web.console.verdict_words import VERDICT_WORDS
from lifecycle.web.page_forms import Outcome
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import pages, private_document, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.table_files import Rows, send_table, walk_pages

if TYPE_CHECKING:
    from lifecycle.server.permissions import Permissions

ON_A_PAGE: Final = 50
COLUMNS: Final = ("id", "version", "outcome", "day", "at", "asked_at", "asked_by")
OUTCOMES: Final = {
    "waived": "The waiver is recorded. Ask again: the new verdict counts it.",
}


async def get_own_verdict(
    session: AsyncSession, permissions: Permissions, uid: str
) -> tuple[Product, StoredVerdictOut]:
    """Return a verdict on a product that the caller may see and touch; any other is unknown."""
    visibility, products = permissions.visibility, permissions.products

    def may_see(product: Product) -> bool:
        is_shown = visibility.shows(product.slug, public=product.public)
        return is_shown and touches(products, product.slug)

    return await verdicts.find(session, uid, may_see)


@private_page("/console/verdicts/{verdict:str}", scope="release", by_product=True)
async def show_verdict(
    request: Request[Any, Any, Any],
    verdict: Name,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    outcome: Outcome = None,
) -> Response[str]:
    """Show a verdict as it was kept_verdict: what it says first, then each finding."""
    product, kept_verdict = await get_own_verdict(session, moment, verdict)
    versions = {release.version for release in (await moment.snapshot(product.slug)).facts.releases}
    return show(
        request,
        "console/verdict.html",
        title=f"{product.name or product.slug} {kept_verdict.version}",
        product=product,
        verdict=kept_verdict,
        is_known=kept_verdict.version in versions,
        manifest=manifest_of(kept_verdict),
        may_waive=moment.publishes,
        outcome=OUTCOMES.get(outcome or "", ""),
        **OUTLOOK_WORDS,
        **VERDICT_WORDS,
    )


@private_document(
    "/console/verdicts/{verdict:str}/verdict.json",
    MediaType.JSON,
    scope="release",
    by_product=True,
)
async def show_verdict_document(
    verdict: Name, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> Response[bytes]:
    """Send a verdict with all the facts that it rests on."""
    _, kept_verdict = await get_own_verdict(session, moment, verdict)
    headers = {"content-disposition": f'attachment; filename="verdict-{kept_verdict.id}.json"'}
    content = msgspec.json.format(msgspec.json.encode(kept_verdict), indent=2)
    return Response(content, media_type=MediaType.JSON, headers=headers)


@private_page("/console/releases/{product:str}/verdicts", scope="release")
async def show_verdicts(
    request: Request[Any, Any, Any],
    product: Slug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    version: FormText = None,
    cursor: FormText = None,
) -> Response[str]:
    """List the verdicts on a product's releases, the newest first."""
    snapshot = await moment.snapshot(product)
    owner = await queries.get_product(session, product)
    refusal, page = None, Page[GateVerdict]([])
    try:
        page = await verdicts.list_of(
            session, owner, version=filled(version), cursor=filled(cursor), limit=ON_A_PAGE
        )
    except BadRequest as error:
        refusal = error.detail
    return show(
        request,
        "console/verdicts.html",
        status=400 if refusal else 200,
        title=f"Verdicts on {snapshot.known.name or product}",
        product=snapshot.known,
        page=page,
        version=filled(version),
        is_first=not filled(cursor),
        refusal=refusal,
        **VERDICT_WORDS,
    )


@private_document("/console/releases/{product:str}/verdicts.csv", TABLE, scope="release")
async def show_verdict_table(
    product: Slug, moment: NamedDependency[Moment], version: FormText = None
) -> Stream:
    """Send the verdicts that are asked for, all of them, as a table."""
    await moment.snapshot(product)
    rows = _rows(moment, product, filled(version))
    return send_table(f"{product}-verdicts.csv", COLUMNS, rows)


def manifest_of(kept_verdict: StoredVerdictOut) -> str:
    """Return the manifest that was asked with, in YAML."""
    return write_manifest(kept_verdict.facts["manifest"])


async def _rows(moment: Moment, product: str, version: str | None) -> Rows:
    async def read(session: AsyncSession, **part: Any) -> Page[GateVerdict]:
        owner = await queries.get_product(session, product)
        return await verdicts.list_of(session, owner, version=version, **part)

    async for judged in walk_pages(moment, read):
        yield [
            (*(row.uid, row.version, outcome_of(row), row.day, row.at), row.asked_at, row.asked_by)
            for row in judged
        ]


router = pages(
    show_verdict,
    show_verdict_document,
    show_verdicts,
    show_verdict_table,
)

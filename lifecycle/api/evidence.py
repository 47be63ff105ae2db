"""The audit log, an account's evidence, and the work list of what people must see to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from litestar import MediaType, Router
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema
from litestar.params import QueryParameter
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.queries import get_account
from lifecycle.audit import queries as audit
from lifecycle.audit.chain import Entry
from lifecycle.audit.queries import ChainCheck, EntryFilter
from lifecycle.database.pagination import Page
from lifecycle.deprecations.evidence import report
from lifecycle.deprecations.evidence.proofs import Proof
from lifecycle.deprecations.evidence.report import Evidence
from lifecycle.documents.patterns import PRINTABLE
from lifecycle.scheduler.work_kinds import WorkOut
from lifecycle.scheduler.worklist import page_of_work
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug, Cursor, Limit
from lifecycle.server.routing import get
from lifecycle.server.work_views import work_view

OfProduct = Annotated[
    str | None, QueryParameter(description="Only entries about this product.", pattern=PRINTABLE)
]
OfAction = Annotated[
    str | None,
    QueryParameter(
        description="Only entries of this action, or of all whose first word this is.",
        pattern=PRINTABLE,
    ),
]
Format = Annotated[
    Literal["json", "html"], QueryParameter(description="`json`, or `html`: a page.")
]


class EvidenceOut(Evidence, frozen=True, kw_only=True):
    """All that an account was told, deprecation by deprecation, the newest first."""

    deprecations: tuple[Proof, ...]


@dataclass
class EvidenceOperation(Operation):
    """Describe an answer that may be a page, too."""

    def __post_init__(self) -> None:
        """Say so in the description."""
        page = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
        for response in [self.responses["200"]] if self.responses else []:
            if isinstance(response, OpenAPIResponse):
                response.content = {**(response.content or {}), "text/html": page}


@get(
    "/v1/audit",
    scope="publish",
    by_product=True,
    summary="List the entries of the audit log",
)
async def list_entries(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
    product: OfProduct = None,
    action: OfAction = None,
) -> Page[Entry]:
    """List what was done, by whom, the newest first."""
    return await audit.entries(
        session,
        EntryFilter(product=product, action=action),
        cursor=cursor,
        limit=limit,
        products=moment.products,
    )


@get(
    "/v1/audit/verify",
    scope="publish",
    summary="Verify the audit log",
)
async def verify(session: NamedDependency[AsyncSession]) -> ChainCheck:
    """Say whether the log is intact, or which entry was edited, removed or moved."""
    return await audit.verify(session)


@get(
    "/v1/worklist",
    scope="publish",
    by_product=True,
    summary="List what needs attention",
)
async def show_worklist(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[WorkOut]:
    """List what needs a person's attention.

    A mail server that is missing or fails, plans past their day, implied ends without notice,
    accounts that no notice reaches, deliveries that failed every time, and what the nightly check
    found.
    """
    return await page_of_work(session, work_view(moment), cursor=cursor, limit=limit)


@get(
    "/v1/accounts/{account:str}/evidence",
    scope="account",
    by_product=True,
    operation_class=EvidenceOperation,
    summary="Show an account's evidence",
)
async def show_evidence(
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    format: Format = "json",  # noqa: A002 -- the parameter's name
) -> Response[EvidenceOut]:
    """Return every notice that an account got, and when, as one self-contained document."""
    await get_account(session, account, products=moment.products)
    kind = MediaType.HTML if format == "html" else MediaType.JSON
    headers = report.PAGE_HEADERS if format == "html" else None
    written = _written(moment, account, format)
    answer: Response[Any] = Stream(written, media_type=kind, headers=headers)
    return answer


async def _written(moment: Moment, account: str, form: str) -> AsyncIterator[bytes]:
    """Write the evidence as it is read; a request's own session ends before its answer does."""
    async with moment.app_state.store.reading() as session:
        head = await report.collect(session, account, moment.now, products=moment.products)
        write = report.evidence_html if form == "html" else report.evidence_json
        async for piece in write(session, head):
            yield piece


router = Router(
    "/", route_handlers=[list_entries, verify, show_worklist, show_evidence], tags=["evidence"]
)

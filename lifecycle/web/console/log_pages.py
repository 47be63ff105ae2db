"""The audit log: who did what, filtered, verified and exported."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import msgspec
from litestar import MediaType, Request
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.audit import queries
from lifecycle.audit.queries import EntryFilter
from lifecycle.calendar.days import parse_day
from lifecycle.database.pagination import Page
from lifecycle.database.types import encode_json
from lifecycle.errors import BadRequest
from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.server.dependencies import Moment
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import pages, private_document, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.table_files import Rows, send_table, walk_pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from lifecycle.audit.chain import Entry

FirstDay = Annotated[
    str | None, QueryParameter(name="from", description="The first day, in UTC; empty for any.")
]
LastDay = Annotated[
    str | None, QueryParameter(name="to", description="The last day, in UTC; empty for any.")
]


class ExportFormat(StrEnum):
    """The forms in which the log can be taken along."""

    CSV = "csv"
    JSON = "json"


Format = Annotated[ExportFormat, QueryParameter(description="A table, or JSON.")]

ON_A_PAGE: Final = 100
COLUMNS: Final = (
    *("seq", "at", "actor", "action", "subject", "product", "details", "previous", "hash"),
)


class Fields(NamedTuple):
    """The fields of the form above the log, as they were filled in."""

    product: str | None
    account: str | None
    actor: str | None
    action: str | None
    first: str | None
    last: str | None

    def filter(self) -> EntryFilter:
        """Return which entries are asked for; refuse what is not a day."""
        return EntryFilter(
            product=self.product,
            account=self.account,
            actor=self.actor,
            action=self.action,
            first=parse_day(self.first, field="from") if self.first else None,
            last=parse_day(self.last, field="to") if self.last else None,
        )

    def query(self) -> dict[str, str | None]:
        """Return the fields as a link repeats them."""
        fields = self._asdict()
        return {"from": fields.pop("first"), "to": fields.pop("last")} | fields


async def provide_fields(
    *,
    product: FormText = None,
    account: FormText = None,
    actor: FormText = None,
    action: FormText = None,
    from_: FirstDay = None,
    to: LastDay = None,
) -> Fields:
    """Return what the form asks for; an empty field asks nothing."""
    return Fields(*map(filled, (product, account, actor, action, from_, to)))


@private_page("/console/log", scope="publish", by_product=True)
async def show_log(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    fields: NamedDependency[Fields],
    cursor: FormText = None,
) -> Response[str]:
    """Show what was done, by whom, the newest first."""
    refusal, page = None, Page["Entry"]([])
    try:
        page = await queries.entries(
            session,
            fields.filter(),
            products=moment.products,
            cursor=filled(cursor),
            limit=ON_A_PAGE,
        )
    except BadRequest as error:
        refusal = error.detail
    return show(
        request,
        "console/log.html",
        status=400 if refusal else 200,
        title="Log",
        page=page,
        details_of=lambda entry: encode_json(entry.details),
        fields=fields,
        query=fields.query(),
        is_narrowed=any(fields),
        is_first=not filled(cursor),
        refusal=refusal,
        may_verify=moment.products is None,
    )


@private_page("/console/log/verification", scope="publish")
async def show_verification(
    request: Request[Any, Any, Any], session: NamedDependency[AsyncSession]
) -> Response[str]:
    """Read the whole chain, and show whether it is intact."""
    check = await queries.verify(session)
    return show(request, "console/log_verification.html", title="Is the log intact?", check=check)


@private_document("/console/log/export", TABLE, scope="publish", by_product=True)
async def export_log(
    moment: NamedDependency[Moment],
    fields: NamedDependency[Fields],
    format: Format = ExportFormat.CSV,  # noqa: A002 -- the parameter's name
) -> Stream:
    """Send the entries that are asked for, all of them, as a table or as JSON."""
    only = fields.filter()
    if format is ExportFormat.CSV:
        return send_table("log.csv", COLUMNS, _rows(moment, only))
    headers = {"content-disposition": 'attachment; filename="log.json"'}
    return Stream(_document(moment, only), media_type=MediaType.JSON, headers=headers)


def _entries(moment: Moment, only: EntryFilter) -> AsyncIterator[Sequence[Entry]]:
    return walk_pages(moment, partial(queries.entries, only=only, products=moment.products))


async def _rows(moment: Moment, only: EntryFilter) -> Rows:
    async for batch in _entries(moment, only):
        yield [
            (
                *(entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.product),
                *(encode_json(entry.details), entry.previous, entry.hash),
            )
            for entry in batch
        ]


async def _document(moment: Moment, only: EntryFilter) -> AsyncIterator[bytes]:
    yield b'{"entries":['
    separator = b""
    async for batch in _entries(moment, only):
        for entry in batch:
            yield separator + msgspec.json.encode(entry)
            separator = b",\n"
    yield b"]}\n"


router = pages(show_log, show_verification, export_log, fields=provide_fields)

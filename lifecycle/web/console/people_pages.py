"""The vendor's people who have signed in: who they are, what they may, and who no longer may."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import people
from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Cursor
from lifecycle.web.page_forms import Outcome, changing, see_other
from lifecycle.web.page_routes import form, pages, private_document, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.table_files import Rows, pick, send_table, walk_pages

PersonNumber = Annotated[int, PathParameter(description="Its number.", ge=1, le=2**53)]
COLUMNS = (
    *("id", "name", "issuer", "subject", "scope"),
    *("created_at", "last_seen_at", "disabled_at"),
)
OUTCOMES = {
    "person-disabled": "The person is disabled and signed out everywhere.",
    "person-enabled": "The person may sign in again.",
}


@private_page("/console/people", scope="admin")
async def show_people(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    cursor: Cursor = None,
    outcome: Outcome = None,
) -> Response[str]:
    """Show the people who have ever signed in by name."""
    return show(
        request,
        "console/people.html",
        title="People",
        people=await people.list_people(session, cursor=cursor),
        is_first=cursor is None,
        provider=request.app.state.app_state.provider,
        signing_proxies=request.app.state.app_state.signing_proxies,
        outcome=OUTCOMES.get(outcome or "", ""),
    )


@private_document("/console/people.csv", TABLE, scope="admin")
async def show_people_table(moment: NamedDependency[Moment]) -> Stream:
    """Send the people who have ever signed in by name, all of them, as a table."""
    return send_table("people.csv", COLUMNS, _rows(moment))


@form("/console/people/{person_number:str}/disable", scope="admin")
async def disable_person(
    request: Request[Any, Any, Any], person_number: PersonNumber
) -> Response[Any]:
    """Let a person sign in no more, and end their sessions."""
    async with changing(request) as change:
        await people.disable(change.session, person_number, by=change.by)
    return see_other(request, "console", "people", outcome="person-disabled")


@form("/console/people/{person_number:str}/enable", scope="admin")
async def enable_person(
    request: Request[Any, Any, Any], person_number: PersonNumber
) -> Response[Any]:
    """Let a person sign in again."""
    async with changing(request) as change:
        await people.enable(change.session, person_number, by=change.by)
    return see_other(request, "console", "people", outcome="person-enabled")


async def _rows(moment: Moment) -> Rows:
    async for persons in walk_pages(moment, people.list_people):
        yield pick(COLUMNS, persons)


router = pages(show_people, show_people_table, disable_person, enable_person)

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Router
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import actions, queries
from lifecycle.accounts.account_inputs import AccountIn, Key
from lifecycle.accounts.account_outputs import AccountOut
from lifecycle.answers.accounts import WITHIN, AccountStatusOut, products_of, status
from lifecycle.catalogue.queries import vocabulary
from lifecycle.database import checkpoints
from lifecycle.database.pagination import Page
from lifecycle.documents.patterns import Text
from lifecycle.scheduler import account_erasure
from lifecycle.scheduler.account_erasure import ErasedOut
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import AccountSlug, At, Cursor, Limit
from lifecycle.server.routing import delete, get, named, post, put

Within = Annotated[int, QueryParameter(description="How many days to look ahead.", ge=0, le=36500)]


class AccountPut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer, named by its path; a slug in the body must be the same."""

    slug: Key | None = None
    name: Text = ""
    tier: Text


@get(
    "/v1/accounts",
    scope="publish",
    by_product=True,
    summary="List the accounts",
)
async def list_accounts(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[AccountOut]:
    """List the accounts by slug."""
    page = await queries.list_accounts(
        session, products=moment.products, cursor=cursor, limit=limit
    )
    today = moment.now.date()
    return Page([AccountOut.of(account, today) for account in page.items], page.next)


@post(
    "/v1/accounts",
    scope="publish",
    summary="Add an account",
)
async def add_account(
    data: JSONBody[AccountIn], change: NamedDependency[Change]
) -> Response[AccountOut]:
    """Add a new account."""
    names, today = await vocabulary(change.session), change.now.date()
    account = await actions.create_account(
        change.session, data, by=change.by, today=today, vocabulary=names
    )
    location = {"location": change.app_state.path("v1", "accounts", account.slug)}
    return Response(AccountOut.of(account, today), status_code=201, headers=location)


@get("/v1/accounts/{account:str}", scope="account", by_product=True)
async def show_account(
    account: AccountSlug, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> AccountOut:
    """Show an account."""
    row = await queries.get_account(session, account, products=moment.products)
    return moment.showing(AccountOut.of(row, moment.now.date()), row.revision, public=False)


@put(
    "/v1/accounts/{account:str}",
    scope="publish",
    creates=AccountOut,
    summary="Add or change an account",
)
async def put_account(
    account: AccountSlug, data: JSONBody[AccountPut], change: NamedDependency[Change]
) -> Response[AccountOut]:
    """Add an account, or change it; a new tier counts from today."""
    names, today = await vocabulary(change.session), change.now.date()
    row, new = await actions.put_account(
        change.session,
        named(data, AccountIn, slug=account),
        by=change.by,
        today=today,
        vocabulary=names,
        expected=change.expected,
    )
    return Response(AccountOut.of(row, today), status_code=201 if new else 200)


@get(
    "/v1/accounts/{account:str}/status",
    scope="account",
    by_product=True,
    summary="Show the status of an account's instances",
)
async def show_status(
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    at: At = None,
    within: Within = WITHIN,
) -> AccountStatusOut:
    """Answer for every instance of an account, and say what is coming."""
    row = await queries.get_account(session, account, products=moment.products)
    snapshots = await moment.app_state.snapshots.get_known(products_of(row))
    return status(row, snapshots, at=at, within=within, now=moment.now)


@delete(
    "/v1/accounts/{account:str}",
    scope="admin",
    status_code=200,
    summary="Erase an account",
)
async def erase_account(
    account: AccountSlug, change: NamedDependency[Change]
) -> Response[ErasedOut]:
    """Erase a customer: who it is, what it runs, its addresses and tokens; evidence stays.

    Reach and notices still count it, under a pseudonym, and the log still verifies.
    """
    erased = await account_erasure.erase(
        change.session, account, by=change.by, expected=change.expected
    )
    written = BackgroundTask(checkpoints.write_back, change.app_state.store)
    return Response(erased, background=written)


router = Router(
    "/",
    route_handlers=[
        list_accounts,
        add_account,
        show_account,
        put_account,
        show_status,
        erase_account,
    ],
    tags=["accounts"],
)

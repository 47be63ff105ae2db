from __future__ import annotations

import msgspec
from litestar import Router
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import queries
from lifecycle.accounts.account_inputs import InstanceIn
from lifecycle.accounts.account_outputs import InstanceOut, instances_of
from lifecycle.database.pagination import Page
from lifecycle.server import instance_changes
from lifecycle.server.computed_lists import page_of
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.instance_changes import Reported
from lifecycle.server.request_parameters import AccountSlug, Cursor, Limit, Name
from lifecycle.server.routing import delete, get, put


class ReportedInstanceOut(InstanceOut, frozen=True, kw_only=True):
    """A deployment as it is stored now.

    ``unknown_features`` are those in use that the product does not have. While there is one, the
    account is notified of a change of any feature, as possibly affected.
    """

    unknown_features: list[str]

    @classmethod
    def of_report(cls, reported: Reported) -> ReportedInstanceOut:
        """Show an instance that was reported, with what its product does not know of it."""
        shown = msgspec.structs.asdict(InstanceOut.of(reported.instance))
        return cls(**shown, unknown_features=reported.unknown_features)


@get(
    "/v1/accounts/{account:str}/instances",
    scope="account",
    by_product=True,
    summary="List an account's instances",
)
async def list_instances(
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[InstanceOut]:
    """List what an account runs, by name."""
    owner = await queries.get_account(session, account, products=moment.products)
    listed = instances_of(owner)
    return page_of(listed, key=lambda instance: instance.name, cursor=cursor, limit=limit)


@get("/v1/accounts/{account:str}/instances/{instance:str}", scope="account", by_product=True)
async def show_instance(
    account: AccountSlug,
    instance: Name,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> InstanceOut:
    """Show an instance."""
    owner = await queries.get_account(session, account, products=moment.products)
    row = queries.get_instance(owner, instance)
    return moment.showing(InstanceOut.of(row), row.revision, public=False)


@put(
    "/v1/accounts/{account:str}/instances/{instance:str}",
    scope="account",
    creates=ReportedInstanceOut,
    summary="Report an instance",
)
async def put_instance(
    account: AccountSlug,
    instance: Name,
    data: JSONBody[InstanceIn],
    change: NamedDependency[Change],
) -> Response[ReportedInstanceOut]:
    """Report what an instance runs; the tier of its licence is the vendor's to set.

    A feature that the product does not have is stored, and named in the answer.
    """
    reported = await instance_changes.put_instance(change, account, instance, data)
    shown = ReportedInstanceOut.of_report(reported)
    return Response(shown, status_code=201 if reported.is_new else 200)


@delete(
    "/v1/accounts/{account:str}/instances/{instance:str}",
    scope="account",
    summary="Remove an instance",
)
async def remove_instance(
    account: AccountSlug, instance: Name, change: NamedDependency[Change]
) -> None:
    """Forget an instance that is gone."""
    await instance_changes.remove_instance(change, account, instance)


router = Router(
    "/",
    route_handlers=[list_instances, show_instance, put_instance, remove_instance],
    tags=["accounts"],
)

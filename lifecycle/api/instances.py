from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import Router
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import actions, queries
from lifecycle.accounts.account_inputs import InstanceIn
from lifecycle.accounts.models import Account, Instance
from lifecycle.answers.accounts import visible_to
from lifecycle.catalogue.queries import vocabulary
from lifecycle.database.pagination import Page
from lifecycle.server.computed_lists import page_of
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import AccountSlug, Cursor, Limit, Name
from lifecycle.server.routing import delete, get, put


class InstanceOut(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment an account runs."""

    name: str
    product: str
    version: str
    environment: str | None
    tier: str | None
    features: list[str] | None
    last_seen: datetime | None
    revision: int

    @classmethod
    def of(cls, instance: Instance) -> InstanceOut:
        """Show an instance."""
        return cls(
            name=instance.name,
            product=instance.product,
            version=instance.version,
            environment=instance.environment,
            tier=instance.tier,
            features=instance.features,
            last_seen=instance.last_seen,
            revision=instance.revision,
        )


@get("/v1/accounts/{account:str}/instances", scope="account")
async def list_instances(
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[InstanceOut]:
    """List what an account runs, by name."""
    owner = await queries.get_account(session, account)
    shown = map(InstanceOut.of, owner.instances)
    listed = sorted(shown, key=lambda instance: instance.name)
    return page_of(listed, key=lambda instance: instance.name, cursor=cursor, limit=limit)


@get("/v1/accounts/{account:str}/instances/{instance:str}", scope="account")
async def show_instance(
    account: AccountSlug,
    instance: Name,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> InstanceOut:
    """Show an instance."""
    owner = await queries.get_account(session, account)
    row = queries.get_instance(owner, instance)
    return moment.showing(InstanceOut.of(row), row.revision, public=False)


@put("/v1/accounts/{account:str}/instances/{instance:str}", scope="account", creates=InstanceOut)
async def put_instance(
    account: AccountSlug,
    instance: Name,
    data: JSONBody[InstanceIn],
    change: NamedDependency[Change],
) -> Response[InstanceOut]:
    """Report what an instance runs; the tier of its licence is the vendor's to set."""
    owner = await queries.get_account(change.session, account, lock=True)
    change.check(f"Instance {instance!r}", _revision(owner, instance))
    if change.customer:
        data = actions.as_reported(owner, instance, data)
    names = await vocabulary(change.session, visible_to(owner, change.visibility))
    row, new = await actions.put_instance(
        change.session, owner, instance, data, by=change.by, vocabulary=names
    )
    return Response(InstanceOut.of(row), status_code=201 if new else 200)


@delete("/v1/accounts/{account:str}/instances/{instance:str}", scope="account")
async def remove_instance(
    account: AccountSlug, instance: Name, change: NamedDependency[Change]
) -> None:
    """Forget an instance that is gone."""
    owner = await queries.get_account(change.session, account, lock=True)
    change.check(f"Instance {instance!r}", _revision(owner, instance))
    await actions.remove_instance(change.session, owner, instance, by=change.by)


def _revision(owner: Account, name: str) -> int | None:
    return next((instance.revision for instance in owner.instances if instance.name == name), None)


router = Router(
    "/",
    route_handlers=[list_instances, show_instance, put_instance, remove_instance],
    tags=["accounts"],
)

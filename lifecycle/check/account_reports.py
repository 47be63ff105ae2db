"""What a check stores: what it found to run takes the place of what was reported before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.accounts import actions, queries
from lifecycle.answers import reported_instances
from lifecycle.catalogue.queries import vocabulary

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.check.component_checks import AccountCheck


async def store(
    session: AsyncSession, check: AccountCheck, report: str, *, by: By
) -> tuple[str, ...]:
    """Keep what was matched as what the account runs; return the names of the instances.

    Earlier instances of the report go where all that runs of their product is known.
    """
    matched = check.checked.matched
    running = reported_instances.as_instances(matched, report, seen_at=by.at)
    replaced = reported_instances.replaced(matched, undecided=check.undecided)
    account = await queries.get_account(session, check.account, lock=True)
    names = await vocabulary(session)
    earlier = {instance.name: instance for instance in account.instances}
    for name, reported in running.items():
        environment = earlier[name].environment if name in earlier else None
        facts = msgspec.structs.replace(reported, environment=environment)
        facts = actions.as_reported(account, name, facts)
        await actions.put_instance(session, account, name, facts, by=by, vocabulary=names)
    for name, instance in earlier.items():
        if name in running or instance.product not in replaced:
            continue
        if reported_instances.is_of(report, instance):
            await actions.remove_instance(session, account, name, by=by)
    return tuple(running)

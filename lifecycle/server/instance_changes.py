"""Changes of what an account runs, as the API and the customer's pages ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.accounts import actions, queries
from lifecycle.answers.accounts import visible_to
from lifecycle.catalogue.queries import vocabulary

if TYPE_CHECKING:
    from lifecycle.accounts.account_inputs import InstanceIn
    from lifecycle.accounts.models import Account, Instance
    from lifecycle.server.dependencies import Change


async def put_instance(
    change: Change, account: str, name: str, facts: InstanceIn
) -> tuple[Instance, bool]:
    """Report what an instance runs; the tier of its licence is the vendor's to set."""
    owner = await queries.get_account(change.session, account, lock=True)
    change.check(f"Instance {name!r}", _revision(owner, name))
    if change.customer:
        facts = actions.as_reported(owner, name, facts)
    names = await vocabulary(change.session, visible_to(owner, change.visibility))
    return await actions.put_instance(
        change.session, owner, name, facts, by=change.by, vocabulary=names
    )


async def remove_instance(change: Change, account: str, name: str) -> None:
    """Forget an instance that is gone."""
    owner = await queries.get_account(change.session, account, lock=True)
    change.check(f"Instance {name!r}", _revision(owner, name))
    await actions.remove_instance(change.session, owner, name, by=change.by)


def _revision(owner: Account, name: str) -> int | None:
    return next((instance.revision for instance in owner.instances if instance.name == name), None)

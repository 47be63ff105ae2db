"""Changes of what an account runs, as the API and the customer's pages ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lifecycle.accounts import actions, queries
from lifecycle.answers.accounts import visible_to
from lifecycle.catalogue.queries import feature_keys, vocabulary

if TYPE_CHECKING:
    from lifecycle.accounts.account_inputs import InstanceIn
    from lifecycle.accounts.models import Account, Instance
    from lifecycle.server.dependencies import Change


class Reported(NamedTuple):
    """An instance as it is stored, and the features it reports that its product does not have."""

    instance: Instance
    is_new: bool
    unknown_features: list[str]


async def put_instance(change: Change, account: str, name: str, facts: InstanceIn) -> Reported:
    """Report what an instance runs; the tier of its licence is the vendor's to set."""
    owner = await queries.get_account(change.session, account, lock=True)
    change.check(f"Instance {name!r}", _revision(owner, name))
    if change.customer:
        facts = actions.as_reported(owner, name, facts)
    names = await vocabulary(change.session, visible_to(owner, change.visibility))
    instance, is_new = await actions.put_instance(
        change.session, owner, name, facts, by=change.by, vocabulary=names
    )
    keys = await feature_keys(
        change.session, visible_to(owner, change.visibility), product=facts.product
    )
    product_keys = keys.get(facts.product, ())
    unknown = [key for key in instance.features or () if key not in product_keys]
    return Reported(instance, is_new, unknown)


async def remove_instance(change: Change, account: str, name: str) -> None:
    """Forget an instance that is gone."""
    owner = await queries.get_account(change.session, account, lock=True)
    change.check(f"Instance {name!r}", _revision(owner, name))
    await actions.remove_instance(change.session, owner, name, by=change.by)


def _revision(owner: Account, name: str) -> int | None:
    return next((instance.revision for instance in owner.instances if instance.name == name), None)

"""What a customer list makes of the accounts that are known: what is new, and what changes (pure).

Nothing is stored here, so a dry run and an import say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.accounts import actions, names, queries
from lifecycle.accounts.account_inputs import AccountIn, AddressIn, InstanceIn, StoredTier
from lifecycle.accounts.import_changes import FieldChange, list_changes
from lifecycle.documents.partial_structs import stated
from lifecycle.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from lifecycle.accounts.account_inputs import AccountPatch, ImportedAccount, InstancePatch
    from lifecycle.accounts.vocabulary import Vocabulary


class StoredInstance(msgspec.Struct, frozen=True):
    """An instance as it is stored: its row's number, and the values of its columns."""

    id: int
    values: dict[str, Any]


class StoredAccount(msgspec.Struct, frozen=True):
    """An account as it is stored, with its tiers and instances."""

    id: int
    slug: str
    name: str
    tiers: list[StoredTier] = []
    instances: dict[str, StoredInstance] = {}


class InstancePlan(msgspec.Struct, frozen=True):
    """What becomes of an instance: new where none is ``stored``, else ``changed`` where it is.

    ``states_features`` where the list says which are in use.
    """

    name: str
    facts: InstanceIn
    stored: StoredInstance | None
    changed: dict[str, Any]
    evidence: dict[str, Any] | None
    states_features: bool


class AccountPlan(msgspec.Struct, frozen=True):
    """What becomes of an account: new where none is ``stored``, else ``changed`` where it is."""

    facts: AccountIn
    stored: StoredAccount | None
    changed: dict[str, Any]
    instances: list[InstancePlan]
    addresses: tuple[AddressIn, ...]

    @property
    def touched_instances(self) -> list[InstancePlan]:
        """The instances that are new or different."""
        return [
            instance for instance in self.instances if instance.stored is None or instance.changed
        ]

    def list_changes(self, today: date) -> Iterator[FieldChange]:
        """Yield what is different of what is known; what is new is no change."""
        slug = self.facts.slug
        if self.stored is not None:
            before = _fields_of(self.stored, today)
            after = {field: change["after"] for field, change in self.changed.items()}
            yield from list_changes(f"account {slug}", before, after)
        for instance in self.instances:
            if instance.stored is not None:
                subject = f"instance {slug}/{instance.name}"
                yield from list_changes(subject, instance.stored.values, instance.changed)


def plan_account(
    listed: ImportedAccount, stored: StoredAccount | None, *, today: date, vocabulary: Vocabulary
) -> AccountPlan | list[Problem]:
    """Work out what becomes of an account, or say what is wrong with what the list says of it.

    What the list does not mention stays as it is, and is not found fault with.
    """
    before = stored.instances if stored else {}
    problems: list[Problem] = []
    facts = _account_facts(listed.account, stored, today, problems)
    if facts is not None:
        named = set(stated(listed.account))
        problems += _among(named, actions.account_problems(facts, vocabulary))
    instances = []
    for name, patch in listed.instances.items():
        path = f"instances[{name[: names.LONGEST_NAME]}]."
        faults: list[Problem] = []
        merged = _instance_facts(patch, before.get(name), faults)
        if merged is not None:
            named = {*stated(patch), "name"}
            faults += _among(named, actions.instance_problems(name, merged, vocabulary))
            instances.append(
                _plan_instance(name, merged, before.get(name), states_features="features" in named)
            )
        problems += [fault.at(f"{path}{fault.field}") for fault in faults]
    if facts is None or problems:
        return problems
    changed = actions.account_changes(_fields_of(stored, today), facts) if stored else {}
    return AccountPlan(facts, stored, changed, instances, listed.addresses)


def _plan_instance(
    name: str, facts: InstanceIn, stored: StoredInstance | None, *, states_features: bool
) -> InstancePlan:
    values = actions.instance_values(facts)
    if stored is None:
        return InstancePlan(name, facts, None, values, actions.plain(values), states_features)
    changed, evidence = actions.instance_changes(stored.values, values)
    return InstancePlan(name, facts, stored, changed, evidence, states_features)


def _account_facts(
    facts: AccountIn | AccountPatch,
    stored: StoredAccount | None,
    today: date,
    problems: list[Problem],
) -> AccountIn | None:
    before = _fields_of(stored, today) if stored else {"name": "", "tier": None}
    merged = before | stated(facts)
    if merged["tier"] is None:
        problems.append(Problem("tier", "is missing; a new account needs one"))
        return None
    return AccountIn(**merged)


def _instance_facts(
    facts: InstanceIn | InstancePatch, stored: StoredInstance | None, problems: list[Problem]
) -> InstanceIn | None:
    merged = (stored.values if stored else {}) | stated(facts)
    missing = [field for field in ("product", "version") if field not in merged]
    problems += [Problem(field, "is missing; a new instance needs one") for field in missing]
    return None if missing else InstanceIn(**merged)


def _fields_of(stored: StoredAccount, today: date) -> dict[str, str | None]:
    return {"name": stored.name, "tier": queries.tier_on(stored.tiers, today)}


def _among(fields: set[str], problems: Iterator[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.field.partition("[")[0] in fields]

"""The policies of the vendor's products: which is in force, what it says, and what came before."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.calendar.zones import local_day, zone
from lifecycle.catalogue.policy_histories import EnteredPolicy, load_policy_history
from lifecycle.catalogue.queries import get_product
from lifecycle.policy.plain_words import PolicyWords, plain_words
from lifecycle.policy.policy_differences import (
    PeriodChange,
    WordDifference,
    period_changes,
    word_differences,
)
from lifecycle.policy.policy_texts import write_policy
from lifecycle.policy.succession import CORRECTABLE_FOR, in_force, why_fixed
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Cursor, Slug
from lifecycle.web.console.deprecation_list import own_products, page_of_products
from lifecycle.web.console.first_steps import next_step
from lifecycle.web.page_forms import Outcome
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.policy.policies import Policy

OUTCOMES: Final = {
    "policy-first": "The policy is entered.",
    "policy-succeeds": "The policy is entered. It succeeds the one before on its day.",
    "policy-replaces": "The policy is replaced.",
    "policy-unchanged": "This policy was entered already. Nothing was changed.",
}


class Standing(StrEnum):
    """Where a policy stands among those of its product."""

    IN_FORCE = "in force"
    TO_COME = "to come"
    SUCCEEDED = "succeeded"
    REPLACED = "replaced"


TONES: Final = {
    Standing.IN_FORCE: "supported",
    Standing.TO_COME: "planned",
    Standing.SUCCEEDED: "unsupported",
    Standing.REPLACED: "unknown",
}


class PolicyView(NamedTuple):
    """A policy as its product's page shows it; ``id`` tells its section from the others."""

    id: str
    entry: EnteredPolicy
    standing: Standing
    words: PolicyWords
    text: str
    predecessor: Policy | None
    differences: Sequence[WordDifference]
    periods: Sequence[PeriodChange]
    fixed_because: str | None
    replaceable_until: datetime | None


class ProductRow(NamedTuple):
    """A product in the list: the policy in force, and the next one."""

    slug: str
    name: str
    current: Policy | None
    following: Policy | None


@private_page("/console/policy", scope="publish", by_product=True)
async def show_policies(
    request: Request[Any, Any, Any], moment: NamedDependency[Moment], cursor: Cursor = None
) -> Response[str]:
    """List the products, each with the policy that is in force and the next one."""
    page = page_of_products(await own_products(moment), cursor)
    return show(
        request,
        "console/policies.html",
        title="Policies",
        page=page,
        rows=[_row(snapshot, moment.now) for snapshot in page.items],
        is_first=cursor is None,
        may_add=moment.products is None,
        today=moment.now.date(),
    )


@private_page("/console/policy/{product:str}", scope="publish")
async def show_policy(
    request: Request[Any, Any, Any],
    product: Slug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    outcome: Outcome = None,
) -> Response[str]:
    """Show a product's policy in words and as text, with those before and after it."""
    row = await get_product(session, product)
    history = await load_policy_history(session, row)
    views = _views(history, moment.now)
    return show(
        request,
        "console/policy.html",
        title=f"Policy of {row.name}",
        product=row,
        views=views,
        current=next((view for view in views if view.standing is Standing.IN_FORCE), None),
        standings=Standing,
        tones=TONES,
        today=moment.now.date(),
        outcome=OUTCOMES.get(outcome or "", ""),
        onward=await next_step(session, moment, product) if outcome else None,
    )


def _row(snapshot: Snapshot, now: datetime) -> ProductRow:
    today = snapshot.today(now)
    later = (policy for policy in snapshot.facts.policies if policy.in_force_from > today)
    return ProductRow(
        snapshot.slug, snapshot.known.name, snapshot.policy_on(today), next(later, None)
    )


def _views(history: Sequence[EnteredPolicy], now: datetime) -> list[PolicyView]:
    """Show all policies, the newest first; those that were replaced come last."""
    counted = [entry for entry in history if entry.replaced_at is None]
    replaced = [entry for entry in history if entry.replaced_at is not None]
    listed = [entry.policy for entry in counted]
    views: list[PolicyView] = []
    for before, entry, after in zip([None, *listed], counted, [*listed[1:], None], strict=False):
        today = local_day(now, zone(entry.policy.timezone))
        fixed_because = why_fixed(entry.entered, today=today, now=now)
        standing = _standing(entry.policy, after, now)
        id_ = f"policy-{len(views) + 1}"
        views.append(_view(id_, entry, standing, before, after, fixed_because))
    mistakes = [
        _view(f"replaced-{number}", entry, Standing.REPLACED, None, None, "it was replaced")
        for number, entry in enumerate(replaced, 1)
    ]
    return [*reversed(views), *reversed(mistakes)]


def _standing(policy: Policy, successor: Policy | None, now: datetime) -> Standing:
    begun = in_force([policy], local_day(now, zone(policy.timezone)))
    if begun is None:
        return Standing.TO_COME
    if successor and in_force([successor], local_day(now, zone(successor.timezone))):
        return Standing.SUCCEEDED
    return Standing.IN_FORCE


def _view(
    id_: str,
    entry: EnteredPolicy,
    standing: Standing,
    predecessor: Policy | None,
    successor: Policy | None,
    fixed_because: str | None,
) -> PolicyView:
    begun = standing is not Standing.TO_COME
    until = entry.entered.registered_at + CORRECTABLE_FOR if begun and not fixed_because else None
    return PolicyView(
        id=id_,
        entry=entry,
        standing=standing,
        words=plain_words(entry.policy, successor=successor),
        text=write_policy(entry.policy),
        predecessor=predecessor,
        differences=word_differences(predecessor, entry.policy) if predecessor else (),
        periods=period_changes(predecessor, entry.policy) if predecessor else (),
        fixed_because=fixed_because,
        replaceable_until=until,
    )


router = pages(show_policies, show_policy)

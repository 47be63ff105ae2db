"""The policies of the vendor's products: which is in force, what it says, and what came before."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

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
from lifecycle.server.computed_lists import page_of
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Cursor, Slug
from lifecycle.web.console.first_steps import next_step
from lifecycle.web.console.own_products import provide_product_list
from lifecycle.web.console.policy_entry import UnknownPolicy
from lifecycle.web.page_forms import Outcome, reading
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.product_lists import ProductList
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.policy.policies import Policy
    from lifecycle.web.console.first_steps import FirstStep

ON_A_PAGE: Final = 50
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


class PolicyRow(NamedTuple):
    """A policy among those of its product, with the ones before and after it."""

    entry: EnteredPolicy
    standing: Standing
    predecessor: Policy | None = None
    successor: Policy | None = None

    @property
    def query(self) -> dict[str, str]:
        """What its page is asked for by: one that was replaced shares its version with another."""
        if self.standing is Standing.REPLACED:
            return {"replaced": str(self.entry.id)}
        return {"version": self.entry.policy.version}


class Named(NamedTuple):
    """The policy that is asked for, as ``PolicyRow.query`` does; the one in force by neither."""

    version: str | None
    replaced: str | None


async def provide_named(version: FormText = None, replaced: FormText = None) -> Named:
    """Return which policy is asked for."""
    return Named(filled(version), filled(replaced))


class PolicyView(NamedTuple):
    """What a policy says, and what it changed: the same for as long as its product has it."""

    words: PolicyWords
    text: str
    differences: Sequence[WordDifference]
    periods: Sequence[PeriodChange]


class PolicyHistory(NamedTuple):
    """All policies of a product, and the views that were made of them, by their numbers."""

    entries: Sequence[EnteredPolicy]
    views: dict[int, PolicyView]


class Replaceable(NamedTuple):
    """Whether a policy can still be replaced: why not, if not, and else until when."""

    fixed_because: str | None
    until: datetime | None


class ProductRow(NamedTuple):
    """A product in the list: the policy in force, and the next one."""

    slug: str
    name: str
    current: Policy | None
    following: Policy | None


@private_page("/console/policy", scope="publish", by_product=True)
async def show_policies(
    request: Request[Any, Any, Any],
    moment: NamedDependency[Moment],
    product_list: NamedDependency[ProductList],
) -> Response[str]:
    """List the products, each with the policy that is in force and the next one."""
    return show(
        request,
        "console/policies.html",
        title="Policies",
        product_list=product_list,
        rows=[_row(snapshot, moment.now) for snapshot in product_list.page.items],
        may_add=moment.products is None,
        today=moment.now.date(),
    )


@private_page("/console/policy/{product:str}", scope="publish")
async def show_policy(
    request: Request[Any, Any, Any],
    product: Slug,
    moment: NamedDependency[Moment],
    named: NamedDependency[Named],
    cursor: Cursor = None,
    outcome: Outcome = None,
) -> Response[str]:
    """Show a product's policy in words and as text, and lead to those before and after it.

    It is the one in force, unless another is asked for.
    """
    snapshot = await moment.snapshot(product)
    history = await _history(request, snapshot)
    rows = _rows(history.entries, moment.now)
    current = next((row for row in rows if row.standing is Standing.IN_FORCE), None)
    chosen = _choose(rows, named) or current or next(iter(rows), None)
    places = [(f"{place:06}", row) for place, row in enumerate(rows)]
    return show(
        request,
        "console/policy.html",
        title=f"Policy of {snapshot.known.name}",
        product=snapshot.known,
        page=page_of(places, key=lambda place: place[0], cursor=cursor, limit=ON_A_PAGE),
        is_first=cursor is None,
        current=current,
        chosen=chosen,
        view=_view(history, chosen) if chosen else None,
        replaceable=_replaceable(chosen, moment.now) if chosen else None,
        standings=Standing,
        tones=TONES,
        today=moment.now.date(),
        outcome=OUTCOMES.get(outcome or "", ""),
        onward=await _onward(request, moment, product) if outcome else None,
    )


async def _onward(
    request: Request[Any, Any, Any], moment: Moment, product: str
) -> FirstStep | None:
    async with reading(request) as session:
        return await next_step(session, moment, product)


async def _history(request: Request[Any, Any, Any], snapshot: Snapshot) -> PolicyHistory:
    """Return a product's policies, read once for as long as the product stands as it does."""
    history: PolicyHistory | None = snapshot.derived.get(__name__)
    if history is None:
        async with reading(request) as session:
            row = await get_product(session, snapshot.slug)
            history = PolicyHistory(await load_policy_history(session, row), {})
        snapshot.derived[__name__] = history
    return history


def _row(snapshot: Snapshot, now: datetime) -> ProductRow:
    today = snapshot.today(now)
    later = (policy for policy in snapshot.facts.policies if policy.in_force_from > today)
    return ProductRow(
        snapshot.slug, snapshot.known.name, snapshot.policy_on(today), next(later, None)
    )


def _rows(history: Sequence[EnteredPolicy], now: datetime) -> list[PolicyRow]:
    """Return all policies, the newest first; those that were replaced come last."""
    counted = [entry for entry in history if entry.replaced_at is None]
    replaced = [entry for entry in history if entry.replaced_at is not None]
    listed = [entry.policy for entry in counted]
    rows = [
        PolicyRow(entry, _standing(entry.policy, after, now), before, after)
        for before, entry, after in zip([None, *listed], counted, [*listed[1:], None], strict=False)
    ]
    mistakes = [PolicyRow(entry, Standing.REPLACED) for entry in replaced]
    return [*reversed(rows), *reversed(mistakes)]


def _choose(rows: Sequence[PolicyRow], named: Named) -> PolicyRow | None:
    """Return the policy that is asked for; None if none is."""
    query = {name: text for name, text in named._asdict().items() if text}
    if not query:
        return None
    chosen = next((row for row in rows if row.query == query), None)
    if chosen is None:
        raise UnknownPolicy("The product has no such policy; its page lists those that it has.")
    return chosen


def _standing(policy: Policy, successor: Policy | None, now: datetime) -> Standing:
    begun = in_force([policy], local_day(now, zone(policy.timezone)))
    if begun is None:
        return Standing.TO_COME
    if successor and in_force([successor], local_day(now, zone(successor.timezone))):
        return Standing.SUCCEEDED
    return Standing.IN_FORCE


def _view(history: PolicyHistory, row: PolicyRow) -> PolicyView:
    view = history.views.get(row.entry.id)
    if view is None:
        policy, before = row.entry.policy, row.predecessor
        view = history.views[row.entry.id] = PolicyView(
            words=plain_words(policy, successor=row.successor),
            text=write_policy(policy),
            differences=word_differences(before, policy) if before else (),
            periods=period_changes(before, policy) if before else (),
        )
    return view


def _replaceable(row: PolicyRow, now: datetime) -> Replaceable:
    entered = row.entry.entered
    today = local_day(now, zone(row.entry.policy.timezone))
    begun = row.standing is not Standing.TO_COME
    return Replaceable(
        fixed_because=why_fixed(entered, today=today, now=now),
        until=entered.registered_at + CORRECTABLE_FOR if begun else None,
    )


router = pages(show_policies, show_policy, named=provide_named, product_list=provide_product_list)

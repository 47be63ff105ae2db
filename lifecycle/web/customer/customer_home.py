"""The customer's page: how what its account runs stands, and what is coming for it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import account_subscriptions
from lifecycle.accounts.queries import get_account
from lifecycle.answers.accounts import products_of, status
from lifecycle.answers.change_texts import name_of
from lifecycle.deprecations.evidence.open_notices import open_notices
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.deprecations.states import ENDS_SUPPORT
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug
from lifecycle.support.status import PROMISED, Status
from lifecycle.web.customer.coming_changes import URGENT_DAYS, coming_changes
from lifecycle.web.customer.notice_pages import DONE
from lifecycle.web.page_forms import Outcome
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show
from notifications.models import SubscriptionState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.answers.accounts import AccountStatusOut
    from lifecycle.web.customer.coming_changes import Coming

AHEAD_DAYS = 365
"""So far ahead ends of support are shown that nobody has announced."""


@private_page("/my/{account:str}", scope="account", by_product=True)
async def show_account(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    outcome: Outcome = None,
) -> Response[str]:
    """Show an account to its own people, or to the vendor's."""
    customer = await get_account(session, account, products=moment.products)
    snapshots = await moment.app_state.snapshots.get_known(products_of(customer))
    answer = status(customer, snapshots, at=None, within=AHEAD_DAYS, now=moment.now)
    base = base_url(moment.app_state.settings)
    states = await open_notices(
        session, customer, now=moment.now, base=base, products=moment.products
    )
    changes = coming_changes(states, answer, snapshots)
    addresses = await account_subscriptions.listed(session, customer, products=moment.products)
    return show(
        request,
        "customer/home.html",
        title=customer.name,
        account=customer.slug,
        tier=answer.tier,
        lead=lead_sentences(answer, changes),
        changes=changes,
        instances=answer.instances,
        supported=sum(instance.status in PROMISED for instance in answer.instances),
        names={slug: name_of(snapshot) for slug, snapshot in snapshots.items()},
        active=sum(address.state == SubscriptionState.ACTIVE for address in addresses),
        addresses=len(addresses),
        ahead_days=AHEAD_DAYS,
        today=moment.now.date(),
        may_change=moment.products is None,
        outcome=DONE.get(outcome or "", ""),
    )


def lead_sentences(answer: AccountStatusOut, changes: Sequence[Coming]) -> list[str]:
    """Say first how what an account runs stands, and what wants doing."""
    if not answer.instances:
        first = "You have not reported what you run, so nothing can be said about it."
    else:
        first = _standing(Counter(_statuses(answer)))
    urgent = sum(
        change.days_left <= URGENT_DAYS and not change.is_within_line for change in changes
    )
    unread = sum(change.notice is not None and not change.acknowledged_at for change in changes)
    sentences = [first]
    if urgent:
        noun, have = (
            ("One change takes", "has") if urgent == 1 else (f"{urgent} changes take", "have")
        )
        sentences.append(f"{noun} effect within {URGENT_DAYS} days, or {have} already.")
    if unread:
        noun = "One notice waits" if unread == 1 else f"{unread} notices wait"
        sentences.append(f"{noun} to be acknowledged.")
    return sentences


def _statuses(answer: AccountStatusOut) -> Iterator[Status]:
    """Yield how each instance stands; one that a newer release of its line replaces is not ending.

    An end that is announced counts whatever comes out before it.
    """
    ends = [change for change in answer.coming if change.kind in ENDS_SUPPORT]
    replaced = {change.instance for change in ends if change.superseded_by}
    replaced -= {change.instance for change in ends if change.deprecation}
    for instance in answer.instances:
        is_alarm = instance.status is not Status.ENDING or instance.instance not in replaced
        yield instance.status if is_alarm else Status.SUPPORTED


def _standing(counts: Counter[Status]) -> str:
    """Say how many instances are supported, and of how many of these the support is ending.

    Those that are not supported come first.

    >>> _standing(Counter({Status.SUPPORTED: 2, Status.ENDING: 1}))
    'All 3 instances are supported, but support for one of them is due to end.'
    >>> _standing(Counter({Status.SUPPORTED: 1, Status.UNKNOWN: 1}))
    '1 of 2 instances is supported.'
    >>> _standing(Counter({Status.ENDING: 1, Status.UNSUPPORTED: 2}))
    '2 of 3 instances are not supported; support for the other one is due to end.'
    """
    count, total = sum(counts[status] for status in PROMISED), counts.total()
    ending, unsupported = counts[Status.ENDING], counts[Status.UNSUPPORTED]
    if unsupported:
        return _with_unsupported(unsupported, total, ending)
    if total == 1 and count:
        return f"It is supported{', but support is due to end' if ending else ''}."
    supported = f"All {total}" if count == total else f"{count} of {total}"
    sentence = f"{supported} instances {'is' if count == 1 else 'are'} supported"
    if not ending:
        return f"{sentence}."
    if count == 1:
        return f"{sentence}, but its support is due to end."
    share = "all" if ending == count else "one" if ending == 1 else str(ending)
    return f"{sentence}, but support for {share} of them is due to end."


def _with_unsupported(unsupported: int, total: int, ending: int) -> str:
    """Say how many instances are not supported, and how many will not be for long.

    >>> _with_unsupported(1, 4, 2)
    '1 of 4 instances is not supported; support for 2 others is due to end.'
    >>> _with_unsupported(3, 3, 0)
    'None of the 3 instances is supported.'
    >>> _with_unsupported(1, 1, 0)
    'It is not supported.'
    """
    if total == 1:
        return "It is not supported."
    if unsupported == total:
        return f"None of the {total} instances is supported."
    sentence = (
        f"{unsupported} of {total} instances {'is' if unsupported == 1 else 'are'} not supported"
    )
    if not ending:
        return f"{sentence}."
    noun = "one other" if ending == 1 else f"{ending} others"
    noun = "the other one" if total - unsupported == 1 else noun
    return f"{sentence}; support for {noun} is due to end."


router = pages(show_account)

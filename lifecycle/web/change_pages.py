"""What happened, on a page: the same list as the feed's, filtered by the same parameters."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.answers import change_texts
from lifecycle.answers.public_changes import ChangeFilter, PublicChange, public_changes
from lifecycle.calendar.days import write_month
from lifecycle.deprecations.notices.wording import KINDS
from lifecycle.errors import LifecycleError
from lifecycle.server.dependencies import Moment
from lifecycle.server.published_paths import write_path
from lifecycle.static_export.preferences import static_copy_in
from lifecycle.web.feeds import filter_of
from lifecycle.web.page_parameters import (
    LONGEST_LIST,
    FormText,
    check_fields,
    filled,
    page_number,
    shown_again,
)
from lifecycle.web.page_routes import page, pages
from lifecycle.web.product_selections import (
    Selection,
    narrowed,
    select_products,
    tiers_of,
    work_on,
)
from lifecycle.web.rendered_pages import show

ON_A_PAGE = 50
IN_A_FILE = 500
"""So many changes a page has that is for a file, which has no second one."""


class ListedChange(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, in words; ``address`` are the segments of the path of the page about it."""

    title: str
    address: tuple[str, ...]
    paragraphs: tuple[str, ...]
    day: date
    today: date
    product: str
    product_name: str


class ChangeList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of changes by their months, newest first, and how many there are in all."""

    months: tuple[tuple[str, tuple[ListedChange, ...]], ...]
    count: int
    page: int
    last_page: int
    length: int
    title: str


class ChangesForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it was filled."""

    products: str | None = None
    tier: str | None = None
    kind: str | None = None
    event: str | None = None

    @property
    def query(self) -> dict[str, str | None]:
        """Return the fields as parameters."""
        return msgspec.structs.asdict(self)


@page("/changes", has_form=True)
async def show_changes(
    request: Request[Any, Any, Any],
    moment: NamedDependency[Moment],
    products: FormText = None,
    tier: FormText = None,
    kind: FormText = None,
    event: FormText = None,
    page: FormText = None,
) -> Response[str]:
    """Show what was announced, changed, withdrawn, and what took effect or ended, newest first."""
    form = ChangesForm(
        products=shown_again(products, LONGEST_LIST),
        tier=shown_again(tier),
        kind=shown_again(kind),
        event=shown_again(event),
    )
    selection: Selection | None = None
    try:
        fields = {"products": products, "tier": tier, "kind": kind, "event": event, "page": page}
        check_fields(**fields, longest=LONGEST_LIST)
        selection = await select_products(moment, filled(products))
        chosen = narrowed(selection, filled(tier), moment.now)
        only = filter_of(chosen, filled(kind), filled(event))
        is_static = static_copy_in(request.scope["headers"]) is not None
        length = IN_A_FILE if is_static else ON_A_PAGE
        work = partial(_listed, chosen, only, filled(page), moment.now, length)
        listed = await work_on(chosen, moment, work)
    except LifecycleError as error:
        return _shown(request, form, _options(selection, moment.now), moment.now, refusal=error)
    return _shown(request, form, _options(selection, moment.now), moment.now, listed=listed)


def _listed(
    selection: Selection, only: ChangeFilter, number: str | None, now: datetime, length: int
) -> ChangeList:
    changes = public_changes(selection.snapshots, now, only)
    last_page = max(1, -(-len(changes) // length))
    page = page_number(number, last_page)
    described = [_described(c, now) for c in changes[length * (page - 1) : length * page]]
    months = groupby(described, key=lambda change: write_month(change.day))
    return ChangeList(
        months=tuple((month, tuple(of_month)) for month, of_month in months),
        count=len(changes),
        page=page,
        last_page=last_page,
        length=length,
        title=selection.title,
    )


def _described(change: PublicChange, now: datetime) -> ListedChange:
    return ListedChange(
        title=change_texts.title(change),
        address=change_texts.address(change),
        paragraphs=change_texts.summary(change, now),
        day=change.day,
        today=change.snapshot.today(now),
        product=change.snapshot.slug,
        product_name=change_texts.name_of(change.snapshot),
    )


def _options(selection: Selection | None, now: datetime) -> list[str]:
    return tiers_of(selection, now) if selection else []


def _shown(
    request: Request[Any, Any, Any],
    form: ChangesForm,
    tiers: list[str],
    now: datetime,
    *,
    listed: ChangeList | None = None,
    refusal: LifecycleError | None = None,
) -> Response[str]:
    query = form.query
    return show(
        request,
        "changes.html",
        status=refusal.status_code if refusal else 200,
        title="Changes",
        today=now.date(),
        today_in="UTC",
        form=form,
        query=query,
        tiers=[*tiers, *([form.tier] if form.tier and form.tier not in tiers else [])],
        kinds={kind.value: label for kind, label in KINDS.items()},
        events={event.value: label for event, label in change_texts.LABELS.items()},
        changes=listed,
        refusal=refusal.detail if refusal else None,
        fields={problem.field for problem in refusal.problems} if refusal else set(),
        canonical=write_path("", "changes", **query),
    )


router = pages(show_changes)

"""Announcing: one page that says what will happen, and the form that makes it happen."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.calendar.days import parse_day, write_day
from lifecycle.calendar.lengths import add_days
from lifecycle.catalogue import waivers
from lifecycle.deprecations import announcement_previews
from lifecycle.deprecations.announcement_previews import Supposition
from lifecycle.deprecations.audience.previews import Listing
from lifecycle.deprecations.deprecation_inputs import AnnounceIn
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.deprecations.states import UNANNOUNCED, State
from lifecycle.deprecations.workflow import announcement
from lifecycle.errors import LifecycleError
from lifecycle.scheduler.channel_setup import sends_no_mail
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import DeprecationId
from lifecycle.web.console.deprecation_words import FIELD_NAMES, MILESTONE_NAMES, count_accounts
from lifecycle.web.console.mail_frames import framing_headers
from lifecycle.web.console.outlook_views import view_outlook
from lifecycle.web.console.own_deprecations import (
    OwnDeprecation,
    View,
    check_revision,
    get_own,
    viewing,
)
from lifecycle.web.page_forms import Form, Outcome, changing, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from lifecycle.web.console.outlook_views import OutlookView

MOST_NAMED = 20
"""So many accounts that cannot be reached are named on the page; a page apart has all of them."""

OUTCOMES = {"waived": "The waiver is recorded. It is chosen below."}


@private_page("/console/deprecations/{deprecation:str}/announce", scope="publish", by_product=True)
async def ask_to_announce(
    request: Request[Any, Any, Any],
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    on: FormText = None,
    waiver: FormText = None,
    outcome: Outcome = None,
) -> Response[Any]:
    """Say what announcing a draft will do; being here announces nothing."""
    own = await get_own(session, moment, deprecation)
    if own.row.state not in UNANNOUNCED:
        return _lead_to_reach(request, deprecation, "already")
    form = Form.filled(on=filled(on), waiver=filled(waiver), revision=str(own.row.revision))
    view = View(request, moment, session)
    return await _show(view, own, form, outcome=OUTCOMES.get(outcome or "", ""))


@form_route("/console/deprecations/{deprecation:str}/announce", scope="publish", by_product=True)
async def announce(
    request: Request[Any, Any, Any], deprecation: DeprecationId, form: NamedDependency[Form]
) -> Response[Any]:
    """Announce a draft, now or by itself on a later day."""
    try:
        facts = AnnounceIn(on=form.day("on"), waiver=form.optional("waiver"))
        async with changing(request, form) as change:
            own = await get_own(change.session, change, deprecation, lock=True)
            check_revision(change, own, form)
            await announcement.announce(change.session, own.row, facts, by=change.by)
            is_announced = own.row.state == State.ANNOUNCED
    except LifecycleError as refusal:
        again = form.refused(refusal)
        async with viewing(request) as view:
            own = await get_own(view.session, view.moment, deprecation)
            if own.row.state not in UNANNOUNCED:  # the button was pressed twice, or by two people
                return _lead_to_reach(request, deprecation, "already")
            return await _show(view, own, again)
    if is_announced:
        return _lead_to_reach(request, deprecation, "announced")
    return see_other(request, "console", "deprecations", deprecation, outcome="scheduled")


def _lead_to_reach(request: Request[Any, Any, Any], uid: str, outcome: str) -> Response[Any]:
    return see_other(request, "console", "deprecations", uid, "reach", outcome=outcome)


async def _show(view: View, own: OwnDeprecation, form: Form, *, outcome: str = "") -> Response[str]:
    """Show what will happen, as far as it can be announced at all."""
    request, moment, session = view
    uid = own.row.uid
    outlook, refused = None, None
    try:
        outlook = await _outlook(view, own, form)
    except LifecycleError as error:
        refused = error.detail
    today = outlook.today if outlook else moment.now.date()
    usable = await waivers.usable(session, deprecation=uid, today=today)
    return show(
        request,
        "console/announce.html",
        status=form.status,
        headers=framing_headers(),
        title=f"Announce: {own.title}",
        outcome=outcome,
        own=own,
        form=form,
        outlook=outlook,
        refused=refused,
        waivers=[(row.uid, f"{row.person}, until {write_day(row.until)}") for row in usable],
        no_mail=sends_no_mail(moment.app_state.settings),
        is_later=bool(outlook and outlook.announced_on > outlook.today),
        count_accounts=count_accounts,
        field_names=FIELD_NAMES,
        last_day_before=partial(add_days, days=-1),
        milestone_names=MILESTONE_NAMES,
        is_end_of_support=own.content.kind.value == "end_of_support",
    )


async def _outlook(view: View, own: OwnDeprecation, form: Form) -> OutlookView:
    outlook = await announcement_previews.look_ahead(
        view.session,
        own.row,
        now=view.moment.now,
        base=base_url(view.moment.app_state.settings),
        supposed=Supposition(content=own.content, on=_day(form)),
        listing=Listing(limit=1),
    )
    shown = view_outlook(outlook)
    if not shown.unreachable:
        return shown
    unreachable = await announcement_previews.list_affected(
        view.session, outlook, Listing(unreachable=True, limit=MOST_NAMED)
    )
    names = tuple((account.account, account.why_not or "") for account in unreachable.items)
    return msgspec.structs.replace(shown, unreachable_accounts=names)


def _day(form: Form) -> date | None:
    """Return the day on which it is to be announced; one that is not valid has its own problem."""
    try:
        return parse_day(form.value("on")) if form.value("on") else None
    except LifecycleError:
        return None


router = pages(ask_to_announce, announce)

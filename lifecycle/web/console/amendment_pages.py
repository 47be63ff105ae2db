"""Amending, postponing and withdrawing: each says what it will send before it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.calendar.days import write_day
from lifecycle.catalogue import waivers
from lifecycle.deprecations import amendment_previews
from lifecycle.deprecations.notices import wording
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.deprecations.queries import days_of
from lifecycle.deprecations.states import State
from lifecycle.deprecations.workflow import amendments
from lifecycle.errors import LifecycleError
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import DeprecationId
from lifecycle.web.console.amendment_forms import amendment_form, read_amendment, read_withdrawal
from lifecycle.web.console.deprecation_words import (
    MILESTONE_NAMES,
    count_accounts,
    name_fields,
)
from lifecycle.web.console.draft_forms import fields_of, links_of
from lifecycle.web.console.draft_sheets import choices_of
from lifecycle.web.console.mail_frames import framing_headers
from lifecycle.web.console.outlook_views import view_notices, view_reader
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
    from lifecycle.deprecations.amendment_previews import RevisionOutlook

OUTCOMES = {"waived": "The waiver is recorded. It is chosen below."}
AMEND, WITHDRAW = "amend", "withdraw"
PATH = "/console/deprecations/{deprecation:str}"


@private_page(f"{PATH}/amend", scope="publish", by_product=True)
async def ask_to_amend(
    request: Request[Any, Any, Any],
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    waiver: FormText = None,
    outcome: Outcome = None,
) -> Response[str]:
    """Ask what should change about an announcement; being here changes nothing."""
    own = await get_own(session, moment, deprecation)
    view, form = View(request, moment, session), amendment_form(own, filled(waiver))
    return await _ask(view, own, form, AMEND, outcome=OUTCOMES.get(outcome or "", ""))


@form_route(f"{PATH}/amend/review", scope="publish", by_product=True)
async def review_amendment(
    request: Request[Any, Any, Any], deprecation: DeprecationId, form: NamedDependency[Form]
) -> Response[Any]:
    """Say what an amendment would do and send; nothing is stored or sent."""
    return await _review(request, deprecation, form, AMEND)


@form_route(f"{PATH}/amend", scope="publish", by_product=True)
async def amend(
    request: Request[Any, Any, Any], deprecation: DeprecationId, form: NamedDependency[Form]
) -> Response[Any]:
    """Amend what is announced, and notify everyone concerned."""
    return await _decide(request, deprecation, form, AMEND)


@private_page(f"{PATH}/withdraw", scope="publish", by_product=True)
async def ask_to_withdraw(
    request: Request[Any, Any, Any],
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    waiver: FormText = None,
    outcome: Outcome = None,
) -> Response[str]:
    """Ask why an announcement is withdrawn; being here withdraws nothing."""
    own = await get_own(session, moment, deprecation)
    form = Form.filled(waiver=filled(waiver), revision=str(own.row.revision))
    view = View(request, moment, session)
    return await _ask(view, own, form, WITHDRAW, outcome=OUTCOMES.get(outcome or "", ""))


@form_route(f"{PATH}/withdraw/review", scope="publish", by_product=True)
async def review_withdrawal(
    request: Request[Any, Any, Any], deprecation: DeprecationId, form: NamedDependency[Form]
) -> Response[Any]:
    """Say what a withdrawal would send; nothing is stored or sent."""
    return await _review(request, deprecation, form, WITHDRAW)


@form_route(f"{PATH}/withdraw", scope="publish", by_product=True)
async def withdraw(
    request: Request[Any, Any, Any], deprecation: DeprecationId, form: NamedDependency[Form]
) -> Response[Any]:
    """Withdraw what is announced, and notify everyone who was notified of it."""
    return await _decide(request, deprecation, form, WITHDRAW)


async def _review(
    request: Request[Any, Any, Any], deprecation: str, form: Form, act: str
) -> Response[Any]:
    async with viewing(request) as view:
        own = await get_own(view.session, view.moment, deprecation)
        if form.text("then") == "edit":
            return await _ask(view, own, form, act)
        try:
            outlook = await _look_ahead(view, own, form, act)
        except LifecycleError as refusal:
            return await _ask(view, own, form.refused(refusal, fields_of(refusal)), act)
        return show(
            request,
            "console/revision_review.html",
            headers=framing_headers(),
            title=f"{act.capitalize()}: {own.title}",
            own=own,
            form=form,
            act=act,
            outlook=outlook,
            changed=wording.name_changes(outlook.changes),
            notices=view_notices(outlook.notices),
            reader=view_reader(outlook.reader, outlook.notices),
            total=outlook.recipients + outlook.newcomers,
            count_accounts=count_accounts,
            milestone_names=MILESTONE_NAMES,
        )


async def _look_ahead(view: View, own: OwnDeprecation, form: Form, act: str) -> RevisionOutlook:
    session, by = view.session, view.moment.by
    base = base_url(view.moment.app_state.settings)
    if act == AMEND:
        amendment = read_amendment(form, own)
        return await amendment_previews.look_ahead_at_amendment(
            session, own.row, amendment, by=by, base=base
        )
    withdrawal = read_withdrawal(form)
    return await amendment_previews.look_ahead_at_withdrawal(
        session, own.row, withdrawal, by=by, base=base
    )


async def _decide(
    request: Request[Any, Any, Any], deprecation: str, form: Form, act: str
) -> Response[Any]:
    try:
        async with changing(request, form) as change:
            own = await get_own(change.session, change, deprecation, lock=True)
            check_revision(change, own, form)
            if act == AMEND:
                amendment = read_amendment(form, own)
                await amendments.amend(change.session, own.row, amendment, by=change.by)
            else:
                withdrawal = read_withdrawal(form)
                await amendments.withdraw(change.session, own.row, withdrawal, by=change.by)
    except LifecycleError as refusal:
        again = form.refused(refusal, fields_of(refusal))
        async with viewing(request) as view:
            own = await get_own(view.session, view.moment, deprecation)
            return await _ask(view, own, again, act)
    outcome = "amended" if act == AMEND else "withdrawn"
    return see_other(request, "console", "deprecations", deprecation, "reach", outcome=outcome)


async def _ask(
    view: View, own: OwnDeprecation, form: Form, act: str, *, outcome: str = ""
) -> Response[str]:
    choices = await choices_of(view.moment, own.product.slug, own)
    days = days_of(own.row.days)
    usable = await waivers.usable(view.session, deprecation=own.row.uid, today=choices.today)
    return show(
        view.request,
        f"console/{act}.html",
        status=form.status,
        title=f"{'Amend or postpone' if act == AMEND else 'Withdraw'}: {own.title}",
        outcome=outcome,
        own=own,
        form=form,
        choices=choices,
        field_names=name_fields([*days, *choices.tiers]),
        tiers=[*days, *(tier for tier in choices.tiers if tier not in days)],
        days=days,
        link_rows=links_of(form),
        is_standing=own.row.state == State.ANNOUNCED,
        waivers=[(row.uid, f"{row.person}, until {write_day(row.until)}") for row in usable],
        today=choices.today,
    )


router = pages(ask_to_amend, review_amendment, amend, ask_to_withdraw, review_withdrawal, withdraw)

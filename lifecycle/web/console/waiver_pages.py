"""Granting a waiver for a deprecation whose day is sooner than was promised."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.catalogue import waivers
from lifecycle.errors import LifecycleError
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import DeprecationId
from lifecycle.web.console.deprecation_words import WAIVER_FIELD_NAMES
from lifecycle.web.console.own_deprecations import OwnDeprecation, get_own, viewing
from lifecycle.web.console.waiver_forms import REASONS, read_waiver
from lifecycle.web.page_forms import Form, changing, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show

FOR = ("announce", "amend", "withdraw")
"""The pages that lead here, and to which one goes back."""


@private_page("/console/deprecations/{deprecation:str}/waiver", scope="publish", by_product=True)
async def ask_for_waiver(
    request: Request[Any, Any, Any],
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    purpose: FormText = None,
) -> Response[str]:
    """Ask who decides that a promise may be broken, why, and until when."""
    own = await get_own(session, moment, deprecation)
    return _show(request, own, Form.filled(purpose=_page_for(filled(purpose))))


@form_route("/console/deprecations/{deprecation:str}/waiver", scope="publish", by_product=True)
async def grant_waiver(
    request: Request[Any, Any, Any], deprecation: DeprecationId, form: NamedDependency[Form]
) -> Response[Any]:
    """Record a waiver for a deprecation, once, and lead back to where it is used."""
    try:
        async with changing(request) as change:
            own = await get_own(change.session, change, deprecation)
            facts = read_waiver(form, product=own.product.slug, deprecation=deprecation)
            today = await change.today(own.product)
            waiver = await waivers.grant_once(
                change.session, facts, by=change.by, today=today, product=own.product
            )
            uid = waiver.uid
    except LifecycleError as refusal:
        again = form.refused(refusal)
        async with viewing(request) as view:
            own = await get_own(view.session, view.moment, deprecation)
            return _show(request, own, again)
    return see_other(
        request,
        "console",
        "deprecations",
        deprecation,
        _page_for(form.text("purpose")),
        waiver=uid,
        outcome="waived",
    )


def _page_for(purpose: str | None) -> str:
    return purpose if purpose in FOR else FOR[0]


def _show(request: Request[Any, Any, Any], own: OwnDeprecation, form: Form) -> Response[str]:
    return show(
        request,
        "console/waiver.html",
        status=form.status,
        title=f"Waive the notice period: {own.title}",
        own=own,
        form=form,
        field_names=WAIVER_FIELD_NAMES,
        reasons=REASONS,
    )


router = pages(ask_for_waiver, grant_waiver)

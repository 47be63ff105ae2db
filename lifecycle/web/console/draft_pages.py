"""Drafting: a deprecation's form, saved step by step, beside what announcing it would do."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.deprecations.queries import content_document
from lifecycle.deprecations.states import UNANNOUNCED
from lifecycle.deprecations.workflow import drafts
from lifecycle.errors import LifecycleError, PreconditionFailed, PreconditionRequired
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import DeprecationId
from lifecycle.web.console import draft_parts
from lifecycle.web.console.announced_page import show_announced
from lifecycle.web.console.draft_forms import (
    empty_form,
    fields_of,
    filled_form,
    patch_to,
    read_content,
)
from lifecycle.web.console.draft_sheets import choices_of, show_conflict, show_sheet
from lifecycle.web.console.own_deprecations import (
    OwnDeprecation,
    View,
    check_revision,
    get_own,
    viewing,
)
from lifecycle.web.console.own_products import provide_product_list
from lifecycle.web.page_forms import Form, Outcome, changing, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.product_lists import ProductList
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn

OUTCOMES = {
    "drafted": "The draft is saved. Nobody is notified until it is announced.",
    "saved": "The draft is saved.",
    "scheduled": "The draft is scheduled: it announces itself on its day.",
}
KEEP = "keep-"
MADE = "1"
"""The revision of a draft as a form made it, from which that form goes on when it is sent again."""
CONFLICTS = (PreconditionFailed, PreconditionRequired)
"""What refuses a text that does not go on from the one that is saved."""


@private_page("/console/deprecations/new", scope="publish", by_product=True)
async def show_new_draft(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    product_list: NamedDependency[ProductList],
    product: FormText = None,
) -> Response[str]:
    """Ask for the product, then for what of it changes; being here stores nothing."""
    slug = filled(product) or (product_list.only.slug if product_list.only else None)
    if slug is None:
        return show(
            request,
            "console/draft_product.html",
            title="Draft a deprecation",
            product_list=product_list,
        )
    choices = await choices_of(moment, slug)
    form = empty_form(choices, key=secrets.token_urlsafe(16))
    return await show_sheet(View(request, moment, session), form, choices)


@form_route("/console/deprecations/new", scope="publish", by_product=True)
async def save_new_draft(
    request: Request[Any, Any, Any], form: NamedDependency[Form]
) -> Response[Any]:
    """Store a draft; nobody is notified.

    A form that is sent again with other words changes the draft it made. Where that was changed
    since, both texts are shown.
    """
    moment = Moment(request)
    choices = await choices_of(moment, form.text("product"))
    try:
        content = read_content(form, choices, None)
        async with changing(request) as change:
            product = await change.product(change.session, choices.product)
            today = await change.today(product)
            key = form.text("draft_key")
            earlier = await drafts.find_made(change.session, product, key)
            row = earlier or await drafts.draft(
                change.session, product, content, by=change.by, today=today, key=key
            )
            uid = row.uid
    except LifecycleError as refusal:
        again = form.refused(refusal, fields_of(refusal))
        async with viewing(request) as view:
            return await show_sheet(view, again, choices)
    if earlier is not None:
        return await _save_into(request, uid, form.with_texts(revision=MADE), "drafted")
    return _after_saving(request, form, uid, "drafted")


@form_route("/console/deprecations/preview", scope="publish", by_product=True)
async def preview_draft(
    request: Request[Any, Any, Any], form: NamedDependency[Form]
) -> Response[Any]:
    """Show what a draft would do as it is typed, saved or not; nothing is stored."""
    uid = form.text("deprecation")
    async with viewing(request) as view:
        own = await get_own(view.session, view.moment, uid) if uid else None
        product = own.product.slug if own else form.text("product")
        choices = await choices_of(view.moment, product, own)
        content = None
        try:
            content = read_content(form, choices, own.content if own else None)
        except LifecycleError as refusal:
            form = form.refused(refusal, fields_of(refusal))
            form.status = 200
        return await show_sheet(view, form, choices, own, typed=content)


@private_page("/console/deprecations/{deprecation:str}", scope="release", by_product=True)
async def show_deprecation(
    request: Request[Any, Any, Any],
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    outcome: Outcome = None,
) -> Response[str]:
    """Show a draft to be changed, or what is announced, with what can be done about it."""
    view, own = View(request, moment, session), await get_own(session, moment, deprecation)
    if own.row.state not in UNANNOUNCED:
        return await show_announced(view, own)
    choices = await choices_of(moment, own.product.slug, own)
    return await show_sheet(
        view,
        filled_form(own.content, choices, own.row.revision),
        choices,
        own,
        typed=own.content,
        outcome=OUTCOMES.get(outcome or "", ""),
    )


@form_route("/console/deprecations/{deprecation:str}", scope="publish", by_product=True)
async def save_draft(
    request: Request[Any, Any, Any], deprecation: DeprecationId, form: NamedDependency[Form]
) -> Response[Any]:
    """Save a draft; one that was saved meanwhile is shown beside this text."""
    return await _save_into(request, deprecation, form, "saved")


async def _save_into(
    request: Request[Any, Any, Any], deprecation: str, form: Form, outcome: str
) -> Response[Any]:
    async with viewing(request) as view:
        own = await get_own(view.session, view.moment, deprecation)
        choices = await choices_of(view.moment, own.product.slug, own)
    content = None
    try:
        async with changing(request, form) as change:
            own = await get_own(change.session, change, deprecation, lock=True)
            content = read_content(form, choices, own.content)
            await _save(change, own, form, content)
    except LifecycleError as refusal:
        async with viewing(request) as view:
            own = await get_own(view.session, view.moment, deprecation)
            if own.row.state not in UNANNOUNCED:
                raise  # its page shows what was typed
            again = form.refused(refusal, fields_of(refusal))
            is_conflict = isinstance(refusal, CONFLICTS) or _choices_in(form)
            if content is not None and is_conflict:
                return show_conflict(request, again, own, content)
            return await show_sheet(view, again, choices, own)
    return _after_saving(request, form, deprecation, outcome)


@private_page("/console/deprecations/{deprecation:str}/delete", scope="publish", by_product=True)
async def ask_to_delete(
    request: Request[Any, Any, Any],
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> Response[str]:
    """Ask whether a draft should go; being here deletes nothing."""
    own = await get_own(session, moment, deprecation)
    return _deletion(request, own, Form.filled(revision=str(own.row.revision)))


@form_route("/console/deprecations/{deprecation:str}/delete", scope="publish", by_product=True)
async def delete_draft(
    request: Request[Any, Any, Any], deprecation: DeprecationId, form: NamedDependency[Form]
) -> Response[Any]:
    """Delete a draft, unless it has changed since the page was opened."""
    try:
        async with changing(request, form) as change:
            own = await get_own(change.session, change, deprecation, lock=True)
            check_revision(change, own, form)
            await drafts.delete(change.session, own.row, by=change.by)
    except LifecycleError as refusal:
        again = form.refused(refusal)
        async with viewing(request) as view:
            own = await get_own(view.session, view.moment, deprecation)
            return _deletion(request, own, again)
    return see_other(request, "console", "deprecations", outcome="deleted")


async def _save(change: Change, own: OwnDeprecation, form: Form, content: DeprecationIn) -> None:
    choices = _choices_in(form)
    if not choices and content_document(content) == own.row.content:
        return  # sent twice, or typed by both alike
    check_revision(change, own, form)
    if choices:
        content = draft_parts.merged(content, own.content, choices)
    today = await change.today(own.product)
    await drafts.change(change.session, own.row, patch_to(content), by=change.by, today=today)


def _choices_in(form: Form) -> dict[str, str]:
    """Return which of two texts was chosen, by the parts of a draft."""
    return {part: form.text(KEEP + part) for part in draft_parts.PARTS if form.value(KEEP + part)}


def _after_saving(
    request: Request[Any, Any, Any], form: Form, uid: str, outcome: str
) -> Response[Any]:
    if form.text("then") == "announce":
        return see_other(request, "console", "deprecations", uid, "announce")
    return see_other(request, "console", "deprecations", uid, outcome=outcome)


def _deletion(request: Request[Any, Any, Any], own: OwnDeprecation, form: Form) -> Response[str]:
    return show(
        request,
        "console/draft_deletion.html",
        status=form.status,
        title=f"Delete the draft: {own.title}",
        own=own,
        form=form,
        is_draft=own.row.state in UNANNOUNCED,
    )


router = pages(
    show_new_draft,
    save_new_draft,
    preview_draft,
    show_deprecation,
    save_draft,
    ask_to_delete,
    delete_draft,
    product_list=provide_product_list,
)

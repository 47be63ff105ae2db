"""Changing a release that is stored: what that would do is shown, and then it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.response import Response
from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.answers.snapshots import as_seen
from lifecycle.catalogue import queries
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.errors import LifecycleError, PreconditionFailed, PreconditionRequired
from lifecycle.gate import registration, release_outlooks
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.request_parameters import Name, Slug
from lifecycle.web.console.own_deprecations import View, viewing
from lifecycle.web.console.own_releases import OwnRelease, get_own_release, own_snapshot
from lifecycle.web.console.release_acts import (
    SAID,
    WORDS,
    Act,
    check_act,
    fields_of,
    first_form,
    form_names,
    is_done,
    read_patch,
)
from lifecycle.web.console.release_forms import STAGES
from lifecycle.web.console.release_words import FIELD_NAMES, OUTLOOK_WORDS
from lifecycle.web.page_forms import Form, changing, see_other
from lifecycle.web.page_parameters import FormText
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.problem_sentences import reword
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from lifecycle.catalogue.catalogue_inputs import ReleasePatch
    from lifecycle.gate.release_outlooks import Outlook

PATH: Final = "/console/releases/{product:str}/versions/{version:str}/{act:str}"
UNREAD: Final = "Open the page again: the form does not say what it changes."

ActName = Annotated[Act, PathParameter(description="What is to be done about the release.")]


async def provide_fields(
    *,
    day: FormText = None,
    stage: FormText = None,
    line: FormText = None,
    notes_url: FormText = None,
) -> dict[str, str]:
    """Return the fields that were sent, empty ones too: others are as they are stored."""
    fields = {"day": day, "stage": stage, "line": line, "notes_url": notes_url}
    return {field: text for field, text in fields.items() if text is not None}


@private_page(PATH, scope="publish")
async def ask_to_change(
    request: Request[Any, Any, Any],
    product: Slug,
    version: Name,
    act: ActName,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    fields: NamedDependency[dict[str, str]],
) -> Response[str]:
    """Show what a change would do; nothing is stored."""
    own = await get_own_release(session, moment, product, version)
    check_act(act, own.row)
    form = first_form(act, own.row, own.today).with_texts(**fields)
    return await _show(View(request, moment, session), own, act, form)


@form_route(PATH, scope="publish")
async def change_release(
    request: Request[Any, Any, Any],
    product: Slug,
    version: Name,
    act: ActName,
    form: NamedDependency[Form],
) -> Response[Any]:
    """Move, withdraw, restore, correct or void a release; sent twice, it is done once."""
    try:
        async with viewing(request) as view:
            own = await get_own_release(view.session, view.moment, product, version)
            patch = read_patch(act, form, own.row)
            if await _is_done(view, own, patch):
                return _lead(request, own, "already")
            check_act(act, own.row)
            if form.revision is None:
                raise PreconditionRequired(UNREAD)
        async with changing(request, form) as change:
            owner = await queries.get_product(change.session, product)
            await registration.change(
                change.session,
                owner,
                version,
                patch,
                by=change.by,
                today=await change.today(owner),
                expected=change.expected,
            )
    except UnknownRelease:
        if act is Act.VOID and await _is_voided(request, product, version, form):
            return see_other(request, "console", "releases", product, outcome="voided-already")
        raise
    except LifecycleError as refusal:
        again = form.refused(reword(refusal, SAID), form_names(act))
        async with viewing(request) as view:
            own = await get_own_release(view.session, view.moment, product, version)
            is_stale = isinstance(refusal, PreconditionFailed)
            if is_stale and await _is_done(view, own, read_patch(act, form, own.row)):
                return _lead(request, own, "already")
            return await _show(view, own, act, again)
    if act is Act.VOID:
        return see_other(request, "console", "releases", product, outcome="voided")
    return _lead(request, own, WORDS[act].outcome)


def _lead(request: Request[Any, Any, Any], own: OwnRelease, outcome: str) -> Response[Any]:
    path = ("console", "releases", own.product.slug, "versions", own.row.version)
    return see_other(request, *path, outcome=outcome)


async def _is_done(view: View, own: OwnRelease, patch: ReleasePatch) -> bool:
    """Return whether a form was sent before: the release is so, and for the reason it gives."""
    if not is_done(own.row, patch):
        return False
    if patch.reason is UNSET:
        return True
    return patch.reason == await queries.last_reason(view.session, own.product, own.row.version)


async def _is_voided(
    request: Request[Any, Any, Any], product: str, version: str, form: Form
) -> bool:
    """Return whether a release was voided for the reason that a form gives: it was sent before."""
    async with viewing(request) as view:
        owner = await queries.get_product(view.session, product)
        reason = form.text("reason")
        return await queries.was_voided(view.session, owner, version, reason=reason)


async def _show(view: View, own: OwnRelease, act: Act, form: Form) -> Response[str]:
    """Show the form of an act, and what it would do as far as it is filled."""
    snapshot = await as_seen(view.session, await own_snapshot(view.moment, own.product.slug))
    outlook = None
    try:
        supposed = Form.filled(**(dict(form.carried()) | {"reason": "not given yet"}))
        patch = read_patch(act, supposed, own.row)
        outlook = await release_outlooks.look_ahead_to_change(
            view.session, snapshot, own.row, patch, now=view.moment.now
        )
    except LifecycleError as refusal:
        form = form if form.problems else form.refused(reword(refusal, SAID), form_names(act))
    return await run_in_thread(_render, view, own, act, form, outlook)


def _render(
    view: View, own: OwnRelease, act: Act, form: Form, outlook: Outlook | None
) -> Response[str]:
    """Render the page; with many lines it takes longer than others should wait."""
    words = WORDS[act]
    return show(
        view.request,
        "console/release_change.html",
        status=form.status,
        title=words.title.format(own.title),
        own=own,
        act=act,
        words=words,
        release=own.row,
        shown=fields_of(act, own.row, declares_lines=own.product.line_by == "declared"),
        has_reason=act in {Act.WITHDRAW, Act.VOID},
        stages=STAGES,
        form=form,
        field_names=FIELD_NAMES | {"day": words.label},
        revision=own.row.revision,
        outlook=outlook,
        today=own.today,
        **OUTLOOK_WORDS,
    )


router = pages(ask_to_change, change_release, fields=provide_fields)

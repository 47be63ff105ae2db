"""Registering or planning a release, after what it would change was shown; or only trying it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.answers.snapshots import as_seen
from lifecycle.catalogue import queries
from lifecycle.catalogue.rows import facts_of
from lifecycle.errors import LifecycleError
from lifecycle.gate import registration, release_outlooks
from lifecycle.gate.registration import Batch, ReleaseExists
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.request_parameters import Slug
from lifecycle.web.console.own_deprecations import View, viewing
from lifecycle.web.console.own_releases import own_snapshot
from lifecycle.web.console.release_forms import (
    DAYS,
    STAGES,
    is_stored_so,
    read_release,
    sent_fields,
)
from lifecycle.web.console.release_words import FIELD_NAMES, OUTLOOK_WORDS
from lifecycle.web.console.verdict_words import VERDICT_WORDS
from lifecycle.web.page_forms import Form, changing, see_other
from lifecycle.web.page_parameters import FormText
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.catalogue_inputs import ReleaseIn
    from lifecycle.gate.release_outlooks import Outlook

GATED: Final = "enforce"


async def provide_fields(
    *,
    version: FormText = None,
    day: FormText = None,
    stage: FormText = None,
    line: FormText = None,
    notes_url: FormText = None,
) -> Form:
    """Return the form as a link, or the person, filled it."""
    return Form.filled(
        version=version, day=day, stage=stage, line=line, notes_url=notes_url, gate=GATED
    )


@private_page("/console/releases/{product:str}/new", scope="release")
async def try_release(
    request: Request[Any, Any, Any],
    product: Slug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    fields: NamedDependency[Form],
) -> Response[str]:
    """Show what a version that comes out on a day would change; nothing is stored."""
    return await _show(View(request, moment, session), product, fields)


@form_route("/console/releases/{product:str}/new", scope="publish")
async def register_release(
    request: Request[Any, Any, Any], product: Slug, form: NamedDependency[Form]
) -> Response[Any]:
    """Register a release, plan one, or confirm a plan; sent twice, it is stored once."""
    moment = Moment(request)
    snapshot = await own_snapshot(moment, product)
    try:
        release = read_release(form, snapshot.today(moment.now))
        batch = Batch([release], listed=False, gated=form.is_checked("gate"))
        outcome = await _register(request, moment, product, batch)
    except LifecycleError as refusal:
        again = form.refused(refusal, DAYS)
        async with viewing(request) as view:
            if isinstance(refusal, ReleaseExists) and await _is_repeated(view, product, release):
                return _lead(request, product, release, "already")
            return await _show(view, product, again)
    return _lead(request, product, release, outcome)


async def _register(
    request: Request[Any, Any, Any], moment: Moment, product: str, batch: Batch
) -> str:
    """Register a release as the API does, and return what was done."""
    app_state = moment.app_state
    predicted = await registration.predict(
        app_state.store, app_state.snapshots, product, batch, now=moment.now
    )
    async with changing(request) as change:
        owner = await queries.get_product(change.session, product)
        registered = await registration.register(
            change.session,
            owner,
            batch,
            predicted,
            by=change.by,
            today=await change.today(owner),
            tally=app_state.verdicts,
        )
    if registered.confirmed:
        return "confirmed"
    return "planned" if batch.releases[0].released_on is None else "registered"


async def _is_repeated(view: View, product: str, release: ReleaseIn) -> bool:
    """Return whether the very same was stored: the button was pressed twice."""
    owner = await queries.get_product(view.session, product)
    stored = await queries.get_release(view.session, owner, release.version)
    return is_stored_so(facts_of(stored), release)


def _lead(
    request: Request[Any, Any, Any], product: str, release: ReleaseIn, outcome: str
) -> Response[Any]:
    path = ("console", "releases", product, "versions", release.version)
    return see_other(request, *path, outcome=outcome)


async def _show(view: View, product: str, form: Form) -> Response[str]:
    """Show the form, and below it what the release would do, as far as that can be said."""
    snapshot = await as_seen(view.session, await own_snapshot(view.moment, product))
    today = snapshot.today(view.moment.now)
    outlook, release, is_known = None, None, False
    if form.value("version") or form.problems:
        try:
            release = read_release(form, today)
            outlook = await release_outlooks.look_ahead(
                view.session, snapshot, release, now=view.moment.now
            )
        except LifecycleError as refusal:
            is_known = isinstance(refusal, ReleaseExists)
            form = form if form.problems else form.refused(refusal, DAYS)
    return await run_in_thread(_render, view, snapshot, form, release, outlook, is_known=is_known)


def _render(
    view: View,
    snapshot: Snapshot,
    form: Form,
    release: ReleaseIn | None,
    outlook: Outlook | None,
    *,
    is_known: bool,
) -> Response[str]:
    """Render the page; with many lines it takes longer than others should wait."""
    name, may_change = snapshot.known.name or snapshot.slug, view.moment.publishes
    act = "Register or plan a release" if may_change else "Try a version and a day"
    return show(
        view.request,
        "console/release_new.html",
        status=form.status,
        title=f"{act} of {name}",
        act=act,
        product=snapshot.known,
        today=snapshot.today(view.moment.now),
        form=form,
        field_names=FIELD_NAMES,
        stages=STAGES,
        declares_lines=snapshot.known.line_by == "declared",
        lines=sorted(line.name for line in snapshot.facts.lines),
        release=release,
        is_known=is_known,
        is_planned=release is not None and _is_planned(snapshot, release),
        sent=sent_fields(form, release) if release else {},
        outlook=outlook,
        may_change=may_change,
        **OUTLOOK_WORDS,
        **VERDICT_WORDS,
    )


def _is_planned(snapshot: Snapshot, release: ReleaseIn) -> bool:
    stored = snapshot.by_version.get(release.version)
    return stored is not None and stored.planned


router = pages(try_release, register_release, fields=provide_fields)

"""Asking the gate on a page: with a manifest, or with one derived from an API's descriptions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.errors import BadRequest, LifecycleError, Problem
from lifecycle.gate import inquiries
from lifecycle.gate.manifests import write_manifest
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.request_parameters import Slug
from lifecycle.web.console.gate_forms import (
    DerivedManifest,
    derive_manifest,
    first_text,
    read_question,
)
from lifecycle.web.console.marked_texts import mark_faults
from lifecycle.web.console.own_releases import own_snapshot
from lifecycle.web.console.verdict_pages import get_own_verdict, manifest_of
from lifecycle.web.page_forms import Form, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.web.console.marked_texts import NumberedLine

FIELD_NAMES = {
    "manifest": "Manifest",
    "manifest_file": "The file of the manifest",
    "version": "Version",
    "day": "Day",
    "old": "Old description",
    "new": "New description",
    "old_file": "The file of the old description",
    "new_file": "The file of the new description",
}


@private_page("/console/releases/{product:str}/gate", scope="release")
async def show_gate(
    request: Request[Any, Any, Any],
    product: Slug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    version: FormText = None,
    day: FormText = None,
    verdict: FormText = None,
) -> Response[str]:
    """Show where a manifest is pasted, filled with a version, or with what was asked before."""
    await moment.snapshot(product)
    text = first_text(product, filled(version), filled(day))
    if uid := filled(verdict):
        _, kept_verdict = await get_own_verdict(session, moment, uid)
        text = manifest_of(kept_verdict)
    form = Form.filled(manifest=text, version=version, day=day)
    return await _shown(request, moment, product, form)


@form_route("/console/releases/{product:str}/gate", scope="release")
async def ask_gate(
    request: Request[Any, Any, Any], product: Slug, form: NamedDependency[Form]
) -> Response[Any]:
    """Judge a manifest and keep the verdict, or derive a manifest from two descriptions first."""
    moment = Moment(request)
    if form.value("step") == "derive":
        return await _derive(request, moment, product, form)
    app_state = moment.app_state
    await own_snapshot(moment, product)
    try:
        form = form.with_file("manifest")
        manifest = await run_in_thread(read_question, form.value("manifest"), product)
        verdict = await inquiries.judge_and_keep(
            app_state.store,
            app_state.snapshots,
            manifest,
            by=moment.by,
            tally=app_state.verdicts,
        )
    except LifecycleError as refusal:
        text = form.value("manifest")
        marked = await run_in_thread(mark_faults, text, refusal) if text.strip() else ()
        return await _shown(request, moment, product, form.refused(refusal), marked=marked)
    return see_other(request, "console", "verdicts", verdict.id)


async def _derive(
    request: Request[Any, Any, Any], moment: Moment, product: str, form: Form
) -> Response[str]:
    """Show the manifest that two descriptions make, to be asked with; nothing is stored."""
    today = (await own_snapshot(moment, product)).today(moment.now)
    try:
        form = form.with_file("old").with_file("new")
        question = partial(
            derive_manifest,
            form.value("old"),
            form.value("new"),
            product=product,
            version=_version(form),
            day=form.day("day"),
            today=today,
        )
        derived = await moment.runner(question)
    except LifecycleError as refusal:
        return await _shown(request, moment, product, form.refused(refusal))
    again = form.with_texts(manifest=write_manifest(derived.manifest))
    return await _shown(request, moment, product, again, derived=derived)


def _version(form: Form) -> str:
    version = form.text("version")
    if not version:
        message = "is empty; give the version that is to be released"
        raise BadRequest(f"version {message}.", problems=[Problem("version", message)])
    return version


async def _shown(
    request: Request[Any, Any, Any],
    moment: Moment,
    product: str,
    form: Form,
    *,
    marked: Sequence[NumberedLine | None] = (),
    derived: DerivedManifest | None = None,
) -> Response[str]:
    snapshot = await moment.snapshot(product)
    return show(
        request,
        "console/gate.html",
        status=form.status,
        title=f"Ask the gate about {snapshot.known.name or product}",
        product=snapshot.known,
        form=form,
        field_names=FIELD_NAMES | {"": "The manifest"},
        marked=marked,
        derived=derived,
        is_deriving=form.value("step") == "derive",
    )


router = pages(show_gate, ask_gate)

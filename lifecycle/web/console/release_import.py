"""Taking in a list of releases by a page: what would change is shown before it is stored."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.catalogue.products import facts_of
from lifecycle.catalogue.queries import get_product, today_for
from lifecycle.errors import BadRequest, Problem
from lifecycle.gate.release_lists import import_list, preview_list
from lifecycle.interchange.releases import COLUMNS, ReleaseList, parse_releases
from lifecycle.interchange.row_problems import PASTED
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Slug
from lifecycle.web.console.own_deprecations import viewing
from lifecycle.web.page_forms import REFUSALS, Form, changing, reading, see_other
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from lifecycle.catalogue.import_outcomes import Report

MOST_NAMED: Final = 50
"""So many of each kind of change are named on the page."""


@private_page("/console/products/{product:str}/release-import", scope="publish")
async def show_import(request: Request[Any, Any, Any], product: Slug) -> Response[str]:
    """Show where a list of releases is pasted or chosen."""
    return await _shown(request, product, Form({}))


@form_route("/console/products/{product:str}/release-import", scope="publish")
async def take_list(
    request: Request[Any, Any, Any], product: Slug, form: NamedDependency[Form]
) -> Response[Any]:
    """Show what a list would change; with the button below that, change it."""
    is_put = form.value("step") == "put"
    try:
        form = form.with_file("releases")
        read = await _read(Moment(request), product, form)
        report = await (_put if is_put else _preview)(request, product, read)
    except REFUSALS as refusal:
        return await _shown(request, product, form.refused(refusal))
    report.problems = [*read.problems, *map(read.on_line, report.problems)]
    if is_put and not report.problems:
        return see_other(request, "console", "products", product, outcome="releases-imported")
    return await _shown(request, product, form, report, notes=read.notes, is_put=is_put)


async def _read(moment: Moment, product: str, form: Form) -> ReleaseList:
    content, prefix = form.value("releases"), form.text("prefix")
    if not content.strip():
        problem = Problem("releases", "is empty; paste a list or choose a file")
        raise BadRequest("The list is empty.", problems=[problem])
    snapshot = await moment.app_state.snapshots.get(product)
    parse = partial(
        parse_releases,
        content,
        file=form.value("releases_name") or PASTED,
        zone=snapshot.zone(moment.now),
        today=snapshot.today(moment.now),
        prefix=prefix,
    )
    return await moment.runner(parse)


async def _put(request: Request[Any, Any, Any], product: str, read: ReleaseList) -> Report:
    async with changing(request) as change:
        row = await get_product(change.session, product)
        today = await change.today(row)
        return await import_list(change.session, facts_of(row), read, by=change.by, today=today)


async def _preview(request: Request[Any, Any, Any], product: str, read: ReleaseList) -> Report:
    async with viewing(request) as view:
        row = await get_product(view.session, product)
        today = await today_for(view.session, row, view.moment.now)
        return await preview_list(view.session, facts_of(row), read, by=view.moment.by, today=today)


async def _shown(
    request: Request[Any, Any, Any],
    product: str,
    form: Form,
    report: Report | None = None,
    *,
    notes: list[str] | None = None,
    is_put: bool = False,
) -> Response[str]:
    async with reading(request) as session:
        row = await get_product(session, product)
    return show(
        request,
        "console/release_import.html",
        status=form.status,
        title="Enter releases",
        product=row,
        form=form,
        report=report,
        notes=notes or (),
        is_put=is_put,
        columns=COLUMNS,
        most_named=MOST_NAMED,
    )


router = pages(show_import, take_list)

"""What an account runs, reported by a form, by an SBOM, or by its pipeline."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.account_inputs import InstanceIn
from lifecycle.accounts.queries import get_account
from lifecycle.answers.accounts import visible_to
from lifecycle.catalogue.queries import vocabulary
from lifecycle.check import account_reports, component_checks
from lifecycle.check.check_inputs import AccountCheckIn
from lifecycle.check.component_checks import Lookup
from lifecycle.check.sbom_components import read_sbom_components
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.documents.request_bodies import fit_value
from lifecycle.errors import BadRequest, Problem
from lifecycle.server import instance_changes
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug, Name
from lifecycle.web.page_forms import REFUSALS, Form, Outcome, changing, reading, see_other
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from lifecycle.check.check_outputs import CheckOut

DONE = {
    "instance-added": "The instance is reported.",
    "instance-changed": "The instance is changed.",
    "instance-removed": "The instance is removed.",
}
UPLOADED = "upload"
"""The name of the report that uploaded SBOMs are."""


@private_page("/my/{account:str}/instances", scope="account", by_product=True)
async def show_instances(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    outcome: Outcome = None,
) -> Response[str]:
    """Show what an account runs, and how to report it."""
    sentence = DONE.get(outcome or "", "")
    return await _shown(request, account, session, moment, form=Form.filled(), outcome=sentence)


@form_route("/my/{account:str}/instances", scope="account")
async def report_instance(
    request: Request[Any, Any, Any], account: AccountSlug, form: NamedDependency[Form]
) -> Response[Any]:
    """Report what an instance runs; one of the same name is changed."""
    try:
        facts, name = _facts(form), form.text("name")
        async with changing(request) as change:
            _, new = await instance_changes.put_instance(change, account, name, facts)
    except REFUSALS as refusal:
        return await _again(request, account, form.refused(refusal))
    outcome = "instance-added" if new else "instance-changed"
    return see_other(request, "my", account, "instances", outcome=outcome)


@form_route("/my/{account:str}/instances/{instance:str}/remove", scope="account")
async def remove_instance(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    instance: Name,
    form: NamedDependency[Form],
) -> Response[Any]:
    """Forget an instance that is gone."""
    async with changing(request, form) as change:
        await instance_changes.remove_instance(change, account, instance)
    return see_other(request, "my", account, "instances", outcome="instance-removed")


@form_route("/my/{account:str}/sbom", scope="account")
async def report_sbom(
    request: Request[Any, Any, Any], account: AccountSlug, form: NamedDependency[Form]
) -> Response[Any]:
    """Report what an SBOM lists, in place of what was uploaded before; show what came of it."""
    moment = Moment(request)
    try:
        upload = form.file("sbom")
        if upload is None:
            raise BadRequest("Choose a file.", problems=[Problem("sbom", "is empty")])
        question = AccountCheckIn(components=await moment.runner(partial(_components, upload)))
        answer = await _report(account, question, moment)
    except REFUSALS as refusal:
        return await _again(request, account, form.refused(refusal, SBOM_FIELDS))
    async with reading(request) as session:
        return await _shown(request, account, session, moment, form=form, answer=answer)


async def _report(account: str, question: AccountCheckIn, moment: Moment) -> CheckOut:
    app_state = moment.app_state
    async with app_state.store.reading() as session:
        owner = await get_account(session, account)
        check = await component_checks.check_account(
            session,
            owner,
            question,
            report=UPLOADED,
            lookup=Lookup(app_state.snapshots, visible_to(owner, moment.visibility)),
            now=moment.now,
            run=moment.runner,
        )
    async with app_state.store.writing() as changes:
        names = await account_reports.store(changes, check, UPLOADED, by=moment.by)
    return check.show(reported=names)


SBOM_FIELDS = {"components": "sbom"}


def _components(upload: bytes) -> Any:
    entries = read_sbom_components(upload, file="The file")
    question: AccountCheckIn = fit_value({"components": entries}, AccountCheckIn)
    return question.components


async def _again(request: Request[Any, Any, Any], account: str, form: Form) -> Response[str]:
    async with reading(request) as session:
        return await _shown(request, account, session, Moment(request), form=form)


async def _shown(
    request: Request[Any, Any, Any],
    account: str,
    session: AsyncSession,
    moment: Moment,
    *,
    form: Form,
    answer: CheckOut | None = None,
    outcome: str = "",
) -> Response[str]:
    owner = await get_account(session, account, products=moment.products)
    names = await vocabulary(session, visible_to(owner, moment.visibility))
    return show(
        request,
        "customer/instances.html",
        status=form.status,
        title="What you run",
        account=owner.slug,
        name=owner.name,
        instances=owner.instances,
        products=[(slug, slug) for slug in sorted(names.products)],
        base=base_url(moment.app_state.settings),
        may_change=moment.products is None,
        form=form,
        answer=answer,
        outcome=outcome,
    )


def _facts(form: Form) -> InstanceIn:
    features = form.text("features")
    facts = {
        "product": form.text("product"),
        "version": form.text("version"),
        "environment": form.optional("environment"),
        "features": features.replace(",", " ").split() or None,
    }
    instance: InstanceIn = fit_value(facts, InstanceIn)
    return instance


router = pages(show_instances, report_instance, remove_instance, report_sbom)

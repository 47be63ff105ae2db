"""What an account runs, reported by a form, by an SBOM, or by its pipeline."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.queries import get_account, get_instance
from lifecycle.answers.accounts import products_of, visible_to
from lifecycle.answers.version_lookup import get_release
from lifecycle.catalogue.queries import UnknownRelease, feature_keys, vocabulary
from lifecycle.catalogue.visibility import PUBLIC
from lifecycle.check import account_reports, component_checks
from lifecycle.check.check_inputs import AccountCheckIn
from lifecycle.check.component_checks import Lookup
from lifecycle.check.sbom_components import read_sbom_components
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.documents.patterns import PRINTABLE
from lifecycle.documents.request_bodies import fit_value
from lifecycle.errors import BadRequest, Problem
from lifecycle.server import instance_changes
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug, Cursor, Name
from lifecycle.versions.schemes import UnparsableVersion
from lifecycle.web.customer.instance_forms import check_features, fill_form, read_form
from lifecycle.web.page_forms import REFUSALS, Form, Outcome, changing, reading, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.product_lists import FEW, find_products
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lifecycle.accounts.models import Account
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.check.check_outputs import CheckOut

DONE = {
    "instance-added": "The instance is reported.",
    "instance-changed": "The instance is changed.",
    "instance-removed": "The instance is removed.",
}
MOST_PRODUCTS = 10
"""Of which all feature keys are listed beside the form, run or not."""
Edited = Annotated[
    str | None,
    QueryParameter(
        name="instance", description="The instance to fill the form with.", pattern=PRINTABLE
    ),
]
UPLOADED = "upload"
"""The name of the report that uploaded SBOMs are."""


class Search(NamedTuple):
    """The product that is chosen; else what is asked of them, and where their list goes on."""

    product: str | None = None
    question: str | None = None
    cursor: str | None = None


async def provide_search(
    product: FormText = None, q: FormText = None, cursor: Cursor = None
) -> Search:
    """Return what an address says of the product that an instance runs."""
    return Search(filled(product), filled(q), cursor)


@private_page("/my/{account:str}/instances", scope="account", by_product=True)
async def show_instances(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    search: NamedDependency[Search],
    outcome: Outcome = None,
    instance: Edited = None,
) -> Response[str]:
    """Show what an account runs, and how to report it; the form may be filled to change one.

    Where there are many products, one of them is chosen first.
    """
    sentence, form = DONE.get(outcome or "", ""), Form.filled()
    if instance is not None or search.product:
        owner = await get_account(session, account, products=moment.products)
        form = await _filled(owner, moment, instance, search.product)
    return await _shown(
        request, account, session, moment, form=form, outcome=sentence, search=search
    )


async def _filled(
    owner: Account, moment: Moment, instance: str | None, product: str | None
) -> Form:
    if instance is not None:
        return fill_form(get_instance(owner, instance))
    visibility = visible_to(owner, moment.visibility)
    snapshot = await moment.app_state.snapshots.get(product or "", visibility)
    return Form.filled(product=snapshot.slug)


@form_route("/my/{account:str}/instances", scope="account")
async def report_instance(
    request: Request[Any, Any, Any], account: AccountSlug, form: NamedDependency[Form]
) -> Response[Any]:
    """Report what an instance runs; one of the same name is changed."""
    try:
        async with changing(request) as change:
            owner = await get_account(change.session, account, lock=True)
            name, facts = read_form(form, owner, now=change.now)
            reported = await instance_changes.put_instance(change, account, name, facts)
            check_features(form, reported, await feature_keys(change.session, PUBLIC))
    except REFUSALS as refusal:
        return await _again(request, account, form.refused(refusal))
    outcome = "instance-added" if reported.is_new else "instance-changed"
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
            raise BadRequest(
                "Choose a file.", problems=[Problem("sbom", "is empty; choose a file")]
            )
        question = AccountCheckIn(components=await moment.runner(partial(_components, upload)))
        answer = await _report(account, question, moment)
    except REFUSALS as refusal:
        return await _again(request, account, form.refused(refusal, SBOM_FIELDS), is_upload=True)
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


async def _again(
    request: Request[Any, Any, Any], account: str, form: Form, *, is_upload: bool = False
) -> Response[str]:
    moment = Moment(request)
    async with reading(request) as session:
        return await _shown(request, account, session, moment, form=form, is_upload=is_upload)


async def _shown(  # noqa: PLR0913 -- keyword-only ones read well
    request: Request[Any, Any, Any],
    account: str,
    session: AsyncSession,
    moment: Moment,
    *,
    form: Form,
    is_upload: bool = False,
    answer: CheckOut | None = None,
    outcome: str = "",
    search: Search = Search(),  # noqa: B008 -- it is never changed
) -> Response[str]:
    owner = await get_account(session, account, products=moment.products)
    visibility = visible_to(owner, moment.visibility)
    names = await vocabulary(session, visibility)
    snapshots = await moment.app_state.snapshots.get_known(products_of(owner), visibility)
    is_chosen_first = len(names.products) > FEW
    product_list = None
    if is_chosen_first and not form.value("product"):
        every = await moment.app_state.snapshots.get_all(visibility)
        product_list = find_products(every, search.question, search.cursor, now=moment.now)
    return show(
        request,
        "customer/instances.html",
        status=form.status,
        title="What you run",
        account=owner.slug,
        name=owner.name,
        instances=owner.instances,
        products=[] if is_chosen_first else [(slug, slug) for slug in sorted(names.products)],
        product_list=product_list,
        features=_offered(await feature_keys(session, PUBLIC), owner, form),
        doubts=_doubts(owner, snapshots, await feature_keys(session, visibility)),
        asks_features=any(problem.field == "features" for problem in form.problems),
        base=base_url(moment.app_state.settings),
        may_change=moment.products is None,
        form=form,
        is_upload=is_upload,
        answer=answer,
        outcome=outcome,
    )


def _offered(
    keys: Mapping[str, Sequence[str]], owner: Account, form: Form
) -> dict[str, Sequence[str]]:
    """Return the feature keys of what is run or asked about; of all, where they are few."""
    running = {*products_of(owner), form.value("product")}
    few = len(keys) <= MOST_PRODUCTS
    return {slug: listed for slug, listed in keys.items() if few or slug in running}


def _doubts(
    owner: Account, snapshots: Mapping[str, Snapshot], visible: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Say of each instance, by its name, what of it the catalogue does not know."""
    doubts: dict[str, list[str]] = {}
    for instance in owner.instances:
        keys = visible.get(instance.product, ())
        unknown = [key for key in instance.features or () if key not in keys]
        sentences = [f"{key} is not a known feature of {instance.product}." for key in unknown]
        if instance.product in snapshots:
            try:
                get_release(snapshots[instance.product], instance.version)
            except (UnknownRelease, UnparsableVersion) as error:
                sentences.append(error.detail)
        doubts[instance.name] = sentences
    return doubts


router = pages(show_instances, report_instance, remove_instance, report_sbom, search=provide_search)

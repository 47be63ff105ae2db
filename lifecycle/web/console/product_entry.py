"""Products entered and changed by a page, as the API takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.catalogue import products
from lifecycle.catalogue.catalogue_inputs import ProductIn
from lifecycle.catalogue.queries import get_product
from lifecycle.documents.request_bodies import fit_value
from lifecycle.errors import PreconditionFailed
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Slug
from lifecycle.versions import SCHEME_NAMES, scheme
from lifecycle.web.console.first_steps import FirstStep, next_step
from lifecycle.web.console.own_products import provide_product_list
from lifecycle.web.page_forms import REFUSALS, Form, Outcome, changing, reading, see_other
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.product_lists import ProductList
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.models import Product
    from lifecycle.policy.policies import Policy

OUTCOMES: Final = {
    "product-added": "The product is added.",
    "product-changed": "The product is changed.",
    "releases-imported": "The releases are entered.",
}
LINES: Final = (
    ("minor", "minor versions, such as 3.35"),
    ("major", "major versions, such as 3"),
    ("patch", "patch versions, such as 3.35.2"),
    ("declared", "lines that are declared by name, such as 22.04 or bookworm"),
)
PHASES: Final = ("support", "eol", "extended")
FIRST_SCHEMES: Final = ("semver", "pep440", "declared")


class ProductRow(NamedTuple):
    """A product in the list: how many releases it has, and the policy in force."""

    slug: str
    name: str
    is_public: bool
    releases: int
    newest: str | None
    policy: Policy | None


@private_page("/console/products", scope="publish", by_product=True)
async def show_products(
    request: Request[Any, Any, Any],
    moment: NamedDependency[Moment],
    product_list: NamedDependency[ProductList],
) -> Response[str]:
    """List the products, each with its newest release and its policy."""
    return show(
        request,
        "console/products.html",
        title="Products",
        product_list=product_list,
        rows=[_row(snapshot, moment.now) for snapshot in product_list.page.items],
        may_add=moment.products is None,
    )


@private_page("/console/product-new", scope="publish")
async def show_new_product(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the form that adds a product."""
    return _new(request, Form.filled(scheme="semver", line_by="minor", public="yes"))


@form_route("/console/product-new", scope="publish")
async def add_product(
    request: Request[Any, Any, Any], form: NamedDependency[Form]
) -> Response[Any]:
    """Add a new product."""
    try:
        facts = _facts(form, form.text("slug"))
        async with changing(request) as change:
            await products.create(change.session, facts, by=change.by, visibility=change.visibility)
    except REFUSALS as refusal:
        return _new(request, form.refused(refusal))
    return see_other(request, "console", "products", facts.slug, outcome="product-added")


@private_page("/console/products/{product:str}", scope="publish")
async def show_product(
    request: Request[Any, Any, Any],
    product: Slug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    outcome: Outcome = None,
) -> Response[str]:
    """Show a product: what it still needs, and the form that corrects it."""
    row = await get_product(session, product)
    form = Form.filled(
        name=row.name,
        scheme=row.scheme,
        line_by=row.line_by,
        identifiers="\n".join(row.identifiers),
        aliases="\n".join(row.aliases),
        public="yes" if row.public else "",
        revision=str(row.revision),
        **{f"endoflife.{phase}": tier for phase, tier in (row.endoflife or {}).items()},
    )
    following = await next_step(session, moment, product) if outcome else None
    return await _shown(request, moment, row, form, outcome, following)


@form_route("/console/products/{product:str}", scope="publish")
async def correct_product(
    request: Request[Any, Any, Any], product: Slug, form: NamedDependency[Form]
) -> Response[Any]:
    """Change what is known of a product, unless somebody else has since it was read."""
    try:
        facts = _facts(form, product)
        async with changing(request, form) as change:
            await get_product(change.session, product)  # which no form adds by its address
            await products.put(
                change.session,
                facts,
                by=change.by,
                expected=change.expected,
                visibility=change.visibility,
            )
    except REFUSALS as refusal:
        again, moment = form.refused(refusal), Moment(request)
        async with reading(request) as session:
            row = await get_product(session, product)
            if isinstance(refusal, PreconditionFailed):
                again = again.with_texts(revision=str(row.revision))
            return await _shown(request, moment, row, again)
    return see_other(request, "console", "products", product, outcome="product-changed")


def _facts(form: Form, slug: str) -> ProductIn:
    tiers = {phase: form.text(f"endoflife.{phase}") for phase in PHASES}
    facts: ProductIn = fit_value(
        {
            "slug": slug,
            "name": form.text("name"),
            "scheme": form.text("scheme"),
            "line_by": form.text("line_by"),
            "identifiers": form.text("identifiers").split(),
            "aliases": form.text("aliases").split(),
            "public": form.is_checked("public"),
            "endoflife": {phase: tier for phase, tier in tiers.items() if tier} or None,
        },
        ProductIn,
        subject="The product is not valid",
    )
    return facts


def _row(snapshot: Snapshot, now: datetime) -> ProductRow:
    today = snapshot.today(now)
    newest = snapshot.coverage(today).newest_on(today)
    return ProductRow(
        slug=snapshot.slug,
        name=snapshot.known.name,
        is_public=snapshot.known.public,
        releases=len(snapshot.facts.releases),
        newest=newest.version if newest else None,
        policy=snapshot.policy_on(today),
    )


def _new(request: Request[Any, Any, Any], form: Form) -> Response[str]:
    return show(
        request,
        "console/product_new.html",
        status=form.status,
        title="Add a product",
        form=form,
        schemes=_schemes(),
        lines=LINES,
    )


async def _shown(
    request: Request[Any, Any, Any],
    moment: Moment,
    row: Product,
    form: Form,
    outcome: str | None = None,
    following: FirstStep | None = None,
) -> Response[str]:
    snapshot = await moment.app_state.snapshots.get(row.slug)
    return show(
        request,
        "console/product.html",
        status=form.status,
        title=row.name,
        product=row,
        standing=_row(snapshot, moment.now),
        declared_lines=len(snapshot.facts.lines),
        features=len(snapshot.known.features),
        next_policy=snapshot.facts.policies[-1] if snapshot.facts.policies else None,
        form=form,
        schemes=_schemes(),
        lines=LINES,
        outcome=OUTCOMES.get(outcome or "", ""),
        onward=following,
    )


def _schemes() -> list[tuple[str, str]]:
    """Name the schemes with an example of each, those that are usual first."""
    rare_ones = (name for name in SCHEME_NAMES if name not in FIRST_SCHEMES)
    return [
        (name, f"{name}, such as {scheme(name).example}") for name in (*FIRST_SCHEMES, *rare_ones)
    ]


router = pages(
    show_products,
    show_new_product,
    add_product,
    show_product,
    correct_product,
    product_list=provide_product_list,
)

"""A customer's check: whether anything that it runs is, or soon will be, unsupported."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

from litestar import Request, Router
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import queries
from lifecycle.answers.accounts import visible_to
from lifecycle.check import account_reports, component_checks
from lifecycle.check.check_inputs import AccountCheckIn, CheckIn
from lifecycle.check.check_outputs import CheckOut
from lifecycle.check.component_checks import Lookup
from lifecycle.check.sbom_components import read_sbom_components
from lifecycle.check.sbom_enrichment import enrich_sbom
from lifecycle.check.tier_choices import FIELD, PATTERN, read_tiers
from lifecycle.documents.patterns import END, REPORT
from lifecycle.documents.request_bodies import fit_value
from lifecycle.errors import BadRequest, Problem
from lifecycle.policy.policies import UnknownTier
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug, At
from lifecycle.server.routing import ReadJson, ask
from lifecycle.support.status import check_tier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.check.tier_choices import TierChoice

SENT: Final = "The SBOM"
ENRICHED: Final = "application/vnd.cyclonedx+json"
MOST_TIERS: Final = 101
"""One for every product, and one for each of as many single products as a check takes."""

TierNames = Annotated[
    tuple[str, ...],
    QueryParameter(
        description="The tier to use, or with `PRODUCT=` before it, that of one product; may be "
        "repeated. Left out, a product's tier counts if it has only one.",
        schema_extra={"items": {"type": "string", "pattern": PATTERN}, "maxItems": MOST_TIERS},
    ),
]
"""Litestar does not describe the items' limits, and ``read_tiers`` names what breaks them."""

ReportName = Annotated[
    str | None,
    QueryParameter(
        description="Keep what was matched as what the account runs, under this name, in place of "
        "what was reported under it before; where nothing is matched, or something of a product "
        "is not decided, what was reported before stays.",
        pattern="^" + REPORT + END,
    ),
]


@ask(
    "/v1/check",
    scope="public",
    summary="Check what is run",
)
async def check(
    data: JSONBody[CheckIn], session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> CheckOut:
    """Say whether anything of what is run is, or soon will be, unsupported; nothing is stored."""
    lookup = Lookup(moment.app_state.snapshots, moment.visibility)
    return await component_checks.check(
        session, data, lookup=lookup, now=moment.now, run=moment.runner
    )


@ask(
    "/v1/accounts/{account:str}/check",
    scope="account",
    by_product=True,
    summary="Check what an account runs",
)
async def check_account(
    account: AccountSlug,
    data: JSONBody[AccountCheckIn],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    report: ReportName = None,
) -> CheckOut:
    """Check what an account runs, under its own tier; with ``report``, store it as what it runs."""
    if report is not None:
        moment.check_unlimited()
    owner = await queries.get_account(session, account, products=moment.products)
    visibility = visible_to(owner, moment.visibility)
    outcome = await component_checks.check_account(
        session,
        owner,
        data,
        report=report,
        lookup=Lookup(moment.app_state.snapshots, visibility),
        now=moment.now,
        run=moment.runner,
    )
    if report is None or data.components is None:
        return outcome.show()
    async with moment.app_state.store.writing() as changes:
        names = await account_reports.store(changes, outcome, report, by=moment.by)
    return outcome.show(reported=names)


@ask(
    "/v1/check/enrich",
    scope="public",
    operation_class=ReadJson,
    body=dict[str, Any],
    media_type=ENRICHED,
    summary="Enrich an SBOM",
)
async def enrich(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    tier: TierNames = (),
    at: At = None,
) -> Response[dict[str, Any]]:
    """Return an SBOM, CycloneDX as JSON, with the lifecycle of each known component; store nothing.

    What is known of a component's version becomes its milestones in CycloneDX's taxonomy: the day
    of its release, the last day of the tier's support where that day is fixed, and the end of life
    that its line declares.
    """
    chosen = read_tiers(tier)
    sbom = await request.body()
    listed = await moment.runner(partial(read_sbom_components, sbom, file=SENT))
    body = {"components": listed, "at": at, "allow_no_match": True, **chosen._asdict()}
    lookup = Lookup(moment.app_state.snapshots, moment.visibility)
    with _naming_parameter(chosen):
        question = fit_value(body, CheckIn, subject="The SBOM cannot be checked")
        checked = await component_checks.check(
            session, question, lookup=lookup, now=moment.now, run=moment.runner
        )
    if tier:
        products = {*checked.counts.products, *chosen.tiers}
        snapshots = await lookup.snapshots.get_known(products, lookup.visibility)
        _refuse_missing_tiers(chosen, snapshots, at, moment.now)
        of_sbom = [snapshots[slug] for slug in checked.counts.products if slug in snapshots]
        _refuse_tier_of_nobody(chosen, of_sbom, at, moment.now)
    written = await moment.runner(partial(enrich_sbom, sbom, checked.results, file=SENT))
    return Response(cast("Any", written), media_type=ENRICHED)


@contextmanager
def _naming_parameter(chosen: TierChoice) -> Iterator[None]:
    """Let a refusal name the query parameter in place of the members that are made of it."""
    try:
        yield
    except BadRequest as error:
        problems = []
        for problem in error.problems:
            member, _, product = problem.field.partition(".")
            if member == "tiers":
                error.detail = error.detail.replace(f"{problem.field}: ", f"{FIELD}: ", 1)
                tier = chosen.tiers.get(product)
                value = problem.value if tier is None else f"{product}={tier}"
                named = Problem(FIELD, problem.message, value=value, allowed=problem.allowed)
                problems.append(named)
            else:
                problems.append(problem)
        error.problems = tuple(problems)
        raise


def _refuse_missing_tiers(
    chosen: TierChoice, snapshots: Mapping[str, Snapshot], at: date | None, now: datetime
) -> None:
    """Refuse tiers that the products named with them lack, in the SBOM or not: all together."""
    refusals, problems = [], []
    for product, tier in chosen.tiers.items():
        if (snapshot := snapshots.get(product)) is None:
            continue
        today = snapshot.today(now)
        coverage, day = snapshot.coverage(today), at or today
        try:
            check_tier(coverage, tier, at=day)
        except UnknownTier as error:
            names = ", ".join(coverage.tier_names(day))
            value = f"{product}={tier}"
            problems.append(Problem(FIELD, error.detail, value=value, allowed=names))
            refusals.append(error)
    if refusals:
        refusals[0].problems = tuple(problems)
        raise refusals[0]


def _refuse_tier_of_nobody(
    chosen: TierChoice, snapshots: Iterable[Snapshot], at: date | None, now: datetime
) -> None:
    """Refuse a tier that none of the SBOM's products it is meant for has: it would give no end."""
    tiers = {
        name
        for snapshot in snapshots
        if snapshot.slug not in chosen.tiers
        for today in (snapshot.today(now),)
        for name in snapshot.coverage(today).tier_names(at or today)
    }
    tier = chosen.tier
    if tiers and tier is not None and tier not in tiers:
        names = ", ".join(sorted(tiers))[:1000]
        noun = "other product" if chosen.tiers else "product"
        raise UnknownTier(
            f"No {noun} in the SBOM has a tier {tier[:100]!r}, only {names}.",
            problems=[Problem(FIELD, "is not a tier of these products", value=tier, allowed=names)],
        )


router = Router("/", route_handlers=[check, check_account, enrich], tags=["checks"])

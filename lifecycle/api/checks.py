"""A customer's check: whether anything that it runs is, or soon will be, unsupported."""

from __future__ import annotations

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
from lifecycle.documents.patterns import END, REPORT
from lifecycle.documents.request_bodies import fit_value
from lifecycle.policy.policies import UnknownTier
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug, At, TierName
from lifecycle.server.routing import ReadJson, ask

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from lifecycle.answers.snapshots import Snapshot

SENT: Final = "The SBOM"
ENRICHED: Final = "application/vnd.cyclonedx+json"

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
    tier: TierName = None,
    at: At = None,
) -> Response[dict[str, Any]]:
    """Return an SBOM, CycloneDX as JSON, with the lifecycle of each known component; store nothing.

    What is known of a component's version becomes its milestones in CycloneDX's taxonomy: the day
    of its release, the last day of the tier's support where that day is fixed, and the end of life
    that its line declares.
    """
    sbom = await request.body()
    listed = await moment.runner(partial(read_sbom_components, sbom, file=SENT))
    body = {"components": listed, "tier": tier, "at": at, "allow_no_match": True}
    question = fit_value(body, CheckIn, subject="The SBOM cannot be checked")
    lookup = Lookup(moment.app_state.snapshots, moment.visibility)
    checked = await component_checks.check(
        session, question, lookup=lookup, now=moment.now, run=moment.runner
    )
    if tier is not None:
        snapshots = moment.app_state.snapshots
        products = await snapshots.get_known(checked.counts.products, moment.visibility)
        _refuse_tier_of_nobody(tier, products.values(), at, moment.now)
    written = await moment.runner(partial(enrich_sbom, sbom, checked.results, file=SENT))
    return Response(cast("Any", written), media_type=ENRICHED)


def _refuse_tier_of_nobody(
    tier: str, snapshots: Iterable[Snapshot], at: date | None, now: datetime
) -> None:
    """Refuse a tier that no product in an SBOM has: there would be no end for it in any."""
    tiers = {
        name
        for snapshot in snapshots
        for today in (snapshot.today(now),)
        for name in snapshot.coverage(today).tier_names(at or today)
    }
    if tiers and tier not in tiers:
        names = ", ".join(sorted(tiers))
        raise UnknownTier(f"No product in the SBOM has a tier {tier[:100]!r}, only {names[:1000]}.")


router = Router("/", route_handlers=[check, check_account, enrich], tags=["checks"])

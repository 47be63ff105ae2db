"""Granting a waiver for a finding of the gate: its rule may be broken for its subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.catalogue import waivers
from lifecycle.errors import LifecycleError, NotFound
from lifecycle.gate.verdicts import refuse_unknown_subject
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Name
from lifecycle.web.console.deprecation_words import WAIVER_FIELD_NAMES
from lifecycle.web.console.own_deprecations import viewing
from lifecycle.web.console.verdict_pages import get_own_verdict
from lifecycle.web.console.verdict_words import is_waivable
from lifecycle.web.console.waiver_forms import REASONS, read_waiver
from lifecycle.web.page_forms import Form, changing, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from lifecycle.catalogue.models import Product
    from lifecycle.gate.verdicts import StoredVerdictOut
    from lifecycle.reports.findings import FindingOut


@private_page("/console/verdicts/{verdict:str}/waiver", scope="publish", by_product=True)
async def ask_for_finding_waiver(
    request: Request[Any, Any, Any],
    verdict: Name,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    finding: FormText = None,
) -> Response[str]:
    """Ask who decides that a promise may be broken, why, and until when."""
    product, kept_verdict = await get_own_verdict(session, moment, verdict)
    form = Form.filled(finding=filled(finding) or "1")
    return _show(request, product, kept_verdict, form)


@form_route("/console/verdicts/{verdict:str}/waiver", scope="publish", by_product=True)
async def grant_finding_waiver(
    request: Request[Any, Any, Any], verdict: Name, form: NamedDependency[Form]
) -> Response[Any]:
    """Record a waiver for the rule and the subject of a finding, once."""
    try:
        async with changing(request) as change:
            product, kept_verdict = await get_own_verdict(change.session, change, verdict)
            finding = _finding_of(kept_verdict, form)
            facts = read_waiver(
                form, product=product.slug, rule=finding.rule, subject=finding.subject
            )
            today = await change.today(product)
            await waivers.grant_once(
                change.session, facts, by=change.by, today=today, product=product
            )
            await refuse_unknown_subject(change.session, product, str(finding.subject))
    except LifecycleError as refusal:
        again = form.refused(refusal)
        async with viewing(request) as view:
            product, kept_verdict = await get_own_verdict(view.session, view.moment, verdict)
            return _show(request, product, kept_verdict, again)
    return see_other(request, "console", "verdicts", verdict, outcome="waived")


def _finding_of(kept_verdict: StoredVerdictOut, form: Form) -> FindingOut:
    """Return the finding of which the form has the number, from 1."""
    findings = kept_verdict.findings
    number = form.number("finding", lowest=1, highest=len(findings)) if findings else None
    if number is None or not is_waivable(findings[number - 1]):
        raise NotFound("The verdict has no such finding, or none that a waiver can let pass.")
    return findings[number - 1]


def _show(
    request: Request[Any, Any, Any], product: Product, kept_verdict: StoredVerdictOut, form: Form
) -> Response[str]:
    finding = _finding_of(kept_verdict, form)
    return show(
        request,
        "console/verdict_waiver.html",
        status=form.status,
        title=f"Waive {finding.rule} for {finding.subject}",
        product=product,
        verdict=kept_verdict,
        found=finding,
        form=form,
        field_names=WAIVER_FIELD_NAMES,
        reasons=REASONS,
    )


router = pages(ask_for_finding_waiver, grant_finding_waiver)

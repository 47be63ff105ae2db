"""Entering a policy: its text checked, its mistakes shown at their lines, its effect in words."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.answers.policy_checks import PolicyCheck, check_policy
from lifecycle.catalogue import policies
from lifecycle.catalogue.queries import get_product, policies_entered
from lifecycle.errors import (
    BadRequest,
    LifecycleError,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
)
from lifecycle.policy.plain_words import plain_words
from lifecycle.policy.policy_documents import parse_policy, policy_document, read_stored
from lifecycle.policy.policy_texts import next_version, with_key, write_policy
from lifecycle.policy.presets import preset, preset_names
from lifecycle.policy.succession import Step
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Slug
from lifecycle.web.console.marked_texts import (
    MOST_FAULTS,
    Fault,
    NumberedLine,
    find_faults,
    number_lines,
)
from lifecycle.web.console.own_deprecations import viewing
from lifecycle.web.page_forms import REFUSALS, Form, changing, reading, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from lifecycle.catalogue.models import Product, StoredPolicy
    from lifecycle.policy.policies import Policy

UNREAD: Final = "Open the page again: the form does not say what it succeeds."

MOST_SHOWN: Final = 60
"""So many lines of each kind of change are named."""


class UnknownPolicy(NotFound):
    """The product has no policy of this version."""


@private_page("/console/policy/{product:str}/new", scope="publish")
async def show_entry(
    request: Request[Any, Any, Any],
    product: Slug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    preset: FormText = None,
    version: FormText = None,
) -> Response[str]:
    """Show the form for a policy's text: from a preset, one entered before, or its successor."""
    row = await get_product(session, product)
    text = await _first_text(session, row, moment, filled(preset), filled(version))
    entered = await policies_entered(session, row.id)
    form = Form.filled(policy=text, revision=str(entered))
    return await _shown(request, moment, session, row, form)


@form_route("/console/policy/{product:str}/new", scope="publish")
async def enter_policy(
    request: Request[Any, Any, Any], product: Slug, form: NamedDependency[Form]
) -> Response[Any]:
    """Show what a policy would change; with the button below that, enter it as the API does."""
    moment = Moment(request)
    try:
        form = _with_day(form.with_file("policy"))
    except REFUSALS as refusal:
        return await _again(request, moment, product, form.refused(refusal))
    try:
        policy = await moment.runner(partial(parse_policy, form.value("policy")))
        step = None
        if form.value("step") == "put":
            if form.revision is None:
                raise PreconditionRequired(UNREAD)
            step = await _put(request, product, form, policy)
        if step is None:
            return await _checked(request, moment, product, form, policy)
    except LifecycleError as refusal:
        marked = form.refused(refusal)
        return await _again(request, moment, product, marked, refusal=refusal)
    return see_other(
        request, "console", "policy", product, version=policy.version, outcome=f"policy-{step}"
    )


def _with_day(form: Form) -> Form:
    """Write the day beside the text into the text, where it can be seen."""
    if not form.value("policy").strip():
        problem = Problem("policy", "is empty; paste a policy or choose a file")
        raise BadRequest("The policy is empty.", problems=[problem])
    day = form.day("day")
    if day is None:
        return form
    text = with_key(form.value("policy"), "in_force_from", day.isoformat())
    return form.with_texts(policy=text, day="")


async def _put(
    request: Request[Any, Any, Any], product: str, form: Form, policy: Policy
) -> Step | None:
    """Enter a policy; None if another was entered since its effect was shown."""
    try:
        async with changing(request, form) as change:
            _, step = await policies.put(
                change.session,
                await get_product(change.session, product),
                policy_document(policy),
                by=change.by,
                expected=change.expected,
            )
    except PreconditionFailed:
        return await _standing(request, product, policy)
    return step


async def _standing(request: Request[Any, Any, Any], product: str, policy: Policy) -> Step | None:
    """Return that a policy stands already, as where its form was sent twice; None if not."""
    async with viewing(request) as view:
        row = await get_product(view.session, product)
        step = await policies.check(view.session, row, policy, by=view.moment.by)
    return step if step is Step.UNCHANGED else None


async def _checked(
    request: Request[Any, Any, Any], moment: Moment, product: str, form: Form, policy: Policy
) -> Response[str]:
    """Show what a policy would change, or refuse it as entering it would be refused."""
    async with reading(request) as session:
        row = await get_product(session, product)
        snapshot = await moment.snapshot(product)
        check = await check_policy(session, row, snapshot, policy, by=moment.by, run=moment.runner)
        return await _shown(request, moment, session, row, form, check=check)


async def _again(
    request: Request[Any, Any, Any],
    moment: Moment,
    product: str,
    form: Form,
    *,
    refusal: LifecycleError | None = None,
) -> Response[str]:
    async with reading(request) as session:
        row = await get_product(session, product)
        return await _shown(request, moment, session, row, form, refusal=refusal)


async def _shown(
    request: Request[Any, Any, Any],
    moment: Moment,
    session: AsyncSession,
    row: Product,
    form: Form,
    *,
    refusal: LifecycleError | None = None,
    check: PolicyCheck | None = None,
) -> Response[str]:
    """Show the form, with what is wrong with the text or what it would change.

    Its revision is what stands now; one that was read before is said to be overtaken.
    """
    standing = await policies.stored(session, row)
    entered = await policies_entered(session, row.id)
    overtaken = form.revision is not None and form.revision != entered
    is_late = overtaken and form.value("step") == "put" and refusal is None
    faults, lines = await moment.runner(partial(_marked, form.value("policy"), refusal))
    return show(
        request,
        "console/policy_entry.html",
        status=PreconditionFailed.status_code if is_late else form.status,
        title="Enter a policy",
        product=row,
        form=form.with_texts(revision=str(entered)),
        faults=faults[:MOST_FAULTS],
        more_faults=len(faults[MOST_FAULTS:]),
        lines=lines,
        check=check,
        steps=Step,
        most_shown=MOST_SHOWN,
        newest=standing[-1] if standing else None,
        overtaken=overtaken,
        presets=_presets() if not standing else (),
        today=moment.now.date(),
    )


def _marked(
    text: str, refusal: LifecycleError | None
) -> tuple[list[Fault], list[NumberedLine | None]]:
    if refusal is None:
        return [], []
    faults = find_faults(text, refusal)
    return faults, number_lines(text, faults)


async def _first_text(
    session: AsyncSession, row: Product, moment: Moment, name: str | None, version: str | None
) -> str:
    """Return the text to begin with: a preset, a policy as it was entered, or its successor."""
    today = (await moment.snapshot(row.slug)).today(moment.now)
    if name is not None:
        text = with_key(preset(name), "policy", f"{row.slug}-support")
        return with_key(text, "in_force_from", today.isoformat())
    standing = await policies.stored(session, row)
    if version is not None:
        named = next((stored for stored in standing if stored.version == version), None)
        if named is None:
            raise UnknownPolicy(f"{row.slug} has no policy of version {version[:100]!r}.")
        return write_policy(read_stored(named.document))
    if not standing:
        return ""
    versions = {stored.version for stored in standing}
    text = write_policy(read_stored(standing[-1].document))
    text = with_key(text, "version", next_version(standing[-1].version, versions))
    return with_key(text, "in_force_from", _free_day(today, standing).isoformat())


def _free_day(today: date, standing: Sequence[StoredPolicy]) -> date:
    """Return the first day from today on which no other policy starts."""
    starts = {stored.in_force_from for stored in standing}
    return next(day for day in (today + timedelta(days) for days in count()) if day not in starts)


def _presets() -> list[tuple[str, str]]:
    """Name the presets, each with what it promises to its tiers."""
    return [(name, plain_words(parse_policy(preset(name))).promise) for name in preset_names()]


router = pages(show_entry, enter_policy)

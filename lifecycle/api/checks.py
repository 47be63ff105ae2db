"""A customer's check: whether anything that it runs is, or soon will be, unsupported."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated

import msgspec
from litestar import Router
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import actions, queries
from lifecycle.accounts.account_inputs import InstanceIn
from lifecycle.accounts.models import Account, Instance
from lifecycle.answers import component_answers, component_matches, reported_instances
from lifecycle.answers.checked_structs import CheckedOut, CountsOut
from lifecycle.answers.component_matches import ComponentIn, Components, Matched, NearOut, UnreadOut
from lifecycle.answers.snapshots import Snapshot
from lifecycle.audit.chain import By
from lifecycle.catalogue.catalogue_inputs import Key
from lifecycle.catalogue.queries import identifiers_of, vocabulary
from lifecycle.check import recognition_findings, support_rules
from lifecycle.check.recognition_findings import Recognition
from lifecycle.check.running_versions import Running
from lifecycle.check.support_rules import CheckTerms, FailOn, Found
from lifecycle.documents.patterns import END, REPORT, Text
from lifecycle.errors import raise_if_any
from lifecycle.gate.verdicts import FindingOut
from lifecycle.reports.findings import Finding, Verdict
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug
from lifecycle.server.routing import ask

ReportName = Annotated[
    str | None,
    QueryParameter(
        description="Keep what was matched as what the account runs, under this name, in place of "
        "what was reported under it before; where nothing is matched, or something of a product "
        "is not decided, what was reported before stays.",
        pattern="^" + REPORT + END,
    ),
]


Expected = Annotated[tuple[Key, ...], Meta(max_length=100)]


class CheckIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is run, and how far to look ahead: ``within`` are days.

    ``at`` left out is each product's own today. ``fail_on`` is the least that fails. The check is
    not decided where nothing is of a product that is among ``expect``, or where nothing is of any
    product, unless ``allow_no_match``.
    """

    components: Components
    tier: Text | None = None
    within: Annotated[int, Meta(ge=0, le=36500)] = support_rules.WITHIN
    at: date | None = None
    fail_on: FailOn = FailOn.ENDING
    expect: Expected = ()
    allow_no_match: bool = False


class AccountCheckIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same for an account: without components, what it has reported is checked.

    With components, the products that it has reported (with ``report``, those under that name) are
    expected among them too, unless ``allow_no_match``.
    """

    components: Components | None = None
    tier: Text | None = None
    within: Annotated[int, Meta(ge=0, le=36500)] = support_rules.WITHIN
    at: date | None = None
    fail_on: FailOn = FailOn.ENDING
    expect: Expected = ()
    allow_no_match: bool = False


class CheckOut(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on all that is run, what was found, and the answers it rests on.

    Where ``decided`` is false, something could not be found out, and nothing passes.
    ``reported`` are the instances that the account runs now, as far as this check reported them.
    ``expected`` are the products of which something has to be among the components, those that the
    catalogue does not have under ``expected_unknown`` too; ``unread`` are the
    first 100 components that could not be read in full, and ``near`` the first 100 that are of no
    known product and nearly have the name of one.
    """

    verdict: Verdict
    decided: bool
    within: int
    fail_on: FailOn
    counts: CountsOut
    findings: tuple[FindingOut, ...]
    results: tuple[CheckedOut, ...]
    reported: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    expected_unknown: tuple[str, ...] = ()
    unread: tuple[UnreadOut, ...] = ()
    near: tuple[NearOut, ...] = ()


@ask("/v1/check", scope="public")
async def check(
    data: JSONBody[CheckIn], session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> CheckOut:
    """Say whether anything of what is run is, or soon will be, unsupported; nothing is stored."""
    matched = await _matched(session, data.components, moment)
    snapshots = await moment.known_snapshots(matched.products)

    def judge() -> CheckOut:
        checked = _checked(moment, matched, snapshots, data, lambda _: data.tier)
        return _out(checked, data, _found(checked, data, moment), data.expect)

    return await moment.runner(judge)


@ask("/v1/accounts/{account:str}/check", scope="account")
async def check_account(
    account: AccountSlug,
    data: JSONBody[AccountCheckIn],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    report: ReportName = None,
) -> CheckOut:
    """Check what an account runs, under its own tier; with ``report``, store it as what it runs."""
    row = await queries.get_account(session, account)
    components = _reported(row) if data.components is None else data.components
    matched = await _matched(session, components, moment)
    snapshots = await moment.known_snapshots(matched.products)

    def find() -> tuple[component_answers.Checked, list[Found]]:
        tier_on = partial(queries.tier_on, row.tiers)
        checked = _checked(moment, matched, snapshots, data, lambda day: data.tier or tier_on(day))
        return checked, _found(checked, data, moment)

    checked, findings = await moment.runner(find)
    expected = {*data.expect, *_expected(row, data, report)}
    names: tuple[str, ...] = ()
    if report is not None and data.components is not None:
        undecided = {
            finding.running.product
            for finding in findings
            if finding.finding.rule == "undecided" and not support_rules.is_decided(finding.running)
        }
        undecided |= {
            unread_component.product
            for unread_component in checked.matched.unread
            if unread_component.product
        }
        undecided |= expected - checked.counts.products.keys()
        running = reported_instances.as_instances(checked.matched, report, seen_at=moment.now)
        replaced_names = reported_instances.replaced(checked.matched, undecided=undecided)
        async with moment.app_state.store.writing() as changes:
            names = await _report(changes, account, report, running, replaced_names, by=moment.by)
    unreported = () if components else (support_rules.nothing_runs(account),)
    return _out(checked, data, findings, expected, more=unreported, reported=names)


async def _matched(
    session: AsyncSession, components: Sequence[ComponentIn], moment: Moment
) -> Matched:
    raise_if_any(component_matches.component_problems(components), subject="The components")
    identifiers = await identifiers_of(session)
    return await moment.runner(partial(component_matches.match, components, identifiers))


def _checked(
    moment: Moment,
    matched: Matched,
    snapshots: Mapping[str, Snapshot],
    data: CheckIn | AccountCheckIn,
    tier_on: Callable[[date], str | None],
) -> component_answers.Checked:
    return component_answers.check(matched, snapshots, tier_on=tier_on, at=data.at, now=moment.now)


def _found(
    checked: component_answers.Checked, data: CheckIn | AccountCheckIn, moment: Moment
) -> list[Found]:
    running = msgspec.convert(msgspec.to_builtins(checked.results), list[Running])
    near = _recognition(checked).near
    return [
        *support_rules.find(running, CheckTerms(data.within, data.fail_on)),
        *recognition_findings.find_near(near, at=data.at or moment.now.date()),
    ]


def _recognition(checked: component_answers.Checked, expected: Iterable[str] = ()) -> Recognition:
    members = {
        "counts": checked.counts,
        "unread": checked.matched.unread,
        "near": checked.matched.near,
        "expected": sorted(expected),
        "expected_unknown": sorted({*expected} - checked.matched.known),
    }
    return msgspec.convert(msgspec.to_builtins(members), Recognition)


def _expected(account: Account, data: AccountCheckIn, report: str | None) -> Iterable[str]:
    """Name the products that an account runs by what it reported before, under a name if given."""
    if data.components is None or data.allow_no_match:
        return ()
    return {
        instance.product
        for instance in account.instances
        if report is None or _is_of(report, instance)
    }


def _out(
    checked: component_answers.Checked,
    data: CheckIn | AccountCheckIn,
    located: Iterable[Found],
    expected: Collection[str],
    *,
    more: Iterable[Finding] = (),
    reported: tuple[str, ...] = (),
) -> CheckOut:
    recognised = _recognition(checked, expected)
    allowed = data.allow_no_match or data.components is None
    unrecognised = recognition_findings.find_unrecognised(recognised, allow_no_match=allowed)
    judged = support_rules.judge(
        [*(located_finding.finding for located_finding in located), *unrecognised, *more]
    )
    return CheckOut(
        verdict=judged.verdict,
        decided=judged.decided,
        within=data.within,
        fail_on=data.fail_on,
        counts=checked.counts,
        findings=tuple(map(FindingOut.of, judged.findings)),
        results=checked.results,
        reported=reported,
        expected=recognised.expected,
        expected_unknown=recognised.expected_unknown,
        unread=checked.matched.unread,
        near=checked.matched.near,
    )


def _reported(account: Account) -> list[ComponentIn]:
    return [
        ComponentIn(
            product=instance.product,
            version=instance.version,
            tier=instance.tier,
            features=None if instance.features is None else tuple(instance.features),
            instance=instance.name,
        )
        for instance in sorted(account.instances, key=lambda instance: instance.name)
    ]


async def _report(
    session: AsyncSession,
    slug: str,
    report: str,
    running: Mapping[str, InstanceIn],
    replaced_names: Collection[str],
    *,
    by: By,
) -> tuple[str, ...]:
    """Keep the instances of a report, in place of its earlier ones of ``replaced_names``."""
    account = await queries.get_account(session, slug, lock=True)
    names = await vocabulary(session)
    earlier = {instance.name: instance for instance in account.instances}
    for name, reported in running.items():
        environment = earlier[name].environment if name in earlier else None
        facts = msgspec.structs.replace(reported, environment=environment)
        facts = actions.as_reported(account, name, facts)
        await actions.put_instance(session, account, name, facts, by=by, vocabulary=names)
    for name, instance in earlier.items():
        if name not in running and instance.product in replaced_names and _is_of(report, instance):
            await actions.remove_instance(session, account, name, by=by)
    return tuple(running)


def _is_of(report: str, instance: Instance) -> bool:
    """Tell a report's instances from those that somebody named alike by hand."""
    product, version = instance.product, instance.version
    names = (reported_instances.instance_name(report, product, exact) for exact in (None, version))
    return instance.name in names


router = Router("/", route_handlers=[check, check_account], tags=["checks"])

"""Checks of components: each is matched with a product and answered; all together are judged."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from lifecycle.accounts import queries
from lifecycle.answers import component_answers, component_matches, reported_instances
from lifecycle.answers.component_answers import Checked
from lifecycle.answers.component_matches import ComponentIn
from lifecycle.catalogue.queries import identifiers_of
from lifecycle.check import recognition_findings, support_rules
from lifecycle.check.check_inputs import AccountCheckIn, CheckIn
from lifecycle.check.check_outputs import CheckOut
from lifecycle.check.recognition_findings import Recognition
from lifecycle.check.running_versions import Running
from lifecycle.check.support_rules import CheckTerms, Found
from lifecycle.documents.suggestions import suggest
from lifecycle.errors import Problem, raise_if_any
from lifecycle.reports.findings import FindingOut

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Account
    from lifecycle.answers.runners import Runner
    from lifecycle.answers.snapshot_cache import Snapshots
    from lifecycle.catalogue.visibility import Visibility
    from lifecycle.reports.findings import Finding

Question: TypeAlias = CheckIn | AccountCheckIn


class Lookup(NamedTuple):
    """Where products are looked up, and what of them is shown to whom it is for."""

    snapshots: Snapshots
    visibility: Visibility


class AccountCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of what an account runs; ``expected`` are products that have to be in it."""

    account: str
    question: AccountCheckIn
    checked: Checked
    located: tuple[Found, ...]
    expected: frozenset[str]

    @property
    def undecided(self) -> frozenset[str]:
        """Return the products of which something could not be found out."""
        undecided = {
            located.running.product
            for located in self.located
            if located.finding.rule == "undecided" and not support_rules.is_decided(located.running)
        }
        unread = self.checked.matched.unread
        undecided |= {component.product for component in unread if component.product}
        return frozenset(undecided | (self.expected - self.checked.counts.products.keys()))

    def show(self, *, reported: tuple[str, ...] = ()) -> CheckOut:
        """Judge it; ``reported`` are the instances that were stored of it."""
        runs_nothing = not self.checked.counts.components
        more = (support_rules.nothing_runs(self.account),) if runs_nothing else ()
        return _judge(
            self.checked, self.question, self.located, self.expected, more=more, reported=reported
        )


async def check(
    session: AsyncSession,
    question: CheckIn,
    *,
    lookup: Lookup,
    now: datetime,
    run: Runner,
) -> CheckOut:
    """Judge whether anything of what is run is, or soon will be, unsupported."""
    answer = await _answer(session, question, question.components, lookup=lookup, now=now, run=run)

    def judge() -> CheckOut:
        checked = answer(lambda _: question.tier)
        return _judge(checked, question, _find(checked, question, now), question.expect)

    return await run(judge)


async def check_account(
    session: AsyncSession,
    account: Account,
    question: AccountCheckIn,
    *,
    report: str | None = None,
    lookup: Lookup,
    now: datetime,
    run: Runner,
) -> AccountCheck:
    """Check what an account runs, under its own tier; ``report`` is what it is to be stored as."""
    components = _reported(account) if question.components is None else question.components
    answer = await _answer(session, question, components, lookup=lookup, now=now, run=run)

    def find() -> tuple[Checked, list[Found]]:
        tier_on = partial(queries.tier_on, account.tiers)
        checked = answer(lambda day: question.tier or tier_on(day))
        return checked, _find(checked, question, now)

    checked, located = await run(find)
    return AccountCheck(
        account=account.slug,
        question=question,
        checked=checked,
        located=tuple(located),
        expected=frozenset({*question.expect, *_expected(account, question, report)}),
    )


async def _answer(
    session: AsyncSession,
    question: Question,
    components: Sequence[ComponentIn],
    *,
    lookup: Lookup,
    now: datetime,
    run: Runner,
) -> Callable[[Callable[[date], str | None]], Checked]:
    """Load what the components ask about; what is returned answers them, by each day's tier."""
    raise_if_any(component_matches.component_problems(components), subject="The components")
    identifiers = await identifiers_of(session, lookup.visibility)
    matched = await run(partial(component_matches.match, components, identifiers))
    raise_if_any(_unknown_products(question.tiers, matched.known), subject="The check")
    loaded = await lookup.snapshots.get_known(matched.products, lookup.visibility)
    return lambda tier_on: component_answers.check(
        matched, loaded, tier_on=tier_on, tiers=question.tiers, at=question.at, now=now
    )


def _unknown_products(tiers: Iterable[str], products: Collection[str]) -> Iterator[Problem]:
    for product in tiers:
        if product not in products:
            message = f"names an unknown product, {product!r}{suggest(product, products)}"
            yield Problem(f"tiers.{product}", message)


def _find(checked: Checked, question: Question, now: datetime) -> list[Found]:
    running = msgspec.convert(msgspec.to_builtins(checked.results), list[Running])
    near = _recognition(checked).near
    return [
        *support_rules.find(running, CheckTerms(question.within, question.fail_on)),
        *recognition_findings.find_near(near, at=question.at or now.date()),
    ]


def _recognition(checked: Checked, expected: Iterable[str] = ()) -> Recognition:
    members = {
        "counts": checked.counts,
        "unread": checked.matched.unread,
        "near": checked.matched.near,
        "expected": sorted(expected),
        "expected_unknown": sorted({*expected} - checked.matched.known),
    }
    return msgspec.convert(msgspec.to_builtins(members), Recognition)


def _expected(account: Account, question: AccountCheckIn, report: str | None) -> Iterable[str]:
    """Return the products that an account has reported before, under this report's name if any."""
    if question.components is None or question.allow_no_match:
        return ()
    return {
        instance.product
        for instance in account.instances
        if report is None or reported_instances.is_of(report, instance)
    }


def _judge(
    checked: Checked,
    question: Question,
    located: Iterable[Found],
    expected: Collection[str],
    *,
    more: Iterable[Finding] = (),
    reported: tuple[str, ...] = (),
) -> CheckOut:
    recognised = _recognition(checked, expected)
    allowed = question.allow_no_match or question.components is None
    unrecognised = recognition_findings.find_unrecognised(recognised, allow_no_match=allowed)
    findings = (located_finding.finding for located_finding in located)
    judged = support_rules.judge([*findings, *unrecognised, *more])
    return CheckOut(
        verdict=judged.verdict,
        decided=judged.decided,
        within=question.within,
        fail_on=question.fail_on,
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

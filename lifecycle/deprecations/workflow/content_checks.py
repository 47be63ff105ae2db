"""What is wrong with a deprecation, before anybody asks how soon it may take effect (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.accounts.names import prose_problems, text_problems
from lifecycle.catalogue.consistency import link_problems, version_problems
from lifecycle.catalogue.histories import Histories
from lifecycle.deprecations.announced import tiers_concerned, versions_in
from lifecycle.documents.storable_text import is_blank
from lifecycle.documents.suggestions import suggest
from lifecycle.errors import BadRequest, Conflict, Problem
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.stages import Stage, stage_in
from lifecycle.policy.succession import in_force_or_first
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.deprecation_inputs import AmendIn, DeprecationIn, WithdrawIn

SCOPES = ("lines", "range", "feature", "whole_product")


class FeatureRemoved(Conflict):
    """The feature has already been removed; there is nothing left to deprecate."""


def problems(
    loaded: Loaded, content: DeprecationIn, *, today: date, kept_tiers: Collection[str] = ()
) -> Iterator[Problem]:
    """Yield what is wrong with a deprecation's scope, tiers, days and texts.

    Those of ``kept_tiers`` stay valid, though the policy may have dropped them.
    """
    yield from _scope_problems(loaded, content)
    yield from _tier_problems(loaded, content, today, kept_tiers)
    yield from day_problems(content, today)
    if content.from_version is not None:
        yield from version_problems("from_version", content.from_version, scheme(loaded.scheme))
    for place, link in enumerate(content.links):
        yield from link_problems(f"links[{place}].url", link.url)


def target_problems(content: DeprecationIn) -> Iterator[Problem]:
    """Yield that a deprecation concerns nothing, or several things at once."""
    scopes = [field for field in SCOPES if getattr(content, field) not in (None, False)]
    if len(scopes) != 1:
        message = "give exactly one of lines, range, feature and whole_product"
        yield Problem("lines", message, value=scopes, allowed="one of them")


def wording_problems(facts: DeprecationIn | AmendIn | WithdrawIn) -> Iterator[Problem]:
    """Yield what is wrong with the texts that are given, whatever those of before are like."""
    yield from _reason_problems(facts.reason)
    for field in ("reason", "migration", "replacement"):
        yield from prose_problems(field, getattr(facts, field, None))
    for place, link in enumerate(getattr(facts, "links", None) or ()):
        yield from text_problems(f"links[{place}].title", link.title)


def _reason_problems(reason: str) -> Iterator[Problem]:
    """Yield that a reason is missing: it stands in the notice, where people look for it."""
    if is_blank(reason):
        yield Problem("reason", "must not be empty; the notice quotes it", value=reason)


def refuse_removed(loaded: Loaded, content: DeprecationIn, *, today: date) -> None:
    """Refuse to deprecate a feature that is gone already."""
    if content.feature is None or content.feature not in loaded.features:
        return
    history = Histories(loaded).of(content.feature)
    newest = max(
        (r.rank for r in loaded.facts.releases if not r.planned and not r.prerelease), default=None
    )
    if stage_in(history, key=newest, day=today) is Stage.REMOVED:
        raise FeatureRemoved(
            f"{content.feature} has already been removed from {loaded.slug}; deprecate before you "
            "remove."
        )


def _scope_problems(loaded: Loaded, content: DeprecationIn) -> Iterator[Problem]:
    if unclear := list(target_problems(content)):
        yield from unclear
        return
    if content.feature is not None:
        yield from _feature_problems(loaded, content.feature)
        if content.kind is Kind.END_OF_SUPPORT:
            message = "does not fit a feature; choose a removal, breaking change or discontinuation"
            yield Problem("kind", message, value=content.kind.value)
    yield from _line_problems(loaded, content.lines)
    yield from _range_problems(loaded, content)


def _feature_problems(loaded: Loaded, key: str) -> Iterator[Problem]:
    if key not in loaded.features:
        allowed = ", ".join(list(loaded.features)[:20]) or "none: the product has no features yet"
        message = f"is not a feature of {loaded.slug}{suggest(key, loaded.features)}"
        yield Problem("feature", message, value=key, allowed=allowed)


def _line_problems(loaded: Loaded, lines: tuple[str, ...] | None) -> Iterator[Problem]:
    if lines is None:
        return
    if not lines:
        yield Problem("lines", "must name at least one line", value=[])
    names = {line.name for line in loaded.facts.lines}
    names |= {release.line for release in loaded.facts.releases if release.line}
    for place, line in enumerate(lines):
        if line not in names:
            allowed = ", ".join(sorted(names, reverse=True)[:20])
            message = f"is not a line of {loaded.slug}{suggest(line, names)}"
            yield Problem(f"lines[{place}]", message, value=line[:100], allowed=allowed)
    if len(set(lines)) < len(lines):
        yield Problem("lines", "names a line twice", value=list(lines))


def _range_problems(loaded: Loaded, content: DeprecationIn) -> Iterator[Problem]:
    try:
        within = versions_in(loaded, content)
    except BadRequest as error:
        yield from error.problems
        return
    if within is not None and not within:
        message = f"contains no release of {loaded.slug}"
        yield Problem("range", message, value=content.range, allowed="a range with a release in it")


def _tier_problems(
    loaded: Loaded, content: DeprecationIn, today: date, kept_tiers: Collection[str]
) -> Iterator[Problem]:
    policy = in_force_or_first(loaded.facts.policies, today)
    names = [tier.name for tier in policy.tiers] if policy else []
    if content.tiers is not None and not content.tiers:
        yield Problem("tiers", "names no tier; leave it out for all of them", value=[])
    having = tiers_concerned(loaded, content.feature, names)
    for place, tier in enumerate(content.tiers or ()):
        if not policy or tier in having or tier in kept_tiers:
            continue
        message = f"is not a tier of {policy.name} {policy.version}{suggest(tier, names)}"
        if tier in names:
            message = f"does not have the feature {content.feature}, so nobody on it is concerned"
        yield Problem(f"tiers[{place}]", message, value=tier[:100], allowed=", ".join(having))
    if isinstance(content.effective_on, dict):
        concerned = content.tiers or (*having, *kept_tiers)
        for tier in content.effective_on:
            if concerned and tier not in concerned:
                allowed = ", ".join(concerned)
                message = "is not one of the deprecation's tiers"
                yield Problem(f"effective_on.{tier[:100]}", message, value=tier, allowed=allowed)


def day_problems(content: DeprecationIn, today: date) -> Iterator[Problem]:
    """Yield which effective days lie in the past."""
    stated = content.effective_on
    days = stated if isinstance(stated, dict) else {"": stated} if stated else {}
    for tier, day in days.items():
        if day < today:
            field = f"effective_on.{tier}" if tier else "effective_on"
            message = f"lies in the past (today is {today})"
            yield Problem(field, message, value=day.isoformat(), allowed=f"{today} or later")

"""Answers to what somebody runs: one for each product, version and tier among components."""

from __future__ import annotations

from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.answers.announced_changes import concerning
from lifecycle.answers.checked_structs import AnnouncedOut, CheckedOut, CountsOut
from lifecycle.answers.component_matches import Matched
from lifecycle.answers.line_ends import end_of_life
from lifecycle.answers.response_structs import PolicyOut, SupportOut
from lifecycle.answers.unknown_versions import answer_by_line
from lifecycle.answers.version_lookup import find_release, line_of, nearest_versions
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.documents.suggestions import nearest_words
from lifecycle.policy.policies import UnknownTier
from lifecycle.policy.tier_labels import tier_label
from lifecycle.policy.windows import Patches
from lifecycle.support.intervals import End
from lifecycle.support.status import Answer, Status, answer_release, check_tier
from lifecycle.support.upgrades import upgrade_to
from lifecycle.versions import UnparsableVersion
from lifecycle.versions.package_versions import equal_under

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from lifecycle.answers.component_matches import Inquiry
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.answers.unknown_versions import LineAnswer
    from lifecycle.deprecations.announced import Announced
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release

SUGGESTED = 20
"""How often one check says what may have been meant: that costs more than any answer."""


class Checked(msgspec.Struct, frozen=True):
    """The answers, and how many components they are for.

    ``matched`` is what they answer, each release by the version that the catalogue has it under.
    """

    counts: CountsOut
    results: tuple[CheckedOut, ...]
    matched: Matched


def check(
    matched: Matched,
    snapshots: Mapping[str, Snapshot],
    *,
    tier_on: Callable[[date], str | None],
    tiers: Mapping[str, str] = MappingProxyType({}),
    at: date | None,
    now: datetime,
) -> Checked:
    """Answer all that is asked, ``at`` a day or on each product's own today.

    ``tier_on`` gives the tier of what names none, and is of no product in ``tiers``. What cannot be
    answered (a product, version or tier not known) is ``unknown``, and says why.
    """
    results: dict[Inquiry, CheckedOut] = {}
    suggestions = _Suggestions(matched.known)
    for inquiry, places in matched.asked.items():
        snapshot = snapshots.get(inquiry.product)
        today = snapshot.today(now) if snapshot else now.date()
        day = at or today
        tier = inquiry.tier or tiers.get(inquiry.product) or tier_on(day)
        for_tier = msgspec.structs.replace(inquiry, tier=tier)
        kinds = sorted(matched.kinds.get(inquiry, ()))
        members = _members_or_why_not(for_tier, kinds, snapshot, suggestions, at=day, today=today)
        answered = _out(for_tier, tuple(places), snapshot, members, at=day)
        # One release can be asked about in several spellings of its version.
        merged = msgspec.structs.replace(for_tier, version=answered.version)
        results[merged] = _with_places(answered, results.get(merged))
    regrouped = msgspec.structs.replace(
        matched,
        asked={inquiry: list(answer.places) for inquiry, answer in results.items()},
        kinds={},
    )
    return Checked(_counts(regrouped), tuple(results.values()), regrouped)


def _with_places(answer: CheckedOut, before: CheckedOut | None) -> CheckedOut:
    if before is None:
        return answer
    return msgspec.structs.replace(before, places=tuple(sorted((*before.places, *answer.places))))


def _counts(matched: Matched) -> CountsOut:
    places = [place for places in matched.asked.values() for place in places]
    known_products = {
        place
        for inquiry, places in matched.asked.items()
        if inquiry.product in matched.known
        for place in places
    }
    return CountsOut(
        components=matched.components,
        matched=len(known_products),
        unknown_product=len(set(places) - known_products),
        unmatched=matched.unmatched,
        without_purl=matched.without_purl,
        unreadable=matched.unreadable,
        merged=len(places) - len(matched.asked),
        products=matched.by_product,
    )


class _Suggestions:
    """What may have been meant, for the first that ask."""

    def __init__(self, products: Iterable[str]) -> None:
        self._products = sorted(products)
        self._left = SUGGESTED

    def product(self, slug: str) -> str:
        """Say, after a sentence, which product may have been meant."""
        near = nearest_words(slug, self._products) if self._may() else ()
        return f" Did you mean {near[0]!r}?" if near else ""

    def version(self, snapshot: Snapshot, version: str) -> str:
        """Say, within a sentence, which versions may have been meant."""
        near = nearest_versions(snapshot, version) if self._may() else ()
        return f"; nearest known: {', '.join(near)}" if near else ""

    def _may(self) -> bool:
        self._left -= 1
        return self._left >= 0


def _out(
    inquiry: Inquiry,
    places: tuple[int, ...],
    snapshot: Snapshot | None,
    members: dict[str, Any],
    *,
    at: date,
) -> CheckedOut:
    return CheckedOut(
        places=places,
        instance=inquiry.instance,
        product=inquiry.product,
        policy=PolicyOut.of(snapshot.policy_on(at)) if snapshot else None,
        **{"version": inquiry.version, "tier": inquiry.tier, "line": None, "at": at}
        | members
        | _end(members, at),
    )


def _members_or_why_not(
    inquiry: Inquiry,
    kinds: Sequence[str],
    snapshot: Snapshot | None,
    suggestions: _Suggestions,
    *,
    at: date,
    today: date,
) -> dict[str, Any]:
    if snapshot is None:
        hint = suggestions.product(inquiry.product)
        return _unknown(f"No product is called {inquiry.product!r}.{hint}")
    if inquiry.version is None:
        return _unknown(f"No version of {inquiry.product} is given; say which one runs.")
    try:
        members = _members(
            inquiry, inquiry.version, kinds, snapshot, suggestions, at=at, today=today
        )
    except UnknownTier as error:
        return _unknown(error.detail) | {"choose": tuple(snapshot.coverage(today).tier_names(at))}
    except (UnknownRelease, UnparsableVersion) as error:
        return _unknown(error.detail)
    unknown = (inquiry.features or frozenset()) - snapshot.known.features.keys()
    return members | {"unknown_features": tuple(sorted(unknown))}


def _members(
    inquiry: Inquiry,
    version: str,
    kinds: Sequence[str],
    snapshot: Snapshot,
    suggestions: _Suggestions,
    *,
    at: date,
    today: date,
) -> dict[str, Any]:
    """Answer for a release, or where it is not known, for its line."""
    coverage = snapshot.coverage(today)
    tiers = coverage.tier_names(at)
    tier = inquiry.tier or (tiers[0] if len(tiers) == 1 else "")
    release, refusal = None, None
    try:
        release = find_release(snapshot, version, kinds)
    except UnparsableVersion as error:
        refusal = error
    if tiers and not tier:
        withdrawn = release and _if_withdrawn(inquiry, release, snapshot, coverage, at=at)
        if withdrawn:
            return withdrawn
        reason = f"No tier is given, and {inquiry.product} has several: {', '.join(tiers)}."
        facts = _facts(release, coverage) if release else {}
        return _unknown(reason) | facts | {"choose": tuple(tiers)}
    if release is not None:
        try:
            return _of_release(inquiry, release, snapshot, coverage, tier, at=at)
        except UnknownTier as error:
            return _unknown(error.detail) | _facts(release, coverage) | {"choose": tuple(tiers)}
    line = line_of(snapshot, coverage, version, kinds)
    if line is None and refusal is not None:
        raise refusal
    answers = answer_by_line(snapshot, version, line, tier=tier, at=at, today=today)
    if answers is not None:
        return _of_line(inquiry, answers, snapshot, coverage, tier, at=at)
    near = suggestions.version(snapshot, version)
    more = f" {tier_label(tier)} is covered release by release." if line is not None else ""
    return {"line": line} | _unknown(f"{inquiry.product} has no release {version!r}{near}.{more}")


def _of_release(
    inquiry: Inquiry,
    release: Release,
    snapshot: Snapshot,
    coverage: Coverage,
    tier: str,
    *,
    at: date,
) -> dict[str, Any]:
    answer = answer_release(coverage, release, tier=tier, at=at)
    terms = check_tier(coverage, tier, at=at)
    patches = terms.window.patches if terms else Patches.LATEST
    is_equal = equal_under(snapshot.known.scheme, inquiry.version or "", release.version)
    return (
        SupportOut.members(answer)
        | _facts(release, coverage)
        | {
            "version": inquiry.version if is_equal else release.version,
            "tier": tier or None,
            "upgrade_to": upgrade_to(coverage, release, tier=tier, at=at, patches=patches),
            "deprecations": _announced(inquiry, snapshot, release.line, release.version, tier, at),
        }
    )


def _facts(release: Release, coverage: Coverage) -> dict[str, Any]:
    """Return what is known of a release whatever the tier."""
    return {
        "line": release.line,
        "released_on": None if release.planned else release.day,
        "prerelease": release.prerelease,
        "end_of_life": end_of_life(coverage, release.line, release),
    }


def _if_withdrawn(
    inquiry: Inquiry, release: Release, snapshot: Snapshot, coverage: Coverage, *, at: date
) -> dict[str, Any] | None:
    """Answer for a withdrawn release whatever the tier: as for the one that covered it longest."""
    ends = {}
    for tier in coverage.tier_names(at):
        answer = answer_release(coverage, release, tier=tier, at=at)
        if answer.status is not Status.WITHDRAWN:
            return None
        ends[tier] = answer.supported_until or date.min
    longest = max(ends, key=ends.__getitem__)
    members = _of_release(inquiry, release, snapshot, coverage, longest, at=at)
    return members | {"tier": None, "deprecations": ()}


def _of_line(
    inquiry: Inquiry,
    line_answer: LineAnswer,
    snapshot: Snapshot,
    coverage: Coverage,
    tier: str,
    *,
    at: date,
) -> dict[str, Any]:
    return SupportOut.members(line_answer.answer) | {
        "tier": tier or None,
        "line": line_answer.line,
        "end_of_life": end_of_life(coverage, line_answer.line, None),
        "assumed_from_line": True,
        "upgrade_to": line_answer.upgrade_to,
        "deprecations": _announced(
            inquiry, snapshot, line_answer.line, inquiry.version or "", tier, at
        ),
    }


def _announced(
    inquiry: Inquiry, snapshot: Snapshot, line: str | None, version: str, tier: str, at: date
) -> tuple[AnnouncedOut, ...]:
    features = inquiry.features or ()
    changes = concerning(snapshot, line=line, version=version, tier=tier, features=features)
    return tuple(_announcement(change, change.days[tier], at) for change in changes)


def _announcement(announced: Announced, effective_on: date, at: date) -> AnnouncedOut:
    content = announced.content
    return AnnouncedOut(
        id=announced.uid,
        kind=content.kind,
        feature=content.feature,
        announced_on=announced.announced_on,
        effective_on=effective_on,
        days_left=(effective_on - at).days,
        reason=content.reason,
        replacement=content.replacement,
        migration=content.migration,
    )


def _end(members: Mapping[str, Any], at: date) -> dict[str, Any]:
    until: date | None = members["supported_until"]
    ends_on = None if until is None or until == date.max else until + timedelta(days=1)
    return {"ends_on": ends_on, "days_left": None if ends_on is None else (ends_on - at).days}


def _unknown(reason: str) -> dict[str, Any]:
    return SupportOut.members(Answer(Status.UNKNOWN, reason, end=End.UNKNOWN))

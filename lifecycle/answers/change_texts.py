"""What happened to products in plain English: titles, summaries and permalinks."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lifecycle.answers import catalogue_texts
from lifecycle.answers.line_ends import LineEnd, day_before
from lifecycle.answers.public_changes import Event
from lifecycle.calendar.days import write_day
from lifecycle.deprecations.notices import wording
from lifecycle.deprecations.notices.notice_facts import What
from lifecycle.deprecations.public_histories import PublicRevision
from lifecycle.documents.markdown_texts import write_plainly
from lifecycle.documents.word_lists import listed
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.tier_labels import name_tiers, tier_label
from lifecycle.support.status import answer_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from lifecycle.answers.public_changes import PublicChange
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn


LABELS = {
    Event.ANNOUNCED: "Announced",
    Event.AMENDED: "Amended",
    Event.WITHDRAWN: "Withdrawn",
    Event.EFFECTIVE: "In effect",
    Event.ENDED: "Support ended",
    Event.RESUMED: "Support resumed",
    Event.RELEASE_WITHDRAWN: "Release withdrawn",
    Event.RELEASE_RESTORED: "Release restored",
    Event.CORRECTED: "Corrected",
}


def title(change: PublicChange) -> str:
    """Say in one line what happened; what is only announced is never said as gone."""
    subject, day = change.subject, write_day(change.day)
    if isinstance(subject, LineEnd):
        line = f"{name_of(change.snapshot)} {subject.line}"
        return f"Support for {line} ended for {name_tiers(change.tiers)} on {day}"
    if not isinstance(subject, PublicRevision):
        return catalogue_texts.title(name_of(change.snapshot), subject, change.tiers)
    kind, changed = subject.content.kind, thing(change.snapshot, subject.content)
    noun, label = wording.NOUNS[kind].format(changed), LABELS[change.event]
    if change.event is Event.AMENDED:
        label = wording.label_changes(subject.changes)
    if change.event is Event.EFFECTIVE:
        return f"{label}: the {noun} took effect for {name_tiers(change.tiers)} on {day}"
    if change.event is Event.WITHDRAWN:
        return f"{label}: the {noun} announced for {_days_in_words(subject.days)}"
    when, before = _when("on", subject.days, kind), change.before
    if before is not None and before.days != subject.days:
        when += f", not {_when('on', before.days, kind, whom=[*before.days] != [*subject.days])}"
    return f"{label}: {wording.FUTURE[kind].format(changed)} {when}"


def summary(change: PublicChange, now: datetime) -> tuple[str, ...]:
    """Say for whom, from when and why, in a few paragraphs."""
    subject = change.subject
    if isinstance(subject, LineEnd):
        return _ended(change.snapshot, subject, change.snapshot.today(now))
    if not isinstance(subject, PublicRevision):
        return tuple(catalogue_texts.paragraphs(subject))
    return tuple(describe_revision(subject, withdrawn=change.event is Event.WITHDRAWN))


def address(change: PublicChange) -> tuple[str, ...]:
    """Return the segments of the path of the page that shows what happened."""
    if isinstance(change.subject, PublicRevision):
        return deprecation_address(change.deprecation or "")
    slug, line = change.snapshot.slug, change.subject.line
    return line_address(slug, line) if line is not None else ("products", slug)


def deprecation_address(uid: str) -> tuple[str, ...]:
    """Return the segments of the path of an announcement's page."""
    return "deprecations", uid


def line_address(product: str, line: str) -> tuple[str, ...]:
    """Return the segments of the path of the page that says what a line's support is, and why."""
    return "products", product, "lines", line


def name_of(snapshot: Snapshot) -> str:
    """Return a product's name, or its slug where it has none."""
    return snapshot.known.name or snapshot.slug


def thing(snapshot: Snapshot, content: DeprecationIn) -> str:
    """Name what a deprecation changes, with its product."""
    feature = snapshot.known.features.get(content.feature or "")
    changed = What(
        lines=content.lines,
        range=content.range,
        feature=content.feature,
        feature_name=feature.name if feature else None,
        whole_product=content.whole_product,
    )
    return wording.thing(name_of(snapshot), changed)


def why(snapshot: Snapshot, end: LineEnd, today: date) -> str:
    """Return the reason for an end, as the answer of the first day without support has it.

    Told today: what is ahead of today is not said as past. An estimate's is that of today.
    """
    coverage, tier = snapshot.coverage(today), end.tiers[0]
    day = today if end.estimate else end.first_day_without
    at = day if tier in coverage.tier_names(day) else today  # a later policy may not have the tier
    return answer_line(coverage, end.line, tier=tier, at=at).reason


def _ended(snapshot: Snapshot, end: LineEnd, today: date) -> tuple[str, ...]:
    last, first = write_day(end.last_day), write_day(end.first_day_without)
    tiers = name_tiers(end.tiers)
    return (
        f"The last day of support for {tiers} was {last}; there has been none since {first}.",
        why(snapshot, end, today),
    )


def describe_revision(revision: PublicRevision, *, withdrawn: bool = False) -> Iterator[str]:
    """Yield for whom and from when a change is in force, why, and what to do; all on record."""
    content = revision.content
    if not withdrawn:
        yield f"In force {_when('from', revision.days)}."
    if revision.reason:
        yield f"Reason: {revision.reason}"
    if withdrawn:
        return
    if content.migration:
        yield f"What to do: {write_plainly(content.migration)}"
    if content.replacement:
        yield f"Replacement: {write_plainly(content.replacement)}"
    for link in content.links:
        yield f"{link.title or 'Read more'}: {link.url}"


def _when(
    preposition: str, days: Mapping[str, date], kind: Kind | None = None, *, whom: bool = True
) -> str:
    """Name for whom and when; of an end of support the last day rather than the first without.

    >>> from datetime import date
    >>> _when("on", {"pro": date(2027, 2, 1)}, Kind.END_OF_SUPPORT)
    'for Pro after 31 January 2027'
    """
    if kind is Kind.END_OF_SUPPORT:
        preposition, days = "after", {tier: day_before(day) for tier, day in days.items()}
    if len(set(days.values())) > 1:
        return f"{preposition} {_days_in_words(days)}"
    when = f"{preposition} {write_day(min(days.values()))}"
    return f"for {name_tiers(days)} {when}" if whom else when


def _days_in_words(days: Mapping[str, date]) -> str:
    """Name each day with its tiers.

    >>> from datetime import date
    >>> _days_in_words({"pro": date(2027, 2, 1), "enterprise": date(2027, 6, 1)})
    '1 February 2027 (Pro) and 1 June 2027 (Enterprise)'
    """
    tiers: defaultdict[date, list[str]] = defaultdict(list)
    for tier, day in days.items():
        tiers[day].append(tier)
    return listed(
        [f"{write_day(day)} ({', '.join(map(tier_label, tiers[day]))})" for day in sorted(tiers)]
    )

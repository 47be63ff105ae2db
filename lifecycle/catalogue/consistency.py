"""What is wrong with facts by themselves, before it is asked what is known already (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.accounts.names import (
    LONGEST_NAME,
    key_problems,
    prose_problems,
    segment_problems,
    slug_problems,
    text_problems,
)
from lifecycle.catalogue.line_placement import could_hold, example_line
from lifecycle.catalogue.package_urls import purl_faults
from lifecycle.errors import Problem
from lifecycle.policy.stages import PRE_GA
from lifecycle.policy.window_words import PHASES
from lifecycle.policy.windows import Phase
from lifecycle.versions import SCHEME_NAMES, Scheme, UnparsableVersion, scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from lifecycle.catalogue.catalogue_inputs import (
        FeatureIn,
        LineIn,
        ProductIn,
        ReleaseIn,
        StageIn,
    )
    from lifecycle.support.facts import DeclaredDay

WEB = re.compile(r"https?://[^\s/]\S*")
IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
HIGHEST_POSITION = 1_000_000
NAMES_OF_LISTS = {"all": "/api/all.json", "full": "/api/v1/products/full"}
"""What stands in the place of a slug in the addresses of endoflife.date's lists."""
AFTERWARDS = {
    Phase.ACTIVE_SUPPORT: (Phase.SECURITY_SUPPORT, Phase.EXTENDED_SUPPORT, Phase.END_OF_LIFE),
    Phase.SECURITY_SUPPORT: (Phase.EXTENDED_SUPPORT, Phase.END_OF_LIFE),
}
"""Which phases last at least as long as another. Extended support may end before the end of life
or go on after it: what vendors call the end of life is often that of usual support."""


def product_problems(facts: ProductIn) -> Iterator[Problem]:
    """Yield what is wrong with a product."""
    yield from product_slug_problems("slug", facts.slug)
    yield from text_problems("name", facts.name, longest=LONGEST_NAME)
    if facts.scheme not in SCHEME_NAMES:
        allowed = ", ".join(SCHEME_NAMES)
        yield Problem("scheme", "is not known", value=facts.scheme[:100], allowed=allowed)
    elif facts.line_by != "declared" and not scheme(facts.scheme).units_possible:
        message = f"must be 'declared': lines cannot be derived from {facts.scheme} versions"
        yield Problem("line_by", message, value=facts.line_by, allowed="declared")
    yield from presentation_problems("presentation", facts.presentation)
    yield from presentation_problems("endoflife", facts.endoflife)
    for place, alias in enumerate(facts.aliases):
        yield from product_slug_problems(f"aliases[{place}]", alias)
    for place, identifier in enumerate(facts.identifiers):
        field = f"identifiers[{place}]"
        yield from text_problems(field, identifier)
        if not IDENTIFIER.fullmatch(identifier):
            message = "must be a package URL or another identifier with its kind before a colon"
            yield Problem(field, message, value=identifier[:100], allowed="pkg:npm/name, cpe:…")
        elif identifier.startswith("pkg:"):
            for fault in purl_faults(identifier):
                yield Problem(field, fault, value=identifier[:100], allowed="pkg:npm/name")


def product_slug_problems(field: str, slug: str) -> Iterator[Problem]:
    """Yield what is wrong with the short name of a product.

    >>> [str(problem) for problem in product_slug_problems("slug", "all")]
    ['slug: cannot be all, since /api/all.json is the list of all products; use another one']
    """
    yield from slug_problems(field, slug)
    if slug in NAMES_OF_LISTS:
        message = (
            f"cannot be {slug}, since {NAMES_OF_LISTS[slug]} is the list of all products; "
            "use another one"
        )
        yield Problem(field, message, value=slug)


def presentation_problems(field: str, shown: Any) -> Iterator[Problem]:
    """Yield what is wrong with the texts in what lists of others show."""
    if isinstance(shown, str):
        yield from prose_problems(field, shown)
    elif isinstance(shown, msgspec.Struct):
        for name, value in msgspec.structs.asdict(shown).items():
            yield from presentation_problems(f"{field}.{name}", value)
    elif isinstance(shown, dict):
        for name, value in shown.items():
            yield from presentation_problems(f"{field}.{name}", value)
    elif isinstance(shown, tuple):
        for place, value in enumerate(shown):
            yield from presentation_problems(f"{field}[{place}]", value)


def release_problems(facts: ReleaseIn, version_scheme: Scheme, path: str = "") -> Iterator[Problem]:
    """Yield what is wrong with a release, whatever day it is."""
    version = f"{path}version", facts.version
    unread = list(version_problems(*version, version_scheme))
    yield from unread or [*text_problems(*version), *segment_problems(*version)]
    yield from text_problems(f"{path}line", facts.line, longest=LONGEST_NAME, required=True)
    yield from segment_problems(f"{path}line", facts.line)
    yield from link_problems(f"{path}notes_url", facts.notes_url)
    if facts.released_on is None and facts.planned_on is None:
        yield Problem(f"{path}released_on", "is missing; a plan has planned_on instead")
    yield from withdrawal_problems(
        facts.released_on, facts.withdrawn_on, facts.restored_on, path=path
    )


def version_problems(
    field: str,
    version: str,
    version_scheme: Scheme,
    *,
    way_out: str = "or use the scheme 'declared', which takes any text in the order given",
) -> Iterator[Problem]:
    """Yield why a version is not valid in its scheme, with another ``way_out`` than to mend it."""
    try:
        version_scheme.parse(version)
    except UnparsableVersion as error:
        for problem in error.problems:
            # Only who enters versions can choose another scheme for them; a reader cannot.
            message = problem.message + (
                f", {way_out}"
                if version_scheme.ordered and problem.allowed == version_scheme.example
                else ""
            )
            yield Problem(field, message, value=problem.value, allowed=problem.allowed)


def withdrawal_problems(
    released_on: date | None,
    withdrawn_on: date | None,
    restored_on: date | None,
    *,
    path: str = "",
) -> Iterator[Problem]:
    """Yield why a release cannot have been withdrawn and restored on these days."""
    if withdrawn_on is not None and released_on is None:
        message = "cannot be given with planned_on; void a release that never came out"
        yield Problem(f"{path}withdrawn_on", message, value=withdrawn_on.isoformat())
    elif withdrawn_on is not None and released_on is not None and withdrawn_on < released_on:
        message = f"must not lie before the release on {released_on}"
        yield Problem(f"{path}withdrawn_on", message, value=withdrawn_on.isoformat())
    if restored_on is None:
        return
    if withdrawn_on is None:
        message = "needs withdrawn_on: only what was withdrawn can come back"
        yield Problem(f"{path}restored_on", message, value=restored_on.isoformat())
    elif restored_on <= withdrawn_on:
        message = (
            f"must lie after the withdrawal on {withdrawn_on}; if that was a mistake,"
            " clear withdrawn_on"
        )
        yield Problem(f"{path}restored_on", message, value=restored_on.isoformat())


def day_problems(
    released_on: date | None, planned_on: date | None, *, today: date, path: str = ""
) -> Iterator[Problem]:
    """Yield why a release cannot have come out then, or be planned for then."""
    if released_on is not None and released_on > today:
        message = f"lies in the future (today is {today}); give planned_on instead"
        allowed = f"up to {today}"
        yield Problem(f"{path}released_on", message, value=released_on.isoformat(), allowed=allowed)
    if released_on is None and planned_on is not None and planned_on < today:
        message = f"lies in the past (today is {today}); give released_on if it came out"
        yield Problem(
            f"{path}planned_on", message, value=planned_on.isoformat(), allowed=f"{today} or later"
        )


def relabelling_problems(
    before: ReleaseIn, after: ReleaseIn, version_scheme: Scheme, path: str = ""
) -> Iterator[Problem]:
    """Yield why a release that came out cannot change its stage so.

    It is a prerelease, or not, as it was first published: a new label neither takes away what it
    promised nor lets it count on days when it did not.
    """
    if before.released_on is None or version_scheme.parse(before.version).prerelease:
        return
    if (before.stage in PRE_GA) != (after.stage in PRE_GA):
        first = before.stage or "without a stage"
        message = (
            f"cannot change what it was first published as ({first}); publish another version,"
            " or void this one if it was entered by mistake"
        )
        yield Problem(f"{path}stage", message, value=after.stage)


def line_problems(name: str, facts: LineIn, *, field: str = "line") -> Iterator[Problem]:
    """Yield what is wrong with a line."""
    yield from text_problems(field, name, longest=LONGEST_NAME, required=True)
    yield from segment_problems(field, name)
    if name != name.strip():
        yield Problem(field, "must not begin or end with a space", value=name[:LONGEST_NAME])
    yield from _ends_before_the_start(facts)
    yield from text_problems("codename", facts.codename, longest=LONGEST_NAME)
    yield from presentation_problems("presentation", facts.presentation)
    yield from text_problems("correction", facts.correction, required=True)
    if facts.position is not None and abs(facts.position) > HIGHEST_POSITION:
        allowed = f"-{HIGHEST_POSITION} to {HIGHEST_POSITION}"
        yield Problem("position", "is out of range", value=facts.position, allowed=allowed)


def _ends_before_the_start(facts: LineIn) -> Iterator[Problem]:
    """Find last covered days that lie before the line's first day."""
    first = facts.released_on
    for phase, day in facts.declared.items():
        if first is not None and not isinstance(day, bool) and day < first:
            message = f"must not lie before the line's first day, {first} (released_on)"
            yield Problem(
                f"declared.{phase}",
                message,
                value=day.isoformat(),
                allowed=f"{first} or later; true if it is over and the day is not known",
            )


def name_problems(rules: Scheme, unit: str, name: str, *, newest: str | None) -> Iterator[Problem]:
    """Yield that no version of a product could be in a line of this name.

    ``newest`` is the line of its newest release, which serves as an example.
    """
    if unit != "declared" and not could_hold(rules, unit, name):
        example = newest or example_line(rules, unit)
        message = f"cannot hold a version of this product; name a {unit} version, such as {example}"
        yield Problem("line", message, value=name)


def phase_problems(
    declared: Mapping[Phase, DeclaredDay], before: Mapping[Phase, DeclaredDay]
) -> Iterator[Problem]:
    """Yield which phases end after one that should last at least as long.

    Two days that were declared ``before`` stand as they are: their source had them so.
    """
    for phase, day in declared.items():
        for following in AFTERWARDS.get(phase, ()):
            until = declared.get(following)
            if isinstance(day, bool) or until is None or isinstance(until, bool) or day <= until:
                continue
            if (before.get(phase), before.get(following)) != (day, until):
                message = f"is {day}, after the {PHASES[following]} ({until}); correct one of them"
                yield Problem(f"declared.{phase}", message, value=day.isoformat())
                break


def feature_problems(key: str, facts: FeatureIn, version_scheme: Scheme) -> Iterator[Problem]:
    """Yield what is wrong with a feature."""
    yield from key_problems("feature", key)
    yield from text_problems("name", facts.name, longest=LONGEST_NAME)
    for place, tier in enumerate(facts.tiers or ()):
        field = f"tiers[{place}]"
        yield from text_problems(field, tier, longest=LONGEST_NAME, required=True)
    if isinstance(facts.default, str):
        yield from text_problems("default", facts.default)
    for place, needed in enumerate(facts.depends_on):
        field = f"depends_on[{place}]"
        yield from key_problems(field, needed)
        if needed == key or needed in facts.depends_on[:place]:
            message = "is the feature itself" if needed == key else "is named twice"
            yield Problem(field, message, value=needed[:LONGEST_NAME])
    for place, stage in enumerate(facts.stages):
        yield from _stage_problems(stage, version_scheme, path=f"stages[{place}].")
    yield from _repeated(facts.stages)


def link_problems(field: str, link: str | None) -> Iterator[Problem]:
    """Yield why a link cannot be shown to people."""
    yield from text_problems(field, link, longest=2000)
    if link is not None and not WEB.fullmatch(link):
        yield Problem(field, "must be a web address", value=link[:100], allowed="https://…")


def _stage_problems(stage: StageIn, version_scheme: Scheme, *, path: str) -> Iterator[Problem]:
    if (stage.from_version is None) == (stage.from_day is None):
        yield Problem(f"{path}from_version", "or from_day must be given, but not both", value=None)
    if stage.from_version is not None:
        instead = "or give a day instead, such as 2026-09-14"
        yield from version_problems(
            f"{path}from_version", stage.from_version, version_scheme, way_out=instead
        )


def _repeated(stages: Iterable[StageIn]) -> Iterator[Problem]:
    """Find stages that begin where another does: a feature has one at a time."""
    begun: dict[object, str] = {}
    for place, stage in enumerate(stages):
        begins = stage.from_version or stage.from_day
        if begins in begun:
            message = f"begins with {begins}, as {begun[begins]} does"
            yield Problem(f"stages[{place}]", message, value=stage.stage)
        begun[begins] = stage.stage

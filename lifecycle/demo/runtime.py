"""The second product: a runtime whose lines declare their days, as Node.js' do."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from lifecycle.catalogue.catalogue_inputs import ImportedProduct, LineIn, ProductIn, ReleaseIn
from lifecycle.policy.windows import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

SLUG = "clairdash-runtime"
MAJORS = range(4, 11)
HALF_YEAR = 182
MINOR_EVERY = 35

POLICY = """\
policy: clairdash-runtime-support
version: "1"
in_force_from: {in_force_from}
timezone: America/New_York
business_hours: {{days: [mon, tue, wed, thu, fri], open: "09:00", close: "18:00", holidays: US}}
exempt_stages: [experimental, alpha, beta, preview]
tiers:
  community: {{rank: 0, window: {{declared: active_support}}}}
  pro: {{rank: 1, window: {{declared: security_support}}}}
  enterprise: {{rank: 2, window: {{declared: [extended_support, security_support]}}}}
notice:
  end_of_support: {{default: best effort}}
  removal: {{default: 90 days, enterprise: 180 days}}
  breaking_change: {{default: 90 days, enterprise: 180 days}}
  discontinuation: {{default: 12 months}}
reminders: [90, 30, 7, 1]
announce: drafts
"""


def product(today: date) -> ImportedProduct:
    """Return the runtime as of a day: a major each half-year, every other one long-term."""
    return ImportedProduct(
        product=ProductIn(slug=SLUG, name="Clairdash Runtime", scheme="semver", line_by="major"),
        releases=tuple(release for major in MAJORS for release in _releases(major, today)),
        lines={str(major): _line(major, today) for major in MAJORS},
    )


def policy(today: date) -> str:
    """Return the policy the runtime is supported under: the days its lines declare."""
    return POLICY.format(in_force_from=_first(MAJORS[0], today))


def _first(major: int, today: date) -> date:
    return today - timedelta(30 + HALF_YEAR * (MAJORS[-1] - major))


def _releases(major: int, today: date) -> Iterator[ReleaseIn]:
    day = _first(major, today)
    until = min(today, day + timedelta(2 * HALF_YEAR))
    for minor in range((until - day).days // MINOR_EVERY + 1):
        yield ReleaseIn(
            version=f"{major}.{minor}.0", released_on=day + timedelta(minor * MINOR_EVERY)
        )


def _line(major: int, today: date) -> LineIn:
    """Return an odd major eight months; an even one three years, and a fourth to enterprise."""
    day = _first(major, today)
    if major % 2:
        last = day + timedelta(240)
        return LineIn(declared={Phase.ACTIVE_SUPPORT: last, Phase.SECURITY_SUPPORT: last})
    return LineIn(
        declared={
            Phase.ACTIVE_SUPPORT: day + timedelta(540),
            Phase.SECURITY_SUPPORT: day + timedelta(1095),
            Phase.EXTENDED_SUPPORT: day + timedelta(1460),
        },
        lts=day + timedelta(HALF_YEAR),
    )

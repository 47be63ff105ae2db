"""What the demo vendor gives up, changes and takes back: one deprecation in every state.

All of it is told in days from the day given, as a manager would have entered it then.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from lifecycle.catalogue.waivers import Because
from lifecycle.demo import dashboard, runtime
from lifecycle.deprecations.deprecation_inputs import (
    AmendIn,
    AnnounceIn,
    DeprecationIn,
    Link,
    WithdrawIn,
)
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

MARIA = "demo:Maria Keller, product manager"
JONAS = "demo:Jonas Brandt, runtime lead"


class Waived(msgspec.Struct, frozen=True):
    """A waiver for the deprecation; announcing it names the waiver."""

    person: str
    reason: Because
    explanation: str
    until: date


class Read(msgspec.Struct, frozen=True):
    """An account says that a person has read the announcement."""

    account: str


Act: TypeAlias = DeprecationIn | Waived | AnnounceIn | AmendIn | WithdrawIn | Read


class Step(msgspec.Struct, frozen=True):
    """What somebody did about a deprecation, so many days before the day given."""

    days_ago: int
    deprecation: str
    act: Act
    who: str = MARIA


def steps(today: date) -> tuple[Step, ...]:
    """Return all that was done up to a day, in order."""
    planned = [*_of_the_dashboard(today), *_of_the_runtime(today)]
    return tuple(sorted(planned, key=lambda step: -step.days_ago))


def _of_the_dashboard(today: date) -> Iterator[Step]:
    yield from _connector(today)
    yield from _automations(today)
    yield from _columns(today)
    yield from _maps(today)
    yield from _ldap(today)
    line = _clairdash(
        Kind.END_OF_SUPPORT,
        "3.34 was to lose support when 3.39 came out. Several of you asked for two more weeks.",
        lines=("3.34",),
        tiers=("enterprise",),
        effective_on=today - timedelta(5),
        migration="Upgrade to 3.35 or newer; there is nothing to migrate by hand.",
        replacement="3.39",
        links=_guide("Upgrading within 3.x", "upgrade-3x"),
    )
    yield Step(51, "line-3.34", line)
    yield Step(50, "line-3.34", AnnounceIn())
    remaining = _clairdash(
        Kind.REMOVAL,
        "Version 1 of the REST API cannot page through large results and has no scoped tokens.",
        feature="rest-v1",
        from_version="4.0.0",
        migration="Move to /api/v2. The guide lists every route with its successor.",
        replacement="REST API v2",
        links=_guide("From REST v1 to v2", "rest-v2"),
    )
    yield Step(1, "rest-v1", remaining)
    recorder = _clairdash(
        Kind.REMOVAL,
        "The screen recorder was an experiment. Browsers can now record the screen.",
        feature="screen-recorder",
        effective_on=today + timedelta(21),
        migration="Recordings can be downloaded until the recorder is removed; then they are lost.",
    )
    yield Step(0, "screen-recorder", recorder)
    yield Step(0, "screen-recorder", AnnounceIn())


def _connector(today: date) -> Iterator[Step]:
    """Announce the same day for all, then postpone it."""
    legacy = _clairdash(
        Kind.REMOVAL,
        "The legacy connector speaks a protocol that its databases no longer ship drivers for.",
        feature="legacy-connector",
        from_version="4.0.0",
        effective_on=today + timedelta(112),
        migration="Create a native connector, point your queries at it, delete the legacy one.",
        replacement="Native connectors",
        links=_guide("Replacing the legacy connector", "native-connectors"),
    )
    yield Step(72, "legacy-connector", legacy)
    yield Step(70, "legacy-connector", AnnounceIn())
    yield Step(66, "legacy-connector", Read("acme"), who="demo:Ines of Acme")
    later = AmendIn(
        effective_on=today + timedelta(150),
        reason="The native Oracle connector came five weeks late, so you get five weeks more.",
    )
    yield Step(20, "legacy-connector", later)


def _automations(today: date) -> Iterator[Step]:
    """Announce a day for each tier."""
    soon, later = today + timedelta(47), today + timedelta(140)
    payload = _clairdash(
        Kind.BREAKING_CHANGE,
        "Automations will post times in UTC instead of the server's local time.",
        feature="automations",
        effective_on={"community": soon, "pro": soon, "enterprise": later},
        migration="Set automations.utc to true to try it today, and read times with their offset.",
        links=_guide("Times in automations", "automation-times"),
    )
    yield Step(46, "automations", payload)
    yield Step(45, "automations", AnnounceIn())


def _columns(today: date) -> Iterator[Step]:
    """Announce, and take it back."""
    columns = _clairdash(
        Kind.BREAKING_CHANGE,
        "The audit export will order its columns as the audit page does.",
        feature="audit-export",
        tiers=("enterprise",),
        effective_on=today + timedelta(95),
        migration="Read columns by their names instead of their places.",
    )
    yield Step(90, "audit-export", columns)
    yield Step(88, "audit-export", AnnounceIn())
    withdrawal = WithdrawIn(
        reason="Your auditors rely on the order. It stays; a second export is new."
    )
    yield Step(40, "audit-export", withdrawal)


def _maps(today: date) -> Iterator[Step]:
    """Announce sooner than was promised, which takes a waiver."""
    maps = _clairdash(
        Kind.REMOVAL,
        "Our map provider is shutting down.",
        feature="hosted-maps",
        effective_on=today + timedelta(40),
        migration="Choose another provider of map tiles under Settings, Maps.",
        replacement="Your own map provider",
        links=_guide("Choosing a map provider", "map-providers"),
    )
    waived = Waived(
        "Dana Whitfield, VP Product",
        Because.THIRD_PARTY,
        "The provider gave us 60 days. We found none that could take over within them.",
        until=today + timedelta(16),
    )
    yield Step(15, "hosted-maps", maps)
    yield Step(14, "hosted-maps", waived)
    yield Step(14, "hosted-maps", AnnounceIn())


def _ldap(today: date) -> Iterator[Step]:
    """Schedule an announcement that is still to come."""
    ldap = _clairdash(
        Kind.BREAKING_CHANGE,
        "LDAP sync will refuse directories that it reaches without TLS.",
        feature="ldap-sync",
        tiers=("pro", "enterprise"),
        migration="Give the directory a certificate and change ldap:// to ldaps://.",
        links=_guide("LDAP over TLS", "ldaps"),
    )
    yield Step(3, "ldap-sync", ldap)
    yield Step(2, "ldap-sync", AnnounceIn(on=today + timedelta(4)))


def _of_the_runtime(today: date) -> Iterator[Step]:
    snapshots = _runtime(
        Kind.BREAKING_CHANGE,
        "Snapshots written before runtime 7 are no longer read: their format has no checksums.",
        range="vers:semver/<7.0.0",
        effective_on=today - timedelta(12),
        migration="Upgrade, then run “clairdash-runtime snapshots rewrite” once.",
        links=_guide("Rewriting snapshots", "snapshots"),
    )
    yield Step(197, "snapshots", snapshots, who=JONAS)
    yield Step(195, "snapshots", AnnounceIn(), who=JONAS)
    images = _runtime(
        Kind.BREAKING_CHANGE,
        "Our images move from Debian 11, which gets no more updates, to Debian 12.",
        lines=("8",),
        effective_on=today + timedelta(176),
        migration="Rebuild what you link against the image's own OpenSSL.",
        links=_guide("Debian 12 images", "debian-12"),
    )
    yield Step(31, "images", images, who=JONAS)
    yield Step(30, "images", AnnounceIn(), who=JONAS)
    wider = AmendIn(lines=("8", "9"), reason="The images of runtime 9 move on the same day.")
    yield Step(6, "images", wider, who=JONAS)
    debugger = _runtime(
        Kind.REMOVAL,
        "Runtime 11 removes the old debugger protocol; editors have supported the new one since"
        " 2023.",
        range="vers:semver/<11.0.0",
        from_version="11.0.0",
        migration="Update your editor's Clairdash extension.",
        replacement="Debug adapter protocol",
    )
    yield Step(1, "debugger", debugger, who=JONAS)


def _clairdash(kind: Kind, reason: str, **members: object) -> DeprecationIn:
    return DeprecationIn(product=dashboard.SLUG, kind=kind, reason=reason, **members)  # type: ignore[arg-type]


def _runtime(kind: Kind, reason: str, **members: object) -> DeprecationIn:
    return DeprecationIn(product=runtime.SLUG, kind=kind, reason=reason, **members)  # type: ignore[arg-type]


def _guide(title: str, page: str) -> tuple[Link, ...]:
    return (Link(title=title, url=f"https://clairdash.example/guides/{page}"),)

"""Random products that are really stored, and what is announced of them over HTTP day by day."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from hypothesis import strategies as st

from lifecycle.catalogue import features, products
from lifecycle.catalogue.catalogue_inputs import FeatureIn, ProductIn
from lifecycle.catalogue.models import Line, Release, StoredPolicy
from lifecycle.policy.policy_documents import policy_document
from lifecycle.policy.windows import AllOf, AnyOf, BestEffort, Nothing
from testkit.coverage_samples import TODAY
from testkit.coverage_strategies import registered

if TYPE_CHECKING:
    from lifecycle.support.facts import Facts

ZONES = ("UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata")
"""On both sides of UTC, as far as they go."""
FEATURE = "rest-v1"
FIRST_ACT = TODAY - timedelta(days=60)
WHOLE = {"kind": "discontinuation", "whole_product": True}


class Announcement(NamedTuple):
    """What is drafted and announced, and what is done to it later, each so many days after."""

    content: dict
    after: int
    amended: dict | None
    withdrawn: bool


class Vendor(NamedTuple):
    """A product, and what is announced of it, one thing after another."""

    facts: Facts
    announcements: tuple[Announcement, ...]


days_later = st.integers(0, 25).map(lambda weeks: FIRST_ACT + timedelta(weeks=weeks, days=1))
"""Some have passed once the first announcements are made."""
effective_days = st.fixed_dictionaries({"pro": days_later, "enterprise": days_later}) | st.builds(
    lambda day: {"pro": day, "enterprise": day}, days_later
)


@st.composite
def announcements(draw, known):
    """Ends of lines, of a range or of the whole product, and removals of a feature."""
    lines = sorted({release.line for release in known.releases if release.line})
    contents = [
        st.just({"kind": "removal", "feature": FEATURE}),
        st.just({"kind": "end_of_support", "range": "vers:pypi/<1.3"}),
        st.just(WHOLE),
    ]
    some_lines = st.lists(st.sampled_from(lines), min_size=1, max_size=3, unique=True)
    if lines:
        ends = some_lines.map(lambda named: {"kind": "end_of_support", "lines": named})
        contents += [ends, ends, ends]
    content = draw(st.one_of(contents)) | {"effective_on": _written(draw(effective_days))}
    amended = draw(st.none() | effective_days)
    change = {"effective_on": _written(amended)} if amended else None
    if "lines" in content and draw(st.booleans()):
        change = (change or {}) | {"lines": draw(some_lines)}
    return Announcement(content, draw(st.integers(1, 15)), change, draw(st.integers(0, 3)) == 0)


@st.composite
def vendors(draw):
    """Return a product whose days are counted anywhere, with what is announced of it."""
    known, _ = draw(registered())
    zone = draw(st.sampled_from(ZONES))
    policies = tuple(
        msgspec.structs.replace(policy, timezone=zone, tiers=tuple(map(_writable, policy.tiers)))
        for policy in known.policies
    )
    known = msgspec.structs.replace(known, policies=policies)
    return Vendor(known, tuple(draw(st.lists(announcements(known), max_size=3))))


def _writable(tier):
    window = msgspec.structs.replace(tier.window, rule=_alone(tier.window.rule))
    return msgspec.structs.replace(tier, window=window)


def _alone(rule):
    """Return a rule without parts that a document has alone, never among others."""
    if not isinstance(rule, AnyOf | AllOf):
        return rule
    parts = [_alone(part) for part in rule.rules]
    parts = [part for part in parts if not isinstance(part, BestEffort | Nothing)]
    return type(rule)(tuple(parts)) if parts else Nothing()


def _written(by_tier):
    return {tier: day.isoformat() for tier, day in by_tier.items()}


async def store_facts(store, slug, known, *, by):
    """Store a product as its facts have it, whatever an action would say to that."""
    async with store.writing() as session:
        facts = ProductIn(slug=slug, name="Widget", scheme="pep440", line_by=known.line_by)
        product, _ = await products.put(session, facts, by=by)
        await features.put(session, product, FEATURE, FeatureIn(name="REST"), by=by)
        session.add_all(_release(product.id, release) for release in known.releases)
        session.add_all(_line(product.id, line) for line in known.lines)
        session.add_all(_policy(product.id, policy) for policy in known.policies)


def _release(product, release):
    units = release.units or (None, None, None)
    day = "planned_on" if release.planned else "released_on"
    return Release(
        product_id=product,
        version=release.version,
        rank=release.rank,
        line=release.line,
        given_line=release.line,
        prerelease=release.prerelease,
        withdrawn_on=release.withdrawn_on,
        restored_on=release.restored_on,
        registered_at=_noon(release.registered_on or release.day),
        **dict(zip(("major", "minor", "patch"), units, strict=True)),
        **{day: release.day},
    )


def _line(product, line):
    return Line(
        product_id=product,
        name=line.name,
        declared=msgspec.to_builtins(line.declared),
        lts=msgspec.to_builtins(line.lts),
        codename=line.codename,
        released_on=line.released_on,
        position=line.position,
    )


def _policy(product, policy):
    return StoredPolicy(
        product_id=product,
        name=policy.name,
        version=policy.version,
        in_force_from=policy.in_force_from,
        tiers=[tier.name for tier in policy.tiers],
        document=policy_document(policy),
        registered_at=_noon(policy.in_force_from),
    )


def _noon(day):
    return datetime.combine(day, time(12), UTC)


class Publisher:
    """Who announces, amends and withdraws, over HTTP, while the days of a clock pass."""

    def __init__(self, client, headers, clock):
        self.client, self.headers, self.clock = client, headers, clock
        self.refused = []

    async def publish(self, slug, announced):
        """Do all of it, as far as it is allowed; what is refused stays undone."""
        self.clock.now = _noon(FIRST_ACT)
        for announcement in announced:
            await self._publish(slug, announcement)
        self.clock.now = max(self.clock.now, _noon(TODAY))

    async def _publish(self, slug, announcement):
        body = announcement.content | {"product": slug, "reason": "It is old."}
        made = await self.client.post("/v1/deprecations", json=body, headers=self.headers)
        if not self._allowed(made):
            return
        path = made.headers["location"]
        steps = [("announce", {})]
        if announcement.amended:
            steps.append(("amend", announcement.amended | {"reason": "It moves."}))
        if announcement.withdrawn:
            steps.append(("withdraw", {"reason": "It stays."}))
        for step, said in steps:
            read = await self.client.get(path, headers=self.headers)
            headers = self.headers | {"If-Match": read.headers["etag"]}
            done = await self.client.post(f"{path}/{step}", json=said, headers=headers)
            if not self._allowed(done) and step == "announce":
                return
            self.clock.advance(days=announcement.after)

    def _allowed(self, answer):
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            self.refused.append(answer.json()["detail"])
        return answer.status_code < 400


def around(day, zone):
    """Return instants in a zone: just before a day, in its first and last minute, just after."""
    first = datetime.combine(day, time(), zone)
    after = datetime.combine(day + timedelta(days=1), time(), zone)
    minute = timedelta(minutes=1)
    return [at.astimezone(UTC) for at in (first - minute, first, after - minute, after)]

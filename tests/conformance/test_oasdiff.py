"""oasdiff's own tests of deprecations and sunsets, and the gate under its notice days as policy.

What oasdiff decides when a specification changes, the gate decides in two steps: whether the
release that deprecates an operation may go out, and whether a later one may remove the operation
when its sunset comes, or the next day where it has none. What the old specification says was
announced when it came out; what the new one says is announced today. A sunset that the service
refuses to announce leaves the removal unannounced.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest
import yaml

from lifecycle.answers.snapshots import Snapshot
from lifecycle.audit.chain import By
from lifecycle.catalogue import features, policies, products
from lifecycle.catalogue.catalogue_inputs import FeatureIn, ProductIn, ReleaseIn, StageIn
from lifecycle.catalogue.queries import get_product
from lifecycle.database import open_store
from lifecycle.deprecations import effective_days as days
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.deprecation_inputs import AnnounceIn, DeprecationIn
from lifecycle.deprecations.workflow import announcement, drafts
from lifecycle.gate import assessment
from lifecycle.gate.derivation import combine, openapi
from lifecycle.gate.derivation.specifications import (
    STAGES,
    InvalidSpecification,
    read_operations,
)
from lifecycle.gate.manifests import Manifest
from lifecycle.policy.notice_periods import Kind
from testkit.registered_releases import register_releases

TODAY = date(2026, 11, 21)
BEFORE = date(2020, 1, 1)
"""When the old specification came out."""
DAY = timedelta(days=1)
TESTS = 26
NO_ALARM = {"endpoint-deprecated", "endpoint-deprecated-with-sunset", "endpoint-reactivated"}
"""What oasdiff reports for information only."""

MUTATIONS = {
    "TestBreaking_DeprecationForDraft": ("x-stability-level", "draft", "both"),
    "TestBreaking_DeprecationWithEarlySunset": ("x-sunset", str(TODAY + 9 * DAY), "new"),
    "TestBreaking_DeprecationWithProperSunset": ("x-sunset", str(TODAY + 10 * DAY), "new"),
    "TestBreaking_DeprecationWithRFC3339Sunset": (
        "x-sunset", f"{TODAY + 10 * DAY}T00:00:00Z", "new",
    ),
    "TestBreaking_DeprecationWithInvalidJsonSunset": ("x-sunset", {"invalid": "json"}, "new"),
    "TestEndpointDeprecation_MessageWithSunsetDate": ("x-sunset", str(TODAY + 30 * DAY), "new"),
}  # fmt: skip
"""What the tests change about GET /api/test before they compare, in which of the specifications."""

UNREADABLE = "unreadable"
"""Neither file is compared: nothing is decided, exit code 2."""
ALARMS = {
    "TestBreaking_DeprecationWithInvalidSunset": {UNREADABLE},
    "TestBreaking_DeprecationWithInvalidStabilityLevel": {UNREADABLE},
    "TestBreaking_InvaidStability": {UNREADABLE},
    "TestBreaking_DeprecationWithInvalidJsonSunset": {UNREADABLE},
    "TestBreaking_SunsetModifiedToInvalidForDeprecatedEndpoint": {UNREADABLE},
    "TestBreaking_SunsetModifiedFromInvalidForDeprecatedEndpoint": {UNREADABLE},
    "TestBreaking_DeprecationWithoutSunsetWithPolicy": {"removal-unannounced"},
    "TestBreaking_DeprecationWithEarlySunset": {"removal-unannounced"},
    "TestBreaking_SunsetModifiedForDeprecatedEndpoint": {"break-too-soon", "removal-too-soon"},
    "TestBreaking_SunsetDeletedForDeprecatedEndpoint": {"removal-overdue"},
    "TestBreaking_SunsetDeleted_WithSources": {"removal-overdue"},
    "TestBreaking_NoChangeToSunsetDeprecatedEndpoint": {"break-too-soon"},
}
"""What the gate finds where it does not pass, test by test; it passes all others."""

DIFFERENT = {
    "TestBreaking_NoChangeToSunsetDeprecatedEndpoint": (
        "oasdiff passes, the gate does not: that test runs the check of sunsets alone, but the new"
        " specification also answers 201 where the old one answered 200, which breaks callers"
        " before the announced 9999-08-10."
    ),
}
"""Why the gate's verdict is another one, test by test."""


class Expectation(NamedTuple):
    """One of oasdiff's tests."""

    test: str
    old: str
    new: str
    days: dict[str, int]
    alarm: bool


@pytest.fixture
def expectations(data):
    read = json.loads((data / "oasdiff" / "expectations.json").read_text("utf-8"))
    found = {}
    for each in read:
        old, new = (name.partition(":")[2] for name in each["specs"])
        expected = each["expect"]
        rules = set() if expected == "none" else set(expected["rule_ids"])
        alarm = bool(rules - NO_ALARM)
        periods = each["deprecation_days"] or {"beta": 0, "stable": 0}
        found[each["test"]] = Expectation(each["test"], old, new, periods, alarm)
    return found


@pytest.fixture
def specifications(data, tmp_path):
    """Give a test's two files, changed as the test changes them."""

    def give(expectation):
        key, value, where = MUTATIONS.get(expectation.test, (None, None, ""))
        files = []
        for side, name in (("old", expectation.old), ("new", expectation.new)):
            text = (data / "oasdiff" / "data" / "deprecation" / name).read_text("utf-8")
            file = tmp_path / f"{side}.yaml"
            if where in {side, "both"}:
                read = yaml.safe_load(text)
                read["paths"]["/api/test"]["get"][key] = value
                text = yaml.safe_dump(read)
            file.write_text(text)
            files.append(file)
        return files

    return give


@pytest.fixture
async def sqlite_store_for(sqlite_template, tmp_path):
    """Give each of oasdiff's tests a store of its own."""
    opened = []

    async def give(test):
        path = tmp_path / f"{test}.sqlite3"
        shutil.copyfile(sqlite_template, path)
        opened.append(open_store(f"sqlite:///{path}"))
        return opened[-1]

    yield give
    for store in opened:
        await store.close()


def policy(periods):
    """Write notice days as a policy; none are best effort: announced before, however shortly."""
    words = {name: f"{count} days" if count else "best effort" for name, count in periods.items()}
    terms = {"default": words["stable"], "stages": {"beta": {"default": words["beta"]}}}
    return json.dumps(
        {
            "policy": "oasdiff",
            "version": "1",
            "in_force_from": str(BEFORE - DAY),
            "timezone": "UTC",
            "exempt_stages": ["experimental", "alpha"],
            "tiers": {"everybody": {"rank": 0, "window": {"newest": {"count": 9, "of": "minor"}}}},
            "notice": {"removal": terms, "breaking_change": terms},
            # No specification says what is to be used instead.
            "gate": {"rules": {"replacement-missing": "off"}},
        }
    )


class World:
    """A product whose features are the old specification's operations."""

    def __init__(self, store, periods):
        self.store, self.periods = store, periods

    async def begin(self, operations):
        async with self.store.writing() as session:
            by = acting(BEFORE)
            facts = ProductIn(slug="api", scheme="semver", line_by="minor")
            product, _ = await products.put(session, facts, by=by)
            await policies.put(session, product, policy(self.periods), by=by, format="json")
            listed = [
                ReleaseIn(version="1.0.0", released_on=BEFORE - DAY),
                ReleaseIn(version="1.1.0", released_on=BEFORE),
            ]
            await register_releases(session, product, listed, by=by, today=BEFORE)
            for operation in operations.values():
                facts = FeatureIn(stages=tuple(stages(operation)))
                await features.put(session, product, operation.key, facts, by=by)
        for operation in operations.values():
            if operation.sunset:
                await self.announce(operation.key, operation.sunset, on=BEFORE)

    async def announce(self, key, effective_on, *, on):
        """Announce a removal unless that is refused."""
        said = DeprecationIn(
            product="api",
            kind=Kind.REMOVAL,
            feature=key,
            effective_on=effective_on,
            reason="The API says so.",
        )
        try:
            async with self.store.writing() as session:
                product = await get_product(session, "api")
                draft = await drafts.draft(session, product, said, by=acting(on), today=on)
                await announcement.announce(session, draft, AnnounceIn(), by=acting(on))
        except days.TooSoon:
            pass

    async def ask(self, manifest):
        async with self.store.reading() as session:
            loaded, announced = await load_known(session, "api")
            snapshot = Snapshot(loaded, 1, announced=announced)
            verdict = await assessment.ask(session, snapshot, manifest, at=TODAY)
        assert verdict.decided
        assert (verdict.verdict == "pass") == (not verdict.findings)
        return {finding.rule for finding in verdict.findings}


def stages(operation):
    level = operation.part.value.get("x-stability-level", "stable")
    yield StageIn(stage=STAGES[level], from_version="1.0.0")
    if operation.stage == "deprecated":
        yield StageIn(stage="deprecated", from_version="1.1.0")


def acting(day):
    return By("oasdiff", datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


async def found(store, files, periods):
    """Give the rules that the gate finds broken, by the release or by the removal after it."""
    try:
        before, after = map(read_operations, files)
    except InvalidSpecification:
        return {UNREADABLE}
    world = World(store, periods)
    await world.begin(before)

    rules = await world.ask(combine([openapi.derive(*files)], product="api", version="2.0.0"))
    for key, each in after.items():
        if each.stage == "deprecated":
            day = max(each.sunset or TODAY, TODAY + DAY)
            if not (key in before and before[key].sunset):
                await world.announce(key, day, on=TODAY)
            removal = Manifest(product="api", version="3.0.0", day=day, removes=(key,))
            rules |= await world.ask(removal)
    return rules


async def test_the_gate_agrees_with_oasdiff(sqlite_store_for, expectations, specifications):
    verdicts = {
        test: await found(await sqlite_store_for(test), specifications(each), each.days)
        for test, each in expectations.items()
    }

    assert len(verdicts) == TESTS
    assert {test: rules for test, rules in verdicts.items() if rules} == ALARMS
    others = {test for test, each in expectations.items() if each.alarm != bool(verdicts[test])}
    assert others == set(DIFFERENT)

from __future__ import annotations

from datetime import date

import pytest

from lifecycle.policy.windows import BestEffort, Declared, LtsOnly, Patches, Phase
from lifecycle.support.upgrades import UpgradeTo, upgrade_from_line, upgrade_to
from testkit.coverage_samples import (
    MOST_RECENT,
    TODAY,
    coverage,
    declared_line,
    minors,
    policy,
    release,
)


def advice(covered, release, *, at=TODAY, patches=Patches.LATEST):
    return upgrade_to(covered, release, tier="enterprise", at=at, patches=patches)


def test_an_upgrade_names_the_newest_patch_and_the_newest_version():
    old = release("1.0.1", date(2026, 1, 2))
    releases = [*minors(3), old, release("1.0.2", date(2026, 2, 1)), release("2.0.0b1", TODAY)]
    covered = coverage(releases)

    assert upgrade_to(
        covered, old, tier="enterprise", at=TODAY, patches=Patches.LATEST
    ) == UpgradeTo("1.0.2", "1.2.0")
    assert advice(covered, old, patches=Patches.ALL) == UpgradeTo(None, "1.2.0")
    assert upgrade_to(
        covered, old, tier="enterprise", at=date(2026, 1, 3), patches=Patches.LATEST
    ) == UpgradeTo(None, None)


def test_whoever_runs_a_withdrawn_patch_is_sent_to_one_that_stands():
    withdrawn = release("1.2.1", date(2026, 3, 1), withdrawn_on=date(2026, 3, 5))
    releases = [*minors(3), withdrawn, release("1.2.2", date(2026, 3, 6))]

    advised = upgrade_to(
        coverage(releases), withdrawn, tier="enterprise", at=TODAY, patches=Patches.ALL
    )

    assert advised == UpgradeTo("1.2.2", "1.2.2")


def test_an_upgrade_names_the_newest_that_the_tier_covers_and_what_it_does_not():
    lines = [declared_line("1.0", lts=True), declared_line("1.2", lts=True)]
    covered = coverage(minors(5), policy(LtsOnly()), lines=lines)
    old, newest_lts = (covered.newest_in(name, TODAY) for name in ("1.0", "1.2"))

    advised = advice(covered, old)
    there = advice(covered, newest_lts)

    assert advised == UpgradeTo(None, "1.2.0", "1.4.0")
    assert there == UpgradeTo(None, None, "1.4.0")


def test_a_patch_that_the_tier_does_not_cover_is_no_upgrade():
    old = release("1.0.0", date(2026, 1, 1))
    releases = [old, release("1.0.1", date(2026, 1, 9)), release("1.1.0", date(2026, 2, 1))]
    covered = coverage(releases, policy(MOST_RECENT))

    advised = advice(covered, old)
    from_line = upgrade_from_line(covered, "1.0", tier="enterprise", at=TODAY)

    assert advised == from_line == UpgradeTo(None, "1.1.0")


@pytest.mark.parametrize("rule", [BestEffort(), Declared((Phase.END_OF_LIFE,))])
def test_where_nothing_speaks_against_the_newest_it_is_named(rule):
    covered = coverage(minors(3), policy(rule))
    old = covered.newest_in("1.0", TODAY)

    advised = advice(covered, old)

    assert advised == UpgradeTo(None, "1.2.0")

"""The days of a release that formats tell, where a line's declared days are not the last word."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from lifecycle.answers.badge_answers import badge_answer
from lifecycle.answers.lifecycle_documents import EARLIER, support_texts
from lifecycle.answers.lifecycle_facts import lifecycle_of
from lifecycle.answers.line_ends import end_of_life
from lifecycle.answers.release_milestones import release_milestones
from lifecycle.api.openeox import milestone_statements
from lifecycle.catalogue.published_events import EventType
from lifecycle.policy.policies import Policy, Tier
from lifecycle.policy.windows import Declared, Granularity, Newest, Phase, Window
from lifecycle.support.facts import AnnouncedEnd
from testkit.coverage_samples import (
    FIVE_MINORS,
    LONG_AGO,
    TODAY,
    declared_line,
    facts,
    minors,
    policy,
    release,
)
from testkit.known_snapshots import snapshot_of

STANDARD = Tier("standard", 1, Window(Newest(2, Granularity.MINOR)))
PREMIUM = Tier("premium", 2, Window(Declared((Phase.END_OF_LIFE,))))
DECLARED = {"security_support": date(2027, 9, 30), "end_of_life": date(2027, 12, 31)}


def known(*releases, tiers=(STANDARD, PREMIUM), ends=()):
    """Give a product whose lines all declare the same days."""
    policy = Policy(name="promise", version="1", in_force_from=LONG_AGO, tiers=tiers)
    lines = [declared_line(line, **DECLARED) for line in sorted({r.line for r in releases})]
    return snapshot_of(msgspec.structs.replace(facts(releases, policy, lines=lines), ends=ends))


def milestones(snapshot, version, tier=None):
    (found,) = release_milestones(snapshot, [snapshot.by_version[version]], TODAY, tier=tier)
    return found


def end_of_line(snapshot, line):
    fact = lifecycle_of(snapshot, TODAY).facts.get((EventType.END_OF_LIFE, line))
    return fact and fact.day


@pytest.mark.parametrize(
    ("tiers", "tier"),
    [
        ((STANDARD, PREMIUM), None),
        ((STANDARD, PREMIUM), "standard"),
        ((STANDARD, PREMIUM), "premium"),
        ((), None),
    ],
)
def test_a_withdrawn_release_ends_on_the_day_before_whatever_its_line_declares(tiers, tier):
    withdrawn = release("1.2.1", date(2026, 6, 1), withdrawn_on=date(2026, 6, 20))
    snapshot = known(release("1.2.0", date(2026, 5, 1)), withdrawn, tiers=tiers)

    found, last = milestones(snapshot, "1.2.1", tier), date(2026, 6, 19)

    assert (found.supported_until, found.life_until) == (last, last)
    assert found.security_until == last
    assert found.covered_until == (last if tiers else None)
    assert milestones(snapshot, "1.2.0").life_until == date(2027, 12, 31)
    assert end_of_line(snapshot, "1.2") == date(2028, 1, 1)


@pytest.mark.parametrize("withdrawn_on", [date(2026, 6, 1), date(2026, 6, 20)])
def test_a_line_that_is_withdrawn_with_its_last_release_ends_on_that_day(withdrawn_on):
    gone = release("1.3.0", date(2026, 6, 1), withdrawn_on=withdrawn_on)
    snapshot = known(release("1.2.0", date(2026, 5, 1)), gone)
    before = date.fromordinal(withdrawn_on.toordinal() - 1)

    assert milestones(snapshot, "1.3.0").supported_until == before
    assert end_of_life(snapshot.coverage(TODAY), "1.3", None) == before
    assert end_of_line(snapshot, "1.3") == withdrawn_on
    assert end_of_line(snapshot, "1.2") == date(2028, 1, 1)


def test_a_line_that_stands_again_ends_as_it_declares():
    first = release("1.3.0", date(2026, 5, 1), withdrawn_on=date(2026, 6, 1))
    again = release("1.3.1", date(2026, 6, 20))

    assert end_of_line(known(first, again), "1.3") == date(2028, 1, 1)


def test_an_announced_extension_moves_the_end_of_life_that_is_declared():
    extension = AnnouncedEnd(
        uid="later",
        announced_on=date(2026, 6, 1),
        days={"premium": date(2028, 2, 1)},
        lines=frozenset({"1.2"}),
    )
    snapshot = known(release("1.2.0", date(2026, 5, 1)), ends=(extension,))
    extended = date(2028, 1, 31)

    assert milestones(snapshot, "1.2.0", "premium").covered_until == extended
    assert milestones(snapshot, "1.2.0", "premium").life_until == extended
    assert milestones(snapshot, "1.2.0", "standard").life_until == extended
    assert end_of_life(snapshot.coverage(TODAY), "1.2", None) == extended
    assert end_of_line(snapshot, "1.2") == date(2028, 2, 1)


@pytest.mark.parametrize(
    ("tiers", "declared", "is_over"),
    [
        ((PREMIUM,), True, True),
        ((PREMIUM,), False, False),
        ((PREMIUM,), date(2026, 1, 31), False),
        ((STANDARD, PREMIUM), True, False),
        ((), True, True),
    ],
)
def test_support_that_is_over_on_no_known_day_is_not_told_as_still_to_end(tiers, declared, is_over):
    policies = [Policy(name="promise", version="1", in_force_from=LONG_AGO, tiers=tiers)]
    line = declared_line("1.2", end_of_life=declared)
    listed = facts([release("1.2.0", date(2025, 5, 1))], *policies, lines=[line])
    snapshot = snapshot_of(listed)

    assert milestones(snapshot, "1.2.0").is_over == is_over
    assert len(milestone_statements(snapshot, TODAY, "The vendor")) == (not is_over)


def test_a_tier_that_covered_more_is_said_to_keep_what_it_promised():
    windows = {"same": (FIVE_MINORS, FIVE_MINORS), "less": (FIVE_MINORS, STANDARD.window)}
    policies = [
        Policy(
            name="promise",
            version=str(place + 1),
            in_force_from=date(2026, 1 + place, 1),
            tiers=tuple(policy(each[place], tier=tier).tiers[0] for tier, each in windows.items()),
        )
        for place in range(2)
    ]

    texts = support_texts(snapshot_of(facts(minors(3), *policies)))

    assert EARLIER not in texts["same"]
    assert "the two newest minor versions." in texts["less"]
    assert texts["less"].endswith(EARLIER)


def test_a_badge_of_a_line_that_is_only_planned_says_for_which_day():
    plan = release("1.3.0", date(2026, 8, 1), planned=True)
    snapshot = known(release("1.2.0", date(2026, 5, 1)), plan)

    days = [
        badge_answer(snapshot, name, tier=None, today=TODAY).planned_on
        for name in ("1.2", "1.3", "1.3.0")
    ]

    assert days == [None, plan.day, plan.day]

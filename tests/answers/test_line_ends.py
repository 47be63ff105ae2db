from datetime import date, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.answers.line_ends import line_ends
from lifecycle.answers.matrix import matrix
from lifecycle.policy.policies import Policy, Tier
from lifecycle.policy.windows import Declared, Phase, Window
from lifecycle.support.facts import AnnouncedEnd
from lifecycle.support.status import Status
from testkit.coverage_samples import LONG_AGO, TODAY, declared_line, facts, minors
from testkit.coverage_strategies import days, registered
from testkit.known_snapshots import snapshot_of
from testkit.scales import examples

NOT_BEGUN = {Status.PLANNED, Status.PRERELEASE, Status.UNKNOWN}


@st.composite
def vendors(draw):
    """Give a product some of whose lines have an announced end."""
    known, _ = draw(registered())
    lines = sorted({release.line for release in known.releases if release.line})
    ends = [
        AnnouncedEnd(
            uid=f"end-of-{line}",
            announced_on=day - timedelta(days=30),
            days=draw(st.fixed_dictionaries({"pro": st.just(day), "enterprise": days})),
            lines=frozenset({line}),
            waived=draw(st.booleans()),
        )
        for line in lines
        if (day := draw(st.none() | days)) is not None
    ]
    return msgspec.structs.replace(known, ends=tuple(ends))


def shown_by_the_matrix(snapshot, today):
    """Give the last covered day, or its estimate, of each line and tier that has one."""
    answers = {
        (line.line, tier): answer
        for line in matrix(snapshot, tier=None, at=today, today=today).lines
        for tier, answer in line.tiers.items()
        if answer.status not in NOT_BEGUN
    }
    return {
        key: answer.supported_until or answer.projected_until
        for key, answer in answers.items()
        if answer.supported_until or answer.projected_until
    }


def as_listed(snapshot, today):
    return {
        (end.line, tier): end.estimate or end.last_day
        for end in line_ends(snapshot, today)
        for tier in end.tiers
    }


@settings(max_examples=examples(150))
@given(vendors())
def test_ends_are_on_the_days_that_the_matrix_has_before_on_and_after_each(known):
    snapshot = snapshot_of(known)
    fixed = [end.last_day for end in line_ends(snapshot, TODAY)]

    for day in {TODAY, *fixed[:4]}:
        for today in (day - timedelta(days=1), day, day + timedelta(days=1)):
            assert as_listed(snapshot, today) == shown_by_the_matrix(snapshot, today)


def test_tiers_whose_support_ends_on_one_day_are_named_together():
    window = Window(Declared((Phase.END_OF_LIFE,)))
    tiers = (Tier("pro", 1, window), Tier("enterprise", 2, window))
    both = Policy(name="promise", version="1", in_force_from=LONG_AGO, tiers=tiers)
    line = declared_line("1.0", end_of_life=date(2026, 12, 31))

    (end,) = line_ends(snapshot_of(facts(minors(1), both, lines=[line])), TODAY)

    assert end.tiers == ("pro", "enterprise")
    assert end.named_after == "enterprise"
    assert (end.last_day, end.first_day_without) == (date(2026, 12, 31), date(2027, 1, 1))


def test_an_end_that_an_announcement_decides_names_it():
    announced = AnnouncedEnd(
        uid="that-one",
        announced_on=date(2026, 6, 1),
        days={"enterprise": date(2026, 9, 1)},
        lines=frozenset({"1.5"}),
        waived=True,
    )
    known = msgspec.structs.replace(facts(minors(6)), ends=(announced,))

    ends = {end.line: end for end in line_ends(snapshot_of(known), TODAY)}

    assert ends["1.5"].deprecation == "that-one"
    assert ends["1.5"].last_day == date(2026, 8, 31)
    assert ends["1.0"].deprecation is None

from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytest
from hypothesis import given, settings

from lifecycle.answers.line_ends import line_ends
from lifecycle.answers.matrix import matrix
from lifecycle.answers.product_overviews import next_ends
from lifecycle.answers.upcoming_ends import (
    catalogue_entries,
    catalogue_entry,
    months_of,
    search,
)
from lifecycle.policy.policies import Policy, Tier
from lifecycle.policy.windows import Declared, Phase, Window
from testkit.coverage_samples import LONG_AGO, TODAY, declared_line, facts, minors
from testkit.coverage_strategies import registered
from testkit.known_snapshots import snapshot_of
from testkit.scales import examples

NOW = datetime.combine(TODAY, time(12), UTC)
WINDOW = Window(Declared((Phase.END_OF_LIFE,)))
TIERS = (Tier("pro", 1, WINDOW), Tier("enterprise", 2, WINDOW))
PROMISE = Policy(name="promise", version="1", in_force_from=LONG_AGO, tiers=TIERS)


def product(slug="widget", *, name="Widget", ends=(), identifiers=()):
    """Give a product whose lines end on days: 1.0, 1.1 and so on."""
    lines = [declared_line(f"1.{n}", end_of_life=day) for n, day in enumerate(ends)]
    known = facts(minors(len(ends), every=1), PROMISE, lines=lines)
    known = msgspec.structs.replace(known, product=slug)
    return snapshot_of(known, name=name, identifiers=identifiers)


def ends_in(months):
    return [(end.day, end.subject) for month in months for end in month.fixed + month.estimated]


@settings(max_examples=examples(100))
@given(registered())
def test_what_ends_next_is_what_the_products_page_says_before_on_and_after_each_end(world):
    snapshot = snapshot_of(world[0])
    days = [end.last_day for end in line_ends(snapshot, TODAY) if not end.estimate][:3]

    for day in {TODAY, *days}:
        for today in (day - timedelta(days=1), day, day + timedelta(days=1)):
            answer = matrix(snapshot, tier=None, at=today, today=today)
            expected = next_ends(snapshot, answer, today)
            entry = catalogue_entry(snapshot, today)
            if expected is None:
                assert entry.next_ends == ()
            elif expected.last_day:
                assert {end.day for end in entry.next_ends} == {expected.last_day}
                tiers = {tier for end in entry.next_ends for tier in end.tiers}
                assert tiers == set(expected.names)
            else:
                assert entry.next_ends[0].estimate == expected.estimate


def test_the_calendar_holds_what_ends_within_a_year_the_last_day_included():
    ends = [
        TODAY - timedelta(days=1),
        TODAY,
        TODAY.replace(year=TODAY.year + 1),
        TODAY.replace(year=TODAY.year + 1) + timedelta(days=1),
    ]

    months = months_of(catalogue_entries([product(ends=ends)], NOW))

    assert ends_in(months) == [(ends[1], "Widget 1.1"), (ends[2], "Widget 1.2")]
    assert [month.first_day for month in months] == [day.replace(day=1) for day in ends[1:3]]


def test_one_calendar_is_over_all_products_in_the_order_of_days_then_names_then_lines():
    later, sooner = date(2026, 12, 31), date(2026, 12, 1)
    snapshots = [
        product("b", name="Zürich", ends=[later, sooner]),
        product("a", name="zebra", ends=[later]),
        product("c", name="Ärger", ends=[later] * 11),
    ]

    entries = catalogue_entries(snapshots, NOW)
    months = months_of(entries)

    assert [entry.name for entry in entries] == ["Ärger", "zebra", "Zürich"]
    assert ends_in(months) == [
        (sooner, "Zürich 1.1"),
        *((later, f"Ärger 1.{n}") for n in range(11)),
        (later, "zebra 1.0"),
        (later, "Zürich 1.0"),
    ]


@pytest.mark.parametrize(
    "question",
    [
        "angstrom",
        "ÅNGSTRÖM",
        "strom ang",
        "pkg:npm/angstrom",
        "PKG:NPM",
        "unit",
        " ang \t strom ",
    ],
)
def test_a_search_goes_through_name_slug_and_identifiers_whatever_the_accents(question):
    wanted = product("unit", name="Ångström", identifiers=("pkg:npm/angstrom",))
    entries = catalogue_entries([product("other", name="Another"), wanted], NOW)

    assert [entry.slug for entry in search(entries, question)] == ["unit"]


@pytest.mark.parametrize("question", ["ang nothing", "%", "*", "\N{RIGHT-TO-LEFT OVERRIDE}x"])
def test_a_search_finds_only_what_holds_every_word_as_it_is_written(question):
    entries = catalogue_entries([product(name="Ångström")], NOW)

    assert search(entries, question) == []


def test_nothing_is_worked_out_again_for_a_product_that_stands_as_it_did():
    snapshot = product(ends=[TODAY])

    first = catalogue_entry(snapshot, TODAY)
    next_day = catalogue_entry(snapshot, TODAY + timedelta(days=1))

    assert catalogue_entry(product(ends=[TODAY]), TODAY) == first
    assert catalogue_entry(snapshot, TODAY + timedelta(days=1)) is next_day
    assert next_day.coming == ()

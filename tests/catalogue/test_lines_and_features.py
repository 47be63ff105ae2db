from datetime import date, timedelta
from typing import get_args

import pytest
from sqlalchemy import select

from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue import features, lines, policies, product_imports, products, queries
from lifecycle.catalogue.catalogue_inputs import (
    FeatureIn,
    ImportedProduct,
    LineIn,
    ProductIn,
    ReleaseIn,
    StageIn,
    StageName,
)
from lifecycle.catalogue.line_placement import UNITS, could_hold, example_line
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.errors import BadRequest, Conflict, PreconditionFailed
from lifecycle.policy.stages import Stage
from lifecycle.policy.window_words import PHASES
from lifecycle.policy.windows import Phase
from lifecycle.versions import SCHEME_NAMES, scheme
from testkit.registered_releases import register_releases

END = date(2027, 6, 30)
PAST = date(2026, 11, 20)


@pytest.fixture
def declare(store, by):
    async def declare(name="1.0", *, expected=None, **said):
        async with store.writing() as session:
            product = await queries.get_product(session, "widget")
            facts = LineIn(**said)
            return await lines.put(session, product, name, facts, by=by, expected=expected)

    return declare


@pytest.fixture
def feature(store, by):
    async def feature(key="search", *, expected=None, **said):
        async with store.writing() as session:
            product = await queries.get_product(session, "widget")
            facts = FeatureIn(**said)
            return await features.put(session, product, key, facts, by=by, expected=expected)

    return feature


async def last_details(store):
    async with store.reading() as session:
        return await session.scalar(
            select(AuditEntry.details).order_by(AuditEntry.seq.desc()).limit(1)
        )


async def load(store):
    async with store.reading() as session:
        return await load_facts(session, "widget")


async def test_a_line_does_not_end_before_its_first_day(make_product, declare):
    await make_product()
    days = {"active_support": True, "security_support": PAST, "end_of_life": END}

    with pytest.raises(BadRequest) as refusal:
        await declare(released_on=PAST + timedelta(1), declared=days)
    await declare(released_on=PAST, declared=days)

    (problem,) = refusal.value.problems
    assert (problem.field, problem.value) == ("declared.security_support", PAST.isoformat())
    assert "must not lie before the line's first day, 2026-11-21" in problem.message


async def test_a_line_says_its_days_and_they_never_turn_into_others(store, make_product, declare):
    await make_product()
    declared = {"active_support": True, "security_support": END, "end_of_life": False}

    await declare(declared=declared, lts=date(2026, 10, 1), codename="Meridian")

    (line,) = (await load(store)).facts.lines
    assert line.declared == declared
    assert line.declared["active_support"] is True
    assert line.declared["end_of_life"] is False
    assert (line.lts, line.codename) == (date(2026, 10, 1), "Meridian")


async def test_declaring_the_same_twice_changes_nothing(make_product, declare):
    await make_product()
    await declare(declared={"end_of_life": END}, lts=True)

    line, created = await declare(declared={"end_of_life": END}, lts=True)

    assert (created, line.revision) == (False, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"end_of_life": END}, {"end_of_life": END - timedelta(1)}),
        ({"end_of_life": END}, {"end_of_life": True}),
        ({"end_of_life": False}, {"end_of_life": PAST}),
        ({"end_of_life": False}, {"end_of_life": True}),
        ({"end_of_life": False}, {}),
        ({"end_of_life": END}, {"active_support": END}),
    ],
)
async def test_a_promise_shrinks_only_by_a_recorded_correction(
    store, make_product, declare, before, after
):
    await make_product()
    await declare(declared=before)

    with pytest.raises(Conflict, match="correction") as refusal:
        await declare(declared=after)
    assert refusal.value.problems[0].field == "declared.end_of_life"
    await declare(declared=after, correction="the page was wrong")

    assert (await load(store)).facts.lines[0].declared == after
    assert (await last_details(store))["correction"] == "the page was wrong"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"end_of_life": END}, {"end_of_life": END + timedelta(1)}),
        ({"end_of_life": END}, {"end_of_life": False}),
        ({"end_of_life": False}, {"end_of_life": END}),
        ({"end_of_life": True}, {"end_of_life": END}),
        ({}, {"end_of_life": END}),
        ({"end_of_life": True}, {}),
    ],
)
async def test_a_promise_may_grow(make_product, declare, before, after):
    await make_product()
    await declare(declared=before)

    line, _ = await declare(declared=after)

    assert line.revision == 2


@pytest.mark.parametrize("after", [PAST + timedelta(1), PAST - timedelta(1), None])
async def test_a_first_day_moves_only_by_a_recorded_correction(make_product, declare, after):
    await make_product()
    await declare(released_on=PAST)

    with pytest.raises(Conflict, match="released_on: was declared as"):
        await declare(released_on=after)
    line, _ = await declare(released_on=after, correction="the page was wrong")

    assert line.released_on == after


@pytest.mark.parametrize(
    ("window", "may"),
    [
        ({"for": {"months": 18, "from": "line_release"}}, False),
        ({"newest": {"count": 1, "of": "minor"}}, True),
    ],
)
async def test_a_first_day_before_the_first_release_ends_nothing_sooner_without_a_correction(
    store, make_product, declare, by, today, window, may
):
    await make_product()
    document = {
        "policy": "support",
        "version": "1",
        "in_force_from": "2024-01-01",
        "timezone": "UTC",
        "tiers": {"pro": {"rank": 0, "window": window}},
    }
    async with store.writing() as session:
        product = await queries.get_product(session, "widget")
        await policies.put(session, product, document, by=by)
        listed = [ReleaseIn(version="1.0.0", released_on=PAST)]
        await register_releases(session, product, listed, by=by, today=today)

    if not may:
        with pytest.raises(Conflict, match="end support sooner"):
            await declare(released_on=PAST - timedelta(30))
    line, _ = await declare(
        released_on=PAST - timedelta(30), correction=None if may else "1.0.0 is a later build"
    )

    assert line.released_on == PAST - timedelta(30)


async def test_long_term_support_is_not_taken_back_silently(make_product, declare):
    await make_product()
    await declare(lts=True)

    with pytest.raises(Conflict, match="lts"):
        await declare(lts=False)


async def test_a_line_that_changed_since_it_was_read_is_not_overwritten(make_product, declare):
    await make_product()
    await declare(codename="a")
    await declare(codename="b", expected=1)

    with pytest.raises(PreconditionFailed):
        await declare(codename="c", expected=1)


@pytest.mark.parametrize("name", ["", " ", " 1", "1\n", "x" * 201, "\x00"])
async def test_a_line_has_a_name_that_can_be_stored(make_product, declare, name):
    await make_product()

    with pytest.raises(BadRequest, match="line"):
        await declare(name)


@pytest.mark.parametrize("name", ["galaxy-s6-edge+-duos", "2024 LTSC", "a/b", "Ünïcode", "1!3"])
async def test_names_of_real_lines_are_taken(store, make_product, declare, name):
    await make_product(scheme="declared", line_by="declared")

    await declare(name)

    assert (await load(store)).facts.lines[0].name == name


@pytest.mark.parametrize(
    "name", ["foo", "3.35.2", "3", "3.x", "03.35", "1!3.35", "v3.35", "3.35 LTS"]
)
async def test_a_line_is_one_that_a_version_could_be_in(
    store, make_product, declare, by, today, name
):
    await make_product()

    with pytest.raises(BadRequest) as refusal:
        await declare(name)
    await declare("3.36")  # ahead of its first release
    async with store.writing() as session:
        product = await queries.get_product(session, "widget")
        listed = [ReleaseIn(version=v, released_on=today) for v in ("2.9.0", "2.10.0")]
        await register_releases(session, product, listed, by=by, today=today)
    with pytest.raises(BadRequest, match=r"name a minor version, such as 2\.10"):
        await declare(name)

    (problem,) = refusal.value.problems
    assert (problem.field, problem.value) == ("line", name)
    assert problem.message.endswith("name a minor version, such as 3.35")


@pytest.mark.parametrize("by_unit", UNITS)
@pytest.mark.parametrize("name", [name for name in SCHEME_NAMES if scheme(name).units_possible])
def test_every_scheme_has_an_example_of_a_line(name, by_unit):
    rules = scheme(name)

    for version in rules.example.split(" or "):
        assert could_hold(rules, by_unit, rules.parse(version).units[UNITS.index(by_unit)])
    assert could_hold(rules, by_unit, example_line(rules, by_unit))
    assert not could_hold(rules, by_unit, "foo")


async def test_a_line_that_was_declared_before_it_could_be_refused_can_be_changed(
    store, make_product, declare, by
):
    await make_product(scheme="declared", line_by="declared")
    await declare("foo")
    async with store.writing() as session:
        await products.put(session, ProductIn(slug="widget"), by=by)

    line, created = await declare("foo", codename="x")

    assert (line.codename, created) == ("x", False)


A, S, X, E = Phase
DISORDERED = [(A, S), (A, X), (A, E), (S, X), (S, E)]


@pytest.mark.parametrize(("phase", "following"), DISORDERED)
async def test_a_phase_does_not_outlast_one_that_follows_it(
    make_product, declare, phase, following
):
    await make_product()
    later = END + timedelta(1)

    with pytest.raises(BadRequest) as refusal:
        await declare(declared={phase: later, following: END})
    await declare(declared={phase: END, following: END})

    (problem,) = refusal.value.problems
    assert (problem.field, problem.value) == (f"declared.{phase}", "2027-07-01")
    words = PHASES[following]
    assert problem.message == f"is 2027-07-01, after the {words} (2027-06-30); correct one of them"


async def test_extended_support_may_end_before_the_end_of_life_or_after_it(make_product, declare):
    await make_product()

    before, _ = await declare("1.0", declared={X: END, E: END + timedelta(1)})
    after, _ = await declare("1.1", declared={X: END + timedelta(1), E: END})
    undated, _ = await declare("1.2", declared={A: False, S: END, E: True})

    assert before.declared == {"extended_support": "2027-06-30", "end_of_life": "2027-07-01"}
    assert after.declared == {"extended_support": "2027-07-01", "end_of_life": "2027-06-30"}
    assert undated.declared[E] is True


async def test_days_that_a_source_has_in_another_order_stand_until_they_are_changed(
    store, make_product, declare, by, today
):
    await make_product()
    days = {A: END, E: PAST}
    source = ImportedProduct(product=ProductIn(slug="widget"), lines={"1.0": LineIn(declared=days)})
    async with store.writing() as session:
        report = await product_imports.apply(session, source, by=by, today=today)

    line, _ = await declare(declared=days, codename="x")
    with pytest.raises(BadRequest, match="after the end of life"):
        await declare(declared=days | {A: END + timedelta(1)})

    assert not report.problems
    assert line.declared == {phase: day.isoformat() for phase, day in days.items()}


async def test_lines_keep_their_declared_order(store, make_product, declare):
    await make_product(scheme="declared", line_by="declared")
    for name, position in (("b", None), ("c", None), ("a", None), ("first", -1)):
        await declare(name, position=position)

    assert [line.name for line in (await load(store)).facts.lines] == ["first", "b", "c", "a"]


async def test_a_line_declared_later_takes_in_the_releases_it_names(
    store, make_product, declare, by, today
):
    await make_product(scheme="declared", line_by="declared")
    listed = [ReleaseIn(version=v, released_on=today) for v in ("1.1.1", "1.1.1w", "1.1.10")]
    async with store.writing() as session:
        product = await queries.get_product(session, "widget")
        await register_releases(session, product, listed, by=by, today=today)

    await declare("1.1")
    await declare("1.1.1")

    found = {release.version: release.line for release in (await load(store)).facts.releases}
    assert found == {"1.1.1": "1.1.1", "1.1.1w": "1.1.1", "1.1.10": "1.1"}


async def test_a_feature_has_its_stages_tiers_and_default(store, make_product, feature):
    await make_product()
    stages = (
        StageIn(stage="beta", from_version="1.0.0", default=False),
        StageIn(stage="ga", from_day=END),
    )

    await feature(name="Search", stages=stages, tiers=("pro",), default=True)

    found = (await load(store)).features["search"]
    said = {"name": "Search", "stages": stages, "tiers": ("pro",), "default": True}
    assert found == FeatureIn(**said, public=True)


async def test_a_feature_for_no_tier_is_not_one_for_every_tier(store, make_product, feature):
    await make_product()
    await feature("nobody", tiers=())
    await feature("everybody")

    found = (await load(store)).features
    assert (found["nobody"].tiers, found["everybody"].tiers) == ((), None)


async def test_putting_a_feature_twice_changes_nothing(make_product, feature):
    await make_product()
    await feature(name="Search", default=False)

    assert (await feature(name="Search", default=False))[0].revision == 1
    assert (await feature(name="Search", default=True))[0].revision == 2


async def test_everything_wrong_with_a_feature_is_said_at_once(make_product, feature):
    await make_product()
    stages = (
        StageIn(stage="beta"),
        StageIn(stage="ga", from_version="nonsense"),
        StageIn(stage="alpha", from_version="1.0.0"),
        StageIn(stage="ga", from_version="1.0.0"),
    )

    with pytest.raises(BadRequest) as refusal:
        await feature("no key", stages=stages)

    assert [problem.field for problem in refusal.value.problems] == [
        "feature",
        "stages[0].from_version",
        "stages[1].from_version",
        "stages[3]",
    ]


async def test_keys_of_real_feature_gates_are_taken(store, make_product, feature):
    await make_product()

    await feature("SidecarContainers")

    assert "SidecarContainers" in (await load(store)).features


def test_the_stages_that_come_in_are_those_that_policies_know():
    assert set(get_args(StageName)) == set(Stage)


async def test_a_feature_names_what_it_needs_each_once_and_never_itself(
    store, make_product, feature
):
    await make_product()
    await feature(depends_on=("index", "rest-v1"))

    with pytest.raises(BadRequest) as refused:
        await feature("index", depends_on=("index", "search", "search"))

    assert (await load(store)).features["search"].depends_on == ("index", "rest-v1")
    assert [problem.field for problem in refused.value.problems] == [
        "depends_on[0]",
        "depends_on[2]",
    ]

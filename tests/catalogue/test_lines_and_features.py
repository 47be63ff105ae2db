from datetime import date, timedelta
from typing import get_args

import pytest
from sqlalchemy import select

from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue import features, lines, queries
from lifecycle.catalogue.catalogue_inputs import FeatureIn, LineIn, ReleaseIn, StageIn, StageName
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.errors import BadRequest, Conflict, PreconditionFailed
from lifecycle.policy.stages import Stage
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
    await make_product()

    await declare(name)

    assert (await load(store)).facts.lines[0].name == name


async def test_lines_keep_their_declared_order(store, make_product, declare):
    await make_product()
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

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.catalogue.catalogue_inputs import FeatureIn, StageIn
from lifecycle.catalogue.histories import Histories
from lifecycle.catalogue.loaded_products import Loaded
from lifecycle.policy.stages import Stage, highest, promised_stage
from lifecycle.support.facts import Facts, Release

FIRST = date(2026, 1, 1)
TODAY = date(2026, 11, 22)

stages = st.builds(
    lambda stage, minor, day: StageIn(
        stage=stage,
        from_version=None if minor is None else f"1.{minor}.0",
        from_day=day if minor is None else None,
    ),
    st.sampled_from([stage.value for stage in Stage]),
    st.none() | st.integers(0, 12),
    st.integers(0, 400).map(lambda count: FIRST + timedelta(days=count)),
)
histories = st.lists(stages, max_size=4).map(tuple)


def known(current=(), former=()):
    releases = tuple(
        Release(f"1.{minor}.0", 10 * minor + 10, FIRST + timedelta(days=20 * minor))
        for minor in range(10)
    )
    return Loaded(
        id=1,
        slug="widget",
        name="Widget",
        scheme="semver",
        line_by="minor",
        identifiers=(),
        revision=1,
        facts=Facts("widget", "minor", releases),
        features={"builder": FeatureIn(name="Builder", stages=list(current))},
        former_stages={"builder": tuple(former)},
        policies_entered=1,
    )


@settings(deadline=None)
@given(histories, histories, st.sets(st.integers(0, 120), max_size=12))
def test_the_stage_held_to_is_the_highest_of_any_release(current, former, ranks):
    of = Histories(known(current, former))

    held = of.held_stage("builder", ranks, day=TODAY)

    both = [of.placed(each) for each in (current, former)]
    in_releases = [promised_stage(h, key=rank, day=TODAY) for h in both for rank in ranks]
    on_the_day = [promised_stage(h, day=TODAY) for h in both]
    assert held == highest(in_releases if any(in_releases) else on_the_day)


def test_many_versions_have_the_places_that_each_has():
    of = Histories(known())
    versions = ["1.3.0", "1.3.1", "9.0.0", "latest", "0.1.0"]

    assert of.ranks_of(versions) == {
        rank for version in versions if (rank := of.rank_of(version)) is not None
    }
    assert of.ranks_of(["latest"]) == set()

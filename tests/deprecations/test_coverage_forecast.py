"""What is promised if a release were not planned is what is worked out without it."""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.deprecations.coverage_forecast import CoverageForecast
from lifecycle.support.coverage import Coverage
from testkit.coverage_samples import TODAY
from testkit.coverage_strategies import registered
from testkit.scales import examples


@st.composite
def planned(draw):
    """Give a product and one of its releases, which is planned."""
    known, _ = draw(registered())
    chosen = draw(st.sampled_from(known.releases))
    ahead = TODAY + timedelta(days=draw(st.integers(-5, 60)))
    plan = msgspec.structs.replace(chosen, planned=True, day=ahead, withdrawn_on=None)
    releases = [plan if release is chosen else release for release in known.releases]
    ranked = tuple(sorted(releases, key=attrgetter("rank")))
    return msgspec.structs.replace(known, releases=ranked), plan


@settings(max_examples=examples(300), deadline=None)
@given(planned())
def test_what_is_covered_without_a_plan_is_what_is_covered_had_nobody_planned_it(case):
    known, plan = case
    others = tuple(release for release in known.releases if release is not plan)
    bare = msgspec.structs.replace(known, releases=others)

    without = CoverageForecast(Coverage(known, today=TODAY)).without([plan.version])

    anew = CoverageForecast(Coverage(bare, today=TODAY))
    assert (without.covered, without.covered_ranks) == (anew.covered, anew.covered_ranks)
    assert without.full.facts == anew.full.facts

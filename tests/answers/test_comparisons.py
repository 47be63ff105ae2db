"""Two versions compared: what an upgrade meets, in order, and what comes after it."""

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.answers.comparisons import NotAnUpgrade, comparison
from lifecycle.answers.features import feature_stages
from lifecycle.answers.snapshots import Snapshot
from lifecycle.answers.versions import answer
from lifecycle.catalogue.catalogue_inputs import FeatureIn, StageIn
from lifecycle.catalogue.loaded_products import Loaded
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.deprecations.announced import Announced
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.errors import BadRequest
from lifecycle.policy.policies import UnknownTier
from lifecycle.support.facts import Line
from lifecycle.versions import UnparsableVersion
from testkit.coverage_samples import facts, minors, release
from testkit.scales import examples

TODAY = date(2026, 7, 1)
RELEASES = [*minors(8), release("2.0.0", date(2026, 6, 20))]
"""1.0.0 to 1.7.0, three weeks apart from 1 January 2026, and 2.0.0."""


def feature(*stages, **said):
    """Make a feature of stages such as ``("beta", "1.1.0")`` or ``("ga", date(...))``."""
    history = tuple(
        StageIn(stage=stage, from_day=start, **more)
        if isinstance(start, date)
        else StageIn(stage=stage, from_version=start, **more)
        for stage, start, more in ((*stage, {})[:3] for stage in stages)
    )
    return FeatureIn(stages=history, **said)


def announced(kind, days, *, uid="d-1", having=None, **said):
    if isinstance(days, date):
        days = {"enterprise": days}
    content = DeprecationIn(product="widget", kind=kind, reason="Old.", **said)
    on = date(2026, 1, 1)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Announced(1, uid, "manual", msgspec.convert(msgspec.to_builtins(content), DeprecationIn),
                     on, at, days, having=having)  # fmt: skip


def product(features=None, *announcements, releases=RELEASES, scheme="pep440", **said):
    loaded = Loaded(
        id=1,
        slug="widget",
        name="Widget",
        scheme=scheme,
        line_by="minor",
        identifiers=(),
        revision=1,
        facts=facts(sorted(releases, key=lambda release: release.rank), **said),
        features=features or {},
        former_stages={},
        policies_entered=1,
    )
    return Snapshot(loaded, 1, announced=announcements)


def compared(snapshot, lower="1.0.0", higher="1.7.0", *, tier=None, at=TODAY):
    return comparison(snapshot, lower, higher, tier=tier, at=at, today=TODAY)


def told(differences):
    return [(difference.version, difference.summary) for difference in differences]


def test_changes_come_in_the_order_of_the_releases_that_bring_them():
    snapshot = product(
        {
            "a": feature(("beta", "1.0.0"), ("ga", "1.4.0")),
            "b": feature(("ga", "1.0.0"), ("deprecated", "1.2.0"), ("removed", "1.4.0"), name="B"),
            "c": feature(("alpha", "1.3.0")),
            "d": feature(("ga", "1.0.0"), ("removed", "2.0.0")),
            "e": feature(("beta", "1.0.0"), ("ga", "1.0.0")),
        },
        announced("breaking_change", TODAY, feature="a", from_version="1.4.0"),
    )

    assert told(compared(snapshot).changes) == [
        ("1.2.0", "deprecation of B (b)"),
        ("1.3.0", "c: new, alpha"),
        ("1.4.0", "removal of B (b)"),
        ("1.4.0", "breaking change to a"),
        ("1.4.0", "a: from beta to general availability"),
    ]
    assert told(compared(snapshot).ahead) == [("2.0.0", "removal of d")]


def test_a_release_says_when_it_came_out_or_is_planned():
    planned = release("1.8.0", date(2026, 8, 1), planned=True)
    features = {"a": feature(("ga", "1.0.0"), ("deprecated", "1.7.0"), ("removed", "1.8.0"))}
    snapshot = product(features, releases=[*RELEASES[:8], planned])

    deprecated, removed = compared(snapshot, higher="1.8.0").changes

    assert (deprecated.released_on, deprecated.planned_on) == (date(2026, 5, 28), None)
    assert (removed.released_on, removed.planned_on) == (None, date(2026, 8, 1))


def test_a_version_nobody_knows_is_named_as_the_history_names_it():
    features = {"a": feature(("ga", "1.0.0"), ("deprecated", "1.2.5"), ("removed", "9.0"))}
    result = compared(product(features))

    assert told(result.changes) == [("1.3.0", "deprecation of a")]
    assert told(result.ahead) == [("9.0", "removal of a")]


def test_a_stage_known_by_its_day_is_met_with_the_first_release_of_that_day_or_later():
    day = date(2026, 3, 1)
    snapshot = product({"a": feature(("beta", date(2020, 1, 1)), ("ga", day))})

    (change,) = compared(snapshot).changes

    assert (change.version, change.from_day) == ("1.3.0", day)
    assert compared(snapshot, "1.3.0").changes == ()
    assert compared(snapshot, "1.0.0", "1.2.0").changes == ()


def test_a_backport_that_came_out_later_than_both_versions_brings_nothing_by_its_day():
    backport = release("1.1.9", date(2026, 6, 30))
    snapshot = product(
        {"a": feature(("beta", date(2020, 1, 1)), ("ga", date(2026, 3, 1)))},
        releases=[*RELEASES, backport],
    )

    (change,) = compared(snapshot).changes

    assert change.version == "1.3.0"


def test_who_comes_from_a_backport_younger_than_the_higher_version_has_met_what_days_bring():
    backport = release("1.1.9", date(2026, 6, 30))
    snapshot = product(
        {"a": feature(("beta", date(2020, 1, 1)), ("ga", date(2026, 6, 15)))},
        announced("breaking_change", date(2026, 6, 15), feature="a"),
        releases=[*RELEASES, backport],
    )

    result = compared(snapshot, "1.1.9", "1.7.0")

    assert (result.changes, result.ahead) == ((), ())


def test_another_default_is_a_change_of_its_own_kind():
    off, on = {"default": False}, {"default": True}
    features = {"a": feature(("beta", "1.0.0", off), ("beta", "1.3.0", on), ("ga", "1.5.0", on))}

    default, stage = compared(product(features)).changes

    assert (default.kind, default.summary) == ("default", "a: default from off to on")
    assert (stage.kind, stage.default_before, stage.default) == ("stage", True, True)


def test_a_tier_meets_neither_features_it_does_not_have_nor_what_concerns_others():
    days = {"pro": date(2026, 3, 1), "enterprise": date(2026, 12, 1)}
    snapshot = product(
        {
            "a": feature(("ga", "1.0.0"), ("removed", "1.3.0"), tiers=("pro",)),
            "b": feature(("ga", "1.0.0")),
        },
        announced("breaking_change", days, feature="b"),
        announced("removal", {"pro": TODAY}, uid="d-2", feature="a", having=frozenset({"pro"})),
    )
    everybody, enterprise = compared(snapshot), compared(snapshot, tier="enterprise")

    assert told(everybody.changes) == [
        ("1.3.0", "removal of a"),
        ("1.3.0", "breaking change to b"),
    ]
    assert everybody.changes[1].deprecation.days == days
    assert (enterprise.changes, told(enterprise.ahead)) == ((), [(None, "breaking change to b")])
    assert enterprise.ahead[0].deprecation.days_left == (date(2026, 12, 1) - TODAY).days


def test_a_removal_in_the_history_and_its_announcement_are_one_change():
    days = {"enterprise": date(2026, 12, 1)}
    features = {"a": feature(("ga", "1.0.0"), ("removed", "1.5.0"))}
    snapshot = product(features, announced("removal", days, feature="a", replacement="b"))

    result = compared(snapshot)

    (change,) = result.changes
    assert (change.version, change.stage, change.deprecation.replacement) == (
        "1.5.0",
        "removed",
        "b",
    )
    assert result.ahead == ()


def test_what_is_removed_already_is_neither_met_nor_ahead():
    features = {"a": feature(("ga", "1.0.0"), ("removed", "1.1.0"))}
    snapshot = product(features, announced("removal", date(2027, 1, 1), feature="a"))

    result = compared(snapshot, "1.1.0")

    assert (result.changes, result.ahead) == ((), ())


@pytest.mark.parametrize(
    ("version", "met", "ahead"),
    [("1.0.0", 0, 0), ("1.1.0", 1, 0), ("1.7.0", 1, 0), ("1.7.1", 0, 1), ("2.0.0", 0, 1)],
)
def test_what_a_version_brings_is_met_with_it_whatever_its_effective_day(version, met, ahead):
    changes = [
        announced("breaking_change", day, uid=f"d-{day}", lines=("1.0",), from_version=version)
        for day in (date(2025, 1, 1), date(2026, 2, 1), date(2027, 1, 1))
    ]

    result = compared(product({}, *changes))

    assert (len(result.changes), len(result.ahead)) == (3 * met, 3 * ahead)


@pytest.mark.parametrize(
    ("day", "met", "ahead"),
    [
        (date(2026, 1, 1), 0, 0),
        (date(2026, 1, 2), 1, 0),
        (date(2026, 5, 28), 1, 0),
        (date(2026, 5, 29), 0, 1),
        (date(2027, 1, 1), 0, 1),
    ],
)
def test_what_a_day_brings_is_met_between_the_days_of_both_versions(day, met, ahead):
    result = compared(product({}, announced("discontinuation", day, whole_product=True)))

    assert (len(result.changes), len(result.ahead)) == (met, ahead)


@pytest.mark.parametrize(("lines", "met"), [(("1.0",), 1), (("1.7",), 1), (("1.3",), 0)])
def test_what_concerns_lines_alone_is_met_by_who_runs_one_of_them(lines, met):
    change = announced("breaking_change", date(2026, 3, 1), lines=lines)

    assert len(compared(product({}, change)).changes) == met


def test_ends_of_support_are_in_the_answers_of_both_versions_and_no_change():
    end = announced("end_of_support", date(2026, 12, 1), lines=("1.7",))
    snapshot = product({}, end)

    result = compared(snapshot, tier="enterprise")

    assert (result.changes, result.ahead) == ((), ())
    alone = answer(snapshot, "1.7.0", at=TODAY, today=TODAY)
    assert result.higher == alone
    assert list(result.lower.tiers) == ["enterprise"]


def test_what_is_ahead_comes_nearest_first():
    snapshot = product(
        {"a": feature(("ga", "1.0.0"), ("removed", "7.0"))},
        announced("removal", date(2027, 2, 1), uid="d-1", feature="a", from_version="7.0"),
        announced("breaking_change", date(2026, 8, 1), uid="d-2", whole_product=True),
        announced("breaking_change", date(2026, 12, 1), uid="d-3", lines=("1.0",)),
    )

    days = [difference.deprecation.effective_on for difference in compared(snapshot).ahead]

    assert days == [date(2026, 8, 1), date(2026, 12, 1), date(2027, 2, 1)]


def test_a_downgrade_is_refused_and_says_how_to_ask():
    with pytest.raises(NotAnUpgrade, match=r"1\.7\.0 is higher than 1\.0\.0") as refused:
        compared(product(), "1.7.0", "1.0.0")

    assert refused.value.status_code == 400
    assert refused.value.problems[0].field == "from"


def test_between_a_version_and_itself_or_an_equal_one_nothing_changes():
    features = {"a": feature(("beta", "1.0.0"), ("ga", "1.7.0"))}
    equal = release("1.7", date(2026, 6, 1))
    snapshot = product(features, releases=[*RELEASES, equal])

    for lower, higher in (("1.7.0", "1.7.0"), ("1.7.0", "1.7"), ("1.7", "1.7.0")):
        assert compared(snapshot, lower, higher).changes == ()


def test_both_unknown_versions_are_named_with_the_nearest():
    with pytest.raises(UnknownRelease) as refused:
        compared(product(), "1.0.7", "9.9")

    assert [problem.field for problem in refused.value.problems] == ["from", "to"]
    assert [problem.allowed.split(", ")[0] for problem in refused.value.problems] == [
        "1.0.0",
        "2.0.0",
    ]
    assert refused.value.members["nearest"][0] == "1.0.0"


def test_a_line_is_no_version_and_names_its_newest():
    backport = release("1.3.4", date(2026, 6, 1))
    snapshot = product(releases=[*RELEASES[1:], backport], scheme="semver")

    with pytest.raises(UnknownRelease, match=r"1\.3 is a line .* such as 1\.3\.4") as refused:
        compared(snapshot, "1.3", "1.7.0")

    assert refused.value.members["nearest"] == ["1.3.4", "1.3.0"]


@pytest.mark.parametrize(
    ("version", "error"),
    [("", BadRequest), ("x" * 201, BadRequest), ("1\n", BadRequest), ("one", UnparsableVersion)],
)
def test_what_is_no_version_is_refused_by_its_parameter(version, error):
    with pytest.raises(error) as refused:
        compared(product(), "1.0.0", version)

    assert [problem.field for problem in refused.value.problems] == ["to"]


def test_an_unknown_tier_is_refused():
    with pytest.raises(UnknownTier):
        compared(product(), tier="gold")


def test_a_product_without_a_policy_can_be_compared():
    snapshot = product({"a": feature(("beta", "1.0.0"), ("ga", "1.1.0"))})
    without = msgspec.structs.replace(snapshot.facts, policies=())
    snapshot = Snapshot(msgspec.structs.replace(snapshot.known, facts=without), 1)

    result = compared(snapshot)

    assert (len(result.changes), result.higher.tiers) == (1, {})


def test_prereleases_withdrawn_and_planned_releases_are_compared_like_others():
    early = release("1.8.0rc1", date(2026, 6, 1))
    gone = release("1.8.0", date(2026, 6, 10), withdrawn_on=date(2026, 6, 11))
    late = release("3.0.0", date(2027, 1, 1), planned=True)
    features = {
        "a": feature(("beta", "1.0.0"), ("ga", "1.8.0rc1")),
        "b": feature(("ga", "1.0.0"), ("deprecated", "1.8.0"), ("removed", "3.0.0")),
    }
    releases = [*RELEASES, early, gone, late]
    snapshot = product(features, announced("removal", date(2026, 12, 1), feature="b"),
                       releases=releases)  # fmt: skip

    assert told(compared(snapshot, "1.7.0", "3.0.0").changes) == [
        ("1.8.0rc1", "a: from beta to general availability"),
        ("1.8.0", "deprecation of b"),
        ("3.0.0", "removal of b"),
    ]
    assert told(compared(snapshot, "1.8.0rc1", "1.8.0").changes) == [("1.8.0", "deprecation of b")]
    assert compared(snapshot, "1.7.0", "1.8.0").higher.tiers["enterprise"].status == "withdrawn"
    assert compared(snapshot, "1.7.0", "3.0.0").higher.tiers["enterprise"].status == "planned"


def test_where_versions_have_no_order_of_their_own_their_rank_decides():
    names = ["bookworm", "bullseye", "trixie"]
    listed = [
        msgspec.structs.replace(each, version=name, line=name)
        for name, each in zip(names, minors(3), strict=True)
    ]
    features = {"a": feature(("beta", "bookworm"), ("ga", "bullseye"), ("removed", "sid"))}
    lines = [Line(name, position=place) for place, name in enumerate(names)]
    snapshot = product(features, releases=listed, scheme="declared", lines=lines)

    result = compared(snapshot, "bookworm", "trixie")

    assert told(result.changes) == [("bullseye", "a: from beta to general availability")]
    with pytest.raises(NotAnUpgrade):
        compared(snapshot, "trixie", "bullseye")


stages = st.sampled_from(["alpha", "beta", "ga", "deprecated", "removed"])
versions = st.sampled_from([each.version for each in RELEASES])
histories = st.lists(st.tuples(stages, versions), max_size=5).map(lambda drawn: feature(*drawn))


@settings(max_examples=examples(200))
@given(st.lists(histories, max_size=4), st.lists(versions, min_size=3, max_size=3))
def test_an_upgrade_in_two_steps_meets_what_one_step_does(drawn, steps):
    snapshot = product({f"f{place}": history for place, history in enumerate(drawn)})
    low, middle, high = sorted(steps, key=lambda version: snapshot.by_version[version].rank)

    whole = compared(snapshot, low, high).changes
    halves = compared(snapshot, low, middle).changes + compared(snapshot, middle, high).changes

    assert whole == halves


@settings(max_examples=examples(200))
@given(histories, versions, versions)
def test_the_last_change_of_a_feature_leads_to_the_stage_it_has_in_the_higher_version(
    history, first, second
):
    snapshot = product({"a": history})
    low, high = sorted((first, second), key=lambda version: snapshot.by_version[version].rank)

    changes = compared(snapshot, low, high).changes

    before, after = (
        feature_stages(snapshot, version=version, at=TODAY)[0].stage for version in (low, high)
    )
    assert ([before] + [change.stage for change in changes])[-1] == after
    if changes:
        assert changes[0].stage_before == before

"""The presets: each is sound, and says what it stands for."""

from __future__ import annotations

import pytest

from lifecycle.calendar.lengths import Length
from lifecycle.policy.compatibility import check_fits
from lifecycle.policy.notice_periods import BestEffort, Kind, Lead, Longest, Releases
from lifecycle.policy.policies import Gate
from lifecycle.policy.policy_documents import parse_policy, policy_document
from lifecycle.policy.presets import UnknownPreset, preset, preset_names
from lifecycle.policy.stages import PRE_GA, Stage
from lifecycle.policy.windows import BestEffort as NoObligation
from lifecycle.policy.windows import Ends, Granularity, Newest, Phase


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_a_sound_policy_that_reads_back_as_itself(name):
    policy = parse_policy(preset(name))

    assert parse_policy(policy_document(policy)) == policy
    check_fits(policy, line_by="minor", units_possible=True)


def test_an_unknown_preset_is_refused_with_the_near_one():
    with pytest.raises(UnknownPreset, match="did you mean `kubernetes`"):
        preset("kubernets")


def test_a_preset_is_never_a_path():
    with pytest.raises(UnknownPreset):
        preset("../presets/clairdash")


def test_clairdash_covers_its_tiers_as_its_policy_page_says():
    policy = parse_policy(preset("clairdash"))

    windows = {tier.name: tier.window.rule for tier in policy.tiers}
    assert windows == {
        "community": NoObligation(),
        "pro": Newest(1, Granularity.RELEASE),
        "enterprise": Newest(5, Granularity.MINOR),
    }
    assert policy.exempt_stages == PRE_GA
    assert policy.period(Kind.REMOVAL, "pro", Stage.GA) == Lead(Length(days=90))
    assert policy.period(Kind.REMOVAL, "enterprise", Stage.GA) == Lead(Length(days=180))
    assert policy.period(Kind.REMOVAL, "enterprise", Stage.BETA) is None
    assert policy.reminders == (90, 30, 7, 1)


def test_aptible_promises_as_much_time_as_it_can_and_ends_nothing_unannounced():
    policy = parse_policy(preset("aptible"))

    (tier,) = policy.tiers
    assert tier.window.ends is Ends.AFTER_NOTICE
    assert all(policy.period(kind, tier.name) == BestEffort() for kind in Kind)
    assert policy.exempt_stages == {Stage.BETA, Stage.EXPERIMENTAL}
    hours = policy.business_hours
    assert hours
    assert (hours.zone.key, hours.open.hour, hours.close.hour) == ("America/New_York", 9, 18)


@pytest.mark.parametrize(
    ("kind", "stage", "owed"),
    [
        (Kind.REMOVAL, Stage.ALPHA, None),
        (
            Kind.REMOVAL,
            Stage.BETA,
            Longest((Lead(Length(months=9)), Releases(3, Granularity.MINOR))),
        ),
        (
            Kind.REMOVAL,
            Stage.GA,
            Longest((Lead(Length(months=12)), Releases(1, Granularity.MAJOR))),
        ),
        (Kind.REMOVAL, None, Lead(Length(months=12))),
        (
            Kind.BREAKING_CHANGE,
            Stage.GA,
            Longest((Lead(Length(months=12)), Releases(2, Granularity.MINOR))),
        ),
        (
            Kind.BREAKING_CHANGE,
            Stage.BETA,
            Longest((Lead(Length(months=3)), Releases(1, Granularity.MINOR))),
        ),
    ],
)
def test_kubernetes_owes_notice_by_stage(kind, stage, owed):
    policy = parse_policy(preset("kubernetes"))

    assert policy.period(kind, "community", stage) == owed


def test_kubernetes_expects_a_beta_to_move_on_within_a_year():
    policy = parse_policy(preset("kubernetes"))

    assert policy.gate == Gate(lifetimes={Stage.BETA: Length(months=12)})


@pytest.mark.parametrize(
    ("name", "tier", "phases"),
    [
        ("declared", "standard", (Phase.END_OF_LIFE, Phase.SECURITY_SUPPORT)),
        ("nodejs", "active", (Phase.ACTIVE_SUPPORT, Phase.END_OF_LIFE)),
        ("nodejs", "maintenance", (Phase.END_OF_LIFE,)),
        ("nodejs", "commercial", (Phase.EXTENDED_SUPPORT, Phase.END_OF_LIFE)),
        ("ubuntu-pro", "standard", (Phase.SECURITY_SUPPORT, Phase.END_OF_LIFE)),
        (
            "ubuntu-pro",
            "pro",
            (Phase.EXTENDED_SUPPORT, Phase.SECURITY_SUPPORT, Phase.END_OF_LIFE),
        ),
    ],
)
def test_declared_days_count_by_tier(name, tier, phases):
    rule = parse_policy(preset(name)).tier(tier).window.rule

    assert rule.phases == phases

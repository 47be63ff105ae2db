"""Feature stages: which one a feature has, in histories as real projects keep them."""

from __future__ import annotations

from datetime import date

import pytest

from lifecycle.policy.stages import (
    Stage,
    StageChange,
    change_in,
    stage_in,
)

DAY = date(2026, 1, 31)

PATCHED = (
    StageChange(Stage.ALPHA, (1, 29, 0)),
    StageChange(Stage.BETA, (1, 31, 0), default=True),
    StageChange(Stage.DEPRECATED, (1, 31, 1), default=False),
    StageChange(Stage.DEPRECATED, (1, 32, 0), default=False),
    StageChange(Stage.DEPRECATED, (1, 33, 0), default=True),
)


@pytest.mark.parametrize(
    ("key", "stage", "default"),
    [
        ((1, 28, 9), None, None),
        ((1, 29, 0), Stage.ALPHA, None),
        ((1, 30, 99), Stage.ALPHA, None),
        ((1, 31, 0), Stage.BETA, True),
        ((1, 31, 1), Stage.DEPRECATED, False),
        ((1, 33, 0), Stage.DEPRECATED, True),
    ],
)
def test_a_stage_may_change_at_a_patch(key, stage, default):
    change = change_in(PATCHED, key=key, day=DAY)

    assert stage_in(PATCHED, key=key, day=DAY) is stage
    assert (change.default if change else None) is default


def test_the_order_of_the_list_does_not_matter_but_for_equal_versions():
    assert stage_in(PATCHED[::-1], key=(1, 31, 0), day=DAY) is Stage.BETA
    twice = [StageChange(Stage.ALPHA, 130), StageChange(Stage.BETA, 130)]
    assert stage_in(twice, key=130, day=DAY) is Stage.BETA


def test_a_service_has_its_stages_by_day():
    history = [
        StageChange(Stage.BETA, from_day=date(2026, 1, 1)),
        StageChange(Stage.GA, from_day=date(2026, 1, 31)),
    ]

    assert stage_in(history, day=date(2025, 12, 31)) is None
    assert stage_in(history, day=date(2026, 1, 30)) is Stage.BETA
    assert stage_in(history, day=date(2026, 1, 31)) is Stage.GA
    assert stage_in(history, key=7, day=date(2026, 1, 31)) is Stage.GA


def test_a_version_is_asked_for_by_its_key_and_today_by_its_release_day():
    history = [StageChange(Stage.GA, 140, date(2026, 2, 1))]

    assert stage_in(history, key=140, day=DAY) is Stage.GA
    assert stage_in(history, day=DAY) is None
    assert stage_in(history, day=date(2026, 2, 1)) is Stage.GA


def test_of_a_change_by_version_and_one_by_day_the_later_listed_wins():
    history = [StageChange(Stage.GA, 100), StageChange(Stage.REMOVED, from_day=DAY)]

    assert stage_in(history, key=120, day=DAY) is Stage.REMOVED
    assert stage_in(history[::-1], key=120, day=DAY) is Stage.GA

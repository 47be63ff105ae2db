"""GitLab's 85 notices under the promise of its own template: at least three minor releases before.

Each is announced on the day its milestone's release came out, for the day of the release that
removes it; the releases are the 375 of GitLab Runner, which bears GitLab's versions and days.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import date

import pytest

from lifecycle.catalogue.catalogue_inputs import StageIn
from lifecycle.database import open_store
from lifecycle.policy.notice_periods import Kind
from testkit.history_replays import Change, Replay
from testkit.scales import replayed_share

TODAY = date(2026, 11, 22)
POLICY = """
policy: gitlab
version: "1"
in_force_from: 2011-10-13
timezone: UTC
tiers:
  free: {rank: 0, window: {newest: {count: 1, of: minor}}}
  premium: {rank: 1, window: {newest: {count: 3, of: minor}}}
notice:
  removal: {default: 3 minor releases}
  breaking_change: {default: 3 minor releases}
"""
OLDEST = (13, 0)
MINORS = {14: 11, 15: 12, 16: 12, 17: 12, 18: 12, 19: 12}
"""How many minor releases a major has had; 19 is to have as many."""
NOT_OUT_YET = {(20, 0): date(2027, 5, 20)}
"""The third Thursday of a month in which a major release comes."""
PROMISED = 3


@pytest.fixture(scope="module")
def all_notices(data):
    listed = json.loads((data / "gitlab" / "deprecations.json").read_text("utf-8"))
    return {f"notice-{place}": notice for place, notice in enumerate(listed)}


@pytest.fixture(scope="module")
def notices(all_notices):
    """Choose the notices that are replayed, from those of each lead alike."""
    return dict(replayed_share(sorted(all_notices.items(), key=lambda item: lead(item[1]))))


@pytest.fixture(scope="module")
def versions(data):
    """Give the releases of GitLab Runner from 13.0 on, patches and backports included."""
    path = data / "endoflife" / "release-data" / "gitlab-runner.json"
    listed = json.loads(path.read_text("utf-8"))["versions"]
    days = {version: date.fromisoformat(said["date"]) for version, said in listed.items()}
    return {version: day for version, day in days.items() if milestone(version) >= OLDEST}


def milestone(text):
    """Read the first two numbers: 16.10 comes after 16.9, and is not 16.1."""
    major, minor = text.split(".")[:2]
    return int(major), int(minor)


def place(text):
    """Count the minor releases before a milestone."""
    major, minor = milestone(text)
    return sum(count for each, count in MINORS.items() if each < major) + minor


def lead(notice):
    """Count the minor releases from the announcement to the removal, the removing one included."""
    return place(notice["removal_milestone"]) - place(notice["announcement_milestone"])


def short(notices, *, at_least=0):
    return {key for key, notice in notices.items() if at_least <= lead(notice) < PROMISED}


@pytest.fixture(scope="module")
def replayed(notices, versions, sqlite_template, tmp_path_factory):
    """Announce all on their days; then judge them again, knowing what came out since."""
    out = {milestone(version): day for version, day in versions.items() if version.endswith(".0")}
    days = out | NOT_OUT_YET
    changes = [
        Change(
            key,
            (StageIn(stage="ga", from_version="13.0.0"),),
            days[milestone(notice["announcement_milestone"])],
            days[milestone(notice["removal_milestone"])],
            Kind.BREAKING_CHANGE if notice["breaking_change"] else Kind.REMOVAL,
        )
        for key, notice in notices.items()
    ]

    async def run():
        path = tmp_path_factory.mktemp("gitlab") / "store.sqlite3"
        shutil.copyfile(sqlite_template, path)
        store = open_store(f"sqlite:///{path}")
        replay = Replay(store, "gitlab", POLICY, versions, changes)
        verdicts = await replay.run()
        hindsight = await replay.in_hindsight(TODAY)
        await store.close()
        return verdicts, hindsight

    return asyncio.run(run())


def test_the_milestones_are_counted_as_the_releases_came_out(versions):
    out = {milestone(version) for version in versions if milestone(version) >= (14, 0)}

    assert {
        major: len({minor for each, minor in out if each == major}) for major in range(14, 19)
    } == {major: MINORS[major] for major in range(14, 19)}


def test_some_have_too_short_a_lead_some_none_and_most_enough(all_notices):
    leads = {lead(all_notices[key]) for key in short(all_notices)}

    assert leads == {0, 1, 2}
    assert 0 < len(short(all_notices)) < len(all_notices) / 2


def test_knowing_the_releases_those_with_too_short_a_lead_are_refused(replayed, notices):
    _, hindsight = replayed

    assert {key for key, verdict in hindsight.items() if verdict.refused} == short(notices)
    assert not any(verdict.ruled for verdict in hindsight.values())


def test_on_the_day_only_what_has_no_lead_at_all_is_refused(replayed, notices):
    verdicts, _ = replayed

    refused = {key for key, verdict in verdicts.items() if verdict.refused}
    assert refused == {key for key, notice in notices.items() if lead(notice) == 0}
    assert refused


def test_what_is_accepted_must_wait_for_its_releases_and_is_checked_when_it_takes_effect(
    replayed, notices
):
    verdicts, _ = replayed

    accepted = {key: verdict for key, verdict in verdicts.items() if not verdict.refused}
    assert accepted
    assert all(verdict.ruled for verdict in accepted.values())
    broken = {key for key, verdict in accepted.items() if verdict.broken}
    assert broken == short(notices, at_least=1)
    assert broken


def test_refused_or_found_broken_later_are_those_that_hindsight_refuses(replayed):
    verdicts, hindsight = replayed

    caught = {key for key, verdict in verdicts.items() if verdict.refused or verdict.broken}
    assert caught == {key for key, verdict in hindsight.items() if verdict.refused}

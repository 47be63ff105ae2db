import itertools
from datetime import date, timedelta

import msgspec
import pytest
from semver import Version

from lifecycle.demo.release_cadence import releases
from lifecycle.demo.vendor import vendor

DAYS = [date(2026, 11, 22), date(2028, 2, 29), date(2031, 1, 1)]


@pytest.fixture(params=DAYS, ids=str)
def today(request):
    return request.param


@pytest.fixture
def clairdash(today):
    return vendor(today).products[0].imported


def stable(clairdash):
    return [r for r in clairdash.releases if "-" not in r.version and r.released_on]


def test_the_same_day_gives_the_same_vendor(today):
    assert msgspec.json.encode(vendor(today)) == msgspec.json.encode(vendor(today))


def test_another_day_moves_days_and_no_version(today):
    later = releases(today + timedelta(40))

    assert {r.version for r in releases(today)} == {r.version for r in later}


def test_no_version_comes_twice(clairdash):
    versions = [release.version for release in clairdash.releases]

    assert len(versions) == len(set(versions))


def test_everything_published_lies_before_today_and_one_plan_ahead(clairdash, today):
    plans = [release for release in clairdash.releases if release.planned_on]

    assert [(plan.version, plan.planned_on > today) for plan in plans] == [("3.40.0", True)]
    assert all(r.released_on < today for r in clairdash.releases if r.released_on)


def test_a_minor_comes_about_every_three_weeks(clairdash):
    firsts = [r.released_on for r in stable(clairdash) if r.version.endswith(".0")]
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(firsts)]

    assert all(17 <= gap <= 25 for gap in gaps)
    assert (firsts[-1] - firsts[0]).days > 700


def test_patches_of_a_line_come_in_order(clairdash):
    lines = {}
    for release in stable(clairdash):
        version = Version.parse(release.version)
        lines.setdefault((version.major, version.minor), []).append(version.patch)

    assert all(patches == list(range(len(patches))) for patches in lines.values())
    assert sum(map(len, lines.values())) / len(lines) > 5


def test_older_lines_get_backports_after_newer_minors(clairdash):
    newest = next(r for r in clairdash.releases if r.version == "3.39.0")

    after = {r.version for r in stable(clairdash) if r.released_on > newest.released_on}

    assert {"3.35.9", "2.33.19", "3.33.11"} <= after


def test_each_minor_has_prereleases_before_it(clairdash):
    days = {release.version: release.released_on for release in clairdash.releases}

    assert days["3.39.0-alpha.0"] < days["3.39.0-beta.0"] < days["3.39.0-rc.0"] < days["3.39.0"]


def test_one_release_is_withdrawn_and_one_came_back(clairdash):
    withdrawn = [release for release in clairdash.releases if release.withdrawn_on]

    assert [(r.version, bool(r.restored_on)) for r in withdrawn] == [
        ("3.31.1", True),
        ("3.37.2", False),
    ]


def test_features_stand_in_every_stage(clairdash):
    last = {feature.stages[-1].stage for feature in clairdash.features.values()}

    assert last == {"experimental", "alpha", "beta", "preview", "ga", "deprecated", "removed"}


def test_the_stages_of_features_name_versions_there_are(clairdash):
    versions = {release.version for release in clairdash.releases}
    named = {
        stage.from_version
        for feature in clairdash.features.values()
        for stage in feature.stages
        if stage.from_version
    }

    assert named <= versions


def test_there_are_accounts_on_every_tier_and_all_they_run_exists(today):
    demo = vendor(today)
    known = {
        (p.imported.product.slug, r.version) for p in demo.products for r in p.imported.releases
    }
    runs = {(i.product, i.version) for a in demo.accounts for i in a.instances.values()}
    tiers = {account.account.tier for account in demo.accounts}

    assert tiers == {"community", "pro", "enterprise"}
    assert runs <= known
    assert any(i.tier for account in demo.accounts for i in account.instances.values())

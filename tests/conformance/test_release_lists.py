"""Real release lists of four vendors: what is imported, once and again, and in which order.

Three of the lists have versions and no days, which is told entry by entry; for the other tests each
version gets a day by its place, so that days and versions disagree as much as the lists do.
"""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
import yaml
from packaging.version import InvalidVersion, Version
from semver import Version as SemVer

from lifecycle.audit import queries as audit
from lifecycle.audit.chain import By
from lifecycle.database import open_store
from lifecycle.imports import import_steps
from testkit.api_clients import asking, every_page

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BY = By("importer", NOW)
FILES = {
    "strapi": "npm-strapi-versions.json",
    "directus": "npm-directus-versions.json",
    "airflow": "pypi-apache-airflow-versions.json",
}
SCHEMES = {"strapi": "semver", "directus": "semver", "airflow": "pep440"}
# SemVer takes it for a prerelease of 1.10.9; for PEP 440 it is no version at all.
NO_PEP440 = {"airflow": ["1.10.9-bin"], "strapi": [], "directus": []}


class Read(NamedTuple):
    """What a library makes of a version."""

    key: object
    early: bool
    minor: str

    @classmethod
    def pep440(cls, version):
        read = Version(version)
        return cls(read, read.is_prerelease, f"{read.major}.{read.minor}")

    @classmethod
    def semver(cls, version):
        read = SemVer.parse(version)
        return cls(read, read.prerelease is not None, f"{read.major}.{read.minor}")


@pytest.fixture(scope="module")
def now():
    return NOW


@pytest.fixture(scope="module")
def folder(data):
    return data / "vendor-releases"


@pytest.fixture(scope="module")
def dated(folder):
    """Give the lists with a day each, a day apart in the order of the file."""
    first = date(2020, 1, 1)
    return {
        slug: {
            version: first + timedelta(days=place)
            for place, version in enumerate(json.loads((folder / file).read_text())["versions"])
        }
        for slug, file in FILES.items()
    }


@pytest.fixture(scope="module")
def budibase(folder):
    return json.loads((folder / "budibase.json").read_text())


def as_json(days):
    listed = [{"version": version, "released_on": str(day)} for version, day in days.items()]
    return import_steps.Source("releases.json", json.dumps({"releases": listed}).encode())


def as_yaml(days):
    return import_steps.Source("releases.yaml", yaml.safe_dump(days, sort_keys=False).encode())


def as_csv(days):
    rows = ["version,day", *(f"{version},{day}" for version, day in days.items())]
    return import_steps.Source("releases.csv", "\n".join(rows).encode())


def take_in(url, target, *sources):
    """Import one source after the other; give each outcome and the log's head after it."""

    async def run():
        store, found = open_store(url), []
        for source in sources:
            outcome = await import_steps.releases(store, source, target, by=BY)
            async with store.reading() as session:
                found.append((outcome, await audit.head(session)))
        await store.close()
        return found

    return asyncio.run(run())


@pytest.fixture(scope="module")
def imported(own_url, dated):
    """Import each list as JSON, YAML and CSV in turn into one product: all say the same."""
    return {
        slug: take_in(
            own_url,
            import_steps.Target(slug, SCHEMES[slug]),
            as_json(days),
            as_yaml(days),
            as_csv(days),
        )
        for slug, days in dated.items()
    }


@pytest.fixture(scope="module")
def imported_budibase(own_url, folder):
    path = folder / "budibase.json"
    source = import_steps.Source(path.name, path.read_bytes())
    target = import_steps.Target("budibase", zone="America/New_York")
    return take_in(own_url, target, source, source)


@pytest.mark.parametrize("slug", FILES)
def test_a_list_is_imported_but_for_what_is_no_version_and_again_nothing_changes(
    imported, dated, slug
):
    (first, head), *again = imported[slug]

    count = len(dated[slug]) - len(NO_PEP440[slug])
    assert len(first.reports[0].releases.created) == count
    assert [problem.value for problem in first.problems] == NO_PEP440[slug]
    for outcome, later in again:
        (report,) = outcome.reports
        assert (report.altered, report.releases.unchanged) == (False, count)
        assert report.releases.missing_in_source == []
        assert [problem.value for problem in outcome.problems] == NO_PEP440[slug]
        assert later == head


@pytest.mark.parametrize("slug", FILES)
async def test_order_line_and_prerelease_are_what_the_library_of_the_scheme_says(
    pages, imported, dated, slug
):
    found = await pages(f"/v1/products/{slug}/releases", limit=50)

    assert [(each["version"], each["line"], each["prerelease"]) for each in found] == in_order(
        SCHEMES[slug], dated[slug].keys() - set(NO_PEP440[slug])
    )
    days = {each["version"]: each["released_on"] for each in found}
    assert days == {version: str(dated[slug][version]) for version in days}


def in_order(scheme, versions):
    read = {version: getattr(Read, scheme)(version) for version in versions}
    ordered = sorted(read, key=lambda version: read[version].key)
    return [(version, read[version].minor, read[version].early) for version in ordered]


@pytest.mark.parametrize("slug", FILES)
async def test_a_list_that_grows_by_parts_ends_in_the_same_order(
    sqlite_url, imported, dated, slug, now
):
    versions = list(dated[slug])
    random.Random(slug).shuffle(versions)  # noqa: S311 -- an order, not a secret
    steps = [versions[: len(versions) * part // 5] for part in range(1, 6)]
    sources = [as_csv({version: dated[slug][version] for version in step}) for step in steps]

    await asyncio.to_thread(take_in, sqlite_url, import_steps.Target(slug, SCHEMES[slug]), *sources)

    async with asking(sqlite_url, now) as ask:
        found = await every_page(ask, f"/v1/products/{slug}/releases", limit=99)
    assert [each["version"] for each in found] == [
        version
        for version, _, _ in in_order(SCHEMES[slug], dated[slug].keys() - set(NO_PEP440[slug]))
    ]


def test_a_list_that_lost_entries_reports_them_and_keeps_them(sqlite_url, dated):
    fewer = dict(list(dated["directus"].items())[5:])

    _, (outcome, _) = take_in(
        sqlite_url, import_steps.Target("directus"), as_csv(dated["directus"]), as_csv(fewer)
    )

    (report,) = outcome.reports
    assert not report.altered
    assert set(report.releases.missing_in_source) == dated["directus"].keys() - fewer.keys()


@pytest.mark.parametrize("slug", FILES)
def test_the_scheme_of_a_new_product_is_the_strictest_that_reads_its_versions(
    sqlite_url, dated, slug
):
    ((outcome, _),) = take_in(sqlite_url, import_steps.Target(slug), as_csv(dated[slug]))

    assert outcome.problems == []
    for version in dated[slug]:
        assert SemVer.is_valid(version)


def test_pep440_refuses_exactly_what_packaging_refuses(dated):
    for slug, days in dated.items():
        if SCHEMES[slug] == "pep440":
            refused = [version for version in days if not is_pep440(version)]
            assert refused == NO_PEP440[slug]


def is_pep440(version):
    try:
        return bool(Version(version))
    except InvalidVersion:
        return False


@pytest.mark.parametrize("slug", FILES)
def test_a_list_without_days_is_told_by_its_entries_and_makes_no_product(sqlite_url, folder, slug):
    name = FILES[slug]
    source = import_steps.Source(name, (folder / name).read_bytes())

    ((outcome, head),) = take_in(sqlite_url, import_steps.Target(slug), source)

    assert outcome.reports == []
    assert {problem.field for problem in outcome.problems} == {
        f"{name}, {key}.day" for key in json.loads(source.content)
    }
    assert head[0] == 0


def test_budibase_is_imported_whole_and_again_nothing_changes(imported_budibase, budibase):
    (first, head), (again, later) = imported_budibase
    count = len(budibase)

    assert (first.problems, again.problems) == ([], [])
    assert len(first.reports[0].releases.created) == count
    assert (again.reports[0].altered, again.reports[0].releases.unchanged) == (False, count)
    assert later == head


async def test_budibase_stands_in_the_order_of_semver_with_its_days_in_the_zone_given(
    pages, imported_budibase, budibase
):
    found = await pages("/v1/products/budibase/releases", limit=500)

    versions = [each["version"] for each in budibase]
    assert [(each["version"], each["line"], each["prerelease"]) for each in found] == in_order(
        "semver", versions
    )
    zone = ZoneInfo("America/New_York")
    assert {each["version"]: each["released_on"] for each in found} == {
        each["version"]: str(datetime.fromisoformat(each["released_at"]).astimezone(zone).date())
        for each in budibase
    }
    assert [each["prerelease"] for each in found] == ["-" in each["version"] for each in found]


async def test_the_highest_of_budibase_comes_first_when_asked_so(ask, imported_budibase, budibase):
    page = await ask("/v1/products/budibase/releases", newest_first="true", limit=5)

    ordered = in_order("semver", [each["version"] for each in budibase])
    assert [each["version"] for each in page["items"]] == [
        version for version, _, _ in reversed(ordered[-5:])
    ]

"""103 real products: what a tier is covered for, on days over two decades, beside their files."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
import yaml

from lifecycle.audit import queries as audit
from lifecycle.audit.chain import By
from lifecycle.catalogue import policies, queries
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.database import open_store
from lifecycle.imports import import_steps
from lifecycle.support.coverage import Coverage
from lifecycle.support.intervals import End
from lifecycle.support.status import Status, answer_line
from testkit.scales import REPLAY_SCALE, replayed_share

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOW.date()
FIRST, LAST = date(2010, 1, 1), date(2032, 12, 31)
DAYS = [FIRST + timedelta(days=n * (LAST - FIRST).days // 39) for n in range(40)]
PHASES = {
    "community": ("eoas", "eol"),
    "pro": ("eol",),
    "enterprise": ("eoes", "eol"),
}
POLICY = """
policy: phases
version: "1"
in_force_from: 1990-01-01
timezone: UTC
tiers:
  community: {rank: 0, window: {declared: [active_support, end_of_life]}}
  pro: {rank: 1, window: {declared: end_of_life}}
  enterprise: {rank: 2, window: {declared: [extended_support, end_of_life]}}
"""


def product_files(data):
    return replayed_share(sorted((data / "endoflife/products").glob("*.md")))


@pytest.fixture(scope="module")
def url(sqlite_template, tmp_path_factory):
    path = tmp_path_factory.mktemp("endoflife") / "store.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def imported(data, url):
    """Import the folder as the command line does, under the policy of phases; twice."""

    async def run():
        store, by = open_store(url), By("test", NOW)
        files = product_files(data)
        beside = data / "endoflife/release-data"
        first = await import_steps.endoflife(store, files, beside, by=by)
        again = await import_steps.endoflife(store, files, beside, by=by)
        loaded = {}
        for report in first.reports:
            async with store.writing() as session:
                product = await queries.get_product(session, report.product)
                await policies.put(session, product, POLICY, by=by, format="yaml")
            async with store.reading() as session:
                loaded[report.product] = await load_facts(session, report.product)
        async with store.reading() as session:
            verdict = await audit.verify(session)
        await store.close()
        return first, again, loaded, verdict

    return asyncio.run(run())


@pytest.fixture(scope="module")
def sources(data):
    read = [
        next(islice(yaml.safe_load_all(path.read_text().split("\n---\n", 1)[0]), 1))
        for path in product_files(data)
    ]
    return {source["permalink"].removeprefix("/"): source for source in read}


def test_all_products_import_without_an_error(imported, sources):
    first, _, loaded, verdict = imported

    assert ({report.product for report in first.reports}, first.problems) == (set(sources), [])
    assert all(report.created for report in first.reports)
    assert all(known.facts.releases or first.notes for known in loaded.values())
    assert verdict.whole


def test_importing_twice_changes_nothing(imported):
    _, again, _, _ = imported

    assert not any(report.altered for report in again.reports)
    assert again.problems == []


def said(cycle, tier):
    """Give what the file says of the first phase that it has for a tier."""
    return next(cycle[key] for key in PHASES[tier] if key in cycle)


def expected(cycle, tier, at):
    """Work out status, last day and end from the file alone."""
    value, released = said(cycle, tier), cycle["releaseDate"]
    if at < released:
        return {Status.PLANNED}, None, None
    if value is True:
        return {Status.UNSUPPORTED}, None, End.UNKNOWN
    if value is False:
        return {Status.SUPPORTED}, None, End.UNKNOWN
    if value < released:
        return {Status.UNSUPPORTED}, None, End.NONE
    if at > value:
        return {Status.UNSUPPORTED}, value, End.FIXED
    near = value - at < timedelta(days=90)
    return {Status.ENDING if near else Status.SUPPORTED}, value, End.FIXED


def test_every_cycle_is_covered_as_its_file_says_on_forty_days(imported, sources):
    _, _, loaded, _ = imported
    compared, disagreements = 0, []
    for slug, source in sources.items():
        coverage = Coverage(loaded[slug].facts, today=TODAY)
        for cycle in source["releases"]:
            for tier in PHASES:
                for at in DAYS:
                    found = answer_line(coverage, str(cycle["releaseCycle"]), tier=tier, at=at)
                    statuses, until, end = expected(cycle, tier, at)
                    agrees = found.status in statuses and (
                        end is None or (found.supported_until, found.end) == (until, end)
                    )
                    compared += 1
                    if not agrees:
                        disagreements.append((slug, cycle["releaseCycle"], tier, at, found))

    assert disagreements[:5] == []
    assert compared == sum(len(s["releases"]) for s in sources.values()) * 3 * 40


def test_days_true_false_and_missing_all_occur(sources):
    values = [
        said(cycle, tier) for s in sources.values() for cycle in s["releases"] for tier in PHASES
    ]
    missing = [c for s in sources.values() for c in s["releases"] if "eoes" not in c]

    assert {type(value) for value in values} == {bool, date}
    assert {value for value in values if isinstance(value, bool)} == {True, False}
    assert len(missing) > 1000 * REPLAY_SCALE

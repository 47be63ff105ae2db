"""A hundred real products imported where ends announce themselves: history is told to nobody.

Three customers, one of each tier, run every line there is and want to hear of everything. Then a
worker looks now and again, for two months, until ends are near that were not at the import.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import NamedTuple

import pytest
import yaml
from sqlalchemy import func, select

from lifecycle.accounts import account_imports
from lifecycle.accounts.account_inputs import AccountIn, ImportedAccount, InstanceIn
from lifecycle.accounts.vocabulary import Vocabulary
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.catalogue import policies, products
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.catalogue.models import Product
from lifecycle.catalogue.queries import get_product
from lifecycle.database import open_store
from lifecycle.deprecations.models import Deprecation, Notice
from lifecycle.deprecations.states import State
from lifecycle.imports import import_steps
from lifecycle.interchange.endoflife import parse_product
from lifecycle.scheduler.cycle import Schedule
from notifications import subscriptions
from notifications.models import Delivery, Subscription
from testkit.scales import REPLAY_SCALE, replayed_share

IMPORTED = datetime(2026, 11, 22, 12, tzinfo=UTC)
HORIZON = timedelta(days=180 + 90)
"""The notice period and the longest reminder of the policy."""
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
notice:
  end_of_support: 180 days
reminders: [90, 30]
announce: implied_ends
"""
LOOKS = (0, 0, 1, 30, 60, 60)
"""How many days after the import a worker looks."""


class Seen(NamedTuple):
    """What there is after a look; drafts and announcements by product, line, tier and day."""

    notices: int
    deliveries: int
    drafted: Counter[tuple[str, str, str, date]]
    announced: Counter[tuple[str, str, str, date]]


@pytest.fixture(scope="module")
def ends(data):
    """Read from the files alone, for each line and tier, the first day without support."""
    found = {}
    for slug, path in _files(data).items():
        source = next(islice(yaml.safe_load_all(path.read_text().split("\n---\n", 1)[0]), 1))
        for cycle in source["releases"]:
            for tier, phases in PHASES.items():
                last = next(cycle[phase] for phase in phases if phase in cycle)
                if isinstance(last, date) and cycle["releaseDate"] <= last:
                    line = slug, str(cycle["releaseCycle"])
                    found[*line, tier] = last + timedelta(days=1)
    return found


def near(ends, day, *, but_not_on=None):
    """Give the ends that lie ahead of a day and within the horizon."""
    return {
        (*key, effective_on)
        for key, effective_on in ends.items()
        if day < effective_on <= day + HORIZON
        and (but_not_on is None or effective_on > but_not_on + HORIZON)
    }


@pytest.fixture(scope="module")
def looks(data, sqlite_template, tmp_path_factory):
    """Import, subscribe, and look on one day after another."""

    async def run():
        path = tmp_path_factory.mktemp("history") / "store.sqlite3"
        shutil.copyfile(sqlite_template, path)
        store = open_store(f"sqlite:///{path}")
        by = By("importer", IMPORTED)
        files = list(_files(data).values())
        outcome = await import_steps.endoflife(store, files, data / "endoflife/release-data", by=by)
        lines = [line for report in outcome.reports for line in await _promise(store, report, by)]
        for tier in PHASES:
            await _customer(store, tier, lines, by)
        schedule, seen = Schedule(store), []
        for days in LOOKS:
            done = await schedule.tick(IMPORTED + timedelta(days=days))
            assert done.failed == done.refused == 0
            seen.append(await _see(store))
        await store.close()
        return lines, seen

    return asyncio.run(run())


async def _promise(store, report, by):
    """Put the policy; give the lines that have a release, with their newest one."""
    async with store.writing() as session:
        product = await get_product(session, report.product)
        await policies.put(session, product, POLICY, by=by, format="yaml")
    async with store.reading() as session:
        loaded = await load_facts(session, report.product)
    newest = {
        release.line: release.version
        for release in loaded.facts.releases
        if not release.planned and not release.prerelease
    }
    return [(report.product, line, version) for line, version in newest.items() if line]


async def _customer(store, tier, lines, by):
    async def record(session, event):
        append(session, by, event.action, event.owner, details=event.details)

    known = Vocabulary(frozenset(product for product, *_ in lines), frozenset(PHASES))
    terms = account_imports.ImportTerms(by, by.at.date(), known)
    async with store.writing() as session:
        facts = AccountIn(slug=f"a-{tier}", tier=tier)
        runs = {
            f"{product} {line}": InstanceIn(product=product, version=version)
            for product, line, version in lines
        }
        imported = ImportedAccount(account=facts, instances=runs)
        report = await account_imports.apply(session, [imported], terms)
        assert report.problems == []
        await subscriptions.add(
            session,
            facts.slug,
            channel="email",
            address=f"ops@{tier}.example",
            topics=["*"],
            now=by.at,
            record=record,
            confirmed=True,
        )


async def _see(store):
    async with store.reading() as session:
        notices = await session.scalar(select(func.count()).select_from(Notice))
        deliveries = await session.scalar(select(func.count()).select_from(Delivery))
        statement = select(Product.slug, Deprecation).join_from(
            Deprecation, Product, Product.id == Deprecation.product_id
        )
        rows = (await session.execute(statement)).all()
        assert await session.scalar(select(func.count()).select_from(Subscription)) == len(PHASES)
    return Seen(notices, deliveries, _ends(rows, State.DRAFT), _ends(rows, State.ANNOUNCED))


def _ends(rows, state):
    return Counter(
        (slug, line, tier, date.fromisoformat(day))
        for slug, row in rows
        if row.state == state
        for line in row.content["lines"]
        for tier, day in row.content["effective_on"].items()
    )


def test_three_customers_run_every_line_of_every_product(data, looks, ends):
    lines, _ = looks

    undated = {
        slug
        for slug, path in _files(data).items()
        if re.search(r"^ +latest: ", text := path.read_text(), re.MULTILINE)
        and "latestReleaseDate: " not in text
    }
    assert {product for product, *_ in lines} == _files(data).keys() - undated
    assert near(ends, IMPORTED.date())


def test_importing_history_tells_nobody_anything(looks):
    _, seen = looks

    for after in seen[:3]:
        assert (after.notices, after.deliveries, after.announced) == (0, 0, Counter())


def test_what_was_near_when_it_was_imported_waits_for_a_person(looks, ends):
    _, seen = looks

    for after in seen:
        assert after.drafted == Counter(near(ends, IMPORTED.date()))


def test_an_end_that_comes_near_later_is_announced_once(looks, ends):
    _, seen = looks

    for days, after in zip(LOOKS, seen, strict=True):
        today = IMPORTED.date() + timedelta(days=days)
        assert after.announced == Counter(near(ends, today, but_not_on=IMPORTED.date()))
    assert seen[-1] == seen[-2]
    assert len(seen[-1].announced) > 20 * REPLAY_SCALE


def test_each_customer_whose_tier_it_concerns_gets_one_delivery(looks):
    _, seen = looks

    for after in seen:
        assert after.deliveries == len(after.announced)


def test_history_is_told_to_nobody_where_policy_and_customers_were_there_before(
    data, looks, ends, sqlite_url
):
    lines, _ = looks
    concerned = {product for product, *_ in near(ends, IMPORTED.date())}

    async def run():
        store, by = open_store(sqlite_url), By("importer", IMPORTED)
        schedule, files = Schedule(store), [_files(data)[product] for product in concerned]
        for file in files:
            await _promise_before(store, file, by)
        for tier in PHASES:
            await _customer(store, tier, [line for line in lines if line[0] in concerned], by)
        await schedule.tick(IMPORTED)
        await import_steps.endoflife(store, files, data / "endoflife/release-data", by=by)
        await schedule.tick(IMPORTED)
        await schedule.tick(IMPORTED + timedelta(days=1))
        seen = await _see(store)
        await store.close()
        return seen

    seen = asyncio.run(run())

    assert len(concerned) > 20 * REPLAY_SCALE
    assert (seen.notices, seen.deliveries) == (0, 0)
    assert seen.drafted == Counter(near(ends, IMPORTED.date()))


def _files(data):
    """Give every product's file by its permalink."""
    return {
        re.search(r"^permalink: /(\S+)$", path.read_text(), re.MULTILINE)[1]: path
        for path in replayed_share(sorted((data / "endoflife/products").glob("*.md")))
    }


async def _promise_before(store, file, by):
    """Enter a product as its file describes it, without a line or release, and the policy."""
    imported, _ = parse_product(file.read_text("utf-8"), slug=file.stem, today=by.at.date())
    async with store.writing() as session:
        product, _ = await products.put(session, imported.product, by=by)
        await policies.put(session, product, POLICY, by=by, format="yaml")

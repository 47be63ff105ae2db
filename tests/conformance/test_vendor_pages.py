"""Pages, pictures and calendars of a dozen real products name the last days that vendors name."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest
import yaml
from icalendar import Calendar

from lifecycle.app import create_app
from lifecycle.audit.chain import By
from lifecycle.calendar.days import write_day
from lifecycle.catalogue import policies, queries
from lifecycle.database import open_store
from lifecycle.imports import import_steps
from testkit import told_days as told
from testkit.api_fixtures import connected, in_tests
from testkit.responses import ok

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TODAY = NOW.date()
PRODUCTS = (
    "android",
    "azul-zulu",
    "centos",
    "electron",
    "go",
    "mariadb",
    "mssqlserver",
    "nodejs",
    "openssl",
    "oracle-solaris",
    "python",
    "samsung-galaxy-watch",
)
PHASES = {"active": ("eoas", "eol"), "security": ("eol",), "extended": ("eoes", "eol")}
POLICY = """
policy: declared
version: "1"
in_force_from: 1990-01-01
timezone: UTC
tiers:
  active: {rank: 0, window: {declared: [active_support, end_of_life]}}
  security: {rank: 1, window: {declared: end_of_life}}
  extended: {rank: 2, window: {declared: [extended_support, end_of_life]}}
"""


@pytest.fixture(scope="module")
def vendors(data, own_url):
    """Import the products; return what their files say, by slug."""

    async def run():
        store, by = open_store(own_url), By("test", NOW)
        files = [data / "endoflife/products" / f"{name}.md" for name in PRODUCTS]
        await import_steps.endoflife(store, files, data / "endoflife/release-data", by=by)
        read = {}
        for path in files:
            source = yaml.safe_load(path.read_text().split("\n---\n", 1)[0])
            slug = source["permalink"].removeprefix("/")
            async with store.writing() as session:
                product = await queries.get_product(session, slug)
                await policies.put(session, product, POLICY, by=by, format="yaml")
            read[slug] = source
        await store.close()
        return read

    return asyncio.run(run())


@pytest.fixture
async def read(own_url, vendors):
    """Return what an address answers."""
    store = open_store(own_url)
    async with connected(create_app(in_tests(), store, lambda: NOW)) as client:

        async def read(path):
            return (await ok(client.get(path))).text

        yield read
    await store.close()


def named_by(source):
    """Return what a vendor's file says of the end of each line for each tier."""
    return {
        (str(cycle["releaseCycle"]), tier): next(cycle[key] for key in keys if key in cycle)
        for cycle in source["releases"]
        for tier, keys in PHASES.items()
    }


def state_of(value):
    """Return the statuses and the days that a page should show for a vendor's value."""
    if isinstance(value, date):
        statuses = {"unsupported"} if value < TODAY else {"supported", "ending"}
        return statuses, [value.isoformat()]
    return ({"unsupported"} if value else {"supported"}), []


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_products_page_picture_and_calendar_name_the_vendors_days(vendors, read, product):
    named = named_by(vendors[product])

    shown = told.matrix_of(await read(f"/products/{product}"), PHASES)
    drawn = told.lanes_of(await read(f"/products/{product}/timeline.svg?lines=*"))
    calendar = await read(f"/calendar.ics?products={product}")

    assert shown.keys() == drawn.keys() == named.keys()
    for cell, value in named.items():
        statuses, days = state_of(value)
        assert shown[cell][0] in statuses, cell
        assert shown[cell][1] == days, cell
        assert told.in_words(drawn[cell][1]) == days, cell
    coming = {value for value in named.values() if isinstance(value, date) and value >= TODAY}
    assert coming <= {event.start for event in Calendar.from_ical(calendar).events}
    assert all(write_day(day) in calendar.replace("\r\n ", "") for day in coming)

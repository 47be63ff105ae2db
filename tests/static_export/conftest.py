import asyncio
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from lifecycle.answers.event_publication import read_and_publish
from lifecycle.audit.chain import By
from lifecycle.catalogue import features, lines, policies, products
from lifecycle.catalogue.catalogue_inputs import (
    FeatureIn,
    LineIn,
    ProductIn,
    ReleaseIn,
    StageIn,
)
from lifecycle.catalogue.queries import get_product
from lifecycle.cli.connections import connect_as_anybody
from lifecycle.cli.export import OF_THIS_PROCESS, file_reader
from lifecycle.database import open_store
from lifecycle.deprecations import queries as deprecations
from lifecycle.deprecations.deprecation_inputs import AnnounceIn, DeprecationIn
from lifecycle.deprecations.workflow import announcement, drafts
from lifecycle.policy.notice_periods import Kind
from lifecycle.static_export import exports
from testkit.registered_releases import register_releases

KEY = "a key that only tests know"
BASE = "https://support.example.com/support/life"
BY = By("test", datetime.now(UTC))
TODAY = BY.at.date()
POLICY = """
policy: promise
version: "1"
in_force_from: 2020-01-01
tiers:
  community: {rank: 0, window: {best_effort: true}}
  pro: {rank: 1, window: {declared: end_of_life}}
notice:
  removal: {default: 30 days}
"""


@pytest.fixture(scope="session")
def small_store(sqlite_template, tmp_path_factory):
    """A store with a product that has something of everything, and others that have little."""
    path = tmp_path_factory.mktemp("small") / "lifecycle.sqlite3"
    shutil.copyfile(sqlite_template, path)
    asyncio.run(fill(f"sqlite:///{path}"))
    return path


async def fill(url):
    store = open_store(url)
    async with store.writing() as session:
        product, _ = await products.put(
            session,
            ProductIn(slug="widget", name="Widget", identifiers=("pkg:npm/widget",)),
            by=BY,
        )
        await products.put(session, ProductIn(slug="empty", name="Empty"), by=BY)
        loose, _ = await products.put(
            session, ProductIn(slug="loose", name="Loose", line_by="declared"), by=BY
        )
        only = ReleaseIn(version="1.0.0", released_on=TODAY)
        await register_releases(session, loose, [only], by=BY, today=TODAY)
        await products.put(session, ProductIn(slug="secret", name="Hush", public=False), by=BY)
        releases = [
            ReleaseIn(version=version, released_on=TODAY - timedelta(days=100 + days))
            for days, version in enumerate(("2.1.0", "2.0.1", "2.0.0", "1.9.0"))
        ]
        await register_releases(session, product, releases, by=BY, today=TODAY)
        for days, line in enumerate(("2.1", "2.0")):
            ends = LineIn(declared={"end_of_life": TODAY + timedelta(days=40 + days)})
            await lines.put(session, product, line, ends, by=BY)
        await policies.put(session, product, POLICY, by=BY, format="yaml")
        ga = FeatureIn(name="REST", stages=(StageIn(stage="ga", from_version="1.9.0"),))
        await features.put(session, product, "rest", ga, by=BY)
        hidden = FeatureIn(name="Hush too", public=False)
        await features.put(session, product, "hush", hidden, by=BY)
    async with store.writing() as session:
        product = await get_product(session, "widget")
        removal = DeprecationIn(product="widget", kind=Kind.REMOVAL, feature="rest", reason="Old.")
        row = await drafts.draft(session, product, removal, by=BY, today=TODAY)
        row = await deprecations.get(session, row.uid, lock=True)
        await announcement.announce(session, row, AnnounceIn(), by=BY)
    async with store.writing() as session:
        await read_and_publish(session, "widget", now=BY.at)
    await store.close()


@pytest.fixture(scope="session")
def environ(small_store):
    """The settings of a service that is published below a path."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("LIFECYCLE_")},
        "LIFECYCLE_DATABASE_URL": f"sqlite:///{small_store}",
        "LIFECYCLE_SECRET_KEY": KEY,
        "LIFECYCLE_BASE_URL": BASE,
        **OF_THIS_PROCESS,
    }


@pytest.fixture(scope="module")
def client(environ):
    with connect_as_anybody(None, environ) as client:
        yield client


@pytest.fixture(scope="module")
def export(client):
    """Export into a folder; ``ask`` may answer in the service's place."""

    def export(path, *, every_version=False, replace=False, live_url=None, ask=None):
        return exports.export(
            ask or file_reader(client, live_url),
            path,
            every_version=every_version,
            replace=replace,
            begin=lambda *_: None,
        )

    return export


@pytest.fixture(scope="module")
def exported(export, tmp_path_factory):
    """A folder with an export in it, and what was said of it."""
    path = tmp_path_factory.mktemp("public") / "site"
    return path, export(path)

"""Importing ten years of history tells nobody anything, whatever announces itself (rule 3.4)."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import func, insert, select

from lifecycle.accounts.models import Account, AccountTier, Instance
from lifecycle.audit.chain import By
from lifecycle.catalogue import policies
from lifecycle.catalogue.models import Product, Release
from lifecycle.cli import importing
from lifecycle.database import open_store
from lifecycle.deprecations.models import Deprecation, Notice
from lifecycle.schedule.ticking import Schedule
from notifications.models import Delivery

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = msgspec.json.encode(
    {
        "policy": "as-declared",
        "version": "1",
        "in_force_from": "2000-01-01",
        "tiers": {
            "community": {"rank": 0, "window": {"declared": ["active_support", "end_of_life"]}},
            "pro": {"rank": 1, "window": {"declared": ["security_support", "end_of_life"]}},
            "enterprise": {"rank": 2, "window": {"newest": {"count": 2, "of": "line"}}},
        },
        "notice": {"end_of_support": "6 months"},
        "announce": "implied_ends",
    }
)
TIERS = ("community", "pro", "enterprise")


async def fill(store, data):
    by = By("test", NOW)
    files = sorted((data / "endoflife/products").glob("*.md"))
    await importing.endoflife(store, files, data / "endoflife/release-data", by=by)
    async with store.reading() as session:
        slugs = list(await session.scalars(select(Product.slug)))
    for slug in slugs:
        async with store.writing() as session:
            found = await session.scalars(select(Product).where(Product.slug == slug))
            await policies.put(session, found.one(), POLICY, by=by, format="json")
    async with store.writing() as session:
        await sell(session)


async def sell(session):
    """Let an account of each tier run the newest release of every line of every product."""
    for number, tier in enumerate(TIERS, start=1):
        session.add(Account(id=number, slug=tier, name=tier, created_at=NOW))
        session.add(AccountTier(account_id=number, from_day=date(2000, 1, 1), tier=tier))
    await session.flush()
    newest = (
        select(Product.slug, Release.line, Release.version, func.max(Release.rank))
        .join(Product, Product.id == Release.product_id)
        .where(Release.line.is_not(None), Release.released_on.is_not(None))
        .group_by(Product.slug, Release.line)
    )
    rows = [
        {
            "account_id": number,
            "name": f"{slug}-{line}",
            "product": slug,
            "version": version,
            "revision": 1,
        }
        for slug, line, version, _ in (await session.execute(newest)).all()
        for number in range(1, len(TIERS) + 1)
    ]
    await session.execute(insert(Instance.__table__), rows)


async def count(store, model):
    async with store.reading() as session:
        return await session.scalar(select(func.count()).select_from(model))


async def states(store):
    async with store.reading() as session:
        return Counter(await session.scalars(select(Deprecation.state)))


@pytest.fixture
async def sold(sqlite_template, tmp_path, data):
    shutil.copyfile(sqlite_template, tmp_path / "store")
    store = open_store(f"sqlite:///{tmp_path / 'store'}")
    await fill(store, data)
    yield store
    await store.close()


async def test_importing_history_tells_nobody_anything(sold):
    schedule = Schedule(sold)

    done = await schedule.tick(NOW)

    assert (done.announced, done.failed) == (0, 0)
    assert await count(sold, Notice) == 0
    assert await count(sold, Delivery) == 0
    drafts = await states(sold)
    assert set(drafts) == {"draft"}
    assert drafts["draft"] > 10

    later = await schedule.tick(NOW + timedelta(days=30))

    assert later.failed == 0
    assert later.announced > 0  # what has come near since is news

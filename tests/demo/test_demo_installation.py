import asyncio
from datetime import timedelta

import pytest

from lifecycle import settings
from lifecycle.accounts import queries as accounts
from lifecycle.answers import versions
from lifecycle.answers.snapshot_cache import Snapshots
from lifecycle.audit import queries as audit
from lifecycle.audit.chain import By
from lifecycle.cli import startup
from lifecycle.database import open_store
from lifecycle.demo import installation
from lifecycle.demo.vendor import vendor
from testkit.demo_days import KEY, VAULT


async def test_a_filled_store_answers_as_the_design_promises(filled, by):
    snapshot = await Snapshots(filled, lambda: by.at).get("clairdash")
    today = snapshot.today(by.at)

    found = versions.answer(snapshot, "3.35.2", at=today, today=today)

    assert found.line == "3.35"
    assert found.policy.name == "clairdash-support"
    assert found.tiers["enterprise"].reason.startswith("3.35 is the 5th of the 5 newest minor")
    assert str(found.tiers["pro"].status) == "unsupported"
    assert found.tiers["enterprise"].upgrade_to.patch == "3.35.9"
    assert found.tiers["pro"].upgrade_to.patch is None  # pro covers the most recent alone
    assert found.tiers["pro"].upgrade_to.newest == "3.39.1"


async def test_filling_again_on_a_later_day_changes_nothing(filled, by):
    async with filled.reading() as session:
        before = await audit.head(session)
    later = By("test", by.at + timedelta(days=60))

    async with filled.writing() as session:
        again = await installation.fill(session, by=later, vault=VAULT)

    async with filled.reading() as session:
        assert await audit.head(session) == before
        assert (await audit.verify(session)).whole
    assert again is False


async def test_every_version_can_be_answered_long_after(filled, by):
    snapshot = await Snapshots(filled, lambda: by.at).get("clairdash")
    later = snapshot.today(by.at) + timedelta(days=400)

    found = [
        versions.answer(snapshot, release.version, at=later, today=later)
        for release in snapshot.facts.releases
    ]

    assert len(found) == len(vendor(by.at.date()).products[0].imported.releases)


async def test_accounts_are_there_with_what_they_run(filled):
    async with filled.reading() as session:
        acme = await accounts.get_account(session, "acme")

    assert sorted(instance.name for instance in acme.instances) == [
        "production",
        "runtime",
        "staging",
    ]


async def test_a_store_with_another_product_is_refused(store, make_product, by):
    await make_product("widget")

    with pytest.raises(installation.NotADemoStore, match="It holds widget"):
        async with store.writing() as session:
            await installation.fill(session, by=by, vault=VAULT, place="It")


async def test_a_demo_with_a_product_of_one_s_own_starts_again(store, make_product, by):
    for slug in ("clairdash", "widget"):
        await make_product(slug)

    async with store.writing() as session:
        filled = await installation.fill(session, by=by, vault=VAULT)

    assert not filled


@pytest.mark.at_once
async def test_starts_at_once_make_one_demo_and_one_token(empty_url, by):
    chosen = settings.load({}, database_url=empty_url, secret_key=KEY)

    started = await asyncio.gather(*(startup.prepare(chosen, demo=True, by=by) for _ in range(3)))

    tokens = [each.token for each in started if each.token]
    store = open_store(empty_url)
    async with store.reading() as session:
        verdict = await audit.verify(session)
        listed = await accounts.list_tokens(session)
    await store.close()
    scopes = [token.scope for token in listed]
    assert (len(tokens), scopes, verdict.whole) == (
        1,
        ["admin", "publish", "admin", "account:acme"],
        True,
    )
    assert len({each.people for each in started}) == 1

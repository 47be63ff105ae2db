"""The demo vendor's past and future, on both stores."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import msgspec
import pytest
from sqlalchemy import select

from lifecycle import settings
from lifecycle.accounts import queries as accounts
from lifecycle.audit import queries as audit
from lifecycle.audit.chain import By
from lifecycle.catalogue.models import Waiver
from lifecycle.cli import demo_setup
from lifecycle.database import open_store
from lifecycle.demo import as_of, installation
from lifecycle.demo.vendor import vendor
from lifecycle.deprecations import queries
from lifecycle.deprecations.models import Deprecation, Notice, Recipient, Revision
from lifecycle.errors import BadRequest
from notifications.models import Attempt, Delivery, Subscription
from testkit.demo_days import LATER, NOW, TODAY, VAULT


async def all_of(store, what):
    async with store.reading() as session:
        return list((await session.scalars(select(what).order_by(what.id))).all())


def chosen(**given):
    return settings.load({}, database_url="sqlite:///unused", **given)


async def test_a_deprecation_stands_in_every_state(filled):
    await demo_setup.let_pass(filled, NOW, chosen())

    found = await all_of(filled, Deprecation)

    statuses = {(str(queries.status_on(each, TODAY)), each.origin) for each in found}
    assert statuses == {
        ("draft", "manual"),
        ("draft", "policy"),
        ("scheduled", "manual"),
        ("announced", "manual"),
        ("effective", "manual"),
        ("withdrawn", "manual"),
    }
    assert {each.product_id for each in found if each.state == "announced"} == {1, 2}
    assert any(len(set(each.days.values())) > 1 for each in found)


async def test_revisions_tell_of_every_kind_of_change_and_one_waiver(filled):
    async with filled.reading() as session:
        revisions = list((await session.scalars(select(Revision))).all())
        waiver = (await session.scalars(select(Waiver))).one()

    changes = Counter(revision.change for revision in revisions)
    assert changes == {"announced": 8, "postponed": 1, "widened": 1, "withdrawn": 1}
    assert [revision.waiver_id for revision in revisions if revision.waiver_id] == [waiver.id]


async def test_nothing_points_outside_this_machine(filled):
    for each in await all_of(filled, Subscription):
        host = urlsplit(each.address).hostname or each.address.rpartition("@")[2]

        assert host == "127.0.0.1" or host.endswith(".example"), each.address


async def test_links_in_the_demo_lead_nowhere():
    demo = vendor(TODAY)
    found = msgspec.json.encode(demo).decode().split("https://")[1:]

    assert found
    assert all(link.startswith("clairdash.example/") for link in found)


async def test_addresses_stand_in_several_states(filled):
    found = await all_of(filled, Subscription)
    async with filled.reading() as session:
        reasons = set(await session.scalars(select(Recipient.why_not).distinct()))

    states = Counter((each.channel, each.state) for each in found)
    assert states == {
        ("webhook", "active"): 6,
        ("webhook", "disabled"): 1,
        ("email", "active"): 6,
        ("email", "pending"): 1,
    }
    assert reasons == {None, "no subscription", "not confirmed"}


async def test_what_went_out_before_says_that_it_is_invented(filled):
    attempts = await all_of(filled, Attempt)

    assert len(attempts) > 100
    assert all("nothing was sent" in attempt.answer for attempt in attempts)
    assert all(attempt.body_sha256 is None for attempt in attempts)
    assert {attempt.status for attempt in attempts} == {None, 200, 410, 503}


async def test_only_what_is_announced_today_waits_for_a_worker(filled):
    waiting = [each for each in await all_of(filled, Delivery) if each.due_at is not None]

    assert {each.created_at for each in waiting} == {NOW}
    assert {each.state for each in waiting} == {"waiting"}
    assert any(each.target == "webhook:127.0.0.1" for each in waiting)


async def test_one_account_has_read_its_notice_and_one_has_moved(filled):
    async with filled.reading() as session:
        read = await session.scalar(
            select(Recipient.acknowledged_by).where(Recipient.acknowledged_at.is_not(None))
        )
        moved = await session.scalar(
            select(Recipient.account_id).where(Recipient.moved_on.is_not(None))
        )
        globex = await accounts.get_account(session, "globex")

    assert read == "demo:Ines of Acme"
    assert moved == globex.id


async def test_the_past_was_told_in_its_order_and_the_log_is_whole(filled):
    async with filled.reading() as session:
        verdict = await audit.verify(session)
    notices = await all_of(filled, Notice)

    assert verdict.whole
    assert not [notice for notice in notices if notice.state == "waiting" and notice.due_at <= NOW]
    assert not [notice for notice in notices if notice.state == "skipped"]


async def test_days_pass_up_to_the_one_asked_for(passed):
    found = {each.content["feature"]: each for each in await all_of(passed, Deprecation)}
    notices = await all_of(passed, Notice)
    begins = demo_setup.opening_of(LATER)
    open_ = [notice for notice in notices if notice.due_at <= begins and notice.state == "waiting"]
    assert found["ldap-sync"].announced_on == date(2026, 11, 24)
    assert str(queries.status_on(found["screen-recorder"], LATER)) == "effective"
    assert [(each.milestone, each.days_before, each.due_on) for each in open_] == [
        ("reminder", 7, found["hosted-maps"].first_effective_on - timedelta(7))
    ]


async def test_a_planned_release_comes_out_on_its_day(passed):
    async with passed.reading() as session:
        entries = (
            await audit.entries(session, audit.EntryFilter(product="clairdash"), limit=100)
        ).items
    registered = [entry for entry in entries if "3.40.0" in str(entry.details)]
    assert any(each.action == "release.registered" for each in registered)


def test_an_earlier_day_begins_there():
    early = chosen(at=date(2026, 3, 2))

    assert demo_setup.begins(early, NOW) == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert demo_setup.begins(chosen(at=LATER), NOW) == NOW
    assert demo_setup.begins(chosen(), NOW) == NOW


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("smtp://mail.clairdash.com", None),
        ("smtp://127.0.0.1:1025", "smtp://127.0.0.1:1025"),
        ("smtp://[::1]:1025", "smtp://[::1]:1025"),
        ("smtp://localhost", "smtp://localhost"),
        (None, None),
    ],
)
def test_a_demo_sends_mail_to_no_server_but_one_here(given, kept):
    confined = demo_setup.confined(chosen(smtp_url=given))

    assert confined.smtp_url == kept
    assert confined.allow_private_addresses


def test_another_day_has_a_store_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    urls = [demo_setup.confined(settings.load({}, at=day)).database_url for day in (None, LATER)]

    assert [url.rpartition("/")[2] for url in urls] == ["demo.sqlite3", "demo-2026-12-23.sqlite3"]


@pytest.mark.parametrize("ago", [1, 30, 60, 200])
def test_an_earlier_slice_holds_nothing_from_later(ago):
    day = TODAY - timedelta(ago)

    slice_ = as_of.as_of(vendor(TODAY), day)

    releases = [release for product in slice_.products for release in product.imported.releases]
    assert max(release.released_on for release in releases) <= day
    assert not [release for release in releases if release.planned_on]
    assert not [
        release for release in releases if release.withdrawn_on and release.withdrawn_on > day
    ]
    known = {release.version for release in releases}
    run = {i.version for account in slice_.accounts for i in account.instances.values()}
    seen = [i.last_seen.date() for account in slice_.accounts for i in account.instances.values()]
    assert run <= known
    assert max(seen) < day


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2027, 3, 14)])
async def test_the_past_is_the_same_on_any_day(sqlite_url, day):
    store = open_store(sqlite_url)
    async with store.writing() as session:
        by = By("test", datetime.combine(day, NOW.timetz()))
        await installation.fill(session, by=by, vault=VAULT)

    found = await all_of(store, Deprecation)

    await store.close()
    states = Counter(each.state for each in found)
    assert states == {"announced": 7, "withdrawn": 1, "scheduled": 1, "draft": 2}


@pytest.mark.parametrize("day", [date(2024, 8, 12), date(2028, 11, 20), date.max, date.min])
def test_a_day_too_far_off_is_refused(day):
    with pytest.raises(BadRequest, match="any day from 2024-08-13 to 2028-11-19"):
        demo_setup.check_day(day, TODAY)


@pytest.mark.parametrize("day", [date(2024, 8, 13), TODAY, date(2028, 11, 19)])
def test_a_day_of_the_demo_is_taken(day):
    demo_setup.check_day(day, TODAY)

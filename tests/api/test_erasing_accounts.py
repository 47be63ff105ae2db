"""Erasing a customer: nothing in the store names it afterwards, and what it was told is proven."""

import json
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import MetaData, select, text, update

from lifecycle.accounts.models import (
    Account,
    PrivateFeed,
    SignedInSession,
    SignInRequest,
    Token,
)
from lifecycle.audit import queries as audit
from lifecycle.audit.models import AuditEntry
from lifecycle.database import urls
from lifecycle.scheduler.models import Concern
from notifications.identity import digest
from notifications.models import Attempt, Delivery, Subscription
from testkit.responses import ok

WORD = "zebrafish"
SLUG, NAME = f"{WORD}-inc", "Zebrafish Industries"
PATH = f"/v1/accounts/{SLUG}"
MAIL, HOOK = f"zoe@{WORD}.example", f"https://hooks.{WORD}.example/in"
REMOVAL = {
    "product": "clairdash",
    "kind": "removal",
    "feature": "rest-v1",
    "effective_on": "2027-09-01",
    "reason": f"{NAME} asked for it, and so did {SLUG}.",
}
WAIVER = {
    "product": "clairdash",
    "rule": "removal-too-soon",
    "subject": "rest-v1",
    "person": "Ada",
    "reason": "other",
    "explanation": f"zebrafish industries has moved already: ask {MAIL}.",
    "until": "2027-12-31",
}


@pytest.fixture
async def customer(client, admin, clairdash, make_token, store, clock):
    """Serve a customer that is told, answers, reads, fails and is mentioned; give the notice."""
    ga = {"stages": [{"stage": "ga", "from_version": "3.1.0"}]}
    await ok(client.put(f"{clairdash}/features/rest-v1", json=ga, headers=admin))
    for slug, name in ((SLUG, NAME), ("globex", "Globex")):
        path = f"/v1/accounts/{slug}"
        await ok(client.put(path, json={"name": name, "tier": "pro"}, headers=admin))
        runs = {"product": "clairdash", "version": "3.10.0", "features": ["rest-v1"]}
        runs["environment"] = f"{name}land"
        await ok(client.put(f"{path}/instances/{slug}-prod", json=runs, headers=admin))
    key = {"Idempotency-Key": "once"}
    for channel, address in (("webhook", HOOK), ("email", MAIL)):
        body = {"channel": channel, "address": address}
        await ok(client.post(f"{PATH}/subscriptions", json=body, headers=admin | key))
        key = {}
    await ok(client.post("/v1/waivers", json=WAIVER, headers=admin))
    drafted = await ok(client.post("/v1/deprecations", json=REMOVAL, headers=admin))
    match = {"If-Match": drafted.headers["etag"]}
    path = drafted.headers["location"]
    await ok(client.post(f"{path}/announce", json={}, headers=admin | match))
    own = await make_token(f"account:{SLUG}", label=f"{WORD} ci")
    (notice,) = (await ok(client.get(f"{PATH}/notices", headers=own))).json()["items"]
    await ok(client.post(f"{PATH}/notices/{notice['id']}/acknowledge", headers=own))
    async with store.writing() as session:
        await _fail(session, clock.now)
    return notice


async def _fail(session, now):
    """Let an attempt, an address, a check and a session name the customer."""
    noticed = Delivery.owner == SLUG, Delivery.notice_id.is_not(None)
    number = await session.scalar(select(Delivery.id).where(*noticed).limit(1))
    failed = {"succeeded": False, "status": 500, "answer": f"{WORD} is down", "milliseconds": 3}
    session.add(Attempt(delivery_id=number, at=now, body_sha256="ab" * 32, **failed))
    reason = {"disabled_reason": f"{WORD} is down"}
    await session.execute(update(Subscription).where(Subscription.address == HOOK).values(reason))
    message = f"{SLUG} was neither notified nor recorded as exempt"
    concern = {"kind": "untold_account", "subject": f"x/{SLUG}", "product": "clairdash"}
    session.add(Concern(**concern, since=now, message=message))
    token = await session.scalar(select(Token.id).where(Token.scope == f"account:{SLUG}"))
    times = {"created_at": now, "last_seen_at": now, "expires_at": now + timedelta(hours=1)}
    browser = {"name": f"{WORD} ci", "browser": "Firefox", "hash": "cd" * 32}
    session.add(SignedInSession(token_id=token, **times, **browser))
    account = await session.scalar(select(Account.id).where(Account.slug == SLUG))
    feed = {"secret": f"sealed for {WORD}", "hash": "ef" * 32, "created_at": now}
    session.add(PrivateFeed(account_id=account, **feed))
    session.add(SignInRequest(address_digest=digest(MAIL), requested_at=now))


@pytest.fixture
async def erased(client, admin, customer):
    return (await ok(client.delete(PATH, headers=admin))).json()


async def rows_of(store):
    """Give every row of every table, as text."""
    async with store.reading() as session:
        connection = await session.connection()
        tables = MetaData()
        await connection.run_sync(tables.reflect)
        for table in tables.sorted_tables:
            for row in await session.execute(select(table)):
                yield table.name, json.dumps(dict(row._mapping), default=str).lower()


async def test_nothing_in_the_store_names_an_erased_account(store, customer, client, admin):
    async with store.reading() as session:
        uids = list(
            await session.scalars(select(Subscription.uid).where(Subscription.owner == SLUG))
        )
    marks = [WORD, digest(MAIL), digest(HOOK), *uids]
    before = {name async for name, row in rows_of(store) if any(mark in row for mark in marks)}

    await ok(client.delete(PATH, headers=admin))

    after = [(name, row) async for name, row in rows_of(store) if any(m in row for m in marks)]
    assert before >= {
        "accounts",
        "attempts",
        "audit_entries",
        "concerns",
        "deliveries",
        "deprecation_revisions",
        "deprecations",
        "idempotency_keys",
        "instances",
        "private_feeds",
        "recipients",
        "sessions",
        "sign_in_requests",
        "subscriptions",
        "tokens",
        "waivers",
    }
    assert after == []


@pytest.mark.one_database("PostgreSQL keeps what was overwritten until it vacuums")
async def test_nothing_in_the_file_names_an_erased_account(store, client, admin, customer):
    path = urls.file_of(store.url)

    await ok(client.delete(PATH, headers=admin))

    await store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = path.read_bytes().lower()
    assert b"rest-v1" in kept
    assert WORD.encode() not in kept
    assert digest(MAIL).encode() not in kept


async def test_the_log_still_verifies_and_says_which_entries_were_blanked(
    store, client, admin, erased
):
    verified = (await ok(client.get("/v1/audit/verify", headers=admin))).json()
    logged = (await ok(client.get("/v1/audit?limit=500", headers=admin))).json()["items"]

    blanked = [entry for entry in logged if entry.get("erased")]
    (last, *_) = logged
    assert verified["whole"] is True
    assert len(blanked) == erased["entries_blanked"] > 0
    assert {entry["subject"] for entry in blanked} == {erased["account"]}
    assert (last["action"], last["subject"]) == ("account.erased", erased["account"])
    spans = last["details"]["entries"]
    listed = {seq for first, end in spans for seq in range(first, end + 1)}
    assert listed == {entry["seq"] for entry in blanked}


@pytest.mark.parametrize(
    "values", [{"erased": True, "details": {}}, {"erased": True, "action": "account.erased"}]
)
async def test_an_entry_that_no_erasure_lists_cannot_pass_as_erased(store, erased, values):
    async with store.writing() as session:
        kept = select(AuditEntry.seq).where(AuditEntry.action == "product.added").limit(1)
        seq = await session.scalar(kept)
        await session.execute(update(AuditEntry).where(AuditEntry.seq == seq).values(values))

    async with store.reading() as session:
        verified = await audit.verify(session)

    assert (verified.whole, verified.broken_at) == (False, seq)


async def test_evidence_counts_an_erased_account_and_keeps_what_it_was_sent(
    store, client, admin, customer
):
    path = f"/v1/deprecations/{customer['deprecation']}/reach"
    before = (await ok(client.get(path, headers=admin))).json()

    erased = (await ok(client.delete(PATH, headers=admin))).json()

    after = (await ok(client.get(path, headers=admin))).json()
    counts = ("told", "not_told", "acknowledged", "moved")
    assert [after[name] for name in counts] == [before[name] for name in counts]
    found = {account["account"]: account for account in after["accounts"]}[erased["account"]]
    former = {account["account"]: account for account in before["accounts"]}[SLUG]
    assert found["name"] == "An erased account"
    assert found["acknowledged_by"] == erased["account"]
    same = ("tier", "affected", "effective_on", "acknowledged_at", "promised_days")
    assert [found[name] for name in same] == [former[name] for name in same]
    pairs = zip(found["deliveries"], former["deliveries"], strict=True)
    assert all(now["id"] == then["id"] for now, then in pairs)
    (attempt,) = [tried for delivery in found["deliveries"] for tried in delivery["attempts"]]
    assert (attempt["status"], attempt["answer"]) == (500, None)
    assert attempt["body_sha256"] == "ab" * 32


async def test_what_was_on_its_way_is_stopped(store, client, admin, erased):
    async with store.reading() as session:
        statement = select(Delivery).where(Delivery.owner == erased["account"])
        deliveries = (await session.scalars(statement)).all()

    assert erased["deliveries_stopped"] > 0
    assert {(row.state, row.due_at, row.reason) for row in deliveries} == {
        ("cancelled", None, "the account was erased")
    }
    work = (await ok(client.get("/v1/worklist", headers=admin))).json()["items"]
    assert erased["account"] not in {item["account"] for item in work}


async def test_an_erased_account_is_unknown_and_its_slug_is_free(client, admin, customer, erased):
    for path in (PATH, f"/v1/accounts/{erased['account']}"):
        assert (await client.get(path, headers=admin)).status_code == 404
    listed = (await ok(client.get("/v1/accounts", headers=admin))).json()["items"]
    assert [account["slug"] for account in listed] == ["globex"]

    added = await client.put(PATH, json={"tier": "pro"}, headers=admin)
    hook = {"channel": "webhook", "address": HOOK}
    subscribed = await client.post(f"{PATH}/subscriptions", json=hook, headers=admin)

    assert (added.status_code, subscribed.status_code) == (201, 201)
    assert (await ok(client.get(f"{PATH}/notices", headers=admin))).json()["items"] == []


async def test_an_account_is_erased_by_an_admin_alone(client, customer, make_token):
    for scope in ("publish", "publish:clairdash", "release", f"account:{SLUG}"):
        refused = await client.delete(PATH, headers=await make_token(scope))

        assert refused.status_code == 403, scope


async def test_the_words_of_others_stay(store, client, admin, customer):
    clash = {"name": "Pro", "tier": "pro"}
    await ok(client.put("/v1/accounts/pro", json=clash, headers=admin))
    before = (await ok(client.get("/v1/accounts/globex", headers=admin))).json()

    await ok(client.delete("/v1/accounts/pro", headers=admin))

    after = (await ok(client.get("/v1/accounts/globex", headers=admin))).json()
    assert after == before
    async with store.reading() as session:
        statement = select(AuditEntry).where(AuditEntry.subject == "globex")
        assert not any(entry.erased for entry in await session.scalars(statement))
        assert await session.scalar(text("SELECT count(*) FROM account_tiers")) == 2

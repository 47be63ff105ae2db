from datetime import timedelta

import pytest
from sqlalchemy import select

from lifecycle.accounts import tokens
from lifecycle.accounts.account_inputs import AccountIn
from lifecycle.accounts.actions import put_account
from lifecycle.accounts.models import Token
from lifecycle.accounts.queries import list_tokens
from lifecycle.accounts.scopes import allows, parse_scope
from lifecycle.accounts.vocabulary import Vocabulary
from lifecycle.audit.models import AuditEntry
from lifecycle.errors import BadRequest, Conflict, NotFound, Unauthorized


@pytest.fixture
def make(store, by):
    async def make(scope="publish", label="ci", **said):
        async with store.writing() as session:
            return await tokens.create(session, label=label, scope=scope, by=by, **said)

    return make


async def authenticate(store, secret, now):
    async with store.reading() as session:
        return await tokens.authenticate(session, secret, now=now)


async def test_a_token_is_good_for_its_scope(store, make, clock):
    _, secret = await make()

    found = await authenticate(store, secret, clock())

    assert found.scope == "publish"
    assert secret.startswith(found.prefix)


async def test_the_store_and_the_log_never_hold_the_secret(store, make):
    _, secret = await make()

    async with store.reading() as session:
        rows = [vars(row) for row in await session.scalars(select(Token))]
        entries = [vars(row) for row in await session.scalars(select(AuditEntry))]
    assert secret not in str(rows)
    assert tokens.hash_of(secret) not in str(entries)
    assert secret[12:] not in str(entries)


@pytest.mark.parametrize("secret", ["", "lct_", "lct_unknown", "\ud800", "x" * 10_000])
async def test_an_unknown_token_is_refused(store, clock, secret):
    with pytest.raises(Unauthorized):
        await authenticate(store, secret, clock())


async def test_a_token_ends_at_its_instant(store, make, clock):
    _, secret = await make(expires_at=clock() + timedelta(hours=1))

    await authenticate(store, secret, clock() + timedelta(minutes=59))
    with pytest.raises(Unauthorized, match="expired"):
        await authenticate(store, secret, clock() + timedelta(hours=1))


async def test_a_token_that_would_have_ended_already_is_refused(make, clock):
    with pytest.raises(BadRequest, match="expire"):
        await make(expires_at=clock())


async def test_a_revoked_token_is_refused(store, make, clock, by):
    token, secret = await make()
    for _ in range(2):
        async with store.writing() as session:
            await tokens.revoke(session, token.prefix, by=by)

    with pytest.raises(Unauthorized, match="revoked"):
        await authenticate(store, secret, clock())
    async with store.reading() as session:
        actions = list(await session.scalars(select(AuditEntry.action)))
    assert actions == ["token.created", "token.revoked"]


async def test_a_token_goes_by_its_number_or_its_beginning(store, make):
    one, _ = await make()
    await make()

    async with store.reading() as session:
        assert (await tokens.get(session, str(one.id))).id == one.id
        assert (await tokens.get(session, one.prefix)).id == one.id
        for name in ("0", "lct_", "", "x", "lct_nothing"):
            with pytest.raises((NotFound, Conflict)):
                await tokens.get(session, name)


async def test_a_token_for_an_account_that_is_not_there_is_refused(store, make, by, today):
    with pytest.raises(NotFound, match="acme"):
        await make(scope="account:acme")
    async with store.writing() as session:
        known = Vocabulary(frozenset(), frozenset())
        acme = AccountIn(slug="acme", tier="pro")
        await put_account(session, acme, by=by, today=today, vocabulary=known)

    token, _ = await make(scope="account:acme")
    assert token.scope == "account:acme"


async def test_a_scope_is_limited_to_products_that_exist(make):
    with pytest.raises(BadRequest, match=r"clairdsh.*did you mean `clairdash`"):
        await make(scope="publish:clairdsh", products=["clairdash", "studio"])

    token, _ = await make(scope="release:studio,clairdash", products=["clairdash", "studio"])

    assert token.scope == "release:clairdash,studio"
    assert parse_scope(token.scope).products == {"clairdash", "studio"}
    assert parse_scope("release").products is None


async def test_the_operators_own_admin_token_is_stored_once(store, by, clock):
    for new in (True, False):
        async with store.writing() as session:
            assert await tokens.ensure_admin(session, "chosen-by-the-operator", by=by) is new

    assert (await authenticate(store, "chosen-by-the-operator", clock())).scope == "admin"


async def test_the_last_use_is_known_to_the_minute(store, make, clock):
    token, _ = await make()
    assert not tokens.used_recently(token, now=clock())

    async with store.writing() as session:
        await tokens.note_use(session, token.id, now=clock())

    async with store.reading() as session:
        (found,) = await list_tokens(session)
    assert tokens.used_recently(found, now=clock() + timedelta(seconds=59))
    assert not tokens.used_recently(found, now=clock() + timedelta(seconds=60))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Admin",
        "admin:x",
        "account:",
        "account:A B",
        "account:a\n",
        "root",
        "publish:",
        "publish:a,",
        "publish:a,,b",
        "release:A",
        "release:a b",
        "account:a,b",
        "release:" + ",".join(f"p{number}" for number in range(101)),
    ],
)
def test_other_words_are_no_scope(text):
    with pytest.raises(BadRequest, match="is not valid; use admin"):
        parse_scope(text)


def test_scopes_reach_down_and_accounts_only_themselves():
    reach = {
        "admin": {"admin", "publish", "release", "account"},
        "publish": {"publish", "release", "account"},
        "release": {"release"},
        "account:acme": {"account"},
        "account:globex": set(),
    }

    for scope, reached in reach.items():
        found = {
            needed
            for needed in ("admin", "publish", "release", "account")
            if allows(parse_scope(scope), needed, "acme")
        }
        assert found == reached

import re

import pytest
from sqlalchemy import event

from lifecycle.accounts import sessions, tokens
from lifecycle.accounts.models import SignedInSession
from lifecycle.server.sign_in_attempts import SignInAttempts, TooManySignIns
from testkit.api_fixtures import connected
from testkit.page_addresses import BROWSER
from testkit.signed_in import FROM_HERE, send, sign_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"


def numbers_in(page):
    return sorted(int(number) for number in set(re.findall(r"/sessions/(\d+)/end", page.text)))


async def test_people_see_and_end_their_own_sessions_and_no_others(app, client, make_token, admin):
    publish = await make_token("publish")
    client.headers["User-Agent"] = FIREFOX
    await sign_in(client, publish)
    async with connected(app) as elsewhere, connected(app) as stranger:
        await sign_in(elsewhere, publish)
        await sign_in(stranger, await make_token("publish"))

        shown = await client.get("/sessions", headers=BROWSER)
        assert numbers_in(shown) == [1, 2]
        assert "Firefox on Linux" in shown.text
        foreign, missing = [await send(client, f"/sessions/{number}/end") for number in (3, 99)]
        ended = await send(client, "/sessions/2/end")
        again = await send(client, "/sessions/2/end")

        assert foreign.status_code == missing.status_code == 404
        assert foreign.text.replace("number 3", "number 99").replace("/3/", "/99/") == missing.text
        assert ended.status_code == again.status_code == 303
        assert (
            "that browser is signed out"
            in (await client.get(ended.headers["location"], headers=BROWSER)).text
        )
        assert (await elsewhere.get("/console", headers=BROWSER)).status_code == 303
        assert (await stranger.get("/console", headers=BROWSER)).status_code == 200


async def test_an_admin_sees_and_ends_everybodys(app, client, make_token, admin):
    await sign_in(client, admin)
    async with connected(app) as other:
        await sign_in(other, await make_token("release"))

        assert numbers_in(await client.get("/sessions", headers=BROWSER)) == [1, 2]
        assert numbers_in(await other.get("/sessions", headers=BROWSER)) == [2]
        await send(client, "/sessions/2/end")

        assert (await other.get("/console", headers=BROWSER)).status_code == 303
        assert numbers_in(await client.get("/sessions", headers=BROWSER)) == [1]


async def test_sessions_that_ended_with_their_token_are_not_listed(
    app, store, client, make_token, admin, by
):
    await sign_in(client, admin)
    async with connected(app) as other:
        await sign_in(other, await make_token("publish"))
        async with store.writing() as session:
            await tokens.revoke(session, "2", by=by)

        assert (await other.get("/console", headers=BROWSER)).status_code == 303
        assert numbers_in(await client.get("/sessions", headers=BROWSER)) == [1]


async def test_a_number_that_no_session_can_have_is_refused(client, admin):
    await sign_in(client, admin)

    for number in ("0", "-1", "9" * 30, "x"):
        refused = await send(client, f"/sessions/{number}/end")

        assert refused.status_code in {400, 404}, number


async def test_when_a_session_was_last_used_is_written_down_in_time(
    app, store, client, admin, clock
):
    await sign_in(client, admin)
    clock.advance(minutes=5)
    await client.get("/console", headers=BROWSER)

    await app.app_state.session_uses.store(store)

    async with store.reading() as session:
        (row,) = await sessions.list_own(session, await caller(app, client), now=clock.now)
    assert row.last_seen_at == clock.now


async def caller(app, client):
    async with app.app_state.store.reading() as session:
        secret = client.cookies["lifecycle_session"]
        return await sessions.find_caller(session, secret, now=app.app_state.clock())


async def test_sessions_that_have_been_over_for_long_are_forgotten(store, client, admin, clock):
    await sign_in(client, admin)
    for days, count in ((30, 1), (1, 0)):
        clock.advance(days=days)
        async with store.writing() as session:
            await sessions.forget_old(session, now=clock.now)
            rows = await session.scalars(SignedInSession.__table__.select())
            assert len(rows.all()) == count


@pytest.mark.one_database("counted in memory")
class TestAttempts:
    async def test_too_many_failures_are_refused_with_the_time_to_wait(self, client, make_token):
        fields = {"token": "lct_guess"}
        answers = [await client.post("/sign-in", data=fields, headers=FROM_HERE) for _ in range(12)]

        assert [answer.status_code for answer in answers] == [400] * 11 + [429]
        refused = answers[-1]
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert "Too many attempts to sign in from this address failed; try again" in refused.text
        assert "lct_guess" not in refused.text
        assert "lifecycle_sign_in_refusals_total 1.0" in (await client.get("/metrics")).text

    async def test_who_succeeds_is_not_held_up(self, client, make_token):
        publish = await make_token("publish")

        for _ in range(15):
            await sign_in(client, publish)

    def test_addresses_are_counted_apart_and_together_and_forgiven_in_time(self):
        now = [0.0]
        attempts = SignInAttempts(lambda: now[0])
        scopes = [{"lifecycle.address": f"192.0.2.{number}"} for number in range(100)]
        for scope in scopes[:30]:
            for _ in range(10):
                attempts.check(scope)
                attempts.note_failure(scope)

        with pytest.raises(TooManySignIns, match="from this address"):
            attempts.check(scopes[0])
        with pytest.raises(TooManySignIns, match="sign in failed"):
            attempts.check(scopes[99])
        now[0] = 13.0
        attempts.check(scopes[0])


class TestPublicAnswers:
    @pytest.mark.parametrize("path", ["/", "/products", "/products/clairdash", "/v1/products"])
    async def test_no_cookie_makes_them_ask_the_store(self, store, client, clairdash, admin, path):
        statements = []
        for engine in store.engines:
            event.listen(
                engine.sync_engine,
                "before_cursor_execute",
                lambda *arguments: statements.append(arguments[2]),
            )
        texts = []
        for _ in range(2):
            statements.clear()
            texts.append((await client.get(path, headers=BROWSER)).text)
            texts.append((await client.get(f"{path}?", headers=BROWSER)).text)
            assert not [text for text in statements if "sessions" in text or "tokens" in text]
            await sign_in(client, admin)

        assert len(set(texts)) == 1

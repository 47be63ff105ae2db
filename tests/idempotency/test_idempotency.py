import asyncio

import pytest
from sqlalchemy import text

from lifecycle.errors import Conflict, Unprocessable
from lifecycle.idempotency import actions
from lifecycle.idempotency.keyed_requests import Answer, Request, Working

only_postgresql = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)

REQUEST = Request("1", "POST", "/v1/products", "key")
CREATED = Answer(201, {"slug": "widget"}, {"ETag": '"1"'})


@pytest.fixture
def ask(store, clock):
    """Do a request once, and answer it again from memory."""

    async def ask(answer=CREATED, *, request=REQUEST, body=b"{}"):
        async with store.writing() as session:
            kept = await actions.recall(session, request, body, now=clock())
            if kept is not None:
                return kept, True
            await actions.remember(session, request, body, answer, now=clock())
            return answer, False

    return ask


async def test_a_repeated_request_gets_its_answer_again(ask):
    await ask()

    assert await ask(Answer(201, {"another": "answer"})) == (CREATED, True)


@pytest.mark.parametrize(
    "other",
    [
        Request("2", "POST", "/v1/products", "key"),
        Request("1", "PUT", "/v1/products", "key"),
        Request("1", "POST", "/v1/accounts", "key"),
        Request("1", "POST", "/v1/products", "other"),
    ],
)
async def test_a_key_is_one_tokens_for_one_method_and_path(ask, other):
    await ask()

    assert (await ask(request=other))[1] is False


async def test_another_body_under_the_same_key_is_refused(ask):
    await ask()

    with pytest.raises(Unprocessable, match="another body"):
        await ask(body=b'{"slug": "gadget"}')


async def test_a_key_is_forgotten_after_a_day(ask, clock):
    await ask()

    clock.advance(hours=23, minutes=59)
    assert (await ask())[1] is True
    clock.advance(minutes=1)
    assert (await ask(body=b"other"))[1] is False
    assert (await ask(body=b"other"))[1] is True


async def test_old_keys_are_pruned(store, ask, clock):
    await ask()
    clock.advance(hours=25)

    async with store.writing() as session:
        await actions.prune(session, now=clock())

    clock.advance(hours=-25)
    assert (await ask())[1] is False


@pytest.mark.parametrize("status", [400, 409, 500, 304])
async def test_only_success_is_kept(ask, status):
    await ask(Answer(status, {"detail": "no"}))

    assert (await ask())[1] is False


async def test_a_secret_is_not_kept_and_the_replay_says_so(ask):
    await ask(Answer(201, {"id": 1, "secret": "whsec_1", "all": [{"secret": "x", "a": 1}]}))

    kept, _ = await ask()

    assert kept.body == {"id": 1, "all": [{"a": 1}]}
    assert kept.redacted


async def test_an_answer_without_a_body_is_kept(ask):
    await ask(Answer(204, None))

    assert await ask() == (Answer(204, None), True)


async def test_an_answer_whose_change_failed_is_not_kept(store, ask, clock):
    with pytest.raises(ZeroDivisionError):
        async with store.writing() as session:
            await actions.remember(session, REQUEST, b"{}", CREATED, now=clock())
            raise ZeroDivisionError

    assert (await ask())[1] is False


@only_postgresql
async def test_a_request_in_flight_elsewhere_is_a_conflict(store, clock):
    async with store.writing() as session:
        await actions.recall(session, REQUEST, b"{}", now=clock())

        async def again():
            async with store.writing() as other:
                await actions.recall(other, REQUEST, b"{}", now=clock())

        with pytest.raises(Conflict, match="still in progress"):
            await asyncio.create_task(again())


@only_postgresql
async def test_who_is_patient_waits_for_the_answer_of_a_request_in_flight(store, clock):
    async def again():
        async with store.writing() as other:
            return await actions.recall(other, REQUEST, b"{}", now=clock(), patient=True)

    async with store.writing() as session:
        await actions.recall(session, REQUEST, b"{}", now=clock())
        second = asyncio.create_task(again())
        waiting = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database"
            " = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        while not await session.scalar(waiting) and not second.done():
            pass
        await actions.remember(session, REQUEST, b"{}", CREATED, now=clock())

    assert (await second).body == CREATED.body


def test_a_request_in_flight_here_is_a_conflict_until_it_is_done():
    working = Working()

    with (
        working.on(REQUEST),
        pytest.raises(Conflict, match="still in progress"),
        working.on(REQUEST),
    ):
        pass
    with working.on(REQUEST):
        pass


async def test_keys_far_beyond_an_indexs_size_are_taken(ask):
    long = Request("1", "POST", "/" + "p" * 8000, "k" * 8000)

    await ask(request=long)

    assert (await ask(request=long))[1] is True

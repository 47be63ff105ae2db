"""Two who write the same thing at the same moment, each to a server of its own."""

import asyncio
from collections import defaultdict

import pytest

from testkit.server_processes import PRODUCT, RELEASES, Server, fact

ROUNDS = 6


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store_url(request):
    """One store for all of these tests: each writes something else."""
    if request.param == "sqlite":
        return request.getfixturevalue("lasting_url")
    return request.getfixturevalue("lasting_postgresql_url")


@pytest.fixture(scope="module")
def servers(store_url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("servers")
    with Server(store_url, folder) as one, Server(store_url, folder) as other:
        yield one.ready().fill(), other.ready()


def at_once(servers, ask, *, rounds=ROUNDS):
    """Have every server asked at the same moment, in each round anew; give all answers."""

    async def run():
        clients = [server.asynchronous() for server in servers]
        answers = [
            await asyncio.gather(*(ask(client, number) for client in clients for _ in range(2)))
            for number in range(rounds)
        ]
        for client in clients:
            await client.aclose()
        return answers

    return asyncio.run(run())


def test_of_writers_of_one_version_one_is_taken_and_the_others_are_told(
    servers, verdict, store_url
):
    rounds = at_once(servers, lambda client, n: client.post(RELEASES, json=fact(f"5.{n}.0")))

    for answers in rounds:
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        refused = [answer.json() for answer in answers if answer.status_code == 409]
        assert {each["error"] for each in refused} <= {"ReleaseExists", "Conflict"}
    with servers[1].client() as client:
        stored = client.get(RELEASES, params={"limit": 500}).json()["items"]
    assert [each["version"] for each in stored if each["version"].startswith("5.")] == [
        f"5.{n}.0" for n in range(ROUNDS)
    ]
    assert verdict(store_url).whole


def test_of_the_makers_of_one_product_one_is_taken_and_the_others_are_told(servers):
    rounds = at_once(
        servers, lambda client, n: client.post("/v1/products", json={"slug": f"widget-{n}"})
    )

    for answers in rounds:
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


def test_of_those_who_change_what_they_read_one_is_taken(servers):
    has_read = defaultdict(lambda: asyncio.Barrier(4))

    async def change(client, number):
        etag = (await client.get(PRODUCT)).headers["etag"]
        await has_read[number].wait()
        body = {"name": f"Clairdash {number} {id(client)}"}
        return await client.put(PRODUCT, json=body, headers={"If-Match": etag})

    rounds = at_once(servers, change, rounds=3)

    for answers in rounds:
        # One client of each server writes the same name as its twin: unchanged is no conflict.
        assert {answer.status_code for answer in answers} <= {200, 412}
        taken = {answer.json()["name"] for answer in answers if answer.status_code == 200}
        assert len(taken) == 1


def test_one_key_is_carried_out_once_whoever_is_asked(servers, verdict, store_url):
    async def ask(client, number):
        headers = {"Idempotency-Key": f"key-{number}"}
        return await client.post(RELEASES, json=fact(f"6.{number}.0"), headers=headers)

    rounds = at_once(servers, ask)
    repeats = at_once(servers, ask)

    for answers in rounds:
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) <= {201, 409}
        first = [
            answer
            for answer in answers
            if answer.status_code == 201 and "idempotency-replayed" not in answer.headers
        ]
        refused = [answer.json()["error"] for answer in answers if answer.status_code == 409]
        assert len(first) == 1
        assert set(refused) <= {"InFlight"}
    for answers, before in zip(repeats, rounds, strict=True):
        bodies = [each.json() for each in before if each.status_code == 201]
        assert [answer.json() for answer in answers if answer.status_code == 201][:1] == bodies[:1]
    assert verdict(store_url).whole


def test_a_list_with_one_bad_entry_stores_nothing_while_others_write(servers):
    async def ask(client, number):
        good = fact(f"7.{number}.0")
        bad = fact("3.1.0") if number % 2 else fact("nonsense")
        return await client.post(RELEASES, json=[good, bad])

    rounds = at_once(servers, ask)

    assert {answer.status_code for answers in rounds for answer in answers} == {400, 409}
    with servers[0].client() as client:
        stored = client.get(RELEASES, params={"limit": 500}).json()["items"]
    assert [each["version"] for each in stored if each["version"].startswith("7.")] == []

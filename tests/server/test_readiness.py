"""What a balancer is told: whether everything can be done here, or only questions be answered."""

from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from lifecycle.errors import Conflict, Unavailable
from lifecycle.server.standing_jobs import PROBE_EVERY

pytestmark = pytest.mark.one_database("no SQL of its own")

FULL = "The disk that holds the store is full; nothing was changed."


class Away:
    """Sessions of a store that nobody can reach."""

    def __call__(self):
        raise Unavailable("It is away.")


async def ready(client, purpose=None):
    asked = {"for": purpose} if purpose else {}
    answer = await client.get("/health/ready", params=asked)
    return answer.status_code


async def fail_to_write(store):
    with pytest.raises(Unavailable):
        async with store.writing():
            pass


@pytest.fixture
def full_disk(store):
    """Take no change, as on a full disk; give what lets it go on."""
    real = store.writes

    class Full:
        @asynccontextmanager
        async def begin(self):
            raise Unavailable(FULL)
            yield

    store.writes = Full()

    def make_room():
        store.writes = real

    return make_room


async def test_it_is_not_ready_from_a_change_that_failed_until_one_is_stored(
    client, store, full_disk, make_product
):
    before = await ready(client)
    await fail_to_write(store)
    answer = await client.get("/health/ready")
    full_disk()
    still = await ready(client)
    await make_product()

    assert (before, answer.status_code, still) == (200, 503, 503)
    assert answer.json()["detail"] == FULL
    assert await ready(client) == 200


async def test_a_probe_that_is_stored_ends_the_trouble(client, store, full_disk, clock):
    await fail_to_write(store)
    with pytest.raises(Unavailable):
        await store.probe(clock())
    during = await ready(client)
    full_disk()

    await store.probe(clock())

    assert (during, await ready(client)) == (503, 200)


async def test_a_probe_begins_the_trouble_where_nobody_changes_anything(
    client, store, full_disk, clock
):
    with pytest.raises(Unavailable):
        await store.probe(clock())

    assert await ready(client) == 503


@pytest.mark.both_databases
async def test_a_probe_needs_as_much_room_as_a_change_while_there_is_trouble(
    store, full_disk, clock
):
    full_disk()
    await store.probe(clock())
    easy = await filler(store)
    store.trouble = FULL

    await store.probe(clock())

    assert (len(easy), len(await filler(store))) == (0, 64 * 1024)


async def filler(store):
    async with store.reading() as session:
        return await session.scalar(text("SELECT filler FROM store_probes"))


@pytest.mark.parametrize(
    "refusal",
    [
        Conflict("Another change came first."),
        Unavailable("Two changes got in each other's way and this one was undone; repeat it."),
        KeyError("a defect"),
    ],
)
async def test_what_only_one_change_suffers_from_leaves_it_ready(client, store, refusal):
    with pytest.raises(type(refusal)):
        async with store.writing():
            raise refusal

    assert await ready(client) == 200


async def test_it_is_ready_for_reads_while_public_questions_can_be_answered(
    app, client, clairdash, store, full_disk
):
    await client.get(f"{clairdash}/support")
    await fail_to_write(store)
    reads = await ready(client, "reads")

    store.reads = Away()
    from_memory = await ready(client, "reads"), await ready(client, "writes")
    app.app_state.snapshots.invalidate(["clairdash"])

    assert (reads, from_memory) == (200, (200, 503))
    assert await ready(client, "reads") == 503


class TestWithoutPublicReads:
    @pytest.fixture
    def configuration(self):
        return {"LIFECYCLE_PUBLIC_READS": "no"}

    async def test_memory_is_no_help_where_every_question_needs_a_token(
        self, app, client, clairdash, admin, store
    ):
        await client.get(f"{clairdash}/support", headers=admin)

        store.reads = Away()

        assert app.app_state.snapshots.any_kept
        assert await ready(client, "reads") == 503


async def test_another_purpose_is_refused_by_name(client):
    answer = await client.get("/health/ready", params={"for": "fun"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "for"


def test_a_probe_comes_every_few_seconds():
    assert 1 <= PROBE_EVERY <= 10

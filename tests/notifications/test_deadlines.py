import asyncio

import pytest

from notifications.deadlines import Deadlines


async def test_what_takes_too_long_ends_in_a_timeout_and_its_task_goes_on():
    deadlines = Deadlines(0.01)

    with pytest.raises(TimeoutError), deadlines:
        await asyncio.sleep(60)

    assert not asyncio.current_task().cancelling()


async def test_what_is_in_time_is_left_alone_though_another_is_late():
    deadlines = Deadlines(0.05)

    async def late():
        with deadlines:
            await asyncio.sleep(60)

    async def quick():
        with deadlines:
            await asyncio.sleep(0)
        await asyncio.sleep(0.1)
        return "done"

    ends = await asyncio.gather(late(), quick(), late(), return_exceptions=True)

    assert [type(end) for end in ends] == [TimeoutError, str, TimeoutError]


async def test_a_later_one_is_waited_for_after_an_earlier_one():
    deadlines = Deadlines(0.05)

    async def late(start):
        await asyncio.sleep(start)
        with deadlines:
            await asyncio.sleep(60)

    ends = await asyncio.gather(late(0), late(0.03), late(0.2), return_exceptions=True)

    assert [type(end) for end in ends] == [TimeoutError] * 3


async def test_who_is_cancelled_by_others_is_cancelled():
    deadlines = Deadlines(60)

    async def wait():
        with deadlines:
            await asyncio.sleep(60)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_its_own_is_no_timeout():
    with pytest.raises(ValueError, match="mine"), Deadlines(60):
        raise ValueError("mine")

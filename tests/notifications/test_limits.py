import pytest

from notifications.target_limits import AHEAD, Limits

MOST = 2 * AHEAD


class Seconds:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def make_limits(seconds):
    def make(**said):
        said = {"in_flight": 20, "per_target": 2, "rate": 0, "slow_after": 3, **said}
        return Limits(clock=seconds, **said)

    return make


def take(limits, target, count):
    for _ in range(count):
        limits.take(target)


async def test_a_target_that_has_enough_is_left_out_until_half_of_it_is_gone(make_limits):
    limits = make_limits()
    take(limits, "a", AHEAD + 1)
    assert (limits.room("a"), limits.busy()) == (AHEAD - 1, {"a"})

    limits.leave("a")

    assert (limits.room("a"), limits.busy()) == (AHEAD, set())


async def test_the_next_one_begins_when_a_place_is_free(make_limits):
    limits = make_limits()
    take(limits, "a", 3)
    limits.enter("a")
    assert limits.wait("a") == 0
    limits.enter("a")
    assert limits.wait("a") is None

    limits.exit("a", 0.1)

    assert limits.wait("a") == 0


async def test_a_slow_target_gets_one_at_a_time(make_limits, seconds):
    limits = make_limits()
    take(limits, "a", 3)
    limits.enter("a")
    limits.enter("a")

    limits.exit("a", 4)

    assert limits.is_slow("a")
    assert limits.wait("a") is None
    assert limits.room("a") < 1
    seconds.now = 1000.0
    assert limits.busy() == set()


async def test_a_slow_target_that_is_quick_again_is_like_the_others(make_limits):
    limits = make_limits()
    take(limits, "a", 1)
    limits.enter("a")
    limits.exit("a", 4)
    limits.enter("a")

    limits.exit("a", 0.1)

    assert limits.room("a") == MOST - 1


async def test_all_slow_targets_together_get_half_at_most(make_limits):
    limits = make_limits(in_flight=4)
    for target in ("a", "b", "c"):
        take(limits, target, 1)
        limits.enter(target)
        limits.exit(target, 4)
    limits.leave("c")

    assert limits.busy() == {"a", "b", "c"}


async def test_a_rate_spaces_what_begins(make_limits, seconds):
    limits = make_limits(rate=10, per_target=5)
    take(limits, "a", 3)
    begun = []

    for _ in range(3):
        seconds.now += limits.wait("a")
        begun.append(round(seconds.now, 6))
        limits.enter("a")

    assert begun == [0, 0.1, 0.2]

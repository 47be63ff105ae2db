"""How much the long tests try: little where somebody waits for them, all in `.ci/run`."""

import os
import zlib

POSTGRESQL_SCALE = float(os.environ.get("LIFECYCLE_POSTGRESQL_SCALE", "0.05"))
RANDOM_SCALE = float(os.environ.get("LIFECYCLE_RANDOM_SCALE", "0.1"))
REPLAY_SCALE = float(os.environ.get("LIFECYCLE_REPLAY_SCALE", "0.2"))
WALK_SCALE = float(os.environ.get("LIFECYCLE_WALK_SCALE", "0.05"))


def examples(full):
    """Return how many examples a random test tries, of those that it tries at full scale."""
    return max(3, round(full * RANDOM_SCALE))


def replayed_share(real):
    """Return those of real things that a replay goes through: all at full scale, else each n-th."""
    return list(real)[:: max(1, round(1 / REPLAY_SCALE))]


def is_chosen(name, share):
    """Choose a share of things by their names, the same ones each time.

    >>> [number for number in range(20) if is_chosen(f"test {number}", 0.2)]
    [2, 6, 11, 15, 19]
    """
    return zlib.crc32(name.encode()) < share * 2**32


def walked_share(route, questions, answered=None):
    """Yield those of a route's questions that a walk asks: all at full scale, else the same few.

    Where a set of routes that were ``answered`` is given, all are asked until the route is in it.
    """
    for number, question in enumerate(questions):
        chosen = is_chosen(f"{number} {route}", WALK_SCALE)
        if chosen or (answered is not None and route not in answered):
            yield question

"""How much the long tests try: little where somebody waits for them, all in `.ci/run`."""

import os

RANDOM_SCALE = float(os.environ.get("LIFECYCLE_RANDOM_SCALE", "0.3"))
REPLAY_SCALE = float(os.environ.get("LIFECYCLE_REPLAY_SCALE", "0.34"))


def examples(full):
    """Return how many examples a random test tries, of those that it tries at full scale."""
    return max(3, round(full * RANDOM_SCALE))


def replayed_share(real):
    """Return those of real things that a replay goes through: all at full scale, else each n-th."""
    return list(real)[:: max(1, round(1 / REPLAY_SCALE))]

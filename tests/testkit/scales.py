"""How much the random tests try: little where somebody waits for them, more in `.ci/run`."""

import os

RANDOM_SCALE = float(os.environ.get("LIFECYCLE_RANDOM_SCALE", "0.3"))


def examples(full):
    """Return how many examples a random test tries, of those that it tries at full scale."""
    return max(3, round(full * RANDOM_SCALE))

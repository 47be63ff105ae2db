"""What one process of a run of the tests makes, and the others find made."""

import fcntl
import shutil


def made_once(shared, name, make):
    """Return a folder of the shared one, which ``make(folder)`` fills in whoever comes first.

    The others wait for it. What was begun and not ended is thrown away.
    """
    made, begun = shared / name, shared / f"{name}-begun"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(begun, ignore_errors=True)
            begun.mkdir()
            make(begun)
            begun.rename(made)
    return made

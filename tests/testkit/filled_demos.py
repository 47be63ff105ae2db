"""Stores that hold the demo as `lifecycle serve --demo` leaves them, filled once in a run."""

import asyncio
import shutil
from datetime import UTC, datetime

from lifecycle import settings
from lifecycle.audit.chain import By
from lifecycle.cli import startup
from testkit.server_processes import SECRET

KEY = "the key of every demo that tests serve"


class FilledDemo:
    """A store to be copied; whoever serves a copy does so with its ``environment``."""

    def __init__(self, path):
        self._path = path
        self.environment = {"LIFECYCLE_SECRET_KEY": KEY}

    def copy(self, path):
        """Copy the store to a path, and return its address."""
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._path, path)
        return f"sqlite:///{path}"


def fill_demo(folder, at=None):
    """Fill a store in a folder with the demo of today, or of a day."""
    said = {"LIFECYCLE_SECRET_KEY": KEY, "LIFECYCLE_ADMIN_TOKEN": SECRET}
    url = f"sqlite:///{folder}/demo.sqlite3"
    chosen = settings.load(said, database_url=url, at=at)
    asyncio.run(startup.prepare(chosen, demo=True, by=By("test", datetime.now(UTC))))

"""Databases that were arranged once and are copied for each test, as files or by a server."""

import asyncio
import shutil
import uuid

from lifecycle.database import open_store


class PreparedStores:
    """Copies of what an arrangement made of an empty store; how, a kind of database says.

    An arrangement is a tuple of steps, coroutine functions of an open store; each is taken once.
    """

    def __init__(self, empty):
        self.prepared = {(): empty}

    def copy(self, arrangement=()):
        """Copy the store that an arrangement leaves, which is made when first asked for."""
        if arrangement not in self.prepared:
            *before, step = arrangement
            made = self.copy(tuple(before))
            asyncio.run(take(step, self.url(made)))
            self.prepared[arrangement] = made
        return self.duplicate(self.prepared[arrangement])


class SQLiteStores(PreparedStores):
    """Files in one folder."""

    def __init__(self, empty, folder):
        super().__init__(empty)
        self.folder = folder

    def duplicate(self, path):
        copy = self.folder / f"{uuid.uuid4().hex}.sqlite3"
        shutil.copyfile(path, copy)
        return copy

    def url(self, path):
        return f"sqlite:///{path}"

    def drop(self, path):
        path.unlink()


class PostgreSQLStores(PreparedStores):
    """Databases of one server; ``execute`` runs a statement on it."""

    def __init__(self, server, empty, execute):
        super().__init__(empty)
        self.server, self.execute = server, execute

    def duplicate(self, name):
        copy = f"test_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {copy} TEMPLATE {name} STRATEGY FILE_COPY")
        return copy

    def url(self, name):
        return self.server.get_uri(database=name)

    def drop(self, name):
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def take(step, url):
    store = open_store(url)
    await step(store)
    await store.close()

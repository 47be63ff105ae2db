"""The store: how it is opened, read, written and migrated."""

from lifecycle.database.store import Store, open_store

__all__ = ["Store", "open_store"]

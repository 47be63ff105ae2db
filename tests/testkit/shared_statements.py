"""One compiled form of each statement for all the stores that a test process opens.

SQLAlchemy compiles a statement once an engine, a store has three engines, and each test a store of
its own: a third of the work of a test of the store was to compile what another had compiled.
"""

from sqlalchemy import Engine, event
from sqlalchemy.util import LRUCache


class Statements(LRUCache):
    """Compiled statements by what they say and the kind of database, not by engine."""

    def get(self, key, default=None):
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key, compiled):
        super().__setitem__(_of_any_engine(key), compiled)


def share_statements():
    """Have every engine of this process look here from its next connection on."""
    statements = Statements(2000)

    @event.listens_for(Engine, "engine_connect")
    def share(connection):
        connection.execution_options(compiled_cache=statements)


def _of_any_engine(key):
    dialect, *statement = key
    return (dialect.name, dialect.driver, *statement)

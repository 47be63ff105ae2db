"""The schema of new SQLite stores, as the migrations left it in the first one of this process.

All migrations one after another take a third of a second of work, and each test of a command on a
store of its own began with them. The statements of the finished schema take a twentieth of that.
Every other upgrade runs its migrations; so do servers, which are processes of their own.
"""

import functools

import sqlalchemy

from lifecycle.database import schema_upgrade

_upgrade = schema_upgrade._upgrade
_shares = [True]


def share_schema(whether):
    """Decide for the stores that are made from now on."""
    _shares[0] = whether


def _upgrade_sharing(connection):
    before = schema_upgrade._status(connection)
    if not _shares[0] or before.current or connection.dialect.name != "sqlite":
        return _upgrade(connection)
    for statement in _statements():
        connection.exec_driver_sql(statement)
    return before


@functools.cache
def _statements():
    """Return the statements that make a store's schema, by having the migrations make one."""
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.connect() as connection:
        _upgrade(connection)
        connection.commit()
        _, *statements, _ = connection.connection.driver_connection.iterdump()
    engine.dispose()
    return statements


schema_upgrade._upgrade = _upgrade_sharing

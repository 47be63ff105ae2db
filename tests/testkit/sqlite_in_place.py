"""SQLite asked in the thread of whoever asks, where nothing else has to happen meanwhile.

The driver has a thread for each connection, and every step of a statement is a trip to it, which
takes longer than what most statements do: two fifths of the work of a test. Statements stay as
they are. Tests of several at once, who wait for each other, keep the threads, and so does
everything under a driver that is built otherwise.
"""

import aiosqlite

_connect = aiosqlite.connect
_in_place = [False]


class Immediately:
    """The queue of a connection: what is put there is done at once."""

    def put_nowait(self, step):
        future, function = step
        try:
            result = function()
        except BaseException as error:
            if future is None:
                raise
            future.set_exception(error)
        else:
            if future is not None:
                future.set_result(result)


class NoThread:
    def start(self):
        """Nothing is done apart."""


def ask_in_place(whether):
    """Decide for the connections made from now on."""
    _in_place[0] = whether


def connect(*arguments, **parameters):
    """Connect as the driver does; whether with a thread is decided now."""
    connection = _connect(*arguments, **parameters)
    if _in_place[0] and {"_tx", "_thread"} <= vars(connection).keys():
        connection._tx, connection._thread = Immediately(), NoThread()
    return connection


aiosqlite.connect = connect

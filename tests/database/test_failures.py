import asyncpg
import pytest

from lifecycle.database.failures import reached
from lifecycle.errors import Unavailable


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
    ],
)
def test_a_store_that_goes_away_while_it_is_connected_to_is_away(error):
    with pytest.raises(Unavailable), reached():
        raise error


def test_any_other_error_is_a_defect():
    with pytest.raises(ValueError, match="ours"), reached():
        raise ValueError("ours")

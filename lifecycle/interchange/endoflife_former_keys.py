"""What endoflife.date's files called their keys until 2025, so that older copies are read too.

``support: true`` was support that goes on, where ``eoas: true`` is support that is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDS: Final = {"eoas": "support", "eoes": "extendedSupport"}
COLUMNS: Final = {
    "eoasColumn": "activeSupportColumn",
    "eoesColumn": "extendedSupportColumn",
    "latestColumn": "releaseColumn",
}


def find_end(entry: Mapping[str, Any], key: str) -> tuple[str, Any]:
    """Return the key that a cycle has for one of today's, and its value in today's sense.

    Extended support that was ``false`` did not exist, or no longer: the cycle has no such phase.

    >>> find_end({"support": True}, "eoas"), find_end({"support": False}, "eoas")
    (('support', False), ('support', True))
    >>> find_end({"extendedSupport": True}, "eoes"), find_end({"extendedSupport": False}, "eoes")
    (('extendedSupport', False), ('extendedSupport', None))
    >>> find_end({"support": True, "eoas": True}, "eoas")
    ('eoas', True)
    """
    former = ENDS.get(key)
    if former is None or former not in entry or entry.get(key) is not None:
        return key, entry.get(key)
    value = entry[former]
    if isinstance(value, bool):
        return former, None if key == "eoes" and not value else not value
    return former, value


def find_column(values: Mapping[str, Any], key: str) -> tuple[str, Any]:
    """Return the key that a product has for one of today's columns, and what it says.

    >>> find_column({"activeSupportColumn": "Bug fixes"}, "eoasColumn")
    ('activeSupportColumn', 'Bug fixes')
    """
    written = key if key in values else COLUMNS.get(key, key)
    return written, values.get(written)

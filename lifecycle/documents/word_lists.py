"""Names and numbers as a sentence has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERS: Final = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
)  # fmt: skip


def listed(names: Sequence[str], last_joint: str = "and") -> str:
    """Join names as people do.

    >>> listed(["3.32", "3.33", "3.34"]), listed(["alpha", "beta"], "or"), listed(["3.32"])
    ('3.32, 3.33 and 3.34', 'alpha or beta', '3.32')
    """
    *first_names, last = names
    return f"{', '.join(first_names)} {last_joint} {last}" if first_names else last


def number(count: int) -> str:
    """Write a small number in letters, and others in digits.

    >>> number(5), number(12)
    ('five', '12')
    """
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else f"{count}"

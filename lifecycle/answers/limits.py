"""How much is answered at once; light, since the command line asks in parts of it."""

from __future__ import annotations

from typing import Final

MOST_COMPONENTS: Final = 20_000
"""How many components are checked at once."""

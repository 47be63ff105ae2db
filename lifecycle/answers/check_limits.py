"""How much is answered at once; light, since the command line asks in parts of it."""

from __future__ import annotations

from typing import Final

LARGEST_BODY_WITHOUT_TOKEN: Final = 2 << 20
"""How many bytes of a body are read where no token comes with it."""

MOST_COMPONENTS: Final = 20_000
"""How many components are checked at once."""

MOST_ALIASES = 20
"""How many package URLs a component may have beside its first."""

"""What a stored line declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.catalogue.catalogue_inputs import LineIn

if TYPE_CHECKING:
    from lifecycle.catalogue.models import Line


def facts_of(line: Line) -> LineIn:
    """Return a line as it would be declared."""
    return msgspec.convert(
        {
            "declared": line.declared,
            "lts": line.lts,
            "codename": line.codename,
            "released_on": line.released_on,
            "position": line.position,
            "presentation": line.presentation,
        },
        LineIn,
    )

"""Forms of text in what comes in, said so that Python and JSON Schema read them alike.

Python's ``$`` also comes before a last line break, JSON Schema's does not: ``END`` is the end.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from msgspec import Meta

END: Final = "(?!\\n)$"
SLUG: Final = "[a-z0-9][a-z0-9._-]{0,99}"
KEY: Final = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
REPORT: Final = "[A-Za-z0-9][A-Za-z0-9._-]{0,49}"
ONE_LINE: Final = "^[^\\x00-\\x1f\\x7f]+" + END
PROSE: Final = "^[^\\x00-\\x08\\x0b-\\x1f\\x7f]*$"
"""Tabs and line breaks are fit, at the end too."""

Text: TypeAlias = Annotated[str, Meta(max_length=500, pattern="^[^\\x00-\\x1f\\x7f]*" + END)]
Version: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=ONE_LINE, examples=["3.35.2"])
]
FeatureKey: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100, pattern="^" + KEY + END)]

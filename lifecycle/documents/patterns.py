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
PRINTABLE: Final = "^[^\\x00-\\x1f\\x7f-\\x9f]+" + END
ONE_LINE: Final = "^[^\\x00-\\x1f\\x7f]+" + END
PROSE: Final = "^[^\\x00-\\x08\\x0b-\\x1f\\x7f]*$"
"""Tabs and line breaks are fit, at the end too."""

LINE_OR_NOTHING: Final = "^[^\\x00-\\x1f\\x7f]*" + END
WEB_ADDRESS: Final = "^https?://[^\\x00-\\x20\\x7f]+" + END
ADDRESS_TEMPLATE: Final = "^https?://[^\\x00-\\x1f\\x7f]+" + END
FIELD_NAME: Final = "^[A-Za-z][A-Za-z0-9_]*" + END
VERSION_RANGE: Final = "^vers:[!-~]+" + END

IN_WORDS: Final = {
    "^" + SLUG + END: "1 to 100 lower-case letters, digits, dots, dashes or underscores",
    "^" + KEY + END: "1 to 100 letters, digits, dots, dashes or underscores",
    PRINTABLE: "a line of text",
    ONE_LINE: "a line of text",
    LINE_OR_NOTHING: "a line of text",
    PROSE: "text without control characters",
    WEB_ADDRESS: "an address that begins with https:// or http://",
    ADDRESS_TEMPLATE: "an address that begins with https:// or http://",
    FIELD_NAME: "letters, digits and underscores that begin with a letter",
    VERSION_RANGE: "a range of versions, such as vers:semver/<3.35.0",
}
"""What each form is called where people read of it."""

Text: TypeAlias = Annotated[str, Meta(max_length=500, pattern=LINE_OR_NOTHING)]
Version: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=ONE_LINE, examples=["3.35.2"])
]
FeatureKey: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100, pattern="^" + KEY + END)]

"""The path under which the service is published, which its own links begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from lifecycle.settings import Settings


def path_prefix(settings: Settings) -> str:
    """Return the path under which the service is published, without a slash at its end.

    >>> from lifecycle.settings import Settings
    >>> path_prefix(Settings(base_url="https://example.com/life/")), path_prefix(Settings())
    ('/life', '')
    """
    return urlsplit(settings.base_url).path.rstrip("/")

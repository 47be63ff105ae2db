"""The fixtures of tests that ask an application on a store with a vendor who publishes."""

from testkit.api_fixtures import (
    admin,
    app,
    arrangement,
    clairdash,
    client,
    configuration,
    make_token,
)
from testkit.published_deprecations import act, announce, publish, rest

__all__ = [
    "act",
    "admin",
    "announce",
    "app",
    "arrangement",
    "clairdash",
    "client",
    "configuration",
    "make_token",
    "publish",
    "rest",
]

from testkit.api_fixtures import (
    admin,
    app,
    arrangement,
    clairdash,
    client,
    configuration,
    make_token,
)
from testkit.clairdash_vendor import make_account, product, system

__all__ = [
    "admin",
    "app",
    "arrangement",
    "clairdash",
    "client",
    "configuration",
    "make_account",
    "make_token",
    "product",
    "system",
]

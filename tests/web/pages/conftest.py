from testkit.api_fixtures import (
    admin,
    app,
    arrangement,
    clairdash,
    client,
    configuration,
    make_token,
)

__all__ = ["admin", "app", "arrangement", "clairdash", "client", "configuration", "make_token"]

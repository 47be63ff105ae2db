from testkit.api_fixtures import admin, app, clairdash, client, configuration, make_token

__all__ = ["admin", "app", "clairdash", "client", "configuration", "make_token"]

"""The API's description, as an application without a store gives it, made once a process."""

import asyncio
import contextlib
import functools

from lifecycle import settings
from lifecycle.app import create_app
from lifecycle.database.store import open_store
from lifecycle.server import openapi_schemas
from testkit.shared_handlers import share_handlers


@functools.cache
def description(prefix=""):
    """Describe the API as it is published below a prefix; whoever asks changes nothing of it."""
    share_handlers()
    with contextlib.closing(asyncio.new_event_loop()):
        unused = open_store("sqlite:///unused")
        application = create_app(settings.load({}, database_url="unused"), unused).litestar
    schema = application.openapi_schema.to_schema()
    return openapi_schemas.described(application, schema, prefix)

"""The application behind a real port, in a thread of the test's own process."""

import asyncio
import contextlib
import socket
import threading
import time

import structlog
import uvicorn

from lifecycle import settings
from lifecycle.app import create_app
from lifecycle.database.store import open_store


@contextlib.contextmanager
def serving(store_file, **settings_of_it):
    """Serve the store on a port, in a thread of its own; nothing is delivered."""
    environment = {
        "LIFECYCLE_SECRET_KEY": "a key that only tests know",
        "LIFECYCLE_WORKER": "false",
        **settings_of_it,
    }
    store = open_store(f"sqlite:///{store_file}")
    application = create_app(settings.load(environment, database_url="unused"), store)
    logging = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as bound:
        options = uvicorn.Config(application, log_config=None, access_log=False, lifespan="on")
        server = uvicorn.Server(options)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([bound])))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        server.should_exit = True
        thread.join()
    structlog.configure(**logging)

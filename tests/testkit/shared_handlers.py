"""One registration of the handlers for all the applications that a test process makes.

Registering 150 handlers takes Litestar a third of a second of work, and a test of the API or of a
command makes an application or several. Handlers hold nothing of their application: what they
need they find in its state. So the first application registers them, and each later one has them
from there, with a state, a life span and a router of its own.
"""

import copy

from litestar import Litestar
from litestar.events import SimpleEventEmitter

from lifecycle import app

_registered = []


def share_handlers():
    """Have ``create_app`` register handlers once."""
    app.Litestar = _create


def _create(*, state, lifespan, **handlers):
    if not _registered:
        _registered.append(Litestar(state=state, lifespan=lifespan, **handlers))
    made = copy.copy(_registered[0])
    made.state = state
    made._lifespan_managers = lifespan
    made.event_emitter = SimpleEventEmitter(listeners=[])
    made.asgi_router = copy.copy(made.asgi_router)
    made.asgi_router.app = made
    made.asgi_handler = made._create_asgi_handler()
    return made

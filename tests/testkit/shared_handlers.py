"""One registration of the handlers for all the applications that a test process makes.

Registering 150 handlers takes Litestar a third of a second of work, and a test of the API or of a
command makes an application or several. Handlers hold nothing of their application: what they
need they find in its state. So one Litestar application, registered once, answers the requests of
all, each with the state of the application that was asked; each lives a life of its own.
"""

from contextvars import ContextVar

from litestar import Litestar
from litestar.datastructures import State

from lifecycle import app

_asked = ContextVar("asked")
_registered = []


class StateOfTheAsked(State):
    """The state of the application that the request at hand was sent to."""

    @property
    def app_state(self):
        """What a handler looks up; the state of the first application is never seen."""
        return _asked.get().app_state


class SharingApplication:
    """What ``create_app`` makes a Litestar application of: a state and a life span."""

    def __init__(self, *, state, lifespan, **handlers):
        if not _registered:
            _registered.append(Litestar(state=StateOfTheAsked(state), **handlers))
        (self._shared,) = _registered
        self._state, self._lifespan = state, lifespan

    def __getattr__(self, name):
        return getattr(self._shared, name)

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            living = Litestar(lifespan=self._lifespan, openapi_config=None, logging_config=None)
            await living(scope, receive, send)
            return
        token = _asked.set(self._state)
        try:
            await self._shared(scope, receive, send)
        finally:
            _asked.reset(token)


def share_handlers():
    """Have ``create_app`` register handlers once."""
    app.Litestar = SharingApplication

"""Who looks at a signed-in page: the name, what they may, and where they can go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.accounts.scopes import NOBODY, Caller, Scope, allows
from lifecycle.server.cacheability import is_private
from lifecycle.server.published_paths import write_path
from lifecycle.server.session_cookies import form_key

if TYPE_CHECKING:
    from litestar import Request

    from lifecycle.server.app_state import AppState

CONSOLE = (
    (("console",), "Home", "release"),
    (("console", "deprecations"), "Deprecations", "release"),
    (("console", "releases"), "Releases", "release"),
    (("console", "products"), "Products", "publish"),
    (("console", "policy"), "Policy", "publish"),
    (("console", "accounts"), "Accounts", "publish"),
    (("console", "log"), "Log", "publish"),
    (("console", "deliveries"), "Deliveries", "publish"),
    (("console", "tokens"), "Tokens", "admin"),
    (("console", "people"), "People", "admin"),
    (("console", "settings"), "Settings", "admin"),
)
"""The vendor's pages: where each is, what it is called, and the scope it needs."""


CUSTOMER = (
    ((), "Overview"),
    (("notices",), "Notices"),
    (("instances",), "What you run"),
    (("addresses",), "Addresses"),
)
"""An account's pages: where each is below the account's first one, and what it is called."""
WHOLE = ((("feeds",), "Calendar and feed"), (("tokens",), "Tokens"))
"""Those that concern all of its products, and are closed to who is limited to some."""


class Place(msgspec.Struct, frozen=True):
    """An entry of the navigation: the segments of its path, and its name."""

    segments: tuple[str, ...]
    name: str
    is_first: bool = False

    @property
    def path(self) -> str:
        """Its path, below the service's own prefix."""
        return write_path("", *self.segments)

    def holds(self, path: str) -> bool:
        """Return whether a page belongs to this entry; every page would to the first."""
        return not self.is_first and path.startswith(f"{self.path}/")


class Viewer(msgspec.Struct, frozen=True):
    """Who looks at the page; ``form_key`` is empty for one who came with a token, not a cookie."""

    name: str
    scope: Scope
    form_key: str
    places: tuple[Place, ...]

    @property
    def home(self) -> tuple[str, ...]:
        """The segments of the page at which they begin."""
        return home_of(self.scope)

    def may(self, needed: str, account: str | None = None) -> bool:
        """Return whether a page may offer what needs a scope."""
        return allows(self.scope, needed, account)


def viewer_of(request: Request[Any, Any, Any]) -> Viewer | None:
    """Return who looks at a page; None on public pages, which are the same for everybody."""
    caller: Caller = request.scope.get("auth") or NOBODY
    if caller.scope is None or not is_private(request.scope):  # type: ignore[arg-type]
        return None
    app_state: AppState = request.app.state.app_state
    key = form_key(app_state, caller.session) if caller.session else ""
    name = caller.session.name if caller.session else caller.actor
    return Viewer(name, caller.scope, key, _places(request, caller.scope))


def home_of(scope: Scope) -> tuple[str, ...]:
    """Return the segments of the page at which someone of a scope begins.

    >>> home_of(Scope("account", "acme")), home_of(Scope("publish"))
    (('my', 'acme'), ('console',))
    """
    return ("my", scope.account) if scope.account else ("console",)


def _places(request: Request[Any, Any, Any], scope: Scope) -> tuple[Place, ...]:
    is_customer_page = request.scope["path_template"].startswith("/my/")
    account = scope.account or (request.path_params["account"] if is_customer_page else None)
    if account:
        first = ("my", account)
        listed = CUSTOMER if scope.products is not None else (*CUSTOMER, *WHOLE)
        own = tuple(Place((*first, *path), name, not path) for path, name in listed)
        to_console = Place(("console", "accounts", account), "Back to the console")
        return own if scope.account else (to_console, *own)
    return tuple(
        Place(segments, name, len(segments) == 1)
        for segments, name, needed in CONSOLE
        if allows(scope, needed)
    )

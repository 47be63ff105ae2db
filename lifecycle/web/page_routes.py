"""How pages become routes: public ones read by anybody, signed-in ones by whom a scope lets in.

To add a signed-in page, say the vendor's list of accounts:

1. ``lifecycle/web/console/account_list.py`` with a handler that reads, and shows a template::

       @private_page("/console/accounts", scope="release")
       async def show_accounts(request: Req, session: NamedDependency[AsyncSession]) -> ...:
           return show(request, "console/accounts.html", title="Accounts", accounts=...)

   It may ask for ``session`` (one view of the store), ``moment`` (who asks, and when) and
   ``outcome: Outcome = None``. The template extends ``layout.html``, which shows who is signed in.
2. A form's handler beside it: ``@form("/console/accounts", scope="publish")`` makes a POST route,
   whose handler asks for ``form: NamedDependency[Form]``; ``lifecycle/web/page_forms.py`` shows the
   rest. The template's ``<form method="post">`` begins with ``{{ forms.key(viewer) }}``.
3. ``router = pages(show_accounts, ...)``, and the router in ``lifecycle/web/site.py``.
4. Its place in the navigation: ``lifecycle/web/viewers.py``.

The walk of who may (``tests/server/test_authorization.py``) finds the routes by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import MediaType, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from lifecycle.server.authorization import ALWAYS, WHERE_PRIVATE
from lifecycle.server.routing import get
from lifecycle.web import error_pages
from lifecycle.web.form_reception import check_form, provide_form

if TYPE_CHECKING:
    from collections.abc import Callable


def page(path: str, *, has_form: bool = False) -> HTTPRouteHandler:
    """Declare a page; its handler may ask for the ``moment`` and a ``session`` to read with.

    One that ``has_form`` gets whatever was sent, and says what is wrong beside the form as it was
    filled (``page_parameters.check_fields``).
    """
    return get(
        path,
        scope="public",
        include_in_schema=False,
        media_type=MediaType.HTML,
        signed_in=WHERE_PRIVATE,
        checks_text=has_form,
    )


def private_page(path: str, *, scope: str, **options: Any) -> HTTPRouteHandler:
    """Declare a page for those who are signed in with a scope; others are led to sign in.

    With ``by_product``, scopes that are limited to some products are let in too; the handler keeps
    to the ``products`` of its moment.
    """
    return get(
        path,
        scope=scope,
        include_in_schema=False,
        media_type=MediaType.HTML,
        signed_in=ALWAYS,
        **options,
    )


def form(
    path: str, *, scope: str, keyed: bool = True, by_product: bool | None = None
) -> Callable[[Any], HTTPRouteHandler]:
    """Declare what a form of a signed-in page is sent to; its handler asks for the ``form``.

    It is refused without the key of the session at hand, but where it is not ``keyed``: signing in.
    """
    is_by_product = "{product:" in path if by_product is None else by_product
    return HTTPRouteHandler(
        path,
        http_method="POST",
        opt={
            "scope": scope,
            "by_product": is_by_product,
            "signed_in": ALWAYS,
            "form": True,
            "keyed": keyed,
        },
        status_code=200,
        include_in_schema=False,
        media_type=MediaType.HTML,
        before_request=check_form,
        dependencies={"form": Provide(provide_form)},
    )


def document(path: str, media_type: str) -> HTTPRouteHandler:
    """Declare what pages lead to and other programs read: a picture, a feed, a calendar.

    Its refusal is a page for those alone who ask for one.
    """
    return get(
        path,
        scope="public",
        include_in_schema=False,
        media_type=media_type,
        exception_handlers={Exception: error_pages.handle},
        signed_in=WHERE_PRIVATE,
    )


def private_document(path: str, media_type: str, *, scope: str, **options: Any) -> HTTPRouteHandler:
    """Declare what signed-in people download: a table, or evidence; its refusal is a page."""
    return get(
        path,
        scope=scope,
        include_in_schema=False,
        media_type=media_type,
        signed_in=ALWAYS,
        **options,
    )


def pages(*handlers: Any, **dependencies: Callable[..., Any]) -> Router:
    """Bring pages together; what they refuse is a page as well.

    ``dependencies`` are what several of them ask for, such as the fields of a form above a list.
    """
    return Router(
        "/",
        route_handlers=handlers,
        exception_handlers={Exception: error_pages.refuse},
        dependencies={name: Provide(provide) for name, provide in dependencies.items()},
    )

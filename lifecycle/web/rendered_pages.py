"""How pages are made: one set of templates, whose every link and day is written the same way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from litestar import MediaType
from litestar.response import Response

from lifecycle.answers.support_phrases import end_pieces
from lifecycle.calendar.days import spell_days, write_day, write_month
from lifecycle.calendar.distances import distance
from lifecycle.deprecations.notices import letters, wording
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.deprecations.notices.templates import environment
from lifecycle.documents.link_addresses import contact_address
from lifecycle.documents.word_lists import listed
from lifecycle.server.cacheability import is_private
from lifecycle.server.escaped_paths import segments_of
from lifecycle.server.published_paths import path_prefix, write_path
from lifecycle.static_export.preferences import ANSWER_HEADER, APPLIED, static_copy_in
from lifecycle.web import deprecation_sentences, feature_words
from lifecycle.web.problem_sentences import (
    describe_entry,
    describe_fault,
    name_field,
    name_place,
    write_sentence,
)
from lifecycle.web.static_files import asset_path
from lifecycle.web.support_sentences import STATUS_LABELS
from lifecycle.web.viewers import viewer_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template
    from litestar import Request
    from litestar.types import Scope

    from lifecycle.server.app_state import AppState
    from lifecycle.settings import Settings

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""A page is made of what this service serves, and sends its forms nowhere else."""

PRIVATE_HEADERS = {"x-robots-tag": "noindex", "referrer-policy": "same-origin"}
"""Of a page that may show who is signed in; without a referrer, its forms would have no origin."""

CHANNEL_LABELS = {"webhook": "Webhook", "email": "E-mail", "chat": "Chat"}
NAVIGATION = (("products", "Products"), ("changes", "Changes"), ("manual", "Manual"))


def _fit(html: str) -> str:
    r"""Replace what is no character, as pictures and feeds do.

    >>> _fit("\uffff") == "\ufffd"
    True
    """
    return html.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def _template(name: str) -> Template:
    return _ENVIRONMENT.get_template(name)


_ENVIRONMENT = environment("lifecycle.web")
_ENVIRONMENT.globals.update(
    full_day=write_day,
    spell_days=spell_days,
    month_name=write_month,
    distance=distance,
    end_pieces=end_pieces,
    listed=listed,
    status_labels=STATUS_LABELS,
    kind_labels=wording.KINDS,
    channel_labels=CHANNEL_LABELS,
    announced=deprecation_sentences,
    features_in=feature_words,
    clock_time=deprecation_sentences.clock_time,
    milestone_labels=letters.LABELS,
    notice_label=letters.label,
    label_changes=wording.label_changes,
    describe_entry=describe_entry,
    describe_fault=describe_fault,
    name_field=name_field,
    name_place=name_place,
    write_sentence=write_sentence,
)


def show(
    request: Request[Any, Any, Any],
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response[str]:
    """Answer with a page: a template of ``templates``, which extends ``layout.html``.

    Templates have ``link`` and ``asset``, which write paths below the service's own prefix,
    ``absolute``, which writes the whole address, ``site``, the operator's settings, and ``viewer``,
    who is signed in (None on public pages). ``outcome`` says what was just done, and ``onward``
    leads on from there. ``is_static`` says that the page is for a file, and ``ask`` writes the path
    of what only a running service answers: None in a file that leads to no service.
    """
    app_state: AppState = request.app.state.app_state
    framed = frame(app_state.settings, request.scope) | {
        "viewer": viewer_of(request),
        "outcome": "",
        "onward": None,
    }
    html = _fit(_template(template).render(**(framed | values)))
    own = PRIVATE_HEADERS if is_private(request.scope) else {}  # type: ignore[arg-type]
    if framed["is_static"]:
        own = own | {ANSWER_HEADER: APPLIED}
    return Response(
        html,
        status_code=status,
        media_type=MediaType.HTML,
        headers={"content-security-policy": CONTENT_POLICY, **own, **(headers or {})},
    )


def fragments(request: Request[Any, Any, Any], template: str) -> Any:
    """Return the macros of a template by their names, for parts of pages that are written apart."""
    app_state: AppState = request.app.state.app_state
    framed = frame(app_state.settings, request.scope)
    return _template(template).make_module(framed | {"viewer": viewer_of(request)})


def frame(settings: Settings, scope: Scope) -> dict[str, Any]:
    """Return what every page has: how its links are written, where it is, and whose site it is."""
    prefix = path_prefix(settings)
    link = partial(write_path, prefix)
    copy = static_copy_in(scope["headers"])
    live = partial(write_path, copy.live.rstrip("/")) if copy and copy.live else None
    return {
        "link": link,
        "ask": live if copy else link,
        "is_static": copy is not None,
        "absolute": partial(write_path, base_url(settings)),
        "asset": lambda name: prefix + asset_path(name),
        "site": settings,
        "contact": contact_address(settings.contact),
        "base": base_url(settings),
        "here": write_path("", *segments_of(scope)),
        "navigation": NAVIGATION,
    }

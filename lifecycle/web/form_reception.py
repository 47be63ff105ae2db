"""How forms come in: read within bounds, and taken from our own pages alone."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from multipart import MultipartError, MultipartParser, parse_options_header

from lifecycle.accounts.scopes import NOBODY, Caller
from lifecycle.documents.storable_text import shown
from lifecycle.errors import BadRequest, Forbidden
from lifecycle.server import request_validation
from lifecycle.server.authorization import TYPED
from lifecycle.server.session_cookies import is_form_key
from lifecycle.web.page_forms import Form
from lifecycle.web.uploaded_texts import UploadedFile, with_breaks

if TYPE_CHECKING:
    from litestar import Request

    from lifecycle.server.app_state import AppState

_FORM = "lifecycle.form"
MOST_FIELDS = 2000
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


class ForgedForm(Forbidden):
    """The form was not sent from a page of yours."""


class UnreadableForm(BadRequest):
    """The form cannot be read."""


async def check_form(request: Request[Any, Any, Any]) -> None:
    """Read the form that a request sends, before any handler; refuse one that is not from here."""
    await request_validation.check(request)
    request.scope[_FORM] = await _receive(request)  # type: ignore[literal-required]


async def provide_form(request: Request[Any, Any, Any]) -> Form:
    """Return the form that was read."""
    form: Form = request.scope[_FORM]  # type: ignore[literal-required]
    return form


async def _receive(request: Request[Any, Any, Any]) -> Form:
    body = await request.body()
    request.scope[TYPED] = body  # type: ignore[literal-required]
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind not in {URLENCODED, MULTIPART}:
        raise UnreadableForm(
            f"A form is sent as {URLENCODED}, or with files as {MULTIPART}, not as "
            f"{kind[:100] or 'nothing'!r}."
        )
    form = await _read_multipart(request) if kind == MULTIPART else read_form(body)
    caller: Caller = request.scope.get("auth") or NOBODY
    if "authorization" not in request.headers:  # which no form of another site can send
        check_origin(request)
    if caller.session is not None and request.route_handler.opt["keyed"]:
        app_state: AppState = request.app.state.app_state
        if not is_form_key(app_state, caller.session, form.value("form_key")):
            raise ForgedForm(
                "The page that it stood on belongs to another session, or to none. Open the page "
                "again and send the form from there."
            )
    return form


def read_form(body: bytes) -> Form:
    r"""Read the fields of a form; line breaks are as on every machine.

    >>> read_form(b"reason=a%0D%0Ab&tier=pro&tier=free").typed()
    {'reason': 'a\nb', 'tier': 'pro\nfree'}
    """
    fields: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise UnreadableForm(
            f"It has more than {MOST_FIELDS} fields, or text that is not UTF-8."
        ) from None
    for field, value in pairs:
        fields.setdefault(field, []).append(with_breaks(value))
    return Form(fields)


def read_typed(body: bytes, content_type: str) -> dict[str, str]:
    r"""Return what was typed into a form, files left out; nothing where it cannot be read.

    >>> read_typed(b"reason=a", "application/x-www-form-urlencoded")
    {'reason': 'a'}
    >>> part = b'--x\r\nContent-Disposition: form-data; name="reason"\r\n\r\na\r\n--x--\r\n'
    >>> read_typed(part, "multipart/form-data; boundary=x")
    {'reason': 'a'}
    """
    kind, options = parse_options_header(content_type)
    try:
        if kind == URLENCODED:
            return read_form(body).typed()
        if kind == MULTIPART and options.get("boundary"):
            parts = MultipartParser(BytesIO(body), options["boundary"], part_limit=MOST_FIELDS)
            fields: dict[str, list[str]] = {}
            for part in parts:
                if not part.filename and part.name:
                    fields.setdefault(part.name, []).append(with_breaks(part.value))
            return Form(fields).typed()
    except (UnreadableForm, MultipartError, ValueError, LookupError):
        pass
    return {}


async def _read_multipart(request: Request[Any, Any, Any]) -> Form:
    """Read a form that may hold files; a field of a file that was not chosen is empty."""
    fields: dict[str, list[str]] = {}
    files: dict[str, list[UploadedFile]] = {}
    try:
        for field, value in (await request.form()).multi_items():
            if isinstance(value, UploadFile):
                file = UploadedFile(shown(value.filename), await value.read())
                files.setdefault(field, []).append(file)
            else:
                fields.setdefault(field, []).append(with_breaks(str(value)))
    except (HTTPException, LookupError, ValueError):
        raise UnreadableForm("It is not well-formed, or has text that is not UTF-8.") from None
    return Form(fields, files)


def check_origin(request: Request[Any, Any, Any]) -> None:
    """Refuse a form that a page of another site has sent, by what browsers say of it."""
    site = request.headers.get("sec-fetch-site")
    if site in {"same-origin", "none"}:
        return
    origin = request.headers.get("origin")
    if site is None and (origin is None or origin in _own_origins(request)):
        return
    raise ForgedForm(
        "It came from another site. Open the page here and send the form from there. If you did, "
        "LIFECYCLE_BASE_URL differs from the address that you see."
    )


def _own_origins(request: Request[Any, Any, Any]) -> set[str]:
    app_state: AppState = request.app.state.app_state
    published, host = urlsplit(app_state.settings.base_url), request.headers.get("host", "")
    return {f"{published.scheme}://{published.netloc}", f"http://{host}", f"https://{host}"}

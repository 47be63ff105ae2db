"""What walks of every route there is have in common."""

from __future__ import annotations

from litestar.params import QueryParameter

MOVING = {"date", "etag", "content-length"}


def queries_of(handler):
    """Give the names of a route's parameters in the query, and whether each is needed."""
    for name, field in handler.parsed_fn_signature.parameters.items():
        if isinstance(field.kwarg_definition, QueryParameter):
            yield field.kwarg_definition.name or name, field.is_required


def text_of(response):
    """Give all that was answered, but for what differs from one moment to the next."""
    headers = {name: value for name, value in response.headers.items() if name not in MOVING}
    return f"{response.status_code}\n{headers}\n{response.text}".lower()

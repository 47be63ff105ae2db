"""What walks of every route there is have in common."""

import re

from litestar.params import QueryParameter

MOVING = {"date", "etag", "content-length"}


def queries_of(handler):
    """Give the names of a route's parameters in the query, and whether each is needed."""
    for name, field in handler.parsed_fn_signature.parameters.items():
        if isinstance(field.kwarg_definition, QueryParameter):
            yield field.kwarg_definition.name or name, field.is_required


DRAWN = re.compile(r'(name="token_key" value=")[^"]+')
"""What a form is given anew each time, so that sending it twice does nothing twice."""


def text_of(response):
    """Give all that was answered, but for what differs from one moment to the next."""
    headers = {name: value for name, value in response.headers.items() if name not in MOVING}
    text = DRAWN.sub(r"\1", response.text)
    return f"{response.status_code}\n{headers}\n{text}".lower()

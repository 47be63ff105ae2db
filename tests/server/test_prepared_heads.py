"""A prepared head is on the wire what uvicorn would write, and never what it would refuse."""

import asyncio
from functools import partial

import pytest
import uvicorn
from uvicorn.server import ServerState

from lifecycle.server.cached_responses import Form
from lifecycle.server.http_protocol import BoundedProtocol
from lifecycle.server.prepared_heads import HEAD

BODY = b"a ready answer"
HEADERS = [(b"content-type", b"text/plain"), (b"content-length", b"14"), (b"vary", b"accept")]


async def answered(requests, *, prepared):
    """Send requests over one connection; give all that comes back until it is closed."""
    form = Form(HEADERS, BODY, b'"tag"')
    assert HEAD in form.start
    usual = {name: value for name, value in form.start.items() if name != HEAD}

    async def application(scope, receive, send):
        _, body = form.messages(head=scope["method"] == "HEAD", if_none_match=None)
        await send(form.start if prepared else usual)
        await send(body)

    config = uvicorn.Config(application, access_log=False, log_config=None, lifespan="off")
    config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"Sat, 21 Nov 2026 12:00:00 GMT")]
    protocol = partial(BoundedProtocol, config=config, server_state=state, app_state={})
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"".join(requests))
        answers = await reader.read()
        writer.close()
        await writer.wait_closed()
    return answers


def request(method=b"GET", version=b"1.1", *headers):
    return b"\r\n".join([method + b" / HTTP/" + version, b"host: a", *headers, b"", b""])


CLOSE = request(b"GET", b"1.1", b"connection: close")


@pytest.mark.parametrize(
    "requests",
    [
        [CLOSE],
        [request(), CLOSE],
        [request(b"HEAD"), request(), request(b"HEAD"), CLOSE],
        [request(b"GET", b"1.0")],
        [request(b"GET", b"1.1", b"expect: 100-continue"), CLOSE],
    ],
    ids=["close", "keep alive", "head", "1.0", "expect"],
)
async def test_a_prepared_head_is_what_uvicorn_writes(requests):
    prepared = await answered(requests, prepared=True)

    assert prepared == await answered(requests, prepared=False)
    assert prepared.count(b"HTTP/1.1 200 OK\r\n") == len(requests)
    assert prepared.count(BODY) == sum(b"HEAD" not in each for each in requests)


@pytest.mark.parametrize(
    "headers",
    [
        [(b"content-length", b"14"), (b"x-name", b"a\r\nset-cookie: b=c")],
        [(b"content-length", b"15")],
        [(b"content-type", b"text/plain")],
        [(b"content-length", b"14"), (b"content-length", b"14")],
    ],
    ids=["line's end", "another length", "no length", "two lengths"],
)
def test_what_could_part_answers_wrongly_is_left_to_uvicorn(headers):
    assert HEAD not in Form(headers, BODY, b'"tag"').start

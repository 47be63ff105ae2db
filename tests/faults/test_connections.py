"""Clients that are idle, slow, or gone."""

import contextlib
import json
import signal
import threading
import time
from http.client import HTTPResponse

import httpx
import pytest

from testkit.server_processes import HEADERS, IMPATIENT, PRODUCT, RELEASES, fact

IDLE = 500
LINE = f"Authorization: {HEADERS['Authorization']}\r\n".encode()


def request(method, path, body=b"", *, length=None):
    kind = b"application/yaml" if path.endswith("/policy") else b"application/json"
    return b"".join(
        [
            f"{method} {path} HTTP/1.1\r\nHost: here\r\n".encode(),
            LINE,
            b"Content-Type: " + kind + b"\r\n",
            f"Content-Length: {len(body) if length is None else length}\r\n\r\n".encode(),
            body,
        ]
    )


def status(connection):
    """Read one answer to its end; give its status."""
    answer = HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status


@pytest.fixture
def many(lasting):
    """Connect often, and end all of that with the test."""
    with contextlib.ExitStack() as opened:
        yield lambda count: [opened.enter_context(lasting.connect()) for _ in range(count)]


def quickly(client, version, *, within=5):
    """Ask and write as anybody else; tell whether it took its usual time."""
    begun = time.monotonic()
    asked = client.get(f"{PRODUCT}/versions/3.9.0")
    written = client.post(RELEASES, json=fact(version))
    assert (asked.status_code, written.status_code) == (200, 201), written.text
    return time.monotonic() - begun < within


def test_idle_connections_and_those_that_never_finish_hold_up_nobody(client, many):
    for connection in many(IDLE // 2):
        connection.sendall(b"GET /v1/products HTTP/1.1\r\nHost: ")
    many(IDLE // 2)

    assert quickly(client, "20.0.0")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", RELEASES),
        ("PUT", f"{PRODUCT}/policy"),
        ("PUT", PRODUCT),
        ("PUT", "/v1/accounts/acme/instances/slow"),
        ("PATCH", f"{RELEASES}/3.1.0"),
        ("DELETE", "/v1/accounts/acme/instances/slow"),
        ("POST", f"{PRODUCT}/simulate"),
    ],
)
def test_a_body_that_never_ends_holds_up_no_other_change(client, many, method, path):
    for connection in many(30):
        connection.sendall(request(method, path, b'{"a', length=1000))
    time.sleep(0.2)

    assert quickly(client, f"21.0.0-{method}.{path.rpartition('/')[2]}")


def test_who_leaves_before_the_end_of_the_request_changes_nothing(lasting, client):
    body = json.dumps(fact("22.0.0")).encode()
    for cut in (10, 120, -1):
        with lasting.connect() as connection:
            connection.sendall(request("POST", RELEASES, body)[:cut])
    time.sleep(0.3)

    assert client.get(f"{RELEASES}/22.0.0").status_code == 404
    assert client.post(RELEASES, json=fact("22.0.0")).status_code == 201
    assert '"defect"' not in lasting.printed()


def test_who_leaves_before_the_answer_has_changed_all_or_nothing(
    lasting, client, verdict, lasting_url
):
    body = json.dumps([fact(f"23.{minor}.0") for minor in range(200)]).encode()
    for wait in (0.0, 0.01, 0.03, 0.1):
        with lasting.connect() as connection:
            connection.sendall(request("POST", RELEASES, body))
            time.sleep(wait)
    time.sleep(0.5)

    stored = (
        client.get(f"{RELEASES}/23.0.0").status_code,
        client.get(f"{RELEASES}/23.199.0").status_code,
    )
    assert stored in {(200, 200), (404, 404)}
    assert quickly(client, "24.0.0")
    assert verdict(lasting_url).whole
    assert '"defect"' not in lasting.printed()


def test_who_does_not_read_the_answers_holds_up_nobody(client, many):
    line = f"GET {RELEASES}?limit=500 HTTP/1.1\r\nHost: here\r\n\r\n".encode()
    for connection in many(20):
        connection.sendall(line * 200)

    assert quickly(client, "25.0.0")


def test_many_readers_at_once_are_all_answered(lasting):
    """Each holds a connection to the store while it waits for the product to be loaded."""
    answers = []

    def ask(number):
        path = f"{RELEASES}?limit={number + 1}" if number % 2 else "/v1/accounts/acme/status"
        answers.append(httpx.get(f"{lasting.address}{path}", headers=HEADERS, timeout=20))

    httpx.post(f"{lasting.address}{RELEASES}", json=fact("26.0.0"), headers=HEADERS)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [200] * 40


def test_sigterm_finishes_what_is_under_way_and_leaves_with_0_whoever_is_connected(
    server, sqlite_url, verdict
):
    body = json.dumps([fact(f"30.{minor}.0") for minor in range(500)]).encode()
    with contextlib.ExitStack() as opened:
        for _ in range(20):
            idle = opened.enter_context(server.connect())
            idle.sendall(b"GET /health/live HTTP/1.1\r\nHost: here\r\n\r\n")
            assert status(idle) == 200
        for _ in range(20):
            opened.enter_context(server.connect())
        under_way = opened.enter_context(server.connect())
        begun = request("POST", RELEASES, body)
        under_way.sendall(begun[:-10])
        time.sleep(0.2)

        server.signal(signal.SIGTERM)
        time.sleep(0.3)
        under_way.sendall(begun[-10:])
        taken = status(under_way)
        code = server.wait()

    assert (taken, code) == (201, 0)
    assert verdict(sqlite_url).whole


def test_who_stops_halfway_is_let_go_and_who_goes_on_is_not(serve, sqlite_url):
    server = serve(sqlite_url, run=IMPATIENT).ready().fill()
    body = json.dumps(fact("40.0.0")).encode()
    halves = [b"", b"GET /v1/products HTTP/1.1\r\nHost: ", request("POST", RELEASES, length=9)]
    with contextlib.ExitStack() as opened:
        stopped = [opened.enter_context(server.connect()) for _ in halves]
        for connection, half in zip(stopped, halves, strict=True):
            connection.sendall(half)
        slow, kept = (opened.enter_context(server.connect()) for _ in range(2))
        kept.sendall(request("GET", PRODUCT))
        assert status(kept) == 200

        slow.sendall(request("POST", RELEASES, length=len(body)))
        for place in range(0, len(body), 10):
            slow.sendall(body[place : place + 10])
            time.sleep(0.4)
        taken = status(slow)
        kept.sendall(request("GET", PRODUCT))

        assert (taken, status(kept)) == (201, 200)
        assert [connection.recv(100) for connection in stopped] == [b""] * len(stopped)
    assert '"defect"' not in server.printed()


@pytest.mark.parametrize("name", [b"Upgrade", b"upgrade", b"UPGRADE"])
def test_a_client_that_offers_another_protocol_is_answered_in_this_one(lasting, client, name):
    """Java's client does so with every request, and its bodies must not be lost."""
    version = f"41.0.0-{name.decode()}"
    offered = b"Connection: Upgrade, HTTP2-Settings\r\n" + name + b": h2c\r\nHTTP2-Settings: AA\r\n"
    sent = request("POST", RELEASES, json.dumps(fact(version)).encode())
    answers = []
    with lasting.connect() as connection:
        for _ in range(2):
            connection.sendall(sent.replace(b"Content-Type", offered + b"Content-Type"))
            answers.append(status(connection))

    assert answers == [201, 409]
    assert client.get(f"{RELEASES}/{version}").status_code == 200

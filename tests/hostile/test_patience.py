"""Who sends half of something and stops, or sends too much, holds nothing for long."""

import contextlib
import json
import threading
import time

import httpx
import pytest

from testkit.server_processes import HEADERS, IMPATIENT, PRODUCT

ANYBODY = 2 * 1024 * 1024


@pytest.fixture
def impatient(serve, sqlite_url):
    return serve(sqlite_url, run=IMPATIENT).ready().fill()


def ask(path, length):
    lines = (f"POST {path} HTTP/1.1", "Host: h", f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def is_closed(connection):
    """Wait for the end of a connection; what is answered before is passed over."""
    with contextlib.suppress(ConnectionError):
        while connection.recv(65536):
            pass
    return True


def held(server):
    (line,) = (
        line
        for line in httpx.get(f"{server.address}/metrics").text.splitlines()
        if line.startswith("lifecycle_bodies_bytes ")
    )
    return float(line.split()[1])


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n",
        b"\r\n\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost: h\r\n\r\nGET /health/live HTTP/1.1\r\n",
        b"POST /v1/check HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[",
        b"POST /v1/products HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{",
        b"POST /nosuch HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{",
    ],
)
def test_a_connection_on_which_nothing_more_comes_is_closed(impatient, sent):
    with impatient.connect() as connection:
        connection.sendall(sent)

        assert is_closed(connection)


def test_line_breaks_after_an_answer_keep_no_connection(impatient):
    with impatient.connect() as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n")
        assert connection.recv(1000)
        connection.sendall(b"\r\n\r\n")

        assert is_closed(connection)


def test_a_body_that_trickles_is_let_go_though_something_comes_now_and_then(impatient):
    with impatient.connect() as connection:
        connection.sendall(ask("/v1/check", 1_000_000))
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - begun < 25:
                connection.sendall(b" " * 100)
                time.sleep(0.1)

        assert 4 < time.monotonic() - begun < 25


def test_half_sent_bodies_are_bounded_together_and_leave_nothing_behind(impatient):
    most = 32 * 1024 * 1024
    with contextlib.ExitStack() as opened:
        halves = [opened.enter_context(impatient.connect()) for _ in range(30)]
        for connection in halves:
            connection.sendall(ask("/v1/check", ANYBODY))
            with contextlib.suppress(OSError):
                connection.sendall(b" " * (ANYBODY - 1))
        during = held(impatient)
        with impatient.client() as client:
            stored = client.put(PRODUCT, json={"name": "Clairdash"})

        assert stored.status_code == 200
        assert during <= most
        assert all(is_closed(connection) for connection in halves)
    for _ in range(100):
        if not held(impatient):
            break
        time.sleep(0.1)
    assert held(impatient) == 0
    assert '"defect"' not in impatient.printed()


def test_whoever_finds_no_room_is_told_to_ask_again(impatient):
    answers = []
    with contextlib.ExitStack() as opened:
        stop = threading.Event()

        def keep_sending(connection):
            """Send enough, again and again, not to be let go."""
            with contextlib.suppress(OSError):
                connection.sendall(ask("/v1/check", ANYBODY) + b" " * (ANYBODY - 1000))
                for _ in range(900):
                    if stop.wait(0.2):
                        return
                    connection.sendall(b" ")

        senders = []
        for _ in range(16):
            connection = opened.enter_context(impatient.connect())
            senders.append(threading.Thread(target=keep_sending, args=(connection,)))
            senders[-1].start()
        for _ in range(100):
            if held(impatient) > 31 * 1024 * 1024:
                break
            time.sleep(0.05)
        with httpx.Client(base_url=impatient.address, timeout=30) as nobody:
            answers.append(nobody.post("/v1/check", content=b" " * (ANYBODY - 1)))
        stop.set()
        for sender in senders:
            sender.join()

    assert [answer.status_code for answer in answers] == [503]
    assert answers[0].headers["retry-after"]
    assert answers[0].json()["error"] == "TooManyBodies"


@pytest.mark.parametrize("size", [ANYBODY, ANYBODY + 1])
def test_two_mebibytes_are_read_of_those_without_a_token(lasting, size):
    start = json.dumps({"components": [{"product": "clairdash", "version": "3.9.0"}]}).encode()
    with httpx.Client(base_url=lasting.address, timeout=60) as nobody:
        answer = nobody.post("/v1/check", content=start.ljust(size))

    assert answer.status_code == (200 if size == ANYBODY else 413)
    if size > ANYBODY:
        assert "2,097,152 bytes that are read without a token" in answer.json()["detail"]


def test_with_a_token_more_is_read(lasting, client):
    start = json.dumps({"components": [{"product": "clairdash", "version": "3.9.0"}]}).encode()

    assert client.post("/v1/check", content=start.ljust(5 * ANYBODY)).status_code == 200


def test_what_is_announced_as_too_large_is_not_waited_for(lasting):
    with lasting.connect() as connection:
        connection.sendall(ask("/v1/check", ANYBODY + 1))

        assert b" 413 " in connection.recv(1000).partition(b"\r\n")[0]


def test_a_token_that_is_none_opens_nothing(lasting):
    headers = HEADERS | {"Authorization": "Bearer guessed"}
    with httpx.Client(base_url=lasting.address, headers=headers) as guessing:
        answer = guessing.post("/v1/check", content=b" " * (ANYBODY + 1))

    assert answer.status_code == 401

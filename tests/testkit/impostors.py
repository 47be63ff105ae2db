"""What stands where a service should, takes each request, and does what a test says instead."""

import contextlib
import re
import socket
import threading


@contextlib.contextmanager
def standing_in():
    """Give what starts an impostor with what it does; that gives its address and what it is asked.

    It does ``respond(connection, count, ended)`` for each request; ``ended`` is set at the end.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    ended, asked, threads = threading.Event(), [], []

    def serve(respond):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with connection, contextlib.suppress(OSError):
                    asked.append(request_on(connection))
                    respond(connection, len(asked), ended)

    def start(respond):
        threads.append(threading.Thread(target=serve, args=(respond,)))
        threads[-1].start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}", asked

    yield start
    ended.set()
    with contextlib.suppress(OSError):
        listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    for thread in threads:
        thread.join()


def request_on(connection):
    """Read one request whole: closing on what was not read would reset the answer."""
    received = connection.recv(65536)
    length = re.search(rb"content-length: (\d+)", received, re.IGNORECASE)
    while len(received.partition(b"\r\n\r\n")[2]) < (int(length[1]) if length else 0):
        received += connection.recv(65536)
    return received


def response(status, body, *headers):
    lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(body)}", *headers, "", body]
    return "\r\n".join(lines).encode()


def always(content):
    return lambda connection, _count, _ended: connection.sendall(content)

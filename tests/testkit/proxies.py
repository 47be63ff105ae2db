"""A real nginx before a server, which publishes it below a path."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from testkit.manual_pages import MANUAL, blocks
from testkit.server_processes import DEADLINE

PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PREFIX = "/support/life"
UPSTREAM = "http://127.0.0.1:8000"
PASSED_ON, SIGNED_IN = (
    block.text for block in blocks(MANUAL / "operating.md") if "location" in block.text
)
"""The manual's own configurations: the path as it came, and readers with a token."""
(NAMING,) = (block.text for block in blocks(MANUAL / "access.md") if "location" in block.text)
"""The manual's own: people whom the proxy signs in, and names in headers."""
ASKING = """
location = /sso {{
    internal;
    proxy_pass {address};
    proxy_pass_request_body off;
    proxy_set_header Content-Length "";
}}
"""
REMOVED = PASSED_ON.replace(f"{UPSTREAM};", f"{UPSTREAM}/;")
CONFIGURATION = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/errors;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""


def free_port():
    """Return a port that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return bound.getsockname()[1]


class _Known(BaseHTTPRequestHandler):
    """Say who somebody is by a cookie, as a single sign-on does that nginx asks."""

    people: ClassVar[dict[str, dict[str, str]]] = {}

    def do_GET(self):
        person = self.people.get(
            self.headers.get("Cookie", "").partition("sso=")[2].partition(";")[0]
        )
        self.send_response(401 if person is None else 200)
        for name, value in (person or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Print nothing."""


@contextmanager
def single_sign_on(people):
    """Serve what nginx asks who somebody is; ``people`` are the headers for each cookie."""
    handler = type("Known", (_Known,), {"people": people})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield ASKING.format(address=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


@contextmanager
def publishing(server, folder, *, port, location):
    """Publish a server below the prefix, on another port, as a ``location`` of nginx says."""
    if PROGRAM is None:
        pytest.skip("nginx is not installed here (Debian: apt-get install nginx-light)")
    configuration = folder / "nginx.conf"
    assert UPSTREAM in location
    own = location.replace(UPSTREAM, server.address)
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port, location=own))
    command = [PROGRAM, "-p", str(folder), "-e", str(folder / "errors"), "-c", str(configuration)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process, folder)
        yield f"http://127.0.0.1:{port}{PREFIX}"
    finally:
        process.kill()
        process.wait()


def wait_for(port, process, folder):
    """Wait until somebody listens; fail with the errors if the process ends."""
    for _ in range(DEADLINE * 50):
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError((folder / "errors").read_text())

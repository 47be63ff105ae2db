import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook

from lifecycle.cli import demo_receiver
from lifecycle.demo.subscribers import HOST, PORT, SECRET, SUBSCRIBERS

RUN = ["-c", "from lifecycle.cli import main; main()", "demo-receiver"]
MOVED = """
import msgspec
from lifecycle.cli import main
from lifecycle.demo import subscribers
usual = f"http://{{subscribers.HOST}}:{{subscribers.PORT}}/"
subscribers.SUBSCRIBERS = tuple(
    msgspec.structs.replace(each, address=each.address.replace(usual, "{address}"))
    for each in subscribers.SUBSCRIBERS
)
main()
"""
DEADLINE = 60
BODY = '{"type": "test", "data": {"account": "acme"}}'


class Running:
    """A `lifecycle demo-receiver` in a process of its own, and what it has printed so far."""

    def __init__(self, output, options):
        self.output = output
        with output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, *RUN, "--port", "0", *options], stdout=file, stderr=file
            )

    def printed(self, pattern):
        """Wait until it has printed something, and give it."""
        for _ in range(DEADLINE * 20):
            if match := re.search(pattern, self.output.read_text()):
                return match[0]
            time.sleep(0.05)
        raise AssertionError(self.output.read_text())


@pytest.fixture
def receiver(tmp_path):
    started = []

    def start(*options):
        started.append(Running(tmp_path / f"output-{len(started)}", options))
        return started[-1], started[-1].printed(r"http://\S+/")

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def post(address, secret=SECRET):
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, BODY),
    }
    return httpx.post(f"{address}acme", content=BODY, headers=headers).status_code


def test_it_takes_what_is_signed_with_the_demo_s_secret_and_stops_when_asked(receiver):
    running, address = receiver()

    status = post(address)

    assert status == 200
    assert running.printed("acme: test.*") == "acme: test  verified"
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(DEADLINE) == 0


def test_it_refuses_what_is_signed_with_another(receiver):
    own = "whsec_b25lIHRoYXQgbm9ib2R5IGdhdmU="
    running, address = receiver("--secret", own)

    statuses = [post(address), post(address, own)]

    assert statuses == [400, 200]
    assert running.printed("NOT VERIFIED.*")


def test_it_fails_as_often_as_asked(receiver):
    _, address = receiver("--fail", "1")

    assert [post(address), post(address)] == [500, 200]


def test_a_port_in_use_is_told_in_a_sentence(cli):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, errors = cli("demo-receiver", "--port", port)

    assert code == 2
    assert f"port {port}" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("secret", ["whsec_!", "whsec_", "§"])
def test_a_secret_that_is_none_is_told_in_a_sentence(cli, secret):
    code, _, errors = cli("demo-receiver", "--port", 0, "--secret", secret)

    assert code == 2
    assert "--secret" in errors


def test_it_listens_where_the_demo_sends_to_unless_another_port_is_given():
    (port,) = [param for param in demo_receiver.command.params if param.name == "port"]

    assert port.default == PORT
    assert all(
        each.address.startswith(f"http://{HOST}:{PORT}/")
        for each in SUBSCRIBERS
        if each.channel == "webhook"
    )


def test_the_demo_s_notices_arrive_verified(receiver, tmp_path):
    """The demo sends to a port that is free, in place of the receiver's usual one."""
    running, address = receiver()
    environ = {k: v for k, v in os.environ.items() if not k.startswith("LIFECYCLE_")}
    command = [sys.executable, "-c", MOVED.format(address=address)]
    with (tmp_path / "serve").open("w") as output:
        service = subprocess.Popen(
            [*command, "serve", "--demo", "--port", "0"],
            env=environ | {"XDG_DATA_HOME": str(tmp_path)},
            stdout=output,
            stderr=output,
        )
    try:
        line = running.printed("acme: deprecation.announced.*")
    finally:
        service.terminate()
        service.wait(DEADLINE)

    assert line.endswith("verified")
    assert "Screen recorder" in line

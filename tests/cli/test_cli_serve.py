import functools
import json
import os
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time

import httpx
import pytest

from lifecycle.cli import demo_setup
from testkit import unprivileged_python
from testkit.forked_processes import start_forked

DEADLINE = 60
RUN = "from lifecycle.cli import main; main()"
TOKEN = re.compile(r"^  (lct_\S+)$", re.MULTILINE)


class Service:
    """A `lifecycle serve` in a process of its own, and what it has printed so far."""

    def __init__(self, arguments, environ, folder, *, through=None):
        """Start it as a fork, or through a Python started anew, with arguments of its own."""
        self.output = folder / f"output-{time.monotonic_ns()}"
        with self.output.open("w") as output:
            streams = {"stdout": output, "stderr": output}
            if through is None:
                self.process = start_forked(RUN, arguments, environ, **streams)
            else:
                command = [sys.executable, *through, "-c", RUN, *arguments]
                self.process = subprocess.Popen(command, env=environ, **streams)

    def printed(self):
        return self.output.read_text()

    def address(self):
        """Wait until it says where it is."""
        for _ in range(DEADLINE * 20):
            if match := re.search(r"Listening on (http://[^\s;]+)", self.printed()):
                return match[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(self.printed())

    def wait(self):
        return self.process.wait(timeout=DEADLINE)

    def stop(self):
        self.process.terminate()
        return self.wait()


@pytest.fixture
def serve(tmp_path):
    """Start a service on a port of its own, on a store in the test's folder."""
    started = []

    def serve(*arguments, port="0", through=None, **variables):
        environ = {k: v for k, v in os.environ.items() if not k.startswith("LIFECYCLE_")}
        environ |= {"LIFECYCLE_DATABASE_URL": f"sqlite:///{tmp_path}/lifecycle.sqlite3"}
        environ |= {"XDG_DATA_HOME": str(tmp_path / "data")} | variables
        command = ["serve", "--port", port, *arguments]
        service = Service(command, environ, tmp_path, through=through)
        started.append(service)
        return service

    yield serve
    for service in started:
        service.process.kill()
        service.wait()


def test_a_first_start_prints_a_token_once_and_a_second_none(serve):
    first = serve(through=[])
    address = first.address()
    token = TOKEN.search(first.printed())[1]
    headers = {"Authorization": f"Bearer {token}"}
    known = httpx.get(f"{address}/v1/accounts", headers=headers).status_code
    unknown = httpx.get(f"{address}/v1/accounts").status_code
    first.stop()

    second = serve(through=[])
    second.address()

    assert (known, unknown) == (200, 401)
    assert not TOKEN.search(second.printed())


def test_the_operator_s_own_token_is_taken_and_never_printed(serve):
    service = serve(LIFECYCLE_ADMIN_TOKEN="chosen-by-the-operator")
    headers = {"Authorization": "Bearer chosen-by-the-operator"}

    status = httpx.get(f"{service.address()}/v1/accounts", headers=headers).status_code

    assert status == 200
    assert "chosen-by-the-operator" not in service.printed()
    assert not TOKEN.search(service.printed())


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_exits_with_0(serve, sign):
    service = serve()
    service.address()

    service.process.send_signal(sign)

    assert service.wait() == 0
    assert "Traceback" not in service.printed()


def test_a_port_in_use_is_refused_before_anything_is_made(serve, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = serve(port=str(taken.getsockname()[1]))
        code = service.wait()

    assert code == 2
    assert "is in use" in service.printed()
    assert "--port" in service.printed()
    assert not (tmp_path / "lifecycle.sqlite3").exists()


def test_a_store_newer_than_the_program_is_refused(serve, newer_store):
    services = [serve(), serve()]

    assert [service.wait() for service in services] == [2, 2]
    assert all("does not know" in service.printed() for service in services)


def test_two_starts_at_once_make_one_store_and_one_token(serve):
    services = [serve("--demo"), serve("--demo"), serve("--demo")]

    addresses = [service.address() for service in services]
    tokens = [token for service in services for token in TOKEN.findall(service.printed())]
    paths = [f"{address}/v1/products/clairdash/support" for address in addresses]
    matrices = [httpx.get(path).json() for path in paths]

    assert len(tokens) == 1
    assert matrices[0] == matrices[1] == matrices[2]


def test_a_first_demo_has_a_store_of_its_own_and_says_what_it_is_busy_with(serve, tmp_path):
    service = serve("--demo", LIFECYCLE_DATABASE_URL="")
    service.address()

    months = re.findall(r"^Making the demo: (\d{4}-\d{2})$", service.printed(), re.MULTILINE)
    assert (tmp_path / "data/lifecycle-tracker/demo.sqlite3").exists()
    assert len(months) > 3
    assert months == sorted(set(months))


@pytest.fixture
def serve_demo(serve, filled_demo, store_file):
    """Start a service on a demo that another start has filled."""
    filled_demo.copy(store_file)
    return functools.partial(serve, "--demo", **filled_demo.environment)


def test_a_demo_opens_on_its_page_before_the_api(serve_demo):
    service = serve_demo()
    address = service.address()

    page, *people = re.findall(r"^  (http.+)$", service.printed(), re.MULTILINE)
    printed = service.printed()

    assert page == f"{address}/products/clairdash"
    assert printed.index(page) < printed.index(f"{address}/schema")
    answer = httpx.get(page)
    assert answer.is_success
    assert "<h1>Clairdash</h1>" in answer.text
    for person, name in zip(people, ("product manager", "admin", "customer"), strict=True):
        assert f"Sign in as Demo {name}" in httpx.get(person).text


def test_a_published_demo_that_needs_a_token_prints_what_works_there(capsys):
    published = "https://example.com/support"

    demo_setup.open_page(published)
    demo_setup.suggest(published, needs_token=True)

    printed = capsys.readouterr().out
    commands = re.findall(r"^  (curl .+)$", printed, re.MULTILINE)
    assert f"  {published}/products/clairdash\n" in printed
    assert len(commands) == 4
    for command in commands:
        *_, header, address = shlex.split(command)
        assert header == "Authorization: Bearer $LIFECYCLE_TOKEN"
        assert address.startswith(f"{published}/v1/")
    assert "private addresses" in printed


def test_a_demo_below_a_path_prints_addresses_with_it(serve_demo):
    service = serve_demo(LIFECYCLE_BASE_URL="https://example.com/support")
    address = service.address()

    page, *people = re.findall(r"^  (http.+)$", service.printed(), re.MULTILINE)

    for printed in (page, *people):
        assert printed.startswith("https://example.com/support/")
        assert httpx.get(printed.replace("https://example.com", address)).is_success


def test_a_service_says_where_its_pages_begin_and_what_links_begin_with(serve):
    service = serve(LIFECYCLE_BASE_URL="https://example.com/support/life/")
    address = service.address()

    printed = service.printed()

    assert f"the pages begin at {address}/products," in printed
    assert "begin with https://example.com/support/life," in printed
    assert httpx.get(f"{address}/support/life/").is_success


def test_the_commands_a_demo_prints_work_as_printed(serve_demo):
    service = serve_demo()
    service.address()

    commands = re.findall(r"^  (curl .+)$", service.printed(), re.MULTILINE)
    answers = [
        subprocess.run(shlex.split(command), capture_output=True, check=True).stdout
        for command in commands
    ]

    *answers, deprecations = [json.loads(answer) for answer in answers]
    assert [answer["product"] for answer in answers] == ["clairdash"] * 3
    assert len(deprecations["items"]) == 8


def test_a_demo_can_be_started_again(serve_demo):
    serve_demo().address()

    again = serve_demo()

    assert httpx.get(f"{again.address()}/v1/products/clairdash").status_code == 200


def test_a_demo_does_not_mix_with_a_store_that_holds_something_else(serve, cli, tmp_path):
    (tmp_path / "releases.csv").write_text("version,day\n1.0.0,2026-01-31\n")
    cli("db", "upgrade")
    cli("import", "releases", tmp_path / "releases.csv", "--product", "widget")

    service = serve("--demo")

    assert service.wait() == 2
    assert "widget" in service.printed()


@pytest.fixture
def read_only(cli, store_file):
    """A store that may be read and not written."""
    cli("db", "upgrade")
    with sqlite3.connect(store_file) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    database.close()
    store_file.chmod(0o444)


@pytest.mark.skipif(sys.platform != "linux", reason="file modes bind the administrator on Linux")
def test_a_store_that_cannot_be_written_is_refused_in_words(serve, read_only, store_file):
    service = serve(through=["-c", unprivileged_python.RUN])

    code = service.wait()

    assert code == 2
    assert f"{store_file} cannot be" in service.printed()
    assert "Traceback" not in service.printed()

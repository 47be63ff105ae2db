"""The container that the manual describes, as far as a machine without container tools can run it.

Its variables, entry point and commands are those of the manual's Containerfile. They run as process
1 of a namespace in which nothing can be written but what the manual says.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from testkit.manual_pages import MANUAL, ROOT, blocks
from testkit.proxies import free_port

(CONTAINERFILE,) = (
    block.text for block in blocks(MANUAL / "deploying.md") if block.text.startswith("FROM ")
)
INSTALLATION = Path(os.environ.get("LIFECYCLE_TEST_SERVER", sys.prefix))
WRITABLE = {"/data", "/tmp", "/dev", "/proc"}  # noqa: S108 -- the container's
HIDDEN = {"data", "dev", "proc", "sys", "tmp"}
PATIENCE_SECONDS = 60
SCALE = float(os.environ.get("LIFECYCLE_FAULT_SCALE", "0.15"))


def stated(instruction):
    (line,) = re.findall(rf"^{instruction} (.*)$", CONTAINERFILE, re.MULTILINE)
    return json.loads(line)


def variables():
    lines = re.findall(r"^ENV (.*)$", CONTAINERFILE, re.MULTILINE)
    stated = dict(pair.split("=", 1) for line in lines for pair in line.split())
    path = stated["PATH"].replace("/app/bin", f"{INSTALLATION}/bin")
    return stated | {"PATH": path.replace("$PATH", "/usr/local/bin:/usr/bin:/bin")}


def file_systems(data):
    """Yield the options that show this machine read-only, but for what a container may write."""
    yield "--tmpfs", "/"
    for entry in sorted(Path("/").iterdir()):
        if entry.is_symlink():
            yield "--symlink", entry.readlink(), entry
        elif entry.is_dir() and entry.name not in HIDDEN:
            yield "--ro-bind", entry, entry
    yield "--proc", "/proc"
    yield "--dev", "/dev"
    yield "--tmpfs", "/tmp"  # noqa: S108 -- the container's
    for needed in (Path(sys.base_prefix), INSTALLATION, ROOT):
        yield "--ro-bind", needed, needed
    yield "--bind", data, "/data"
    yield "--remount-ro", "/"


@contextmanager
def contained(data, command, *, user, **more):
    """Run a command as the container's process 1; give it and its number out here."""
    told, tell = os.pipe()
    options = [
        "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--as-pid-1",
        "--die-with-parent", "--uid", str(user), "--gid", "0", "--clearenv",
    ]  # fmt: skip
    for name, value in (variables() | more).items():
        options += ["--setenv", name, value]
    for option in file_systems(data):
        options += map(str, option)
    line = [*stated("ENTRYPOINT"), *command]
    with subprocess.Popen(
        ["bwrap", *options, "--chdir", "/", "--info-fd", str(tell), "--", *line],
        pass_fds=[tell],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        os.close(tell)
        try:
            with os.fdopen(told) as information:
                number = json.loads(information.read())["child-pid"]
            yield process, number
        finally:
            process.kill()


def await_readiness(process, port):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        if answer.is_success:
            return
        time.sleep(0.05)
    process.kill()
    raise AssertionError(process.stdout.read())


def writable_places(number):
    lines = Path(f"/proc/{number}/mountinfo").read_text().splitlines()
    mounted = [(fields[4], fields[5].split(",")) for fields in map(str.split, lines)]
    return {place for place, options in mounted if "rw" in options}


@pytest.fixture
def namespaces():
    """Skip where the machine forbids namespaces, as some containers do."""
    tried = ["bwrap", "--ro-bind", "/", "/", "--unshare-user", "--unshare-pid", "true"]
    if subprocess.run(tried, capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")


@pytest.mark.skipif(not shutil.which("bwrap"), reason="needs bwrap")
@pytest.mark.usefixtures("namespaces")
def test_the_container_serves_as_any_user_with_a_read_only_root_and_stops_as_process_1(tmp_path):
    runs = [
        (stated("CMD"), {"LIFECYCLE_PORT": str(free_port())}, 10001),
        (["worker"], {"LIFECYCLE_WORKER_PORT": str(free_port())}, 4242),
    ]
    for command, listening, user in runs if SCALE >= 1 else runs[:1]:
        (port,) = listening.values()
        with contained(tmp_path, command, user=user, **listening) as (process, number):
            await_readiness(process, port)
            status = Path(f"/proc/{number}/status").read_text()
            writable = writable_places(number)
            os.kill(number, signal.SIGTERM)
            output, _ = process.communicate(timeout=PATIENCE_SECONDS)

        assert re.search(r"^NSpid:.*\t1$", status, re.MULTILINE)
        assert {place for place in writable if not place.startswith(("/dev", "/proc"))} == {
            "/data",
            "/tmp",  # noqa: S108 -- the container's
        }
        assert process.returncode == 0, output
        assert output.endswith("Stopped.\n")

    assert "lifecycle.sqlite3" in {path.name for path in tmp_path.iterdir()}

"""A real PgBouncer in transaction mode, before the server that the other tests use."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from testkit.server_processes import DEADLINE

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
PORT = 6432
INI = """
[databases]
* = user=postgres host={server}

[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
logfile = {folder}/log
pidfile = {folder}/pid
"""


@contextmanager
def pooling(server, database, *, size=3):
    """Give the address of a database behind a pooler that has fewer connections than clients."""
    if PROGRAM is None:
        pytest.skip("pgbouncer is not installed here (Debian: apt-get install pgbouncer)")
    with tempfile.TemporaryDirectory(prefix="pb-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        ini = folder / "pgbouncer.ini"
        ini.write_text(INI.format(server=server.pgdata, port=PORT, folder=folder, size=size))
        process = subprocess.Popen(
            [PROGRAM, "-q", str(ini)], user=server.system_user, stderr=subprocess.DEVNULL
        )
        try:
            _await(folder / f".s.PGSQL.{PORT}")
            yield f"postgresql://postgres@/{database}?host={folder}&port={PORT}"
        finally:
            process.kill()
            process.wait()


def _await(socket):
    for _ in range(DEADLINE * 50):
        if socket.exists():
            return
        time.sleep(0.02)
    raise AssertionError((socket.parent / "log").read_text())

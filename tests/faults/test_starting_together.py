"""Processes that start together on a store that does not exist yet, as containers do."""

import signal
import time

from testkit.server_processes import DEADLINE


def test_workers_that_start_before_the_store_is_upgraded_wait_for_it(
    serve, start_worker, empty_postgresql_url
):
    early = [start_worker(empty_postgresql_url) for _ in range(2)]
    for worker in early:
        until_it_waits(worker)
    server = serve(empty_postgresql_url).ready()

    for worker in early:
        worker.ready()
        worker.signal(signal.SIGTERM)

    assert [worker.wait() for worker in early] == [0, 0]
    assert server.process.poll() is None


def until_it_waits(worker):
    ends = time.monotonic() + DEADLINE
    while "the store is not up to date" not in worker.printed():
        assert worker.process.poll() is None, worker.printed()
        assert time.monotonic() < ends
        time.sleep(0.02)

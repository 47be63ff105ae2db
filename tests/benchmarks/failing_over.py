"""How long changes stay refused after a failover that ends where it began.

    python tests/benchmarks/failing_over.py [--patience 30]

The primary goes away, its address leads to its standby for a while, the primary returns. Clients
go on all the while, so that the service's connections lead to the standby by then.
"""

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from time import monotonic, sleep

sys.path.insert(0, str(Path(__file__).parents[1]))

from testkit.server_processes import RELEASES, Server, fact
from testkit.standbys import standing_by

AT_ONCE = 14


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--patience", type=float, default=30.0)
    patience = parser.parse_args().patience
    with (
        standing_by() as pair,
        tempfile.TemporaryDirectory() as folder,
        Server(pair.shared_url, Path(folder)) as server,
        server.ready().fill().client() as client,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        measure(pair, client, pool, patience)


def measure(pair, client, pool, patience):
    numbers = count(1)

    def write(_=None):
        return client.post(RELEASES, json=fact(f"70.{next(numbers)}.0")).status_code

    list(pool.map(write, range(AT_ONCE)))
    pair.stop(pair.primary)
    pair.turn_to(pair.standby)
    answers = sorted(set(pool.map(write, range(AT_ONCE))))
    print(f"on the standby: {answers}, /health/ready {client.get('/health/ready').status_code}")
    pair.start(pair.primary)
    pair.turn_to(pair.primary)
    begun, tries = monotonic(), 1
    while write() != 201:
        if monotonic() - begun > patience:
            sys.exit(f"changes did not come back: {tries} tries in {patience} s")
        tries += 1
        sleep(0.05)
    print(f"changes came back after {monotonic() - begun:.2f} s, at try {tries}")


if __name__ == "__main__":
    main()

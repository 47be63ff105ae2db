"""What asking for a link to sign in tells of an address by the time that it takes.

    python tests/benchmarks/sign_in_links.py [--addresses 20] [--rounds 4]

Known and unknown addresses take turns, and so do two groups of unknown ones, whose ratio is what
chance makes of it. Measured are the answer, and the answer to the next request on the same
connection, which would have to wait if the mail were queued before it. Each request comes from an
address of its own, behind a trusted proxy, so that no bound on attempts interferes.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from status_answers import free_port, start
from writing_pauses import TOKEN, client, ms

FORM = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
MOST = 290
"""Links that all may ask for at once."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--addresses", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=4)
    chosen = parser.parse_args()
    if chosen.addresses * chosen.rounds * 3 > MOST:
        sys.exit(
            f"At most {MOST} links can be asked for at once, three for each address and round."
        )
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        port = serve(running, f"sqlite:///{Path(folder)}/store.sqlite3")
        fill(client(port), chosen.addresses)
        measure(port, chosen)


def serve(running, url):
    port = free_port()
    command = [str(Path(sys.executable).with_name("lifecycle")), "serve", "--port", str(port)]
    environment = {
        "LIFECYCLE_DATABASE_URL": url,
        "LIFECYCLE_ADMIN_TOKEN": TOKEN,
        "LIFECYCLE_TRUSTED_PROXIES": "127.0.0.1",
        "LIFECYCLE_ANONYMOUS_SECONDS_PER_MINUTE": "0",
    }
    start(running, [*command, "--no-worker"], port, environment)
    return port


def fill(writer, count):
    """Store accounts, each with a confirmed address."""
    for number in range(count):
        account = {"slug": f"account-{number}", "tier": "pro"}
        writer.post("/v1/accounts", json=account).raise_for_status()
        mail = {"channel": "email", "address": address("known", number), "confirmed": True}
        path = f"/v1/accounts/account-{number}/subscriptions"
        writer.post(path, json=mail).raise_for_status()


def address(kind, number):
    return f"{kind}-{number:03}@clairdash.example"


def measure(port, chosen):
    kinds = ("known", "other", "third")
    answers, following = ({kind: [] for kind in kinds} for _ in range(2))
    peers = (f"10.0.{high}.{low}" for high, low in itertools.product(range(256), repeat=2))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as asking:
        asking.get("/sign-in/link").raise_for_status()
        for _, number in itertools.product(range(chosen.rounds), range(chosen.addresses)):
            for kind in random.sample(kinds, k=3):
                headers = FORM | {"X-Forwarded-For": next(peers)}
                data = {"email": address(kind, number)}
                begun = time.perf_counter()
                asking.post("/sign-in/link", data=data, headers=headers).raise_for_status()
                answered = time.perf_counter()
                asking.get("/sign-in/link", headers=FORM).raise_for_status()
                answers[kind].append(answered - begun)
                following[kind].append(time.perf_counter() - answered)
    for what, took in (("the answer", answers), ("the next one", following)):
        known, other, third = (statistics.median(took[kind]) for kind in kinds)
        print(
            f"{what + ':':13} {ms(known)} for a known address, {ms(other)} for an unknown one:"
            f" {known / other:.2f} x (by chance {third / other:.2f} x)"
        )


if __name__ == "__main__":
    main()

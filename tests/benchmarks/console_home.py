"""What the console's first page costs with 100,000 accounts, beside a gate call.

    python tests/benchmarks/console_home.py [--rounds 7] [--store sqlite]

The store is that of `gating.py`. On top, every hundredth account cannot be notified, every
thousandth address is disabled, every hundredth delivery failed for good, and there are drafts. The
page and the gate call take turns, so that the ratio comes from one run.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from gating import BY, World, databases, median, ms
from gating import Inquiry as GateInquiry
from sqlalchemy import text

from lifecycle.accounts import tokens

TROUBLE = (
    "UPDATE recipients SET why_not = 'no subscription' WHERE account_id % 100 = 0",
    "UPDATE subscriptions SET state = 'disabled' WHERE id % 1000 = 0",
    "UPDATE deliveries SET state = 'exhausted' WHERE id % 100 = 0",
    "UPDATE deprecations SET state = 'draft' WHERE id % 50 = 9",
)
PAGE = {"Accept": "text/html"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--store", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    for name in [chosen.store] if chosen.store else ["sqlite", "postgresql"]:
        with databases(name) as urls:
            asyncio.run(measure(name, urls[-1], chosen.rounds))


async def measure(name, url, rounds):
    asked = await GateInquiry.of(url, World(10))
    async with asked.store.writing() as session:
        for statement in (*TROUBLE, "ANALYZE"):
            await session.execute(text(statement))
        _, secret = await tokens.create(session, label="console", scope="publish", by=BY)
    headers = PAGE | {"Authorization": f"Bearer {secret}"}
    first = await home(asked.client, headers)
    turns = [(await home(asked.client, headers), await asked.gate()) for _ in range(rounds)]
    await asked.close()
    pages, gates = zip(*turns, strict=True)
    ratio = median(page / gate for page, gate in turns)
    print(
        f"{name}: {ms(pages)} the page ({first * 1000:.1f} ms at first), {ms(gates)} a gate call:"
        f" {ratio:.2f} x (at most 0.3 wanted)"
    )


async def home(client, headers):
    """Ask for the page; give how many seconds it took."""
    begun = time.perf_counter()
    answer = await client.get("/console", headers=headers)
    took = time.perf_counter() - begun
    assert answer.status_code == 200, answer.text
    assert "cannot be notified" in answer.text
    return took


if __name__ == "__main__":
    main()

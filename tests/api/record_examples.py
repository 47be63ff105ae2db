"""Ask the requests of the API's examples again, and keep what is answered now.

Run it as `python tests/api/record_examples.py` after a change of answers, and read what changed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lifecycle.database import open_store, schema_upgrade
from testkit.example_story import FILE, shortened, steps, telling

REFUSED = 400


async def record(url):
    """Play the examples on a new store, and return them with the answers of today."""
    recorded = []
    store = open_store(url)
    async with telling(store) as story:
        for step in steps():
            asked = {name: step[name] for name in step if name not in {"status", "answer", "sets"}}
            answered = await story.play(step)
            recorded.append(asked | shortened(answered))
            if answered.get("status", 200) >= REFUSED:
                sys.exit(f"{step['request']} is refused: {answered['answer']['detail']}")
    await store.close()
    return recorded


def main():
    """Write the file anew."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.sqlite3"
        asyncio.run(schema_upgrade.upgrade(url))
        recorded = asyncio.run(record(url))
    text = json.dumps(recorded, ensure_ascii=False, indent=1)
    FILE.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

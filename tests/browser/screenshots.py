"""Make the two pictures of the demo in the README: `python tests/browser/screenshots.py`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))  # for testkit, where pytest does not say so

from testkit.browsers import launched, tab  # noqa: E402
from testkit.demo_sites import demo  # noqa: E402

PRODUCT = "/products/clairdash"
PICTURES = {
    "product-wide-light.png": (PRODUCT, {"width": 1200, "scheme": "light"}),
    "product-phone-dark.png": (
        f"{PRODUCT}?version=3.35.2&tier=enterprise",
        {"width": 390, "scheme": "dark"},
    ),
}


async def take(address):
    """Take each picture of a served demo: what one sees before one scrolls."""
    async with launched() as browser:
        for name, (path, options) in PICTURES.items():
            async with tab(browser, address, **options) as opened:
                await opened.visit(path)
                await opened.page.screenshot(path=FOLDER / "pictures" / name)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as server:
        asyncio.run(take(server.address))

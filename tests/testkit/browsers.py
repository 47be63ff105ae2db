"""Debian's Chromium, and tabs of it that note whatever a visitor's browser would complain about."""

from __future__ import annotations

import contextlib
import os
import shutil
from urllib.parse import urldefrag

from playwright.async_api import async_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
"""Of these, the one without windows takes half as long to show a page as the others."""
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
NEEDED = "pages are looked at in Chromium (Debian: chromium-headless-shell, or chromium)"
SANDBOXED = getattr(os, "geteuid", lambda: 1)() != 0
"""Chromium refuses its sandbox to root, as whom containers run; it loads our own pages alone."""
OPTIONS = ["--disable-gpu", "--disable-gpu-compositing", "--disable-gpu-rasterization"]
DEADLINE_MS = 60_000


@contextlib.asynccontextmanager
async def launched():
    """Run a browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=SANDBOXED, args=OPTIONS
        )
        try:
            yield browser
        finally:
            await browser.close()


class Tab:
    """A tab on a site, with or without scripts; ``complaints`` says what went wrong in it."""

    def __init__(self, page, address):
        self.page, self.address, self.complaints = page, address, []
        self._asked = set()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self._complain(f"script failed: {error}"))
        page.on("request", self._check_request)

    async def visit(self, path):
        """Go to a page of the site."""
        return await self.page.goto(self.address + path)

    def _listen(self, message):
        """Note what the console says, but that a page itself is refused: its text says why."""
        address = urldefrag(message.location["url"]).url
        refused = "status of 4" in message.text and address in self._asked
        if message.type in {"error", "warning"} and not refused:
            self._complain(f"console: {message.text} {address}")

    def _check_request(self, request):
        if request.is_navigation_request() or request.resource_type == "fetch":
            self._asked.add(urldefrag(request.url).url)
        if not request.url.startswith((f"{self.address}/", "data:")):
            self._complain(f"asked elsewhere: {request.url}")

    def _complain(self, complaint):
        self.complaints.append(f"{self.page.url.removeprefix(self.address)}: {complaint}")


@contextlib.asynccontextmanager
async def tab(browser, address, *, scripts=True, width=1440, scheme="light"):
    """Open a tab of its own, with nothing remembered."""
    context = await browser.new_context(
        java_script_enabled=scripts,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(DEADLINE_MS)
    try:
        yield Tab(await context.new_page(), address)
    finally:
        await context.close()

"""Where the real data lies that these tests read, and how a filled store is asked over HTTP."""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path

import pytest

from testkit.api_clients import asking, every_page

ROOT = Path(__file__).parents[2]


def folder(name: str) -> Path:
    """Give the folder of shared test data, or skip the test with a reason."""
    shared = Path(os.environ.get("LIFECYCLE_TEST_DATA", ROOT.parent / "shared"))
    if not (shared / name).is_dir():
        pytest.skip(f"no real data: LIFECYCLE_TEST_DATA names no folder with {name}/ in it")
    return shared / name


@pytest.fixture(scope="session")
def data() -> Path:
    return folder("data")


@pytest.fixture(scope="session")
def standards() -> Path:
    return folder("standards")


@pytest.fixture(scope="module")
def own_url(sqlite_template, tmp_path_factory):
    """A store that one module fills once and then only asks."""
    path = tmp_path_factory.mktemp("conformance") / "store.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def ask(own_url, now):
    """Give the JSON that the application answers to GET, at the moment ``now`` of the module."""
    async with asking(own_url, now) as ask:
        yield ask


@pytest.fixture
def pages(ask):
    """Give the items of all pages of a list."""
    return partial(every_page, ask)

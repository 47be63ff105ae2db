"""Where the real data lies that these tests read; without it they skip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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

"""Stores that hold the demo's past, arranged once."""

import pytest

from lifecycle import settings
from lifecycle.audit.chain import By
from lifecycle.cli import demo_setup
from lifecycle.demo import installation
from testkit.demo_days import LATER, NOW, VAULT


@pytest.fixture
def by():
    return By("test", NOW)


@pytest.fixture
def arrangement(request):
    """Begin with the demo as it was installed, or with what it is some weeks later."""
    if "passed" in request.fixturenames:
        return fill, let_pass
    return (fill,) if "filled" in request.fixturenames else ()


async def fill(store):
    async with store.writing() as session:
        await installation.fill(session, by=By("test", NOW), vault=VAULT)


async def let_pass(store):
    chosen = settings.load({}, database_url="sqlite:///unused", at=LATER)
    await demo_setup.let_pass(store, NOW, chosen)


@pytest.fixture
def filled(store):
    return store


@pytest.fixture
def passed(store):
    return store

"""A product of five minors under `newest: 3`, a customer, and a clock that is moved by hand."""

from datetime import timedelta

import pytest

from lifecycle.catalogue import products
from lifecycle.catalogue.catalogue_inputs import ProductIn
from testkit.clock import Clock
from testkit.vendor_worlds import MONDAY, World, at


@pytest.fixture
def arrangement(request):
    """Begin with the world where a test names it."""
    return (begin,) if "world" in request.fixturenames else ()


@pytest.fixture
def world(store, clock):
    """Monday noon; 1.0 to 1.4 are out, enterprise has the newest three, acme runs 1.2."""
    clock.now = at(MONDAY)
    return World(store, clock)


async def begin(store):
    made = World(store, Clock(at(MONDAY)))
    async with store.writing() as session:
        facts = ProductIn(slug="widget", scheme="semver", line_by="minor")
        await products.put(session, facts, by=made.by)
    first = MONDAY - timedelta(days=105)
    out = [
        {"version": f"1.{place}.0", "released_on": first + timedelta(days=21 * place)}
        for place in range(5)
    ]
    await made.release(*out)
    await made.put_policy()
    await made.account("acme", runs="1.2.0")

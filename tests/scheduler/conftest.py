"""A product of five minors under `newest: 3`, a customer, and a clock that is moved by hand."""

from datetime import timedelta

import pytest

from testkit.vendor_worlds import MONDAY, World, at


@pytest.fixture
async def world(store, clock, make_product):
    """Monday noon; 1.0 to 1.4 are out, enterprise has the newest three, acme runs 1.2."""
    clock.now = at(MONDAY)
    await make_product(slug="widget", scheme="semver", line_by="minor")
    made = World(store, clock)
    first = MONDAY - timedelta(days=105)
    out = [
        {"version": f"1.{place}.0", "released_on": first + timedelta(days=21 * place)}
        for place in range(5)
    ]
    await made.release(*out)
    await made.put_policy()
    await made.account("acme", runs="1.2.0")
    return made

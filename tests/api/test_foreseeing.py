from __future__ import annotations

import msgspec
import pytest

from lifecycle.api.foreseeing import Foreseen
from lifecycle.catalogue import releases
from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations.workflow.caused_ends import caused_by
from testkit.responses import ok

MINOR = {"version": "3.11.0", "released_on": "2026-11-20"}
DECLARED = {
    "policy": "support",
    "version": "1",
    "in_force_from": "2026-01-01",
    "tiers": {
        "pro": {"rank": 1, "window": {"newest": {"count": 2, "of": "line"}}},
        "enterprise": {
            "rank": 2,
            "window": {"for": {"months": 12, "from": "superseded"}},
        },
    },
}


@pytest.fixture
def parts(app):
    return app.parts


@pytest.fixture
def registering(parts, store, by):
    """Foresee what releases cause, register them, and give that beside what was caused."""

    async def register(product, *given):
        facts = msgspec.convert(given, list[ReleaseIn])
        foreseen = Foreseen(await parts.snapshots.get(product), facts, parts.clock())
        await foreseen.work_out(parts)
        async with store.writing() as session:
            owner = await get_product(session, product)
            await releases.register(session, owner, facts, by=by, today=foreseen.today)
            versions = [each.version for each in facts]
            return foreseen.ends, await caused_by(session, product, versions, today=foreseen.today)

    return register


@pytest.mark.parametrize(
    ("given", "ended"),
    [
        ([{"version": "3.11.0", "released_on": "today"}], {"3.6", "3.10"}),
        ([{"version": "3.11.0", "planned_on": "2027-02-01"}], {"3.6", "3.10"}),
        ([{"version": "3.11.0", "released_on": "2026-11-01"}], set()),
        ([{"version": "3.10.1", "released_on": "today"}], set()),
        ([{"version": "3.11.0-rc.1", "released_on": "today"}], set()),
        ([{"version": "3.5.1", "released_on": "today"}], set()),
        (
            [{"version": f"3.{minor}.0", "released_on": "today"} for minor in (11, 12)],
            {"3.6", "3.7", "3.10"},
        ),
    ],
)
async def test_what_is_foreseen_is_what_comes(
    clairdash, client, admin, registering, today, given, ended
):
    account = {"slug": "acme", "name": "Acme", "tier": "enterprise"}
    await ok(client.post("/v1/accounts", json=account, headers=admin))
    runs = {"product": "clairdash", "version": "3.6.0"}
    await ok(client.put("/v1/accounts/acme/instances/one", json=runs, headers=admin))
    days = [
        {key: str(today) if day == "today" else day for key, day in each.items()} for each in given
    ]

    foreseen, caused = await registering("clairdash", *days)

    assert foreseen == caused
    assert {end.line for end in caused} == ended


async def test_a_plan_that_is_published_is_foreseen_as_it_was_planned(
    clairdash, client, admin, registering, today
):
    plan = {"version": "3.11.0", "planned_on": "2027-02-01", "stage": "beta"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))

    foreseen, caused = await registering(
        "clairdash",
        {"version": "3.11.0", "released_on": str(today)},
        {"version": "3.12.0", "released_on": str(today)},
    )

    assert foreseen == caused
    assert {end.line for end in caused} == {"3.6", "3.10"}


async def test_a_late_patch_of_a_declared_line_is_foreseen_in_its_place(
    client, admin, registering, today
):
    product = {"slug": "lts", "scheme": "declared", "line_by": "declared"}
    await ok(client.post("/v1/products", json=product, headers=admin))
    for place, line in enumerate(("jammy", "noble", "quokka")):
        path = f"/v1/products/lts/lines/{line}"
        await ok(client.put(path, json={"codename": str(place)}, headers=admin))
    listed = [{"version": f"{line} 1", "released_on": "2026-03-01"} for line in ("jammy", "noble")]
    await ok(client.post("/v1/products/lts/releases", json=listed, headers=admin))
    await ok(client.put("/v1/products/lts/policy", json=DECLARED, headers=admin))

    foreseen, caused = await registering(
        "lts",
        {"version": "jammy 2", "released_on": str(today)},
        {"version": "quokka 1", "released_on": str(today)},
    )

    assert foreseen == caused
    assert {(end.line, end.tier) for end in caused} == {("jammy", "pro"), ("noble", "enterprise")}


async def test_what_was_foreseen_of_another_state_is_worked_out_again(
    clairdash, client, admin, monkeypatch, today
):
    work_out = Foreseen.work_out

    async def overtaken(self, parts):
        await work_out(self, parts)
        if self.facts[0].version == "3.11.0":
            later = {"version": "3.12.0", "released_on": str(today)}
            await ok(client.post(f"{clairdash}/releases", json=later, headers=admin))

    monkeypatch.setattr(Foreseen, "work_out", overtaken)

    told = await ok(
        client.post(
            f"{clairdash}/releases", json=MINOR | {"released_on": str(today)}, headers=admin
        )
    )

    assert {end["line"] for end in told.json()["implied_ends"]} == {"3.7"}

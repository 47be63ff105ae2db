from __future__ import annotations

import msgspec
import pytest

from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.catalogue.queries import get_product
from lifecycle.gate import registration
from lifecycle.gate.registration import Batch
from lifecycle.imports import import_steps
from lifecycle.imports.import_steps import Source
from lifecycle.imports.import_targets import Target
from testkit.caused_ends import caused_by
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
def registering(app, store, by, today):
    """Predict what releases cause, register them, and give that beside what is then stored."""

    async def register(product, *given):
        batch = Batch(msgspec.convert(given, list[ReleaseIn]))
        snapshots, now = app.app_state.snapshots, app.app_state.clock()
        predicted = await registration.predict(store, snapshots, product, batch, now=now)
        async with store.writing() as session:
            owner = await get_product(session, product)
            told = await registration.register(session, owner, batch, predicted, by=by, today=today)
            assert told.ends is predicted.ends
            versions = [release.version for release in batch.releases]
            caused = await caused_by(session, product, versions, today=today)
            return apart_from_reasons(predicted.ends), apart_from_reasons(caused)

    return register


def apart_from_reasons(ends):
    """Return what ends, whatever is said of it: first that it lies ahead, then that it came."""
    return [msgspec.structs.replace(end, reason="") for end in ends]


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
async def test_what_is_predicted_is_what_comes(
    clairdash, client, admin, registering, today, given, ended
):
    account = {"slug": "acme", "name": "Acme", "tier": "enterprise"}
    await ok(client.post("/v1/accounts", json=account, headers=admin))
    runs = {"product": "clairdash", "version": "3.6.0"}
    await ok(client.put("/v1/accounts/acme/instances/one", json=runs, headers=admin))
    days = [
        {key: str(today) if day == "today" else day for key, day in each.items()} for each in given
    ]

    predicted, caused = await registering("clairdash", *days)

    assert predicted == caused
    assert {end.line for end in caused} == ended


async def test_a_plan_that_is_published_is_predicted_as_it_was_planned(
    clairdash, client, admin, registering, today
):
    plan = {"version": "3.11.0", "planned_on": "2027-02-01", "stage": "beta"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))

    predicted, caused = await registering(
        "clairdash",
        {"version": "3.11.0", "released_on": str(today)},
        {"version": "3.12.0", "released_on": str(today)},
    )

    assert predicted == caused
    assert {end.line for end in caused} == {"3.6", "3.10"}


async def declare_lines(client, admin):
    """Store a product whose lines are declared, with releases of two of three, and its policy."""
    product = {"slug": "lts", "scheme": "declared", "line_by": "declared"}
    await ok(client.post("/v1/products", json=product, headers=admin))
    for place, line in enumerate(("jammy", "noble", "quokka")):
        path = f"/v1/products/lts/lines/{line}"
        await ok(client.put(path, json={"codename": str(place)}, headers=admin))
    listed = [{"version": f"{line} 1", "released_on": "2026-03-01"} for line in ("jammy", "noble")]
    await ok(client.post("/v1/products/lts/releases", json=listed, headers=admin))
    await ok(client.put("/v1/products/lts/policy", json=DECLARED, headers=admin))


async def test_a_late_patch_of_a_declared_line_is_predicted_in_its_place(
    client, admin, registering, today
):
    await declare_lines(client, admin)

    predicted, caused = await registering(
        "lts",
        {"version": "jammy 2", "released_on": str(today)},
        {"version": "quokka 1", "released_on": str(today)},
    )

    assert predicted == caused
    assert {(end.line, end.tier) for end in caused} == {("jammy", "pro"), ("noble", "enterprise")}


async def test_a_version_of_no_declared_line_is_warned_of_until_one_is_named(client, admin):
    await declare_lines(client, admin)

    async def ask(**manifest):
        answer = await client.post(
            "/v1/products/lts/gate", json={"product": "lts"} | manifest, headers=admin
        )
        return answer.json()["verdict"], [found["rule"] for found in answer.json()["findings"]]

    assert await ask(version="wily 1") == ("warn", ["version-without-line"])
    assert await ask(version="wily 1", line="jammy") == ("pass", [])
    assert await ask(version="jammy 2") == ("pass", [])


@pytest.fixture
def overtaken(monkeypatch, client, clairdash, admin, today):
    """Let 3.12.0 be registered when it was worked out what 3.11.0 causes."""
    predict = registration.predict

    async def overtaken(store, snapshots, slug, batch, **named):
        predicted = await predict(store, snapshots, slug, batch, **named)
        if batch.releases[0].version == "3.11.0":
            later = {"version": "3.12.0", "released_on": str(today)}
            await ok(client.post(f"{clairdash}/releases", json=later, headers=admin))
        return predicted

    monkeypatch.setattr(registration, "predict", overtaken)


async def test_what_was_predicted_of_another_state_is_worked_out_again(
    clairdash, client, admin, overtaken, today
):
    told = await ok(
        client.post(
            f"{clairdash}/releases", json=MINOR | {"released_on": str(today)}, headers=admin
        )
    )

    assert {end["line"] for end in told.json()["implied_ends"]} == {"3.7"}


@pytest.fixture
def entered(monkeypatch):
    """Note by which of registration's functions each release comes in."""
    names = []

    def noting(name, function):
        async def noted(*given, **named):
            names.append(name)
            return await function(*given, **named)

        return noted

    for name in ("register", "change", "import_product"):
        monkeypatch.setattr(registration, name, noting(name, getattr(registration, name)))
    return names


async def test_every_way_in_goes_by_the_one_path(
    clairdash, client, admin, store, by, today, entered
):
    path, out = f"{clairdash}/releases", {"released_on": str(today)}
    plan = {"version": "3.13.0", "planned_on": "2027-02-01"}

    await ok(client.post(path, json={"version": "3.11.0"} | out, headers=admin))
    await ok(client.post(path, json=[{"version": "3.12.0"} | out, plan], headers=admin))
    await ok(client.patch(f"{path}/3.13.0", json=out, headers=admin))
    listed = Source("releases.csv", f"version,released_on\n3.14.0,{today}\n".encode())
    await import_steps.releases(store, listed, Target("clairdash"), by=by)

    assert entered == ["register", "register", "change", "import_product"]
    shown = (await ok(client.get(f"{path}?limit=100"))).json()["items"]
    assert [each["version"] for each in shown if each["released_on"] == str(today)] == [
        f"3.{minor}.0" for minor in range(11, 15)
    ]

from importlib.resources import files

import pytest

from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

POLICY = (files("lifecycle.policy.presets") / "clairdash.yaml").read_text()
FROM = "in_force_from: 2024-01-16"
NEXT = POLICY.replace('version: "1"', 'version: "2"').replace(FROM, "in_force_from: 2026-12-01")
NARROW = NEXT.replace("count: 5, of: minor", "count: 2, of: minor")
YAML = {"Content-Type": "application/yaml"}


@pytest.fixture
def compare(client, clairdash, admin):
    def compare(text, headers=admin):
        return client.post(f"{clairdash}/policy/diff", content=text, headers=headers | YAML)

    return compare


async def test_what_a_promise_keeps_is_told_apart_from_what_is_lost(client, compare, admin):
    runs = {"product": "clairdash", "version": "3.9.0"}
    await ok(client.put("/v1/accounts/acme", json={"tier": "enterprise"}, headers=admin))
    await ok(client.put("/v1/accounts/acme/instances/prod", json=runs, headers=admin))
    before = (await ok(client.get("/v1/audit", headers=admin))).json()

    compared = (await ok(compare(NARROW))).json()

    assert (compared["step"], compared["succeeds"], compared["version"]) == ("succeeds", "1", "2")
    assert (compared["losses"], compared["accounts"]) == ([], 1)
    assert {cell["line"] for cell in compared["kept"]} >= {"3.7", "3.8"}
    assert {cell["tier"] for cell in compared["kept"]} == {"enterprise"}
    (enterprise,) = [tier for tier in compared["tiers"] if tier["tier"] == "enterprise"]
    assert (enterprise["accounts"], enterprise["kept"]) == (1, len(compared["kept"]))
    assert (await ok(client.get("/v1/audit", headers=admin))).json() == before


async def test_who_gains_is_told_by_line_and_tier(compare):
    wide = NEXT.replace("count: 5, of: minor", "count: 7, of: minor")

    compared = (await ok(compare(wide))).json()

    assert {(cell["line"], cell["tier"]) for cell in compared["gains"]} >= {("3.5", "enterprise")}
    assert compared["losses"] == []


async def test_a_policy_that_stands_already_changes_nothing(compare):
    assert (await ok(compare(POLICY))).json()["step"] == "unchanged"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 400),
        ("[1]", 400),
        ("policy: x", 400),
        (POLICY.replace("count: 5", "count: 0"), 400),
        (NEXT.replace("2026-12-01", "2026-01-01"), 409),
    ],
)
async def test_a_policy_that_cannot_be_entered_is_refused_as_entering_it_would_be(
    client, clairdash, admin, compare, text, status
):
    compared = await compare(text)
    entered = await client.put(f"{clairdash}/policy", content=text, headers=admin | YAML)

    assert (compared.status_code, entered.status_code) == (status, status)
    assert compared.json()["detail"] == entered.json()["detail"]


@pytest.mark.parametrize("scope", ["release", "publish:other", "account:acme"])
async def test_it_is_for_those_who_publish_the_product(client, compare, admin, make_token, scope):
    await ok(client.post("/v1/products", json={"slug": "other"}, headers=admin))
    await ok(client.put("/v1/accounts/acme", json={"tier": "pro"}, headers=admin))

    assert (await compare(NARROW, await make_token(scope))).status_code == 403

from importlib.resources import files

import msgspec
import pytest

from lifecycle.documents import load
from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

POLICY = msgspec.to_builtins(
    load((files("lifecycle.policy.presets") / "clairdash.yaml").read_text())
)
CASE = {"version": "3.9.0", "tier": "enterprise", "day": "2026-11-21", "expected": "supported"}


@pytest.fixture
def ask(client, clairdash, admin):
    def ask(body, headers=admin):
        return client.post(f"{clairdash}/policy/test", json=body, headers=headers)

    return ask


async def test_each_case_is_answered_in_its_order(ask):
    wrong, unknown = CASE | {"expected": "unsupported"}, CASE | {"version": "9.9.9"}

    tried = (await ok(ask({"cases": [wrong, unknown, CASE]}))).json()

    assert [case["outcome"] for case in tried["cases"]] == ["failed", "undecided", "passed"]
    assert (tried["passed"], tried["failed"], tried["undecided"]) == (1, 1, 1)
    assert tried["cases"][0]["answer"]["status"] == "supported"
    assert "9.9.9" in tried["cases"][1]["why_undecided"]


async def test_a_policy_is_tried_and_not_entered(client, clairdash, ask, admin):
    next_one = POLICY | {"version": "2", "in_force_from": "2027-01-01"}
    before = (await ok(client.get("/v1/audit", headers=admin))).json()

    tried = (await ok(ask({"policy": next_one, "cases": [CASE]}))).json()

    assert tried["policy"] == {"name": "clairdash-support", "version": "2"}
    assert (await ok(client.get("/v1/audit", headers=admin))).json() == before


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        ({}, 400),
        (POLICY | {"reminders": ["soon"]}, 400),
        (POLICY | {"version": "2", "in_force_from": "2026-01-01"}, 409),
    ],
)
async def test_a_policy_is_refused_as_entering_it_would_be(
    client, clairdash, ask, admin, policy, status
):
    tried = await ask({"policy": policy, "cases": [CASE]})
    entered = await client.put(f"{clairdash}/policy", json=policy, headers=admin)

    assert (tried.status_code, entered.status_code) == (status, status)
    assert tried.json()["detail"] == entered.json()["detail"]


@pytest.mark.parametrize(
    "body", [{}, {"cases": []}, {"cases": [CASE] * 1001}, {"cases": [CASE | {"expected": "good"}]}]
)
async def test_a_table_that_is_none_is_refused(ask, body):
    assert (await ask(body)).status_code == 400


@pytest.mark.parametrize(
    ("scope", "status"),
    [("release", 200), ("publish", 200), ("publish:other", 403), ("account:acme", 403)],
)
async def test_it_is_for_those_who_release_the_product(
    client, ask, admin, make_token, scope, status
):
    await ok(client.post("/v1/products", json={"slug": "other"}, headers=admin))
    await ok(client.put("/v1/accounts/acme", json={"tier": "pro"}, headers=admin))

    assert (await ask({"cases": [CASE]}, await make_token(scope))).status_code == status

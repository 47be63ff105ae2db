import pytest
from sqlalchemy import update

from lifecycle.scheduler.models import Concern
from notifications.models import Delivery
from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

END = {"product": "clairdash", "kind": "end_of_support", "lines": ["3.9"], "reason": "Old."}
WORK = "/v1/worklist"


@pytest.fixture
async def announced(client, admin, clairdash):
    """Announce an end to an account with an address and to two without."""
    for slug in ("acme", "globex", "initech"):
        path = f"/v1/accounts/{slug}"
        await ok(client.put(path, json={"tier": "enterprise"}, headers=admin))
        runs = {"product": "clairdash", "version": "3.9.0"}
        await ok(client.put(f"{path}/instances/prod", json=runs, headers=admin))
    hook = {"channel": "webhook", "address": "https://hooks.acme.example/in"}
    await ok(client.post("/v1/accounts/acme/subscriptions", json=hook, headers=admin))
    made = await ok(client.post("/v1/deprecations", json=END, headers=admin))
    path, match = made.headers["location"], {"If-Match": made.headers["etag"]}
    await ok(client.post(f"{path}/announce", json={}, headers=admin | match))
    return made.json()["id"]


async def test_an_account_takes_its_evidence_along(client, announced, make_token):
    own = await make_token("account:acme")

    document = await client.get("/v1/accounts/acme/evidence", headers=own)
    page = await client.get("/v1/accounts/acme/evidence?format=html", headers=own)

    (told,) = document.json()["deprecations"]
    assert document.json()["account"] == "acme"
    assert told["deprecation"] == announced
    assert told["notices"][0]["deliveries"][0]["state"] == "waiting"
    assert page.headers["content-type"].startswith("text/html")
    assert page.text.rstrip().endswith("</html>")
    assert announced in page.text


async def test_evidence_of_another_account_or_of_none_is_refused(client, announced, make_token):
    other = await make_token("account:globex")
    publish = await make_token("publish")

    refused = await client.get("/v1/accounts/acme/evidence", headers=other)
    none = await client.get("/v1/accounts/nobody/evidence", headers=publish)
    odd = await client.get("/v1/accounts/acme/evidence?format=pdf", headers=publish)

    assert (refused.status_code, none.status_code, odd.status_code) == (403, 404, 400)


async def test_who_cannot_be_told_is_on_the_work_list(client, announced, admin):
    found = (await client.get(WORK, headers=admin)).json()["items"]

    assert [(each["kind"], each["account"]) for each in found] == [
        ("unreachable_account", "globex"),
        ("unreachable_account", "initech"),
    ]
    assert {each["deprecation"] for each in found} == {announced}


@pytest.mark.both_databases
async def test_all_that_needs_a_person_comes_page_by_page(
    client, announced, admin, store, clock, clairdash
):
    plan = {"version": "3.11.0", "planned_on": "2026-11-22"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))
    clock.advance(days=3)
    async with store.writing() as session:
        await session.execute(update(Delivery).values(state="exhausted"))
        concern = {"kind": "failed_check", "subject": "clairdash", "product": "clairdash"}
        session.add(Concern(**concern, since=clock.now, message="It went wrong."))

    found, cursor = [], None
    while True:
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await ok(client.get(WORK, params=query, headers=admin))).json()
        found += [each["kind"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    whole = (await client.get(WORK, headers=admin)).json()["items"]
    assert found == [each["kind"] for each in whole]
    assert found == [
        "unreachable_account",
        "unreachable_account",
        "failed_check",
        "exhausted_delivery",
        "unconfirmed_plan",
    ]


async def test_registering_a_release_says_which_ends_it_causes_and_for_whom(
    client, announced, admin, clairdash
):
    """Enterprise has the last five minors, 3.6 to 3.10: the next one pushes 3.6 out."""
    await ok(client.put("/v1/accounts/globex", json={"tier": "enterprise"}, headers=admin))
    runs = {"product": "clairdash", "version": "3.6.0"}
    await ok(client.put("/v1/accounts/globex/instances/prod", json=runs, headers=admin))
    plan = {"version": "3.11.0", "planned_on": "2027-01-14"}

    planned = await client.post(f"{clairdash}/releases", json=plan, headers=admin)
    listed = await client.post(
        f"{clairdash}/releases",
        json=[{"version": "3.10.1", "planned_on": "2027-01-10"}],
        headers=admin,
    )

    ends = [each for each in planned.json()["implied_ends"] if each["tier"] == "enterprise"]
    assert [(end["line"], end["effective_on"]) for end in ends] == [("3.6", "2027-01-14")]
    assert (ends[0]["accounts"], ends[0]["days_of_notice"]) == (1, 54)
    assert ends[0]["deprecation"] is None
    assert [e for e in listed.json()["implied_ends"] if e["tier"] == "enterprise"] == []


async def test_the_log_is_listed_by_an_action_or_its_first_word(client, admin, announced):
    async def actions(action):
        answer = await ok(client.get("/v1/audit", params={"action": action}, headers=admin))
        return [entry["action"] for entry in answer.json()["items"]]

    assert await actions("deprecation.announced") == ["deprecation.announced"]
    assert set(await actions("instance")) == {"instance.added"}
    assert await actions("nothing") == []

import pytest

from lifecycle.accounts import tokens
from lifecycle.cli.demo_setup import sign_in_paths
from lifecycle.demo.demo_people import GOOD_FOR, ensure_people
from testkit.page_addresses import BROWSER
from testkit.signed_in import FROM_HERE


@pytest.fixture
async def paths(app, store, client, admin, by):
    await client.post("/v1/accounts", json={"slug": "acme", "tier": "pro"}, headers=admin)
    async with store.writing() as session:
        people = await ensure_people(session, by=by)
    return list(sign_in_paths(people, app.app_state.links).values())


async def test_each_address_asks_first_and_then_signs_in(client, paths):
    for path, home in zip(paths, ("/console", "/console", "/my/acme"), strict=True):
        client.cookies.clear()
        asked = await client.get(path, headers=BROWSER)
        assert "Sign in as Demo" in asked.text
        assert "set-cookie" not in asked.headers

        led = await client.post(path, headers=FROM_HERE)

        assert led.headers["location"] == home
        assert (await client.get(home, headers=BROWSER)).status_code == 200


async def test_a_later_start_prints_the_same_people(store, paths, by):
    async with store.writing() as session:
        again = await ensure_people(session, by=by)
        await tokens.revoke(session, str(again[0].token_id), by=by)
        people = await ensure_people(session, by=by)

    assert [person.token_id for person in again] == [2, 3, 4]
    assert [person.token_id for person in people] == [5, 3, 4]


async def test_a_product_manager_is_no_admin(client, paths):
    seen = {}
    for path, name in zip(paths, ("manager", "admin", "customer"), strict=True):
        client.cookies.clear()
        await client.post(path, headers=FROM_HERE)
        pages = ("/console/deprecations/new", "/console/tokens")
        seen[name] = [(await client.get(page, headers=BROWSER)).status_code for page in pages]

    assert seen == {"manager": [200, 403], "admin": [200, 200], "customer": [403, 403]}


async def test_an_address_that_is_cut_off_old_or_of_a_revoked_token_signs_nobody_in(
    store, client, paths, by, clock
):
    async with store.writing() as session:
        await tokens.revoke(session, "2", by=by)
    revoked, _, customers = paths

    for path in (revoked, customers[:-3], f"{customers}x", "/sign-in/demo/2"):
        assert (await client.post(path, headers=FROM_HERE)).status_code == 404, path
    assert (
        await client.post(customers, headers=FROM_HERE | {"Sec-Fetch-Site": "cross-site"})
    ).status_code == 403
    clock.advance(seconds=GOOD_FOR.total_seconds() + 1)
    assert (await client.post(customers, headers=FROM_HERE)).status_code == 404

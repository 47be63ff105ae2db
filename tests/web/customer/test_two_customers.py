"""Of two customers, neither sees a trace of the other, on any page, form or refusal."""

import re

import pytest

from lifecycle.server.authorization import ALWAYS
from lifecycle.web.customer.address_forms import Act
from testkit.api_fixtures import connected
from testkit.customers import CUSTOMERS
from testkit.page_addresses import BROWSER
from testkit.signed_in import FROM_HERE, form_key, sign_in

pytestmark = pytest.mark.one_database("who may is decided before any store")


NUMBERED = {"token": "number", "delivery": "delivery"}


@pytest.fixture
async def both(app, customers, make_token):
    """Return a signed-in client of each customer."""
    async with connected(app) as acme, connected(app) as globex:
        for slug, client in (("acme", acme), ("globex", globex)):
            await sign_in(client, await make_token(f"account:{slug}"))
            await client.post(
                f"/my/{slug}/feeds", data={"form_key": await form_key(client)}, headers=FROM_HERE
            )
        yield {"acme": acme, "globex": globex}


def routes(app):
    """Give every page and form of a customer, with its method."""
    for route in app.litestar.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.opt.get("signed_in") == ALWAYS and route.path.startswith("/my/"):
                method = "POST" if "POST" in handler.http_methods else "GET"
                acts = Act if "{act:" in route.path else [""]
                yield from ((route.path.replace("{act:str}", act), method) for act in acts)


async def names_of(client, admin, slug):
    """Return what an account has, by the parameters of paths."""
    path = f"/v1/accounts/{slug}"
    rows = {
        name: (await client.get(f"{path}/{name}", headers=admin)).json()["items"]
        for name in ("subscriptions", "notices", "instances", "deliveries")
    }
    tokens = (await client.get(f"/my/{slug}/tokens", headers=BROWSER)).text
    return {
        "account": slug,
        "subscription": rows["subscriptions"][0]["id"],
        "notice": rows["notices"][0]["id"],
        "instance": rows["instances"][0]["name"],
        "delivery": str(rows["deliveries"][0]["id"]),
        "number": re.search(r"/tokens/(\d+)/revoke", tokens)[1],
    }


def written(route, names):
    return re.sub(r"\{(\w+):\w+\}", lambda parameter: names[parameter[1]], route)


async def test_each_page_of_a_customers_own_shows_nothing_of_another(app, both, admin):
    for slug, client in both.items():
        (stranger,) = set(CUSTOMERS) - {slug}
        names = await names_of(client, admin, slug)
        for route, method in routes(app):
            if method == "GET":
                answer = await client.get(written(route, names), headers=BROWSER)

                assert answer.status_code == 200, route
                assert answer.headers["cache-control"] == "no-store", route
                assert CUSTOMERS[slug] in answer.text or route.endswith(".csv"), route
                assert CUSTOMERS[stranger] not in answer.text, route
                assert stranger not in answer.text.lower(), route


async def test_what_is_anothers_is_refused_as_what_does_not_exist(app, both, admin):
    """Ask for another's account, and in one's own for another's things."""
    client, theirs = both["acme"], await names_of(both["globex"], admin, "globex")
    own, key = await names_of(client, admin, "acme"), await form_key(client)
    missing = {"account": "nobody", "notice": "none", "instance": "none", "number": "999"} | {
        "subscription": "none",
        "delivery": "999999",
    }
    shared = {"notice"}  # both were sent it
    for route, method in routes(app):
        parameters = [name for name in re.findall(r"\{(\w+):", route) if name not in shared]
        mixed = [theirs | {"notice": own["notice"]}]
        mixed += [own | {name: theirs[name]} for name in parameters if name != "account"]
        for names in mixed:
            absent = {
                name: missing[name] if names[name] != own.get(name) else names[name]
                for name in names
            }
            foreign = await ask(client, method, written(route, names), key)
            unknown = await ask(client, method, written(route, absent), key)

            assert foreign.status_code == unknown.status_code == 404, (route, names)
            text = foreign.text
            for word, name in NUMBERED.items():
                text = re.sub(rf"{word} {names[name]}\b", f"{word} {absent[name]}", text)
            for name in ("account", "subscription", "instance", "notice"):
                text = text.replace(names[name], absent[name])
            assert "walrus" not in text, (route, names)
            assert text == unknown.text, (route, names)


async def ask(client, method, path, key):
    fields = {"form_key": key} if method == "POST" else None
    return await client.request(method, path, data=fields, headers=FROM_HERE)


async def test_a_form_of_one_session_is_refused_by_another(app, both, admin):
    foreign = await form_key(both["globex"])
    names = await names_of(both["acme"], admin, "acme")
    for route, method in routes(app):
        if method == "POST":
            answer = await ask(both["acme"], method, written(route, names), foreign)

            assert answer.status_code == 403, route

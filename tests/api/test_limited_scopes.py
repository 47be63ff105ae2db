"""Scopes limited to products: two vendors in one store, each of whom sees nothing of the other.

Every route there is is walked, whichever there are, as each of them: what names something of the
other's is answered as what names nothing at all, and no answer holds the other's word.
"""

import itertools
import json
import re

import pytest
from litestar.handlers import HTTPRouteHandler

from testkit.api_fixtures import AS_ADMIN
from testkit.published_lifecycles import publish_lifecycles
from testkit.responses import ok
from testkit.route_walks import queries_of, text_of
from testkit.scales import walked_share
from testkit.two_vendors import PUBLIC, SHARED, collect, every_delivery, hidden, sell_apart

pytestmark = pytest.mark.one_database("what HTTP makes of it")

WORDS = sorted(PUBLIC)
WALKS = [("narwhal", "publish"), ("walrus", "publish"), ("walrus", "release")]
OWNERS = ("product", "account", "deprecation", "waiver", "delivery", "notice", "subscription")
"""The parameters that name what belongs to a vendor, wherever they stand."""
PLAIN = {
    "product": list(PUBLIC.values()),
    "account": [SHARED],
    "feature": ["engine"],
    "line": ["1.0"],
    "cycle": ["1.0"],
    "file": ["1.0.json"],
    "version": ["1.0.0"],
    "rule": ["removal-unannounced"],
    "tier": ["pro"],
    "topic": ["api"],
    "kind": ["unknown-product"],
    "group": ["drafts"],
    "name": ["swagger-ui.css"],
    "act": ["withdraw"],
}
"""What may be named by both."""
NEEDED = {"tier": "pro", "from": "1.0.0", "to": "1.1.0", "tei": "urn:tei:uuid:localhost:none"}
BODIES = {
    "/v1/deprecations": {"kind": "discontinuation", "whole_product": True, "reason": "-"},
    "/v1/waivers": {
        "rule": "removal-too-soon",
        "subject": "engine",
        "person": "Ada",
        "reason": "law",
        "explanation": "A court says so.",
        "until": "2027-12-31",
    },
}
"""Of what is written to a list, all but the product."""


@pytest.fixture
def arrangement():
    return (sell_apart,)


@pytest.fixture
def configuration():
    return {"LIFECYCLE_ANONYMOUS_SECONDS_PER_MINUTE": "6000"}


COLLECTED = {}
"""What there is of each vendor, by the kind of store: all of a kind are copies of one."""


@pytest.fixture
async def apart(store, client, clock, admin):
    """Give what there is of each vendor, four days after it was made."""
    if store.dialect not in COLLECTED:
        found = {word: await collect(client, word) for word in WORDS}
        assert all(values for of_one in found.values() for values in of_one.values())
        COLLECTED[store.dialect] = found
    clock.advance(days=4)
    await publish_lifecycles(store, clock)
    return COLLECTED[store.dialect]


@pytest.fixture
def make_limited(make_token):
    async def make(word, kind="publish"):
        return await make_token(f"{kind}:{PUBLIC[word]},{hidden(word)}")

    return make


def routes_of(app):
    for route in app.litestar.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and handler.opt.get("scope") != "link":
                for method in sorted(handler.http_methods - {"OPTIONS"}):
                    yield method, route.path, handler


def other_than(word):
    return next(other for other in WORDS if other != word)


def unknown(value):
    """Give what nothing is called by, in the form of a word, a number or an id."""
    if value.isdigit():
        return f"{int(value) + 9000}"
    for word in WORDS:
        if word in value:
            return value.replace(word, word[::-1])
    return value.translate(str.maketrans("0123456789abcdef", "fedcba9876543210"))


def combinations(path, values):
    """Yield all values together that the parameters of a path can have."""
    names = re.findall(r"{(\w+):\w+}", path)
    for combination in itertools.product(*(values.get(name, ["x"]) for name in names)):
        yield dict(zip(names, combination, strict=True))


def questions(path, handler, apart, theirs):
    """Yield what a route can be asked: what its path names, and what its query names."""
    needed = {name: NEEDED[name] for name, is_needed in queries_of(handler) if is_needed}
    named = [{name: value} for name, _ in queries_of(handler) for value in theirs.get(name, ())]
    for chosen in combinations(path, together(PLAIN, *apart.values())):
        yield chosen, needed
        if without(chosen, theirs) == chosen:
            yield from ((chosen, needed | query) for query in named)


def changes(path, apart, theirs):
    """Yield what a changing route can be asked about the other's: by its path or in its body."""
    for chosen in combinations(path, together(PLAIN, *apart.values())):
        owners = {name: chosen[name] for name in OWNERS if name in chosen}
        if without(owners, theirs) != owners:
            yield chosen, {}
    if path in BODIES:
        yield from (({}, BODIES[path] | {"product": product}) for product in theirs["product"])


def filled(path, chosen):
    return re.sub(r"{(\w+):\w+}", r"{\1}", path).format(**chosen)


def together(*of_some):
    names = {name for values in of_some for name in values} - {"shown"}
    return {name: [value for values in of_some for value in values.get(name, ())] for name in names}


def without(chosen, theirs):
    """Give the same with what nothing is called by in place of what is the other's."""
    return {
        name: unknown(value) if value in theirs.get(name, ()) else value
        for name, value in chosen.items()
    }


def renamed(text, chosen, instead):
    for name, value in chosen.items():
        if instead[name] != value:
            text = re.sub(rf"(?<![\w#]){re.escape(value)}\b", instead[name], text)
    return text


@pytest.mark.parametrize(("word", "kind"), WALKS)
async def test_no_route_reveals_what_is_of_another_vendors_product(
    app, client, apart, make_limited, word, kind
):
    limited, other = await make_limited(word, kind), other_than(word)
    theirs = apart[other]
    answered, walked = set(), set()
    for method, path, handler in routes_of(app):
        if method != "GET":
            continue
        until = answered if kind == "publish" and handler.opt.get("by_product") else None
        asking = questions(path, handler, apart, theirs)
        for chosen, query in walked_share(path, asking, until):
            asked = chosen | query
            instead = without(asked, theirs)
            response = await client.get(filled(path, chosen), params=query, headers=limited)
            if instead == asked:
                assert other not in text_of(response), (path, asked)
                answered |= {path} if response.status_code < 400 else set()
                continue
            rest = {name: instead[name] for name in query}
            nothing = await client.get(filled(path, instead), params=rest, headers=limited)
            assert renamed(text_of(response), asked, instead) == text_of(nothing), (path, asked)
        if handler.opt.get("by_product"):
            walked.add(path)

    if kind == "publish":
        assert walked - answered == set()


@pytest.mark.parametrize(("word", "kind"), WALKS)
async def test_no_route_changes_what_is_of_another_vendors_product(
    app, client, apart, make_limited, word, kind
):
    headers = await make_limited(word, kind) | {"If-Match": '"1"'}
    theirs = apart[other_than(word)]
    before = (await ok(client.get("/v1/audit?limit=1", headers=AS_ADMIN))).json()
    for method, path, _ in routes_of(app):
        if method in {"GET", "HEAD"}:
            continue
        for chosen, body in walked_share(f"{method} {path}", changes(path, apart, theirs)):
            asked = chosen | body
            instead = without(asked, theirs)
            address, unnamed = filled(path, chosen), filled(path, instead)
            rest = body | {name: instead[name] for name in body.keys() & theirs.keys()}
            response = await client.request(method, address, json=body, headers=headers)
            nothing = await client.request(method, unnamed, json=rest, headers=headers)
            assert renamed(text_of(response), asked, instead) == text_of(nothing), (method, address)
            assert response.status_code in {400, 401, 403, 404}, (method, address, response.text)

    after = (await ok(client.get("/v1/audit?limit=1", headers=AS_ADMIN))).json()
    assert after == before


@pytest.mark.parametrize("what", ["announce", "amend", "withdraw"])
async def test_what_is_public_of_another_vendor_says_which_scope_changes_it(
    client, apart, make_limited, what
):
    limited = await make_limited("narwhal")
    (uid,) = apart["walrus"]["shown"]
    path = f"/v1/deprecations/{uid}"

    read = await client.get(path, headers=limited)
    match = {"If-Match": read.headers["etag"]}
    body = {"reason": "-"} if what != "announce" else {}
    refused = await client.post(f"{path}/{what}", json=body, headers=limited | match)

    assert read.status_code == 200
    assert "created_by" not in read.json()
    assert refused.status_code == 403
    assert "publish:boreas;" in refused.json()["detail"]


LISTS = [
    "/v1/accounts",
    "/v1/deprecations",
    "/v1/waivers",
    "/v1/deliveries",
    "/v1/audit",
    "/v1/worklist",
    "/v1/products",
    f"/v1/accounts/{SHARED}/instances",
    f"/v1/accounts/{SHARED}/notices",
    f"/v1/accounts/{SHARED}/subscriptions",
    f"/v1/accounts/{SHARED}/deliveries",
]


async def pages(client, path, headers, limit):
    """Give the items of a list, and how many each of its pages holds."""
    items, counts, query = [], [], {"limit": limit}
    while True:
        page = (await ok(client.get(path, params=query, headers=headers))).json()
        items += page["items"]
        counts.append(len(page["items"]))
        if page["next"] is None:
            return items, counts
        query["cursor"] = page["next"]


@pytest.mark.both_databases
@pytest.mark.parametrize("path", LISTS)
async def test_a_narrowed_list_has_full_pages_and_all_that_concerns_its_products(
    client, apart, make_limited, path
):
    everything, _ = await pages(client, path, AS_ADMIN, 500)
    items = {}
    for word in WORDS:
        limited = await make_limited(word)
        items[word], _ = await pages(client, path, limited, 500)

        one_by_one, counts = await pages(client, path, limited, 2)

        assert one_by_one == items[word]
        assert items[word]
        assert set(counts[:-1]) <= {2}
    for word in WORDS:
        marked = [item for item in everything if word in json.dumps(item)]
        alone = [item for item in marked if other_than(word) not in json.dumps(item)]
        keys = {json.dumps(item) for item in items[word]}
        if path not in {"/v1/audit", "/v1/accounts"}:
            assert [item for item in alone if json.dumps(item) not in keys] == []
    assert {item.get("slug") for item in items["walrus"]} >= (
        {"walrus-inc", "walrus-lone", SHARED} if path == "/v1/accounts" else set()
    )


async def test_counts_are_of_the_products_alone(client, apart, make_limited):
    def total(progress):
        return sum(progress.values())

    path = "/v1/deliveries/progress"
    whole = (await ok(client.get(path, headers=AS_ADMIN))).json()
    parts = [
        (await ok(client.get(path, headers=await make_limited(word)))).json() for word in WORDS
    ]

    assert total(whole) == sum(map(total, parts))
    for word, part in zip(WORDS, parts, strict=True):
        assert total(part) == len(await every_delivery(client, word))
        assert part["exhausted"] == 1


async def test_an_account_of_both_is_shown_to_each_as_if_it_had_no_other(
    client, apart, make_limited
):
    limited = await make_limited("narwhal")
    path = f"/v1/accounts/{SHARED}"

    shown = (await ok(client.get(path, headers=limited))).json()
    status = (await ok(client.get(f"{path}/status", headers=limited))).json()
    evidence = await ok(client.get(f"{path}/evidence", headers=limited))
    page = await ok(client.get(f"{path}/evidence?format=html", headers=limited))

    assert shown["instances"] == ["narwhal-0", "narwhal-1"]
    assert {instance["product"] for instance in status["instances"]} == {"atlas", "narwhal-cloud"}
    assert {told["product"] for told in evidence.json()["deprecations"]} == {
        "atlas",
        "narwhal-cloud",
    }
    assert evidence.json()["products"] == ["atlas", "narwhal-cloud"]
    assert "Only what concerns atlas, narwhal-cloud is listed." in page.text
    assert "walrus" not in evidence.text + page.text


async def test_an_instance_that_came_from_another_product_is_not_in_the_log_of_this_one(
    client, apart, make_limited, admin
):
    moved = {"product": "atlas", "version": "1.0.0"}
    path = f"/v1/accounts/{SHARED}/instances/walrus-1"
    await ok(client.put(path, json=moved, headers=admin))

    logged = await ok(client.get("/v1/audit?limit=500", headers=await make_limited("narwhal")))

    assert "walrus-cloud" not in logged.text
    assert {entry["product"] for entry in logged.json()["items"]} == {"atlas", "narwhal-cloud"}


async def test_an_account_is_changed_by_scopes_without_a_limit(client, apart, make_limited):
    limited = await make_limited("narwhal")
    path = "/v1/accounts/narwhal-inc"
    facts = component = {"product": "atlas", "version": "1.1.0"}

    for method, address, body in (
        ("PUT", path, {"tier": "pro"}),
        ("PUT", f"{path}/instances/narwhal-0", facts),
        ("DELETE", f"{path}/instances/narwhal-0", None),
        ("POST", f"{path}/subscriptions", {"channel": "webhook", "address": "https://x.invalid"}),
        ("POST", f"{path}/check?report=ci", {"components": [component]}),
        ("GET", "/v1/audit/verify", None),
    ):
        refused = await client.request(method, address, json=body, headers=limited)

        assert refused.status_code == 403, address
        assert "not limited to products" in refused.json()["detail"], address


async def test_a_repeat_after_the_scope_was_narrowed_is_not_answered_from_before(
    client, apart, store, make_token, make_limited
):
    from sqlalchemy import update  # noqa: PLC0415

    from lifecycle.accounts.models import Token  # noqa: PLC0415

    token = await make_token("publish:boreas,walrus-cloud", label="pm")
    body = BODIES["/v1/waivers"] | {"product": "walrus-cloud"}
    key = {"Idempotency-Key": "again"}
    await ok(client.post("/v1/waivers", json=body, headers=token | key))
    async with store.writing() as session:
        statement = update(Token).where(Token.label == "pm").values(scope="publish:boreas")
        await session.execute(statement)

    repeated = await client.post("/v1/waivers", json=body, headers=token | key)

    assert repeated.status_code == 404
    assert "idempotency-replayed" not in repeated.headers

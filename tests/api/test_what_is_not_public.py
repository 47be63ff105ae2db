"""No public answer holds a word of what is not public: every route is walked, whichever there are.

A route that is added later is walked by itself. One with a parameter of a new name is asked with
all values there are; if none of them fits, ``VALUES`` needs one that does.
"""

import itertools
import re

import pytest
from litestar.handlers import HTTPRouteHandler

from lifecycle.server.authorization import ALWAYS
from lifecycle.web.static_files import asset_path
from testkit.marked_secrets import ACCOUNT, FEATURE, HIDDEN, WORD, keep_secrets
from testkit.published_lifecycles import publish_lifecycles
from testkit.route_walks import queries_of, text_of
from testkit.scales import walked_share

pytestmark = pytest.mark.one_database("what HTTP makes of it")

OTHER = WORD[::-1]
"""A word of the same length, also where it is drawn, that nothing is called by."""
NEAR = WORD[:-1]
"""So nearly the word that it would be suggested."""
PUBLIC = {"public", "operator", "anyone"}
VALUES = {
    "product": ["clairdash", HIDDEN, f"{NEAR}-cloud", f"{NEAR}-sky"],
    "version": ["3.10.0", "3.9.9", "1.0.0", "33.0.0"],
    "line": ["3.9", "1.0", f"{NEAR}one"],
    "feature": ["builder", FEATURE, f"{NEAR}-mode", f"{WORD}-core"],
    "tier": ["pro", f"{WORD}-gold", f"{NEAR}-gold"],
    "rule": ["removal-unannounced", "no-such-rule"],
    "at": ["2026-12-01", "2028-01-01"],
    "topic": ["api"],
    "kind": ["unknown-product"],
    "cycle": ["3.9", f"{NEAR}one"],
    "category": ["app", f"{WORD}-kind"],
    "tag": ["app", f"{WORD}-tag"],
    "identifier_type": ["purl"],
    "product_file": ["clairdash.json", f"{HIDDEN}.json", f"{WORD}-sky.json", f"{NEAR}-sky.json"],
    "file": ["3.9.json", f"{NEAR}one.json"],
    "name": ["swagger-ui.css", asset_path("site.css").rpartition("/")[2]],
}
SAME = {"products": "product", "from": "version", "to": "version"}
"""Parameters that take what another one takes."""
OWN_WORDS = {"cursor", "limit", "newest_first", "opened_at", "status", "for"}
"""Parameters in queries that name nothing which somebody entered."""
NOTHING_THERE = {"/schema/{path:str}"}
"""What the framework adds, and answers nothing."""
SCOPES = {"nobody": None, "release": "release", "its customer": f"account:{ACCOUNT}"}


@pytest.fixture
def arrangement():
    return (keep_secrets,)


@pytest.fixture
def configuration():
    return {"LIFECYCLE_ANONYMOUS_SECONDS_PER_MINUTE": "6000"}


@pytest.fixture
async def values(client, admin, store, clock):
    """Give what each parameter can be asked for, ids of deprecations and UUIDs included."""
    await publish_lifecycles(store, clock)
    listed = (await client.get("/v1/deprecations?limit=100", headers=admin)).json()["items"]
    assert {item["status"] for item in listed} == {"draft", "scheduled", "announced", "withdrawn"}
    uuids = await uuids_of(client, admin)
    return VALUES | {
        "deprecation": [item["id"] for item in listed],
        "uuid": uuids,
        "tei": [f"urn:tei:uuid:localhost:{uuid}" for uuid in uuids],
        "number": ["1"],
    }


async def uuids_of(client, admin):
    """Give the UUIDs of all products and of a release of each, as the vendor sees them."""
    listed = (await client.get("/tea/products", headers=admin)).json()["results"]
    uuids = []
    for product in sorted(listed, key=lambda product: product["name"].lower() != "clairdash"):
        uuids.append(product["uuid"])
        path = f"/tea/product/{product['uuid']}/releases?pageSize=1"
        for release in (await client.get(path, headers=admin)).json()["results"]:
            (component,) = release["components"]
            uuids += [release["uuid"], component["uuid"], component["release"]]
    return uuids


def routes_of(app):
    """Give what the public may get: each path with its handler."""
    for route in app.litestar.routes:
        for handler in getattr(route, "route_handlers", []):
            readable = isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods
            if handler.opt.get("signed_in") == ALWAYS:  # it shows people what is their own
                continue
            if readable and handler.opt["scope"] in PUBLIC and route.path not in NOTHING_THERE:
                yield route.path, handler


def addresses(path, handler, values):
    """Yield a route's addresses: all values in its path; with the first ones, in each query too."""

    def known(name):
        listed = values.get(SAME.get(name, name))
        return listed or sorted({value for of_one in values.values() for value in of_one})

    names = re.findall(r"{(\w+):\w+}", path)
    bare = re.sub(r"{(\w+):\w+}", r"{\1}", path)
    queries = {name: need for name, need in queries_of(handler) if name not in OWN_WORDS}
    needed = {name: known(name)[0] for name, is_needed in queries.items() if is_needed}
    asked = [needed] + [needed | {name: value} for name in queries for value in known(name)]
    for combination in itertools.product(*map(known, names)):
        address = bare.format(**dict(zip(names, combination, strict=True)))
        for query in asked:
            pairs = "&".join(f"{name}={value}" for name, value in query.items())
            yield f"{address}?{pairs}" if pairs else address
        asked = [needed]


def forms_of(handler):
    """Give the forms in which a route may answer: pages refuse in another than programs read."""
    if handler.include_in_schema is False:
        return ({"Accept": "text/html"}, {"Accept": "application/json"})
    return ({"Accept": "application/json"},)


@pytest.mark.parametrize("who", SCOPES)
async def test_no_public_route_reveals_what_is_not_public(
    app, client, admin, make_token, values, who
):
    own = {} if SCOPES[who] is None else await make_token(SCOPES[who])
    answered, walked = set(), set()
    for path, handler in routes_of(app):
        walked.add(path)
        asked = addresses(path, handler, values)
        for address in walked_share(path, asked, answered):
            if who == "nobody":  # who could be served what was kept of the vendor's answer
                await client.get(address, headers=admin)
            for form in forms_of(handler):
                response = await client.get(address, headers=own | form)
                if WORD in address:
                    unknown = await client.get(address.replace(WORD, OTHER), headers=own | form)
                    assert text_of(response).replace(WORD, OTHER) == text_of(unknown), address
                else:
                    assert WORD not in text_of(response), address
                answered |= {path} if response.is_success else set()

    assert walked - answered == set()


async def test_those_who_may_publish_are_shown_what_is_not_public(client, admin):
    for path in (
        "/v1/products",
        f"/v1/products/{HIDDEN}",
        f"/v1/products/{HIDDEN}/support",
        "/v1/products/clairdash/features",
        f"/v1/products/clairdash/features/{FEATURE}",
        "/v1/deprecations",
    ):
        shown = await client.get(path, headers=admin)

        assert WORD in shown.text, path
        assert shown.headers["cache-control"].startswith("private"), path

"""HEAD and OPTIONS on every route that the description lists."""

import pytest

from testkit.server_processes import RELEASES

NAMES = {
    "product": "clairdash",
    "version": "3.9.0",
    "line": "3.9",
    "feature": "builder",
    "account": "acme",
    "instance": "prod",
    "rule": "removal-unannounced",
}
REMOVAL = {"product": "clairdash", "kind": "removal", "feature": "builder", "reason": "Old."}
HOOK = {"channel": "webhook", "address": "https://acme.invalid/in"}
WAIVER = {
    "product": "clairdash",
    "rule": "removal-too-soon",
    "subject": "builder",
    "person": "Ada",
    "reason": "law",
    "explanation": "A court says so.",
    "until": "2099-12-31",
}
MANIFEST = {"product": "clairdash", "version": "3.11.0"}
MOVING = ("/metrics", "/deliveries", "/reach", "/preview", "/progress")
"""What tells of this very request or moment, or of deliveries under way."""
NEEDED = {
    "/v1/products/{product}/entitlements": "?tier=pro",
    "/v1/products/{product}/compare": "?from=3.9.0&to=3.9.0",
}


@pytest.fixture(scope="module")
def routes(client):
    """Give every path of the description, filled in, with its operations."""
    product = "/v1/products/clairdash"
    named = {"slug": "clairdash", "identifiers": ["pkg:docker/clairdash"]}
    client.put(product, json=named).raise_for_status()
    client.put(f"{product}/lines/3.9", json={}).raise_for_status()
    client.put(f"{product}/features/builder", json={}).raise_for_status()
    told = {"product": "clairdash", "version": "3.9.0", "features": ["builder"]}
    client.put("/v1/accounts/acme/instances/prod", json=told).raise_for_status()
    names = NAMES | announced(client)
    paths = client.get("/schema/openapi.json").json()["paths"]
    more = {"/metrics": {"get"}, "/schema": {"get"}, "/schema/openapi.json": {"get"}}
    return [
        (
            path.format(**names) + NEEDED.get(path, ""),
            {name for name in item if name != "parameters"},
        )
        for path, item in [*paths.items(), *more.items()]
    ]


def announced(client):
    """Announce a removal to a subscribed account, and name all that comes of it."""

    def made(path, body):
        response = client.post(path, json=body)
        response.raise_for_status()
        return response

    hook = made("/v1/accounts/acme/subscriptions", HOOK).json()["id"]
    draft = made("/v1/deprecations", REMOVAL)
    path, match = draft.headers["location"], {"If-Match": draft.headers["etag"]}
    client.post(f"{path}/announce", json={}, headers=match).raise_for_status()
    (notice,) = client.get("/v1/accounts/acme/notices").json()["items"]
    (delivery,) = client.get("/v1/deliveries?account=acme").json()["items"]
    return {
        "flag": "clairdash:rest-v1",
        "cycle": "3.9",
        "file": "3.9.json",
        "product_file": "clairdash.json",
        "category": "app",
        "tag": "app",
        "identifier_type": "purl",
        "subscription": hook,
        "deprecation": draft.json()["id"],
        "notice": notice["id"],
        "delivery": delivery["id"],
        "waiver": made("/v1/waivers", WAIVER).json()["id"],
        "token": made("/v1/tokens", {"label": "bot", "scope": "release"}).json()["id"],
        "verdict": made("/v1/products/clairdash/gate", MANIFEST).json()["id"],
    }


def test_head_gives_the_headers_of_get_and_no_body(client, routes):
    for path, operations in routes:
        head = client.head(path)

        if "get" in operations:
            get = client.get(path)
            assert (head.status_code, get.status_code) == (200, 200), (path, get.text)
            moving = any(part in path for part in MOVING)
            unlike = {"date", "transfer-encoding"} | ({"content-length"} if moving else set())
            assert plain(head, unlike) == plain(get, unlike), path
        else:
            assert head.status_code == 405, path
        assert head.content == b"", path


def plain(response, unlike):
    return {name: value for name, value in response.headers.items() if name not in unlike}


def test_options_names_what_is_possible_and_that_is_all_that_is(client, routes):
    for path, operations in routes:
        possible = {name.upper() for name in operations} | {"OPTIONS"}
        possible |= {"HEAD"} if "get" in operations else set()

        options = client.options(path)

        assert options.status_code == 204, path
        assert options.content == b""
        assert set(options.headers["allow"].split(", ")) == possible, path
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - possible:
            refused = client.request(method, path)
            assert refused.status_code == 405, (method, path)
            assert set(refused.headers["allow"].split(", ")) == possible, path


def test_options_of_nothing_is_404(client):
    assert client.options("/v1/nothing").status_code == 404


def test_connections_stay_usable_after_answers_without_a_body(client):
    answers = [
        client.head(RELEASES),
        client.options(RELEASES),
        client.delete("/v1/accounts/acme/instances/none"),
        client.get(RELEASES, headers={"If-None-Match": client.get(RELEASES).headers["etag"]}),
        client.get(RELEASES),
    ]

    assert [answer.status_code for answer in answers] == [200, 204, 404, 304, 200]

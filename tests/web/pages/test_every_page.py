"""Every route for people, whichever there are: what it allows, what it forbids, whom it refuses."""

import re
import time
from html import unescape
from urllib.parse import unquote

import httpx
import pytest

from testkit.page_addresses import BROWSER, canonical, page_addresses
from testkit.published_lifecycles import publish_lifecycles
from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of pages")

INLINE = re.compile(r"<style|<[^>]*\s(?:style|on\w+)=|<script(?! [^>]*src=)")
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}
END = {
    "product": "clairdash",
    "kind": "end_of_support",
    "lines": ["3.7"],
    "effective_on": "2027-03-01",
    "reason": "It is old.",
}


@pytest.fixture
async def paths(app, client, clairdash, admin, store, clock):
    """Give the path of each route for people, and whether it is a page."""
    made = await ok(client.post("/v1/deprecations", json=END, headers=admin))
    match = {"If-Match": made.headers["etag"]}
    announced = f"{made.headers['location']}/announce"
    answer = await ok(client.post(announced, json={}, headers=admin | match))
    await publish_lifecycles(store, clock)
    return page_addresses(app, deprecation=answer.json()["id"])


async def test_every_page_answers_and_forbids_what_it_does_not_need(client, paths):
    assert len(paths) > 15
    for path, is_page in paths.items():
        shown = await ok(client.get(path, headers=BROWSER))
        tag = {"If-None-Match": shown.headers["etag"]}
        unchanged = await client.get(path, headers=BROWSER | tag)
        missing = await client.get(f"{path.rstrip('/')}/nothing", headers=BROWSER)
        refused = await client.get(f"{path}?at=never&from=never&page=x", headers=BROWSER)

        assert unchanged.status_code in {200, 304}, path  # some are of this very moment
        assert missing.status_code == 404
        for answer in (shown, unchanged, missing, refused):
            policy = answer.headers["content-security-policy"]
            assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS, path
            assert policy.startswith("default-src 'none'"), path
            assert not re.search(r"unsafe|\*|https?:|data:", policy), path
        kind = shown.headers["content-type"]
        if is_page:
            assert kind.startswith("text/html"), path
            assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! [^>]*src=)", shown.text), (
                path
            )
        if kind.startswith("image/"):
            assert shown.headers["cross-origin-resource-policy"] == "cross-origin", path


async def test_every_page_says_what_can_be_asked_of_it_and_refuses_the_rest(client, paths):
    for path in paths:
        got = await client.get(path, headers=BROWSER)
        head = await client.head(path, headers=BROWSER)
        options = await client.options(path, headers=BROWSER)
        changed = [
            await client.request(method, path, headers=BROWSER)
            for method in ("POST", "PUT", "PATCH", "DELETE")
        ]

        assert (head.status_code, head.content) == (200, b""), path
        same = ("content-type", "content-security-policy", "vary", "cache-control")
        assert [head.headers[name] for name in same] == [got.headers[name] for name in same], path
        assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS"), path
        for refused in changed:
            assert refused.status_code == 405, path
            assert refused.headers["allow"] == "GET, HEAD, OPTIONS", path
            assert "<h1>This method is not allowed here</h1>" in refused.text, path


async def test_what_a_page_costs_is_charged_to_who_asks_wherever_it_is_made(
    app, client, admin, paths
):
    more = [{"version": f"3.{minor}.0", "released_on": "2026-11-01"} for minor in range(11, 161)]
    await ok(client.post("/v1/products/clairdash/releases", json=more, headers=admin))
    await ok(client.get("/products"))  # so that the snapshot is loaded
    asked = [path for path in paths if path.startswith("/products/clairdash")]
    spent = charged = 0.0
    for number, path in enumerate(asked):
        address = f"192.0.2.{number}"
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://lifecycle.test") as one:
            begun = time.process_time()
            await ok(one.get(path, headers=BROWSER))
            spent += time.process_time() - begun
        charged += app.app_state.quotas.used(address)

    assert charged > spent / 2


async def test_a_trailing_slash_leads_to_the_same_page(client, paths):
    for path in paths:
        if path == "/":
            continue
        plain = await client.get(path, headers=BROWSER)
        slashed = await client.get(f"{path}/", headers=BROWSER)

        assert slashed.status_code == plain.status_code == 200, path
        assert canonical(slashed) == canonical(plain), path


ODD = [
    "//evil.example/",
    "//evil.example/products/clairdash",
    "/\\evil.example/products",
    "/products//evil.example",
    "/products/%2F%2Fevil.example",
    "/products/clairdash%2Flines",
    "/products/clairdash%2F..%2F..%2Fv1",
    "/products/..",
    "/products/%2e%2e",
    "/products/../../v1/products",
    "/manual/%2e%2e%2f%2e%2e%2fREADME",
    "/static/%2e%2e%2f%2e%2e%2fsettings.py",
    "/products/clair%00dash",
    "/products/clair%0d%0aset-cookie:%20a=b",
    "/products/%ff%fe",
    "/products/%",
    "/products/%zz",
    "/products/%E2%80%AEhsadrialc",
    "/products/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "/products/%22%20onload=alert(1)%20x=%22",
    "/products/clairdash;jsessionid=1",
    "/products/" + "x" * 60_000,
    "/products/" + "%2F" * 10_000,
    "/" + "a/" * 10_000,
    "/deprecations/" + "%00",
    "/rules/%0a",
    "/changes.atom/..",
]


@pytest.mark.parametrize("path", ODD, ids=lambda path: path[:40])
async def test_odd_paths_are_refused_on_a_clean_page(app, clairdash, path):
    status, headers, text = await ask(app, path)

    assert status in {400, 404}, headers
    assert "location" not in headers
    assert "set-cookie" not in headers
    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS
    assert len(text) < 10_000
    assert not INLINE.search(text)
    if headers["content-type"].startswith("text/html"):
        assert re.search("<h1>.+</h1>", text)
        assert 'rel="canonical"' not in text
        led = [unescape(found) for found in re.findall(r'(?:href|src|action)="([^"]*)"', text)]
        assert [found for found in led if found.startswith(("//", "/\\")) or ".." in found] == []
    else:
        assert headers["content-type"] == "application/problem+json"
        assert path.startswith("/static/")


async def ask(app, path):
    """Ask for a path as it is written, as no client would; give status, headers and text."""
    raw = path.encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(path, errors="replace"),
        "raw_path": raw,
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in BROWSER.items()],
        "client": ("127.0.0.1", 1),
        "server": ("lifecycle.test", 80),
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:]).decode()


async def test_a_line_whose_name_has_a_slash_has_a_page_that_names_itself(client, admin):
    widget = {"slug": "widget", "scheme": "declared", "line_by": "declared"}
    await ok(client.post("/v1/products", json=widget, headers=admin))
    release = {"version": "a/1%2F", "line": "a/b%2Fc", "released_on": "2026-01-31"}
    await ok(client.post("/v1/products/widget/releases", json=release, headers=admin))
    path = "/products/widget/lines/a%2Fb%252Fc"

    page = await ok(client.get(path, headers=BROWSER))

    assert canonical(page) == [f"http://127.0.0.1:8000{path}"]
    assert "a/b%2Fc" in page.text

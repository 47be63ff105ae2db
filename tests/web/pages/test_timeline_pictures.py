import base64
import hashlib
import re
from xml.etree import ElementTree as ET

import pytest

from testkit.responses import ok

PICTURE = "/products/clairdash/timeline.svg"
SVG = "{http://www.w3.org/2000/svg}"
pytestmark = pytest.mark.one_database("pictures are read models of the snapshot")


async def test_a_picture_stands_alone_and_may_be_shown_anywhere(client, clairdash):
    response = await ok(client.get(PICTURE))

    picture = ET.fromstring(response.text)  # noqa: S314 -- our own
    style = picture.find(f"{SVG}style").text
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = response.headers["content-security-policy"]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'"
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert " style=" not in response.text
    assert not re.search(r"(href|src)=|url\((?!#)|@import", response.text)
    assert "prefers-color-scheme: dark" in style


async def test_a_picture_has_a_name_and_says_in_words_what_it_shows(client, clairdash):
    picture = ET.fromstring((await ok(client.get(PICTURE))).text)  # noqa: S314

    named = {element.get("id"): element.text for element in picture.iter() if element.get("id")}
    assert picture.get("role") == "img"
    assert named[picture.get("aria-labelledby")] == "Support for clairdash"
    words = named[picture.get("aria-describedby")]
    assert "3.10, Pro: supported from 1 October 2026" in words
    assert "3.5, Enterprise: supported from 1 May 2026 until 30 September 2026." in words


async def test_a_picture_is_kept_until_its_product_changes(client, clairdash, admin):
    first = await ok(client.get(PICTURE))
    repeated = await client.get(PICTURE, headers={"If-None-Match": first.headers["etag"]})
    plan = {"version": "3.11.0", "planned_on": "2026-12-08"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))
    changed = await client.get(PICTURE, headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "public, max-age=60"
    assert repeated.status_code == 304
    assert repeated.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert changed.status_code == 200
    assert "8 December 2026: 3.11.0 is planned" in changed.text


async def test_announced_changes_are_marked_and_drafts_are_not(client, clairdash, admin):
    draft = {"product": "clairdash", "kind": "end_of_support", "lines": ["3.9"], "reason": "r"}
    created = await ok(client.post("/v1/deprecations", json=draft, headers=admin))
    path, guard = f"/v1/deprecations/{created.json()['id']}", {"If-Match": created.headers["etag"]}

    before = (await ok(client.get(PICTURE))).text
    body = {"effective_on": "2027-02-01"}
    patched = await ok(client.patch(path, json=body, headers=admin | guard))
    guard = {"If-Match": patched.headers["etag"]}
    await ok(client.post(f"{path}/announce", json={}, headers=admin | guard))
    after = (await ok(client.get(PICTURE))).text

    assert "End of support for 3.9" not in before
    assert "1 February 2027: End of support for 3.9" in after


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("from=2027-01-01&to=2026-01-01", 400, "from"),
        ("from=0001-01-01&to=9999-12-31", 400, "from"),
        ("from=yesterday", 400, "from"),
        ("width=100", 400, "width"),
        ("tiers=gold", 404, "tiers"),
        ("lines=3.9,9.9", 404, "lines"),
        ("lines=" + ",".join(map(str, range(999))), 400, "lines"),
        ("lines=" + "x" * 20_000, 400, "lines"),
        ("colour=red", 400, "colour"),
    ],
)
async def test_what_cannot_be_drawn_is_refused_by_name(client, clairdash, query, status, field):
    refused = await client.get(f"{PICTURE}?{query}")

    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert field in {error["field"] for error in refused.json()["errors"]}


async def test_what_is_chosen_is_drawn(client, clairdash):
    query = "lines=3.9,3.4&tiers=pro&from=2026-03-01&to=2027-02-28&width=320"
    picture = ET.fromstring((await ok(client.get(f"{PICTURE}?{query}"))).text)  # noqa: S314

    lanes = [title.text.partition(":")[0] for title in picture.iter(f"{SVG}title")][1:]
    assert lanes == ["3.9, Pro", "3.4, Pro"]
    assert picture.get("width") == "320"


async def test_a_product_of_which_nothing_is_known_has_a_picture_that_says_so(client, admin):
    await ok(client.post("/v1/products", json={"slug": "new"}, headers=admin))

    picture = await ok(client.get("/products/new/timeline.svg"))
    unknown = await client.get("/products/nothing/timeline.svg")

    assert "There is no support policy yet" in picture.text
    assert unknown.status_code == 404

"""What is sent wrongly gets the right status and a way out, and stores nothing."""

import json
import re

import pytest


@pytest.fixture
def store_url(sqlite_url):
    """Refused before any store sees it, so one store tells as much as two."""
    return sqlite_url


RELEASES = "/v1/products/clairdash/releases"


async def problem(request, status):
    response = await request
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    assert document["type"].startswith("/problems/")
    assert document["title"]
    assert document["detail"]
    return document


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/v1/products/nothing", 404, "unknown-product"),
        ("/v1/products/nothing/support", 404, "unknown-product"),
        ("/v1/products/clairdash/versions/9.9.9", 404, "unknown-release"),
        ("/v1/products/clairdash/versions/nonsense", 400, "unparsable-version"),
        ("/v1/products/clairdash/support?tier=gold", 404, "unknown-tier"),
        ("/v1/products/clairdash/support?at=2026-02-30", 400, "bad-request"),
        ("/v1/products/clairdash/support?at=tomorrow", 400, "bad-request"),
        ("/v1/products/clairdash/support?at=", 400, "bad-request"),
        ("/v1/products/clairdash/support?day=2026-01-01", 400, "bad-request"),
        ("/v1/products/clairdash/support?tier=pro&tier=pro", 400, "bad-request"),
        ("/v1/products/clairdash/support?tier=pro%00", 400, "unfit-text"),
        ("/v1/products/clair%00dash", 400, "unfit-text"),
        ("/v1/products/clair%7Fdash", 400, "unfit-text"),
        ("/v1/products?limit=0", 400, "bad-request"),
        ("/v1/products?limit=many", 400, "bad-request"),
        ("/v1/products?cursor=bm9uZQ", 400, "bad-request"),
        ("/v1/products/clairdash/entitlements", 400, "bad-request"),
        ("/v1/products/clairdash/entitlements?tier=pro&opened_at=now", 400, "bad-request"),
        ("/v1/nothing", 404, "no-such-route"),
        ("/nothing", 404, "no-such-route"),
    ],
)
async def test_a_bad_question_gets_its_own_problem(client, clairdash, path, status, kind):
    document = await problem(client.get(path), status)

    assert document["type"] == f"/problems/{kind}"


@pytest.mark.parametrize(
    "host",
    ["x:y:z", "here:port", "here:70000", "here:-1", "[::1", "[x]:80", "a b", "<script>"],
)
@pytest.mark.parametrize("path", ["/v1/products/clairdash/support?at=x", "/products"])
async def test_a_host_that_no_address_has_is_refused_by_name(client, clairdash, path, host):
    response = await client.get(path, headers={"Host": host, "Accept": "application/json"})

    assert response.status_code == 400
    assert "Host" in response.text
    assert "port up to 65535" in response.text


async def test_any_other_host_is_as_good_as_ours(client, clairdash):
    answers = [
        await client.get("/products/clairdash", headers={"Host": host, "Accept": "text/html"})
        for host in ("lifecycle.test", "evil.example:1", "[::1]:80", "a_b", "127.0.0.1")
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("entitlements", "The query parameter 'tier' is required."),
        ("support?at=2026-02-30", "at: '2026-02-30' is not a valid date; use YYYY-MM-DD."),
        ("releases?limit=many", "limit: must be a whole number from 1 to 500, not 'many'."),
    ],
)
async def test_a_bad_parameter_is_named_with_its_value_and_the_way_out(
    client, clairdash, query, detail
):
    document = await problem(client.get(f"{clairdash}/{query}"), 400)

    assert document["detail"] == detail
    assert document["errors"][0]["field"] in detail


@pytest.mark.parametrize("at", ["1900-01-01", "9999-12-31", "0001-01-01"])
async def test_days_far_off_are_answered(client, clairdash, at):
    response = await client.get(f"{clairdash}/support?at={at}")

    assert response.status_code == 200


async def test_an_unknown_version_names_the_nearest_and_carries_its_lines_answer(client, clairdash):
    document = await problem(client.get(f"{clairdash}/versions/3.7.9"), 404)

    assert "3.7.0" in document["nearest"]
    assert document["line"]["tiers"]["enterprise"]["status"] == "supported"


async def test_a_bad_entry_of_a_list_is_named_by_path_and_value_and_nothing_is_stored(
    client, clairdash, admin
):
    body = [
        {"version": "3.11.0", "released_on": "2026-11-01"},
        {"version": "3.12.0", "released_on": "2026-11-31"},
        {"version": 313, "released_on": "2026-11-02"},
    ]

    document = await problem(client.post(RELEASES, json=body, headers=admin), 400)

    first, second = document["errors"]
    assert (first["field"], first["value"]) == ("[1].released_on", "2026-11-31")
    assert first["allowed"]
    assert (second["field"], second["value"]) == ("[2].version", 313)
    assert (await client.get(f"{RELEASES}/3.11.0")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"version": "3.11.0", "version": "3.12.0", "released_on": "2026-11-01"}',
        b'{"version": "3.11.0", "released_on": "2026-11-01", "realeased_on": "2026-11-01"}',
        b'{"version": "3.11.0", "released_on": NaN}',
        b'{"version": "3.11\\u0000", "released_on": "2026-11-01"}',
        b'{"version": "3.11.0", "notes_url": "javascript:alert(1)", "released_on": "2026-11-01"}',
        b'{"version": true, "released_on": "2026-11-01"}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
)
async def test_a_body_that_is_none_is_refused(client, clairdash, admin, body):
    await problem(client.post(RELEASES, content=body, headers=admin), 400)

    assert (await client.get(f"{clairdash}/releases/3.11.0")).status_code == 404


async def test_text_that_spells_a_boolean_is_no_boolean(client, clairdash, admin):
    body = {"declared": {"active_support": True, "end_of_life": "true"}}

    document = await problem(client.put(f"{clairdash}/lines/3.9", json=body, headers=admin), 400)

    assert document["errors"][0]["field"] == "declared.end_of_life"
    assert document["errors"][0]["value"] == "true"


async def test_a_body_of_fifty_megabytes_is_refused(client, clairdash, admin):
    document = await problem(client.post(RELEASES, content=b" " * 50_000_000, headers=admin), 413)

    assert document["error"] == "BodyTooLarge"


async def test_a_body_that_does_not_say_how_large_it_is_is_cut_off(client, clairdash, admin):
    async def endless():
        for _ in range(50):
            yield b" " * 1_000_000

    document = await problem(client.post(RELEASES, content=endless(), headers=admin), 413)

    assert document["error"] == "BodyTooLarge"


async def test_names_in_any_script_are_kept_as_they_are(client, clairdash, admin):
    for name in ("Клаир 🐍", "לוח בקרה", "دشبورد"):
        await client.put(clairdash, json={"name": name}, headers=admin)

        assert (await client.get(clairdash)).json()["name"] == name


@pytest.mark.parametrize("name", ["2024 LTSC", "a/b", "galaxy-s6-edge+-duos", "ü%2F", "1.1.1w"])
async def test_any_name_can_stand_in_a_path(client, admin, name):
    from urllib.parse import quote  # noqa: PLC0415

    facts = {"slug": "any", "scheme": "declared", "line_by": "declared"}
    await client.post("/v1/products", json=facts, headers=admin)
    path = f"/v1/products/any/lines/{quote(name, safe='')}"

    stored = await client.put(path, json={"codename": "x"}, headers=admin)
    shown = await client.get(path)

    assert stored.status_code == 201
    assert shown.json()["line"] == name


@pytest.mark.parametrize("tag", ["", "7", '"x"', 'W/"1-a"', '"1-a", "2-b"', '"1', '"-1"'])
async def test_an_if_match_that_is_none_of_ours_is_refused(client, clairdash, admin, tag):
    headers = admin | {"If-Match": tag}
    before = (await client.get(clairdash)).json()

    await problem(client.put(clairdash, json={"name": "x"}, headers=headers), 400)

    assert (await client.get(clairdash)).json() == before


async def test_a_method_that_a_path_lacks_names_those_it_has(client, clairdash):
    response = await client.post(clairdash)

    assert response.status_code == 405
    assert response.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"


async def test_options_names_the_methods_of_a_path(client):
    response = await client.options("/v1/products")

    assert response.status_code == 204
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert (await client.options("/v1/nothing")).status_code == 404


async def test_head_of_what_is_not_there_has_no_body(client):
    response = await client.head("/v1/products/nothing")

    assert response.status_code == 404
    assert response.content == b""


async def test_a_defect_is_a_500_that_tells_nothing(client, app, monkeypatch):
    async def broken(_slug):
        msg = "secret"
        raise RuntimeError(msg)

    monkeypatch.setattr(app.app_state.snapshots, "get", broken)

    document = await problem(client.get("/v1/products/clairdash/support"), 500)

    assert "secret" not in str(document)


async def test_the_page_and_the_description_come_from_here(client):
    page = (await client.get("/schema")).text
    description = (await client.get("/schema/openapi.json")).json()

    loaded = re.findall(r'<(?:script|link|img)\b[^>]* (?:src|href)="([^"]*)"', page)
    assert loaded
    assert [address for address in loaded if "//" in address] == []
    assert "http://" not in page.split("<body>")[0]
    assert description["openapi"].startswith("3.1")
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js"):
        assert (await client.get(f"/schema/assets/{asset}")).status_code == 200
    assert (await client.get("/schema/assets/..%2F__init__.py")).status_code == 404


@pytest.mark.parametrize("path", ["/schema/nope", "/schema/openapi.yaml"])
async def test_what_is_not_beside_the_description_is_refused_as_everywhere(client, path):
    document = await problem(client.get(path), 404)
    page = await client.get(path, headers={"Accept": "text/html"})

    assert document["error"] == "NoSuchRoute"
    assert path in document["detail"]
    assert page.status_code == 404
    assert "<h1>There is nothing here</h1>" in page.text


async def test_every_reference_in_the_description_leads_to_a_component(client):
    text = (await client.get("/schema/openapi.json")).text

    named = set(re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', text))

    assert named
    assert named <= json.loads(text)["components"]["schemas"].keys()


@pytest.mark.parametrize(
    ("place", "body", "field", "allowed"),
    [
        ("", {"line_by": "minr"}, "line_by", "minor"),
        ("", {"nme": "x"}, "nme", "name"),
        ("/lines/3.9", {"declared": {"end_of_live": True}}, "declared", "end_of_life"),
        ("/features/x", {"stages": [{"stage": "gaa"}]}, "stages[0].stage", "ga"),
        ("/features/x", {"stages": [{"stge": "ga"}]}, "stages[0].stge", "stage"),
    ],
)
async def test_a_word_that_is_not_known_is_answered_with_those_that_are(
    client, clairdash, admin, place, body, field, allowed
):
    document = await problem(client.put(clairdash + place, json=body, headers=admin), 400)

    error = document["errors"][0]
    assert error["field"] == field
    assert allowed in error["allowed"].split(", ")
    assert error["allowed"] in document["detail"]

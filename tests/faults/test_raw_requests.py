"""What comes over the wire and is no proper request, or hardly one."""

import contextlib
import json
from urllib.parse import quote

import pytest

from testkit.server_processes import HEADERS, PRODUCT, RELEASES, fact

LINE = f"Authorization: {HEADERS['Authorization']}\r\n".encode()
PROBLEM = "application/problem+json"


def head(method, path, *lines):
    start = method + b" " + path + b" HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
    return start + LINE + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def told(lasting, sent):
    """Send bytes; give the status, the headers as text, and the body of what comes back."""
    with lasting.connect() as connection:
        connection.settimeout(10)
        received = b""
        with contextlib.suppress(ConnectionError):  # it was answered, and the rest is not read
            connection.sendall(sent)
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65536):
                received += part
    start, _, body = received.partition(b"\r\n\r\n")
    return int(start.split(b" ")[1]), start.decode("latin-1").lower(), body


def problem(lasting, sent, status):
    found, headers, body = told(lasting, sent)
    assert found == status, (found, body[:500])
    assert PROBLEM in headers
    return json.loads(body)


@pytest.fixture(autouse=True)
def _goes_on(lasting):
    """After each of these the server answers as before, and none was a defect of it."""
    before = lasting.printed().count('"defect"')
    yield
    with lasting.client() as client:
        assert client.get(f"{PRODUCT}/versions/3.9.0").status_code == 200
    assert lasting.printed().count('"defect"') == before


@pytest.mark.parametrize("length", [b"Content-Length: 50000000", b"Transfer-Encoding: chunked"])
def test_fifty_megabytes_are_refused_before_they_are_read(lasting, length):
    with lasting.connect() as connection:
        connection.sendall(head(b"POST", RELEASES.encode(), length))
        answer, sent = b"", 0
        connection.settimeout(0.02)
        while not answer and sent < 50_000_000:
            try:
                if b"chunked" in length:
                    connection.sendall(b"100000\r\n" + b" " * 0x100000 + b"\r\n")
                    sent += 0x100000
                answer = connection.recv(1000)
            except TimeoutError:
                continue

    assert b" 413 " in answer.partition(b"\r\n")[0]
    assert sent < 25_000_000


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize(
    ("method", "path"),
    [(b"POST", RELEASES), (b"PUT", f"{PRODUCT}/policy"), (b"POST", f"{PRODUCT}/simulate")],
)
def test_json_nested_ten_thousand_deep_is_refused(lasting, method, path, opening):
    body = opening * 10_000 + b"1" + (b"]" if opening == b"[" else b"}") * 10_000
    length = f"Content-Length: {len(body)}".encode()

    found = problem(lasting, head(method, path.encode(), length) + body, 400)

    assert "deep" in found["detail"]


@pytest.mark.parametrize(
    "path",
    [
        b"/v1/products/%ff",
        b"/v1/products/clairdash/lines/%ff%fe",
        b"/v1/products/clairdash/versions/%ed%a0%80",
        b"/v1/products/clairdash/support?tier=%ff",
        b"/v1/products/clairdash/support?%ff=1",
        b"/v1/products/clairdash/support?tier=%C0%AE",
    ],
)
@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"PUT"])
def test_escaped_bytes_that_are_no_text_are_refused(lasting, method, path):
    status, headers, _ = told(lasting, head(method, path, b"Content-Length: 0"))

    assert status in {400, 405}
    assert PROBLEM in headers


def test_a_body_that_is_no_text_is_refused(lasting):
    for body in (b'{"version": "\xff\xfe"}', b"\xff"):
        length = f"Content-Length: {len(body)}".encode()

        found = problem(lasting, head(b"POST", RELEASES.encode(), length) + body, 400)

        assert "UTF-8" in found["detail"]


def test_a_missing_body_is_named(lasting):
    found = problem(lasting, head(b"POST", RELEASES.encode(), b"Content-Length: 0"), 400)

    assert found["errors"] == [
        {"field": "body", "message": "is missing", "allowed": "a JSON document"}
    ]


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # the first bytes of TLS
        b"HELLO\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT here:80 HTTP/1.1\r\nHost: here\r\n\r\n",
        head(b"GET", b"/v1/products/\xff"),
        head(b"GET", "/v1/products/дом".encode()),
        head(b"GET", b"/v1/products", b"X: a\x00b"),
        head(b"GET", b"/" + b"a" * 100_000),
        head(b"GET", b"/v1/products", b"X: " + b"a" * 1_000_000),
        head(b"GET", b"/v1/products", *(b"X-%d: a" % number for number in range(20_000))),
        head(b"POST", RELEASES.encode(), b"Transfer-Encoding: chunked") + b"ZZ\r\nno\r\n0\r\n\r\n",
        head(b"POST", RELEASES.encode(), b"Transfer-Encoding: chunked") + b"2\r\n{}no length\r\n",
        head(b"POST", RELEASES.encode(), b"Transfer-Encoding: chunked", b"Content-Length: 3"),
        head(b"POST", RELEASES.encode(), b"Content-Length: -1"),
        head(b"POST", RELEASES.encode(), b"Content-Length: 2", b"Content-Length: 3") + b"{}",
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_closed(lasting, sent):
    status, headers, _ = told(lasting, sent)

    assert status in {400, 431}
    assert "connection: close" in headers


@pytest.mark.parametrize("length", [1_000, 20_000, 60_000])
def test_long_names_are_refused_in_few_words(lasting, length):
    name = b"1" * length
    for path in (
        b"/v1/products/" + name,
        b"/v1/products/clairdash/versions/" + name,
        b"/v1/products/clairdash/support?tier=" + name,
        b"/v1/products/clairdash/support?at=" + name,
        b"/v1/products/clairdash/support?" + name + b"=1",
        b"/v1/accounts/" + name,
        b"/v1/" + name,
    ):
        status, headers, body = told(lasting, head(b"GET", path))

        assert status in {400, 404}, path[:50]
        assert PROBLEM in headers
        assert len(body) < 2000, path[:50]


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (b"/products/clairdash?version=" + b"9" * 60_000, b'name="version" value="9999'),
        (
            b"/changes?products=" + b",".join(b"p%d" % number for number in range(10_000)),
            b'name="products" value="p0,p1,',
        ),
    ],
    ids=["version", "products"],
)
def test_a_field_of_any_length_is_refused_on_the_page_with_its_form(lasting, address, field):
    status, headers, page = told(lasting, head(b"GET", address, b"Accept: text/html"))

    assert status == 400
    assert "content-type: text/html" in headers
    assert field in page
    assert b'id="refusal"' in page


@pytest.mark.parametrize("value", [b"a", b'"><script>'])
@pytest.mark.parametrize("count", [66_000, 100_000, 1_000_000])
def test_a_head_that_is_too_large_is_refused_with_the_way_out(lasting, value, count):
    status, headers, page = told(lasting, head(b"GET", b"/products?q=" + value * count))

    assert status == 400
    assert "content-type: text/html; charset=utf-8" in headers
    assert b"larger than 64 KiB; shorten" in page
    assert b'<a href="?">Open the page</a>' in page
    assert b"<script>" not in page


def test_the_page_for_too_long_an_address_leads_to_no_other_site(lasting):
    _, _, page = told(lasting, head(b"GET", b"//evil.example/?q=" + b"a" * 100_000))

    assert b"evil.example" not in page


def test_a_program_is_told_in_a_sentence_that_a_head_is_too_large(lasting):
    status, headers, said = told(lasting, head(b"GET", b"/v1/products?cursor=" + b"a" * 100_000))

    assert status == 400
    assert "content-type: text/plain; charset=utf-8" in headers
    assert b"larger than 64 KiB; shorten" in said


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match", "Idempotency-Key", "Content-Type"])
@pytest.mark.parametrize("value", [b"", b'"', b"\xff\xfe", b"a" * 10_000, b"*", b'W/"1-a"', b"\t"])
def test_headers_of_any_content_get_an_answer(lasting, header, value):
    line = header.encode() + b": " + value
    for method, path in ((b"GET", PRODUCT), (b"PUT", PRODUCT), (b"POST", RELEASES)):
        status, _, _ = told(lasting, head(method, path.encode(), line, b"Content-Length: 0"))

        assert status in {200, 304, 400}, (method, status)


@pytest.mark.parametrize("value", [b"Bearer \xff", b"Bearer  ", b"Bearer a b", b"Basic x", b"\xff"])
def test_an_authorization_of_any_content_is_refused(lasting, value):
    sent = b"GET /v1/products HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: "

    assert problem(lasting, sent + value + b"\r\n\r\n", 401)


def test_a_query_key_twice_is_refused_in_any_spelling(lasting):
    for query in (b"tier=pro&tier=pro", b"tier=pro&t%69er=pro", b"at=2026-01-01&at=2026-01-02"):
        found = problem(lasting, head(b"GET", b"/v1/products/clairdash/support?" + query), 400)

        assert "twice" in found["detail"]


def test_a_slash_in_a_name_is_no_other_path(lasting):
    for name in (b"clairdash%2Fsupport", b"clairdash%2fversions%2F3.9.0", b"..%2F..%2Fclairdash"):
        found = problem(lasting, head(b"GET", b"/v1/products/" + name), 404)

        assert found["type"] == "/problems/unknown-product"


@pytest.mark.parametrize(
    "name",
    [
        "🐍 Клаир",
        "לוח בקרה",
        "e\u0301 é",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 👩\u200d💻",
        "\U0001d518" * 200,
        "ﷺ",
    ],
)
def test_text_in_any_script_comes_back_as_it_was_sent(client, name):
    stored = client.put(PRODUCT, json={"name": name})
    by_name = {"scheme": "declared", "line_by": "declared"}
    client.put("/v1/products/any", json=by_name).raise_for_status()
    path = f"/v1/products/any/lines/{quote(name, safe='')}"
    line = client.put(path, json={"codename": name})
    shown = client.get(path)

    assert stored.json()["name"] == client.get(PRODUCT).json()["name"] == name
    if line.status_code == 400:
        assert line.json()["errors"]
    else:
        assert (shown.json()["line"], shown.json()["codename"]) == (name, name)


CONTROLS = ["\x00", "\x01", "\x1b", "\x7f", "\x85", "\n", "\r\n", "\t", "\ud800"]


@pytest.mark.parametrize("text", ["\u202edrawkcab", "a\u200bb", "\ufeffmark", "ad\u00admin"])
def test_what_makes_names_look_alike_is_refused_in_them(client, text):
    deprecation = {"product": "clairdash", "kind": "discontinuation", "whole_product": True}
    waiver = {"product": "clairdash", "rule": "removal-too-soon", "subject": "x"}
    waiver |= {"reason": "law", "until": "2099-01-01"}
    bodies = [
        ("PUT", PRODUCT, {"name": text}, "name"),
        ("PUT", f"{PRODUCT}/features/x", {"name": text}, "name"),
        ("POST", "/v1/accounts", {"slug": "x", "name": text, "tier": "pro"}, "name"),
        ("POST", "/v1/deprecations", deprecation | {"reason": f"{text}\u2067"}, "reason"),
        ("POST", "/v1/waivers", waiver | {"person": text, "explanation": "It is"}, "person"),
    ]
    for method, path, body, field in bodies:
        answer = client.request(method, path, json=body)

        assert answer.status_code == 400, answer.text
        (error,) = [each for each in answer.json()["errors"] if each["field"] == field]
        assert "holds the invisible character U+" in error["message"]
    lines = {"reason": "Two lines,\n\ttyped in a\u200b browser."}
    assert client.post("/v1/deprecations", json=deprecation | lines).status_code in {201, 409}


@pytest.mark.parametrize("text", CONTROLS)
def test_control_characters_are_refused_wherever_text_is_taken(client, text):
    name = f"a{text}b"
    bodies = [
        ("PUT", PRODUCT, {"name": name}),
        ("PUT", PRODUCT, {"identifiers": [f"pkg:npm/{name}"]}),
        ("POST", "/v1/products", {"slug": name}),
        ("POST", RELEASES, fact(name)),
        ("POST", RELEASES, {**fact("40.0.0"), "notes_url": f"https://x/{name}"}),
        ("POST", RELEASES, [{**fact("40.0.0"), "line": name}]),
        ("PATCH", f"{RELEASES}/3.1.0", {"voided": name}),
        ("PUT", f"{PRODUCT}/lines/3.1", {"codename": name}),
        ("PUT", f"{PRODUCT}/features/x", {"name": name}),
        ("PUT", f"{PRODUCT}/features/x", {"default": name}),
        ("PUT", f"{PRODUCT}/features/x", {"tiers": [name]}),
        ("PUT", f"{PRODUCT}/policy", {"policy": name, "version": name}),
        ("POST", "/v1/accounts", {"slug": "x", "name": name, "tier": "pro"}),
        ("PUT", "/v1/accounts/acme/instances/x", {"product": "clairdash", "version": name}),
        ("POST", f"{PRODUCT}/simulate", {"release": {"version": name}}),
    ]

    answers = [
        client.request(method, path, content=json.dumps(body), headers={"Content-Type": kind})
        for method, path, body in bodies
        for kind in ["application/json"]
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert {answer.headers["content-type"] for answer in answers} == {PROBLEM}

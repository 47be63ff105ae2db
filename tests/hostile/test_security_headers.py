"""Every answer tells browsers to neither guess what it is nor frame it, nor run what is in it."""

import base64
import hashlib
import re
import socket

import httpx
import pytest

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}


@pytest.fixture(scope="module")
def nobody(lasting):
    with httpx.Client(base_url=lasting.address) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/products"),
        ("GET", "/v1/products/clairdash/support"),
        ("HEAD", "/v1/products/clairdash/versions/3.9.0"),
        ("GET", "/v1/products/nothing"),
        ("GET", "/nosuch"),
        ("GET", "/v1/accounts"),
        ("POST", "/v1/check"),
        ("DELETE", "/v1/products"),
        ("OPTIONS", "/v1/products"),
        ("GET", "/metrics"),
        ("GET", "/health/live"),
        ("GET", "/schema"),
        ("GET", "/schema/openapi.json"),
        ("GET", "/schema/assets/swagger-ui.css"),
        ("GET", "/confirm/nothing"),
        ("GET", "/unsubscribe/nothing"),
        ("GET", "/acknowledge/nothing"),
    ],
)
def test_every_answer_forbids_guessing_framing_and_foreign_content(nobody, method, path):
    for _ in range(2):  # the second time it may be a ready one
        answer = nobody.request(method, path)

        assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none';")
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy


def test_the_word_that_nothing_changed_has_the_same_headers(nobody):
    for _ in range(2):  # the second time the answer is a ready one
        whole = nobody.get("/v1/products")
        unchanged = nobody.get("/v1/products", headers={"If-None-Match": whole.headers["etag"]})

        assert unchanged.status_code == 304
        defences = {*ALWAYS, "content-security-policy"}
        assert {name: unchanged.headers.get(name) for name in defences} == {
            name: whole.headers[name] for name in defences
        }


def allowed(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_page_of_the_description_runs_its_own_script_alone(nobody):
    page = nobody.get("/schema")
    policy = page.headers["content-security-policy"]
    scripts = re.findall(r"<script type='text/javascript'>(.*?)</script>", page.text, re.DOTALL)

    assert "'unsafe-inline'" not in re.search("script-src ([^;]*)", policy)[1]
    assert [allowed(script) in policy for script in scripts] == [True]


def test_evidence_as_a_page_shows_its_own_sheet_and_runs_nothing(client):
    page = client.get("/v1/accounts/acme/evidence?format=html")
    policy = page.headers["content-security-policy"]
    (style,) = re.findall("<style>(.*?)</style>", page.text, re.DOTALL)

    assert allowed(style) in policy
    assert "script" not in policy
    assert {name: page.headers.get(name) for name in ALWAYS} == ALWAYS
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("request_line", [b"garbage", b"FOO / HTTP/1.1", b"GET /\xff HTTP/1.1"])
def test_the_refusal_of_what_is_not_http_forbids_it_as_well(lasting, request_line):
    place = httpx.URL(lasting.address)
    with socket.create_connection((place.host, place.port), timeout=30) as connection:
        connection.sendall(request_line + b"\r\n\r\n")
        answer = connection.makefile("rb").read().decode()

    head, _, body = answer.partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    assert head.startswith("HTTP/1.1 400 ")
    assert int(headers["content-length"]) == len(body)
    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS
    assert headers["content-security-policy"].startswith("default-src 'none';")

"""A slash that is escaped is part of a name, also where the request ends in a refusal."""

import asyncio
import json
import re
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest

from lifecycle.accounts import tokens
from lifecycle.audit.chain import By
from lifecycle.database.store import open_store
from testkit.scales import walked_share

PLACES = re.compile(r"\{[^}]*\}")


@pytest.fixture(scope="module")
def paths(client):
    """Give every path of the description, and what it leaves out."""
    told = client.get("/schema/openapi.json").json()["paths"]
    links = ["/confirm/{token}", "/unsubscribe/{token}", "/acknowledge/{token}"]
    return [*told, *links, "/metrics", "/schema", "/schema/assets/{name}", "/", "/nosuch"]


@pytest.fixture(scope="module")
def customer(lasting, lasting_url):
    """Give the headers of an account's own token, which reaches nothing else."""

    async def create():
        store, by = open_store(lasting_url), By("test", datetime.now(UTC))
        async with store.writing() as session:
            made = await tokens.create(session, label="acme", scope="account:acme", by=by)
        await store.close()
        return made[1]

    return {"Authorization": f"Bearer {asyncio.run(create())}"}


def with_slashes(path):
    """Put an escaped slash into every part of a path, and between its parts."""
    segments = path.strip("/").split("/")
    for place, segment in enumerate(segments):
        spelled = (f"{segment}%2Fx", f"%2f%2F{segment}")[place % 2]
        yield "/" + "/".join([*segments[:place], spelled, *segments[place + 1 :]])
    yield "/" + "%2f".join(segments)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_no_path_with_an_escaped_slash_is_a_defect(lasting, client, paths, customer, method):
    before = lasting.printed().count('"defect"')
    with httpx.Client(base_url=lasting.address) as nobody:
        for path in walked_share(method, paths):
            for spelled in with_slashes(PLACES.sub("x", path)):
                for who, headers in ((nobody, customer), (client, {})):
                    answer = who.request(method, spelled, headers=headers)

                    assert answer.status_code < 500, (method, spelled, answer.text)
                    assert "\\udc" not in answer.text.lower()
    assert lasting.printed().count('"defect"') == before
    assert "\\udc" not in lasting.printed().lower()


@pytest.mark.parametrize("path", ["/nosuch%2fx", "/health%2flive", "/v1%2Fproducts", "/%2F"])
def test_a_refusal_shows_the_path_as_it_can_be_asked_for_again(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.json()["detail"].startswith(f"Nothing is served at {path.replace('f', 'F')};")


@pytest.mark.parametrize("name", ["a/b", "a%2Fb", "50%", "%25", "a%252Fb/c", "//", "%/2F"])
def test_a_name_with_slashes_and_percent_signs_is_kept_apart_from_its_spellings(client, name):
    path = f"/v1/products/any/lines/{quote(name, safe='')}"
    by_name = {"scheme": "declared", "line_by": "declared"}
    client.put("/v1/products/any", json=by_name).raise_for_status()

    client.put(path, json={"codename": "x"}).raise_for_status()

    assert client.get(path).json()["line"] == name
    assert client.get(path.replace("%2F", "%2f")).json()["line"] == name


def test_an_account_with_a_slash_in_its_name_is_refused_by_its_name(client, customer):
    answer = client.get("/v1/accounts/a%2Fb/status", headers=customer)

    assert answer.status_code == 403
    assert "account:a/b" in answer.json()["detail"]


def test_a_key_for_one_path_is_no_key_for_another_spelling_of_it(client):
    headers = {"Idempotency-Key": "the same"}
    path = "/v1/products/{}/releases"

    answers = [
        client.post(path.format(name), json={}, headers=headers) for name in ("a%2Fb", "a%252Fb")
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert "\\udc" not in json.dumps([answer.json() for answer in answers])

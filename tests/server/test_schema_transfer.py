"""What describes the API is sent compressed, and is not sent again to who has it."""

import pytest

pytestmark = pytest.mark.one_database("no store is asked")

PATHS = ["/schema", "/schema/openapi.json", "/schema/assets/swagger-ui-bundle.js"]


@pytest.mark.parametrize("path", PATHS)
async def test_it_is_compressed_for_who_can_unpack_it(client, path):
    plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    packed = await client.get(path, headers={"Accept-Encoding": "gzip"})

    assert (plain.status_code, "content-encoding" in plain.headers) == (200, False)
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert packed.num_bytes_downloaded < len(plain.content) / 3
    assert "accept-encoding" in packed.headers["vary"]
    assert plain.headers["etag"] != packed.headers["etag"]


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
@pytest.mark.parametrize("path", PATHS)
async def test_who_has_it_gets_it_once(client, path, encoding):
    first = await client.get(path, headers={"Accept-Encoding": encoding})
    tag = {"If-None-Match": first.headers["etag"], "Accept-Encoding": encoding}

    again = await client.get(path, headers=tag)

    assert first.headers["cache-control"].startswith("public, max-age=")
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_the_page_keeps_the_policy_that_lets_its_script_run(client):
    policies = [(await client.get("/schema")).headers["content-security-policy"] for _ in range(2)]

    assert policies[0] == policies[1]
    assert "script-src 'self' 'sha256-" in policies[0]


async def test_a_made_up_query_is_not_kept(client, app):
    await client.get("/schema/openapi.json")
    before = len(app)

    await client.get("/schema/openapi.json?n=1")

    assert len(app) == before

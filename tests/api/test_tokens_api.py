import pytest

from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

BOT = {"label": "bot", "scope": "release", "expires_at": "2027-01-31T00:00:00Z"}
KEY = {"Idempotency-Key": "bot-1"}


async def test_a_token_is_made_used_listed_and_revoked(client, clairdash, admin):
    made = await client.post("/v1/tokens", json=BOT, headers=admin)
    bearer = {"Authorization": f"Bearer {made.json()['secret']}"}
    plan = {"version": "3.99.0", "planned_on": "2027-05-01"}
    used = await client.post(f"{clairdash}/releases", json=plan, headers=bearer)
    revoked = await client.delete(made.headers["location"], headers=admin)
    refused = await client.post(f"{clairdash}/releases", json=plan, headers=bearer)
    shown = await client.get(made.headers["location"], headers=admin)

    assert made.status_code == 201
    assert (made.json() | BOT, made.json()["state"]) == (made.json(), "valid")
    assert used.status_code == 201
    assert (revoked.status_code, refused.status_code) == (200, 401)
    assert revoked.json() == shown.json()
    assert (shown.json()["state"], shown.json()["revoked_at"]) == (
        "revoked",
        "2026-11-21T12:00:00Z",
    )


async def test_only_the_answer_that_makes_a_token_has_its_secret(client, admin):
    made = (await ok(client.post("/v1/tokens", json=BOT, headers=admin | KEY))).json()
    repeated = await client.post("/v1/tokens", json=BOT, headers=admin | KEY)
    listed = await ok(client.get("/v1/tokens", headers=admin))
    logged = await ok(client.get("/v1/audit", headers=admin))
    secret = made.pop("secret")

    assert (repeated.status_code, repeated.json()) == (201, made)
    assert "shown once" in repeated.headers["idempotency-note"]
    assert listed.json()["items"][-1] == made
    assert [token["label"] for token in listed.json()["items"]].count("bot") == 1
    assert secret.startswith(made["begins_with"])
    assert secret not in repeated.text + listed.text + logged.text


async def test_making_and_revoking_are_in_the_log_once_each(client, admin):
    made = await ok(client.post("/v1/tokens", json=BOT, headers=admin))
    for _ in range(2):
        await ok(client.delete(made.headers["location"], headers=admin))

    logged = (await ok(client.get("/v1/audit?limit=2", headers=admin))).json()["items"]

    subject = f"token:{made.json()['id']}"
    assert [(entry["action"], entry["subject"]) for entry in logged] == [
        ("token.revoked", subject),
        ("token.created", subject),
    ]
    assert logged[1]["details"]["scope"] == "release"


async def test_a_token_goes_by_the_beginning_of_its_secret(client, admin):
    made = (await ok(client.post("/v1/tokens", json=BOT, headers=admin))).json()

    shown = await ok(client.get(f"/v1/tokens/{made['begins_with']}", headers=admin))

    assert shown.json()["id"] == made["id"]


@pytest.mark.parametrize(
    "scope", ["publish", "publish:clairdash", "release", "release:clairdash", "account:acme"]
)
async def test_no_token_makes_a_wider_one_than_itself(client, clairdash, admin, make_token, scope):
    await ok(client.post("/v1/accounts", json={"slug": "acme", "tier": "pro"}, headers=admin))
    narrow = await make_token(scope)
    before = await ok(client.get("/v1/tokens", headers=admin))

    answers = [
        await client.get("/v1/tokens", headers=narrow),
        await client.get("/v1/tokens/1", headers=narrow),
        await client.post("/v1/tokens", json=BOT | {"scope": "admin"}, headers=narrow),
        await client.post("/v1/tokens", json=BOT | {"scope": scope}, headers=narrow),
        await client.delete("/v1/tokens/1", headers=narrow),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert all("scope admin" in answer.json()["detail"] for answer in answers)
    assert (await ok(client.get("/v1/tokens", headers=admin))).json() == before.json()


async def test_a_token_may_be_limited_to_products_that_exist(client, clairdash, admin):
    limited = BOT | {"scope": "publish:clairdash"}

    made = await ok(client.post("/v1/tokens", json=limited, headers=admin))
    refused = await client.post(
        "/v1/tokens", json=BOT | {"scope": "publish:clairdsh"}, headers=admin
    )

    bearer = {"Authorization": f"Bearer {made.json()['secret']}"}
    assert (
        await client.post("/v1/products", json={"slug": "x"}, headers=bearer)
    ).status_code == 403
    assert refused.status_code == 400
    assert "did you mean `clairdash`?" in refused.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("said", "status", "field"),
    [
        ({"scope": "root"}, 400, "scope"),
        ({"scope": ""}, 400, "scope"),
        ({"scope": "account:nobody"}, 404, None),
        ({"label": ""}, 400, "label"),
        ({"label": "x" * 201}, 400, "label"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 400, "expires_at"),
        ({"expires_at": "2027-01-01T00:00:00"}, 400, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, 400, "expires_at"),
        ({"expires_at": "soon"}, 400, "expires_at"),
        ({"expires": "2027-01-01"}, 400, "expires"),
    ],
)
async def test_a_token_that_cannot_be_is_refused_by_field(client, admin, said, status, field):
    response = await client.post("/v1/tokens", json=BOT | said, headers=admin)

    assert response.status_code == status, response.text
    assert [error["field"] for error in response.json().get("errors", [])] == (
        [field] if field else []
    )


@pytest.mark.parametrize("name", ["9000", "lct_unknown", "x" * 300])
async def test_an_unknown_token_is_404(client, admin, name):
    answers = [
        await client.get(f"/v1/tokens/{name}", headers=admin),
        await client.delete(f"/v1/tokens/{name}", headers=admin),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]

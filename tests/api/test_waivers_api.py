import pytest

pytestmark = pytest.mark.one_database("what HTTP makes of it")

WAIVER = {
    "product": "clairdash",
    "rule": "removal-too-soon",
    "subject": "3.9",
    "person": "Ada Lovelace",
    "reason": "security",
    "explanation": "CVE-2026-1 cannot be fixed in it.",
    "until": "2026-12-31",
}


@pytest.fixture
async def publish(make_token):
    return await make_token("publish")


async def test_a_waiver_is_granted_listed_and_revoked_by_those_who_publish(
    client, clairdash, publish
):
    granted = await client.post("/v1/waivers", json=WAIVER, headers=publish)
    path = granted.headers["location"]
    listed = await client.get("/v1/waivers?product=clairdash", headers=publish)
    revoked = await client.delete(path, headers=publish)
    shown = await client.get(path, headers=publish)

    assert granted.status_code == 201
    assert WAIVER.items() <= granted.json().items()
    assert listed.json()["items"] == [granted.json()]
    assert revoked.status_code == 204
    assert shown.json()["revoked_at"] == "2026-11-21T12:00:00Z"


async def test_a_release_token_neither_grants_nor_sees_waivers(client, clairdash, make_token):
    release = await make_token("release")

    granted = await client.post("/v1/waivers", json=WAIVER, headers=release)
    listed = await client.get("/v1/waivers", headers=release)

    assert (granted.status_code, listed.status_code) == (403, 403)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"until": "2026-11-20"}, "until"),
        ({"person": " "}, "person"),
        ({"explanation": ""}, "explanation"),
        ({"reason": "whim"}, "reason"),
        ({"deprecation": "both"}, "deprecation"),
        ({"rule": None}, "deprecation"),
        ({"rule": "removal-to-soon"}, "rule"),
        ({"rule": "facts-stale"}, "rule"),
        ({"subject": None}, "subject"),
        ({"subject": " "}, "subject"),
    ],
)
async def test_a_waiver_without_somebody_and_a_reason_is_refused(
    client, clairdash, publish, said, field
):
    response = await client.post("/v1/waivers", json=WAIVER | said, headers=publish)

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field


async def test_a_waiver_for_no_product_is_404(client, publish):
    response = await client.post("/v1/waivers", json=WAIVER, headers=publish)

    assert response.status_code == 404


async def test_a_waiver_for_a_rule_that_is_none_suggests_the_one_that_is_meant(
    client, clairdash, publish
):
    misspelt = WAIVER | {"rule": "removal-to-soon"}

    response = await client.post("/v1/waivers", json=misspelt, headers=publish)

    assert response.json()["detail"].endswith("did you mean `removal-too-soon`?")
    assert "removal-too-soon" in response.json()["errors"][0]["allowed"]


async def test_a_waiver_for_what_neither_product_nor_manifest_knows_is_refused(
    client, clairdash, admin, publish
):
    waiver = WAIVER | {"rule": "break-unregistered", "subject": "get.users"}

    refused = await client.post("/v1/waivers", json=waiver, headers=publish)
    manifest = {"product": "clairdash", "version": "3.99.0", "breaks": ["get.users"]}
    asked = await client.post(f"{clairdash}/gate", json=manifest, headers=publish)
    granted = await client.post("/v1/waivers", json=waiver, headers=publish)
    listed = await client.get("/v1/waivers", headers=publish)

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "subject"
    assert "is neither a feature nor a line of clairdash" in refused.json()["detail"]
    assert asked.status_code == 200
    assert granted.status_code == 201
    assert [each["subject"] for each in listed.json()["items"]] == ["get.users"]


@pytest.mark.both_databases
async def test_a_misspelt_subject_of_a_waiver_is_told_the_one_that_is_meant(
    client, clairdash, admin, publish
):
    ga = {"stages": [{"stage": "ga", "from_version": "3.1.0"}]}
    await client.put(f"{clairdash}/features/rest-v1", json=ga, headers=admin)

    response = await client.post(
        "/v1/waivers", json=WAIVER | {"subject": "rest-v11"}, headers=publish
    )

    assert response.status_code == 400
    assert "did you mean `rest-v1`?" in response.json()["detail"]

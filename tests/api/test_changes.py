import asyncio

import pytest
from sqlalchemy import update

from lifecycle.catalogue.models import Release
from lifecycle.client import resource_paths
from testkit.page_addresses import BROWSER

FACTS = {"version": "3.11.0", "released_on": "2026-11-01"}


async def test_a_put_twice_changes_nothing_the_second_time(client, admin):
    facts = {"slug": "widget", "name": "Widget", "scheme": "pep440", "identifiers": ["pkg:pypi/w"]}

    first = await client.put("/v1/products/widget", json=facts, headers=admin)
    second = await client.put("/v1/products/widget", json=facts, headers=admin)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.headers["etag"] == second.headers["etag"]
    entries = (await client.get("/v1/audit?product=widget", headers=admin)).json()["items"]
    assert [entry["action"] for entry in entries] == ["product.added"]


async def test_a_name_in_the_body_must_be_that_of_the_path(client, admin):
    response = await client.put("/v1/products/widget", json={"slug": "gadget"}, headers=admin)

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "slug"


async def test_the_etag_that_was_read_can_be_sent_back(client, clairdash, admin):
    for path, body in [
        (clairdash, {"name": "Clairdash"}),
        (f"{clairdash}/lines/3.9", {"codename": "nine"}),
        (f"{clairdash}/features/builder", {"name": "Builder"}),
    ]:
        await client.put(
            path, json={**body, "name": "before"} if "name" in body else {}, headers=admin
        )
        etag = (await client.get(path)).headers["etag"]

        changed = await client.put(path, json=body, headers=admin | {"If-Match": etag})
        late = await client.put(path, json=body, headers=admin | {"If-Match": etag})

        assert changed.status_code == 200, changed.text
        assert late.status_code == 412
        assert late.json()["error"] == "PreconditionFailed"
        assert changed.headers["etag"] == (await client.get(path)).headers["etag"]


async def test_the_etag_of_a_policy_that_was_read_can_be_sent_back(client, clairdash, admin):
    path = f"{clairdash}/policy"
    read = await client.get(path)
    successor = read.json() | {"version": "2", "in_force_from": "2026-12-01"}
    under = admin | {"If-Match": read.headers["etag"]}

    entered = await client.put(path, json=successor, headers=under)
    late = await client.put(
        path, json=successor | {"version": "3", "in_force_from": "2027-01-01"}, headers=under
    )
    whole = {"Accept-Encoding": "identity"}  # a compressed form has a tag of its own
    again = await client.get(f"{path}?at=2026-12-01", headers=whole)

    assert entered.status_code == 201, entered.text
    assert late.status_code == 412
    assert again.headers["etag"] == entered.headers["etag"]
    assert (await client.get(f"{path}?at=2027-01-01")).json()["version"] == "2"


async def test_a_star_in_if_match_asks_only_that_there_is_something_to_change(
    client, clairdash, admin
):
    under = admin | {"If-Match": "*"}

    changed = await client.put(clairdash, json={"name": "Clair"}, headers=under)
    unknown = await client.put("/v1/products/gadget", json={}, headers=under)

    assert changed.status_code == 200
    assert unknown.status_code == 412
    assert "does not exist" in unknown.json()["detail"]
    assert (await client.get("/v1/products/gadget")).status_code == 404


async def test_a_release_is_patched_under_its_etag(client, clairdash, admin):
    path = f"{clairdash}/releases/3.9.0"
    etag = (await client.get(path)).headers["etag"]

    withdrawn = await client.patch(
        path, json={"withdrawn_on": "2026-11-20"}, headers=admin | {"If-Match": etag}
    )
    late = await client.patch(
        path, json={"voided": "by mistake"}, headers=admin | {"If-Match": etag}
    )
    restored = await client.patch(path, json={"withdrawn_on": None}, headers=admin)
    voided = await client.patch(path, json={"voided": "by mistake"}, headers=admin)

    assert withdrawn.json()["withdrawn_on"] == "2026-11-20"
    assert late.status_code == 412
    assert restored.json()["withdrawn_on"] is None
    assert voided.json()["void_reason"] == "by mistake"
    assert (await client.get(path)).status_code == 404


async def test_a_version_it_has_already_is_a_conflict_and_nothing_is_stored(
    client, clairdash, admin
):
    both = [FACTS, {"version": "3.10.0", "released_on": "2026-10-01"}]

    refused = await client.post(f"{clairdash}/releases", json=both, headers=admin)

    assert refused.status_code == 409
    assert refused.json()["error"] == "ReleaseExists"
    assert (await client.get(f"{clairdash}/releases/3.11.0")).status_code == 404


@pytest.mark.at_once
async def test_two_writers_of_one_version_get_one_yes_and_one_no(client, clairdash, admin):
    answers = await asyncio.gather(
        *(client.post(f"{clairdash}/releases", json=FACTS, headers=admin) for _ in range(2))
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409]


@pytest.mark.at_once
async def test_twenty_writers_lose_nothing_and_none_is_locked_out(client, clairdash, admin):
    async def write(minor):
        facts = {"version": f"4.{minor}.0", "released_on": "2026-11-01"}
        return await client.post(f"{clairdash}/releases", json=facts, headers=admin)

    answers = await asyncio.gather(*(write(minor) for minor in range(20)))

    assert {answer.status_code for answer in answers} == {201}
    listed = (await client.get(f"{clairdash}/releases?limit=500")).json()["items"]
    assert len(listed) == 30
    verdict = (await client.get("/v1/audit/verify", headers=admin)).json()
    assert verdict["whole"]


async def test_a_repeat_under_the_same_key_gets_the_same_answer_and_stores_nothing(
    client, clairdash, admin
):
    keyed = admin | {"Idempotency-Key": "once"}

    first = await client.post(f"{clairdash}/releases", json=FACTS, headers=keyed)
    repeat = await client.post(f"{clairdash}/releases", json=FACTS, headers=keyed)

    assert first.status_code == repeat.status_code == 201
    assert first.json() == repeat.json()
    assert first.headers["location"] == repeat.headers["location"]
    assert first.headers["etag"] == repeat.headers["etag"]
    assert "idempotency-replayed" not in first.headers
    assert repeat.headers["idempotency-replayed"] == "true"


async def test_another_body_under_the_same_key_is_refused(client, clairdash, admin):
    keyed = admin | {"Idempotency-Key": "once"}
    await client.post(f"{clairdash}/releases", json=FACTS, headers=keyed)

    other = {**FACTS, "version": "3.12.0"}
    refused = await client.post(f"{clairdash}/releases", json=other, headers=keyed)

    assert refused.status_code == 422
    assert refused.json()["error"] == "KeyReused"


async def test_a_key_is_one_tokens_own_and_holds_for_a_day(
    client, clairdash, admin, make_token, clock
):
    keyed = {"Idempotency-Key": "once"}
    await client.post(f"{clairdash}/releases", json=FACTS, headers=admin | keyed)

    other = await make_token("release")
    elsewhere = await client.post(f"{clairdash}/releases", json=FACTS, headers=other | keyed)
    clock.advance(hours=24)
    later = await client.post(f"{clairdash}/releases", json=FACTS, headers=admin | keyed)

    assert elsewhere.status_code == later.status_code == 409


async def test_a_refusal_is_not_kept_under_its_key(client, clairdash, admin):
    keyed = admin | {"Idempotency-Key": "once"}
    bad = {"version": "3.11.0", "released_on": "2030-01-01"}

    refused = await client.post(f"{clairdash}/releases", json=bad, headers=keyed)
    taken = await client.post(f"{clairdash}/releases", json=FACTS, headers=keyed)

    assert refused.status_code == 400
    assert taken.status_code == 201


@pytest.mark.at_once
async def test_a_repeat_that_comes_too_early_is_told_so(client, clairdash, admin):
    keyed = admin | {"Idempotency-Key": "once"}

    answers = await asyncio.gather(
        *(client.post(f"{clairdash}/releases", json=FACTS, headers=keyed) for _ in range(5))
    )

    kinds = {answer.status_code for answer in answers}
    assert kinds <= {201, 409}
    stored = [
        a for a in answers if a.status_code == 201 and "idempotency-replayed" not in a.headers
    ]
    assert len(stored) == 1


async def test_a_policy_comes_in_as_json_as_well(client, admin):
    await client.post("/v1/products", json={"slug": "widget"}, headers=admin)
    document = {
        "policy": "widget-support",
        "version": "1",
        "in_force_from": "2026-01-01",
        "timezone": "UTC",
        "tiers": {"pro": {"rank": 1, "window": {"newest": {"count": 1, "of": "minor"}}}},
    }

    entered = await client.put("/v1/products/widget/policy", json=document, headers=admin)
    again = await client.put("/v1/products/widget/policy", json=document, headers=admin)
    shown = await client.get("/v1/products/widget/policy?at=2026-06-01")
    before = await client.get("/v1/products/widget/policy?at=2025-12-31")

    assert (entered.status_code, again.status_code) == (201, 200)
    assert shown.json() == entered.json()
    assert before.status_code == 404


async def test_every_mistake_of_a_policy_is_said_at_once(client, clairdash, admin):
    document = b"policy: x\ntiers:\n  pro: {rank: -1, window: {newest: {count: 0, of: year}}}\n"
    kind = {"Content-Type": "application/yaml"}

    refused = await client.put(f"{clairdash}/policy", content=document, headers=admin | kind)

    assert refused.status_code == 400
    assert len(refused.json()["errors"]) >= 4


async def test_lists_page_by_cursor(client, clairdash):
    seen, cursor = [], ""
    while cursor is not None:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(f"{clairdash}/releases", params=query)).json()
        seen += [release["version"] for release in page["items"]]
        cursor = page["next"]

    assert seen == [f"3.{minor}.0" for minor in range(1, 11)]


async def test_an_account_reports_what_it_runs_and_is_answered(
    client, clairdash, admin, make_token
):
    await client.post("/v1/accounts", json={"slug": "acme", "tier": "enterprise"}, headers=admin)
    own = await make_token("account:acme")
    path = "/v1/accounts/acme/instances/prod%2Feu"

    reported = await client.put(
        path, json={"product": "clairdash", "version": "3.6.0"}, headers=own
    )
    status = (await client.get("/v1/accounts/acme/status?within=365", headers=own)).json()
    gone = await client.delete(path, headers=own)

    assert reported.status_code == 201
    assert status["instances"][0]["instance"] == "prod/eu"
    assert status["instances"][0]["status"] == "supported"
    assert status["coming"][0]["certainty"] == "projected"
    assert gone.status_code == 204
    assert (await client.get("/v1/accounts/acme/instances", headers=own)).json()["items"] == []


async def test_a_report_names_the_features_that_the_product_lacks(
    client, clairdash, admin, make_token
):
    await client.post("/v1/accounts", json={"slug": "acme", "tier": "enterprise"}, headers=admin)
    for key, is_public in (("sso", True), ("pilot", False)):
        await client.put(f"{clairdash}/features/{key}", json={"public": is_public}, headers=admin)
    own = await make_token("account:acme")
    facts = {"product": "clairdash", "version": "3.6.0"}

    async def unknown(features):
        body = facts | {"features": features}
        path = "/v1/accounts/acme/instances/prod"
        answer = (await client.put(path, json=body, headers=own)).json()
        assert answer["features"] == features
        return answer["unknown_features"]

    assert await unknown(["sso", "pilot", "ssso"]) == ["ssso"]
    assert await unknown(["sso"]) == []
    assert await unknown(None) == []
    component = facts | {"features": ["sso", "ssso"]}
    path = "/v1/accounts/acme/check?report=ci"
    answer = await client.post(path, json={"components": [component]}, headers=own)
    (result,) = answer.json()["results"]
    assert (answer.json()["reported"], result["unknown_features"]) == (["ci:clairdash"], ["ssso"])


async def test_what_a_release_would_end_is_told_before_it(client, clairdash, admin):
    supposed = {"release": {"version": "3.11.0"}}

    told = (await client.post(f"{clairdash}/simulate", json=supposed, headers=admin)).json()

    ends = {(end["line"], end["tier"]) for end in told["implied_ends"]}
    assert ("3.6", "enterprise") in ends
    assert (await client.get(f"{clairdash}/releases/3.11.0")).status_code == 404


async def test_a_feature_is_answered_in_its_stage(client, clairdash, admin):
    stages = [
        {"stage": "beta", "from_version": "3.2.0"},
        {"stage": "ga", "from_version": "3.5.0"},
    ]
    await client.put(f"{clairdash}/features/builder", json={"stages": stages}, headers=admin)

    in_versions = [
        (await client.get(f"{clairdash}/features?version={version}")).json()["items"][0]["stage"]
        for version in ("3.1.0", "3.4.0", "3.10.0")
    ]

    assert in_versions == [None, "beta", "ga"]


async def test_a_plan_whose_day_has_passed_is_on_the_work_list(client, clairdash, admin, clock):
    plan = {"version": "3.11.0", "planned_on": "2026-11-25"}
    await client.post(f"{clairdash}/releases", json=plan, headers=admin)

    before = (await client.get("/v1/worklist", headers=admin)).json()["items"]
    clock.advance(days=10)
    after = (await client.get("/v1/worklist", headers=admin)).json()["items"]

    assert before == []
    assert [(work["kind"], work["version"]) for work in after] == [("unconfirmed_plan", "3.11.0")]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_it_says_that_it_is_well(client, path):
    assert (await client.get(path)).status_code == 200


async def test_it_is_not_ready_once_something_inside_has_died(app, client):
    app.app_state.dead = True

    assert (await client.get("/health/ready")).status_code == 503
    app.app_state.dead = False


async def test_a_name_that_no_address_could_end_with_is_refused(client, clairdash, admin):
    await client.put("/v1/accounts/acme", json={"tier": "pro"}, headers=admin)
    runs = {"product": "clairdash", "version": "3.9.0"}

    line = await client.put(f"{clairdash}/lines/%2E%2E", json={}, headers=admin)
    instance = await client.put("/v1/accounts/acme/instances/%2E", json=runs, headers=admin)

    assert (line.status_code, instance.status_code) == (400, 400)
    for refused, name in ((line, ".."), (instance, ".")):
        (problem,) = refused.json()["errors"]
        assert problem["value"] == name
        assert "one or two dots alone" in problem["message"]


async def test_one_that_is_stored_already_is_still_answered(client, admin, store):
    product = {"slug": "distro", "scheme": "declared", "line_by": "declared"}
    await client.post("/v1/products", json=product, headers=admin)
    facts = {"version": "sarge", "released_on": "2026-11-01"}
    await client.post("/v1/products/distro/releases", json=facts, headers=admin)
    async with store.writing() as session:
        await session.execute(update(Release).values(version=".."))

    found = await client.get(resource_paths.path("v1", "products", "distro", "releases", ".."))
    page = await client.get("/products/distro?version=..", headers=BROWSER)
    voided = {"voided": "It was a typing error."}
    gone = await client.patch("/v1/products/distro/releases/%2E%2E", json=voided, headers=admin)

    assert found.json()["version"] == ".."
    assert page.status_code == 200
    assert gone.status_code == 200, gone.text

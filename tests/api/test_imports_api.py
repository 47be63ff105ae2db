import json

import pytest

from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

RELEASES = "version,day\n1.0.0,2026-01-10\n1.1.0,2026-02-10\n"
BROKEN = "version,day\n1.0.0,2026-01-10\n1.1.0,2026-02-30\nnonsense,2026-03-01\n1.2.0,soon\n"
ACCOUNTS = (
    "account,name,tier,addresses,instances\n"
    "acme,Acme,pro,ops@acme.example,production=clairdash@3.9.0\n"
    "globex,Globex,gold,,\n"
    "initech,Initech,enterprise,,\n"
)
PRODUCT = """\
---
title: Widget
releases:
  - releaseCycle: "1.0"
    releaseDate: 2025-01-10
    eol: 2026-03-31
    latest: "1.0.3"
    latestReleaseDate: 2025-06-01
---
"""
OPERATION = {"get": {"responses": {}, "x-stability-level": "beta"}}
OPENAPI = {"openapi": "3.0.0", "info": {"title": "A", "version": "1"}, "paths": {"/a": OPERATION}}
GATES = "- name: gate-a\n  versionedSpecs:\n  - {preRelease: Beta, version: '1.32'}\n"
WIDGET = {"product": "widget"}
FILES = {
    "releases": (RELEASES, WIDGET),
    "features": ("key,ga\nexport,1.32.0\n", WIDGET),
    "featuregates": (GATES, WIDGET),
    "openapi": (json.dumps(OPENAPI), WIDGET),
    "accounts": ("account,tier\nacme,pro\n", {}),
}


@pytest.fixture
def send(client):
    """Send a file to be imported."""

    def send(form, content, headers, **query):
        address = f"/v1/import/{form}"
        return client.post(address, content=content, params=query, headers=headers)

    return send


@pytest.fixture
def log_length(client, admin):
    async def log_length():
        return (await ok(client.get("/v1/audit?limit=1", headers=admin))).json()["items"]

    return log_length


@pytest.mark.parametrize("form", FILES)
@pytest.mark.both_databases
async def test_a_file_is_taken_in_once_however_often_it_is_sent(
    client, clairdash, admin, send, log_length, form
):
    content, query = FILES[form]

    first = (await ok(send(form, content, admin, **query))).json()
    logged = await log_length()
    again = (await ok(send(form, content, admin, **query))).json()

    assert await log_length() == logged
    assert logged[0]["actor"].startswith("token:")
    assert (first["problems"], again["problems"]) == ([], [])
    if form == "accounts":
        assert (first["created"], again["created"], again["unchanged"]) == (["acme"], [], 1)
    else:
        (product,), (known,) = first["products"], again["products"]
        assert (product["product"], product["created"], known["created"]) == ("widget", True, False)
        assert (known["changes"], known["changed"]) == ([], False)


@pytest.mark.parametrize("form", FILES)
async def test_a_dry_run_says_the_same_and_changes_nothing(
    client, clairdash, admin, send, log_length, form
):
    content, query = FILES[form]
    before = await log_length()

    dry = (await ok(send(form, content, admin, dry_run="true", **query))).json()
    after = await log_length()
    wet = (await ok(send(form, content, admin, **query))).json()

    assert before == after
    assert (dry.pop("dry_run"), wet.pop("dry_run")) == (True, False)
    assert dry == wet


EARLIER = {"releases": "version,day\n1.0.0,2026-01-10\n", "accounts": "account,tier\nacme,pro\n"}
LATER = {
    "releases": "version,day\n1.0.0,2026-02-02\n",
    "accounts": "account,tier\nacme,enterprise\n",
}
NAMED = {"releases": "products/widget/releases/1.0.0", "accounts": "accounts/acme"}


@pytest.mark.parametrize("form", NAMED)
@pytest.mark.both_databases
async def test_a_late_repetition_under_its_key_undoes_nothing(
    client, clairdash, admin, send, log_length, form
):
    keyed = admin | {"Idempotency-Key": "seq"}
    query = FILES[form][1]
    first = await ok(send(form, EARLIER[form], keyed, **query))
    await ok(send(form, LATER[form], admin, **query))
    shown, logged = await client.get(f"/v1/{NAMED[form]}", headers=admin), await log_length()

    again = await ok(send(form, EARLIER[form], keyed, **query))

    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert (await client.get(f"/v1/{NAMED[form]}", headers=admin)).json() == shown.json()
    assert await log_length() == logged


@pytest.mark.parametrize("form", FILES)
async def test_another_file_or_product_under_the_same_key_is_refused_and_not_stored(
    client, clairdash, admin, send, log_length, form
):
    keyed = admin | {"Idempotency-Key": "seq"}
    content, query = FILES[form]
    await ok(send(form, content, keyed, **query))
    before = await log_length()

    another = await send(form, f"{content}\n", keyed, **query)
    elsewhere = await send(form, content, keyed, **query, file="other.csv")
    dry = await send(form, f"{content}\n", keyed, dry_run="true", **query)

    assert [another.json()["error"], elsewhere.json()["error"]] == ["KeyReused", "KeyReused"]
    assert (another.status_code, elsewhere.status_code, dry.status_code) == (422, 422, 200)
    assert await log_length() == before


async def test_a_product_file_sent_twice_under_a_key_is_taken_once(client, admin, log_length):
    keyed = admin | {"Idempotency-Key": "seq"}
    body = {"file": "widget.md", "content": PRODUCT}

    first = await ok(client.post("/v1/import/endoflife", json=body, headers=keyed))
    again = await ok(client.post("/v1/import/endoflife", json=body, headers=keyed))

    assert first.json()["products"][0]["created"] is True
    assert again.json() == first.json()


async def test_a_list_of_which_nothing_is_taken_keeps_its_key_as_well(client, admin, send):
    keyed = admin | {"Idempotency-Key": "seq"}

    first = await ok(send("releases", "version,day\n1.0.0,soon\n", keyed, **WIDGET))
    again = await ok(send("releases", "version,day\n1.0.0,soon\n", keyed, **WIDGET))
    another = await send("releases", RELEASES, keyed, **WIDGET)

    assert first.json()["products"] == []
    assert (again.json(), another.status_code) == (first.json(), 422)


async def test_an_import_that_fails_keeps_no_key(client, admin, send):
    keyed = admin | {"Idempotency-Key": "seq"}

    refused = await send("releases", "", keyed, **WIDGET)
    taken = await ok(send("releases", RELEASES, keyed, **WIDGET))

    assert refused.status_code == 400
    assert taken.json()["products"][0]["created"] is True


async def test_every_mistake_of_a_list_is_named_with_its_line(client, admin, send):
    answer = (
        await ok(send("releases", BROKEN, admin, product="w", scheme="semver", file="r.csv"))
    ).json()

    assert [problem["field"] for problem in answer["problems"]] == [
        "r.csv, line 3, day",
        "r.csv, line 5, day",
        "r.csv, line 4, version",
    ]
    assert answer["products"][0]["releases"]["created"] == ["1.0.0"]
    assert [problem.get("value") for problem in answer["problems"]][:2] == ["2026-02-30", "soon"]


async def test_an_account_with_a_mistake_is_left_out_and_the_others_are_taken(
    client, clairdash, admin, send
):
    answer = (await ok(send("accounts", ACCOUNTS, admin, file="customers.csv"))).json()
    listed = (await ok(client.get("/v1/accounts", headers=admin))).json()["items"]

    assert (answer["created"], answer["new_instances"]) == (
        ["acme", "initech"],
        ["acme/production"],
    )
    (problem,) = answer["problems"]
    assert problem["field"] == "customers.csv, line 3, tier"
    assert "enterprise" in problem["allowed"]
    assert [account["slug"] for account in listed] == ["acme", "initech"]


async def test_a_column_of_a_customer_list_that_is_not_read_is_noted(
    client, clairdash, admin, send
):
    listed = json.dumps([{"account": "acme", "tier": "pro", "emial": "ops@acme.example"}])

    answer = (await ok(send("accounts", listed, admin, dry_run="true"))).json()

    assert answer["created"] == ["acme"]
    assert answer["notes"] == ["list.json: 'emial' is not a known column and is not read."]


async def test_features_that_a_product_does_not_have_are_named(client, clairdash, admin, send):
    listed = (
        "account,tier,instance,product,version,features\n"
        "acme,pro,lab,clairdash,3.9.0,rest-v1 rest_v2\n"
    )
    path = "/v1/products/clairdash/features/rest-v1"
    await ok(client.put(path, json={"name": "REST"}, headers=admin))

    dry = (await ok(send("accounts", listed, admin, dry_run="true"))).json()
    wet = (await ok(send("accounts", listed, admin))).json()

    assert dry["unknown_features"] == wet["unknown_features"] == {"acme/lab": ["rest_v2"]}


async def test_versions_that_a_product_does_not_have_are_named(client, clairdash, admin, send):
    listed = (
        "account,tier,instance,product,version\n"
        "acme,pro,lab,clairdash,3.99.1\n"
        "acme,pro,prod,clairdash,v3.9.0\n"
    )

    answer = (await ok(send("accounts", listed, admin))).json()

    (note,) = answer["notes"]
    assert "acme/lab runs clairdash 3.99.1, which is not a known release." in note
    assert "The nearest known version" in note
    assert answer["instances"] == 2


async def test_a_product_file_comes_with_its_release_data(client, admin, send):
    dated = {"versions": {"1.0.3": {"name": "1.0.3", "date": "2025-06-01"}}}
    body = {"file": "widget.md", "content": PRODUCT, "release_data": json.dumps(dated)}

    first = await ok(client.post("/v1/import/endoflife", json=body, headers=admin))
    again = await ok(client.post("/v1/import/endoflife", json=body, headers=admin))
    shown = await ok(client.get("/v1/products/widget/lines/1.0", headers=admin))

    assert first.json()["products"][0]["releases"]["created"] == ["1.0.3"]
    assert again.json()["products"][0]["releases"]["unchanged"] == 1
    assert shown.json()["declared"] == {"end_of_life": "2026-03-31"}


@pytest.mark.parametrize(
    ("form", "content", "query", "status"),
    [
        ("releases", "", WIDGET, 400),
        ("releases", "a,b\n1,2\n", WIDGET, 400),
        ("releases", RELEASES, {}, 400),
        ("releases", RELEASES, {"product": "Bad Slug!"}, 400),
        ("releases", RELEASES, WIDGET | {"scheme": "semantic"}, 400),
        ("releases", RELEASES, WIDGET | {"zone": "Mars/Olympus"}, 400),
        ("releases", RELEASES, WIDGET | {"line_by": "week"}, 400),
        ("releases", RELEASES, WIDGET | {"dry_run": "perhaps"}, 400),
        ("releases", RELEASES, {"product": "clairdash", "scheme": "pep440"}, 400),
        ("releases", b"\xff\xfe\x00", WIDGET, 400),
        ("features", "name\nx\n", {"product": "clairdash"}, 400),
        ("featuregates", "x", {"product": "clairdash"}, 400),
        ("openapi", "{}", WIDGET, 400),
        (
            "openapi",
            json.dumps(OPENAPI),
            WIDGET | {"from_version": "1", "from_day": "2026-01-01"},
            400,
        ),
        ("openapi", '{"openapi": "3.0.0", "paths": {"/a": {"$ref": "./b.yaml"}}}', WIDGET, 400),
        ("accounts", "account\nacme\n", {"product": "widget"}, 400),
        ("nonsense", RELEASES, {}, 404),
    ],
)
async def test_what_cannot_be_read_at_all_is_refused(
    client, clairdash, admin, send, log_length, form, content, query, status
):
    before = await log_length()

    response = await send(form, content, admin, **query)

    assert response.status_code == status, response.text
    assert await log_length() == before


@pytest.mark.parametrize(
    ("form", "file", "content"),
    [
        ("releases", "r.csv", "version,day\n"),
        ("releases", "r.json", "[]"),
        ("featuregates", "gates.yaml", "[]"),
        ("accounts", "c.csv", "account,tier\n"),
        ("accounts", "c.json", '{"accounts": []}'),
    ],
)
async def test_a_list_without_entries_is_said_to_be_empty(
    client, clairdash, admin, send, form, file, content
):
    query = {} if form == "accounts" else {"product": "clairdash"}

    answer = (await ok(send(form, content, admin, file=file, **query))).json()

    assert answer["notes"] == [f"{file} has no entries; check that it is the whole list."]


@pytest.mark.parametrize("name", ["zone", "product", "scheme", "prefix"])
async def test_an_empty_parameter_is_refused_in_words(client, clairdash, admin, send, name):
    refused = await send("releases", RELEASES, admin, **(WIDGET | {name: ""}))

    (error,) = refused.json()["errors"]
    assert refused.status_code == 400
    assert (error["field"], error["value"]) == (name, "")
    assert error["message"] == "must be a line of text, not ''"


@pytest.mark.parametrize(
    ("name", "value"),
    [("zone", "Nope"), ("product", "UPPER"), ("scheme", "semantic"), ("line_by", "week")],
)
async def test_a_refusal_names_the_parameter_that_was_sent(
    client, clairdash, admin, send, name, value
):
    for rows in (RELEASES, "version,day\n1.0.0,soon\n"):
        refused = await send("releases", rows, admin, **(WIDGET | {name: value}))

        (error,) = refused.json()["errors"]
        assert (refused.status_code, error["field"], error["value"]) == (400, name, value)


async def test_more_entries_than_are_taken_at_once_are_refused(client, clairdash, admin, send):
    rows = "".join(f"customer-{number},pro\n" for number in range(20_001))

    response = await send("accounts", f"account,tier\n{rows}", admin, file="customers.csv")

    assert response.status_code == 413
    assert response.json()["detail"] == (
        "customers.csv has 20,001 entries, and at most 20,000 are taken at once; send it in parts."
    )


class TestSmallBodies:
    @pytest.fixture
    def configuration(self):
        return {"LIFECYCLE_MAX_BODY_BYTES": "1024"}

    async def test_a_file_is_as_large_as_any_body_may_be(self, client, admin, send):
        rows = "".join(f"1.{minor}.0,2026-01-10\n" for minor in range(100))

        response = await send("releases", f"version,day\n{rows}", admin, product="widget")

        assert response.status_code == 413


@pytest.mark.parametrize("scope", ["release", "account:acme"])
async def test_an_import_is_for_those_who_publish(
    client, clairdash, admin, make_token, send, scope
):
    await ok(client.post("/v1/accounts", json={"slug": "acme", "tier": "pro"}, headers=admin))
    narrow = await make_token(scope)

    answers = [await send(form, *FILES[form][:1], narrow, **FILES[form][1]) for form in FILES]

    assert {answer.status_code for answer in answers} == {403}


async def test_a_limited_scope_imports_into_its_own_products_alone(
    client, clairdash, admin, make_token, send, log_length
):
    for product in ({"slug": "other"}, {"slug": "hidden", "public": False}):
        await ok(client.post("/v1/products", json=product, headers=admin))
    limited = await make_token("publish:clairdash")
    more = "version,day\n3.11.0,2026-11-01\n"
    before = await log_length()

    refused = [
        await send("releases", more, limited, product=product)
        for product in ("other", "hidden", "unknown")
    ]
    whole = [
        await send("accounts", "account,tier\nacme,pro\n", limited),
        await client.post(
            "/v1/import/endoflife", json={"file": "w.md", "content": PRODUCT}, headers=limited
        ),
    ]
    assert await log_length() == before
    taken = await ok(send("releases", more, limited, product="clairdash"))

    assert [answer.status_code for answer in refused] == [403, 404, 404]
    assert refused[1].json()["detail"].replace("hidden", "unknown") == refused[2].json()["detail"]
    assert [answer.status_code for answer in whole] == [403, 403]
    assert taken.json()["products"][0]["releases"]["created"] == ["3.11.0"]

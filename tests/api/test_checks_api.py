import pytest

PURL = "pkg:npm/%40clairdash/server"
BASE = "pkg:npm/base@2.0.0"
DAY = "2026-11-21"


@pytest.fixture
def store_url(sqlite_url):
    return sqlite_url


@pytest.fixture
async def product(client, admin, clairdash):
    body = {"slug": "clairdash", "identifiers": [PURL, "pkg:docker/clairdash/clairdash"]}
    response = await client.put(clairdash, json=body, headers=admin)
    assert response.status_code == 200, response.text
    return clairdash


@pytest.fixture
async def acme(client, admin, product):
    await client.post("/v1/accounts", json={"slug": "acme", "tier": "enterprise"}, headers=admin)
    return "/v1/accounts/acme"


def check(client, *components, **asked):
    body = {"components": components, "tier": "enterprise", "at": DAY} | asked
    return client.post("/v1/check", json=body)


async def test_what_is_run_is_answered_by_product_or_by_package(client, product):
    response = await check(
        client,
        {"product": "clairdash", "version": "3.8.0"},
        {"purl": f"{PURL}@3.2.0?arch=x64"},
        {"purl": "pkg:docker/clairdash/clairdash@sha256%3A0f?tag=3.10.0"},
    )

    answer = response.json()
    found = {each["version"]: each["status"] for each in answer["results"]}
    assert response.status_code == 200, response.text
    assert found == {"3.8.0": "supported", "3.2.0": "unsupported", "3.10.0": "supported"}
    assert (answer["verdict"], answer["decided"]) == ("fail", True)
    assert answer["results"][0]["policy"] == {"name": "clairdash-support", "version": "1"}


async def test_what_no_product_has_is_counted_and_fails_nothing(client, product):
    response = await check(
        client,
        {"purl": "pkg:npm/left-pad@1.3.0"},
        {"purl": "pkg:pypi/%40clairdash/server@3.2.0"},
        {"purl": "nonsense"},
        {"purl": f"{PURL}@3.10.0"},
        {"product": "clairdash", "version": "3.10.0"},
    )

    answer = response.json()
    assert answer["counts"] == {
        "components": 5,
        "matched": 2,
        "unmatched": 2,
        "without_purl": 0,
        "unreadable": 1,
        "merged": 1,
        "products": {"clairdash": 2},
        "unknown_product": 0,
    }
    assert [each["places"] for each in answer["results"]] == [[3, 4]]
    assert answer["decided"] is True


@pytest.mark.parametrize(
    ("component", "words"),
    [
        ({"product": "clairdsh", "version": "3.10.0"}, "Did you mean 'clairdash'?"),
        ({"product": "clairdash", "version": "9.9.9"}, "no release '9.9.9'"),
        ({"product": "clairdash", "version": "not one"}, "not one"),
        ({"product": "clairdash", "version": "3.10.0", "tier": "gold"}, "has no tier 'gold'"),
        ({"product": "clairdash"}, "No version of clairdash is given"),
        ({"purl": PURL}, "No version of clairdash is given"),
    ],
)
async def test_what_cannot_be_answered_is_not_decided(client, product, component, words):
    answer = (await check(client, component)).json()

    (finding,) = answer["findings"]
    assert (answer["verdict"], answer["decided"]) == ("fail", False)
    assert (finding["rule"], words in finding["message"]) == ("undecided", True)
    assert finding["path"] == ["components", 0]


async def test_without_a_tier_nothing_is_decided_where_there_are_several(client, product):
    answer = (await check(client, {"product": "clairdash", "version": "3.10.0"}, tier=None)).json()

    assert answer["decided"] is False
    assert "community, pro, enterprise" in answer["findings"][0]["message"]
    assert "community, pro or enterprise, with --tier" in answer["findings"][0]["fix"]
    assert answer["results"][0]["choose"] == ["community", "pro", "enterprise"]

    other = (await check(client, {"product": "clairdash", "version": "3.10.0"}, tier="gold")).json()
    assert "has no tier 'gold'" in other["findings"][0]["message"]
    assert other["findings"][0]["fix"] == answer["findings"][0]["fix"]


async def test_an_unknown_version_of_a_known_line_is_answered_as_its_line(client, product):
    asked = {"product": "clairdash", "version": "3.2.7"}

    line = (await check(client, asked)).json()
    release = (await check(client, asked, tier="pro")).json()

    (answer,) = line["results"]
    assert (answer["status"], answer["assumed_from_line"]) == ("unsupported", True)
    assert (line["decided"], release["decided"]) == (True, False)
    assert "release by release" in release["findings"][0]["message"]


@pytest.mark.parametrize(
    "components",
    [
        [],
        [{"product": "clairdash", "purl": PURL}],
        [{"version": "3.10.0"}],
        [{"product": "clairdash", "version": 3}],
        [{"purl": "pkg:npm/a"}] * 20_001,
    ],
)
async def test_what_says_nothing_that_could_be_checked_is_refused(client, product, components):
    response = await client.post("/v1/check", json={"components": components})

    assert response.status_code == 400
    assert "components" in response.json()["errors"][0]["field"]


async def test_a_tier_by_product_counts_before_the_one_for_all_and_names_a_known_product(
    client, product
):
    asked = {"product": "clairdash", "version": "3.10.0"}

    named = (await check(client, asked, tier="gold", tiers={"clairdash": "pro"})).json()
    own = (await check(client, asked | {"tier": "pro"}, tiers={"clairdash": "gold"})).json()
    misspelt = await check(client, asked, tiers={"clairdsh": "pro"})

    assert [(each["results"][0]["tier"], each["decided"]) for each in (named, own)] == [
        ("pro", True)
    ] * 2
    assert misspelt.status_code == 400
    assert misspelt.json()["errors"][0]["field"] == "tiers.clairdsh"
    assert "did you mean `clairdash`?" in misspelt.json()["errors"][0]["message"]


async def test_a_known_end_within_the_days_asked_fails(client, admin, product):
    end = {"product": "clairdash", "kind": "end_of_support", "lines": ["3.8"], "reason": "Old."}
    await announce(client, admin, end | {"effective_on": "2027-01-10"})
    asked = {"product": "clairdash", "version": "3.8.0"}

    near = (await check(client, asked, within=50)).json()
    far = (await check(client, asked, within=49)).json()
    lenient = (await check(client, asked, within=50, fail_on="unsupported")).json()

    assert [each["rule"] for each in near["findings"]] == ["ending"]
    assert near["findings"][0]["evidence"]["supported_until"] == "2027-01-09"
    assert "Upgrade to 3.10.0 before 2027-01-10." in near["findings"][0]["fix"]
    assert [near["verdict"], far["verdict"], lenient["verdict"]] == ["fail", "warn", "warn"]
    assert [each["rule"] for each in far["findings"]] == ["deprecated-in-use"]


async def test_an_announced_removal_concerns_who_uses_the_feature(client, admin, product):
    await client.put(
        f"{product}/features/audit-export",
        json={"stages": [{"stage": "ga", "from_version": "3.1.0"}]},
        headers=admin,
    )
    removal = {
        "product": "clairdash",
        "kind": "removal",
        "feature": "audit-export",
        "reason": "Old.",
    }
    await announce(client, admin, removal | {"replacement": "Event stream"})
    asked = {"product": "clairdash", "version": "3.10.0"}

    without = (await check(client, asked)).json()
    used = asked | {"features": ["audit-export"]}
    warned = (await check(client, used)).json()
    failed = (await check(client, used, fail_on="deprecated")).json()

    assert "deprecated-in-use" not in [each["rule"] for each in without["findings"]]
    (finding,) = [each for each in warned["findings"] if each["rule"] == "deprecated-in-use"]
    assert finding["severity"] == "warning"
    assert finding["fix"] == "Move to Event stream."
    assert failed["verdict"] == "fail"


async def test_an_account_is_checked_for_what_it_reported_under_its_own_tier(
    client, admin, make_token, acme
):
    own = await make_token("account:acme")
    facts = {"product": "clairdash", "version": "3.2.0"}
    nothing = await client.post(f"{acme}/check", json={}, headers=own)
    await client.put(f"{acme}/instances/prod", json=facts, headers=own)

    answer = (await client.post(f"{acme}/check", json={"at": DAY}, headers=own)).json()

    assert (nothing.json()["decided"], nothing.json()["verdict"]) == (False, "fail")
    (result,) = answer["results"]
    assert (result["tier"], result["instance"], result["status"]) == (
        "enterprise",
        "prod",
        "unsupported",
    )


async def test_a_check_can_report_what_is_run_in_place_of_what_it_reported_before(
    client, admin, make_token, acme
):
    own = await make_token("account:acme")
    path = f"{acme}/check?report=ci"

    async def report(*components):
        response = await client.post(path, json={"components": components}, headers=own)
        assert response.status_code == 200, response.text
        listed = (await client.get(f"{acme}/instances", headers=own)).json()["items"]
        return response.json()["reported"], {each["name"]: each["version"] for each in listed}

    await client.put(
        f"{acme}/instances/prod",
        json={"product": "clairdash", "version": "3.1.0", "tier": "pro"},
        headers=admin,
    )
    first = await report({"purl": f"{PURL}@3.9.0"}, {"purl": "pkg:npm/left-pad@1.3.0"})
    second = await report({"product": "clairdash", "version": "3.10.0"})
    both = await report(
        {"product": "clairdash", "version": "3.9.0"}, {"product": "clairdash", "version": "3.10.0"}
    )

    assert first == (["ci:clairdash"], {"prod": "3.1.0", "ci:clairdash": "3.9.0"})
    assert second == (["ci:clairdash"], {"prod": "3.1.0", "ci:clairdash": "3.10.0"})
    assert both[1] == {
        "prod": "3.1.0",
        "ci:clairdash:3.10.0": "3.10.0",
        "ci:clairdash:3.9.0": "3.9.0",
    }


@pytest.mark.parametrize(
    ("components", "left"),
    [
        ([{"product": "clairdash"}], {"ci:clairdash:3.9.0", "ci:clairdash:3.10.0"}),
        ([{"purl": "pkg:npm/left-pad@1.3.0"}], {"ci:clairdash:3.9.0", "ci:clairdash:3.10.0"}),
        (
            [{"product": "clairdash", "version": "99.0.0"}],
            {"ci:clairdash", "ci:clairdash:3.9.0", "ci:clairdash:3.10.0"},
        ),
        ([{"product": "clairdash", "version": "3.10.0"}], {"ci:clairdash"}),
    ],
)
async def test_a_report_forgets_nothing_that_may_still_run(
    client, admin, make_token, acme, components, left
):
    own = await make_token("account:acme")
    path = f"{acme}/check?report=ci"
    before = [{"product": "clairdash", "version": each} for each in ("3.9.0", "3.10.0")]
    by_hand = {"product": "clairdash", "version": "3.1.0"}
    for name in ("ci:manual", "ci:clairdash:blue", "cicd:clairdash"):
        await client.put(f"{acme}/instances/{name}", json=by_hand, headers=own)
    await client.post(path, json={"components": before}, headers=own)

    response = await client.post(path, json={"components": components}, headers=own)

    assert response.status_code == 200, response.text
    listed = (await client.get(f"{acme}/instances", headers=own)).json()["items"]
    kept = {"ci:manual", "ci:clairdash:blue", "cicd:clairdash"}
    assert {each["name"] for each in listed} == left | kept


async def test_versions_however_long_are_reported(client, admin, make_token, acme):
    own = await make_token("account:acme")
    versions = [f"3.10.0+{'a' * 190}{last}" for last in "bc"]
    components = [{"product": "clairdash", "version": version} for version in versions]

    response = await client.post(
        f"{acme}/check?report=ci", json={"components": components}, headers=own
    )

    listed = (await client.get(f"{acme}/instances", headers=own)).json()["items"]
    assert response.status_code == 200, response.text
    assert sorted(each["version"] for each in listed) == versions


async def test_only_an_account_itself_is_checked_with_its_token(client, admin, make_token, acme):
    await client.post("/v1/accounts", json={"slug": "globex", "tier": "pro"}, headers=admin)
    other = await make_token("account:globex")

    for path in (f"{acme}/check", f"{acme}/check?report=ci"):
        assert (await client.post(path, json={}, headers=other)).status_code == 403
        assert (await client.post(path, json={})).status_code == 401


@pytest.mark.parametrize(
    ("asked", "rules"),
    [
        ({}, ["nothing-matched"]),
        ({"allow_no_match": True}, []),
        ({"expect": ["clairdash"], "allow_no_match": True}, ["expected-missing"]),
    ],
)
async def test_what_nobody_recognises_is_not_decided_unless_that_is_allowed(
    client, product, asked, rules
):
    answer = (await check(client, {"purl": "pkg:npm/left-pad@1.3.0"}, **asked)).json()

    assert [each["rule"] for each in answer["findings"]] == rules
    assert (answer["decided"], answer["verdict"]) == ((False, "fail") if rules else (True, "pass"))


async def test_what_nearly_is_a_product_or_may_be_one_is_named(client, product):
    response = await check(
        client,
        {"purl": f"{PURL}@3.10.0"},
        {"purl": "pkg:npm/%40clairdash/servr@3.10.0"},
        {"name": "clairdash"},
        {"purl": f"{PURL}@3.10.0", "fault": "its version is a number"},
        {"name": "left-pad", "fault": "its version is a number"},
    )

    answer = response.json()
    assert response.status_code == 200, response.text
    assert [(each["rule"], each["path"]) for each in answer["findings"]] == [
        ("undecided", ["components", 3]),
        ("nearly-known", ["components", 1]),
        ("nearly-known", ["components", 2]),
        ("unreadable", ["components", 4]),
    ]
    assert answer["decided"] is False
    assert answer["counts"] | {"products": {}} == {
        "components": 5,
        "matched": 1,
        "unmatched": 1,
        "without_purl": 1,
        "unreadable": 2,
        "merged": 0,
        "products": {},
        "unknown_product": 0,
    }


async def test_a_product_that_is_named_without_a_package_url_is_not_said_to_be_unknown(
    client, product
):
    answer = (await check(client, {"name": "Clairdash", "version": "3.10.0"})).json()

    (found,) = [each for each in answer["findings"] if each["rule"] == "nearly-known"]
    assert found["message"].startswith("Clairdash has the name of the product clairdash, but no")
    assert "did you mean" not in found["message"]


async def test_one_of_several_package_urls_of_a_component_is_enough(client, product):
    component = {"purl": "pkg:generic/server@3.10.0", "aliases": [f"{PURL}@3.10.0"]}

    answer = (await check(client, component)).json()

    assert (answer["verdict"], answer["counts"]["matched"]) == ("pass", 1)
    assert answer["results"][0]["version"] == "3.10.0"


async def test_a_report_forgets_no_product_that_is_expected_and_missing(
    client, admin, make_token, acme
):
    await client.post("/v1/products", json={"slug": "side"}, headers=admin)
    own = await make_token("account:acme")
    path = f"{acme}/check?report=ci"
    both = [{"product": "clairdash", "version": "3.10.0"}, {"product": "side", "version": "1"}]

    async def report(components, **asked):
        body = {"components": components} | asked
        answer = (await client.post(path, json=body, headers=own)).json()
        listed = (await client.get(f"{acme}/instances", headers=own)).json()["items"]
        missing = [each["subject"] for each in answer["findings"] if "missing" in each["rule"]]
        return missing, sorted(each["name"] for each in listed)

    await client.put(f"{acme}/instances/ci:side", json=both[1], headers=own)
    first = await report(both[:1])
    gone = await report(both[:1], allow_no_match=True)

    assert first == (["side"], ["ci:clairdash", "ci:side"])
    assert gone == ([], ["ci:clairdash"])


async def announce(client, admin, draft):
    drafted = await client.post("/v1/deprecations", json=draft, headers=admin)
    assert drafted.status_code == 201, drafted.text
    match = {"If-Match": drafted.headers["etag"]}
    path = drafted.headers["location"]
    announced = await client.post(f"{path}/announce", json={}, headers=admin | match)
    assert announced.status_code == 200, announced.text


def bill(version="3.10.0", **members):
    component = {"type": "container", "name": "server", "purl": f"{PURL}@{version}"}
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component]} | members


async def test_what_no_tier_decides_of_a_known_component_is_told_without_one(
    client, admin, product
):
    declared = {"declared": {"end_of_life": "2027-03-31"}}
    stored = await client.put("/v1/products/clairdash/lines/3.6", json=declared, headers=admin)
    assert stored.status_code in {200, 201}, stored.text

    answer = await client.post("/v1/check/enrich", json=bill("3.6.0"))

    (component,) = answer.json()["components"]
    assert {each["name"].rpartition(":")[2]: each["value"] for each in component["properties"]} == {
        "generalAvailability": "2026-06-01",
        "endOfLife": "2027-03-31",
    }


async def test_an_sbom_is_enriched_for_a_tier_on_a_day(client, admin, product):
    announced = {"product": "clairdash", "kind": "end_of_support", "lines": ["3.6"]}
    announced |= {"tiers": ["enterprise"], "effective_on": "2027-01-14", "reason": "Old."}
    draft = await client.post("/v1/deprecations", json=announced, headers=admin)
    headers = admin | {"If-Match": draft.headers["etag"]}
    await client.post(f"/v1/deprecations/{draft.json()['id']}/announce", json={}, headers=headers)

    answers = [
        await client.post(f"/v1/check/enrich?tier=enterprise&at={DAY}", json=bill(version))
        for version in ("3.6.0", "3.10.0", "9.9.9")
    ]

    found = [
        {each["name"].rpartition(":")[2]: each["value"] for each in component.get("properties", ())}
        for answer in answers
        for component in answer.json()["components"]
    ]
    assert found == [
        {"generalAvailability": "2026-06-01", "endOfSupport": "2027-01-13"},
        {"generalAvailability": "2026-10-01"},  # its end is an estimate
        {},
    ]
    assert answers[0].headers["content-type"] == "application/vnd.cyclonedx+json"
    refused = await client.post("/v1/check/enrich?tier=gold", json=bill("3.6.0"))
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown-tier")
    assert "'gold', only community, enterprise, pro" in refused.json()["detail"]


@pytest.fixture
async def base(client, admin, product):
    """Another product, whose one tier has a name that the first product's policy lacks."""
    path = "/v1/products/base"
    facts = {"slug": "base", "line_by": "major", "identifiers": ["pkg:npm/base"]}
    policy = {"policy": "base-support", "version": "1", "in_force_from": "2020-01-01"}
    policy |= {"tiers": {"gold": {"rank": 0, "window": {"declared": "end_of_life"}}}}
    for written in (
        client.post("/v1/products", json=facts, headers=admin),
        client.post(
            f"{path}/releases", json={"version": "2.0.0", "released_on": DAY}, headers=admin
        ),
        client.put(
            f"{path}/lines/2", json={"declared": {"end_of_life": "2028-01-31"}}, headers=admin
        ),
        client.put(f"{path}/policy", json=policy, headers=admin),
    ):
        response = await written
        assert response.is_success, response.text
    return path


def both():
    """List a release of each product, the first of which pro and enterprise cover differently."""
    components = bill("3.5.0")["components"]
    return bill(components=[*components, {"type": "library", "name": "b", "purl": BASE}])


async def test_an_sbom_is_enriched_for_tiers_that_products_name_differently(client, base):
    ends = {}
    for query in (
        "tier=pro&tier=base=gold",
        "tier=enterprise",
        "tier=pro&tier=base=gold&tier=clairdash=enterprise",
    ):
        answer = await client.post(f"/v1/check/enrich?{query}&at={DAY}", json=both())
        ends[query] = [
            each["value"]
            for component in answer.json()["components"]
            for each in component.get("properties", ())
            if each["name"].endswith("endOfSupport")
        ]

    assert ends == {
        "tier=pro&tier=base=gold": ["2026-05-31", "2028-01-31"],
        "tier=enterprise": ["2026-09-30"],
        "tier=pro&tier=base=gold&tier=clairdash=enterprise": ["2026-09-30", "2028-01-31"],
    }


async def test_what_no_tier_decides_of_a_component_is_told_where_its_product_lacks_the_tier(
    client, base
):
    answer = await client.post(f"/v1/check/enrich?tier=enterprise&at={DAY}", json=both())

    _, component = answer.json()["components"]
    assert [each["value"] for each in component["properties"]] == [DAY, "2028-01-31"]


@pytest.mark.parametrize(
    ("query", "status", "value", "words"),
    [
        ("tier=pro&tier=gold", 400, "gold", "'pro' and 'gold' are both given for every product"),
        ("tier=base=", 400, "base=", "'base=' is not a tier; use TIER, or PRODUCT=TIER."),
        (
            "tier=bsae=gold",
            400,
            "bsae=gold",
            "tier: names an unknown product, 'bsae'; did you mean",
        ),
        ("tier=base=pro", 404, "base=pro", "has no tier 'pro', only gold"),
        ("tier=base=gold&tier=silver", 404, "silver", "No other product in the SBOM has a tier"),
        (f"tier=base={'x' * 501}", 400, None, "tier: has 501 characters; at most 500 are allowed"),
    ],
)
async def test_tiers_that_cannot_be_used_are_refused_as_the_parameter(
    client, base, query, status, value, words
):
    answer = await client.post(f"/v1/check/enrich?{query}", json=both())

    (problem,) = answer.json()["errors"]
    assert (answer.status_code, problem["field"]) == (status, "tier")
    assert words in answer.json()["detail"]
    assert value in {None, problem["value"]}


async def test_a_tier_is_named_in_vain_for_products_that_an_sbom_does_not_have(client, base):
    named = "tier=silver&tier=clairdash=pro&tier=base=gold"

    answer = await client.post(f"/v1/check/enrich?{named}", json=bill())
    once = await client.post(f"/v1/check/enrich?tier=pro&at={DAY}&at={DAY}", json=bill())

    assert answer.status_code == 200, answer.text
    assert once.json()["detail"] == "The query parameter 'at' is given twice; give it once."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is empty"),
        (b"{", "ends before its JSON does"),
        (b'{"spdxVersion": "SPDX-2.3", "packages": [{"name": "a"}]}', "only that can be enriched"),
        (b'{"bomFormat": "CycloneDX", "specVersion": "1.6"}', "lists no components"),
    ],
)
async def test_what_cannot_be_enriched_is_a_clear_refusal(client, product, body, words):
    answer = await client.post("/v1/check/enrich", content=body)

    assert answer.status_code == 400
    assert words in answer.json()["detail"]

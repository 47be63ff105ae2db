"""Feature flags by OFREP: an account's own, and no one else's."""

import pytest

from lifecycle.answers.flag_values import FlagValue, Run, UnansweredFlag, evaluate_flag
from lifecycle.catalogue.catalogue_inputs import FeatureIn
from testkit.api_fixtures import AS_ADMIN, CLAIRDASH, asking
from testkit.coverage_samples import TODAY, facts, minors
from testkit.known_snapshots import snapshot_of
from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

FLAGS = "/ofrep/v1/evaluate/flags"
FEATURES = {
    "rest-v1": [("ga", "3.1.0"), ("removed", "3.9.0")],
    "ai-builder": [("beta", "3.8.0")],
    "audit-export": [("ga", "3.2.0")],
}
REMOVAL = {
    "product": "clairdash",
    "kind": "removal",
    "feature": "audit-export",
    "effective_on": "2027-09-01",
    "reason": "Replaced.",
    "replacement": "The audit API",
}


@pytest.fixture
def further_steps():
    """Begin with an enterprise customer that runs 3.8.0, and 3.6.0 for trials."""
    return (supply_acme,)


async def supply_acme(store):
    async with asking(store) as client:
        for key, stages in FEATURES.items():
            listed = [{"stage": stage, "from_version": version} for stage, version in stages]
            tiers = ["enterprise"] if key == "audit-export" else None
            body = {"stages": listed, "tiers": tiers}
            await ok(client.put(f"{CLAIRDASH}/features/{key}", json=body, headers=AS_ADMIN))
        for slug, tier in (("acme", "enterprise"), ("globex", "pro")):
            body = {"slug": slug, "tier": tier}
            await ok(client.post("/v1/accounts", json=body, headers=AS_ADMIN))
        for name, version in (("production", "3.8.0"), ("trial", "3.6.0")):
            body = {"product": "clairdash", "version": version}
            await ok(client.put(f"/v1/accounts/acme/instances/{name}", json=body, headers=AS_ADMIN))


@pytest.fixture
def acme(clairdash):
    """Return the customer that the arrangement stored."""
    return "acme"


@pytest.fixture
def evaluate(client, acme, admin):
    async def evaluate(flag="", headers=admin, **context):
        context = {"targetingKey": acme} | context
        return await client.post(f"{FLAGS}{flag}", json={"context": context}, headers=headers)

    return evaluate


async def announce(client, admin, body):
    draft = await ok(client.post("/v1/deprecations", json=body, headers=admin))
    headers = admin | {"If-Match": draft.headers["etag"]}
    uid = draft.json()["id"]
    await ok(client.post(f"/v1/deprecations/{uid}/announce", json={}, headers=headers))
    return uid


@pytest.mark.parametrize(
    ("key", "context", "value", "deciding"),
    [
        ("rest-v1", {}, True, ("production", "ga")),
        ("rest-v1", {"version": "3.9.0"}, False, (None, "removed")),
        ("rest-v1", {"version": "3.9.4"}, False, (None, "removed")),
        ("ai-builder", {}, False, ("trial", None)),
        ("ai-builder", {"instance": "production"}, True, ("production", "beta")),
        ("ai-builder", {"instance": "trial", "version": "3.8.0"}, True, ("trial", "beta")),
        ("audit-export", {}, True, ("production", "ga")),
    ],
)
async def test_a_flag_is_on_while_every_version_that_is_asked_about_has_the_feature(
    evaluate, key, context, value, deciding
):
    flag = (await ok(evaluate(f"/clairdash:{key}", **context))).json()

    metadata = flag["metadata"]
    assert (flag["key"], flag["value"]) == (f"clairdash:{key}", value)
    assert flag["variant"] == ("on" if value else "off")
    assert (metadata.get("instance"), metadata.get("stage")) == deciding


async def test_a_flag_is_off_for_a_tier_that_does_not_have_the_feature(evaluate, make_token):
    globex = await make_token("account:globex")
    asked = {"targetingKey": "globex", "product": "clairdash", "version": "3.8.0"}

    flag = (await ok(evaluate("/audit-export", globex, **asked))).json()

    assert (flag["key"], flag["value"], flag["metadata"]["tier"]) == ("audit-export", False, "pro")


async def test_a_flag_says_when_its_feature_goes_and_what_replaces_it(client, admin, evaluate):
    uid = await announce(client, admin, REMOVAL)

    flag = (await ok(evaluate("/clairdash:audit-export"))).json()

    going = {"removal_day": "2027-09-01", "days_left": 284, "replacement": "The audit API"}
    assert flag["value"] is True
    assert flag["metadata"].items() >= (going | {"deprecation": uid}).items()


async def test_all_flags_are_those_of_all_that_the_account_runs(evaluate):
    qualified = (await ok(evaluate())).json()["flags"]
    plain = (await ok(evaluate(product="clairdash"))).json()["flags"]

    assert [flag["key"] for flag in plain] == sorted(FEATURES)
    assert [flag["key"] for flag in qualified] == [f"clairdash:{key}" for key in sorted(FEATURES)]
    assert [flag["value"] for flag in qualified] == [flag["value"] for flag in plain]


async def test_all_flags_are_sent_again_only_when_something_changed(
    client, admin, clairdash, evaluate
):
    first = await ok(evaluate())
    headers = admin | {"If-None-Match": f'"other", W/{first.headers["etag"]}'}

    same = await evaluate(headers=headers)
    body = {"stages": [{"stage": "ga", "from_version": "3.5.0"}]}
    await ok(client.put(f"{clairdash}/features/ai-builder", json=body, headers=admin))
    changed = await evaluate(headers=headers)

    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == first.headers["etag"] != changed.headers["etag"]
    assert changed.status_code == 200
    assert first.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("flag", "context", "code", "words"),
    [
        ("/clairdash:nosuch", {}, "FLAG_NOT_FOUND", "clairdash has no feature 'nosuch'"),
        ("/rest-v1", {}, "INVALID_CONTEXT", "send a product in the context"),
        ("/boreas:rest-v1", {}, "INVALID_CONTEXT", "No product is called 'boreas'"),
        ("/clairdash:rest-v1", {"targetingKey": "hooli"}, "INVALID_CONTEXT", "'hooli'"),
        ("/clairdash:rest-v1", {"targetingKey": None}, "TARGETING_KEY_MISSING", "targetingKey"),
        ("/clairdash:rest-v1", {"targetingKey": "A B"}, "INVALID_CONTEXT", "lower-case"),
        ("/clairdash:rest-v1", {"instance": "lab"}, "INVALID_CONTEXT", "production, trial"),
        ("/clairdash:rest-v1", {"version": "newest"}, "INVALID_CONTEXT", "'newest'"),
        ("/clairdash:rest-v1", {"version": 3}, "INVALID_CONTEXT", "context.version"),
        ("/clairdash:rest-v1", {"targetingKey": "globex"}, "INVALID_CONTEXT", "has reported"),
    ],
)
async def test_what_cannot_be_evaluated_is_an_error_of_the_protocol(
    evaluate, flag, context, code, words
):
    answer = await evaluate(flag, **context)

    body = answer.json()
    assert answer.status_code == (404 if code == "FLAG_NOT_FOUND" else 400), body
    assert (body["key"], body["errorCode"]) == (flag[1:], code)
    assert words in body["errorDetails"]
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", [FLAGS, f"{FLAGS}/clairdash:rest-v1"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "PARSE_ERROR"),
        ("", "PARSE_ERROR"),
        ("{}", "TARGETING_KEY_MISSING"),
        ('{"context": {}}', "TARGETING_KEY_MISSING"),
        ('{"context": 1}', "INVALID_CONTEXT"),
        ("[]", "INVALID_CONTEXT"),
    ],
)
async def test_a_body_that_is_not_a_question_is_an_error_of_the_protocol(
    client, acme, admin, path, body, code
):
    answer = await client.post(path, content=body, headers=admin)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, code), answer.text
    assert answer.json()["errorDetails"]


async def test_an_account_s_token_evaluates_its_own_flags_alone(evaluate, make_token):
    own, other = await make_token("account:acme"), await make_token("account:globex")

    answers = [
        await evaluate(flag, headers)
        for flag in ("", "/clairdash:rest-v1")
        for headers in (own, other, await make_token("release"), {})
    ]

    assert [answer.status_code for answer in answers] == [200, 403, 403, 401] * 2
    refusal = answers[1].json()
    assert refusal["detail"] == (
        "This needs a token of scope account:acme; the one sent has account:globex."
    )


async def test_what_is_not_public_is_evaluated_for_the_account_that_runs_it_alone(
    client, admin, clairdash, evaluate, make_token
):
    await ok(client.put(clairdash, json={"slug": "clairdash", "public": False}, headers=admin))
    globex = await make_token("account:globex")

    own = await evaluate("/clairdash:rest-v1", await make_token("account:acme"))
    others = await evaluate("/clairdash:rest-v1", globex, targetingKey="globex", version="3.8.0")

    assert own.json()["value"] is True
    assert others.json()["errorDetails"] == "No product is called 'clairdash'."


async def test_a_feature_that_is_not_public_is_unknown_to_an_account_that_reports_no_use_of_it(
    client, admin, evaluate, make_token
):
    private = {"stages": [{"stage": "ga", "from_version": "3.2.0"}], "public": False}
    await ok(client.put(f"{CLAIRDASH}/features/secret", json=private, headers=admin))
    own = await make_token("account:acme")
    instance = {"product": "clairdash", "version": "3.8.0", "features": ["secret"]}

    before = [await evaluate("/clairdash:secret", own), await evaluate("", own)]
    to_vendor = await evaluate("/clairdash:secret")
    await ok(client.put("/v1/accounts/acme/instances/production", json=instance, headers=own))
    after = [await evaluate("/clairdash:secret", own), await evaluate("", own)]

    unknown = await evaluate("/clairdash:nothing", own)
    assert before[0].status_code == unknown.status_code == 404
    assert before[0].json()["errorDetails"] == "clairdash has no feature 'secret'."
    assert "secret" not in before[1].text
    assert to_vendor.json()["value"] is True
    assert after[0].json()["value"] is True
    assert "clairdash:secret" in {flag["key"] for flag in after[1].json()["flags"]}


async def test_a_version_that_could_be_of_several_products_or_of_none_is_asked_about(
    client, admin, evaluate
):
    one = await evaluate("", version="3.8.0")
    none = await evaluate("", targetingKey="globex", version="3.8.0")
    await ok(client.post("/v1/products", json={"slug": "boreas"}, headers=admin))
    body = {"product": "boreas", "version": "1.0.0"}
    await ok(client.put("/v1/accounts/acme/instances/other", json=body, headers=admin))
    several = await evaluate("", version="3.8.0")
    of_instance = await evaluate("", version="3.6.0", instance="trial")
    of_another = [
        await evaluate(flag, instance="trial", product="boreas") for flag in ("", "/search")
    ]

    assert one.status_code == 200
    asks = "Say in `product` of which product '3.8.0' is a version: "
    assert none.json()["errorDetails"] == f"{asks}globex runs none."
    assert several.json()["errorDetails"] == f"{asks}acme runs boreas, clairdash."
    assert (several.status_code, several.json()["errorCode"]) == (400, "INVALID_CONTEXT")
    flags = of_instance.json()["flags"]
    assert {flag["key"].partition(":")[0] for flag in flags} == {"clairdash"}
    assert {flag["metadata"]["version"] for flag in flags} == {"3.6.0"}
    for refused in of_another:
        assert refused.status_code == 400
        details = "The instance 'trial' runs clairdash, not boreas."
        assert refused.json()["errorDetails"] == details


async def test_a_scope_limited_to_products_evaluates_what_an_account_runs_of_them(
    client, admin, evaluate, make_token
):
    await ok(client.post("/v1/products", json={"slug": "boreas"}, headers=admin))
    limited = await make_token("publish:boreas")

    before = await evaluate("", limited)
    body = {"product": "boreas", "version": "1.0.0"}
    await ok(client.put("/v1/accounts/acme/instances/other", json=body, headers=admin))
    after = await evaluate("", limited)
    asked = await evaluate("/clairdash:rest-v1", limited)

    assert before.json()["errorDetails"].startswith("No account is called 'acme'")
    assert after.json()["flags"] == []
    assert "of clairdash: send `version` in the context, or report" in asked.json()["errorDetails"]


def test_a_tier_that_the_policy_does_not_name_turns_no_feature_on():
    snapshot = snapshot_of(facts(minors(2)), features={"search": FeatureIn()})

    of_ours, of_nobody = (
        evaluate_flag(snapshot, "search", [Run("1.0.0", tier)], TODAY)
        for tier in ("enterprise", "gold")
    )
    assert isinstance(of_ours, FlagValue)
    assert isinstance(of_nobody, UnansweredFlag)
    assert "does not name the tier 'gold'" in of_nobody.reason


def test_an_instance_whose_version_cannot_be_read_is_named():
    snapshot = snapshot_of(facts(minors(2)), features={"search": FeatureIn()})
    runs = [Run("1.0.0", "enterprise", "lab"), Run("newest", "enterprise", "production")]

    unanswered = evaluate_flag(snapshot, "search", runs, TODAY)

    assert isinstance(unanswered, UnansweredFlag)
    assert unanswered.reason.startswith("Instance production: The version 'newest' is not")

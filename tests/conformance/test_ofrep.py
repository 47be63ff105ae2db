"""OpenFeature's own provider reads our flags, and the protocol's schema allows our answers."""

import asyncio
import shutil

import httpx
import jsonschema_rs
import pytest
import yaml
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import (
    ErrorCode,
    FlagNotFoundError,
    InvalidContextError,
    OpenFeatureError,
    TargetingKeyMissingError,
)

from testkit.api_fixtures import AS_ADMIN, CLAIRDASH, sell_clairdash
from testkit.prepared_stores import take
from testkit.served_apps import serving

ACME = EvaluationContext("acme", {"product": "clairdash"})
REMOVAL = {
    "product": "clairdash",
    "kind": "removal",
    "feature": "rest-v1",
    "effective_on": "2099-09-01",
    "reason": "Replaced.",
    "replacement": "The second version",
}


@pytest.fixture(scope="module")
def service(sqlite_template, tmp_path_factory):
    """A service with an account that runs a feature which is announced to go."""
    path = tmp_path_factory.mktemp("flags") / "store.sqlite3"
    shutil.copyfile(sqlite_template, path)
    asyncio.run(take(sell_clairdash, f"sqlite:///{path}"))
    with serving(path) as address:
        with httpx.Client(base_url=address, headers=AS_ADMIN) as client:
            fill(client)
        yield address


def fill(client):
    for key, version in (("rest-v1", "3.1.0"), ("ai-builder", "3.10.0")):
        body = {"stages": [{"stage": "ga", "from_version": version}]}
        client.put(f"{CLAIRDASH}/features/{key}", json=body).raise_for_status()
    client.post("/v1/accounts", json={"slug": "acme", "tier": "pro"}).raise_for_status()
    body = {"product": "clairdash", "version": "3.9.0"}
    client.put("/v1/accounts/acme/instances/production", json=body).raise_for_status()
    draft = client.post("/v1/deprecations", json=REMOVAL).raise_for_status()
    headers = {"If-Match": draft.headers["etag"]}
    path = f"/v1/deprecations/{draft.json()['id']}/announce"
    client.post(path, json={}, headers=headers).raise_for_status()


@pytest.fixture
def provider(service):
    return OFREPProvider(service, headers_factory=lambda: AS_ADMIN)


@pytest.fixture(scope="module")
def allows(standards):
    """Return whether a component of the protocol's description allows a value."""
    document = yaml.safe_load((standards / "ofrep" / "openapi.yaml").read_text())
    schemas = document["components"]["schemas"]

    def allows(name, value):
        schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        return jsonschema_rs.is_valid(schema, value)

    example = {"key": "a", "value": True, "reason": "STATIC"}
    assert not allows("evaluationSuccess", example)  # it is of two kinds, of which one may be
    schemas["codeDefaultFlag"]["not"] = {"required": ["value"]}
    assert allows("evaluationSuccess", example)
    return allows


def test_an_application_learns_whether_a_feature_it_uses_is_going(provider):
    details = provider.resolve_boolean_details(
        "rest-v1", default_value=False, evaluation_context=ACME
    )

    assert (details.value, details.variant, details.reason) == (True, "on", "TARGETING_MATCH")
    assert details.flag_metadata["removal_day"] == "2099-09-01"
    assert details.flag_metadata["replacement"] == "The second version"
    assert details.flag_metadata["stage"] == "ga"


def test_a_feature_that_came_later_is_off_whatever_the_default(provider):
    account = EvaluationContext("acme")

    details = provider.resolve_boolean_details(
        "clairdash:ai-builder", default_value=True, evaluation_context=account
    )

    assert (details.value, details.variant) == (False, "off")


@pytest.mark.parametrize(
    ("flag", "context", "error"),
    [
        ("nosuch", ACME, FlagNotFoundError),
        ("rest-v1", EvaluationContext("acme"), InvalidContextError),
        ("rest-v1", EvaluationContext(None, {"product": "clairdash"}), TargetingKeyMissingError),
        ("rest-v1", None, TargetingKeyMissingError),
    ],
)
def test_what_has_no_value_raises_the_provider_s_own_error(provider, flag, context, error):
    with pytest.raises(error):
        provider.resolve_boolean_details(flag, default_value=True, evaluation_context=context)


def test_without_a_token_the_provider_says_that_it_is_not_authorized(service):
    with pytest.raises(OpenFeatureError) as refused:
        OFREPProvider(service).resolve_boolean_details(
            "rest-v1", default_value=True, evaluation_context=ACME
        )

    assert refused.value.error_code is ErrorCode.GENERAL
    assert refused.value.error_message == "unauthorized"


@pytest.mark.parametrize(
    ("flag", "context", "name"),
    [
        ("/rest-v1", {"targetingKey": "acme", "product": "clairdash"}, "serverEvaluationSuccess"),
        ("/rest-v1", {"targetingKey": "acme"}, "evaluationFailure"),
        ("/clairdash:nosuch", {"targetingKey": "acme"}, "flagNotFound"),
        ("/rest-v1", {}, "evaluationFailure"),
        ("", {"targetingKey": "acme"}, "bulkEvaluationSuccess"),
        ("", {"targetingKey": "nobody"}, "bulkEvaluationFailure"),
    ],
)
def test_the_protocol_s_schema_allows_every_answer(service, allows, flag, context, name):
    answer = httpx.post(
        f"{service}/ofrep/v1/evaluate/flags{flag}", json={"context": context}, headers=AS_ADMIN
    )

    assert allows(name, answer.json()), answer.text

"""What the API's description gives as examples is what the API answers, request by request."""

import json

import jsonschema_rs
import pytest
from test_openapi_descriptions import DESCRIPTION, OPERATIONS

from lifecycle.deprecations.notices.webhook_bodies import TYPES
from testkit.example_story import HEADERS, compared, shortened, steps, telling


@pytest.mark.one_database("what HTTP makes of it")
async def test_every_example_is_answered_as_the_description_says(store):
    """After a change that was meant, `python tests/api/record_examples.py` keeps what is new."""
    wrong = []
    async with telling(store) as story:
        for step in steps():
            answered = shortened(await story.play(step))
            if answered != step:
                wrong += [json.dumps(step, indent=1), "is now", json.dumps(answered, indent=1)]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("example", "actual", "same"),
    [
        ({"name": "Acme"}, {"name": "Acme"}, True),
        ({"name": "Acme"}, {"name": "Globex"}, False),
        ({"name": "Acme"}, {"name": "Acme", "tier": "pro"}, False),
        ({"name": "Acme", "tier": "pro"}, {"name": "Acme"}, False),
        ({"items": [1]}, {"items": [1, 2]}, False),
        ({"text": "Support en…"}, {"text": "Support ends."}, True),
        ({"text": "Support en…"}, {"text": "Support is over."}, False),
        ({"milliseconds": 3}, {"milliseconds": 4}, True),
        ({"milliseconds": 3}, {"milliseconds": None}, False),
    ],
)
def test_what_is_compared_is_all_but_what_a_real_clock_says(example, actual, same):
    assert (compared(example, actual) == example) is same


def contents():
    """Yield every place of the description that has or may have examples."""
    webhooks = [(kind, kind, item["post"]) for kind, item in DESCRIPTION["webhooks"].items()]
    for label, _, operation in OPERATIONS + webhooks:
        places = [("request", operation.get("requestBody", {}))]
        places += operation["responses"].items()
        for where, place in places:
            for media_type, content in (place.get("content") or {}).items():
                yield label, where, media_type, content


def test_every_operation_has_an_example_of_what_it_takes_and_answers():
    """A new one goes into lifecycle/server/openapi_examples.json, at its place in the order."""
    shown = {
        (label, where == "request")
        for label, where, media_type, content in contents()
        if media_type == "application/json" and "examples" in content
    }
    missing = {
        (label, where == "request")
        for label, where, media_type, _ in contents()
        if media_type == "application/json"
    }

    assert missing - shown == set()


def test_every_example_is_valid_for_the_schema_beside_it():
    faults = []
    for label, where, _, content in contents():
        whole = content["schema"] | {"components": DESCRIPTION["components"]}
        validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        for example in content.get("examples", {}).values():
            errors = validator.iter_errors(example["value"])
            faults += [f"{label} {where}: {error.message}" for error in errors]

    assert faults == []


def message_of(operation):
    """Return the example of what a webhook is sent."""
    (example,) = operation["requestBody"]["content"]["application/json"]["examples"].values()
    return example["value"]


def test_every_type_of_webhook_is_described_with_a_message_and_its_headers():
    described = DESCRIPTION["webhooks"]
    types = {kind: message_of(item["post"])["type"] for kind, item in described.items()}
    headers = {
        tuple(parameter["name"] for parameter in item["post"]["parameters"])
        for item in described.values()
    }

    assert types == {kind: kind for kind in (*TYPES.values(), "test")}
    assert headers == {HEADERS}

"""The manual's files for other programs, against the schemas that these publish."""

import json
from importlib.resources import files

import jsonschema_rs
import pytest
import yaml

from testkit.manual_pages import MANUAL, blocks


def schema(name):
    """Return a validator of a schema that check-jsonschema brings."""
    found = files("check_jsonschema").joinpath("builtin_schemas", "vendor", f"{name}.json")
    return jsonschema_rs.validator_for(json.loads(found.read_text("utf-8")))


def shown(page, *, of):
    """List a page's YAML documents of one kind: steps of a job, or mappings with keys in keys."""
    texts = [block.text for block in blocks(MANUAL / page) if block.language in {"yaml", ""}]
    documents = [next(yaml.safe_load_all(text)) for text in texts if ": " in text]
    if of == "steps":
        steps = [one for one in documents if isinstance(one, list) and {"run", "uses"} & {*one[0]}]
        return [as_workflow(one) for one in steps]
    return [one for one in documents if has(one, of.split())]


def has(document, keys):
    for key in keys:
        if not isinstance(document, dict) or key not in document:
            return False
        document = document[key]
    return True


def as_workflow(steps):
    return {"on": "push", "jobs": {"checked": {"runs-on": "ubuntu-latest", "steps": steps}}}


@pytest.mark.parametrize(
    ("name", "page", "of", "misspell"),
    [
        ("compose-spec", "deploying.md", "services", lambda one: one["services"]["serve"]),
        ("github-actions", "gate.md", "runs", lambda one: one["runs"]["steps"][0]),
        ("github-workflows", "gate.md", "steps", lambda one: one["jobs"]["checked"]["steps"][0]),
        ("github-workflows", "check.md", "steps", lambda one: one["jobs"]["checked"]["steps"][0]),
        ("gitlab-ci", "gate.md", "gate script", lambda one: one["gate"]),
    ],
)
def test_what_other_programs_are_given_is_what_their_schemas_allow(name, page, of, misspell):
    validator = schema(name)
    documents = shown(page, of=of)

    for document in documents:
        validator.validate(document)
        misspell(document)["scritp"] = "misspelt"
        assert not validator.is_valid(document)
    assert documents

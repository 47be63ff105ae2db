"""JSON Schemas of the files that people write, made of what reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TARGETS: Final = ("lines", "range", "feature", "whole_product")
"""Of these a deprecation has one."""


def schema_of(form: str) -> Schema:
    """Return the schema of a form in JSON Schema 2020-12."""
    return {"$schema": DIALECT} | MAKERS[form]()


def _policy() -> Schema:
    from lifecycle.policy.schema import PolicyIn  # noqa: PLC0415 -- one of several

    return _plain(PolicyIn)


def _policy_test() -> Schema:
    """Return the schema of cases with what they rest on, or of the cases alone."""
    from lifecycle.interchange.policy_tests import PolicyTestFile  # noqa: PLC0415 -- one of several
    from lifecycle.policy.schema import PolicyIn  # noqa: PLC0415
    from lifecycle.support.policy_cases import Case  # noqa: PLC0415

    document, policy, releases = _plain(PolicyTestFile), _plain(PolicyIn), _releases()
    cases = _plain(list[Case]) | {"minItems": 1}
    definitions = document["$defs"] | policy["$defs"] | releases["$defs"] | cases.pop("$defs")
    test = definitions["PolicyTestFile"]
    path = {"type": "string", "minLength": 1, "description": "The path of a file."}
    test["properties"] |= {
        "policy": {"anyOf": [path, {"$ref": policy["$ref"]}]},
        "releases": {"anyOf": [path, *releases["anyOf"][:2]]},
        "cases": cases,
    }
    test["required"] = ["cases"]
    return {"anyOf": [{"$ref": document["$ref"]}, cases], "$defs": definitions}


def _manifest() -> Schema:
    from lifecycle.gate.manifests import Manifest  # noqa: PLC0415 -- one of several

    return _plain(Manifest)


def _deprecation() -> Schema:
    """Return the schema of a draft, for exactly one of what may change."""
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn  # noqa: PLC0415

    schema = _plain(DeprecationIn)
    schema["$defs"]["DeprecationIn"]["oneOf"] = [{"required": [name]} for name in TARGETS]
    return schema


def _components() -> Schema:
    from lifecycle.interchange.components import Entry  # noqa: PLC0415 -- one of several

    schema = _listed(Entry, "components")
    entry = schema["$defs"]["Entry"]
    entry["oneOf"] = [{"required": ["product", "version"]}, {"required": ["purl"]}]
    return schema


def _ignores() -> Schema:
    from lifecycle.cli.ignores import Ignore  # noqa: PLC0415 -- one of several

    schema = _listed(Ignore, "ignore")
    schema["$defs"]["Ignore"]["oneOf"] = [{"required": ["product"]}, {"required": ["purl"]}]
    return schema


def _releases() -> Schema:
    """Return the schema of a list of releases, of a mapping of versions to days, or of either."""
    from lifecycle.catalogue.catalogue_inputs import ReleaseIn  # noqa: PLC0415 -- one of several

    schema = _plain(ReleaseIn)
    release = schema["$defs"].pop("ReleaseIn")
    day = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
    facts = {
        name: fact
        for name, fact in release["properties"].items()
        if name not in {"version", "released_on"}
    }
    days = {name: {"anyOf": [day, {"type": "null"}]} for name in ("day", "released_on", "date")}
    days["released_at"] = days["day"]
    dated = {"anyOf": [{"required": [name]} for name in (*days, "planned_on")]}
    entry: Schema = {"type": "object", "properties": days | facts, "additionalProperties": False}
    entry |= dated
    version = release["properties"]["version"]
    listed = {
        **entry,
        "properties": {"version": version, **entry["properties"]},
        "required": ["version"],
    }
    several = {"type": "array", "items": {"$ref": "#/$defs/Release"}, "minItems": 1}
    by_version = {
        "type": "object",
        "propertyNames": {**version, "not": {"const": "releases"}},
        "additionalProperties": {"anyOf": [day, {"$ref": "#/$defs/ReleaseOfVersion"}]},
        "minProperties": 1,
    }
    either = [{"$ref": "#/$defs/Releases"}, {"$ref": "#/$defs/ReleasesByVersion"}]
    definitions = {
        "Release": listed,
        "ReleaseOfVersion": entry,
        "Releases": several,
        "ReleasesByVersion": by_version,
    }
    return {"anyOf": [*either, _under("releases", *either)], "$defs": definitions}


def _features() -> Schema:
    """Return the schema of a list of features, whose stages stand in a list or by their names."""
    from lifecycle.catalogue.catalogue_inputs import FeatureIn  # noqa: PLC0415 -- one of several
    from lifecycle.interchange.features import STAGES  # noqa: PLC0415

    schema = _plain(FeatureIn)
    facts = schema["$defs"].pop("FeatureIn")["properties"]
    stage = schema["$defs"]["StageIn"]
    begins = {"anyOf": [stage["properties"]["from_version"], {"type": "null"}]}
    words = {"type": ["string", "null"]}
    columns = facts | {
        "key": {"type": "string", "minLength": 1},
        "name": words,
        "tiers": _words_or(facts["tiers"]),
        "depends_on": _words_or(facts["depends_on"]),
        "default": _words_or({"type": "boolean"}),
        "public": _words_or({"type": "boolean"}),
        **dict.fromkeys(STAGES, begins),
    }
    is_named = {"anyOf": [{"required": [name]} for name in STAGES]}
    named_twice = {"allOf": [{"required": ["stages"]}, is_named]}
    entry = {"type": "object", "properties": columns, "required": ["key"], "not": named_twice}
    several = {"type": "array", "items": {"$ref": "#/$defs/Feature"}, "minItems": 1}
    listed = {"$ref": "#/$defs/Features"}
    definitions = schema["$defs"] | {"Feature": entry, "Features": several}
    return {"anyOf": [listed, _under("features", listed)], "$defs": definitions}


def _accounts() -> Schema:
    """Return the schema of a customer list, whose entries may hold more than is read."""
    from lifecycle.accounts import account_inputs as inputs  # noqa: PLC0415 -- one of several

    account, address, instance = (
        _plain(kind)["$defs"][kind.__name__]
        for kind in (inputs.AccountPatch, inputs.AddressIn, inputs.InstancePatch)
    )
    facts = instance["properties"]
    words = {"type": ["string", "null"]}
    named = {**instance, "properties": {"name": account["properties"]["slug"], **facts}}
    columns = {
        "account": account["properties"]["slug"],
        "name": {"anyOf": [account["properties"]["name"], {"type": "null"}]},
        "tier": account["properties"]["tier"],
        "addresses": _words_or({"type": "array", "items": _words_or(address)}),
        "instances": _words_or(
            {"type": "array", "items": _words_or(named)},
            {"type": "object", "additionalProperties": {"$ref": "#/$defs/Instance"}},
        ),
        "instance": words,
        "instance_tier": facts["tier"],
        **{name: facts[name] for name in ("product", "version", "environment", "last_seen")},
        "features": _words_or(facts["features"]),
    }
    entry = {"type": "object", "properties": columns, "required": ["account"]}
    several = {"type": "array", "items": {"$ref": "#/$defs/Account"}, "minItems": 1}
    listed = {"$ref": "#/$defs/Accounts"}
    definitions = {"Account": entry, "Accounts": several, "Instance": instance}
    return {"anyOf": [listed, _under("accounts", listed)], "$defs": definitions}


def _words_or(*alternatives: Schema) -> Schema:
    return {"anyOf": [{"type": ["string", "null"]}, *alternatives]}


def _listed(kind: type[msgspec.Struct], wrapper: str) -> Schema:
    """Return the schema of a list of entries, which may stand under a name."""
    schema = _plain(list[kind])  # type: ignore[valid-type] # a type is made here
    listed = {"$ref": "#/$defs/Entries"}
    entries = {"type": "array", "items": schema["items"], "minItems": 1}
    definitions = schema["$defs"] | {"Entries": entries}
    return {"anyOf": [listed, _under(wrapper, listed)], "$defs": definitions}


def _under(wrapper: str, *contents: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {wrapper: contents[0] if len(contents) == 1 else {"anyOf": [*contents]}},
        "required": [wrapper],
        "additionalProperties": False,
    }


def _plain(kind: Any) -> Schema:
    """Return the schema of a type as JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(kind)), type=Schema)


MAKERS: Final[dict[str, Callable[[], Schema]]] = {
    "policy": _policy,
    "policy-test": _policy_test,
    "deprecation": _deprecation,
    "releases": _releases,
    "features": _features,
    "accounts": _accounts,
    "manifest": _manifest,
    "components": _components,
    "ignores": _ignores,
}
"""The forms, each with what makes its schema."""

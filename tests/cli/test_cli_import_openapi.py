"""An API's operations become features, and a manifest derived from the same API fits them."""

import json

import pytest
import yaml

LEVELS = {"draft": "experimental", "alpha": "alpha", "beta": "beta", "stable": "ga"}
POLICY = {
    "policy": "api-support",
    "version": "1",
    "in_force_from": "2020-01-01",
    "exempt_stages": ["experimental", "alpha"],
    "tiers": {"pro": {"rank": 0, "window": {"newest": {"count": 2, "of": "minor"}}}},
    "notice": {"removal": {"default": "90 days"}, "breaking_change": {"default": "90 days"}},
}


@pytest.fixture
def write(tmp_path):
    """Write a description; operations are given as `GET /path` with what they say."""

    def write(operations, name="api.yaml"):
        paths = {}
        for operation, said in operations.items():
            method, path = operation.split(" ", 1)
            whole = {"responses": {"200": {"description": "OK"}}} | said
            paths.setdefault(path, {})[method.lower()] = whole
        file = tmp_path / name
        file.write_text(yaml.safe_dump({"openapi": "3.1.0", "paths": paths}))
        return file

    return write


@pytest.fixture
def take_in(cli, write):
    def take_in(operations, *options):
        return cli("import", "openapi", write(operations), "--product", "p", *options)

    return take_in


@pytest.fixture
def stored(environ, cli):
    """Give the features that are stored, as name and stages."""

    def stored():
        import asyncio  # noqa: PLC0415 -- as a command would

        from lifecycle.catalogue.loaded_products import load_facts  # noqa: PLC0415
        from lifecycle.cli.local_store import opened, store_url  # noqa: PLC0415

        async def read():
            async with opened(store_url()) as store, store.reading() as session:
                return await load_facts(session, "p")

        known = asyncio.run(read())
        return {
            key: (each.name, [(s.stage, s.from_version or str(s.from_day)) for s in each.stages])
            for key, each in known.features.items()
        }

    return stored


@pytest.mark.parametrize(("level", "stage"), LEVELS.items())
def test_operations_are_features_by_method_and_path_with_the_stage_of_their_level(
    take_in, stored, level, stage
):
    code, out, _ = take_in(
        {"GET /users/{id}": {"x-stability-level": level, "operationId": "getUser"}},
        *("--from-day", "2026-03-01"),
    )

    assert (code, "features: 1 new" in out) == (0, True)
    assert stored() == {"get.users._": ("GET /users/{id}", [(stage, "2026-03-01")])}


@pytest.mark.parametrize("said", [{"deprecated": True}, {"x-sunset": "2027-03-01"}])
def test_what_is_deprecated_or_has_a_sunset_keeps_what_it_promised_before(take_in, stored, said):
    take_in({"GET /a": said | {"x-stability-level": "alpha"}}, "--from-day", "2026-03-01")

    assert stored()["get.a"][1] == [("alpha", "2026-02-28"), ("deprecated", "2026-03-01")]


def test_a_second_import_changes_nothing_whatever_day_it_is_on(take_in, cli, stored):
    api = {"GET /a": {}, "GET /b": {"deprecated": True}}
    take_in(api, "--from-day", "2026-03-01")
    before, log = stored(), cli("audit", "verify")[1]

    code, out, _ = take_in(api)

    assert (code, "features: 0 new, 0 changed, 2 unchanged" in out) == (0, True)
    assert (stored(), cli("audit", "verify")[1]) == (before, log)


def test_what_the_description_no_longer_has_is_named_and_kept(take_in, stored):
    take_in({"GET /a": {}, "GET /b": {}})

    code, out, _ = take_in({"GET /a": {}})

    assert code == 0
    assert "no longer in the source, and kept: features get.b" in out
    assert set(stored()) == {"get.a", "get.b"}


def test_a_renamed_variable_and_a_new_operation_id_leave_the_operation_what_it_is(take_in, stored):
    take_in({"GET /a/{x}": {}}, "--from-day", "2026-03-01")

    code, out, _ = take_in({"GET /a/{y}": {"operationId": "a"}})

    assert (code, "1 changed" in out) == (0, True)
    assert stored() == {"get.a._": ("GET /a/{y}", [("ga", "2026-03-01")])}


def test_a_stage_is_added_where_the_description_has_another(take_in, stored):
    take_in({"GET /a": {"x-stability-level": "beta"}}, "--from-day", "2026-03-01")
    take_in({"GET /a": {}}, "--from-day", "2026-04-01")
    take_in({"GET /a": {"deprecated": True}}, "--from-version", "2.0.0")

    assert stored()["get.a"][1] == [
        ("beta", "2026-03-01"), ("ga", "2026-04-01"), ("deprecated", "2.0.0"),
    ]  # fmt: skip
    assert "1 unchanged" in take_in({"GET /a": {"deprecated": True}}, "--from-version", "2.1.0")[1]


@pytest.mark.parametrize("said", [{}, {"deprecated": True}], ids=["ga", "deprecated"])
def test_a_promise_never_shrinks_by_an_import(take_in, stored, said):
    take_in({"GET /a": said, "GET /b": {}}, "--from-day", "2026-03-01")
    before = stored()["get.a"]

    code, _, err = take_in({"GET /a": {"x-stability-level": "beta"}, "GET /b": {}})

    assert code == 1
    assert "GET /a: is beta here, but was promised as ga and stays so" in err
    assert stored()["get.a"] == before


def test_a_stage_of_the_same_day_takes_the_place_but_not_the_promise_of_the_one_before(
    take_in, stored
):
    take_in({"GET /a": {}}, "--from-day", "2026-03-01")
    take_in({"GET /a": {"deprecated": True}}, "--from-day", "2026-03-01")

    assert stored()["get.a"][1] == [("deprecated", "2026-03-01")]
    assert take_in({"GET /a": {"x-stability-level": "beta"}})[0] == 1


def test_a_dry_run_says_what_would_change_and_changes_nothing(take_in, stored):
    take_in({"GET /a": {}}, "--from-day", "2026-03-01")
    before = stored()
    after = {"GET /a": {"deprecated": True}, "GET /b": {}}

    code, out, _ = take_in(after, "--from-day", "2026-04-01", "--dry-run")

    assert code == 0
    stages = "ga from 2026-03-01 -> ga from 2026-03-01, deprecated from 2026-04-01"
    assert out.splitlines() == [
        "Dry run: nothing is changed.",
        "features: 1 new, 1 changed, 0 unchanged",
        "feature p/get.b: new",
        f"feature p/get.a: stages {stages}",
    ]
    assert stored() == before


def test_what_is_wrong_with_an_operation_leaves_out_that_one_alone(take_in, stored):
    code, _, err = take_in({"GET /a": {"x-sunset": "soon"}, "GET /b": {}})

    assert code == 1
    assert "api.yaml, GET /a: x-sunset must be a day" in err
    assert set(stored()) == {"get.b"}


def test_a_sunset_announces_nothing_and_that_is_said(take_in):
    _, _, err = take_in({"GET /a": {"x-sunset": "2099-03-01"}})

    assert "GET /a has a sunset on 2099-03-01, and its removal is not announced" in err
    assert "--feature get.a --effective-on 2099-03-01" in err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--from-version", "2.0.0", "--from-day", "2026-03-01"], "not both"),
        (["--from-version", "two"], "two"),
        (["--from-version", "2.0", "--scheme", "declared", "--line-by", "declared"],
         "is not a known release"),
    ],
)  # fmt: skip
def test_a_start_that_cannot_be_is_refused(take_in, options, told):
    code, _, err = take_in({"GET /a": {}}, *options)

    assert code == 2
    assert told in err


def test_a_description_of_nothing_is_refused(take_in):
    assert take_in({})[0] == 2


def test_what_is_derived_from_a_description_fits_what_was_imported(cli, write, take_in, tmp_path):
    old, new = {"GET /a": {}, "GET /b": {}, "GET /c": {}}, {"GET /b": {}}
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    take_in({name: old[name] for name in ("GET /a", "GET /b")}, "--from-day", "2026-03-01")
    cli("policy", "put", "p", tmp_path / "policy.json")
    files = write(old, "old.yaml"), write(new, "new.yaml")

    manifest = tmp_path / "release.yaml"
    manifest.write_text(
        cli("manifest", "--product", "p", "--version", "2.0.0", "--from-openapi", *files)[1]
    )
    code, out, _ = cli("gate", manifest, "--format", "json")

    found = {(finding["rule"], finding["subject"]) for finding in json.loads(out)["findings"]}
    assert code == 1
    assert found >= {("removal-unannounced", "get.a"), ("break-unregistered", "get.c")}

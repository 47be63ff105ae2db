"""Files as PowerShell writes them, UTF-16 with a byte order mark, wherever a command reads one."""

import json

import pytest

POLICY = """\
policy: widget-support
version: "1"
in_force_from: 2024-01-01
tiers: {pro: {rank: 1, window: {declared: end_of_life}}}
notice: {removal: {default: best effort}}
"""
API = "openapi: 3.0.0\npaths: {/a: {get: {operationId: a, responses: {200: {description: OK}}}}}\n"
GATES = "- {name: Gate, versionedSpecs: [{default: true, preRelease: Beta, version: '1.9'}]}\n"
RELEASES = '[{"version": "1.1.0", "day": "2026-02-10"}]'
ENDOFLIFE = "---\ntitle: Eol\nreleases:\n  - releaseCycle: '2.0'\n    eol: false\n---\n"


@pytest.fixture(params=["utf-16-le", "utf-16-be"])
def write(request, tmp_path):
    def write(name, text):
        (tmp_path / name).write_bytes(("\ufeff" + text).encode(request.param))
        return tmp_path / name

    return write


@pytest.fixture
def stored(cli, write):
    releases = write("releases.csv", "version,day\n1.0.0,2026-01-10\n")
    assert cli("import", "releases", releases, "--product", "w")[0] == 0
    assert cli("policy", "put", "w", write("policy.yaml", POLICY))[0] == 0


def test_every_list_to_import_may_be_utf_16(cli, write, stored):
    gates = write("gates.yaml", GATES)
    accounts = write("accounts.csv", "account,name,tier\nacme,Ärzte,pro\n")

    codes = [
        cli("import", "endoflife", write("eol.md", ENDOFLIFE))[0],
        cli("import", "featuregates", gates, "--product", "w")[0],
        cli("import", "releases", write("r.json", RELEASES), "--product", "w")[0],
        cli("import", "accounts", accounts)[0],
    ]

    assert codes == [0, 0, 0, 0]


def test_manifests_and_policies_may_be_utf_16(cli, write, stored):
    manifest = "product: w\nversion: 1.0.1\n"

    gated = cli("gate", write("release.yaml", manifest), "--format", "json")
    toml = cli("gate", write("m.toml", 'product = "w"\nversion = "1.0.1"\n'), "--format", "json")

    assert json.loads(gated[1])["version"] == json.loads(toml[1])["version"] == "1.0.1"
    assert cli("policy", "validate", write("p.json", json.dumps({})))[0] != 2
    assert cli("policy", "validate", write("p.yaml", POLICY))[0] == 0


def test_what_a_manifest_is_derived_from_may_be_utf_16(cli, write):
    old, new = write("old.yaml", API), write("new.yaml", "openapi: 3.0.0\npaths: {}\n")
    gates = write("was.yaml", GATES), write("is.yaml", GATES.replace("Beta", "GA"))

    code, out, err = cli(
        *("manifest", "--product", "p", "--version", "3.10", "--from-openapi", old, new),
        *("--from-featuregates", *gates),
    )

    assert code == 0, err
    assert "Gate: ga" in out


def test_text_that_is_not_what_its_mark_says_is_refused(cli, write, tmp_path):
    (tmp_path / "odd.yaml").write_bytes(b"\xff\xfe\x00\xd8")

    code, _, err = cli("gate", tmp_path / "odd.yaml")

    assert (code, "not UTF-16 text" in err) == (2, True)

"""Each sample that an import prints can be imported as it is."""

import pytest

from lifecycle.cli.imports import command

POLICY = """\
policy: widget-support
version: "1"
in_force_from: 2024-01-01
tiers:
  community: {rank: 0, window: {best_effort: true}}
  pro: {rank: 1, window: {newest: {count: 1, of: release}}}
  enterprise: {rank: 2, window: {newest: {count: 5, of: minor}}}
"""
FILES = {
    "endoflife": "widget.md",
    "releases": "releases.csv",
    "features": "features.csv",
    "featuregates": "gates.yaml",
    "openapi": "openapi.yaml",
    "accounts": "customers.csv",
}
FOUND = {
    "endoflife": "lines: 2 new",
    "releases": "releases: 7 new",
    "features": "features: 3 new",
    "featuregates": "features: 2 new",
    "openapi": "features: 2 new",
    "accounts": "accounts: 3 new, 0 changed, 0 unchanged; "
    "instances new or changed: 3; addresses new: 3",
}


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_every_import_has_a_sample():
    assert set(command.commands) == FILES.keys()


@pytest.mark.parametrize("form", FILES)
def test_a_sample_is_imported_whole(cli, write, store_file, form):
    code, sample, err = cli("import", form, "--sample")
    assert (code, err, store_file.exists()) == (0, "", False)
    if form in {"accounts", "features", "featuregates"}:
        releases = write("r.csv", cli("import", "releases", "--sample")[1])
        cli("import", "releases", releases, "--product", "widget")
        cli("policy", "put", "widget", write("policy.yaml", POLICY))
    product = () if form in {"endoflife", "accounts"} else ("--product", "widget")

    code, out, err = cli("import", form, write(FILES[form], sample), *product)

    assert code == 0, err
    assert FOUND[form] in out

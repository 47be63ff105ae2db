"""An import into a running service reports what the same import into a local store does."""

import io
import json
import re
import shutil
import socket
from http.client import HTTPResponse

import pytest

from lifecycle.client import retry_policy
from testkit.impostors import response, standing_in
from testkit.served_apps import serving

PRODUCT = """\
---
title: Widget
releases:
  - releaseCycle: "1.0"
    releaseDate: 2025-01-10
    eol: {eol}
    latest: "1.0.3"
    latestReleaseDate: 2025-06-01
---
"""
POLICY = """\
policy: known-support
version: "1"
in_force_from: 2024-01-01
tiers: {pro: {rank: 1, window: {declared: end_of_life}}}
"""
RELEASES = "version,day\n1.0.0,2026-01-12\n1.1.0,2026-02-30\n1.2.0,2026-03-01\nnightly,2026-03-02\n"
ACCOUNTS = (
    "account,name,tier,addresses,instances\n"
    "acme,Acme,pro,ops@acme.example,production=known@1.0.0\n"
    "globex,Globex,gold,,\n"
)
FEATURES = "key,name,beta,ga,tiers\nexport,Export,1.0.0,1.1.0,pro\nb ad,,soon,,\n"
GATES = "- name: gate-a\n  versionedSpecs:\n  - {preRelease: Beta, version: '1.32'}\n- name: b\n"
OPERATIONS = {
    "openapi": "3.0.0",
    "info": {"title": "A", "version": "1"},
    "paths": {
        "/a": {"get": {"responses": {}, "x-sunset": "2099-01-31"}},
        "/b": {"get": {"responses": {}, "x-stability-level": "odd"}},
    },
}
KNOWN = ("--product", "known")
IMPORTS = [
    ("releases", "releases.csv", KNOWN),
    ("releases", "releases.csv", ("--product", "new", "--scheme", "semver")),
    ("releases", "releases.csv", ("--product", "new", "--prefix", "v")),
    ("releases", "releases.csv", ("--product", "new", "--zone", "Mars/Olympus")),
    ("releases", "empty.csv", KNOWN),
    ("features", "features.csv", KNOWN),
    ("featuregates", "gates.yaml", KNOWN),
    ("openapi", "openapi.json", KNOWN),
    ("openapi", "openapi.json", (*KNOWN, "--from-version", "1.0.0")),
    ("openapi", "openapi.json", (*KNOWN, "--from-day", "2026-01-31")),
    ("accounts", "customers.csv", ()),
    ("endoflife", "source", ()),
    ("endoflife", "source", ("--product", "widget", "--rename")),
]


@pytest.fixture
def folder(tmp_path):
    """Files to import."""
    folder = tmp_path / "files"
    (folder / "source/products").mkdir(parents=True)
    (folder / "source/release-data").mkdir()
    (folder / "source/products/widget.md").write_text(PRODUCT.format(eol="2026-03-31"))
    (folder / "source/products/broken.md").write_text("no front matter")
    (folder / "source/products/odd.md").write_text(PRODUCT.format(eol="soon"))
    dated = {"versions": {"1.0.3": {"name": "1.0.3", "date": "2025-06-01"}}}
    (folder / "source/release-data/widget.json").write_text(json.dumps(dated))
    texts = {
        "releases.csv": RELEASES,
        "empty.csv": "",
        "customers.csv": ACCOUNTS,
        "features.csv": FEATURES,
        "gates.yaml": GATES,
        "openapi.json": json.dumps(OPERATIONS),
        "policy.yaml": POLICY,
        "known.csv": "version,day\n1.0.0,2026-01-10\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def stored(cli, folder):
    """A store with a product, its policy, and an admin, whose token it gives."""
    cli("import", "releases", folder / "known.csv", "--product", "known", "--scheme", "semver")
    cli("policy", "put", "known", folder / "policy.yaml")
    return cli("token", "create", "--scope", "admin", "--label", "ops")[1].strip()


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["put", "dry-run"])
@pytest.mark.parametrize(("form", "name", "options"), IMPORTS)
def test_a_service_reports_what_the_local_store_does(
    cli, environ, folder, stored, store_file, tmp_path, form, name, options, dry
):
    copy = tmp_path / "copy.sqlite3"
    shutil.copyfile(store_file, copy)
    arguments = ("import", form, folder / name, *options, *dry)
    here = cli(*arguments)
    environ.setenv("LIFECYCLE_TOKEN", stored)
    environ.setenv("LIFECYCLE_DATABASE_URL", "sqlite:////nowhere/at-all.sqlite3")

    with serving(copy) as service:
        there = cli(*arguments, "--server", service)

    assert (there[0], there[1]) == (here[0], here[1])
    assert without_place(there[2]) == without_place(here[2])
    assert (f"Server: {service}\n" in there[2]) == (not dry)


def without_place(err):
    """Leave out which store or service it is that is changed."""
    lines = err.splitlines()
    return [line for line in lines if not line.startswith(("Server: ", "Store: "))]


@pytest.mark.parametrize("form", ["releases", "accounts"])
def test_a_list_may_come_from_the_standard_input(cli, environ, folder, stored, store_file, form):
    def run(*arguments):
        content = (RELEASES if form == "releases" else ACCOUNTS).encode()
        environ.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        return cli("import", form, "-", *(KNOWN if form == "releases" else ()), *arguments)

    environ.setenv("LIFECYCLE_TOKEN", stored)
    with serving(store_file) as service:
        there = run("--server", service, "--dry-run")
    here = run("--dry-run")

    assert there == here
    assert here[0] == 1
    assert "stdin.csv, " in here[2]


def test_a_token_that_may_not_import_stops_all_files_at_once(
    cli, environ, folder, stored, store_file
):
    with serving(store_file) as service:
        environ.setenv("LIFECYCLE_TOKEN", "lct_unknown")
        code, out, err = cli("import", "endoflife", folder / "source", "--server", service)

    assert (code, out) == (2, "")
    assert err.count("LIFECYCLE_TOKEN is refused") == 1


@pytest.mark.parametrize(("form", "name", "options"), [IMPORTS[0], IMPORTS[9], IMPORTS[10]])
def test_a_file_whose_answer_is_lost_is_sent_again_and_taken_in_once(
    cli, environ, folder, stored, store_file, form, name, options
):
    environ.setenv("LIFECYCLE_TOKEN", stored)
    environ.setattr(retry_policy, "FIRST_PAUSE", 0.01)
    with serving(store_file) as service, standing_in() as start:

        def lose_first(connection, count, _ended):
            answer = passed_on(requests[-1], service)
            if count > 1:
                connection.sendall(answer)

        address, requests = start(lose_first)
        report = cli("import", form, folder / name, *options, "--server", address)
    keys = [re.search(rb"(?i)idempotency-key: (\S+)", request)[1] for request in requests]
    entries = json.loads(cli("audit", "verify", "--format", "json")[1])["entries"]
    again = cli("import", form, folder / name, *options)

    assert report[0] == 1, report
    assert keys[0] == keys[1]
    assert len(set(keys)) == len(requests) - 1
    assert "0 new, 0 changed" not in report[1]
    assert "0 new, 0 changed" in again[1]
    assert json.loads(cli("audit", "verify", "--format", "json")[1])["entries"] == entries


def test_a_dry_run_needs_no_key(cli, environ, folder, stored):
    environ.setenv("LIFECYCLE_TOKEN", stored)
    with standing_in() as start:
        address, requests = start(
            lambda connection, *_: connection.sendall(response(400, '{"detail": "no"}'))
        )
        cli("import", "accounts", folder / "customers.csv", "--dry-run", "--server", address)

    assert b"idempotency-key" not in requests[0].lower()


def passed_on(request, service):
    """Have a service carry out a request, and return its answer."""
    host, _, port = service.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(request)
        answer = HTTPResponse(connection)
        answer.begin()
        kind = f"Content-Type: {answer.headers['content-type']}"
        return response(answer.status, answer.read().decode(), kind)

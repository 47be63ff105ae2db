import json
import sqlite3

import pytest

PRODUCT = """\
---
title: Widget
releases:
  - releaseCycle: "2.0"
    releaseDate: 2026-01-10
    eol: false
    latest: "2.0.1"
    latestReleaseDate: 2026-02-01
  - releaseCycle: "1.0"
    releaseDate: 2025-01-10
    eol: 2026-03-31
    latest: "1.0.3"
    latestReleaseDate: 2025-06-01
---
"""
DATED = {
    "versions": {
        "2.0.1": {"name": "2.0.1", "date": "2026-02-01"},
        "2.0.0": {"name": "2.0.0", "date": "2026-01-10"},
        "1.0.3": {"name": "1.0.3", "date": "2025-06-01"},
    }
}
POLICY = """\
policy: widget-support
version: "1"
in_force_from: 2024-01-01
tiers: {pro: {rank: 1, window: {declared: end_of_life}}}
"""


@pytest.fixture
def source(tmp_path):
    """Give a folder as endoflife.date's, with release data beside the products."""
    (tmp_path / "source/products").mkdir(parents=True)
    (tmp_path / "source/release-data").mkdir()
    (tmp_path / "source/products/widget.md").write_text(PRODUCT)
    (tmp_path / "source/release-data/widget.json").write_text(json.dumps(DATED))
    return tmp_path / "source"


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


@pytest.fixture
def with_policy(cli, write):
    cli("import", "releases", write("r.csv", "version,day\n1.0.0,2026-01-10\n"), "--product", "w")
    cli("policy", "put", "w", write("policy.yaml", POLICY))


@pytest.mark.parametrize("below", [".", "products", "products/widget.md"])
def test_endoflife_is_found_from_its_folder_its_products_or_one_file(
    cli, source, store_file, below
):
    code, out, err = cli("import", "endoflife", source / below)

    assert (code, err.splitlines()[0]) == (0, f"Store: {store_file}")
    assert "No policy says yet what is promised of widget." in err
    assert "releases: 3 new, 0 changed, 0 unchanged" in out
    assert "lines: 2 new" in out


def test_a_second_import_changes_nothing_and_leaves_no_evidence(cli, source):
    cli("import", "endoflife", source)
    before = cli("audit", "verify")[1]

    code, out, _ = cli("import", "endoflife", source)

    assert (code, "releases: 0 new, 0 changed, 3 unchanged" in out) == (0, True)
    assert cli("audit", "verify")[1] == before


def test_what_the_source_no_longer_names_is_reported_and_kept(cli, source):
    cli("import", "endoflife", source)
    fewer = {version: entry for version, entry in DATED["versions"].items() if version != "2.0.0"}
    (source / "release-data/widget.json").write_text(json.dumps({"versions": fewer}))

    code, out, _ = cli("import", "endoflife", source)

    assert code == 0
    assert "widget: no longer in the source, and kept: releases 2.0.0" in out
    assert cli("status", "widget", "2.0.0")[0] == 0


def test_a_broken_product_stops_no_other(cli, source):
    (source / "products/broken.md").write_text("no front matter")
    (source / "products/widget.md").write_text(PRODUCT.replace("2026-03-31", "soon"))

    code, out, err = cli("import", "endoflife", source)

    assert code == 1
    assert "lines: 2 new" in out
    assert "broken.md: The file has no front matter" in err
    assert "widget.md, line 11, releases[1].eol" in err
    assert "2 problems: the entries above" in err


def test_a_version_without_a_policy_is_known_and_promised_nothing(cli, source):
    cli("import", "endoflife", source)

    code, out, _ = cli("status", "widget", "1.0.3")

    assert (code, "No policy says what is promised" in out) == (0, True)


def test_a_list_of_releases_makes_its_product(cli, write):
    path = write("releases.csv", "version,day\n1.0.0,2026-01-10\n1.1.0,2026-02-10\n")

    code, out, _ = cli("import", "releases", path, "--product", "widget")

    assert (code, out) == (0, "releases: 2 new, 0 changed, 0 unchanged\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.csv", "version,day\n1.0.0,2026-01-10\nnonsense,2026-01-11\n1.2.0,2026-02-30\n"),
        (
            "r.json",
            '[{"version": "1.0.0", "day": "2026-01-10"}, {"version": 5, "day": "x"}, {"day": 1}]',
        ),
        ("r.yaml", "- {version: 1.0.0, day: 2026-01-10}\n- {version: 1.1.0, day: soon}\n- {}\n"),
    ],
)
def test_broken_entries_are_named_by_file_and_place_and_the_rest_is_taken(cli, write, name, text):
    arguments = ("--product", "widget", "--scheme", "semver")

    code, out, err = cli("import", "releases", write(name, text), *arguments)

    assert (code, out) == (1, "releases: 1 new, 0 changed, 0 unchanged\n")
    assert len([line for line in err.splitlines() if line.startswith(f"{name}, ")]) == 2
    assert "2 problems: the entries above" in err


def test_instants_become_days_in_the_zone_given(cli, write):
    path = write("r.json", '[{"version": "1.0.0", "released_at": "2026-01-10T23:30:00+00:00"}]')

    cli("import", "releases", path, "--product", "w", "--zone", "Asia/Tokyo")

    answer = json.loads(cli("status", "w", "1.0.0", "--format", "json")[1])
    assert answer["released_on"] == "2026-01-11"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--scheme", "semantic"), "semver"),
        (("--zone", "Mars/Olympus"), "Mars/Olympus"),
        (("--scheme", "pep440"), "known already"),
    ],
)
def test_options_that_do_not_fit_change_nothing(cli, write, with_policy, arguments, words):
    path = write("r.csv", "version,day\n2.0.0,2026-01-10\n")

    code, _, err = cli("import", "releases", path, "--product", "w", *arguments)

    assert (code, words in err) == (2, True)
    assert cli("status", "w", "2.0.0")[0] == 2


def test_a_list_of_which_nothing_can_be_read_makes_no_product(cli, write):
    cli("db", "upgrade")
    before = cli("audit", "verify")[1]
    broken = write("r.json", '{"1.0rc1": "soon"}')
    gates = write("g.yaml", "- name: a")

    listed = cli("import", "releases", broken, "--product", "w")
    gated = cli("import", "featuregates", gates, "--product", "w")

    assert (listed[0], gated[0]) == (1, 1)
    assert "r.json, 1.0rc1.day" in listed[2]
    assert cli("audit", "verify")[1] == before
    mended = write("r.json", '{"1.0rc1": "2026-01-10"}')
    assert cli("import", "releases", mended, "--product", "w")[0] == 0


def test_feature_gates_become_features(cli, write):
    gates = (
        "- name: gate-a\n  versionedSpecs:\n"
        "  - {default: false, lockToDefault: false, preRelease: Alpha, version: '1.30'}\n"
        "  - {default: true, lockToDefault: false, preRelease: Beta, version: '1.32'}\n"
        "- name: gate-b\n  versionedSpecs: [{preRelease: Gamma, version: '1.30'}]\n"
    )

    code, out, err = cli("import", "featuregates", write("gates.yaml", gates), "--product", "k")

    assert (code, "features: 1 new" in out) == (1, True)
    assert "gates.yaml, line 6" in err


ACCOUNTS = (
    "account,name,tier,addresses,instances\n"
    "acme,Acme,pro,ops@acme.example,production=w@1.0.0\n"
    "globex,Globex,gold,,\n"
)


def test_a_dry_run_reports_and_changes_nothing(cli, write, with_policy):
    path = write("customers.csv", ACCOUNTS)
    before = cli("audit", "verify")[1]

    dry = cli("import", "accounts", path, "--dry-run")
    after = cli("audit", "verify")[1]
    wet = cli("import", "accounts", path)

    assert dry[0] == wet[0] == 1
    assert dry[1].startswith("Dry run: nothing is changed.\naccounts: 1 new")
    assert wet[1].startswith("accounts: 1 new, 0 changed, 0 unchanged")
    assert before == after
    assert "customers.csv" in wet[2]
    assert "gold" in wet[2]


def test_a_customer_list_twice_is_once(cli, write, with_policy):
    path = write("customers.csv", ACCOUNTS)
    cli("import", "accounts", path)

    assert cli("import", "accounts", path)[1].startswith("accounts: 0 new, 0 changed, 1 unchanged")


def test_a_file_that_cannot_be_read_at_all_is_refused(cli, write):
    missing = cli("import", "releases", "nowhere.csv", "--product", "w")
    empty = cli("import", "releases", write("empty.csv", ""), "--product", "w")
    headless = cli("import", "releases", write("h.csv", "a,b\n1,2\n"), "--product", "w")

    assert [missing[0], empty[0], headless[0]] == [2, 2, 2]
    assert "Traceback" not in missing[2] + empty[2] + headless[2]


def test_a_product_that_cannot_be_called_so_is_refused(cli, write):
    path = write("r.csv", "version,day\n1.0.0,2026-01-10\n")

    code, _, err = cli("import", "releases", path, "--product", "Bad Slug!")

    assert (code, "Bad Slug!" in err, "defect" in err) == (2, True, False)


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ("1.2.0", "read as semver, its lines are by minor"),
        ("foo", "semver, which fits best, does not read 'foo', so the order is the list's"),
    ],
)
def test_a_product_made_for_a_list_is_told_as_what_it_is_taken(cli, write, odd, said):
    path = write("r.csv", f"version,day\n1.0.0,2026-01-01\n{odd},2026-02-01\n")

    code, _, err = cli("import", "releases", path, "--product", "widget")

    assert (code, said in err) == (0, True)
    assert "is new" not in cli("import", "releases", path, "--product", "widget")[2]


def tags(*names):
    days = (f"2026-01-{day:02}" for day in range(1, 32))
    return "version,day\n" + "".join(
        f"{name},{day}\n" for name, day in zip(names, days, strict=False)
    )


NUMBERS = ("1.0.0", "1.1.0", "1.2.0", "1.2.1")


@pytest.mark.parametrize("odd", ["nightly", "v.0.1.0"])
def test_one_odd_tag_is_left_out_by_name_and_does_not_decide_the_scheme(cli, write, odd):
    path = write("r.csv", tags(*NUMBERS, odd))

    code, out, err = cli("import", "releases", path, "--product", "w")

    assert (code, out) == (1, "releases: 4 new, 0 changed, 0 unchanged\n")
    assert f"w is new: its versions are read as semver, its lines are by minor; '{odd}'" in err
    assert "--scheme declared" in err
    assert "r.csv, line 6, version" in err


def test_several_odd_tags_are_left_out_in_one_sentence(cli, write):
    path = write("r.csv", tags(*NUMBERS, "1.3.0", "1.4.0", "nightly", "edge"))

    err = cli("import", "releases", path, "--product", "w")[2]

    assert "'nightly', 'edge' cannot be read and are left out" in err


def test_a_misspelt_column_that_is_needed_is_named_with_the_nearest(cli, write):
    path = write("r.csv", "version,dya\n1.0.0,2026-01-01\n")

    code, _, err = cli("import", "releases", path, "--product", "w")

    assert code == 2
    assert "'dya' is not a known column and is not read; did you mean `day`?" in err


def test_odd_tags_are_taken_where_the_declared_order_is_asked_for(cli, write):
    path = write("r.csv", tags(*NUMBERS, "nightly"))

    code, out, _ = cli("import", "releases", path, "--product", "w", "--scheme", "declared")

    assert (code, out) == (0, "releases: 5 new, 0 changed, 0 unchanged\n")


@pytest.mark.parametrize("prefix", ["@changesets/cli@", "helm-loki-", "n8n@", "release/v"])
def test_tags_with_a_prefix_make_no_product_before_it_is_named(cli, write, prefix):
    path = write("r.csv", tags(*(prefix + number for number in NUMBERS)))
    arguments = ("import", "releases", path, "--product", "w")

    refused = cli(*arguments)
    taken = cli(*arguments, "--prefix", prefix)

    assert refused[0] == 2
    assert f"Give --prefix {prefix!r}" in refused[2]
    assert taken[:2] == (0, "releases: 4 new, 0 changed, 0 unchanged\n")
    assert json.loads(cli("status", "w", "1.2.1", "--format", "json")[1])["line"] == "1.2"


def test_a_leading_v_is_read_and_the_prefix_is_suggested(cli, write):
    path = write("r.csv", tags("v1.0.0", "v1.1.0"))

    code, _, err = cli("import", "releases", path, "--product", "w")

    assert (code, "2 tags begin with 'v'; --prefix 'v'" in err) == (0, True)


def test_a_dry_run_of_releases_says_what_would_change_or_be_cleared(cli, write):
    arguments = ("--product", "w", "--dry-run")
    full = "version,day,notes_url\n1.0.0,2026-01-10,https://w.example/1\n1.0.1,2026-01-11,\n"
    cli("import", "releases", write("r.csv", full), "--product", "w")
    before = cli("audit", "verify")[1]
    edited = "version,day,notes_url\n1.0.0,2026-01-12,\n1.0.1,2026-01-11,\n1.1.0,2026-01-13,\n"

    code, out, _ = cli("import", "releases", write("r.csv", edited), *arguments)
    kept = cli("import", "releases", write("r.csv", "version,day\n1.0.0,2026-01-10\n"), *arguments)

    assert code == 0
    assert out.splitlines() == [
        "Dry run: nothing is changed.",
        "releases: 1 new, 1 changed, 1 unchanged",
        "release w/1.1.0: new",
        "release w/1.0.0: released_on 2026-01-10 -> 2026-01-12",
        "release w/1.0.0: notes_url https://w.example/1 -> cleared",
    ]
    assert "releases: 0 new, 0 changed, 1 unchanged" in kept[1]
    assert cli("audit", "verify")[1] == before


def test_a_dry_run_waits_for_no_writer_and_lets_none_wait(cli, write, source, store_file):
    """Whoever writes meanwhile holds SQLite's one lock: a dry run that asked for it would fail."""
    listed = write("r.csv", "version,day\n1.0.0,2026-01-10\n1.0.1,2026-01-11\n")
    gates = write("g.yaml", "- name: a\n  versionedSpecs: [{preRelease: Beta, version: '1.32'}]\n")
    operation = {"get": {"responses": {}, "operationId": "list"}}
    about = {"openapi": "3.0.0", "info": {"title": "A", "version": "1"}}
    described = write("o.json", json.dumps(about | {"paths": {"/a": operation}}))
    cli("import", "releases", write("f.csv", "version,day\n1.0.0,2026-01-10\n"), "--product", "w")
    runs = {
        ("releases", listed, "--product", "w"): "releases: 1 new, 0 changed, 1 unchanged",
        ("releases", listed, "--product", "new"): "product new: new",
        ("featuregates", gates, "--product", "w"): "features: 1 new, 0 changed, 0 unchanged",
        ("openapi", described, "--product", "w"): "features: 1 new, 0 changed, 0 unchanged",
        ("endoflife", source): "product widget: new",
    }
    writer = sqlite3.connect(store_file, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")

    answers = {run: cli("import", *run, "--dry-run")[:2] for run in runs}
    writer.close()

    for run, said in runs.items():
        code, out = answers[run]
        assert (code, said in out) == (0, True), (run, out)


def test_clearing_a_withdrawal_alone_is_refused_where_its_end_is_known(cli, write):
    full = "version,day,withdrawn_on,restored_on\n1.0.0,2026-01-10,2026-02-01,2026-03-01\n"
    cli("import", "releases", write("r.csv", full), "--product", "w")
    edited = "version,day,withdrawn_on\n1.0.0,2026-01-10,\n"

    code, _, err = cli("import", "releases", write("r.csv", edited), "--product", "w")

    assert (code, "r.csv, line 2, restored_on: needs withdrawn_on" in err) == (1, True)


def test_dry_runs_of_endoflife_and_feature_gates_say_what_would_change(cli, source, write):
    def gates(stage):
        spec = f"{{default: false, lockToDefault: false, preRelease: {stage}, version: '1.30'}}"
        return write("gates.yaml", f"- name: gate-a\n  versionedSpecs:\n  - {spec}\n")

    cli("import", "endoflife", source)
    cli("import", "featuregates", gates("Alpha"), "--product", "k")
    later = PRODUCT.replace("2026-03-31", "2026-04-30").replace("title: Widget", "title: Widgets")
    (source / "products/widget.md").write_text(later)

    lines = cli("import", "endoflife", source, "--dry-run")
    features = cli("import", "featuregates", gates("Beta"), "--product", "k", "--dry-run")

    assert lines[1].splitlines() == [
        "Dry run: nothing is changed.",
        "releases: 0 new, 0 changed, 3 unchanged",
        "lines: 0 new, 1 changed, 1 unchanged",
        "product widget: name Widget -> Widgets",
        'line widget/1.0: declared {"end_of_life":"2026-03-31"} -> {"end_of_life":"2026-04-30"}',
    ]
    assert "feature k/gate-a: stages alpha from 1.30.0 (default false) -> beta" in features[1]
    again = cli("import", "endoflife", source)[1]
    assert "lines: 0 new, 1 changed" in again


def test_a_dry_run_says_of_a_renamed_product_what_becomes_of_it(cli, source):
    cli("import", "endoflife", source)
    renamed = PRODUCT.replace("title: Widget", "title: Widget\npermalink: /gadget")
    (source / "products/widget.md").write_text(renamed)

    dry = cli("import", "endoflife", source, "--rename", "--dry-run")
    wet = cli("import", "endoflife", source, "--rename")

    assert (dry[0], wet[0]) == (0, 0)
    assert "'widget' is renamed to 'gadget', its permalink." in dry[1] + dry[2]
    assert dry[1].splitlines()[1:] == wet[1].splitlines()


def test_a_dry_run_without_a_store_makes_none(cli, source, store_file):
    code, out, _ = cli("import", "endoflife", source, "--dry-run")

    assert (code, "product widget: new" in out, "release widget/2.0.1: new" in out) == (
        0,
        True,
        True,
    )
    assert not store_file.exists()


def test_a_release_whose_row_has_a_bad_day_is_still_in_the_source(cli, write):
    cli("import", "releases", write("r.csv", "version,day\n1.0.0,2026-01-10\n"), "--product", "w")
    edited = "version,day\n1.0.0,2026-02-30\n1.1.0,2026-02-01\n"

    code, out, err = cli("import", "releases", write("r.csv", edited), "--product", "w")

    assert (code, "1 problem: the entry above was skipped" in err) == (1, True)
    assert "no longer in the source" not in out


def test_an_import_of_operations_or_features_that_makes_a_product_says_so(cli, write):
    paths = "paths: {/a: {get: {responses: {}}}}"
    api = write("api.yaml", f"openapi: 3.0.0\ninfo: {{title: A, version: '1'}}\n{paths}\n")
    gates = write(
        "gates.yaml", "- name: a\n  versionedSpecs:\n  - {preRelease: Beta, version: '1.3'}"
    )

    mistyped = cli("import", "openapi", api, "--product", "ww")[2]
    again = cli("import", "openapi", api, "--product", "ww")[2]
    other = cli("import", "featuregates", gates, "--product", "wx")[2]

    assert "ww is new: its versions are read as semver, its lines are by minor." in mistyped
    assert "is new" not in again
    assert "wx is new: " in other


def test_features_are_refused_by_line_for_a_tier_that_no_policy_has(cli, write, with_policy):
    path = write("f.csv", "key,tiers,beta\na,pro,3.1.0\nb,gold,3.1.0\nc,,2026\n")

    code, _, err = cli("import", "features", path, "--product", "w")

    assert code == 1
    assert "f.csv, line 3, tiers: is not a tier of the product's policies: pro" in err
    assert "line 4, beta: is not a valid semver version; use one like 3.35.2" in err
    assert "or give a day instead, such as 2026-09-14 (it says '2026')" in err
    assert "2 problems: the entries above were skipped; 1 feature imported." in err


def test_a_list_that_removes_a_feature_says_that_nobody_is_notified_of_it(cli, write):
    known = write("known.csv", "key,ga,removed\na,3.1.0,\nb,3.1.0,3.2.0\n")
    later = write("later.csv", "key,ga,removed\na,3.1.0,3.3.0\nb,3.1.0,3.2.0\n")

    first, then, again = (
        cli("import", "features", path, "--product", "w")[2] for path in (known, later, later)
    )

    assert "The removal of a is not announced" in then
    assert "`lifecycle deprecation draft --kind removal --product w --feature a`" in then
    assert not any("is not announced" in said for said in (first, again))


def test_a_list_of_plans_alone_is_taken_in_and_a_new_product_may_be_given_a_name(cli, write):
    path = write("plans.csv", "version,planned_on\n1.0.0,2099-01-10\n")

    made = cli("import", "releases", path, "--product", "widget")
    again = cli("import", "releases", path, "--product", "widget")

    assert made[1] == "releases: 1 new, 0 changed, 0 unchanged\n"
    assert "`lifecycle product put widget --name NAME --identifier PURL`" in made[2]
    assert "product put" not in again[2]

import json
import sys

import pytest

from lifecycle.cli import progress

POLICY = """\
policy: widget-support
version: "1"
in_force_from: 2024-01-01
tiers: {pro: {rank: 1, window: {declared: end_of_life}}, gold: {rank: 2, window: {none: true}}}
"""
FULL = (
    "account,name,tier,addresses,instance,product,version,environment,features\n"
    "acme,Acme,pro,ops@acme.example,lab,w,1.0.0,test,search export\n"
)


@pytest.fixture
def listed(tmp_path):
    def listed(text, name="customers.csv"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return listed


@pytest.fixture
def known(cli, listed):
    """A store with a product, its policy, and one account that reported everything."""
    releases = listed("version,day\n1.0.0,2026-01-10\n1.1.0,2026-02-10\n", "r.csv")
    cli("import", "releases", releases, "--product", "w")
    cli("policy", "put", "w", listed(POLICY, "policy.yaml"))
    assert cli("import", "accounts", listed(FULL))[0] == 0


def test_a_list_without_a_column_of_features_leaves_those_that_were_reported(cli, listed, known):
    again = listed("account,instance,product,version\nacme,lab,w,1.1.0\n")

    code, out, err = cli("import", "accounts", again, "--dry-run")

    assert (code, err) == (0, "")
    counted = (
        "accounts: 0 new, 1 changed, 0 unchanged; instances new or changed: 1; addresses new: 0"
    )
    assert out.splitlines() == [
        "Dry run: nothing is changed.",
        counted,
        "instance acme/lab: version 1.0.0 -> 1.1.0",
    ]


def test_a_dry_run_says_what_would_be_cleared_and_what_is_new(cli, listed, known):
    again = listed(
        "account,name,tier,instance,product,version,features,addresses\n"
        "acme,Acme,gold,lab,w,1.0.0,,ops@acme.example\n"
        "hooli,,pro,edge,w,1.0.0,search,https://hooli.example/hook\n"
    )

    code, out, _ = cli("import", "accounts", again, "--dry-run")

    assert code == 0
    assert out.splitlines()[2:] == [
        "account hooli: new",
        "instance hooli/edge: new",
        "address hooli webhook:https://hooli.example/hook: new",
        "account acme: tier pro -> gold",
        'instance acme/lab: features ["search","export"] -> cleared',
    ]
    assert "1 unchanged" in cli("import", "accounts", listed(FULL))[1]


def test_json_leaves_and_clears_alike(cli, listed, known):
    left = {"account": "acme", "instances": {"lab": {"version": "1.0.0"}}}
    cleared = {"account": "acme", "instances": {"lab": {"environment": None, "features": []}}}

    unchanged = cli("import", "accounts", listed(json.dumps([left]), "c.json"), "--dry-run")
    emptied = cli("import", "accounts", listed(json.dumps([cleared]), "c.json"), "--dry-run")

    assert "1 unchanged" in unchanged[1]
    assert emptied[1].splitlines()[2:] == [
        "instance acme/lab: environment test -> cleared",
        'instance acme/lab: features ["search","export"] -> []',
    ]


@pytest.mark.parametrize("field", ["product", "version"])
def test_what_an_instance_needs_cannot_be_cleared(cli, listed, known, field):
    row = {"product": "w", "version": "1.0.0", field: ""}
    text = f"account,instance,product,version\nacme,lab,{row['product']},{row['version']}\n"

    code, out, err = cli("import", "accounts", listed(text))

    assert (code, "1 unchanged" in out) == (1, True)
    assert f"customers.csv, line 2, {field}: must not be empty" in err


def test_a_dry_run_makes_no_store_and_no_key(cli, listed, store_file):
    code, out, _ = cli("import", "accounts", listed("account,tier\nacme,pro\n"), "--dry-run")

    assert (code, "account acme: new" in out) == (0, True)
    assert list(store_file.parent.glob("lifecycle.sqlite3*")) == []


def test_plain_http_is_taken_where_private_addresses_are_allowed(cli, environ, listed, known):
    hooks = listed("account,addresses\nacme,http://10.0.0.7:8080/hook\n")

    refused = cli("import", "accounts", hooks)
    environ.setenv("LIFECYCLE_ALLOW_PRIVATE_ADDRESSES", "true")
    taken = cli("import", "accounts", hooks)

    assert (refused[0], "http://10.0.0.7:8080/hook" in refused[2]) == (1, True)
    assert (taken[0], "addresses new: 1" in taken[1]) == (0, True)
    shown = cli("subscription", "list", "acme")[1]
    assert "http://10.0.0.7:8080/hook" in shown


def test_the_bar_moves_with_the_accounts_that_are_done(cli, listed, known, monkeypatch):
    begun = []

    class Bar:
        def __init__(self, total):
            self.total = total

        def __enter__(self):
            return lambda name, done: begun.append((name, done, self.total))

        def __exit__(self, *_):
            pass

    monkeypatch.setattr("lifecycle.cli.local_imports.progress", Bar)
    rows = "".join(f"customer-{number},pro\n" for number in range(1200))

    assert cli("import", "accounts", listed("account,tier\n" + rows))[0] == 0
    assert begun == [("customers.csv", done, 1200) for done in (0, 500, 1000)]


def test_a_bar_shows_what_is_done_where_it_is_told(monkeypatch, capfd):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")

    with progress.progress(1200) as begin:
        begin("customers.csv", 500)
        begin("customers.csv", 1000)

    assert "1000/1200" in capfd.readouterr().err


def test_rows_that_contradict_each_other_say_which_of_them_is_kept(cli, listed, known):
    again = listed(
        "account,instance,product,version\nacme,lab,w,1.1.0\nacme,lab,w,1.2.0\nacme,lab,w,1.3.0\n"
    )

    code, _, err = cli("import", "accounts", again)

    assert code == 1
    assert (
        err.count("instance 'lab' is given twice with different facts; the earlier row is kept")
        == 2
    )
    assert "2 problems: the entries above" in err
    assert "left out for" not in err


def test_a_misspelt_column_is_noted_and_the_rest_is_taken(cli, listed, known):
    code, out, err = cli("import", "accounts", listed("account,teir\nacme,gold\n"))

    assert code == 0
    assert "0 new, 0 changed, 1 unchanged" in out
    assert "'teir' is not a known column and is not read; did you mean `tier`?" in err
    assert cli("import", "accounts", listed("account,teir\nacme,gold\n"), "-q") == (0, "", "")

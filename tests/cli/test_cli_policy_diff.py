import json
from importlib.resources import files

import pytest

from testkit.served_apps import serving

POLICY = (files("lifecycle.policy.presets") / "clairdash.yaml").read_text()
NEXT = POLICY.replace('version: "1"', 'version: "2"').replace(
    "in_force_from: 2024-01-16", "in_force_from: 2099-12-01"
)
NARROW = NEXT.replace("count: 5, of: minor", "count: 2, of: minor")
RELEASES = "version,day\n" + "".join(f"3.{minor}.0,2026-0{minor}-01\n" for minor in range(1, 9))


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


@pytest.fixture
def stored(cli, write):
    cli("import", "releases", write("r.csv", RELEASES), "--product", "widget")
    cli("policy", "put", "widget", write("first.yaml", POLICY))


def test_a_diff_says_in_words_who_gains_who_loses_and_what_stays(cli, stored, write):
    before = cli("audit", "verify")[1]

    code, out, err = cli("policy", "diff", "widget", write("next.yaml", NARROW))

    assert (code, err) == (0, "")
    assert out.startswith("Version 2 succeeds version 1 on 2099-12-01.\n")
    assert "Nobody loses support.\n" in out
    kept = out.partition("What the promises of earlier policies keep")[2]
    assert "3.4   enterprise" in kept
    assert "In words:\nenterprise:\n  - " in kept
    assert cli("audit", "verify")[1] == before


def test_a_service_says_the_same(cli, environ, stored, store_file, write):
    path = write("next.yaml", NARROW)
    here = cli("policy", "diff", "widget", path, "--format", "json")
    environ.setenv(
        "LIFECYCLE_TOKEN", cli("token", "create", "--scope", "publish", "--label", "x")[1].strip()
    )
    with serving(store_file) as service:
        there = cli("policy", "diff", "widget", path, "--format", "json", "--server", service)

    assert there == here
    assert json.loads(here[1])["kept"] != []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (NEXT.replace("2099-12-01", "2026-01-01"), "lies in the past"),
        (NEXT.replace("count: 5", "count: 0"), "count"),
        ("- a list", "policy"),
    ],
)
def test_a_policy_that_would_be_refused_exits_1(cli, stored, write, text, words):
    code, out, err = cli("policy", "diff", "widget", write("next.yaml", text))

    assert (code, out) == (1, "")
    assert words in err


def test_an_unknown_product_exits_2(cli, stored, write):
    assert cli("policy", "diff", "wdget", write("next.yaml", NEXT))[0] == 2


def test_a_first_policy_promises_and_one_that_stands_changes_nothing(cli, stored, write):
    cli("import", "releases", write("r.csv", RELEASES), "--product", "other")
    first = cli("policy", "diff", "other", write("first.yaml", POLICY))
    again = cli("policy", "diff", "widget", write("first.yaml", POLICY))

    assert first[0] == 0
    assert "What it promises:\n" in first[1]
    assert again == (0, "Version 1 stands already; nothing would change.\n", "")

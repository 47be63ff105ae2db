"""A table of versions, tiers and days proves a policy, before it is in force and after."""

import json
from importlib.resources import files

import pytest
from defusedxml import ElementTree

from testkit.served_apps import serving

POLICY = (files("lifecycle.policy.presets") / "clairdash.yaml").read_text()
NEXT = POLICY.replace('version: "1"', 'version: "2"').replace(
    "in_force_from: 2024-01-16", "in_force_from: 2099-12-01"
)
RELEASES = "version,day\n" + "".join(f"3.{minor}.0,2026-0{minor}-01\n" for minor in range(1, 9))
TABLE = """\
version,tier,day,expected,end
3.8.0,pro,2026-10-01,supported,rule
3.4.0,enterprise,2026-10-01,supported,
3.3.0,enterprise,2026-10-01,unsupported,
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(name, text):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        return name

    return write


@pytest.fixture
def stored(cli, write):
    cli("import", "releases", write("r.csv", RELEASES), "--product", "widget")
    cli("policy", "put", "widget", write("policy.yaml", POLICY))


def test_the_sample_passes_without_any_store(cli, write, store_file):
    sample = cli("policy", "test", "--sample")[1]

    code, out, err = cli("policy", "test", write("test.yaml", sample))

    assert (code, err, store_file.exists()) == (0, "", False)
    assert "5 cases: 5 passed." in out


def test_a_table_beside_a_policy_rests_on_the_releases_of_a_file(cli, write):
    write("r.csv", RELEASES)
    write("policy.yaml", POLICY)
    options = ("--policy", "policy.yaml", "--releases", "r.csv")

    code, out, err = cli("policy", "test", write("test.csv", TABLE), *options)

    assert (code, err) == (0, "")
    assert "3 cases: 3 passed. They rest on the test's own releases." in out


def test_a_file_names_its_policy_and_releases_from_its_own_folder(cli, write):
    write("ci/r.csv", RELEASES)
    write("ci/policy.yaml", POLICY)
    case = "{version: 3.8.0, tier: pro, day: 2026-10-01, expected: supported}"
    text = f"policy: policy.yaml\nreleases: r.csv\ncases:\n- {case}\n"

    assert cli("policy", "test", write("ci/test.yaml", text))[0] == 0


def test_a_case_that_fails_is_named_with_its_line_and_the_reason(cli, stored, write):
    table = write(
        "test.csv", TABLE.replace("3.3.0,enterprise,2026-10-01,un", "3.3.0,enterprise,2026-10-01,")
    )

    code, out, err = cli("policy", "test", table, "--product", "widget")

    assert (code, err) == (1, "")
    assert "error policy-case [3.3.0 for enterprise on 2026-10-01] test.csv:4" in out
    assert "Supported was expected, but the answer is unsupported." in out
    assert "2 passed, 1 failed" in out


def test_what_is_not_known_is_undecided(cli, stored, write):
    table = write(
        "test.csv", f"{TABLE}3.99.0,pro,2026-10-01,supported,\n3.8.0,gold,2026-10-01,supported,\n"
    )

    code, out, _ = cli("policy", "test", table, "--product", "widget", "--format", "json")

    answered = json.loads(out)
    assert (code, answered["decided"]) == (2, False)
    assert (answered["passed"], answered["undecided"]) == (3, 2)
    assert [f["rule"] for f in answered["findings"]] == ["policy-case-undecided"] * 2
    assert "3.99.0" in answered["findings"][0]["message"]
    assert "gold" in answered["findings"][1]["message"]


def test_each_case_is_a_test_in_junit_s_form(cli, stored, write):
    table = write("test.csv", TABLE.replace("unsupported", "supported"))

    code, out, _ = cli("policy", "test", table, "--product", "widget", "--format", "junit")

    cases = ElementTree.fromstring(out).findall(".//testcase")
    failed = [case.get("name") for case in cases if case.find("failure") is not None]
    assert (code, len(cases)) == (1, 3)
    assert failed == ["policy-case 3.3.0 for enterprise on 2026-10-01"]


def test_the_promise_of_an_earlier_policy_counts(cli, stored, write):
    narrow = write("next.yaml", NEXT.replace("count: 5, of: minor", "count: 2, of: minor"))
    later = write("test.csv", "version,tier,day,expected\n3.4.0,enterprise,2099-12-02,supported\n")

    tried = cli("policy", "test", later, "--product", "widget", "--policy", narrow)

    assert tried[0] == 0, tried
    assert "clairdash-support 2 for widget" in tried[1]
    assert cli("policy", "show", "--product", "widget", "--at", "2099-12-02")[1].count('"2"') == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (NEXT.replace("2099-12-01", "2026-01-01"), "lies in the past"),
        (NEXT.replace("count: 5", "count: 0"), "count"),
        ("- a list", "policy"),
        (NEXT.replace("tiers:", "tiers: ["), "malformed"),
    ],
)
def test_a_policy_that_would_be_refused_exits_1(cli, stored, write, text, words):
    table, policy = write("test.csv", TABLE), write("next.yaml", text)

    code, out, _ = cli("policy", "test", table, "--product", "widget", "--policy", policy)

    assert (code, out.startswith("FAIL: The policy tested by test.csv is refused")) == (1, True)
    assert words in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "names neither a product nor releases"),
        (("--releases", "r.csv"), "lists releases but no policy"),
        (("--product", "wdget"), "wdget"),
        (("--product", "widget", "--policy", "gone.yaml"), "gone.yaml"),
    ],
)
def test_a_question_that_cannot_be_asked_exits_2(cli, stored, write, options, words):
    code, out, err = cli("policy", "test", write("test.csv", TABLE), *options)

    assert (code, out) == (2, "")
    assert words in err


@pytest.mark.parametrize("line", ["scheme: sember", "line_by: minor\nscheme: declared"])
def test_a_product_that_cannot_be_is_refused(cli, write, line):
    sample = cli("policy", "test", "--sample")[1]

    code, _, err = cli("policy", "test", write("test.yaml", f"{line}\n{sample}"))

    assert code == 2
    assert line.partition(":")[0] in err


def test_a_release_that_the_scheme_cannot_read_is_named(cli, write):
    sample = cli("policy", "test", "--sample")[1].replace("  1.3.0:", "  one.three:")

    code, _, err = cli("policy", "test", write("test.yaml", sample))

    assert code == 2
    assert "one.three" in err


def test_declared_lines_end_on_their_days(cli, write):
    text = """\
policy:
  policy: p
  version: "1"
  in_force_from: 2020-01-01
  tiers: {all: {rank: 0, window: {declared: end_of_life}}}
scheme: declared
line_by: declared
lines:
  "22.04": {declared: {end_of_life: 2027-04-30}, position: 1}
releases: {22.04.1: 2022-08-11}
today: 2026-11-01
cases: [{version: 22.04.1, tier: all, day: 2026-11-01, expected: supported,
         supported_until: 2027-04-30, end: fixed}]
"""

    code, out, err = cli("policy", "test", write("test.yaml", text))

    assert code == 0, out + err


def test_a_service_says_the_same(cli, environ, stored, store_file, write):
    line = ("policy", "test", write("test.csv", TABLE), "--product", "widget", "--format", "json")
    here = cli(*line)
    secret = cli("token", "create", "--scope", "release", "--label", "x")[1].strip()
    environ.setenv("LIFECYCLE_TOKEN", secret)
    with serving(store_file) as service:
        there = cli(*line, "--server", service)

    assert there == here
    assert json.loads(here[1])["passed"] == 3

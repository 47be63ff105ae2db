"""`lifecycle check` as a customer's CI calls it."""

import contextlib
import json
import shutil
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET

import pytest
import structlog
import uvicorn
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.output.xml import XmlV1Dot6
from packageurl import PackageURL

from lifecycle import settings
from lifecycle.app import create_app
from lifecycle.cli import run
from lifecycle.cli.connections import connect
from lifecycle.database import open_store

DAY = "2026-11-21"
POLICY = {
    "policy": "base-support",
    "version": "1",
    "in_force_from": "2020-01-01",
    "timezone": "UTC",
    "tiers": {"basic": {"rank": 0, "window": {"declared": "end_of_life"}}},
    "notice": {"removal": {"default": "best effort"}},
}
ENDS = {"1": "2026-06-30", "2": "2027-01-09", "3": "2099-01-01"}


def fill(client):
    """Lines 1 to 3 of `base` end one after another, that of line 4 nobody has declared."""
    product = {"slug": "base", "line_by": "major", "identifiers": ["pkg:npm/%40acme/base"]}
    client.post("/v1/products", product)
    for line in "1234":
        facts = {"version": f"{line}.0.0", "released_on": f"202{line}-01-01"}
        client.post("/v1/products/base/releases", facts)
        declared = {"end_of_life": ENDS[line]} if line in ENDS else {}
        client.put(f"/v1/products/base/lines/{line}", {"declared": declared})
    client.put("/v1/products/base/policy", POLICY)
    stages = [{"stage": "ga", "from_version": "1.0.0"}]
    client.put("/v1/products/base/features/export", {"name": "export", "stages": stages})
    removal = {"product": "base", "kind": "removal", "feature": "export", "replacement": "stream"}
    body = removal | {"effective_on": "2098-01-01", "reason": "Old."}
    draft = client.post("/v1/deprecations", body)
    client.post(f"/v1/deprecations/{draft['id']}/announce", {}, revision=draft["revision"])
    client.post("/v1/products", {"slug": "side"})
    client.post("/v1/products/side/releases", {"version": "1.0.0", "released_on": "2021-01-01"})
    window = {"tiers": {"basic": {"rank": 0, "window": {"best_effort": True}}}}
    client.put("/v1/products/side/policy", POLICY | window)
    client.post("/v1/accounts", {"slug": "acme", "tier": "basic"})
    client.post("/v1/accounts", {"slug": "idle", "tier": "basic"})
    for name, version in {"prod": "1.0.0", "test": "3.0.0"}.items():
        facts = {"product": "base", "version": version}
        client.put(f"/v1/accounts/acme/instances/{name}", facts)


@pytest.fixture(scope="module")
def filled(sqlite_template, tmp_path_factory):
    path = tmp_path_factory.mktemp("check") / "store.sqlite3"
    shutil.copyfile(sqlite_template, path)
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("LIFECYCLE_DATABASE_URL", f"sqlite:///{path}")
        with connect(None) as client:
            fill(client)
    return path


@pytest.fixture
def check(cli, filled, store_file, tmp_path):
    """Check what a text lists, on a fixed day: exit code, output, errors."""
    shutil.copyfile(filled, store_file)

    def check(text, *arguments, name="runs.yaml"):
        (tmp_path / name).write_text(text)
        return cli("check", tmp_path / name, "--at", DAY, *arguments)

    return check


@pytest.fixture
def rules(check):
    """Check, and give the exit code with the rules of the findings and their severities."""

    def rules(text, *arguments, **more):
        code, out, err = check(text, *arguments, "--format", "json", **more)
        assert out, err
        return code, [
            (finding["rule"], finding["severity"]) for finding in json.loads(out)["findings"]
        ]

    return rules


def listed(*versions, product="base"):
    return "".join(f"- {{product: {product}, version: {version}}}\n" for version in versions)


def test_what_is_supported_passes(check):
    code, out, err = check(listed("3.0.0"))

    assert (code, err) == (0, "")
    assert out.startswith("PASS: ")
    assert "1 of 1 component was checked (base 1)." in out


@pytest.mark.parametrize(
    ("versions", "arguments", "code", "found"),
    [
        (["1.0.0"], [], 1, [("unsupported", "error")]),
        (["1.0.0"], ["--fail-on", "unsupported"], 1, [("unsupported", "error")]),
        (["2.0.0"], [], 1, [("ending", "error")]),
        (["2.0.0"], ["--within", "50d"], 1, [("ending", "error")]),
        (["2.0.0"], ["--within", "49d"], 0, []),
        (["2.0.0"], ["--within", "7w"], 0, []),
        (["2.0.0"], ["--fail-on", "unsupported"], 0, [("ending", "warning")]),
        (["4.0.0"], [], 2, [("undecided", "error")]),
        (["9.9.9"], [], 2, [("undecided", "error")]),
        (["x.y"], [], 2, [("undecided", "error")]),
        (["3.0.0"], ["--tier", "gold"], 2, [("undecided", "error")]),
        (["3.0.0"], ["--tier", "gold", "--tier", "base=basic"], 0, []),
        (["9.9.9", "1.0.0"], [], 2, [("undecided", "error"), ("unsupported", "error")]),
        (["3.7.1"], [], 0, []),  # unknown, but its line is known
        (["1.0.0", "x.y"], [], 2, [("unsupported", "error"), ("undecided", "error")]),
        (["1.0"], [], 1, [("unsupported", "error")]),  # no semver version, but begins with its line
        (["1.0.0", "1.0.0"], [], 1, [("unsupported", "error")]),
    ],
)
def test_the_verdict_follows_from_what_is_found(rules, versions, arguments, code, found):
    assert rules(listed(*versions), *arguments) == (code, found)


def test_best_effort_is_a_note(rules):
    assert rules(listed("1.0.0", product="side")) == (0, [("no-promise", "note")])


@pytest.mark.parametrize(
    ("fail_on", "expected"),
    [("ending", (0, "warning")), ("unsupported", (0, "warning")), ("deprecated", (1, "error"))],
)
def test_an_announced_removal_warns_who_uses_the_feature(rules, fail_on, expected):
    uses = "- {product: base, version: 3.0.0, features: [export]}\n"

    code, found = rules(uses, "--fail-on", fail_on)

    assert (code, found) == (expected[0], [("deprecated-in-use", expected[1])])
    assert rules(listed("3.0.0"), "--fail-on", fail_on) == (0, [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("runs.yaml", "components:\n- product: base\n  version: 1.0.0\n"),
        ("runs.json", '[{"product": "base", "version": "1.0.0"}]'),
        ("runs.toml", '[[components]]\nproduct = "base"\nversion = "1.0.0"\n'),
        ("runs", '- {purl: "pkg:npm/%40acme/base@1.0.0"}'),
    ],
)
def test_a_list_may_be_yaml_json_or_toml(rules, name, text):
    assert rules(text, name=name) == (1, [("unsupported", "error")])


def test_a_finding_names_the_line_that_says_what_runs(check):
    out = check("- product: base\n  version: 3.0.0\n- product: base\n  version: 1.0.0\n")[1]

    assert "runs.yaml:3" in out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("[]", "is empty"),
        ("a: 1", "does not contain a list"),
        ("- 3.35", "must be a mapping"),
        ("- {version: 1.0.0}", "names neither a product nor a purl"),
        ("- {product: base}", "say which version is run"),
        ("- {product: base, verison: 1.0.0}", "verison"),
        ("- {purl: base}", "is not a package URL"),
        ("- {product: base, product: base}", "given twice"),
        ("- {product: b\x00", "control character"),
    ],
)
def test_a_file_that_lists_nothing_that_can_be_checked_is_refused(check, text, words):
    code, out, err = check(text)

    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert words in err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.yaml", "--sbom", "b.json"],
        ["a.yaml", "--report", "ci"],
        ["--account", "acme", "--report", "ci"],
        ["a.yaml", "--report", "c/i", "--account", "acme"],
        ["a.yaml", "--within", "soon"],
        ["a.yaml", "--fail-on", "nothing"],
        ["no-such-file.yaml"],
        ["--account", "nobody"],
        ["--account", "acme", "--at", "yesterday"],
        ["--account", "acme", "--ignore", "no-such-file"],
    ],
)
def test_a_question_that_cannot_be_asked_exits_2(check, cli, arguments):
    code, out, err = cli("check", *arguments)

    assert (code, out) == (2, "")
    assert "Error: " in err
    assert "defect" not in err


def sbom(*purls, name=None):
    parts = [
        Component(name=name or f"part-{place}", purl=purl, bom_ref=f"part-{place}")
        for place, purl in enumerate(purls)
    ]
    return Bom(components=parts)


BASE = PackageURL("npm", "@acme", "base", "1.0.0", {"arch": "x64"})
OTHER = PackageURL("npm", None, "base", "1.0.0")
STRANGE = PackageURL("npm", None, "left-pad", "1.3.0")


def test_files_may_be_utf_16_as_powershell_writes_them(cli, check, tmp_path):
    check(listed("1.0.0"))
    written = {
        "runs.yaml": listed("1.0.0"),
        "runs.toml": '[[components]]\nproduct = "base"\nversion = "1.0.0"\n',
        "bom.json": JsonV1Dot6(sbom(BASE)).output_as_string(),
        "bom.xml": XmlV1Dot6(sbom(BASE)).output_as_string(),
    }
    ignore = tmp_path / "ignore.yaml"
    ignore.write_text("- {product: base, reason: moving, until: 2026-12-31}", encoding="utf-16")

    for name, text in written.items():
        (tmp_path / name).write_text(text, encoding="utf-16")
        asked = ("check", tmp_path / name, "--at", DAY)
        assert cli(*asked)[0] == 1, name
        assert cli(*asked, "--ignore", ignore)[0] == 0, name


class TestExpecting:
    def test_a_product_that_is_expected_has_to_match(self, rules):
        assert rules(listed("3.0.0"), "--expect", "base") == (0, [])
        assert rules(listed("3.0.0"), "--expect", "side") == (2, [("expected-missing", "error")])
        assert rules(listed("3.0.0"), "--expect", "side", "--allow-no-match")[0] == 2

    def test_what_an_account_has_reported_has_to_match(self, rules):
        side = listed("1.0.0", product="side")

        missing = rules(side, "--account", "acme")
        allowed = rules(side, "--account", "acme", "--allow-no-match")

        assert missing == (2, [("expected-missing", "error"), ("no-promise", "note")])
        assert allowed == (0, [("no-promise", "note")])

    def test_what_is_expected_may_match_in_any_part_of_a_question(self, rules, monkeypatch):
        monkeypatch.setattr("lifecycle.cli.check_questions.MOST_COMPONENTS", 1)
        both = listed("3.0.0") + listed("1.0.0", product="side")

        code, found = rules(both, "--account", "acme", "--expect", "side")

        assert (code, found) == (0, [("no-promise", "note")])

    def test_it_can_only_be_expected_of_a_file(self, cli):
        code, _, err = cli("check", "--account", "acme", "--expect", "base")

        assert code == 2
        assert "--expect" in err


def test_what_an_sbom_describes_is_said_to_be_counted(check):
    bill = sbom(BASE)
    bill.metadata.component = Component(name="shop", bom_ref="shop")
    bill.register_dependency(bill.metadata.component, bill.components)

    described = check(JsonV1Dot6(bill).output_as_string())[1]
    plain = check(JsonV1Dot6(sbom(BASE)).output_as_string())[1]

    assert "1 of 2 components were checked (base 1); 1 has no package URL." in described
    assert "What the SBOM itself describes is counted as one of its components." in described
    assert "itself" not in plain


def test_every_form_says_how_many_components_are_of_which_product(check, tmp_path):
    forms = ("json", "markdown", "junit", "sarif", "github", "text")
    asked = [f"--output={form}={tmp_path / form}" for form in forms]
    text = JsonV1Dot6(sbom(BASE, STRANGE)).output_as_string()

    check(text, *asked)

    sentence = "1 of 2 components were checked (base 1); 1 matches no known product."
    told = {form: (tmp_path / form).read_text() for form in forms}
    counts = json.loads(told["sarif"])["runs"][0]["properties"]["counts"]
    properties = ET.fromstring(told["junit"]).iter("property")  # noqa: S314 -- our own
    counted = {attribute.get("name"): attribute.get("value") for attribute in properties}
    assert json.loads(told["json"])["counts"]["products"] == {"base": 1}
    assert (counts["matched: base"], counted["matched: base"]) == (1, "1")
    assert (counts["unmatched"], counted["unmatched"]) == (1, "1")
    assert sentence in told["text"].replace("\n", " ")
    assert sentence in told["github"]
    assert sentence.replace("(", r"\(") in told["markdown"] or sentence in told["markdown"]


class TestSboms:
    @pytest.mark.parametrize("form", [JsonV1Dot6, XmlV1Dot6])
    def test_components_are_matched_by_their_package_urls(self, check, form):
        text = form(sbom(BASE, OTHER, None)).output_as_string()

        code, out, _ = check(text, "--format", "json", name="bom")

        answer = json.loads(out)
        assert code == 1
        assert [each["rule"] for each in answer["findings"]] == ["unsupported"]
        assert answer["counts"] == {
            "components": 3,
            "matched": 1,
            "unmatched": 1,
            "without_purl": 1,
            "unreadable": 0,
            "merged": 0,
            "products": {"base": 1},
            "unknown_product": 0,
        }

    def test_one_in_which_nothing_is_known_decides_nothing_unless_that_is_allowed(self, check):
        text = JsonV1Dot6(sbom(STRANGE)).output_as_string()

        code, out, _ = check(text)
        allowed = check(text, "--allow-no-match")

        assert (code, allowed[0]) == (2, 0)
        assert "None of 1 component matches a product that the service knows" in out
        assert "0 of 1 component was checked; 1 matches no known product." in allowed[1]

    def test_one_without_package_urls_decides_nothing(self, check):
        code, out, _ = check(JsonV1Dot6(sbom(None)).output_as_string())

        assert code == 2
        assert "0 of 1 component was checked; 1 has no package URL." in out

    def test_one_that_lists_nothing_decides_nothing(self, check):
        code, out, err = check(JsonV1Dot6(sbom()).output_as_string())

        assert (code, out) == (2, "")
        assert "lists no components" in err

    @pytest.mark.parametrize(
        ("part", "code", "rule"),
        [
            ({"name": "odd", "version": 3, "purl": BASE.to_string()}, 2, "undecided"),
            ({"name": "base", "version": 3}, 2, "undecided"),
            ({"name": "odd", "version": 3, "purl": "pkg:npm/left-pad"}, 0, "unreadable"),
            ({"name": "odd", "purl": "npm:left-pad"}, 0, "unreadable"),
            ({"name": "odd", "purl": "npm:%40acme/base@1"}, 2, "undecided"),
            (None, 0, "unreadable"),
        ],
    )
    def test_one_odd_element_decides_nothing_only_where_it_may_be_a_known_product(
        self, rules, part, code, rule
    ):
        whole = {"name": "base", "purl": "pkg:npm/%40acme/base@3.0.0"}
        text = json.dumps({"bomFormat": "CycloneDX", "components": [part, whole]})

        found = rules(text)

        assert (found[0], [each for each, _ in found[1]]) == (code, [rule])

    @pytest.mark.parametrize(
        ("named", "words"),
        [
            ({"purl": "pkg:npm/%40acme/bsae@1.0.0"}, "did you mean"),
            ({"purl": "pkg:npm/acme-base@1.0.0"}, "did you mean"),
            ({"purl": "pkg:generic/acme/base@1.0.0"}, "did you mean"),
            ({"name": "base"}, "base has the name of the product base"),
            ({"group": "@acme", "name": "base"}, "did you mean"),
        ],
    )
    def test_what_nearly_is_a_known_identifier_is_warned_of(self, check, named, words):
        whole = {"name": "base", "purl": "pkg:npm/%40acme/base@3.0.0"}
        parts = [{"name": "part", **named}, whole]
        text = json.dumps({"bomFormat": "CycloneDX", "components": parts})

        code, out, _ = check(text)

        assert code == 0
        assert out.startswith("WARN: ")
        assert words in " ".join(out.split())

    @pytest.mark.parametrize(
        "purl", ["pkg:npm/left-pad", "pkg:npm/database", "pkg:pypi/acme/base", "pkg:npm/acme2base"]
    )
    def test_what_has_another_name_is_not_warned_of(self, rules, purl):
        parts = [{"purl": purl}, {"purl": "pkg:npm/%40acme/base@3.0.0"}]
        text = json.dumps({"bomFormat": "CycloneDX", "components": parts})

        assert rules(text) == (0, [])

    def test_a_resemblance_can_be_ignored(self, rules, tmp_path):
        (tmp_path / "ignore.yaml").write_text(
            "- {purl: 'pkg:npm/acme-base', rule: nearly-known, reason: ours, until: 2026-12-31}"
        )
        parts = [{"purl": "pkg:npm/acme-base@1"}, {"purl": "pkg:npm/%40acme/base@3.0.0"}]
        text = json.dumps({"bomFormat": "CycloneDX", "components": parts})

        assert rules(text, "--ignore", str(tmp_path / "ignore.yaml")) == (0, [])

    def test_every_package_url_of_a_component_is_looked_up(self, rules):
        purls = ["pkg:generic/part@1.0.0", BASE.to_string()]
        references = [{"referenceType": "purl", "referenceLocator": purl} for purl in purls]
        package = {"name": "part", "externalRefs": references}

        found = rules(json.dumps({"spdxVersion": "SPDX-2.3", "packages": [package]}))

        assert found == (1, [("unsupported", "error")])

    def test_one_cut_short_decides_nothing(self, check):
        code, out, err = check(JsonV1Dot6(sbom(BASE)).output_as_string()[:-20])

        assert (code, out) == (2, "")
        assert "Was it cut short?" in err

    def test_more_components_than_are_taken_at_once_are_asked_about_in_parts(
        self, check, monkeypatch
    ):
        monkeypatch.setattr("lifecycle.cli.check_questions.MOST_COMPONENTS", 2)
        text = JsonV1Dot6(sbom(OTHER, OTHER, OTHER, BASE)).output_as_string()
        lines = json.loads(text)
        for place, part in enumerate(lines["components"]):
            part["name"] = f"part-{place}"

        code, out, _ = check(json.dumps(lines), "--format", "json")

        answer = json.loads(out)
        assert (code, answer["counts"]["components"]) == (1, 4)
        assert answer["findings"][0]["evidence"]["status"] == "unsupported"

    def test_the_option_takes_nothing_but_an_sbom(self, check, cli, tmp_path):
        check(listed("3.0.0"))

        code, _, err = cli("check", "--sbom", tmp_path / "runs.yaml")

        assert (code, "Error: " in err) == (2, True)


class TestIgnoring:
    @pytest.fixture
    def ignoring(self, rules, tmp_path):
        def ignoring(entries, versions=("1.0.0",), name="ignore.yaml"):
            (tmp_path / name).write_text(entries)
            return rules(listed(*versions), "--ignore", str(tmp_path / name))

        return ignoring

    @pytest.mark.parametrize(
        "entry",
        [
            "- {product: base, reason: moving, until: 2026-12-31}",
            "- {product: base, version: 1.0.0, rule: unsupported, reason: x, until: 2026-11-21}",
            "ignore:\n- {product: base, reason: moving, until: 2026-12-31}",
        ],
    )
    def test_what_is_ignored_until_a_day_does_not_fail(self, ignoring, entry):
        assert ignoring(entry) == (0, [])

    def test_an_entry_past_its_day_is_told_beside_the_finding_that_counts_again(self, ignoring):
        entry = "- {product: base, reason: moving, until: 2026-11-20}"

        assert ignoring(entry) == (1, [("unsupported", "error"), ("ignore-expired", "warning")])

    @pytest.mark.parametrize(
        "said", ["product: side", "product: base, version: 2.0.0", "product: base, rule: ending"]
    )
    def test_an_entry_that_matches_nothing_is_a_note(self, ignoring, said):
        entry = f"- {{{said}, reason: moving, until: 2026-12-31}}"

        assert ignoring(entry) == (1, [("unsupported", "error"), ("ignore-unused", "note")])

    def test_an_entry_may_name_a_package(self, check, tmp_path):
        (tmp_path / "ignore.yaml").write_text(
            "- {purl: 'pkg:npm/%40acme/base', reason: moving, until: 2026-12-31}"
        )
        text = JsonV1Dot6(sbom(BASE)).output_as_string()

        code, out, _ = check(text, "--ignore", str(tmp_path / "ignore.yaml"))

        assert code == 0
        assert "Ignored until 2026-12-31 (moving): unsupported, base 1.0.0." in out

    @pytest.mark.parametrize(
        ("listed", "ignored"),
        [
            (["purl: 'pkg:npm/%40acme/base@1.0.0?arch=x64'"], True),
            (["purl: 'pkg:npm/%40acme/base@1.0.0?arch=x64'"] * 2, True),
            (
                [
                    "purl: 'pkg:npm/%40acme/base@1.0.0?arch=x64'",
                    "purl: 'pkg:npm/%40acme/base@1.0.0?arch=arm'",
                ],
                False,
            ),
            (
                [
                    "purl: 'pkg:npm/%40acme/base@1.0.0?arch=x64'",
                    "{product: base, version: 1.0.0}",
                ],
                False,
            ),
        ],
    )
    def test_a_package_that_is_ignored_hides_no_other_with_the_same_answer(
        self, rules, tmp_path, listed, ignored
    ):
        (tmp_path / "ignore.yaml").write_text(
            "- {purl: 'pkg:npm/%40acme/base?arch=x64', reason: moving, until: 2026-12-31}"
        )
        text = "".join(f"- {each}\n" for each in listed)

        found = rules(text, "--ignore", str(tmp_path / "ignore.yaml"))

        left = [("unsupported", "error"), ("ignore-unused", "note")]
        assert found == ((0, []) if ignored else (1, left))

    @pytest.mark.parametrize(
        ("product", "version"), [("nope", "1.0.0"), ("base", "9.9.9"), ("base", "4.0.0")]
    )
    def test_what_is_not_decided_is_never_ignored(self, rules, tmp_path, product, version):
        (tmp_path / "ignore.yaml").write_text(
            f"- {{product: {product}, reason: moving, until: 2026-12-31}}"
        )

        found = rules(listed(version, product=product), "--ignore", str(tmp_path / "ignore.yaml"))

        assert found == (2, [("undecided", "error"), ("ignore-unused", "note")])

    @pytest.mark.parametrize(
        ("entry", "words"),
        [
            ("- {product: base, until: 2026-12-31}", "say why it is ignored"),
            ("- {product: base, reason: x}", "say the last day"),
            ("- {product: base, reason: x, until: soon}", "until"),
            ("- {reason: x, until: 2026-12-31}", "product and purl"),
            ("- {product: base, reason: x, until: 2026-12-31, rule: endnig}", "is not a rule"),
            (
                "- {product: base, reason: x, until: 2026-12-31, rule: undecided}",
                "rule: cannot be ignored: correct the product, version or tier",
            ),
            ("- {product: base, reason: x, until: 2026-12-31, why: y}", "why"),
            ("product: base", "does not contain a list"),
            ("", "is empty"),
        ],
    )
    def test_an_entry_needs_a_reason_and_an_expiry(self, check, tmp_path, entry, words):
        (tmp_path / "ignore.yaml").write_text(entry)

        code, out, err = check(listed("1.0.0"), "--ignore", str(tmp_path / "ignore.yaml"))

        assert (code, out) == (2, "")
        assert words in err


class TestAccounts:
    def test_what_an_account_reported_is_checked(self, check, cli):
        code, out, _ = cli("check", "--account", "acme", "--at", DAY)

        assert code == 1
        assert "base 1.0.0 (prod)" in out
        assert "base 3.0.0" not in out

    def test_an_account_that_reported_nothing_decides_nothing(self, check, cli):
        code, out, _ = cli("check", "--account", "idle", "--at", DAY)

        assert code == 2
        assert "has not reported anything that it runs" in out

    def test_what_runs_can_be_reported_in_the_same_call(self, check, cli):
        code, out, _ = check(listed("3.0.0"), "--account", "idle", "--report", "ci")

        again = cli("check", "--account", "idle", "--at", DAY)
        assert (code, again[0]) == (0, 0)
        assert "Reported as ci:base." in out


def test_every_form_is_written_of_one_answer(check, tmp_path):
    outputs = {"sarif": "out.sarif", "junit": "out.xml", "markdown": "out.md", "json": "out.json"}
    asked = [f"--output={form}={tmp_path / name}" for form, name in outputs.items()]

    code, _, err = check(listed("1.0.0"), *asked, "--format", "github")

    sarif = json.loads((tmp_path / "out.sarif").read_text())
    assert (code, err) == (1, "")
    assert [each["ruleId"] for each in sarif["runs"][0]["results"]] == ["unsupported"]
    assert "It no longer gets fixes" in json.dumps(sarif["runs"][0]["tool"]["driver"]["rules"])
    assert ET.parse(tmp_path / "out.xml").getroot().tag == "testsuites"  # noqa: S314 -- our own
    assert "unsupported" in (tmp_path / "out.md").read_text()
    assert json.loads((tmp_path / "out.json").read_text())["verdict"] == "fail"


@pytest.fixture
def service(filled, tmp_path):
    """Serve a copy of the store on a port, in a thread of its own; give its address."""
    path = tmp_path / "served.sqlite3"
    shutil.copyfile(filled, path)
    chosen = settings.load(
        {"LIFECYCLE_SECRET_KEY": "a key that only tests know"},
        database_url=f"sqlite:///{path}",
        worker=False,
    )
    bound = socket.create_server(("127.0.0.1", 0))
    application = create_app(chosen, open_store(f"sqlite:///{path}"))
    options = uvicorn.Config(application, log_config=None, access_log=False, lifespan="on")
    server = uvicorn.Server(options)
    silent = structlog.make_filtering_bound_logger("critical")
    structlog.configure(wrapper_class=silent)
    thread = threading.Thread(target=lambda: server.run([bound]))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    bound.close()


def test_a_service_answers_as_the_local_store_does(check, service):
    local = check(listed("1.0.0", "2.0.0"), "--format", "json")

    assert check(listed("1.0.0", "2.0.0"), "--format", "json", "--server", service) == local


def test_an_account_is_asked_about_with_its_token_alone(check, cli, service, environ):
    without = cli("check", "--account", "acme", "--server", service)
    environ.setenv("LIFECYCLE_TOKEN", "not-one-of-its-tokens")
    wrong = cli("check", "--account", "acme", "--server", service)

    assert (without[0], wrong[0]) == (2, 2)
    assert f"{service} requires a token for this, and LIFECYCLE_TOKEN is not set" in without[2]
    assert f"An admin makes tokens at {service}/console/tokens." in without[2]
    assert "scope account:acme" in without[2]
    assert "LIFECYCLE_TOKEN is refused: Unknown token. Check that it was copied whole" in wrong[2]
    assert "Authorization" not in without[2] + wrong[2]


@pytest.fixture
def peer():
    """Answer each connection with some bytes, and then leave it or hold it."""
    listening = socket.create_server(("127.0.0.1", 0))
    held = []

    def peer(answer, *, hold=False):
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    held.append(connection)
                    connection.recv(65536)
                    connection.sendall(answer)
                    if not hold:
                        connection.close()

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield peer
    with contextlib.suppress(OSError):
        listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    for connection in held:
        connection.close()


def response(kind, body, length=None):
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length or len(body)}"
    return head.encode() + b"\r\n\r\n" + body


@pytest.fixture
def slow_service():
    """Answer each question about one component that no product has, after a while in seconds."""
    counts = {"components": 1, "unmatched": 1}
    body = json.dumps({"results": [], "counts": counts}).encode()
    started = []

    def slow_service(seconds):
        class Slow(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(seconds)
                with contextlib.suppress(OSError):
                    self.wfile.write(response("application/json", body))

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        started.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield slow_service
    for server, thread in started:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(("pause", "limit", "code"), [(0, 60, 0), (0.5, 1, 2)])
def test_the_time_given_is_for_all_parts_of_a_question_together(
    check, slow_service, monkeypatch, pause, limit, code
):
    monkeypatch.setattr("lifecycle.cli.check_questions.MOST_COMPONENTS", 1)
    text = "".join(f"- {{purl: 'pkg:npm/left-pad@{each}.0.0'}}\n" for each in range(5))

    asked = ("--allow-no-match", "--timeout", str(limit))
    found = check(text, "--server", slow_service(pause), *asked)

    assert found[0] == code, found
    assert ("did not answer within 1 second;" in found[2]) == bool(code)


@pytest.mark.parametrize(
    ("answer", "hold"),
    [
        (response("text/html", b"<html>Sign in</html>"), False),
        (response("application/json", b"[]"), False),
        (response("application/json", b"{}"), False),
        (response("application/json", b'{"results": []}'), False),
        (
            response("application/json", b'{"results": [], "counts": {"components": 0}}'),
            False,
        ),
        (response("application/json", b'{"results": [', 4000), False),
        (response("application/json", b'{"results": [', 4000), True),
        (b"", True),
        (b"", False),
        (b"SSH-2.0-OpenSSH_9.9\r\n", False),
    ],
)
def test_a_server_that_does_not_answer_as_it_should_never_lets_anything_pass(
    check, peer, tmp_path, answer, hold
):
    junit = tmp_path / "out.xml"

    code, out, err = check(
        listed("3.0.0"),
        *("--server", peer(answer, hold=hold), "--timeout", "1", f"--output=junit={junit}"),
    )

    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert "defect" not in err
    assert "<error" in junit.read_text()


def test_no_service_is_needed_to_be_told_how_it_is_used(capsys):
    assert run(["check", "--help"]) == 0
    assert "--fail-on" in capsys.readouterr().out


def test_a_feature_that_the_product_does_not_have_leaves_the_check_undecided(check, rules):
    text = "- {product: base, version: 3.0.0, features: [exprot]}\n"

    code, out, _ = check(text)

    assert code == 2
    assert "base 3.0.0 is listed with a feature that base does not have: 'exprot'." in out
    assert rules(text.replace("exprot", "export")) == (0, [("deprecated-in-use", "warning")])


def test_an_entry_of_an_unknown_product_is_not_counted_as_checked(check):
    code, out, _ = check(listed("3.0.0") + listed("1.0.0", product="nix"))

    assert code == 2
    assert (
        "1 of 2 components were checked (base 1); 1 names a product that the catalogue lacks."
        in out
    )


def test_an_expected_product_that_the_catalogue_does_not_have_is_said_to_be_unknown(check):
    code, out, _ = check(listed("3.0.0"), "--expect", "nix")

    assert code == 2
    assert "nix was expected, but the catalogue has no such product." in out


def test_what_is_announced_for_a_range_concerns_an_unknown_version_within_it(check):
    scope = {"kind": "breaking_change", "range": "vers:semver/>=3.0.0|<3.0.8"}
    body = {"product": "base", **scope, "effective_on": "2098-06-01", "reason": "Unsafe."}
    with connect(None) as client:
        draft = client.post("/v1/deprecations", body)
        client.post(f"/v1/deprecations/{draft['id']}/announce", {}, revision=draft["revision"])

    _, out, _ = check(listed("3.0.7", "3.0.9"), "--format", "json")

    inside, outside = json.loads(out)["results"]
    assert [each["id"] for each in inside["deprecations"]] == [draft["id"]]
    assert (inside["assumed_from_line"], outside["deprecations"]) == (True, [])


def test_two_tiers_for_the_same_products_are_refused_as_the_option(check):
    code, _, err = check(listed("3.0.0"), "--tier", "basic", "--tier", "gold")

    assert code == 2
    assert "--tier': The tiers 'basic' and 'gold' are both given for every product" in err


def test_where_an_enriched_sbom_cannot_be_written_nothing_is_asked(check, tmp_path):
    code, _, err = check("{}", "--enrich", tmp_path / "nowhere/out.json", name="bom.json")

    assert code == 2
    assert f"there is no directory {tmp_path / 'nowhere'}" in err


def test_an_sbom_is_enriched_with_the_lifecycle_of_what_is_known(check, tmp_path):
    known = {
        "type": "library",
        "name": "base",
        "version": "2.0.0",
        "purl": "pkg:npm/%40acme/base@2.0.0",
    }
    other = {
        "type": "library",
        "name": "left-pad",
        "version": "1.3.0",
        "purl": "pkg:npm/left-pad@1.3.0",
    }
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [known, other]}
    out = tmp_path / "out.json"

    code, _, err = check(json.dumps(bill), "--enrich", out, name="bom.json")

    server, unknown = json.loads(out.read_text())["components"]
    days = {each["name"].rpartition(":")[2]: each["value"] for each in server["properties"]}
    assert (code, err) == (1, "")
    assert days == {
        "generalAvailability": "2022-01-01",
        "endOfSupport": "2027-01-09",
        "endOfLife": "2027-01-09",
    }
    assert unknown == other


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"spdxVersion": "SPDX-2.3", "packages": [{"name": "a"}]}', "only that can be enriched"),
        ("- {product: base, version: 3.0.0}", "not a supported SBOM"),
    ],
)
def test_what_cannot_be_enriched_is_refused_and_nothing_is_written(check, tmp_path, text, words):
    code, _, err = check(text, "--enrich", tmp_path / "out.json", name="bom.json")

    assert code == 2
    assert words in err
    assert not (tmp_path / "out.json").exists()

import json

import pytest

FILE = """\
---
title: Ant
permalink: /ant
alternate_urls: [/apache-ant, /jakarta-ant]
releases:
  - releaseCycle: "1.10"
    releaseDate: 2024-01-10
    eol: false
    latest: "1.10.1"
    latestReleaseDate: 2025-01-10
---
"""


@pytest.fixture
def source(tmp_path):
    (tmp_path / "products").mkdir()
    (tmp_path / "products/apache-ant.md").write_text(FILE)
    return tmp_path / "products"


@pytest.fixture
def stored_under_its_files_name(cli, source):
    """A store that took the product in when nobody looked at its permalink."""
    (source / "apache-ant.md").write_text(FILE.replace("permalink: /ant\n", ""))
    assert cli("import", "endoflife", source)[0] == 0
    (source / "apache-ant.md").write_text(FILE)


def line_of(cli, product):
    code, out, err = cli("status", product, "1.10.1", "--format", "json")
    return json.loads(out)["line"] if code == 0 else err


def test_a_product_is_known_by_its_permalink_and_its_other_addresses_point_to_it(cli, source):
    assert cli("import", "endoflife", source)[0] == 0

    assert line_of(cli, "ant") == "1.10"
    assert "Did you mean 'ant'?" in line_of(cli, "apache-ant")
    assert "Did you mean 'ant'?" in line_of(cli, "jakarta-ant")


def test_an_import_says_that_a_policy_is_needed_and_its_preset_answers(cli, source, tmp_path):
    _, _, first = cli("import", "endoflife", source)
    _, _, again = cli("import", "endoflife", source)
    (tmp_path / "policy.yaml").write_text(cli("policy", "show", "declared")[1])
    put = cli("policy", "put", "ant", tmp_path / "policy.yaml")
    answer = json.loads(cli("status", "ant", "1.10.1", "--format", "json")[1])

    assert "`lifecycle policy put ant policy.yaml`" in first
    assert "policy" not in again
    assert put[0] == 0
    assert answer["tiers"]["standard"]["status"] == "supported"


def test_a_product_is_chosen_by_its_files_name_or_its_permalink(cli, source):
    for product in ("ant", "apache-ant"):
        assert cli("import", "endoflife", source, "--product", product)[0] == 0
    assert cli("import", "endoflife", source, "--product", "jakarta")[0] == 2


def test_a_product_stored_under_its_files_name_is_recognized_and_not_doubled(
    cli, source, stored_under_its_files_name
):
    code, out, err = cli("import", "endoflife", source)

    assert (code, "releases: 0 new, 0 changed, 1 unchanged" in out) == (0, True)
    assert "'apache-ant' is stored under its file's name; --rename renames it to 'ant'" in err
    assert line_of(cli, "apache-ant") == "1.10"
    assert "Did you mean 'apache-ant'?" in line_of(cli, "ant")


def test_a_product_that_is_renamed_takes_along_what_runs_it_and_who_asked_for_it(
    cli, source, tmp_path, stored_under_its_files_name
):
    customers = [
        {
            "account": "acme",
            "tier": "pro",
            "instances": ["apache-ant@1.10.1"],
            "addresses": [
                {"channel": "email", "address": f"{name}@acme.example", "topics": topics}
                for name, topics in (
                    ("a", ["product:apache-ant"]),
                    ("b", ["product:apache-ant", "product:ant"]),
                )
            ],
        }
    ]
    (tmp_path / "c.json").write_text(json.dumps(customers))
    assert cli("import", "accounts", tmp_path / "c.json")[0] == 0

    dry = cli("import", "endoflife", source, "--rename", "--dry-run")
    undone = line_of(cli, "apache-ant")
    code, _, err = cli("import", "endoflife", source, "--rename")

    assert (dry[0], undone) == (0, "1.10")
    assert (code, "'apache-ant' is renamed to 'ant'" in err) == (0, True)
    assert line_of(cli, "ant") == "1.10"
    assert "Did you mean 'ant'?" in line_of(cli, "apache-ant")
    listed = json.loads(cli("subscription", "list", "acme", "--format", "json")[1])
    assert [each["topics"] for each in listed] == [["product:ant"]] * 2
    renamed = [{"account": "acme", "instances": {"apache-ant": {"product": "ant"}}}]
    (tmp_path / "c.json").write_text(json.dumps(renamed))
    assert "1 unchanged" in cli("import", "accounts", tmp_path / "c.json")[1]
    assert cli("audit", "verify")[0] == 0
    assert "1 unchanged" in cli("import", "endoflife", source)[1]


def test_a_product_with_deprecations_keeps_its_name(cli, source, stored_under_its_files_name):
    draft = ("deprecation", "draft", "--product", "apache-ant", "--kind", "discontinuation")
    assert cli(*draft, "--whole-product", "--reason", "It is finished.")[0] == 0

    code, _, err = cli("import", "endoflife", source, "--rename")

    assert (code, "'apache-ant' cannot be renamed: it has deprecations" in err) == (1, True)
    assert line_of(cli, "apache-ant") == "1.10"


def test_a_latest_version_without_a_day_is_said_and_the_rest_is_taken(cli, source):
    undated = FILE.replace("    latestReleaseDate: 2025-01-10\n", "")
    (source / "apache-ant.md").write_text(undated)

    code, out, err = cli("import", "endoflife", source)

    assert (code, "lines: 1 new" in out, "releases" in out) == (0, True, False)
    assert "apache-ant.md: the latest version of 1.10, 1.10.1, has no day" in err


@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=["stored", "dry run"])
def test_two_files_are_not_one_product(cli, source, options):
    (source / "old-ant.md").write_text(FILE.replace('"1.10"', '"1.9"'))

    code, out, err = cli("import", "endoflife", source, *options)

    assert (code, "lines: 1 new, 0 changed" in out) == (1, True)
    assert "old-ant.md: permalink: a file before this one is the product 'ant' already" in err


def test_what_is_wrong_in_a_file_is_said_in_its_own_words(cli, source):
    odd = FILE.replace("permalink: /ant", "changelogTemplate: javascript:1\npermalink: /A b")
    (source / "A b.md").write_text(odd.replace("/apache-ant, /jakarta-ant", "/a b"))

    code, _, err = cli("import", "endoflife", source)

    assert code == 1
    assert "an address that begins with https:// or http://" in err
    assert "Presentation(" not in err
    assert "matches ^" not in err

"""Products, releases, lines and features by command: here, and on a service."""

import os
import re

import pytest


def test_a_product_is_added_changed_and_removed(lifecycle):
    added = lifecycle("product add widget --name Widget --line-by major --format json")
    changed = lifecycle("product put widget --identifier pkg:npm/widget --private --format json")
    removed = lifecycle("product remove widget")

    assert (added["slug"], added["line_by"], added["public"]) == ("widget", "major", True)
    assert changed == added | {
        "identifiers": ["pkg:npm/widget"],
        "public": False,
        "revision": added["revision"] + 1,
    }
    assert "Product widget is removed." in removed
    assert "widget" not in lifecycle("product list")


def test_what_a_list_loses_by_new_options_is_said(lifecycle):
    lifecycle("product add widget --identifier pkg:npm/widget --alias gadget")
    replaced = lifecycle("product put widget --identifier pkg:npm/widget-edge")
    kept = lifecycle("product put widget --name Widget")

    assert "Product widget is stored. Removed from its identifiers: pkg:npm/widget." in replaced
    assert "Removed" not in kept


def test_options_name_the_tiers_that_stand_for_endoflife_phases(lifecycle):
    lifecycle("product add widget --endoflife support=pro --endoflife eol=gold")
    kept = lifecycle("product put widget --name Widget --format json")
    changed = lifecycle("product put widget --endoflife support= --format json")

    assert kept["endoflife"] == {"support": "pro", "eol": "gold"}
    assert changed["endoflife"] == {"eol": "gold"}
    refused = lifecycle("product put widget --endoflife lts=pro", code=2)
    assert "use support=TIER" in refused
    assert "Server:" not in refused
    assert "Store:" not in refused


def test_a_refused_value_is_printed_with_what_may_stand_there(lifecycle):
    refused = lifecycle("product add widget --scheme semvre", code=2)

    assert re.search(r"Allowed for --scheme: .*\bsemver\b", refused)


def test_a_file_replaces_what_is_known_and_options_override_it(lifecycle, tmp_path):
    lifecycle("product add widget --name Widget --alias gadget")
    file = tmp_path / "widget.yaml"
    file.write_text("name: The widget\nline_by: patch\n")

    stored = lifecycle("product put widget --line-by major --format json", file)

    assert (stored["name"], stored["line_by"], stored["aliases"]) == ("The widget", "major", [])


def test_a_product_that_is_there_is_not_added_again(lifecycle):
    refused = lifecycle("product add clairdash", code=2)

    assert "clairdash" in refused


def test_a_misspelt_product_is_answered_with_the_one_that_is_meant(lifecycle):
    for line in ("product show clairdsh", "release list clairdsh", "feature list clairdsh"):
        assert "Did you mean 'clairdash'?" in lifecycle(line, code=2)


def test_a_misspelt_version_is_answered_with_the_nearest(lifecycle):
    assert "The nearest are 3.3.0" in lifecycle("release show clairdash 3.33.0", code=2)


def test_a_release_is_planned_moved_published_withdrawn_restored_and_voided(lifecycle):
    planned = lifecycle("release plan clairdash 3.4.0 --on 2099-01-15 --format json")
    moved = lifecycle("release plan clairdash 3.4.0 --on 2099-02-15")
    published = lifecycle("release publish clairdash 3.4.0 --on 2026-02-15")
    withdrawn = lifecycle("release withdraw clairdash 3.4.0 --on 2026-02-16 --reason Broken")
    assert "3.4.0    3.4   withdrawn  2026-02-16" in lifecycle("release list clairdash")
    restored = lifecycle("release restore clairdash 3.4.0 --on 2026-02-18")
    lifecycle("release withdraw clairdash 3.4.0 --on 2026-02-19")
    refused = lifecycle("release restore clairdash 3.4.0 --on 2026-02-19", code=2)
    taken_back = lifecycle("release restore clairdash 3.4.0 --mistake --format json")
    voided = lifecycle("release void clairdash 3.4.0 --reason Mistyped --yes")

    assert "a mistake, `lifecycle release restore --mistake` takes it back" in refused
    assert (taken_back["withdrawn_on"], taken_back["restored_on"]) == (None, None)
    assert (planned["planned_on"], planned["released_on"]) == ("2099-01-15", None)
    assert "clairdash 3.4.0 is planned for 2099-02-15." in moved
    assert "is supported for pro until 2099-02-14." in moved
    assert "clairdash 3.4.0 is out on 2026-02-15." in published
    assert "withdrawn from 2026-02-16" in withdrawn
    assert "counts again from 2026-02-18" in restored
    assert "clairdash 3.4.0 is void." in voided
    assert "3.4.0" not in lifecycle("release list clairdash")


def test_a_release_is_out_today_unless_a_day_is_named_and_says_what_it_ends(lifecycle):
    registered = lifecycle("release add clairdash 3.4.0 --format json")
    today = lifecycle("support clairdash --format json")["at"]

    assert registered["released_on"] == today
    said = lifecycle("release add clairdash 3.5.0")
    assert "clairdash 3.5.0 is out on" in said
    assert "It ends support of 3.4 for pro (0 accounts) on" in said


def test_only_what_is_planned_is_published(lifecycle):
    assert "clairdash has no release '9.0.0'" in lifecycle(
        "release publish clairdash 9.0.0", code=2
    )


def test_a_part_of_a_list_leads_to_the_next(lifecycle):
    first = lifecycle("release list clairdash --newest-first --limit 2")
    cursor = first.split("--after ")[1].split()[0]
    rest = lifecycle(f"release list clairdash --newest-first --limit 2 --after {cursor}")

    assert [line.split()[0] for line in first.splitlines()[1:3]] == ["3.3.0", "3.2.0"]
    assert [line.split()[0] for line in rest.splitlines()[1:]] == ["3.1.0"]
    assert "More follow" not in rest


def test_a_line_declares_its_days_and_its_term(lifecycle):
    lifecycle("line declare clairdash 3.1 --end-of-life 2099-06-30 --active-support over")
    lifecycle("line lts clairdash 3.1")
    declared = lifecycle("line declare clairdash 3.1 --codename Ada --format json")

    assert declared["declared"] == {"active_support": True, "end_of_life": "2099-06-30"}
    assert (declared["lts"], declared["codename"]) == (True, "Ada")
    assert "3.1   over" in lifecycle("line list clairdash")
    assert "end of life 2099-06-30" in lifecycle("line show clairdash 3.1").replace("_", " ")


def test_a_declared_day_moves_earlier_only_with_a_correction(lifecycle):
    lifecycle("line declare clairdash 3.1 --end-of-life 2099-06-30")

    refused = lifecycle("line declare clairdash 3.1 --end-of-life 2099-01-31", code=2)
    corrected = lifecycle("line declare clairdash 3.1 --end-of-life 2099-01-31 --correction Typo")

    assert "could promise less than before" in refused
    assert "say why in --correction" in refused
    assert "clairdash 3.1 declares: end of life 2099-01-31." in corrected


def test_a_feature_goes_from_stage_to_stage(lifecycle):
    lifecycle(
        "feature put clairdash dark-mode --tier pro --default off --stage beta --from-version 3.2.0"
    )
    lifecycle("feature stage clairdash dark-mode ga --from-version 3.9.0")
    staged = lifecycle("feature stage clairdash dark-mode ga --from-version 3.3.0 --default on")
    shown = lifecycle("feature show clairdash dark-mode --format json")

    assert "dark-mode of clairdash: beta from 3.2.0, ga from 3.3.0." in staged
    assert [stage["stage"] for stage in shown["stages"]] == ["beta", "ga"]
    assert (shown["tiers"], shown["default"]) == (["pro"], False)
    assert re.search(r"dark-mode +dark-mode +ga +pro +on", lifecycle("feature list clairdash"))
    at_first = lifecycle("feature list clairdash --version 3.2.0 --format json")
    assert {feature["key"]: feature["stage"] for feature in at_first} == {
        "dark-mode": "beta",
        "rest-v1": "ga",
    }


def test_a_tier_that_no_policy_has_is_refused_for_a_feature(lifecycle):
    refused = lifecycle("feature put clairdash dark-mode --tier gold", code=2)

    assert "--tier 'gold' is not a tier of the product's policies: community, ent" in refused


def test_a_stage_is_said_of_known_features_only_and_a_lower_one_with_a_warning(lifecycle):
    misspelt = "feature stage clairdash rest-v1-for-partners ga --from-version 3.2.0"

    assert "did you mean `rest-v1`? `lifecycle feature put` adds" in lifecycle(misspelt, code=2)
    assert "rest-v1-for-partners" not in lifecycle("feature list clairdash")
    lower = lifecycle("feature stage clairdash rest-v1 beta --from-version 3.3.0")
    assert "Warning: rest-v1 was ga in 3.3.0 until now; check that beta from 3.3.0 is" in lower
    assert "beta from 3.3.0." in lower


def test_a_stage_that_takes_the_place_of_another_beginning_says_so(lifecycle):
    lifecycle("feature stage clairdash rest-v1 deprecated --from-version 3.3.0")
    moved = lifecycle("feature stage clairdash rest-v1 ga --from-version 3.4.0")

    assert "Replaced: ga from 3.1.0." in moved
    assert "Warning: rest-v1 was deprecated in 3.4.0 until now" in moved


def test_a_removal_that_is_not_announced_is_warned_of_with_the_way_to_announce_it(lifecycle):
    draft = "deprecation draft --kind removal --product clairdash --feature rest-v1"
    removed = lifecycle("feature stage clairdash rest-v1 removed --from-version 3.9.0")

    assert "Warning: the removal of rest-v1 is not announced" in removed
    assert f"`lifecycle {draft} --from-version 3.9.0`" in removed


@pytest.mark.parametrize("more", ["", " --from-version 3.2.0 --from-day 2026-01-31"])
def test_a_stage_begins_with_a_version_or_on_a_day(lifecycle, more):
    refused = lifecycle(f"feature stage clairdash rest-v1 deprecated{more}", code=2)

    assert "Give either --from-version or --from-day." in refused


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--from-version soon", "--from-version 'soon' is not a valid semver version"),
        ("--from-day 2026-02-30", "--from-day '2026-02-30' is not a valid date"),
    ],
)
def test_a_stage_that_cannot_begin_so_is_refused_in_the_option_s_name(lifecycle, option, words):
    assert words in lifecycle(f"feature stage clairdash rest-v1 deprecated {option}", code=2)


def test_a_feature_that_was_entered_by_mistake_is_removed(lifecycle):
    lifecycle("feature put clairdash dark-mode")

    assert "is removed" in lifecycle("feature remove clairdash dark-mode")
    refused = lifecycle("feature remove clairdash rest-v1", code=2)
    assert "cannot be removed: 1 instance rests on it" in refused


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("product show clairdash", "line by       minor"),
        ("release show clairdash 3.1.0", "released on    2026-01-31"),
        ("feature show clairdash rest-v1", "stages      ga from 3.1.0"),
        ("product list", "clairdash  clairdash  semver  minor    yes"),
    ],
)
def test_people_read_a_line_for_each_field(lifecycle, line, printed):
    assert printed in lifecycle(line)


def test_a_change_says_which_store_it_changes_unless_it_is_to_be_quiet(lifecycle):
    server = os.environ.get("LIFECYCLE_SERVER")

    said = lifecycle("product put clairdash --name Clairdash")

    assert f"Server: {server}" in said if server else "Store: /" in said
    assert lifecycle("product put clairdash --name Dash --quiet") == ""
    assert lifecycle("-q product put clairdash --name Dash") == ""
    assert lifecycle("product -q put clairdash --name Dash") == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("release add clairdash 3.9.0 --on 15.01.2027", "Error: --on '15.01.2027' is not a valid"),
        ("release add clairdash 3.x --on 2026-01-31", ": VERSION '3.x' is not a valid semver"),
        ("account add A_B --tier pro", "Error: ACCOUNT must be 1 to 100 lower-case letters"),
        ("account add abc --tier gold", ": --tier 'gold' is not a tier of any policy"),
        ("deprecation draft --product clairdash --kind removal --feature rest-v1", ": --reason "),
        ("deprecation draft --product clairdash --kind removal --reason A", ": --line or one of "),
        ("release add clairdash 3.99.0 --on 2199-01-15", "); `lifecycle release plan` plans one"),
        ("release plan clairdash 3.99.0 --on 2020-01-15", "); `lifecycle release add` enters"),
        ("release restore clairdash 3.2.0", ": --on needs a withdrawal: only what was withdrawn"),
    ],
)
def test_what_is_wrong_is_named_by_its_option_or_argument(lifecycle, line, words):
    assert words in lifecycle(line, code=2)


def test_what_is_wrong_in_a_file_is_named_as_it_is_there(lifecycle, tmp_path):
    file = tmp_path / "draft.yaml"
    file.write_text("product: clairdash\nkind: removal\nfeature: rest-v1\nreason: 7\nxy: 1\n")

    refused = lifecycle("deprecation draft", file, code=2)

    assert "xy" in refused
    assert "--reason" not in refused

"""Drafts edited, notices read and acknowledged, short ids: here, and on a service."""

import re
import sys
from types import SimpleNamespace

import pytest

from lifecycle.cli import short_ids

DRAFT = (
    "deprecation draft --product clairdash --kind removal --feature rest-v1 "
    "--reason Superseded --format json"
)


@pytest.fixture
def draft(lifecycle):
    return lifecycle(DRAFT)


@pytest.fixture
def editor(environ, monkeypatch, tmp_path):
    """A terminal whose editor does to a draft what a function does, and keeps what it was shown."""
    shown = SimpleNamespace(text="")

    def editor(change):
        for stream in (sys.stdin, sys.stdout):
            monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)

        def edit(text, extension):
            shown.text = text
            return change(text)

        monkeypatch.setattr("click.edit", edit)
        return shown

    return editor


def test_a_draft_is_edited_by_values(lifecycle, draft):
    values = ("--set", "reason=It is old.", "--set", "effective_on=2099-01-31")

    edited = lifecycle(f"deprecation edit {draft['id'][:6]} --format json", *values)

    assert (edited["reason"], edited["effective_on"]) == ("It is old.", "2099-01-31")
    assert edited["feature"] == "rest-v1"


def test_a_value_is_yaml_and_null_clears(lifecycle, draft):
    lifecycle(f"deprecation edit {draft['id']} --set migration=Use --set tiers=[pro]")
    edited = lifecycle(f"deprecation edit {draft['id']} --set migration=null --format json")

    assert (edited["migration"], edited["tiers"]) == (None, ["pro"])


def test_a_draft_is_edited_from_a_file(lifecycle, draft, tmp_path):
    file = tmp_path / "draft.yaml"
    file.write_text("reason: It is old.\nreplacement: 3.10\n")

    edited = lifecycle(f"deprecation edit {draft['id']} --format json", file)

    assert (edited["reason"], edited["replacement"]) == ("It is old.", "3.10")


def test_a_draft_is_edited_in_the_editor_of_a_terminal(lifecycle, draft, editor):
    shown = editor(lambda text: text.replace("Superseded", "Outdated"))

    edited = lifecycle(f"deprecation edit {draft['id']} --format json")

    assert "kind: removal\nfeature: rest-v1\nreason: Superseded\n" in shown.text
    assert (edited["reason"], edited["feature"]) == ("Outdated", "rest-v1")


def test_a_line_taken_out_in_the_editor_clears_what_it_said(lifecycle, draft, editor):
    lifecycle(f"deprecation edit {draft['id']} --set migration=Use")
    editor(lambda text: re.sub(r"migration: .*\n", "", text))

    assert lifecycle(f"deprecation edit {draft['id']} --format json")["migration"] is None


@pytest.mark.parametrize("leave", [lambda text: None, lambda text: text])
def test_an_editor_that_is_left_as_it_was_changes_nothing(lifecycle, draft, editor, leave):
    editor(leave)

    assert "Nothing has changed." in lifecycle(f"deprecation edit {draft['id']}")
    assert lifecycle(f"deprecation show {draft['id']} --format json")["revision"] == 1


def test_what_an_editor_wrote_is_kept_where_it_is_refused(lifecycle, draft, editor):
    editor(lambda text: text.replace("rest-v1", "rest-v9"))

    refused = lifecycle(f"deprecation edit {draft['id']}", code=2)

    (file,) = re.findall(r"What you wrote is kept in (\S+\.yaml)\.", refused)
    with open(file, encoding="utf-8") as kept:  # noqa: PTH123 -- as the user would
        assert "rest-v9" in kept.read()


def test_without_a_terminal_there_is_no_editor(lifecycle, draft):
    assert "Give FILE, --effective-on or --set" in lifecycle(
        f"deprecation edit {draft['id']}", code=2
    )


def test_what_a_draft_may_say_besides_is_shown_where_it_does(lifecycle, draft):
    before = lifecycle(f"deprecation show {draft['id']}")
    lifecycle(
        f"deprecation edit {draft['id']} --set migration=Upgrade --set replacement=rest-v2 --set",
        "links=[{url: 'https://x.test/a'}]",
    )

    shown = lifecycle(f"deprecation show {draft['id']}")

    told = {"what to do: Upgrade", "replacement: rest-v2", "link: https://x.test/a"}
    assert told <= set(shown.splitlines())
    assert "link: " not in before


def test_the_beginning_of_an_id_suffices(lifecycle, draft):
    shown = lifecycle(f"deprecation show {draft['id'][:6].upper()} --format json")
    listed = lifecycle("deprecation list")

    assert shown == lifecycle(f"deprecation show {draft['id']} --format json")
    assert draft["id"][:8] in listed
    assert draft["id"] not in listed
    short = lifecycle(f"deprecation show {draft['id'][:5]}", code=2)
    assert "no deprecation" in short
    assert "at least the first six letters are needed" in short


def test_an_ambiguous_beginning_names_those_that_it_may_be(monkeypatch):
    listed = [
        {"id": f"3f9a2c{n}0-64b7-4dc9-9ac4-3d7c58d67fbc", "kind": "removal", "product": name}
        for n, name in enumerate(["widget", "gadget"])
    ]
    monkeypatch.setattr(
        "lifecycle.cli.reads.deprecations", lambda _, begins: SimpleNamespace(items=listed)
    )

    with pytest.raises(short_ids.BadRequest) as refused:
        short_ids.deprecation(None, "3f9a2c")

    assert refused.value.detail == (
        "Several ids begin with '3f9a2c': 3f9a2c00 (removal, widget), 3f9a2c10 (removal, gadget)."
        " Give more of the one."
    )
    assert short_ids.deprecation(None, "3f9a2c1") == listed[1]["id"]


def test_a_notice_is_read_and_acknowledged(lifecycle, draft):
    lifecycle("subscription add acme webhook https://hooks.acme.example/in")
    lifecycle(f"deprecation announce {draft['id']} --no-wait")

    (notice,) = lifecycle("notices acme --format json")
    listed = lifecycle("notices acme")
    text = lifecycle(f"notices acme {notice['id'][:8]}")
    acknowledged = lifecycle(f"acknowledge acme {notice['id'][:8]}")

    assert "announcement" in listed
    assert "rest-v1" in text
    assert "Acknowledged at 20" in acknowledged
    assert lifecycle("notices acme --format json")[0]["acknowledged_at"]


def test_a_subscription_is_named_by_the_beginning_of_its_id(lifecycle):
    made = lifecycle("subscription add acme webhook https://hooks.acme.example/in --format json")

    assert "paused" in lifecycle(f"subscription pause acme {made['id'][:6]}")
    assert made["id"][:8] in lifecycle("subscription list acme")


def test_what_a_release_a_policy_and_a_lines_days_would_change(lifecycle, tmp_path):
    (tmp_path / "policy.yaml").write_text(
        lifecycle("policy show --product clairdash")
        .replace("clairdash-support", "other")
        .replace("version: '1'", "version: '2'")
        .replace("count: 5", "count: 9")
    )

    release = lifecycle("simulate release clairdash 3.4.0 --on 2099-01-15")
    line = lifecycle("simulate line clairdash 3.1 --end-of-life 2099-06-30")
    policy = lifecycle("simulate policy clairdash", tmp_path / "policy.yaml")

    assert "clairdash on 2099-01-15" in release
    assert "no longer be the most recent version, the one that pro covers." in release
    assert "Nothing would change." in line
    assert "clairdash on" in policy


def test_a_patch_would_end_no_line_and_take_the_place_of_a_version(lifecycle):
    patch = lifecycle("simulate release clairdash 3.3.1 --on 2099-01-15")

    assert "No line's support would change." in patch
    assert "would take the place of 3.3.0 for pro: an upgrade within" in patch


def test_of_a_planned_release_now_is_without_its_plan(lifecycle):
    lifecycle("release plan clairdash 3.3.1 --on 2099-01-15")

    answer = lifecycle("simulate release clairdash 3.3.1 --on 2099-01-15")

    assert "3.3.1 is planned for 2099-01-15 already; what is shown for now is without" in answer


def test_what_comes_with_a_tier(lifecycle):
    answer = lifecycle("entitlements clairdash --tier enterprise --opened-at 2026-11-20T17:30:00Z")

    assert "tier       enterprise" in answer
    assert "2026-11" in answer.split("due")[1]


def test_nothing_to_do_is_said_in_a_sentence(lifecycle):
    assert lifecycle("worklist") == "Nothing needs attention.\n"


def test_the_matrix_has_a_column_for_each_tier(lifecycle, environ):
    environ.setenv("COLUMNS", "80")
    narrow = lifecycle("support clairdash")
    environ.setenv("COLUMNS", "130")
    wide = lifecycle("support clairdash")

    assert "LINE  LATEST  COMMUNITY" in narrow
    assert "3.3   3.3.0" in narrow
    assert "today" not in narrow
    assert "░ to █ covered by 1 to 3 tiers  · estimated  │ today" in wide
    assert max(map(len, wide.splitlines())) <= 130


def test_lines_that_no_tier_covers_are_shown_if_asked_for(cli, demo):
    _, out, _ = cli("support", "clairdash")
    _, every, _ = cli("support", "clairdash", "--all")

    assert "more lines are covered by no tier (community: best effort); --all shows them." in out
    assert "\n2.28 " in every
    assert "\n2.28 " not in out

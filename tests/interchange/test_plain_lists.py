import json
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.releases import parse_releases

TODAY = date(2026, 11, 22)
GOOD = '{"version": "2.0", "day": "2026-01-01"}'
NEW_YORK = ZoneInfo("America/New_York")


def parse(text, file="releases.json"):
    read = read_list(text, file)
    return read.releases, read.problems


def read_list(text, file="releases.json", **said):
    return parse_releases(text, file=file, zone=NEW_YORK, today=TODAY, **said)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("r.json", '[{"version": "1.10", "day": "2026-01-31"}]'),
        ("r.json", '{"1.10": "2026-01-31"}'),
        ("r.json", '{"releases": [{"version": "1.10", "released_on": "2026-01-31", "by": "me"}]}'),
        ("r.json", '{"1.10": {"day": "2026-01-31"}}'),
        ("r.json", '[{"version": 1.10, "released_at": "2026-02-01T04:59:59Z"}]'),
        ("r.yaml", "1.10: 2026-01-31"),
        ("r.yml", "- {version: 1.10, day: 2026-01-31}"),
        ("r.csv", "version,day\n1.10,2026-01-31\n"),
        ("r.csv", "\ufeffDay;Version;Note\r\n2026-01-31; 1.10 ;x\r\n\r\n"),
        ("r.tsv", "version\treleased_at\n1.10\t2026-01-31T23:59:59-05:00\n"),
        ("r", "1.10: 2026-01-31"),
    ],
)
def test_a_version_and_its_day_are_read_from_any_form(file, text):
    releases, problems = parse(text, file)

    assert problems == []
    assert [(r.version, r.released_on) for r in releases] == [("1.10", date(2026, 1, 31))]


def test_what_else_is_known_of_a_release_is_kept():
    [release], problems = parse(
        "version,day,stage,line,withdrawn_on,restored_on,notes_url\n"
        "1.0,2026-01-01,beta,1,2026-02-01,2026-03-01,https://widget.example/1.0\n",
        "r.csv",
    )

    assert problems == []
    assert (release.stage, release.line) == ("beta", "1")
    assert (release.withdrawn_on, release.restored_on) == (date(2026, 2, 1), date(2026, 3, 1))
    assert release.notes_url == "https://widget.example/1.0"


def test_an_empty_cell_clears_and_a_missing_column_does_not():
    columns = "version,day,stage,line,notes_url\n"
    read = read_list(f"{columns}1,2026-01-01,,a,\n2,2026-01-02,beta\n", "r.csv")
    listed = read_list('[{"version": "1", "day": "2026-01-01", "stage": null, "line": ""}]')

    assert read.cleared == {"1": {"stage", "notes_url"}}
    assert listed.cleared == {"1": {"stage", "line"}}
    assert read_list("version,day\n1,2026-01-01\n", "r.csv").cleared == {}


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("r.csv", "version,day\n,2026-01-01\n2,2026-01-02\n", "r.csv, line 2, version"),
        (
            "r.json",
            '[{"day": "2026-01-01"}, {"version": "2", "day": "2026-01-02"}]',
            "r.json, [0].version",
        ),
    ],
)
def test_an_entry_without_a_version_is_told_and_the_rest_is_read(file, text, place):
    read = read_list(text, file)

    assert [str(problem) for problem in read.problems] == [f"{place}: is missing"]
    assert [release.version for release in read.releases] == ["2"]


@pytest.mark.parametrize(
    ("entry", "name"),
    [("{version: '2', line: '2'}", "day"), ("{version: '2', released_at: null}", "released_at")],
)
def test_a_missing_day_is_named_as_the_list_names_it(entry, name):
    read = read_list(f"- {entry}", "r.yaml")

    assert [str(problem).partition(";")[0] for problem in read.problems] == [
        f"r.yaml, line 1, [0].{name}: is missing"
    ]


def test_a_column_that_is_not_known_is_told_with_the_nearest_name():
    read = read_list("version,day,notes_ur,by\n1,2026-01-01,x,me\n", "r.csv")

    assert read.problems == []
    assert read.notes == [
        "r.csv: 'notes_ur' is not a known column and is not read; did you mean `notes_url`?",
        "r.csv: 'by' is not a known column and is not read.",
    ]


GITHUB = [
    {
        "url": "https://api.github.example/repos/acme/w/releases/1",
        "html_url": "https://github.example/acme/w/releases/tag/v1.1.0",
        "tag_name": "v1.1.0",
        "name": "Second",
        "draft": False,
        "prerelease": True,
        "created_at": "2026-01-30T10:00:00Z",
        "published_at": "2026-02-01T04:59:59Z",
        "assets": [],
    },
    {"tag_name": "v1.2.0", "draft": True, "published_at": None},
]
GITHUB_COMMAND = [
    {"tagName": "v1.1.0", "isPrerelease": True, "publishedAt": "2026-02-01T04:59:59Z"},
]
GITLAB = [
    {
        "tag_name": "v1.1.0",
        "description": "",
        "created_at": "2026-01-30T10:00:00.000Z",
        "released_at": "2026-02-01T04:59:59.000Z",
        "upcoming_release": False,
        "_links": {"self": "https://gitlab.example/acme/w/-/releases/v1.1.0"},
    }
]


@pytest.mark.parametrize(
    ("listed", "stage", "host"),
    [
        (GITHUB, "preview", "github"),
        ([GITHUB[:1], GITHUB[1:]], "preview", "github"),
        (GITHUB[0], "preview", "github"),
        (GITHUB_COMMAND, "preview", None),
        (GITLAB, None, "gitlab"),
    ],
)
def test_releases_are_read_as_forges_list_them(listed, stage, host):
    read = read_list(json.dumps(listed), prefix="v")

    assert read.problems == []
    [release] = read.releases
    assert (release.version, release.released_on) == ("1.1.0", date(2026, 1, 31))
    assert release.stage == stage
    assert release.notes_url is None if host is None else f"//{host}.example" in release.notes_url
    assert read.cleared == {}


def test_a_draft_is_left_out_by_name():
    assert read_list(json.dumps(GITHUB)).notes == [
        "releases.json: drafts are not published and left out: v1.2.0."
    ]


def test_a_prefix_is_taken_off_and_what_does_not_begin_with_it_is_left_out_by_name():
    text = "version,day\n@acme/cli@2.0.0,2026-01-01\n@acme/web@1.0.0,2026-01-02\n"

    read = read_list(text, "r.csv", prefix="@acme/cli@")

    assert [release.version for release in read.releases] == ["2.0.0"]
    assert read.problems == []
    assert read.notes == [
        "r.csv: does not begin with '@acme/cli@' and is left out: @acme/web@1.0.0."
    ]


def test_a_day_after_today_makes_a_plan():
    releases, _ = parse('{"1": "2026-11-22", "2": "2026-11-23"}')

    assert [(r.released_on, r.planned_on) for r in releases] == [
        (TODAY, None),
        (None, date(2026, 11, 23)),
    ]


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("r.csv", "version,day\n1.0,2026-02-30\n2.0,2026-01-01", "r.csv, line 2, day"),
        ("r.csv", "version,day\n,2026-01-01\n2.0,2026-01-01", "r.csv, line 2, version"),
        ("r.csv", "version,day\n1,2026-01-01,x\n2.0,2026-01-01", "r.csv, line 2"),
        ("r.csv", "version,day\n1\x07,2026-01-01\n2.0,2026-01-01", "r.csv, line 2"),
        ("r.csv", "version,day\n1.0,\n2.0,2026-01-01", "r.csv, line 2, day"),
        ("r.csv", 'version,day\n"a\nb",2026-01-01\n2.0,2026-01-01', "r.csv, line 2"),
        (
            "r.yaml",
            "- version: 1.0\n  day: x\n- GOOD",
            "r.yaml, line 2, [0].day",
        ),
        ("r.yaml", "- 1.0\n- GOOD", "r.yaml, line 1, [0]"),
        (
            "r.json",
            '[{"version": "1", "day": "2026-01-01T10:00:00"}, GOOD]',
            "r.json, [0].day",
        ),
        (
            "r.json",
            '[{"version": [], "day": "2026-01-01"}, GOOD]',
            "r.json, [0].version",
        ),
        (
            "r.json",
            '[{"version": "1", "day": "2026-01-01", "stage": "new"}, GOOD]',
            "r.json, [0].stage",
        ),
        (
            "r.json",
            '[{"version": "2.0", "day": "2026-01-01"}, {"version": "2.0", "day": "2026-01-02"}]',
            "r.json, [1].version",
        ),
        (
            "r.json",
            '[{"version": "1", "day": "2026-01-01", "restored_on": "2026-01-01"}, GOOD]',
            "r.json, [0].restored_on",
        ),
        ("r.yaml", "2.0: 2026-01-01\n1.0: soon", "r.yaml, line 2, 1.0.day"),
        ("r.yaml", "releases:\n  2.0: 2026-01-01\n  1.0: x", "r.yaml, line 3, releases.1.0.day"),
        ("r.json", '{"1.0": null, "2.0": "2026-01-01"}', "r.json, 1.0.day"),
        ("r.json", '{"1.0": {"day": "x"}, "2.0": "2026-01-01"}', "r.json, 1.0.day"),
    ],
)
def test_a_broken_entry_is_told_with_its_place_and_the_rest_is_read(file, text, place):
    releases, problems = parse(text.replace("GOOD", GOOD), file)

    assert [problem.field for problem in problems] == [place]
    assert [release.version for release in releases] == ["2.0"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("r.csv", ""),
        ("r.csv", "name,day\n"),
        ("r.csv", "version\n1.0"),
        ("r.csv", "version,day,day\n"),
        ("r.csv", b"version,day\n\xff"),
        ("r.json", "{"),
        ("r.json", '"1.0"'),
        ("r.yaml", "a: 1\na: 2"),
        ("r.yaml", "just text"),
    ],
)
def test_a_file_that_is_no_list_of_releases_is_refused(file, text):
    with pytest.raises(UnreadableDocument):
        parse(text, file)


def test_twenty_thousand_releases_are_read():
    entries = [
        {"version": f"1.{n}.0", "day": "2026-01-01", "notes_url": None} for n in range(20_000)
    ]

    releases, problems = parse(json.dumps(entries))

    assert (len(releases), problems) == (20_000, [])


@given(st.sampled_from(["r.csv", "r.json", "r.yaml", "r"]), st.text(max_size=200))
def test_any_text_is_read_or_refused(file, text):
    for given_text in (text, "version,day\n" + text, f'[{{"version": {json.dumps(text)}}}]'):
        try:
            parse(given_text, file)
        except UnreadableDocument as refusal:
            assert refusal.detail  # noqa: PT017 - not refusing is as good

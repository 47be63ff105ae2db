import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.endoflife import parse_product
from lifecycle.policy.windows import Phase

TODAY = date(2026, 11, 22)
WIDGET = """---
title: Widget
identifiers:
  - purl: pkg:npm/widget
  - repology: widget
releases:
  - releaseCycle: "2.10"
    releaseDate: 2026-01-01
    eoas: false
    eol: 2027-01-01
    eoes: true
    lts: 2026-06-01
    codename: Quince
    latest: "2.10.2"
    latestReleaseDate: 2026-03-01
    link: null
  - releaseCycle: "2.1"
    releaseDate: 2025-01-01
    eol: true
    lts: true
    latest: ""
---

# Widget
"""
VERSIONS = {
    "2.10.1": "2026-02-01",
    "2.10.0": "2026-01-01",
    "2.1.5": "2026-02-15",
    "1.9.0": "2020-01-01",
}


def beside(versions):
    entries = {version: {"name": version, "date": day} for version, day in versions.items()}
    return json.dumps({"releases": {}, "versions": entries})


def parse(text=WIDGET, versions=None, **extra):
    release_data = None if versions is None else beside(versions)
    return parse_product(text, slug="widget", today=TODAY, release_data=release_data, **extra)


def test_a_product_has_its_title_and_package_addresses():
    imported, problems = parse()

    assert problems == []
    assert imported.product.name == "Widget"
    assert imported.product.identifiers == ("pkg:npm/widget", "repology:widget")
    assert imported.product.line_by == "declared"


def test_what_lists_show_of_a_product_and_its_cycles_is_kept():
    more = """category: framework
tags: runtime linux-foundation
eoasColumn: true
eolColumn: Security
customFields:
  - {name: nodeVersion, label: Node, display: api-only}
releases:"""
    text = WIDGET.replace("releases:", more).replace("codename: Quince", "nodeVersion: 24.10")
    imported, problems = parse(text)

    shown, line = imported.product.presentation, imported.lines["2.10"].presentation
    assert problems == []
    assert (shown.category, shown.tags) == ("framework", ("runtime", "linux-foundation"))
    assert shown.columns == {"active_support": True, "end_of_life": "Security"}
    assert [field.name for field in shown.custom_fields] == ["nodeVersion"]
    assert line.custom == {"nodeVersion": "24.10"}
    assert (line.latest, line.latest_on, line.notes_url) == ("2.10.2", date(2026, 3, 1), None)
    assert imported.lines["2.1"].presentation.notes_url is UNSET


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ("title: Widget", "title: Widget\ncategory: [a]", "widget.md, line 3, category"),
        ("title: Widget", "title: Widget\ntags: Tag", "widget.md, line 3, tags[0]"),
        ("link: null", "link: no address", "releases[0].link"),
    ],
)
def test_what_lists_show_is_left_out_alone_where_it_cannot_be_read(before, after, place):
    imported, [problem] = parse(WIDGET.replace(before, after, 1))

    assert problem.field.endswith(place)
    assert imported.lines["2.10"].presentation.latest == "2.10.2"


def test_cycles_become_lines_from_the_oldest_on():
    imported, _ = parse()

    assert list(imported.lines) == ["2.1", "2.10"]
    assert [line.position for line in imported.lines.values()] == [1, 2]


def test_a_declared_end_stays_day_true_false_or_missing():
    imported, _ = parse()

    assert imported.lines["2.10"].declared == {
        Phase.ACTIVE_SUPPORT: False,
        Phase.END_OF_LIFE: date(2027, 1, 1),
        Phase.EXTENDED_SUPPORT: True,
    }
    assert imported.lines["2.1"].declared == {Phase.END_OF_LIFE: True}
    assert (imported.lines["2.10"].lts, imported.lines["2.1"].lts) == (date(2026, 6, 1), True)
    assert imported.lines["2.10"].codename == "Quince"
    assert imported.lines["2.10"].released_on == date(2026, 1, 1)


def test_files_with_the_keys_of_earlier_years_say_the_same():
    former = """activeSupportColumn: Bug fixes
extendedSupportColumn: true
releaseColumn: false
releases:"""
    text = WIDGET.replace("releases:", former)
    text = text.replace("eoas: false", "support: true").replace(
        "eoes: true", "extendedSupport: 2028-01-01"
    )
    text = text.replace("eol: true", "support: false\n    extendedSupport: false\n    eol: true")
    imported, problems = parse(text)

    assert problems == []
    assert imported.product.presentation.columns == {
        "active_support": "Bug fixes",
        "extended_support": True,
        "latest": False,
    }
    assert imported.lines["2.10"].declared == {
        Phase.ACTIVE_SUPPORT: False,
        Phase.END_OF_LIFE: date(2027, 1, 1),
        Phase.EXTENDED_SUPPORT: date(2028, 1, 1),
    }
    assert imported.lines["2.1"].declared == {Phase.ACTIVE_SUPPORT: True, Phase.END_OF_LIFE: True}
    assert {name: dict(line.presentation.custom) for name, line in imported.lines.items()} == {
        "2.1": {},
        "2.10": {},
    }


def test_a_former_key_that_cannot_be_read_is_named_as_the_file_names_it():
    _, [problem] = parse(WIDGET.replace("eoas: false", "support: soon"))

    assert (problem.field, problem.value) == ("widget.md, line 9, releases[0].support", "soon")


def test_custom_values_are_kept_as_the_file_writes_them_and_lists_are_left_out():
    text = WIDGET.replace("codename: Quince", "certified: true\n    images: [a, b]")
    imported, [problem] = parse(text)

    assert imported.lines["2.10"].presentation.custom == {"certified": "true"}
    assert problem.field.endswith("releases[0].images")


@pytest.mark.parametrize("answer", ['{"schema_version": "1.2.1", "result": {}}', '[{"eol": true}]'])
def test_an_answer_of_the_api_is_refused_naming_the_file_that_is_read(answer):
    with pytest.raises(UnreadableDocument, match=r"is JSON, .* products/NAME\.md"):
        parse(answer)


def test_a_version_belongs_to_the_longest_cycle_it_begins_with():
    imported, _ = parse(versions=VERSIONS)

    lines = {release.version: release.line for release in imported.releases}
    assert lines == {
        "1.9.0": None,
        "2.1.5": "2.1",
        "2.10.0": "2.10",
        "2.10.1": "2.10",
        "2.10.2": "2.10",
    }


def test_releases_come_by_the_age_of_their_lines_and_then_by_day():
    imported, _ = parse(versions=VERSIONS)

    assert [release.version for release in imported.releases] == [
        "1.9.0",
        "2.1.5",
        "2.10.0",
        "2.10.1",
        "2.10.2",
    ]


def test_the_latest_version_is_a_release_where_the_dated_versions_lack_it():
    imported, _ = parse(versions={"2.10.2": "2026-02-27"})

    days = {release.version: release.released_on for release in imported.releases}
    assert days["2.10.2"] == date(2026, 2, 27)
    assert {r.version: r.released_on for r in parse()[0].releases}["2.10.2"] == date(2026, 3, 1)


def test_a_cycle_without_versions_is_its_own_release():
    imported, _ = parse()

    assert ("2.1", "2.1", date(2025, 1, 1)) in [
        (release.version, release.line, release.released_on) for release in imported.releases
    ]


def test_a_version_of_tomorrow_is_planned():
    imported, _ = parse(versions={"2.10.3": "2026-11-23", "2.10.1": "2026-11-22"})

    plans = {release.version: release.planned_on for release in imported.releases}
    assert plans["2.10.3"] == date(2026, 11, 23)
    assert plans["2.10.1"] is None


@pytest.mark.parametrize(
    ("versions", "scheme"),
    [
        ({"2.1.0": "2025-01-01"}, "semver"),
        ({"2.1": "2025-01-01"}, "pep440"),
        ({"2.1.0": "2025-01-01", "1.1.1w": "2020-01-01"}, "declared"),
    ],
)
def test_the_scheme_is_the_strictest_that_reads_all_versions(versions, scheme):
    assert parse(versions=versions)[0].product.scheme == scheme


def test_an_unquoted_version_stays_as_written():
    imported, problems = parse(WIDGET.replace('"2.10"', "2.10").replace('"2.10.2"', "2.20"))

    assert problems == []
    assert "2.10" in imported.lines
    assert "2.20" in [release.version for release in imported.releases]


@pytest.mark.parametrize(
    ("before", "after", "place", "message"),
    [
        ("eol: 2027-01-01", "eol: soon", "widget.md, line 10, releases[0].eol", "a day, true or"),
        ("eol: 2027-01-01", "eol: 12", "widget.md, line 10, releases[0].eol", "a day, true or"),
        ("Date: 2026-01-01", "Date: true", "widget.md, line 8, releases[0].releaseDate", "a day"),
        ('releaseCycle: "2.1"', "cycle: x", "widget.md, line 17, releases[1]", "releaseCycle"),
        ('releaseCycle: "2.1"', 'releaseCycle: "2.10"', "releases[0].releaseCycle", "twice"),
        ("codename: Quince", f"codename: {'Q' * 300}", "releases[0].codename", "characters"),
        ("- repology: widget", "- widget", "widget.md, line 5, identifiers[1]", "mapping"),
    ],
)
def test_a_broken_entry_is_told_with_its_place_and_the_rest_is_read(before, after, place, message):
    imported, problems = parse(WIDGET.replace(before, after, 1), VERSIONS)

    assert len(problems) == 1
    assert problems[0].field.endswith(place)
    assert message in problems[0].message
    assert imported.lines
    assert len(imported.releases) >= 3


@pytest.mark.parametrize(
    "release_data",
    [
        "{",
        "[]",
        '{"versions": []}',
        beside({"1.0": "2026-02-30"}),
        '{"versions": {"1.0": 3}}',
        "\0",
        beside({" ": "2026-01-01"}),
    ],
)
def test_broken_release_data_is_a_problem_and_the_product_is_read(release_data):
    imported, problems = parse_product(
        WIDGET, slug="widget", today=TODAY, release_data=release_data
    )

    assert [problem.field.startswith("widget.json") for problem in problems] == [True]
    assert len(imported.releases) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Widget",
        "---\ntitle: x\n",
        "---\n---\n",
        "---\nreleases: 3\n---\n",
        "---\na: [\n---\n",
        "---\na: &a 1\nreleases: *a\n---\n",
        b"\xff\xfe",
    ],
)
def test_a_file_without_readable_front_matter_is_refused(text):
    with pytest.raises(UnreadableDocument):
        parse(text)


def test_an_error_in_the_front_matter_names_the_line_of_the_file():
    with pytest.raises(UnreadableDocument, match="Line 3, column 1: the key 'title'"):
        parse("---\ntitle: a\ntitle: b\nreleases: []\n---\n")


@given(st.text("abc:-{}[]\"'\n #&*!0129.", max_size=200))
def test_any_front_matter_is_read_or_refused(text):
    try:
        imported, problems = parse(f"---\nreleases:\n  - {text}\n---\n", VERSIONS)
    except UnreadableDocument:
        return
    assert imported.lines or problems or not imported.lines


def test_a_day_that_does_not_exist_costs_only_its_own_entry():
    imported, problems = parse(WIDGET.replace("eol: 2027-01-01", "eol: 2027-02-30"))

    assert [problem.field for problem in problems] == ["widget.md, line 10, releases[0].eol"]
    assert problems[0].value == "2027-02-30"
    assert "2.1" in imported.lines


CYCLES = """\
---
title: Widget
permalink: /widgets
alternate_urls: [/widget, /the-widget, "/not a slug"]
releases:
{cycles}
---
"""


def of_cycles(*cycles, versions=None):
    lines = []
    for name, latest, day in cycles:
        dated = f", latestReleaseDate: {day}" if day else ""
        lines.append(
            f'  - {{releaseCycle: "{name}", releaseDate: 2025-01-01, eol: false,'
            f' latest: "{latest}"{dated}}}'
        )
    return parse(CYCLES.format(cycles="\n".join(lines)), versions)


def test_a_version_belongs_to_the_cycle_it_begins_with_though_another_names_it_as_latest():
    imported, _ = of_cycles(("5.0", "5.0.1", "2026-01-01"), ("4.6", "5.0.1", "2026-01-01"))

    assert {release.version: release.line for release in imported.releases} == {"5.0.1": "5.0"}


def test_a_part_of_a_cycle_keeps_the_version_that_it_names_as_latest():
    cycles = (("11.0-sp2", "11.0.5058", "2026-02-01"), ("11.0", "11.0.2100", "2026-01-01"))
    imported, _ = of_cycles(*cycles, ("preview", "12.0.1", "2026-03-01"))

    assert {release.version: release.line for release in imported.releases} == {
        "11.0.5058": "11.0-sp2",
        "11.0.2100": "11.0",
        "12.0.1": "preview",
    }


def test_a_latest_without_a_day_is_reported_and_no_release_stands_in_for_it():
    undated = (("1.0", "1.0.3", None), ("0.9", "0.9", None), ("0.8", "0.8.1", None))
    imported, problems = of_cycles(*undated, versions={"0.8.1": "2025-05-05"})

    assert [release.version for release in imported.releases] == ["0.8.1", "0.9"]
    assert list(imported.lines) == ["0.8", "0.9", "1.0"]
    [note] = imported.notes
    assert "the latest version of 1.0, 1.0.3, has no day (latestReleaseDate)" in note
    assert [problem.field for problem in problems] == ["widget.md, line 4, alternate_urls[2]"]


def test_a_product_is_known_by_its_permalink_and_its_other_addresses_are_kept():
    imported, _ = of_cycles(("1.0", "1.0.0", "2026-01-01"))

    assert imported.product.slug == "widgets"
    assert imported.product.aliases == ("widget", "the-widget")

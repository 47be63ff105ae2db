import json
from datetime import date, timedelta
from itertools import islice

import pytest
import yaml

from lifecycle.calendar.zones import zone
from lifecycle.catalogue.consistency import phase_problems
from lifecycle.interchange.endoflife import parse_product
from lifecycle.interchange.featuregates import parse_feature_gates
from lifecycle.interchange.releases import parse_releases
from lifecycle.policy.windows import Phase
from lifecycle.versions import scheme

TODAY = date(2026, 11, 22)
PHASES = {
    "eoas": Phase.ACTIVE_SUPPORT,
    "eol": Phase.END_OF_LIFE,
    "eoes": Phase.EXTENDED_SUPPORT,
}


@pytest.fixture(scope="module")
def products(data):
    """Every product: what PyYAML reads of it, its dated versions, and what we read."""
    read = {}
    for path in sorted((data / "endoflife/products").glob("*.md")):
        slug, text = path.stem, path.read_text("utf-8")
        beside = data / f"endoflife/release-data/{slug}.json"
        release_data = beside.read_text("utf-8") if beside.exists() else None
        source = next(islice(yaml.safe_load_all(text.split("\n---\n", 1)[0]), 1))
        versions = json.loads(release_data)["versions"] if release_data else {}
        read[slug] = (
            source,
            versions,
            *parse_product(text, slug=slug, today=TODAY, release_data=release_data),
        )
    return read


def test_all_products_are_read_without_a_problem(products):
    assert products
    assert {slug: problems for slug, (*_, problems) in products.items() if problems} == {}


def test_every_cycle_is_a_line_in_order_of_age(products):
    for source, _, imported, _ in products.values():
        cycles = [str(cycle["releaseCycle"]) for cycle in source["releases"]]
        assert list(imported.lines) == cycles[::-1]
        positions = [line.position for line in imported.lines.values()]
        assert positions == sorted(set(positions))


def test_no_line_has_phases_in_an_order_that_is_refused_of_people(products):
    for _, _, imported, _ in products.values():
        for line in imported.lines.values():
            assert list(phase_problems(line.declared, {})) == []


def test_every_cycle_declares_what_its_file_says(products):
    for source, _, imported, _ in products.values():
        for cycle in source["releases"]:
            line = imported.lines[cycle["releaseCycle"]]
            said = {phase: cycle[key] for key, phase in PHASES.items() if key in cycle}
            assert line.declared == said
            assert [type(end) for end in line.declared.values()] == [
                type(end) for end in said.values()
            ]
            assert line.lts == cycle.get("lts")
            assert line.released_on == cycle["releaseDate"]


def test_every_version_is_kept_as_written_with_its_day(products):
    for _, versions, imported, _ in products.values():
        days = {
            release.version: release.released_on or release.planned_on
            for release in imported.releases
        }
        assert versions.keys() <= days.keys()
        for version, entry in versions.items():
            assert days[version].isoformat() == entry["date"]


def test_every_line_has_a_release_unless_its_latest_has_no_day(products):
    for _, _, imported, _ in products.values():
        lines = {release.line for release in imported.releases}
        empty = set(imported.lines) - lines
        assert lines - {None} <= set(imported.lines)
        assert all(any(f" of {line}, " in note for note in imported.notes) for line in empty)


def test_nearly_all_versions_of_a_known_age_have_a_line(products):
    stray, dated = 0, 0
    for source, _, imported, _ in products.values():
        first = min(cycle["releaseDate"] for cycle in source["releases"])
        young = [r for r in imported.releases if (r.released_on or r.planned_on) >= first]
        stray += sum(release.line is None for release in young)
        dated += len(young)

    # Those left over belong to cycles that the files no longer list.
    assert stray / dated < 0.04


def test_every_version_is_one_in_the_scheme_chosen(products):
    schemes = {slug: imported.product.scheme for slug, (_, _, imported, _) in products.items()}

    for _, _, imported, _ in products.values():
        for release in imported.releases:
            assert scheme(imported.product.scheme).parse(release.version)
    assert schemes["openssl"] == "declared"
    assert set(schemes.values()) == {"semver", "pep440", "declared"}


def test_reading_twice_gives_the_same(data):
    text = (data / "endoflife/products/python.md").read_bytes()

    once, again = (parse_product(text, slug="python", today=TODAY) for _ in range(2))

    assert once == again


@pytest.mark.parametrize("project", ["kubernetes", "kueue"])
def test_feature_gates_have_the_stages_of_their_file(data, project):
    text = (data / project / "versioned_feature_list.yaml").read_text("utf-8")
    source = {gate["name"]: gate["versionedSpecs"] for gate in yaml.safe_load(text)}

    features, problems = parse_feature_gates(text, file="gates.yaml", scheme=scheme("pep440"))

    assert problems == []
    assert {
        key: {(s.stage, s.from_version, s.default) for s in feature.stages}
        for key, feature in features
    } == {
        name: {(s["preRelease"].lower(), s["version"], s["default"]) for s in specs}
        for name, specs in source.items()
    }


def test_budibase_instants_become_days_of_the_zone(data):
    text = (data / "vendor-releases/budibase.json").read_bytes()

    read = parse_releases(text, file="budibase.json", zone=zone("America/New_York"), today=TODAY)

    assert read.problems == []
    assert read.releases
    for release, entry in zip(read.releases, json.loads(text), strict=True):
        assert release.version == entry["version"]
        day = date.fromisoformat(entry["released_at"][:10])
        assert abs(release.released_on - day) <= timedelta(days=1)

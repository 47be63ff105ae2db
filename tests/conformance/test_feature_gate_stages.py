"""Kubernetes' and kueue's feature gates: the stage of every gate in every minor version.

The lists are imported; what is answered over HTTP agrees with another reading of the files. The
gate pages of Kubernetes, which people wrote, are a third source: entered gate by gate they are
answered as they say, and beside the imported list they differ in 14 gates that are named here.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime

import pytest
import yaml

from lifecycle.audit import queries as audit
from lifecycle.audit.chain import By
from lifecycle.catalogue import features, products
from lifecycle.catalogue.catalogue_inputs import FeatureIn, ProductIn, StageIn
from lifecycle.database import open_store
from lifecycle.imports import import_steps
from testkit.forked_processes import run_forked
from testkit.scales import replayed_share
from testkit.server_processes import RUN

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BY = By("importer", NOW)
PROJECTS = {"kubernetes": [(1, n) for n in range(37)], "kueue": [(0, n) for n in range(23)]}
SCHEMES = {"pep440": "{}.{}", "semver": "{}.{}.0", "npm": "{}.{}.0"}
NOTHING = (None, None)
REMOVED = ("removed", None)
# The page gives no version up to which the gate was there, so none from which it is removed.
REMOVED_NOBODY_SAYS_WHEN = {"DynamicProvisioningScheduling"}
LAST_OF_THE_LIST = 34
"""The list was written while 1.34 was made; the pages go on to 1.35."""
BEFORE_ITS_DEPRECATION = "The list has a gate as GA from 1.0 on; its page begins when deprecated."
WHILE_1_34_WAS_MADE = "The list lacks what changed in 1.34 at last; the page has it."
ONE_STEP_AHEAD = "The list has the gate as beta where its page has it as alpha."
DIFFERENCES = {
    ("AllowDNSOnlyNodeCSR", BEFORE_ITS_DEPRECATION): {(0, 30): (("ga", True), NOTHING)},
    ("AllowInsecureKubeletCertificateSigningRequests", BEFORE_ITS_DEPRECATION): {
        (0, 30): (("ga", True), NOTHING)
    },
    ("AllowServiceLBStatusOnNonLB", BEFORE_ITS_DEPRECATION): {(0, 28): (("ga", True), NOTHING)},
    ("GitRepoVolumeDriver", BEFORE_ITS_DEPRECATION): {(0, 32): (("ga", True), NOTHING)},
    ("APIServerTracing", WHILE_1_34_WAS_MADE): {(34, 34): (("beta", True), ("ga", True))},
    ("DRAAdminAccess", WHILE_1_34_WAS_MADE): {(34, 34): (("alpha", False), ("beta", True))},
    ("DRAPrioritizedList", WHILE_1_34_WAS_MADE): {(34, 34): (("alpha", False), ("beta", True))},
    ("DevicePluginCDIDevices", WHILE_1_34_WAS_MADE): {(34, 34): (("ga", True), REMOVED)},
    ("DynamicResourceAllocation", "The page is of the second design; 1.34 as above."): {
        (26, 29): (("alpha", False), NOTHING),
        (34, 34): (("beta", False), ("ga", True)),
    },
    ("AllowParsingUserUIDFromCertAuth", ONE_STEP_AHEAD): {
        (33, 33): (("beta", True), ("alpha", False))
    },
    ("ClearingNominatedNodeNameAfterBinding", ONE_STEP_AHEAD): {
        (34, 34): (("beta", True), ("alpha", False))
    },
    ("DRASchedulerFilterTimeout", ONE_STEP_AHEAD): {(34, 34): (("beta", True), ("alpha", False))},
    ("APIResponseCompression", "The page has it a version earlier."): {
        (7, 7): (NOTHING, ("alpha", False))
    },
    ("DisableNodeKubeProxyVersion", "1.31.1 took back what 1.31.0 brought; the list has minors."): {
        (31, 31): (("deprecated", False), ("beta", True))
    },
}


@pytest.fixture(scope="module")
def now():
    return NOW


@pytest.fixture(scope="module")
def gates(data):
    """Read the lists in a way of their own: for each gate, stage and default by numbers."""
    found = {}
    for project in PROJECTS:
        listed = yaml.safe_load((data / project / "versioned_feature_list.yaml").read_text("utf-8"))
        found[project] = {
            gate["name"]: {
                numbers(spec["version"]): (spec["preRelease"].lower(), spec["default"])
                for spec in gate["versionedSpecs"]
            }
            for gate in listed
        }
    return found


@pytest.fixture(scope="module")
def written(data):
    """Read the pages: for each gate its stages, and whether it is removed by now."""
    folder = data / "kubernetes" / "feature-gates"
    found = {}
    for path in sorted(folder.glob("*.md")):
        front = yaml.safe_load(path.read_text("utf-8").split("\n---", 1)[0])
        if front["content_type"] == "feature_gate":
            found[front["title"]] = front["stages"], front.get("removed", False)
    return found


@pytest.fixture(scope="module")
def imported(data, own_url):
    """Import both lists under each scheme; twice."""

    async def run():
        store, reports = open_store(own_url), []
        for _ in range(2):
            for project in PROJECTS:
                for scheme in SCHEMES:
                    path = data / project / "versioned_feature_list.yaml"
                    source = import_steps.Source(path.name, path.read_bytes())
                    target = import_steps.Target(f"{project}-{scheme}", scheme, "minor")
                    outcome = await import_steps.feature_gates(store, source, target, by=BY)
                    async with store.reading() as session:
                        reports.append((outcome, await audit.head(session)))
        await store.close()
        return reports

    return asyncio.run(run())


@pytest.fixture(scope="module")
def entered(own_url, written):
    """Enter the pages gate by gate, as a vendor would who has no list."""

    async def run():
        store = open_store(own_url)
        async with store.writing() as session:
            facts = ProductIn(slug="kubernetes-pages", scheme="pep440")
            product, _ = await products.put(session, facts, by=BY)
            for name, (stages, removed) in written.items():
                feature = as_feature(stages, removed=removed)
                await features.put(session, product, name, feature, by=BY)
        await store.close()

    asyncio.run(run())


def as_feature(stages, *, removed):
    found = [
        StageIn(
            stage=word(said), from_version=said["fromVersion"], default=said.get("defaultValue")
        )
        for said in stages
    ]
    if removed and "toVersion" in stages[-1]:
        major, minor = numbers(stages[-1]["toVersion"])
        found.append(StageIn(stage="removed", from_version=f"{major}.{minor + 1}"))
    return FeatureIn(stages=tuple(found))


def numbers(version):
    return tuple(int(part) for part in str(version).split("."))


def word(said):
    return said["stage"].replace("stable", "ga")


def listed_at(specs, version):
    """Work out stage and default in a version from a list."""
    return specs[max(begun)] if (begun := [v for v in specs if v <= version]) else NOTHING


def written_at(page, version):
    """Work out stage and default in a version from a page, where ranges have ends and overlap."""
    stages, removed = page
    holding = [
        said
        for said in stages
        if whole(said["fromVersion"]) <= version and version[: len(last(said))] <= last(said)
    ]
    if holding:
        said = max(holding, key=lambda said: whole(said["fromVersion"]))
        return word(said), said.get("defaultValue")
    return REMOVED if removed and version > last(stages[-1]) else NOTHING


def whole(version):
    return (*numbers(version), 0)[:3]


def last(said):
    return numbers(said.get("toVersion", "999"))


def stages_in(found):
    return {each["key"]: (each["stage"], each["default"]) for each in found}


def test_every_gate_is_imported_and_a_second_time_nothing_changes(imported, gates):
    half = len(imported) // 2
    for (first, _), (again, head) in zip(imported[:half], imported[half:], strict=True):
        (report,) = first.reports
        assert first.problems == again.problems == []
        assert set(report.features.created) == set(gates[report.product.split("-")[0]])
        assert not again.reports[0].altered
        assert again.reports[0].features.unchanged == len(report.features.created)
        assert head == imported[half - 1][1]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("project", PROJECTS)
async def test_every_gate_has_in_every_minor_version_the_stage_of_its_list(
    ask, imported, gates, project, scheme
):
    for version in PROJECTS[project]:
        asked = SCHEMES[scheme].format(*version)
        page = await ask(f"/v1/products/{project}-{scheme}/features", version=asked, limit=500)
        assert stages_in(page["items"]) == {
            name: listed_at(specs, version) for name, specs in gates[project].items()
        }, version


@pytest.mark.parametrize("project", PROJECTS)
async def test_a_patch_has_the_stages_of_its_minor_version(ask, imported, project):
    path = f"/v1/products/{project}-semver/features"
    for major, minor in PROJECTS[project]:
        first = await ask(path, version=f"{major}.{minor}.0", limit=500)
        late = await ask(path, version=f"{major}.{minor}.99", limit=500)
        assert late == first


async def test_gates_come_in_pages_each_once(ask, pages, imported, gates):
    path = "/v1/products/kubernetes-pep440/features"

    found = await pages(path, version="1.33", limit=7)

    assert found == (await ask(path, version="1.33", limit=500))["items"]
    assert [each["key"] for each in found] == sorted(gates["kubernetes"])


async def test_without_releases_no_gate_has_a_stage_on_a_day(ask, imported):
    found = await ask("/v1/products/kubernetes-pep440/features", at="2026-11-21", limit=500)

    assert {stage for stage, _ in stages_in(found["items"]).values()} == {None}


async def test_every_gate_page_is_answered_as_it_is_written_patches_and_removals_included(
    pages, entered, written
):
    patches = [(1, 31, 0), (1, 31, 1), (1, 31, 14), (1, 32, 0), (1, 32, 5)]
    told = written.keys() - REMOVED_NOBODY_SAYS_WHEN
    for version in replayed_share([*PROJECTS["kubernetes"], *patches]):
        asked = ".".join(map(str, version))
        found = stages_in(
            await pages("/v1/products/kubernetes-pages/features", version=asked, limit=500)
        )
        assert found.keys() == written.keys()
        for name in told:
            wanted = written_at(written[name], whole(asked))
            assert found[name] == wanted, (name, version)


async def test_the_list_and_the_pages_differ_in_the_gates_named_and_in_no_other(
    ask, imported, entered, gates, written
):
    both = gates["kubernetes"].keys() & written.keys()
    found = {}
    for minor in range(LAST_OF_THE_LIST + 1):
        asked = {"version": f"1.{minor}", "limit": 500}
        imports = await ask("/v1/products/kubernetes-pep440/features", **asked)
        pages = await ask("/v1/products/kubernetes-pages/features", **asked)
        listed, told = stages_in(imports["items"]), stages_in(pages["items"])
        for name in both:
            if listed[name] != told[name]:
                found.setdefault(name, {})[minor] = (listed[name], told[name])

    assert found == {
        name: {
            minor: pair for (first, end), pair in said.items() for minor in range(first, end + 1)
        }
        for (name, _), said in DIFFERENCES.items()
    }
    assert {name for name, _ in DIFFERENCES} <= both


def test_the_command_line_imports_the_gates_and_counts_them(data, tmp_path, gates):
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    command = ["import", "featuregates", str(data / "kueue" / "versioned_feature_list.yaml")]
    command += ["--product", "kueue", "--scheme", "semver"]
    environ = {**os.environ, "LIFECYCLE_DATABASE_URL": url}

    first, again = (run_forked(RUN, command, environ) for _ in range(2))

    count = len(gates["kueue"])
    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert f"features: {count} new, 0 changed, 0 unchanged" in first.stdout
    assert f"features: 0 new, 0 changed, {count} unchanged" in again.stdout

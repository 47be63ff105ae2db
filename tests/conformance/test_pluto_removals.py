"""The API versions that pluto has as deprecated and removed, under the ``kubernetes`` preset.

An API's stage is in the name of its version: v1alpha1 is alpha, v2beta2 is beta. The list is of
Kubernetes and of cert-manager, which made no such promise as Kubernetes did, and is held to it here
all the same. What the promise says is worked out from the list, the days and two numbers.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections import Counter
from datetime import date
from typing import NamedTuple

import pytest
import yaml

from lifecycle.catalogue.catalogue_inputs import StageIn
from lifecycle.database import open_store
from lifecycle.policy.presets import preset
from testkit.history_replays import Change, Replay, Verdict
from testkit.kubernetes_releases import RELEASES, later_by_months

TODAY = date(2026, 6, 1)
MONTHS, MINORS = 9, 3
"""What a beta API is served on after its deprecation: whichever is longer."""
EXEMPT = Verdict(refused=False)
REFUSED = Verdict(refused=True)
KEPT = Verdict(refused=False, ruled=True)
BROKEN = Verdict(refused=False, ruled=True, broken=True)
OUT = {"k8s": "1.0.0", "cert-manager": "0.1.0"}
"""A version that every API of the list is taken to be as old as."""
BEFORE_THE_FILE = {"0.11.0": date(2019, 10, 8)}
"""The list begins earlier than the file with cert-manager's releases."""


class Api(NamedTuple):
    """An entry of the list."""

    component: str
    version: str
    kind: str
    deprecated_in: tuple[int, int]
    removed_in: tuple[int, int]

    @property
    def key(self):
        return f"{self.version.replace('/', '.')}.{self.kind}"

    @property
    def stage(self):
        return re.fullmatch(r"v\d+(alpha|beta)\d+", self.version.split("/")[1])[1]

    def verdict(self, minors, removed_in):
        """Work out how a removal in some minor version is judged on its day, and on taking effect.

        ``minors`` are a component's minor versions with their days, in order.
        """
        if self.stage == "alpha":
            return EXEMPT
        places = list(minors)
        had = places.index(removed_in) - places.index(self.deprecated_in)
        if minors[removed_in] < later_by_months(minors[self.deprecated_in], MONTHS):
            return REFUSED
        return BROKEN if had < MINORS else KEPT

    def change(self, minors, removed_in):
        stages = (StageIn(stage=self.stage, from_version=OUT[self.component]),)
        return Change(self.key, stages, minors[self.deprecated_in], minors[removed_in])


def minor(version):
    major, number = version.removeprefix("v").split(".")[:2]
    return int(major), int(number)


@pytest.fixture(scope="module")
def apis(data):
    listed = yaml.safe_load((data / "pluto" / "versions.yaml").read_text("utf-8"))
    return [
        Api(
            each["component"],
            each["version"],
            each["kind"],
            minor(each["deprecated-in"]),
            minor(each["removed-in"]),
        )
        for each in listed["deprecated-versions"]
    ]


@pytest.fixture(scope="module")
def releases(data):
    """Give the days of each component's releases."""
    path = data / "endoflife" / "release-data" / "cert-manager.json"
    listed = json.loads(path.read_text("utf-8"))["versions"]
    dated = {version: date.fromisoformat(said["date"]) for version, said in listed.items()}
    return {
        "k8s": {f"1.{number}.0": day for number, day in enumerate(RELEASES)},
        "cert-manager": BEFORE_THE_FILE | dated,
    }


@pytest.fixture(scope="module")
def minors(releases):
    """Give the minor versions of each component, in order, with their first days."""
    found = {}
    for component, listed in releases.items():
        first = {minor(version): day for version, day in listed.items() if version.endswith(".0")}
        found[component] = dict(sorted(first.items()))
    return found


def policy():
    document = yaml.safe_load(preset("kubernetes"))
    document["in_force_from"] = RELEASES[0]
    return yaml.safe_dump(document)


@pytest.fixture(scope="module", params=list(OUT))
def component(request):
    return request.param


@pytest.fixture(scope="module")
def ours(apis, component):
    return [api for api in apis if api.component == component]


@pytest.fixture(scope="module")
def others(ours, minors, component):
    """Pair each API with every minor version after its deprecation in which it might have gone."""
    return [
        (api, minor) for api in ours for minor in minors[component] if minor >= api.deprecated_in
    ]


@pytest.fixture(scope="module")
def replayed(ours, others, releases, minors, component, sqlite_template, tmp_path_factory):
    """Announce all on their days; judge them again in hindsight, and all other removals as well."""
    days = minors[component]

    async def run():
        path = tmp_path_factory.mktemp("pluto") / "store.sqlite3"
        shutil.copyfile(sqlite_template, path)
        store = open_store(f"sqlite:///{path}")
        changes = [api.change(days, api.removed_in) for api in ours]
        replay = Replay(store, component, policy(), releases[component], changes)
        verdicts = await replay.run()
        hindsight = await replay.in_hindsight(TODAY)
        supposed = [api.change(days, removed_in) for api, removed_in in others]
        judged = await replay.judge(supposed, TODAY)
        await store.close()
        return verdicts, hindsight, judged

    return asyncio.run(run())


def test_every_removal_is_judged_as_the_numbers_say(replayed, ours, minors, component):
    verdicts, _, _ = replayed

    assert verdicts == {api.key: api.verdict(minors[component], api.removed_in) for api in ours}


def test_knowing_the_releases_every_removal_that_breaks_the_numbers_is_refused(
    replayed, ours, minors, component
):
    _, hindsight, _ = replayed

    said = {api.key: api.verdict(minors[component], api.removed_in) for api in ours}
    assert {key for key, verdict in hindsight.items() if verdict.refused} == {
        key for key, verdict in said.items() if verdict in {REFUSED, BROKEN}
    }


def test_a_removal_in_any_other_version_is_judged_by_the_same_numbers(
    replayed, others, minors, component
):
    _, _, judged = replayed

    for (api, removed_in), verdict in zip(others, judged, strict=True):
        said = api.verdict(minors[component], removed_in)
        assert verdict.refused == (said in {REFUSED, BROKEN}), (api, removed_in)


def test_alphas_are_exempt_even_where_they_go_at_once(replayed, ours):
    verdicts, _, _ = replayed

    alphas = [api for api in ours if api.stage == "alpha"]
    assert {verdicts[api.key] for api in alphas} == {EXEMPT}
    assert any(api.removed_in == api.deprecated_in for api in alphas)


def test_kubernetes_kept_its_promise_each_time_and_cert_manager_did_not(apis, minors):
    judged = {name: Counter() for name in OUT}
    for api in apis:
        verdict = api.verdict(minors[api.component], api.removed_in)
        judged[api.component][api.stage, verdict] += 1

    assert judged == {
        "k8s": {("beta", KEPT): 15, ("alpha", EXEMPT): 9},
        "cert-manager": {("beta", REFUSED): 6, ("alpha", EXEMPT): 18},
    }

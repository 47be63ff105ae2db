"""The removals of Kubernetes' feature gates, as its pages tell them, under the preset's terms.

A gate is announced to go by the release that deprecates it, or that makes it GA, since then it has
served; one that did neither is announced only by the release that no longer has it. What it is
owed follows from the highest stage it had in a release that was covered then. All of that is worked
out here from the pages and a table of numbers, and must be what is decided.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from datetime import date
from typing import NamedTuple

import pytest
import yaml

from lifecycle.catalogue.catalogue_inputs import StageIn
from lifecycle.database import open_store
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.presets import preset
from testkit.history_replays import Change, Replay, Verdict
from testkit.kubernetes_releases import RELEASES, covered_minors, later_by_months
from testkit.scales import replayed_share

TODAY = date(2026, 6, 1)
ALPHA, BETA, STABLE, NEVER_HAD_ONE = "alpha", "beta", "stable", None
A_MAJOR = 10**6
"""More minor releases than there will be before the next major."""
NUMBERS = {
    # By what is promised: months, and minor releases; None is exempt.
    "removal": {ALPHA: None, BETA: (9, 3), STABLE: (12, A_MAJOR), NEVER_HAD_ONE: (12, 0)},
    "breaking_change": {ALPHA: None, BETA: (3, 1), STABLE: (12, 2), NEVER_HAD_ONE: (12, 2)},
    "gate": {ALPHA: None, BETA: (3, 1), STABLE: (6, 2), NEVER_HAD_ONE: (3, 1)},
}
REFUSED = Verdict(refused=True)
OWED_NO_RELEASE = Verdict(refused=False)
KEPT = Verdict(refused=False, ruled=True)
BROKEN = Verdict(refused=False, ruled=True, broken=True)
KINDS = {"removal": Kind.REMOVAL, "breaking_change": Kind.BREAKING_CHANGE, "gate": Kind.REMOVAL}
WITHOUT_NOTICE = "DRAControlPlaneController"
RULE_9 = {
    "default": {"longest": ["3 months", "1 minor release"]},
    "stages": {"ga": {"longest": ["6 months", "2 minor releases"]}},
}
"""The policy's own numbers for gates, which are neither its numbers for APIs nor for flags."""


class Gate(NamedTuple):
    """A gate that is gone: its stages by minor version, when it was announced, and removed."""

    stages: list[tuple[str, int]]
    announced_in: int
    removed_in: int

    @classmethod
    def read(cls, stages):
        begun = [(said["stage"], minor(said["fromVersion"])) for said in stages]
        removed_in = minor(stages[-1]["toVersion"]) + 1
        last, since = begun[-1]
        return cls(begun, since if last in {"deprecated", STABLE} else removed_in, removed_in)

    def highest(self):
        """Find the highest stage it had in what was covered when it was announced."""
        held = {self.stage_in(minor) for minor in covered_minors(RELEASES[self.announced_in])}
        return next((stage for stage in (STABLE, BETA, ALPHA) if stage in held), NEVER_HAD_ONE)

    def stage_in(self, version):
        """Give what it promised in a version; deprecated, it is what it was."""
        begun = [said for said, since in self.stages if since <= version and said != "deprecated"]
        return begun[-1] if begun else None

    def verdict(self, numbers):
        """Work out how its removal is judged on the day, and when it takes effect."""
        owed = numbers[self.highest()]
        if owed is None:
            return OWED_NO_RELEASE
        months, minors = owed
        announced_on, removed_on = RELEASES[self.announced_in], RELEASES[self.removed_in]
        if removed_on < later_by_months(announced_on, months):
            return REFUSED
        return Verdict(refused=False, ruled=minors > 0, broken=self.had < minors)

    @property
    def had(self):
        """Count the minor releases of its notice, the one without it included."""
        return self.removed_in - self.announced_in


def minor(version):
    return int(version.split(".")[1])


@pytest.fixture(scope="module")
def all_gates(data):
    """Read the gates that are gone and whose pages say since when."""
    found = {}
    for path in sorted((data / "kubernetes" / "feature-gates").glob("*.md")):
        front = yaml.safe_load(path.read_text("utf-8").split("\n---", 1)[0])
        if front.get("removed") and "toVersion" in front["stages"][-1]:
            found[front["title"]] = Gate.read(front["stages"])
    return found


@pytest.fixture(scope="module")
def gates(all_gates):
    """Choose the gates that are replayed, from each stage alike."""
    by_stage = sorted(all_gates, key=lambda name: f"{all_gates[name].highest()}")
    return {name: all_gates[name] for name in {WITHOUT_NOTICE, *replayed_share(by_stage)}}


def as_change(name, gate, kind):
    words = {STABLE: "ga"}
    stages = tuple(
        StageIn(stage=words.get(said, said), from_version=f"1.{since}.0")
        for said, since in gate.stages
    )
    return Change(name, stages, RELEASES[gate.announced_in], RELEASES[gate.removed_in], kind)


def policy(terms):
    """Give the preset, in force since the first release; for gates with the numbers of rule 9."""
    document = yaml.safe_load(preset("kubernetes"))
    document["in_force_from"] = RELEASES[0]
    if terms == "gate":
        document["notice"]["removal"] = RULE_9
    return yaml.safe_dump(document)


@pytest.fixture(scope="module", params=list(NUMBERS))
def terms(request):
    return request.param


@pytest.fixture(scope="module")
def replayed(gates, terms, sqlite_template, tmp_path_factory):
    async def run():
        path = tmp_path_factory.mktemp("kubernetes") / "store.sqlite3"
        shutil.copyfile(sqlite_template, path)
        store = open_store(f"sqlite:///{path}")
        changes = [as_change(name, gate, KINDS[terms]) for name, gate in gates.items()]
        listed = {f"1.{number}.0": day for number, day in enumerate(RELEASES)}
        replay = Replay(store, "kubernetes", policy(terms), listed, changes)
        verdicts = await replay.run()
        hindsight = await replay.in_hindsight(TODAY)
        await store.close()
        return verdicts, hindsight

    return asyncio.run(run())


def test_every_removal_is_judged_as_the_numbers_say(replayed, gates, terms):
    verdicts, _ = replayed

    assert verdicts == {name: gate.verdict(NUMBERS[terms]) for name, gate in gates.items()}


def test_knowing_the_releases_every_removal_that_breaks_the_numbers_is_refused(
    replayed, gates, terms
):
    _, hindsight = replayed

    expected = {name: gate.verdict(NUMBERS[terms]) for name, gate in gates.items()}
    # A major that never came is still waited for: no day can be too soon, nor be enough.
    caught = {name for name, verdict in hindsight.items() if verdict.refused or verdict.ruled}
    assert caught == {name for name, said in expected.items() if said.refused or said.broken}


def test_alphas_are_exempt_however_short_the_notice(replayed, gates):
    verdicts, hindsight = replayed

    alphas = {name for name, gate in gates.items() if gate.highest() == ALPHA}
    assert {verdicts[name] for name in alphas} == {OWED_NO_RELEASE}
    assert {hindsight[name] for name in alphas} == {OWED_NO_RELEASE}
    assert WITHOUT_NOTICE in alphas
    assert gates[WITHOUT_NOTICE].had == 0


def test_the_91_gates_had_every_stage_and_get_every_verdict(all_gates):
    judged = {
        terms: Counter(gate.verdict(numbers) for gate in all_gates.values())
        for terms, numbers in NUMBERS.items()
    }

    stages = Counter(gate.highest() for gate in all_gates.values())
    assert stages == {STABLE: 72, ALPHA: 13, BETA: 3, NEVER_HAD_ONE: 3}
    assert judged == {
        # As if gates were APIs: GA ones go in a major only, and Kubernetes never had a second.
        "removal": {REFUSED: 47, BROKEN: 29, KEPT: 1, OWED_NO_RELEASE: 14},
        "breaking_change": {REFUSED: 45, KEPT: 33, OWED_NO_RELEASE: 13},
        # Its own rule for gates Kubernetes has kept every time.
        "gate": {KEPT: 78, OWED_NO_RELEASE: 13},
    }

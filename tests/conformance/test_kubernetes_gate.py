"""Kubernetes' gates A to G, asked about release by release before each minor goes out.

Each minor's manifest says what it did: the gates it removed, and the stages it gave others. It is
asked under the preset's terms three times over: with nothing announced; with every removal
announced on the day of the release before it; and with every removal announced on the day its page
gives, and made in the first release that keeps what is owed, which for what was GA is an invented
2.0. What must be found, by rule and release, is worked out here in plain Python from the files and
a table of numbers, and its counts stand beside it.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import defaultdict
from datetime import date
from typing import NamedTuple

import pytest
import yaml

from lifecycle.answers.snapshots import Snapshot
from lifecycle.catalogue import features, policies, products
from lifecycle.catalogue.catalogue_inputs import FeatureIn, ProductIn, ReleaseIn, StageIn
from lifecycle.catalogue.queries import get_product
from lifecycle.database import open_store
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.deprecation_inputs import AnnounceIn, DeprecationIn
from lifecycle.deprecations.workflow import announcement, drafts
from lifecycle.gate.context import gather
from lifecycle.gate.judgement import judge
from lifecycle.gate.manifests import Manifest
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.presets import preset
from testkit.history_replays import acting
from testkit.kubernetes_releases import RELEASES, later_by_months
from testkit.registered_releases import register_releases
from testkit.scales import replayed_share

ALPHA, BETA, GA, DEPRECATED = "alpha", "beta", "ga", "deprecated"
MATURITY = (ALPHA, BETA, GA)
NEVER_HAD_ONE = None
A_MAJOR = 10**6
"""More minor releases than there will be before the next major."""
OWED = {ALPHA: None, BETA: (9, 3), GA: (12, A_MAJOR), NEVER_HAD_ONE: (12, 0)}
"""Before a removal, by the highest stage: months, and minor releases; None is exempt."""
BETA_LASTS = 12
"""Months that the preset expects a beta to last."""
LAST = len(RELEASES)
DAYS = [*RELEASES, date(2027, 1, 15)]
"""The days of 1.0, 1.1 and so on, and of a 2.0 more than a year after the last of them."""


class Gate(NamedTuple):
    """A gate: its stages by minor, when its page announces its removal, and when it is made."""

    stages: tuple[tuple[str, int], ...]
    announced_in: int | None = None
    removed_in: int | None = None

    def stage_in(self, minor):
        begun = [stage for stage, since in self.stages if since <= minor]
        return begun[-1] if begun else None

    def promises_in(self, minor):
        """Deprecated, it still promises what it did before."""
        begun = [stage for stage, since in self.stages if since <= minor and stage != DEPRECATED]
        return begun[-1] if begun else None

    def highest(self, day, *, newest):
        """Find the highest stage in what is supported on a day on which ``newest`` is out."""
        young = (m for m in range(newest + 1) if day < later_by_months(DAYS[m], 14))
        held = {self.promises_in(m) for m in {*range(max(newest - 2, 0), newest + 1), *young}}
        return next((stage for stage in reversed(MATURITY) if stage in held), NEVER_HAD_ONE)

    def owed_before(self, release):
        """Say what is owed as its removal by a release is asked about, the one before out."""
        return OWED[self.highest(DAYS[release], newest=release - 1)]

    def is_early(self, announced_in, release):
        """Say whether a removal announced with one release comes too soon with another."""
        owed = self.owed_before(release)
        if owed is None:
            return False
        months, minors = owed
        a_major_came = release == LAST
        enough = a_major_came or release - announced_in >= minors
        return DAYS[release] < later_by_months(DAYS[announced_in], months) or not enough

    def announced_for(self, announced_in):
        """Give the first day that is permissible as it is announced with a release just out."""
        owed = OWED[self.highest(DAYS[announced_in], newest=announced_in)]
        return later_by_months(DAYS[announced_in], owed[0] if owed else 0)


def read(folder):
    """Read the gates that are gone from their pages, and the others from the versioned list."""
    gates = {}
    listed = yaml.safe_load((folder / "versioned_feature_list.yaml").read_text("utf-8"))
    for said in listed:
        specs = said["versionedSpecs"]
        gates[said["name"]] = Gate(
            tuple((s["preRelease"].lower(), minor_of(s["version"])) for s in specs)
        )
    for path in sorted((folder / "feature-gates").glob("*.md")):
        front = yaml.safe_load(path.read_text("utf-8").split("\n---", 1)[0])
        if front.get("removed") and "toVersion" in front["stages"][-1]:
            gates[front["title"]] = gone(front["stages"])
    return gates


def gone(said):
    """Take a gate as announced by the release that deprecates it or makes it GA, or removes it."""
    words = {"stable": GA}
    stages = tuple((words.get(s["stage"], s["stage"]), minor_of(s["fromVersion"])) for s in said)
    removed_in = minor_of(said[-1]["toVersion"]) + 1
    last, since = stages[-1]
    return Gate(stages, since if last in {DEPRECATED, GA} else removed_in, removed_in)


def minor_of(version):
    return int(version.split(".")[1])


def nothing_announced(gates):
    return {name: (None, gate.removed_in) for name, gate in gates.items() if gate.removed_in}


def one_release_ahead(gates):
    removed = nothing_announced(gates)
    return {name: (release - 1, release) for name, (_, release) in removed.items()}


def in_time(gates):
    """Make each removal in the first release, from its own on, that keeps what is owed."""
    found = {}
    for name, gate in gates.items():
        if gate.removed_in is None:
            continue
        release = gate.removed_in
        while gate.is_early(gate.announced_in, release):
            release += 1
        found[name] = (gate.announced_in if gate.announced_in < release else None, release)
    return found


HISTORIES = {each.__name__: each for each in (nothing_announced, one_release_ahead, in_time)}


def expected(gates, history):
    """Work out what is found of each release: rule and gate, or line."""
    found = {release: set() for release in asked_about(history)}
    for release, findings in found.items():
        if release >= 3:
            findings.add(("implied-end-unannounced", f"1.{release - 3}"))
        for name, gate in gates.items():
            announced_in, removed_in = history.get(name, (None, None))
            if removed_in == release:
                findings |= {(rule, name) for rule in of_removal(gate, announced_in, release)}
            elif removed_in is None or release < removed_in:
                findings |= {(rule, name) for rule in of_others(gate, announced_in, release)}
    return found


def of_removal(gate, announced_in, release):
    if gate.owed_before(release) is None:
        return
    if announced_in is None:
        yield "removal-unannounced"
        return
    if gate.is_early(announced_in, release):
        yield "removal-too-soon"
    if gate.highest(DAYS[release], newest=release - 1) == GA:
        yield "replacement-missing"  # the announcements here name none


def of_others(gate, announced_in, release):
    before = [stage for stage, since in gate.stages if since < release]
    now = [stage for stage, since in gate.stages if since == release]
    if now and now[-1] == GA and set(before) == {ALPHA}:
        yield "stage-skipped"
    if before and before[-1] == BETA and set(now) <= {BETA}:  # an entry may be for the default
        since = beta_since(gate)
        if later_by_months(DAYS[since], BETA_LASTS) <= DAYS[release]:
            yield "experiment-overstays"
    if announced_in is not None and announced_in < release:
        passed = gate.announced_for(announced_in) < DAYS[release]
        if passed and not gate.is_early(announced_in, release):
            yield "removal-overdue"


def beta_since(gate):
    """Give the release that made it beta, whatever its default has become since."""
    return min(since for stage, since in gate.stages if stage == BETA)


def asked_about(history):
    return range(LAST + (LAST in {release for _, release in history.values()}))


@pytest.fixture(scope="module")
def all_gates(data):
    return read(data / "kubernetes")


@pytest.fixture(scope="module")
def gates(all_gates):
    return dict(replayed_share(all_gates.items()))


@pytest.fixture(scope="module", params=list(HISTORIES))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def history(name, gates):
    return HISTORIES[name](gates)


@pytest.fixture(scope="module")
def judged(name, request):
    if name == "in_time":
        return request.getfixturevalue("timely")
    ahead, unannounced = request.getfixturevalue("ahead")
    return unannounced if name == "nothing_announced" else ahead


@pytest.fixture(scope="module")
def ahead(replay, gates):
    """What was removed when it was, seen with its announcements and without."""
    return replay(one_release_ahead(gates))


@pytest.fixture(scope="module")
def timely(replay, gates):
    judged, _ = replay(in_time(gates))
    return judged


@pytest.fixture(scope="module")
def replay(gates, sqlite_template, tmp_path_factory):
    async def run(history):
        path = tmp_path_factory.mktemp("kubernetes") / "store.sqlite3"
        shutil.copyfile(sqlite_template, path)
        store = open_store(f"sqlite:///{path}")
        found = await Kubernetes(store, gates, history).run()
        await store.close()
        return found

    return lambda history: asyncio.run(run(history))


class Kubernetes:
    """Its releases on a store that knows nothing before its day."""

    def __init__(self, store, gates, history):
        self.store, self.gates, self.history = store, gates, history
        self.announced = defaultdict(list)
        for name, (announced_in, _) in history.items():
            self.announced[announced_in].append(name)

    async def run(self):
        """Ask before each release, let it out whatever is said, and announce what is due then."""
        document = yaml.safe_load(preset("kubernetes")) | {"in_force_from": DAYS[0]}
        async with self.store.writing() as session:
            by = acting(DAYS[0])
            facts = ProductIn(slug="kubernetes", scheme="semver", line_by="minor")
            product, _ = await products.put(session, facts, by=by)
            await policies.put(session, product, yaml.safe_dump(document), by=by, format="yaml")
        judged, judged_without = {}, {}
        for release in asked_about(self.history):
            judged[release], judged_without[release] = await self.ask(release)
            await self.go_out(release)
        return judged, judged_without

    async def ask(self, release):
        """Give the judgement by all that is announced, and the one by nothing of it."""
        manifest = Manifest(
            product="kubernetes",
            version=version(release),
            removes=tuple(self.removed(release)),
            stages={name: gate.stage_in(release) for name, gate in self.moved(release)},
        )
        async with self.store.reading() as session:
            loaded, announced = await load_known(session, "kubernetes")
            snapshots = [Snapshot(loaded, 1, announced=each) for each in (announced, ())]
            day = DAYS[release]
            return [
                judge(await gather(session, snapshot, manifest, at=day, day=day))
                for snapshot in snapshots
            ]

    async def go_out(self, release):
        day, by = DAYS[release], acting(DAYS[release])
        async with self.store.writing() as session:
            product = await get_product(session, "kubernetes")
            out = [ReleaseIn(version=version(release), released_on=day)]
            await register_releases(session, product, out, by=by, today=day)
            for name in {name for name, _ in self.moved(release)} | set(self.removed(release)):
                facts = FeatureIn(stages=tuple(self.stages(name, release)))
                await features.put(session, product, name, facts, by=by)
            for name in self.announced.get(release, ()):
                told = DeprecationIn(
                    product="kubernetes", kind=Kind.REMOVAL, feature=name, reason="It is old."
                )
                draft = await drafts.draft(session, product, told, by=by, today=day)
                await announcement.announce(session, draft, AnnounceIn(), by=by)

    def removed(self, release):
        return [name for name, (_, removed_in) in self.history.items() if removed_in == release]

    def moved(self, release):
        """Give the gates that have an entry for the release, were it only for the default."""
        for name, gate in self.gates.items():
            if any(since == release for _, since in gate.stages):
                yield name, gate

    def stages(self, name, release):
        """Give a gate's stages as the catalogue has them once a release is out."""
        for stage, since in self.gates[name].stages:
            if since <= release:
                yield StageIn(stage=stage, from_version=version(since))
        if self.history.get(name, (None, None))[1] == release:
            yield StageIn(stage="removed", from_version=version(release))


def version(release):
    return f"1.{release}.0" if release < LAST else "2.0.0"


def found_by(judgement):
    return {(finding.rule, finding.subject) for finding in judgement.findings}


ERRORS = {"removal-unannounced", "removal-too-soon"}


def test_every_release_is_judged_as_the_numbers_say(judged, gates, history):
    assert {release: found_by(each) for release, each in judged.items()} == expected(gates, history)
    assert all(each.decided for each in judged.values())


def test_a_release_fails_where_a_removal_was_not_announced_in_time_and_nowhere_else(
    judged, gates, history
):
    failing = {
        release
        for release, findings in expected(gates, history).items()
        if any(rule in ERRORS for rule, _ in findings)
    }

    assert {release for release, each in judged.items() if each.verdict == "fail"} == failing


def test_what_was_only_alpha_always_goes_and_ga_never_does_unannounced(judged, gates, history):
    for name, (announced_in, release) in history.items():
        highest = gates[name].highest(DAYS[release], newest=release - 1)
        rules = {rule for rule, subject in found_by(judged[release]) if subject == name}
        if highest == ALPHA:
            assert not rules
        elif highest == GA and announced_in is None:
            assert rules == {"removal-unannounced"}


def test_every_rule_that_the_gates_can_break_is_among_what_is_expected(all_gates):
    rules = {
        name: {
            rule
            for findings in expected(all_gates, make(all_gates)).values()
            for rule, _ in findings
        }
        for name, make in HISTORIES.items()
    }

    always = {"implied-end-unannounced", "stage-skipped", "experiment-overstays"}
    assert rules == {
        "nothing_announced": always | {"removal-unannounced"},
        "one_release_ahead": always | {"removal-too-soon", "replacement-missing"},
        "in_time": always | {"removal-overdue", "replacement-missing"},
    }


def test_gates_of_every_stage_were_removed(all_gates):
    removed = [(gate, gate.removed_in) for gate in all_gates.values() if gate.removed_in]

    stages = {gate.highest(DAYS[by], newest=by - 1) for gate, by in removed}

    assert stages == {GA, ALPHA, BETA, NEVER_HAD_ONE}

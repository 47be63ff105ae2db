"""What the gate gathers from a real store, for a release that is about to go out."""

from datetime import date, timedelta

import msgspec
import pytest
from sqlalchemy import select, update

from lifecycle.answers.snapshots import Snapshot
from lifecycle.catalogue import features, waivers
from lifecycle.catalogue.catalogue_inputs import FeatureIn, ReleaseIn, StageIn
from lifecycle.catalogue.models import Feature, StoredPolicy, Sync
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations import queries
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.deprecation_inputs import AmendIn, AnnounceIn, DeprecationIn
from lifecycle.deprecations.models import Deprecation
from lifecycle.deprecations.workflow import amendments, announcement, drafts
from lifecycle.gate.context import UnfitManifest, gather
from lifecycle.gate.manifests import Manifest
from lifecycle.gate.scenes import FeatureChange, Unregistered
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.stages import Stage
from testkit.registered_releases import register_releases

DAY = timedelta(days=1)


@pytest.fixture
def ask(store, product, today):
    """Gather for a release; the day asked is today if not said."""

    async def ask(version="3.38.0", *, at=today, day=None, **said):
        manifest = Manifest(product=product, version=version, **said)
        async with store.reading() as session:
            loaded, announced = await load_known(session, product)
            snapshot = Snapshot(loaded, 1, announced=announced)
            return await gather(session, snapshot, manifest, at=at, day=day or at)

    return ask


@pytest.fixture
def announce(store, product, system, today):
    """Announce a change on a day; give the deprecation's number."""

    async def announce(*, on=today, waived=False, **said):
        by = system(on)
        usual = {"product": product, "kind": "removal", "reason": "It is old."} | said
        facts = msgspec.convert(msgspec.to_builtins(usual), DeprecationIn)
        async with store.writing() as session:
            owner = await get_product(session, product)
            row = await drafts.draft(session, owner, facts, by=by, today=on)
            waiver = await grant(session, product, by=by, deprecation=row.uid) if waived else None
            row = await queries.get(session, row.uid, lock=True)
            await announcement.announce(session, row, AnnounceIn(waiver=waiver), by=by)
            return row.id

    return announce


@pytest.fixture
def put_feature(store, product, by):
    async def put(key, *stages, **said):
        history = tuple(StageIn(stage=stage, from_version=first) for stage, first in stages)
        async with store.writing() as session:
            owner = await get_product(session, product)
            facts = FeatureIn(stages=history, **said)
            await features.put(session, owner, key, facts, by=by)

    return put


async def grant(session, product, *, by, until=date(2027, 6, 1), **said):
    facts = waivers.WaiverIn(
        product=product,
        person="Maria Keller",
        reason=waivers.Because.SECURITY,
        explanation="It cannot be mended.",
        until=until,
        **said,
    )
    return (await waivers.grant(session, facts, by=by, today=by.at.date())).uid


async def test_a_new_minor_has_its_place_above_the_newest(ask, today):
    scene = await ask("3.38.0")

    assert (scene.version.line, scene.version.before) == ("3.38", "3.37.0")
    assert (scene.version.step, scene.version.newer) == ("minor", True)
    assert scene.version.newest_in_line is scene.version.known is scene.version.fault is None
    assert scene.version.semantic
    assert not scene.version.initial
    assert (scene.at, scene.day, scene.policy.version) == (today, today, "1")


@pytest.mark.parametrize(
    ("version", "step", "newer", "newest"),
    [
        ("3.37.1", "patch", True, "3.37.0"),
        ("4.0.0", "major", True, None),
        ("3.35.1", "patch", True, "3.35.0"),
        ("2.9.9", "major", True, None),
    ],
)
async def test_a_patch_a_major_and_a_backport_are_told_apart(ask, version, step, newer, newest):
    placed = (await ask(version)).version

    assert (placed.step, placed.newer, placed.newest_in_line) == (step, newer, newest)


async def test_a_version_below_its_lines_newest_is_not_newer(ask, store, product, by, today):
    async with store.writing() as session:
        owner = await get_product(session, product)
        late = ReleaseIn(version="3.36.4", released_on=today)
        await register_releases(session, owner, [late], by=by, today=today)

    placed = (await ask("3.36.2")).version

    assert (placed.newest_in_line, placed.newer) == ("3.36.4", False)


async def test_what_is_released_or_unreadable_or_early_has_no_changes(ask):
    released, equal = await ask("3.37.0"), await ask("3.37.0+build")
    unreadable, early = await ask("three"), await ask("3.38.0-rc.1", removes=("legacy-connector",))

    assert released.version.known == equal.version.known == "released"
    assert equal.version.known_as == "3.37.0"
    assert "three" in unreadable.version.fault
    assert early.version.prerelease
    assert early.removals == early.ends == ()


async def test_publishing_a_plan_confirms_it(ask, store, product, by, today):
    async with store.writing() as session:
        owner = await get_product(session, product)
        plan = ReleaseIn(version="3.38.0", planned_on=today + 9 * DAY)
        await register_releases(session, owner, [plan], by=by, today=today)

    scene = await ask("3.38.0")

    assert (scene.version.known, scene.version.step) == ("planned", "minor")
    assert {(end.line, end.effective_on) for end in scene.ends} == {
        ("3.33", today),
        ("3.37", today),
    }


async def test_the_ends_that_a_release_causes_say_whom_they_concern(ask, make_account, today):
    await make_account("acme", version="3.33.0")
    await make_account("globex", version="3.33.0", tier="pro")

    day = today + 10 * DAY
    (end,) = [end for end in (await ask(day=day)).ends if end.line == "3.33"]

    assert (end.tier, end.effective_on, end.accounts) == ("enterprise", day, 1)
    assert (end.owed.period, end.owed.earliest.day) == ("best effort", today + DAY)
    assert end.announced is None
    assert "3.38" in end.reason


async def test_an_announced_end_is_found_for_its_line_and_tier(
    ask, announce, store, product, by, today
):
    async with store.writing() as session:
        owner = await get_product(session, product)
        plan = ReleaseIn(version="3.38.0", planned_on=today + 9 * DAY)
        await register_releases(session, owner, [plan], by=by, today=today)
    until = today + 30 * DAY
    await announce(
        kind="end_of_support", lines=("3.33",), tiers=("enterprise",), effective_on=until
    )

    ends = {(end.line, end.tier): end for end in (await ask(day=today + 9 * DAY)).ends}

    told = ends["3.33", "enterprise"].announced
    assert (told.kind, told.days) == (Kind.END_OF_SUPPORT, {"enterprise": until})
    assert [each.earliest.day for each in told.owed] == [today + DAY]
    assert ends["3.37", "pro"].announced is None


async def test_a_removal_knows_what_is_owed_and_who_uses_it(ask, make_account, today):
    await make_account("acme", version="3.36.0", features=("legacy-connector",))
    await make_account("globex", version="3.36.0", tier="pro", features=("legacy-connector",))

    (change,) = (await ask(removes=("legacy-connector",))).removals

    assert (change.key, change.path, change.stage) == (
        "legacy-connector",
        ("removes", 0),
        Stage.GA,
    )
    owed = {each.tier: (each.period, each.earliest.day) for each in change.owed}
    assert owed["pro"] == ("90 days", today + 90 * DAY)
    assert owed["enterprise"] == ("180 days", today + 180 * DAY)
    assert change.running == {"enterprise": 1, "pro": 1}
    assert change.announced is None
    assert not change.gone
    assert not change.exempt


async def test_what_never_was_more_than_beta_is_exempt(ask):
    (change,) = (await ask(removes=("ai-builder",))).removals

    assert change.exempt
    assert change.stage is Stage.BETA


async def test_an_announced_removal_says_when_and_what_it_owed(ask, announce, today):
    await announce(feature="legacy-connector", from_version="4.0.0", replacement="ai-builder")

    scene = await ask(removes=("legacy-connector",), day=today + 200 * DAY)

    (change,) = scene.removals
    told = change.announced
    assert (told.kind, told.announced_on) == (Kind.REMOVAL, today)
    assert set(told.days.values()) == {today + 180 * DAY}
    assert {each.tier: each.earliest.day for each in told.owed}["pro"] == today + 90 * DAY
    assert (told.from_version, told.reached) == ("4.0.0", False)
    assert (change.replacement.name, change.replacement.stage) == ("ai-builder", Stage.BETA)
    assert change.replacement.feature


async def test_a_tier_added_by_an_amendment_is_owed_its_days_from_then_on(
    ask, announce, store, product, system, today
):
    number = await announce(feature="legacy-connector", tiers=("pro",))
    later = today + 30 * DAY
    async with store.writing() as session:
        row = await session.get_one(Deprecation, number)
        row = await queries.get(session, row.uid, lock=True)
        wider = AmendIn(
            tiers=("pro", "enterprise"),
            effective_on={"pro": today + 90 * DAY, "enterprise": later + 180 * DAY},
            reason="Enterprise too.",
        )
        await amendments.amend(session, row, wider, by=system(later))

    (change,) = (await ask(removes=("legacy-connector",), at=later)).removals

    owed = {each.tier: each.earliest.day for each in change.announced.owed}
    assert owed == {"pro": today + 90 * DAY, "enterprise": later + 180 * DAY}


async def test_of_two_announcements_the_one_that_tells_more_tiers_counts(ask, announce, today):
    await announce(feature="legacy-connector", tiers=("community",), kind="breaking_change")
    await announce(feature="legacy-connector")

    (change,) = (await ask(breaks=("legacy-connector",))).breaks

    assert set(change.announced.days) == {"community", "pro", "enterprise"}


async def test_an_announcement_after_the_day_asked_does_not_count(ask, announce, today):
    await announce(feature="legacy-connector")

    (change,) = (await ask(removes=("legacy-connector",), at=today - DAY)).removals

    assert change.announced is None


async def test_a_waiver_under_which_it_was_announced_is_told(ask, announce, today):
    await announce(feature="legacy-connector", effective_on=today + DAY, waived=True)

    (change,) = (await ask(removes=("legacy-connector",), day=today + DAY)).removals

    assert change.announced.waiver.person == "Maria Keller"
    assert change.announced.waiver.rule is None


async def test_waivers_for_rules_are_gathered_revoked_ones_are_not(ask, store, product, by):
    async with store.writing() as session:
        kept = await grant(session, product, by=by, rule="removal-unannounced", subject="x")
        gone = await grant(session, product, by=by, rule="removal-too-soon", subject="x")
        owner = await get_product(session, product)
        await waivers.revoke(session, await waivers.get(session, gone), owner, by=by)

    (found,) = (await ask()).waivers

    assert (found.uid, found.rule, found.subject) == (kept, "removal-unannounced", "x")


async def test_stage_moves_know_what_was_promised_before(ask):
    scene = await ask(stages={"legacy-connector": "beta", "brand-new": "alpha"})

    lowered, new = scene.stages
    assert (lowered.before, lowered.to) == (Stage.GA, Stage.BETA)
    assert lowered.ever == {Stage.BETA, Stage.GA}
    assert (new.before, new.ever, new.path) == (None, frozenset(), ("stages", "brand-new"))


async def test_stating_the_stage_that_a_feature_has_already_changes_nothing(
    ask, put_feature, store, today
):
    await put_feature("young", ("beta", "3.33.0"))
    async with store.writing() as session:
        row = await session.scalar(select(StoredPolicy))
        lifetimes = {"gate": {"rules": {}, "lifetimes": {"beta": "2 months"}}}
        await session.execute(update(StoredPolicy).values(document=row.document | lifetimes))

    silent, restated = await ask(), await ask(stages={"young": "beta"})

    assert "young" in {experiment.key for experiment in restated.experiments}
    assert (restated.experiments, restated.stages) == (silent.experiments, ())


@pytest.mark.parametrize("stages", [("ga",), ("ga", "deprecated")])
async def test_a_manifest_may_deprecate_a_feature_whatever_stage_it_has(ask, put_feature, stages):
    versions = ("3.33.0", "3.34.0")
    await put_feature("aged", *zip(stages, versions, strict=False))

    scene = await ask(stages={"aged": "deprecated"})

    expected = [] if "deprecated" in stages else [("aged", Stage.DEPRECATED)]
    assert [(stage.key, stage.to) for stage in scene.stages] == expected


async def test_a_history_rewritten_to_a_lower_stage_is_a_change_when_it_is_stated(ask, put_feature):
    await put_feature("old", ("beta", "3.30.0"), ("ga", "3.33.0"))
    await put_feature("old", ("beta", "3.30.0"))

    (moved,) = (await ask(stages={"old": "beta"})).stages

    assert (moved.before, moved.to) == (Stage.GA, Stage.BETA)


async def test_a_stage_stated_against_what_the_catalogue_begins_is_a_change(ask, put_feature):
    await put_feature("young", ("beta", "3.33.0"), ("ga", "3.38.0"))

    (moved,) = (await ask("3.38.0", stages={"young": "beta"})).stages

    assert (moved.before, moved.to) == (Stage.BETA, Stage.BETA)


async def test_what_the_catalogue_begins_with_the_version_counts_as_said(ask, put_feature):
    await put_feature("old", ("ga", "3.30.0"), ("removed", "3.38.0"))
    await put_feature("young", ("alpha", "3.30.0"), ("ga", "3.38.0"))

    scene = await ask("3.38.0")

    (removed,) = scene.removals
    assert (removed.key, removed.path, removed.gone) == ("old", (), False)
    (moved,) = scene.stages
    assert (moved.key, moved.before, moved.to) == ("young", Stage.ALPHA, Stage.GA)


async def test_what_the_catalogue_begins_with_a_version_that_never_came_out_counts_too(
    ask, put_feature
):
    await put_feature("old", ("ga", "3.30.0"), ("removed", "3.38.0-rc.1"))
    await put_feature("older", ("ga", "3.30.0"), ("removed", "3.37.9"))
    await put_feature("later", ("ga", "3.30.0"), ("removed", "3.38.1"))

    assert {removal.key for removal in (await ask("3.38.0")).removals} == {"old", "older"}
    assert (await ask("3.36.1")).removals == ()


async def test_what_only_a_withdrawn_release_removed_is_not_gone(
    ask, put_feature, store, product, by, today
):
    async with store.writing() as session:
        owner = await get_product(session, product)
        bad = ReleaseIn(version="3.37.1", released_on=today - DAY, withdrawn_on=today)
        await register_releases(session, owner, [bad], by=by, today=today)
    await put_feature("old", ("ga", "3.30.0"), ("removed", "3.37.1"))

    scene = await ask("3.38.0", removes=("old",))

    assert not scene.removals[0].gone
    assert scene.version.before == "3.37.0"
    assert (await ask("3.37.1")).version.known == "released"


async def test_what_came_out_after_the_day_asked_is_no_reason_to_refuse(
    ask, store, product, by, today
):
    async with store.writing() as session:
        owner = await get_product(session, product)
        late = ReleaseIn(version="3.36.2", released_on=today)
        await register_releases(session, owner, [late], by=by, today=today)

    then, now = await ask("3.36.1", at=today - DAY), await ask("3.36.1")

    assert (then.version.newest_in_line, then.version.newer) == ("3.36.0", True)
    assert (now.version.newest_in_line, now.version.newer) == ("3.36.2", False)


async def test_a_feature_of_tiers_that_the_policy_does_not_know_is_exempt_for_none(
    ask, put_feature, store
):
    await put_feature("seats", ("ga", "3.30.0"))
    async with store.writing() as session:  # as one that was entered before the policy
        await session.execute(
            update(Feature).where(Feature.key == "seats").values(tiers=["Enterprise"])
        )
    await put_feature("nobodys", ("ga", "3.30.0"), tiers=())

    for change in (await ask(removes=("seats", "nobodys"))).removals:
        assert {each.tier for each in change.owed} == {"community", "pro", "enterprise"}
        assert not change.exempt


async def test_a_stage_is_held_as_long_as_it_is_covered_or_run(ask, put_feature, make_account):
    await put_feature("board", ("ga", "3.30.0"), ("beta", "3.37.0"))

    (move,) = (await ask(stages={"board": "alpha"})).stages

    assert (move.before, move.to) == (Stage.GA, Stage.ALPHA)
    assert {each.tier for each in move.owed} == {"community", "pro", "enterprise"}


async def test_two_announcements_may_tell_the_tiers_together(ask, announce, today):
    await announce(feature="legacy-connector", tiers=("community", "pro"))
    await announce(feature="legacy-connector", tiers=("enterprise",))

    (change,) = (await ask(removes=("legacy-connector",))).removals

    assert change.announced.days == {
        "community": today + 90 * DAY,
        "pro": today + 90 * DAY,
        "enterprise": today + 180 * DAY,
    }
    assert [each.tier for each in change.announced.owed] == ["community", "pro", "enterprise"]


async def test_a_feature_already_removed_is_gone(ask, put_feature):
    await put_feature("old", ("ga", "3.30.0"), ("removed", "3.36.0"))

    (change,) = (await ask(removes=("old",))).removals

    assert change.gone


async def test_a_removal_whose_day_has_passed_is_overdue_but_not_in_a_patch(ask, announce, today):
    await announce(feature="legacy-connector", on=today)
    later = today + 181 * DAY

    minor = await ask("3.38.0", day=later)
    on_the_day = await ask("3.38.0", day=later - DAY)
    patch = await ask("3.37.1", day=later)
    removing = await ask("3.38.0", day=later, removes=("legacy-connector",))

    assert [each.key for each in minor.overdue] == ["legacy-connector"]
    assert on_the_day.overdue == patch.overdue == removing.overdue == ()


async def test_what_others_need_is_told_when_it_goes(ask, put_feature, announce):
    await put_feature("board", ("ga", "3.30.0"), depends_on=("legacy-connector",))
    await announce(feature="ai-builder", replacement="legacy-connector")

    (found,) = (await ask(removes=("legacy-connector",))).dependences

    assert (found.key, found.removed, found.path) == ("legacy-connector", True, ("removes", 0))
    assert (found.needed_by, found.replaces) == (("board",), ("ai-builder",))
    assert (await ask()).dependences == ()


async def test_dropped_lines_say_what_each_tier_still_has(ask, make_account, today):
    await make_account("acme", version="3.36.0")

    drops = {drop.tier: drop for drop in (await ask(drops=("3.36",))).drops}

    assert (drops["enterprise"].covered, drops["enterprise"].accounts) == (True, 1)
    assert drops["enterprise"].supported_until is None
    assert drops["enterprise"].projected_until > today
    assert drops["pro"].covered is False
    assert drops["community"].covered is False
    assert drops["enterprise"].path == ("drops", 0)


async def test_the_sources_count_only_where_the_policy_asks(ask, store, product, by, today):
    async with store.writing() as session:
        owner = await get_product(session, product)
        session.add(Sync(product_id=owner.id, source="endoflife", synced_at=by.at))
    assert (await ask()).syncs == ()

    async with store.writing() as session:
        row = await session.scalar(select(StoredPolicy))
        document = row.document | {"gate": {"rules": {}, "stale_after": "7 days"}}
        await session.execute(update(StoredPolicy).values(document=document))

    (sync,) = (await ask()).syncs
    assert (sync.source, sync.synced_on) == ("endoflife", today)


async def test_a_manifest_that_does_not_fit_names_all_that_is_wrong(ask, today):
    with pytest.raises(UnfitManifest) as refused:
        await ask(drops=("9.9",), day=today - DAY)

    problems = {problem.field: problem for problem in refused.value.problems}
    assert set(problems) == {"drops[0]", "day"}


async def test_of_hundreds_of_unknown_lines_few_are_told_and_fewer_get_a_suggestion(ask):
    with pytest.raises(UnfitManifest) as refused:
        await ask(drops=tuple(f"9.{n}" for n in range(300)))

    problems = refused.value.problems
    assert [problem.field for problem in problems] == [f"drops[{n}]" for n in range(50)]
    assert len([problem for problem in problems if problem.allowed]) == 5
    assert refused.value.detail.endswith("; and 297 more.")


async def test_what_nobody_registered_is_looked_at_instead_of_refused(ask):
    scene = await ask(removes=("legacy-conector", "ai-builder"), breaks=("get.users",))

    assert scene.unregistered == (
        Unregistered(
            "legacy-conector", ("removes", 0), removed=True, nearest=("legacy-connector",)
        ),
        Unregistered("get.users", ("breaks", 0)),
    )
    assert [removal.key for removal in scene.removals] == ["ai-builder"]
    assert scene.breaks == ()


async def test_of_hundreds_that_nobody_registered_few_get_a_suggestion(ask):
    scene = await ask(breaks=tuple(f"legacy-connector-{n}" for n in range(300)))

    assert len(scene.unregistered) == 300
    assert [each.key for each in scene.unregistered if each.nearest] == [
        f"legacy-connector-{n}" for n in range(5)
    ]


async def test_what_could_not_be_compared_is_looked_at_unless_it_breaks_anyway(
    ask, announce, make_account, today
):
    await announce(feature="legacy-connector", kind="breaking_change")
    await make_account("acme", version="3.36.0", features=("legacy-connector",))

    scene = await ask(
        uncompared=("legacy-connector", "get.users", "ai-builder"), breaks=("ai-builder",)
    )

    known, unknown = scene.uncompared
    assert (known.key, known.path, known.stage) == (
        "legacy-connector", ("uncompared", 0), Stage.GA,
    )  # fmt: skip
    assert known.announced.announced_on == today
    assert known.running == {"enterprise": 1}
    assert unknown == FeatureChange("get.users", ("uncompared", 1))


async def test_whom_no_worker_has_noted_yet_is_affected_and_not_told(ask, announce, make_account):
    await announce(feature="legacy-connector")
    await make_account("acme", version="3.36.0", features=("legacy-connector",))
    await make_account("globex", version="3.36.0", features=("ai-builder",))

    (change,) = (await ask(removes=("legacy-connector",))).removals

    told = change.announced.audience
    assert told.affected == told.not_told == {"enterprise": 1}
    assert not told.unfilled


async def test_a_waiver_still_excuses_what_was_postponed_since(ask, announce, store, system, today):
    number = await announce(feature="legacy-connector", effective_on=today + DAY, waived=True)
    async with store.writing() as session:
        row = await session.get_one(Deprecation, number, with_for_update=True)
        later = AmendIn(effective_on=today + 9 * DAY, reason="It needs a week more.")
        await amendments.amend(session, row, later, by=system(today))

    (change,) = (await ask(removes=("legacy-connector",), day=today + 9 * DAY)).removals

    assert set(change.announced.days.values()) == {today + 9 * DAY}
    assert change.announced.waiver.person == "Maria Keller"


async def test_an_entry_for_a_default_begins_no_new_stage(ask, put_feature, store, product, today):
    await put_feature("young", ("beta", "3.33.0"), ("beta", "3.36.0"))
    async with store.writing() as session:
        row = await session.scalar(select(StoredPolicy))
        lifetimes = {"gate": {"rules": {}, "lifetimes": {"beta": "2 months"}}}
        await session.execute(update(StoredPolicy).values(document=row.document | lifetimes))
    async with store.reading() as session:
        loaded, _ = await load_known(session, product)
    (first,) = [release for release in loaded.facts.releases if release.version == "3.33.0"]

    found = {experiment.key: experiment.since for experiment in (await ask()).experiments}

    assert found["young"] == first.day

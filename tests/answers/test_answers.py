from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import msgspec
import pytest

from lifecycle.accounts import actions as accounts
from lifecycle.accounts.account_inputs import AccountIn, InstanceIn
from lifecycle.accounts.queries import get_account
from lifecycle.answers.accounts import Certainty, status
from lifecycle.answers.component_answers import check
from lifecycle.answers.component_matches import ComponentIn, match
from lifecycle.answers.entitlements import entitled
from lifecycle.answers.features import feature_stages
from lifecycle.answers.matrix import matrix
from lifecycle.answers.response_structs import SupportOut
from lifecycle.answers.simulations import (
    AlreadyReleased,
    LineSupposed,
    ReleaseSupposed,
    SimulateIn,
    simulated,
)
from lifecycle.answers.snapshot_cache import Snapshots
from lifecycle.answers.snapshots import Snapshot
from lifecycle.answers.versions import answer, answer_for_tier
from lifecycle.audit.actions import append
from lifecycle.catalogue import features, lines, policies, queries
from lifecycle.catalogue.catalogue_inputs import FeatureIn, LineIn, ReleaseIn, StageIn
from lifecycle.catalogue.queries import UnknownProduct, UnknownRelease
from lifecycle.database import open_store
from lifecycle.errors import BadRequest
from lifecycle.policy.policies import UnknownTier
from lifecycle.policy.presets import preset
from lifecycle.support.status import Status
from lifecycle.versions import UnparsableVersion
from testkit.registered_releases import register_releases

pytestmark = pytest.mark.one_database("answers are worked out from snapshots")

TODAY = date(2026, 11, 21)


def minors(count):
    """Give a minor every three weeks, the last one eleven days ago, each with one patch."""
    listed = []
    for n in range(count):
        day = date.fromordinal(date(2026, 11, 10).toordinal() - 21 * (count - 1 - n))
        listed += [
            ReleaseIn(version=f"3.{n}.0", released_on=day),
            ReleaseIn(version=f"3.{n}.1", released_on=date.fromordinal(day.toordinal() + 4)),
        ]
    return listed


@pytest.fixture
async def snapshots(store, clock, make_product, by, today):
    product = await make_product(slug="clairdash")
    async with store.writing() as session:
        product = await queries.get_product(session, "clairdash")
        await policies.put(session, product, preset("clairdash"), by=by, format="yaml")
        await register_releases(session, product, minors(12), by=by, today=today)
    return Snapshots(store, clock)


async def register(store, by, today, *listed):
    async with store.writing() as session:
        product = await queries.get_product(session, "clairdash")
        await register_releases(session, product, listed, by=by, today=today)


async def test_one_version_is_answered_for_every_tier_with_reason_policy_and_upgrade(snapshots):
    snapshot = await snapshots.get("clairdash")

    found = msgspec.to_builtins(answer(snapshot, "3.7.0", at=TODAY, today=TODAY))

    assert found["policy"] == {"name": "clairdash-support", "version": "1"}
    assert list(found["tiers"]) == ["community", "pro", "enterprise"]
    enterprise = found["tiers"]["enterprise"]
    assert enterprise["status"] == "supported"
    assert (enterprise["end"], enterprise["supported_until"]) == ("rule", None)
    assert enterprise["projected_until"]["median"] == "2026-11-30"
    assert enterprise["upgrade_to"] == {"patch": "3.7.1", "newest": "3.11.1"}
    assert enterprise["reason"] == (
        "3.7 is the 5th of the 5 newest minor versions that enterprise covers."
    )
    assert found["tiers"]["pro"]["status"] == "unsupported"
    assert found["tiers"]["community"]["status"] == "best_effort"


async def test_a_version_that_is_not_known_carries_its_lines_answer_and_the_nearest(snapshots):
    snapshot = await snapshots.get("clairdash")

    with pytest.raises(UnknownRelease) as refused:
        answer(snapshot, "3.7.9", at=TODAY, today=TODAY)

    members = refused.value.members
    assert members["nearest"][:2] == ["3.7.1", "3.8.0"]
    assert members["line"]["line"] == "3.7"
    assert members["line"]["tiers"]["enterprise"]["status"] == "supported"


@pytest.mark.parametrize("name", ["3.7", "v3.7"])
async def test_the_name_of_a_line_is_no_version_and_carries_the_line_s_answer(snapshots, name):
    snapshot = await snapshots.get("clairdash")

    with pytest.raises(UnknownRelease) as refused:
        answer(snapshot, name, at=TODAY, today=TODAY)

    assert refused.value.members["line"]["line"] == "3.7"
    assert answer(snapshot, "v3.7.0", at=TODAY, today=TODAY).version == "3.7.0"


async def test_a_version_of_an_unknown_line_carries_none(snapshots):
    snapshot = await snapshots.get("clairdash")

    with pytest.raises(UnknownRelease) as refused:
        answer(snapshot, "9.9.9", at=TODAY, today=TODAY)

    assert "line" not in refused.value.members
    assert refused.value.members["nearest"][0] == "3.11.1"


@pytest.mark.parametrize(
    ("version", "first"),
    [("3.11.2", ["3.11.1"]), ("9.9.9", ["3.11.1"]), ("3.12.0-alpha.1", ["3.12.0-alpha.0"])],
)
async def test_a_prerelease_is_suggested_behind_others_unless_one_is_asked_about(
    store, snapshots, by, today, version, first
):
    await register(store, by, today, ReleaseIn(version="3.12.0-alpha.0", released_on=TODAY))
    snapshot = await snapshots.get("clairdash")

    with pytest.raises(UnknownRelease) as refused:
        answer(snapshot, version, at=TODAY, today=TODAY)

    near = refused.value.members["nearest"]
    assert near[: len(first)] == first
    assert len(near) == 3
    if "alpha" not in version:
        assert "3.12.0-alpha.0" not in near


async def test_a_line_of_prereleases_alone_is_none_in_the_matrix_or_beside_an_unknown_version(
    store, snapshots, by, today
):
    early = ReleaseIn(version="3.12.0", released_on=today, stage="beta")
    await register(store, by, today, early)
    snapshot = await snapshots.get("clairdash")

    with pytest.raises(UnknownRelease) as refused:
        answer(snapshot, "3.12.7", at=TODAY, today=TODAY)

    assert "line" not in refused.value.members
    assert matrix(snapshot, tier=None, at=TODAY, today=TODAY).lines[0].line == "3.11"


async def test_an_equal_version_is_found_where_it_is_the_only_one(
    store, clock, make_product, by, today
):
    product = await make_product(slug="numbered", scheme="pep440")
    async with store.writing() as session:
        product = await queries.get_product(session, "numbered")
        listed = [ReleaseIn(version=v, released_on=TODAY) for v in ("2018.03", "9", "9.0")]
        await register_releases(session, product, listed, by=by, today=today)
    snapshot = await Snapshots(store, clock).get("numbered")

    assert answer(snapshot, "2018.3", at=TODAY, today=TODAY).version == "2018.03"
    assert answer(snapshot, "9.0", at=TODAY, today=TODAY).version == "9.0"
    with pytest.raises(UnknownRelease, match=r"equals 9 and 9\.0"):
        answer(snapshot, "9.0.0", at=TODAY, today=TODAY)


async def test_what_is_unknown_or_malformed_is_refused_by_its_own_name(snapshots):
    snapshot = await snapshots.get("clairdash")

    with pytest.raises(UnknownTier, match="community, pro, enterprise"):
        answer_for_tier(snapshot, "3.7.0", tier="gold", at=TODAY, today=TODAY)
    with pytest.raises(UnparsableVersion, match="has no line called '"):
        answer(snapshot, "three", at=TODAY, today=TODAY)
    with pytest.raises(UnknownProduct):
        await snapshots.get("clairdish")


async def test_a_product_without_a_policy_promises_nothing_and_says_so(store, clock, make_product):
    await make_product(slug="bare")
    snapshot = await Snapshots(store, clock).get("bare")

    found = matrix(snapshot, tier=None, at=TODAY, today=TODAY)

    assert (found.policy, found.lines) == (None, ())


async def test_the_matrix_has_every_line_and_tier_the_highest_line_first(snapshots):
    snapshot = await snapshots.get("clairdash")

    found = matrix(snapshot, tier=None, at=TODAY, today=TODAY)

    assert [row.line for row in found.lines] == [f"3.{n}" for n in range(11, -1, -1)]
    promised = [
        row.line
        for row in found.lines
        if row.tiers["enterprise"].status in {Status.SUPPORTED, Status.ENDING}
    ]
    assert promised == ["3.11", "3.10", "3.9", "3.8", "3.7"]
    assert found.lines[0].latest == "3.11.1"


async def test_a_commit_of_this_process_is_answered_at_once(snapshots, store, by, today):
    await snapshots.get("clairdash")

    await register(store, by, today, ReleaseIn(version="3.12.0", released_on=TODAY))

    assert snapshots.current("clairdash") is None
    found = answer(await snapshots.get("clairdash"), "3.7.0", at=TODAY, today=TODAY)
    assert found.tiers["enterprise"].status is Status.UNSUPPORTED


async def test_what_another_process_commits_is_seen_at_the_next_refresh(
    snapshots, store, store_url, by, today
):
    await snapshots.refresh()
    before = await snapshots.get("clairdash")
    other = open_store(store_url)
    await register(other, by, today, ReleaseIn(version="3.12.0", released_on=TODAY))
    await other.close()
    assert await snapshots.get("clairdash") is before

    await snapshots.refresh()

    assert "3.12.0" in (await snapshots.get("clairdash")).by_version


async def test_a_refresh_keeps_what_this_process_has_loaded_since(snapshots, store, by, today):
    await snapshots.refresh()
    await register(store, by, today, ReleaseIn(version="3.12.0", released_on=TODAY))
    loaded = await snapshots.get("clairdash")

    await snapshots.refresh()

    assert await snapshots.get("clairdash") is loaded


async def test_what_is_noted_after_a_change_and_of_no_product_costs_no_second_load(
    snapshots, store, by, today
):
    await snapshots.refresh()
    await register(store, by, today, ReleaseIn(version="3.12.0", released_on=TODAY))
    loaded = await snapshots.get("clairdash")
    async with store.writing() as session:
        append(session, by, "something.noted", "clairdash")

    await snapshots.refresh()

    assert await snapshots.get("clairdash") is loaded


@pytest.mark.at_once
async def test_many_who_ask_at_once_share_one_load(snapshots):
    found = await asyncio.gather(*(snapshots.get("clairdash") for _ in range(20)))

    assert len({id(snapshot) for snapshot in found}) == 1


async def test_a_release_is_simulated_in_its_place_and_nothing_is_stored(snapshots):
    snapshot = await snapshots.get("clairdash")
    supposed = SimulateIn(release=ReleaseSupposed(version="3.12.0", day=date(2026, 12, 1)))

    found = simulated(snapshot, supposed, today=TODAY)

    ends = {(end.line, end.tier, end.days_ahead) for end in found.implied_ends}
    assert ends == {("3.7", "enterprise", 10), ("3.11", "pro", 10)}
    assert "3.12.0" not in snapshot.by_version


@pytest.mark.parametrize(
    "said",
    [
        {"planned_on": date(2026, 12, 1)},
        {"released_on": date(2026, 12, 1), "day": date(2026, 12, 1)},
    ],
)
async def test_a_release_may_be_supposed_in_the_words_in_which_it_is_registered(snapshots, said):
    supposed = SimulateIn(release=ReleaseSupposed(version="3.12.0", **said))

    found = simulated(await snapshots.get("clairdash"), supposed, today=TODAY)

    assert found.at == date(2026, 12, 1)
    assert {(end.line, end.days_ahead) for end in found.implied_ends} == {("3.7", 10), ("3.11", 10)}


async def test_a_release_in_a_pre_ga_stage_is_simulated_to_change_nothing(snapshots):
    supposed = SimulateIn(release=ReleaseSupposed(version="3.12.0", stage="beta"))

    assert simulated(await snapshots.get("clairdash"), supposed, today=TODAY).changes == ()


async def test_a_release_is_not_supposed_on_two_days(snapshots):
    two = ReleaseSupposed(version="3.12.0", day=TODAY, planned_on=date(2026, 12, 1))

    with pytest.raises(BadRequest, match="one day"):
        simulated(await snapshots.get("clairdash"), SimulateIn(release=two), today=TODAY)


async def test_a_planned_release_is_simulated_against_its_not_coming_at_all(
    snapshots, store, by, today
):
    plan = ReleaseIn(version="3.12.0", planned_on=date(2026, 11, 30))
    await register(store, by, today, plan)
    supposed = SimulateIn(release=ReleaseSupposed(version="3.12.0", day=date(2026, 12, 1)))

    found = simulated(await snapshots.get("clairdash"), supposed, today=TODAY)

    ends = {(end.line, end.tier, end.effective_on) for end in found.implied_ends}
    day = date(2026, 12, 1)
    assert ends == {("3.7", "enterprise", day), ("3.11", "pro", day)}
    assert found.notes == (
        "3.12.0 is planned for 2026-11-30 already; what is shown for now is without that plan.",
    )


async def test_a_version_of_no_declared_line_is_simulated_with_a_note(snapshots):
    snapshot = await snapshots.get("clairdash")
    known = msgspec.structs.replace(snapshot.known, line_by="declared")
    supposed = SimulateIn(release=ReleaseSupposed(version="4.0.0"))

    (note,) = simulated(Snapshot(known, 1), supposed, today=TODAY).notes

    assert note.startswith("4.0.0 belongs to no declared line")


async def test_what_is_released_already_is_not_simulated(snapshots):
    supposed = SimulateIn(release=ReleaseSupposed(version="3.11.0"))

    with pytest.raises(AlreadyReleased, match="2026-11-10"):
        simulated(await snapshots.get("clairdash"), supposed, today=TODAY)


async def test_a_backport_is_simulated_to_change_nothing(snapshots):
    snapshot = await snapshots.get("clairdash")
    supposed = SimulateIn(release=ReleaseSupposed(version="3.8.7"))

    assert simulated(snapshot, supposed, today=TODAY).changes == ()


async def test_a_policy_is_simulated_from_its_first_day(snapshots):
    snapshot = await snapshots.get("clairdash")
    document = {
        "policy": "clairdash-support",
        "version": "2",
        "in_force_from": "2027-01-01",
        "tiers": {
            "community": {"rank": 0, "window": {"best_effort": True}},
            "pro": {"rank": 1, "window": {"newest": {"count": 1, "of": "release"}}},
            "enterprise": {"rank": 2, "window": {"newest": {"count": 7, "of": "minor"}}},
        },
    }

    found = simulated(snapshot, SimulateIn(policy=document), today=TODAY)

    assert found.at == date(2027, 1, 1)
    assert {(change.line, change.tier) for change in found.changes} == {
        ("3.6", "enterprise"),
        ("3.5", "enterprise"),
    }


async def test_supposing_nothing_is_refused(snapshots):
    snapshot = await snapshots.get("clairdash")

    with pytest.raises(BadRequest, match="at least one"):
        simulated(snapshot, SimulateIn(), today=TODAY)


async def test_a_lines_declared_day_is_simulated_beside_what_it_declares(snapshots):
    snapshot = await snapshots.get("clairdash")
    supposed = SimulateIn(line=LineSupposed(line="3.8", declared={"end_of_life": TODAY}))

    assert simulated(snapshot, supposed, today=TODAY).implied_ends == ()


LATE = {"active_support": TODAY, "end_of_life": date(2026, 1, 1)}


@pytest.mark.parametrize(
    ("name", "declared"),
    [("3", {}), ("3.8.1", {}), ("narwhal", {}), (" 3.50", {}), ("a/b", {}), ("3.50", LATE)],
)
async def test_a_line_that_cannot_be_declared_is_not_simulated_either(
    snapshots, store, by, name, declared
):
    snapshot = await snapshots.get("clairdash")
    supposed = SimulateIn(line=LineSupposed(line=name, declared=declared))

    with pytest.raises(BadRequest, match=r"^Line ") as simulating:
        simulated(snapshot, supposed, today=TODAY)
    async with store.writing() as session:
        product = await queries.get_product(session, "clairdash")
        with pytest.raises(BadRequest) as declaring:
            await lines.put(session, product, name, LineIn(declared=declared), by=by)

    assert [str(problem) for problem in simulating.value.problems] == [
        f"line.{problem}" for problem in declaring.value.problems
    ]


async def test_a_line_of_a_product_whose_lines_are_declared_is_simulated_by_any_name(
    store, clock, make_product
):
    await make_product(slug="debian", scheme="declared", line_by="declared")
    snapshot = await Snapshots(store, clock).get("debian")

    supposed = SimulateIn(line=LineSupposed(line="bookworm", declared={"end_of_life": TODAY}))

    assert simulated(snapshot, supposed, today=TODAY).product == "debian"


async def test_a_response_is_due_in_business_time_of_the_policys_zone(snapshots):
    snapshot = await snapshots.get("clairdash")
    friday = datetime(2026, 10, 2, 21, 30, tzinfo=UTC)

    found = entitled(snapshot, tier="enterprise", opened_at=friday, now=friday)

    assert found.due.isoformat() == "2026-10-06T17:30:00-04:00"
    assert found.channels[-1] == "account-manager"


async def test_a_feature_has_the_stage_of_the_version_asked_about(snapshots, store, by):
    stages = (
        StageIn(stage="beta", from_version="3.2.0"),
        StageIn(stage="ga", from_version="3.5.1"),
    )
    async with store.writing() as session:
        product = await queries.get_product(session, "clairdash")
        await features.put(
            session, product, "canvas", FeatureIn(name="Canvas", stages=stages), by=by
        )
    snapshot = await snapshots.get("clairdash")

    def stage(**asked):
        return feature_stages(snapshot, **{"version": None, "at": TODAY} | asked)[0].stage

    assert [stage(version=v) for v in ("3.1.9", "3.2.0", "3.5.0", "3.5.1")] == [
        None,
        "beta",
        "beta",
        "ga",
    ]
    assert stage() == "ga"
    assert stage(at=date(2026, 6, 1)) == "beta"


async def test_an_account_is_answered_for_each_instance_and_told_what_is_coming(
    snapshots, store, by, today
):
    async with store.writing() as session:
        known = await queries.vocabulary(session)
        facts = AccountIn(slug="acme", name="Acme", tier="enterprise")
        await accounts.create_account(session, facts, by=by, today=today, vocabulary=known)
        account = await get_account(session, "acme", lock=True)
        for name, version, tier in (
            ("prod", "3.7.0", None),
            ("test", "3.11.1", "pro"),
            ("old", "2.1.77", None),
        ):
            instance = InstanceIn(product="clairdash", version=version, tier=tier)
            await accounts.put_instance(session, account, name, instance, by=by, vocabulary=known)
    async with store.reading() as session:
        account = await get_account(session, "acme")
        loaded = {"clairdash": await snapshots.get("clairdash")}
        found = status(account, loaded, at=TODAY, within=60, now=by.at)

    by_name = {instance.instance: instance for instance in found.instances}
    assert by_name["prod"].status is Status.SUPPORTED
    assert by_name["test"].tier == "pro"
    assert by_name["old"].status is Status.UNKNOWN
    assert "2.1.77" in by_name["old"].reason
    assert {(end.instance, end.certainty) for end in found.coming} == {
        ("prod", Certainty.PROJECTED),
        ("test", Certainty.PROJECTED),
    }


@pytest.mark.both_databases
async def test_an_instance_of_an_unknown_version_is_answered_by_its_line_as_the_check_does(
    snapshots, store, by, today
):
    runs = {"a": "3.7.77", "b": "v3.11.99", "c": "3.7.0-custom_build!", "d": "3.7"}
    async with store.writing() as session:
        known = await queries.vocabulary(session)
        facts = AccountIn(slug="acme", name="Acme", tier="enterprise")
        await accounts.create_account(session, facts, by=by, today=today, vocabulary=known)
        account = await get_account(session, "acme", lock=True)
        for name, version in runs.items():
            instance = InstanceIn(product="clairdash", version=version)
            await accounts.put_instance(session, account, name, instance, by=by, vocabulary=known)
    async with store.reading() as session:
        account = await get_account(session, "acme")
    loaded = {"clairdash": await snapshots.get("clairdash")}

    found = status(account, loaded, at=TODAY, within=90, now=by.at)

    asked = match(
        [ComponentIn(product="clairdash", version=run) for run in runs.values()],
        {"clairdash": []},
    )
    checked = check(asked, loaded, tier_on=lambda _: "enterprise", at=TODAY, now=by.at)
    for one, other in zip(found.instances, checked.results, strict=True):
        assert one.assumed_from_line
        assert one.reason.startswith(f"clairdash has no release {one.version!r}. Its line answers")
        for member in (*SupportOut.__struct_fields__, "version", "line", "tier", "upgrade_to"):
            assert getattr(one, member) == getattr(other, member)
    assert [instance.line for instance in found.instances] == ["3.7", "3.11", "3.7", "3.7"]
    assert {each.instance for each in found.coming} >= {"a", "c", "d"}

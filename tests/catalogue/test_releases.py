import asyncio
from datetime import timedelta

import pytest
from msgspec import UNSET
from sqlalchemy import select

from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue import queries, releases
from lifecycle.catalogue.catalogue_inputs import ReleaseIn, ReleasePatch
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.catalogue.models import Release
from lifecycle.errors import BadRequest, Conflict, NotFound, PreconditionFailed
from testkit.registered_releases import register_releases


@pytest.fixture
def register(store, by, today):
    async def register(*listed, product="widget", said=by, **how):
        facts = [
            each if isinstance(each, ReleaseIn) else ReleaseIn(version=each, released_on=today)
            for each in listed
        ]
        async with store.writing() as session:
            found = await queries.get_product(session, product)
            return await register_releases(session, found, facts, by=said, today=today, **how)

    return register


@pytest.fixture
def change(store, by, today):
    async def change(version="1.0.0", *, expected=None, day=today, **said):
        async with store.writing() as session:
            found = await queries.get_product(session, "widget")
            return await releases.change(
                session, found, version, ReleasePatch(**said), by=by, today=day, expected=expected
            )

    return change


async def known(store, slug="widget"):
    async with store.reading() as session:
        return (await load_facts(session, slug)).facts.releases


async def versions(store):
    return [release.version for release in await known(store)]


async def find(store, version):
    async with store.reading() as session:
        product = await queries.get_product(session, "widget")
        return await queries.get_release(session, product, version)


async def actions(store):
    async with store.reading() as session:
        return list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


async def test_releases_stand_in_version_order_however_they_arrived(store, make_product, register):
    await make_product()
    await register("1.10.0", "1.2.0")
    await register("1.9.0")
    await register("1.2.0-rc.1", "0.1.0", "2.0.0")

    assert await versions(store) == ["0.1.0", "1.2.0-rc.1", "1.2.0", "1.9.0", "1.10.0", "2.0.0"]


async def test_one_after_another_or_all_at_once_is_the_same_order(store, make_product, register):
    numbers = [f"{n * 37 % 101}.{n % 7}.{n}" for n in range(60)]
    await make_product()
    await make_product("gadget")
    for number in numbers:
        await register(number)
    await register(*numbers, product="gadget")

    one, other = await known(store), await known(store, "gadget")

    assert [release.version for release in one] == [release.version for release in other]


async def test_a_gap_that_runs_out_is_spread_anew(store, make_product, register):
    await make_product(scheme="pep440")
    await register("1", "2")
    for number in range(60, 0, -1):
        await register(f"1.{number:03}")

    found = await known(store)

    assert [release.version for release in found] == [
        "1",
        *(f"1.{number:03}" for number in range(1, 61)),
        "2",
    ]
    assert len({release.rank for release in found}) == 62


async def test_a_version_is_kept_exactly_and_equal_ones_share_a_rank(store, make_product, register):
    await make_product(scheme="pep440")
    await register("8.0.1", "8.0.01", "2018.03")
    await register("8.0.1.0")

    found = {release.version: release.rank for release in await known(store)}

    assert found.keys() == {"8.0.1", "8.0.01", "2018.03", "8.0.1.0"}
    assert found["8.0.1"] == found["8.0.01"] == found["8.0.1.0"] > found["2018.03"] - 2**62


async def test_a_look_up_falls_back_to_equality_if_one_release_fits(store, make_product, register):
    await make_product(scheme="pep440")
    await register("9", "10.0", "10")

    assert (await find(store, "9.0")).version == "9"
    assert (await find(store, "10")).version == "10"
    with pytest.raises(NotFound, match=r"10\.0, 10"):
        await find(store, "10.0.0")


async def test_an_unknown_version_names_the_nearest(store, make_product, register):
    await make_product()
    await register("1.2.3", "1.2.4", "9.9.9")

    with pytest.raises(NotFound, match=r"1\.2\.4|1\.2\.3"):
        await find(store, "1.2.5")
    with pytest.raises(NotFound):
        await find(store, "no version at all")


async def test_the_line_and_units_follow_from_the_version(store, make_product, register):
    await make_product(line_by="major")
    await register("3.35.2", "3.35.3-beta.1")

    release, early = await known(store)

    assert (release.line, release.units) == ("3", ("3", "3.35", "3.35.2"))
    assert (release.prerelease, early.prerelease) == (False, True)


async def test_a_release_published_in_a_pre_ga_stage_is_a_prerelease(
    store, make_product, register, today
):
    await make_product()
    await register(ReleaseIn(version="1.0.0", released_on=today, stage="beta"))

    assert (await known(store))[0].prerelease


@pytest.mark.parametrize(("first", "then"), [(None, "beta"), ("ga", "preview"), ("beta", "ga")])
async def test_a_release_stays_what_it_was_first_published_as(
    store, make_product, register, change, today, first, then
):
    await make_product()
    await register(ReleaseIn(version="1.0.0", released_on=today, stage=first))

    with pytest.raises(Conflict, match="first published") as refusal:
        await change(stage=then)

    assert refusal.value.problems[0].field == "stage"
    assert (await find(store, "1.0.0")).stage == first


async def test_a_stage_that_is_no_step_over_ga_can_be_corrected(
    store, make_product, register, change, today
):
    await make_product()
    await register(
        ReleaseIn(version="1.0.0", released_on=today, stage="alpha"),
        ReleaseIn(version="1.1.0", released_on=today),
        ReleaseIn(version="1.2.0", planned_on=today),
    )

    await change(stage="beta")
    await change("1.1.0", stage="ga")
    await change("1.2.0", stage="preview", released_on=today)

    assert [release.prerelease for release in await known(store)] == [True, False, True]


async def test_a_line_that_follows_from_the_version_cannot_be_given(make_product, register, today):
    await make_product()

    with pytest.raises(BadRequest, match="line"):
        await register(ReleaseIn(version="1.2.3", released_on=today, line="9"))
    await register(ReleaseIn(version="1.2.3", released_on=today, line="1.2"))


async def test_one_bad_entry_among_thousands_stores_nothing(store, make_product, register):
    await make_product()
    listed = [f"1.0.{number}" for number in range(3000)]
    listed[1234] = "not a version"
    listed[2345] = "1.0.7"

    with pytest.raises(BadRequest) as refusal:
        await register(*listed)

    fields = [problem.field for problem in refusal.value.problems]
    assert fields == ["releases[1234].version", "releases[2345].version"]
    assert await versions(store) == []
    assert await actions(store) == ["product.added"]


async def test_thousands_at_once_leave_one_entry_with_their_digest(store, make_product, register):
    await make_product()

    await register(*(f"1.{number}.0" for number in range(3000)))

    async with store.reading() as session:
        details = await session.scalar(
            select(AuditEntry.details).order_by(AuditEntry.seq.desc()).limit(1)
        )
    assert details.keys() == {"count", "sha256"}
    assert len(await versions(store)) == 3000


async def test_every_mistake_of_a_list_is_named(make_product, register, today):
    await make_product()
    tomorrow = today + timedelta(1)

    with pytest.raises(BadRequest) as refusal:
        await register(
            ReleaseIn(version="1.0.0"),
            ReleaseIn(version="1.0.1", released_on=tomorrow),
            ReleaseIn(version="1.0.2", planned_on=today - timedelta(1)),
            ReleaseIn(version="1.0.3", released_on=today, withdrawn_on=today - timedelta(1)),
            ReleaseIn(version="1.0.4", released_on=today, restored_on=today),
            ReleaseIn(version="1.0.5", released_on=today, withdrawn_on=today, restored_on=today),
            ReleaseIn(version="1.0.6", planned_on=today, withdrawn_on=today),
            ReleaseIn(version="1.0.7", released_on=today, notes_url="javascript:alert(1)"),
            ReleaseIn(version="1.0.8\x00", released_on=today),
        )

    assert [problem.field for problem in refusal.value.problems] == [
        "releases[0].released_on",
        "releases[1].released_on",
        "releases[2].planned_on",
        "releases[3].withdrawn_on",
        "releases[4].restored_on",
        "releases[5].restored_on",
        "releases[6].withdrawn_on",
        "releases[7].notes_url",
        "releases[8].version",
    ]


async def test_a_single_releases_mistake_is_named_without_a_place(make_product, register):
    await make_product()

    with pytest.raises(BadRequest) as refusal:
        await register("nonsense", listed=False)

    assert [problem.field for problem in refusal.value.problems] == ["version"]


@pytest.mark.parametrize("dots", [".", ".."])
async def test_what_no_address_could_end_with_is_no_version_and_no_line(
    make_product, register, today, dots
):
    await make_product(slug="distro", scheme="declared", line_by="declared")

    with pytest.raises(BadRequest) as refusal:
        await register(ReleaseIn(version=dots, released_on=today, line=dots), product="distro")

    assert [(problem.field, problem.value) for problem in refusal.value.problems] == [
        ("releases[0].version", dots),
        ("releases[0].line", dots),
    ]
    assert "one or two dots alone" in refusal.value.problems[0].message


async def test_a_version_registered_twice_is_a_conflict_and_nothing_is_stored(
    store, make_product, register
):
    await make_product()
    await register("1.0.0")

    with pytest.raises(Conflict, match=r"1\.0\.0") as refusal:
        await register("1.0.1", "1.0.0")

    assert [problem.field for problem in refusal.value.problems] == ["releases[1].version"]
    assert await versions(store) == ["1.0.0"]


@pytest.mark.at_once
async def test_of_two_writers_with_one_version_one_wins(store, make_product, register):
    await make_product()

    outcomes = await asyncio.gather(*(register("1.0.0") for _ in range(10)), return_exceptions=True)

    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} == {
        releases.ReleaseExists
    }
    assert await versions(store) == ["1.0.0"]


@pytest.mark.at_once
async def test_twenty_writers_place_their_versions_without_losing_any(
    store, make_product, register
):
    await make_product()
    await register("0.0.1")

    await asyncio.gather(*(register(f"1.{number}.0") for number in range(20)))

    expected = ["0.0.1", *(f"1.{number}.0" for number in range(20))]
    assert await versions(store) == expected


async def test_publishing_a_planned_version_confirms_it(store, make_product, register, today, by):
    await make_product()
    await register(ReleaseIn(version="2.0.0", planned_on=today, stage="ga"))

    done = await register(ReleaseIn(version="2.0.0", released_on=today), "2.0.1")

    assert (done.added, done.confirmed) == (["2.0.1"], ["2.0.0"])
    found = await find(store, "2.0.0")
    assert (found.released_on, found.planned_on, found.stage) == (today, today, "ga")
    assert [release.planned for release in await known(store)] == [False, False]


async def test_planning_a_version_twice_is_a_conflict(make_product, register, today):
    await make_product()
    plan = ReleaseIn(version="2.0.0", planned_on=today)
    await register(plan)

    with pytest.raises(Conflict):
        await register(plan)


async def test_a_release_is_withdrawn_restored_and_neither(
    store, make_product, register, change, today
):
    await make_product()
    await register("1.0.0")
    later = today + timedelta(5)

    await change(withdrawn_on=today)
    withdrawn = (await known(store))[0]
    await change(restored_on=later)
    restored = (await known(store))[0]
    await change(withdrawn_on=None, restored_on=None)
    neither = (await known(store))[0]

    assert (withdrawn.withdrawn_on, withdrawn.restored_on) == (today, None)
    assert (restored.withdrawn_on, restored.restored_on) == (today, later)
    assert (neither.withdrawn_on, neither.restored_on) == (None, None)


async def test_a_withdrawal_cannot_be_taken_out_from_under_its_end(
    make_product, register, change, today
):
    await make_product()
    await register("1.0.0")
    await change(withdrawn_on=today, restored_on=today + timedelta(1))

    with pytest.raises(BadRequest, match="withdrawn"):
        await change(withdrawn_on=None)


async def test_a_change_that_changes_nothing_leaves_no_evidence(
    store, make_product, register, change
):
    await make_product()
    await register("1.0.0")

    release = await change(stage=None)

    assert release.revision == 1
    assert await actions(store) == ["product.added", "release.registered"]


async def test_a_plan_is_moved_then_published(store, make_product, register, change, today):
    await make_product()
    await register(ReleaseIn(version="1.0.0", planned_on=today))

    await change(planned_on=today + timedelta(3))
    await change(released_on=today)

    (release,) = await known(store)
    assert (release.planned, release.day) == (False, today)


async def test_what_was_released_stays_released(make_product, register, change, today):
    await make_product()
    await register("1.0.0")

    with pytest.raises(BadRequest, match="future"):
        await change(released_on=today + timedelta(1))
    assert (await change(released_on=today - timedelta(1))).released_on == today - timedelta(1)


async def test_a_release_changed_since_it_was_read_is_not_overwritten(
    make_product, register, change, today
):
    await make_product()
    await register("1.0.0")
    await change(withdrawn_on=today, expected=1)

    with pytest.raises(PreconditionFailed, match="revision 2"):
        await change(withdrawn_on=None, expected=1)


async def test_a_release_entered_by_mistake_never_counted_and_may_be_registered_anew(
    store, make_product, register, change
):
    await make_product()
    await register("33.0.0", "3.3.0")

    await change("33.0.0", voided="a slip of the finger")

    assert await versions(store) == ["3.3.0"]
    with pytest.raises(NotFound):
        await find(store, "33.0.0")
    await register("33.0.0")
    assert await versions(store) == ["3.3.0", "33.0.0"]
    async with store.reading() as session:
        voided = await session.scalar(select(Release).where(Release.voided_at.is_not(None)))
    assert voided.void_reason == "a slip of the finger"


async def test_voiding_takes_a_reason_and_stands_alone(make_product, register, change, today):
    await make_product()
    await register("1.0.0")

    with pytest.raises(BadRequest, match="voided"):
        await change(voided="  ")
    with pytest.raises(BadRequest, match="not both"):
        await change(voided="wrong", withdrawn_on=today)
    assert ReleasePatch().voided is UNSET


async def test_declared_versions_keep_their_order_and_find_their_line(
    store, make_product, register, today
):
    await make_product(scheme="declared", line_by="declared")
    await register("bookworm", ReleaseIn(version="Update 3w", released_on=today, line="2024 LTSC"))
    await register("alpha")

    found = [(release.version, release.line) for release in await known(store)]

    assert found == [("bookworm", None), ("Update 3w", "2024 LTSC"), ("alpha", None)]


async def test_releases_come_in_pages_in_version_order(store, make_product, register):
    await make_product()
    await register("1.10.0", "1.9.0", "1.8.0")

    async with store.reading() as session:
        product = await queries.get_product(session, "widget")
        first = await queries.list_releases(session, product, limit=2)
        rest = await queries.list_releases(session, product, limit=2, cursor=first.next)

    assert [each.version for each in first.items + rest.items] == ["1.8.0", "1.9.0", "1.10.0"]

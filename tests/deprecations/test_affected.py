from datetime import timedelta

import pytest
from sqlalchemy import select

from lifecycle.catalogue import queries
from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.deprecations.audience.affected import audience_of
from lifecycle.deprecations.audience.revision_scopes import scope_of
from lifecycle.deprecations.audience.targets import affected_versions
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.models import Revision, Target
from testkit.announcements import BY, DAYS, NOW, TODAY, add, change, draft, sell
from testkit.registered_releases import register_releases

V2 = {"version": "2.0.0"}
LONG_AGO = NOW - timedelta(days=91)


@pytest.fixture
async def sold(store, make_product):
    await make_product()
    await make_product(slug="gadget")
    await sell(store, keys=["rest-v1"])


async def found(store, *, today=TODAY, **said):
    """Give whom a deprecation of widget affects: how, why and from when on, under which tier."""
    async with store.writing() as session:
        row = await draft(session, **said)
        revision = await session.get_one(Revision, (row.id, 1))
        scope = await scope_of(session, row, revision, today=today)
        rows = await session.execute(audience_of(scope.form), scope.values)
        return {
            each.owner: (each.affected, each.why_possibly, each.tier, each.effective_on)
            for each in rows
        }


def yes(tier="pro"):
    return ("yes", None, tier, DAYS[tier])


def possibly(why, tier="pro"):
    return ("possibly", why, tier, DAYS[tier])


async def test_who_runs_an_affected_line_under_an_affected_tier_is_affected(store, sold):
    await add(store, "old", runs=["1.0.1"])
    await add(store, "new", runs=["2.0.0"])
    await add(store, "free", tier="community", runs=["1.0.1"])
    await add(store, "other", runs=[{"product": "gadget", "version": "1.0.1"}])

    assert await found(store, lines=("1.0",)) == {"old": yes()}


async def test_a_version_the_catalogue_does_not_know_has_its_line_all_the_same(store, sold):
    await add(store, "patched", runs=["1.0.7"])
    await add(store, "unreadable", runs=["latest"])

    assert await found(store, lines=("1.0",)) == {"patched": yes()}


@pytest.mark.parametrize("spelled", ["v1.0.1", "V1.0.1", "1.0.1+build.7", "v1.0.7"])
@pytest.mark.parametrize("said", [{"lines": ("1.0",)}, {"range": "vers:semver/<1.1.0"}])
async def test_another_spelling_of_a_version_is_affected_all_the_same(store, sold, spelled, said):
    await add(store, "tagged", runs=[spelled])
    await add(store, "beyond", runs=["v2.0.0"])

    assert await found(store, **said) == {"tagged": yes()}


async def test_a_release_has_its_declared_line_however_its_version_is_spelled(store, make_product):
    await make_product(scheme="pep440", line_by="declared")
    await sell(store, versions=["0.1"], declared=["autumn", "spring"])
    async with store.writing() as session:
        product = await queries.get_product(session, "widget")
        new = [
            ReleaseIn(version=version, line=line, released_on=TODAY)
            for version, line in (("1.0", "autumn"), ("2.0", "spring"))
        ]
        await register_releases(session, product, new, by=BY, today=TODAY)
    for slug, version in (("exact", "1.0"), ("tagged", "v1.0"), ("equal", "1.0.0"), ("new", "2")):
        await add(store, slug, runs=[version])

    affected = await found(store, lines=("autumn",))

    assert affected == dict.fromkeys(("exact", "tagged", "equal"), yes())


async def test_a_range_decides_by_the_order_of_versions(store, sold):
    await add(store, "first", runs=["1.0.0"])
    await add(store, "between", runs=["1.0.9"])
    await add(store, "beyond", runs=["1.1.0"])

    assert await found(store, range="vers:semver/>=1.0.1|<1.1.0") == {"between": yes()}


async def test_a_feature_affects_whoever_uses_it(store, make_product):
    await make_product()
    await sell(store, keys=["rest-v1", "rest-v10", "sso"])
    await add(store, "user", runs=[{"version": "2.0.0", "features": ["sso", "rest-v1"]}])
    await add(store, "none", runs=[{"version": "2.0.0", "features": []}])
    await add(store, "alike", runs=[{"version": "2.0.0", "features": ["rest-v10"]}])
    await add(store, "silent", runs=["2.0.0"])

    assert await found(store, feature="rest-v1") == {
        "user": yes(),
        "silent": possibly("no_features"),
    }


async def test_who_reports_a_feature_that_the_product_lacks_may_use_any(store, make_product):
    await make_product()
    await make_product(slug="gadget")
    await sell(store, keys=["rest-v1", "sso"])
    await sell(store, "gadget", keys=["rest_v1"])
    await add(store, "mistyped", runs=[{"version": "2.0.0", "features": ["sso", "rest_v1"]}])
    await add(store, "elsewhere", runs=[{"product": "gadget", "features": ["rest_v1"]} | V2])
    await add(store, "free", tier="community", runs=[{"features": ["rest_v1"]} | V2])
    both = [{"features": ["rest_v1"], "tier": "enterprise"} | V2, {"features": None} | V2]
    await add(store, "silent-too", runs=both)
    await add(store, "user-too", runs=[{"features": ["rest_v1", "rest-v1"]} | V2])

    assert await found(store, feature="rest-v1") == {
        "mistyped": possibly("unknown_features"),
        "silent-too": possibly("no_features"),
        "user-too": yes(),
    }
    assert await found(store, lines=("1.0",)) == {}


async def test_a_feature_affects_only_the_tiers_that_have_it(store, make_product):
    await make_product()
    await sell(store, keys=["sso"], tiers=["enterprise"])
    uses = [{"version": "2.0.0", "features": ["sso"]}]
    await add(store, "small", runs=uses)
    await add(store, "large", tier="enterprise", runs=uses)

    assert await found(store, feature="sso") == {"large": yes("enterprise")}


async def test_a_whole_product_affects_whoever_runs_any_version(store, sold):
    await add(store, "odd", runs=["whatever"])
    await add(store, "other", runs=[{"product": "gadget", "version": "1.0.0"}])

    assert await found(store, whole_product=True) == {"odd": yes()}


async def test_an_instances_own_tier_goes_before_its_accounts(store, sold):
    await add(store, "free", tier="community", runs=[{"version": "1.0.0", "tier": "pro"}])
    await add(store, "let-off", runs=[{"version": "1.0.0", "tier": "community"}])

    assert await found(store, lines=("1.0",)) == {"free": yes()}


async def test_of_several_instances_the_earliest_day_counts(store, sold):
    runs = [{"version": "1.0.0", "tier": "enterprise"}, "1.0.1"]
    await add(store, "both", tier="pro", runs=runs)

    assert await found(store, lines=("1.0",)) == {"both": yes("pro")}


async def test_the_tier_is_that_of_the_day(store, sold):
    await add(store, "riser", runs=["1.0.0"])
    await change(store, "riser", tier="enterprise", on=TODAY)
    await change(store, "riser", tier="community", on=TODAY + timedelta(days=1))

    assert await found(store, lines=("1.0",)) == {"riser": yes("enterprise")}
    assert await found(store, lines=("1.0",), today=TODAY + timedelta(days=1)) == {}
    assert (await found(store, lines=("1.0",), today=TODAY.replace(year=2019)))["riser"] == yes()


async def test_possibly_affected_is_told_why(store, sold):
    await add(store, "named", runs=["2.0.0"], topics=["product:widget"])
    await add(store, "other-name", runs=["2.0.0"], topics=["product:gadget"])
    await add(store, "gone-name", runs=["2.0.0"], topics=["product:widget"], state="unsubscribed")
    await add(store, "empty")
    await add(store, "unseen", runs=[{"version": "2.0.0", "last_seen": LONG_AGO}])
    await add(store, "half-seen", runs=[{"version": "2.0.0", "last_seen": LONG_AGO}, "2.0.0"])
    await add(store, "by-hand", runs=[{"version": "2.0.0", "last_seen": None}])
    await add(store, "free", tier="community")

    assert await found(store, lines=("1.0",)) == {
        "named": possibly("subscribed"),
        "empty": possibly("no_instances"),
        "unseen": possibly("not_seen"),
    }


async def test_what_runs_something_affected_is_affected_though_unseen(store, sold):
    await add(store, "unseen", runs=[{"version": "1.0.0", "last_seen": LONG_AGO}])

    assert await found(store, lines=("1.0",)) == {"unseen": yes()}


async def test_without_tiers_nobody_is_affected(store, sold):
    await add(store, "old", runs=["1.0.1"])

    assert await found(store, lines=("1.0",), days={}) == {}


async def test_targets_are_releases_and_what_instances_run(store, sold):
    await add(store, "old", runs=["1.0.7", "1.0.0", "9.9.9"])
    async with store.writing() as session:
        row = await draft(session, lines=("1.0",))
        targets = set(await session.scalars(select(Target.version)))

    assert targets == {"1.0.0", "1.0.1", "1.0.7"}
    assert row.number == 1


async def test_a_version_is_a_target_to_the_letter(store, make_product):
    odd = ['7 "Update" 3', "C:\\7", "{7}", "ü 7", "true", "1.0"]
    await make_product(scheme="declared", line_by="declared")
    await sell(store, versions=odd, declared=odd)

    async with store.writing() as session:
        await draft(session, range="vers:all/*")
        targets = set(await session.scalars(select(Target.version)))

    assert targets == set(odd)


async def test_declared_versions_belong_to_the_declared_line_they_begin_with(store, make_product):
    await make_product(scheme="declared", line_by="declared")
    await sell(store, versions=["22.04.1 LTS", "24.04"], declared=["22.04", "24.04"])
    async with store.reading() as session:
        known = await load_facts(session, "widget")

    def versions(**said):
        content = DeprecationIn(product="widget", kind="end_of_support", **said)
        return affected_versions(content, known, ["22.04.9", "24.04.1", "sid"])

    assert versions(lines=("22.04",)) == ["22.04.1 LTS", "22.04.9"]
    assert versions(range="vers:declared/<24.04") == ["22.04.1 LTS"]
    assert versions(range="vers:all/*") == ["22.04.1 LTS", "24.04", "22.04.9", "24.04.1", "sid"]

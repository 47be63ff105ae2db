from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lifecycle.accounts.account_inputs import AccountIn
from lifecycle.accounts.actions import put_account
from lifecycle.audit.chain import By
from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue import policies, products, queries
from lifecycle.catalogue.catalogue_inputs import ProductIn, ReleaseIn
from lifecycle.catalogue.claimed_names import NameTaken
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.catalogue.models import Product
from lifecycle.catalogue.visibility import Visibility
from lifecycle.errors import BadRequest, Conflict, NotFound, PreconditionFailed, Unprocessable
from lifecycle.policy.succession import Step
from testkit.registered_releases import register_releases


@pytest.fixture
def register(store, by, today):
    async def register(*versions):
        listed = [ReleaseIn(version=version, released_on=today) for version in versions]
        async with store.writing() as session:
            product = await queries.get_product(session, "widget")
            await register_releases(session, product, listed, by=by, today=today)

    return register


@pytest.fixture
def enter(store, by):
    async def enter(document, *, said=by):
        async with store.writing() as session:
            product = await queries.get_product(session, "widget")
            return await policies.put(session, product, document, by=said)

    return enter


def policy(version="1", day="2024-01-01", tiers=("pro",), window=None, zone="UTC"):
    rule = window or {"newest": {"count": 1, "of": "release"}}
    return {
        "policy": "support",
        "version": version,
        "in_force_from": str(day),
        "timezone": zone,
        "tiers": {tier: {"rank": rank, "window": rule} for rank, tier in enumerate(tiers)},
    }


async def load(store):
    async with store.reading() as session:
        return await load_facts(session, "widget")


async def lines(store):
    return [(release.version, release.line) for release in (await load(store)).facts.releases]


@pytest.mark.parametrize(
    ("said", "field", "why"),
    [
        ({"identifiers": ("pkg:npm/x", "pkg:pypi/Wid_get")}, "identifiers[1]", "belongs to"),
        ({"identifiers": ("cpe:2.3:a:acme:widget",)}, "identifiers[0]", "belongs to"),
        ({"aliases": ("old-widget",)}, "aliases[0]", "belongs to"),
        ({"aliases": ("x", "widget")}, "aliases[1]", "is the slug of"),
    ],
)
async def test_what_identifies_a_product_identifies_no_other(make_product, said, field, why):
    await make_product(
        identifiers=("pkg:pypi/wid-get", "cpe:2.3:a:acme:widget"), aliases=("old-widget",)
    )
    await make_product("gadget")

    with pytest.raises(NameTaken, match="leave it out") as refusal:
        await make_product("gadget", **said)

    (problem,) = refusal.value.problems
    assert (problem.field, problem.message) == (field, f"{why} the product 'widget'")
    assert problem.value in {name for names in said.values() for name in names}


async def test_a_new_product_takes_no_alias_of_another_one_as_its_slug(make_product):
    await make_product(aliases=("old-widget",))

    with pytest.raises(NameTaken, match="choose another name") as refusal:
        await make_product("old-widget")

    (problem,) = refusal.value.problems
    assert (problem.field, problem.message) == ("slug", "is an alias of the product 'widget'")
    assert problem.value == "old-widget"


async def test_a_part_of_anothers_package_is_for_who_may_publish_both(store, make_product, by):
    await make_product(identifiers=("pkg:golang/ex.org/widget",), public=False)
    facts = ProductIn(slug="gadget", identifiers=("pkg:golang/ex.org/widget/v2",))

    async with store.writing() as session:
        with pytest.raises(NameTaken) as refusal:
            mine = Visibility(whole=frozenset({"gadget"}))
            await products.put(session, facts, by=by, visibility=mine)
        gadget, _ = await products.put(session, facts, by=by)

    (problem,) = refusal.value.problems
    part = "is part of pkg:golang/ex.org/widget, which belongs to another product"
    assert (problem.field, problem.message) == ("identifiers[0]", part)
    assert gadget.identifiers == ["pkg:golang/ex.org/widget/v2"]


async def test_what_two_products_share_already_stays(store, make_product):
    await make_product(identifiers=("pkg:npm/widget",))
    await make_product("gadget")
    async with store.writing() as session:
        shared = {"identifiers": ["pkg:npm/widget"], "aliases": ["widget"]}
        await session.execute(update(Product).where(Product.slug == "gadget").values(**shared))

    said = {"identifiers": ("pkg:npm/widget",), "aliases": ("widget",)}
    renamed = await make_product("gadget", name="The Gadget", **said)

    assert (renamed.name, renamed.identifiers) == ("The Gadget", ["pkg:npm/widget"])


async def test_a_product_is_added_once_and_found(store, make_product):
    await make_product(name="The Widget", identifiers=("pkg:npm/widget",))
    again = await make_product(name="The Widget", identifiers=("pkg:npm/widget",))

    loaded = await load(store)
    assert (loaded.name, loaded.identifiers, again.revision) == (
        "The Widget",
        ("pkg:npm/widget",),
        1,
    )


async def test_an_unknown_product_names_the_one_that_was_meant(store, make_product):
    await make_product("clairdash")

    async with store.reading() as session:
        with pytest.raises(NotFound, match="Did you mean 'clairdash'"):
            await queries.get_product(session, "clairdsah")


async def test_creating_a_product_twice_is_a_conflict(store, make_product, by):
    await make_product()

    with pytest.raises(Conflict, match="widget"):
        async with store.writing() as session:
            await products.create(session, ProductIn(slug="widget"), by=by)


async def test_everything_wrong_with_a_product_is_said_at_once(make_product):
    with pytest.raises(BadRequest) as refusal:
        await make_product("Wid get", name="a\x00", scheme="roman", identifiers=("nothing",))

    fields = [problem.field for problem in refusal.value.problems]
    assert fields == ["slug", "name", "scheme", "identifiers[0]"]


async def test_lines_cannot_be_derived_where_versions_have_no_units(make_product):
    with pytest.raises(BadRequest, match="line_by"):
        await make_product(scheme="deb", line_by="minor")
    await make_product(scheme="deb", line_by="declared")


async def test_a_product_changed_since_it_was_read_is_not_overwritten(store, make_product, by):
    await make_product()

    with pytest.raises(PreconditionFailed):
        async with store.writing() as session:
            await products.put(session, ProductIn(slug="widget", name="x"), by=by, expected=2)


async def test_another_granularity_puts_every_release_in_its_new_line(
    store, make_product, register
):
    await make_product()
    await register("1.2.3", "2.0.0")
    assert await lines(store) == [("1.2.3", "1.2"), ("2.0.0", "2.0")]

    await make_product(line_by="major")

    assert await lines(store) == [("1.2.3", "1"), ("2.0.0", "2")]


async def test_another_scheme_places_every_release_anew(store, make_product, register):
    await make_product(scheme="declared", line_by="declared")
    await register("1.10.0", "1.9.0")
    assert await lines(store) == [("1.10.0", None), ("1.9.0", None)]

    await make_product(scheme="semver")

    assert await lines(store) == [("1.9.0", "1.9"), ("1.10.0", "1.10")]


async def test_a_scheme_that_cannot_read_the_versions_is_refused_with_their_names(
    store, make_product, register
):
    await make_product(scheme="declared", line_by="declared")
    await register("bookworm", "1.0.0", "7.0 Update 3w")

    with pytest.raises(Conflict, match=r"'bookworm', '7\.0 Update 3w'"):
        await make_product(scheme="semver")

    assert (await load(store)).scheme == "declared"


async def test_a_first_policy_may_start_in_the_past_and_comes_back_whole(
    store, make_product, enter
):
    await make_product()

    entered, step = await enter(policy())

    assert step is Step.FIRST
    assert (await load(store)).facts.policies == (entered,)


async def test_entering_a_policy_twice_changes_nothing(store, make_product, enter):
    await make_product()
    await enter(policy())

    assert (await enter(policy()))[1] is Step.UNCHANGED
    async with store.reading() as session:
        entries = list(await session.scalars(select(AuditEntry.action)))
    assert entries == ["product.added", "policy.entered"]


async def test_a_policy_is_corrected_within_a_day_of_its_first_entry_and_not_later(
    store, make_product, enter, clock
):
    await make_product()
    await enter(policy())
    wider = policy(window={"newest": {"count": 2, "of": "release"}})

    clock.advance(hours=23)
    _, step = await enter(wider, said=By("test", clock()))
    clock.advance(hours=2)
    with pytest.raises(Conflict, match="24 hours"):
        await enter(policy(), said=By("test", clock()))

    assert step is Step.REPLACES
    (standing,) = (await load(store)).facts.policies
    assert standing.tiers[0].window.rule.count == 2


async def test_policies_follow_each_other_by_day(store, make_product, enter, today):
    await make_product()
    await enter(policy())
    await enter(policy("3", today + timedelta(9)))
    await enter(policy("2", today))

    assert [policy.version for policy in (await load(store)).facts.policies] == ["1", "2", "3"]
    with pytest.raises(Conflict, match="past"):
        await enter(policy("4", today - timedelta(1)))


async def test_what_came_out_before_a_policy_of_its_day_was_entered_is_known(
    store, make_product, enter, by, today
):
    def at(minutes):
        return By(by.actor, by.at + timedelta(minutes=minutes))

    async def register(version, minutes):
        async with store.writing() as session:
            product = await queries.get_product(session, "widget")
            listed = [ReleaseIn(version=version, released_on=today)]
            await register_releases(session, product, listed, by=at(minutes), today=today)

    async def preceding():
        return [r.version for r in (await load(store)).facts.releases if r.precedes_policy]

    await make_product()
    await enter(policy())
    await register("1.0.0", 1)
    await enter(policy("2", today), said=at(2))
    await register("1.1.0", 3)
    assert await preceding() == ["1.0.0"]

    await enter(policy("2", today, window={"best_effort": True}), said=at(4))
    assert await preceding() == ["1.0.0"]
    await enter(policy("2", today + timedelta(1)), said=at(5))
    assert await preceding() == []
    await enter(policy("2", today), said=at(6))
    assert await preceding() == ["1.0.0", "1.1.0"]


async def test_a_tier_that_an_account_has_is_not_dropped(store, make_product, enter, by, today):
    await make_product()
    await enter(policy(tiers=("pro", "enterprise")))
    async with store.writing() as session:
        known = await queries.vocabulary(session)
        acme = AccountIn(slug="acme", tier="enterprise")
        await put_account(session, acme, by=by, today=today, vocabulary=known)

    with pytest.raises(Conflict, match="enterprise"):
        await enter(policy("2", today, tiers=("pro",)))
    assert (await enter(policy("2", today, tiers=("enterprise",))))[1] is Step.SUCCEEDS


async def test_accounts_may_name_the_products_and_tiers_there_are(store, make_product, enter):
    await make_product()
    await enter(policy(tiers=("pro", "enterprise")))

    async with store.reading() as session:
        known = await queries.vocabulary(session)

    assert known.products == {"widget"}
    assert known.tiers == {"pro", "enterprise"}


async def test_a_policy_counts_only_what_the_products_versions_have(make_product, enter):
    await make_product(scheme="declared", line_by="declared")

    with pytest.raises(Unprocessable, match="minor"):
        await enter(policy(window={"newest": {"count": 5, "of": "minor"}}))


async def test_versions_keep_the_parts_that_a_policy_counts(make_product, enter):
    await make_product()
    await enter(policy(window={"newest": {"count": 5, "of": "minor"}}))

    with pytest.raises(Unprocessable, match="minor"):
        await make_product(scheme="declared", line_by="declared")


async def test_a_products_day_is_its_policys(store, make_product, enter, clock):
    await make_product()
    clock.now = clock.now.replace(hour=20)

    async def today():
        async with store.reading() as session:
            product = await queries.get_product(session, "widget")
            return (await queries.today_for(session, product, clock())).day

    assert await today() == 21
    await enter(policy(zone="Asia/Tokyo"))
    assert await today() == 22


async def test_registration_shows_in_the_policys_zone(store, make_product, enter, register, by):
    await make_product()
    await enter(policy(zone="Pacific/Kiritimati"))
    await register("1.0.0")

    (release,) = (await load(store)).facts.releases
    assert release.registered_on == by.at.date() + timedelta(1)

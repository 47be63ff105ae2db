"""The store and the facts in hand agree on whom a change affects (rule 3.4)."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from lifecycle.accounts.models import Account, AccountTier, Instance
from lifecycle.accounts.queries import tier_on
from lifecycle.catalogue import features, queries
from lifecycle.catalogue.catalogue_inputs import FeatureIn
from lifecycle.catalogue.models import Feature, Product
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.audience.affected import audience_of, running
from lifecycle.deprecations.audience.revision_scopes import Listed, scope_of
from lifecycle.deprecations.audience.targets import naming_lines
from lifecycle.deprecations.audience.usage import accounts_using
from lifecycle.deprecations.models import Revision
from testkit.announcements import NOW, TODAY, add, draft, sell
from testkit.scales import examples

TIERS = ("community", "pro", "enterprise")
VERSIONS = ("1.0.0", "1.0.1", "1.1.0", "2.0.0", "1.0.7", "v1.1.0", "9.9.9", "latest")
RELEASES = {"v1.1.0": "1.1.0"}
"""The release that an instance means by another spelling, as answers look it up."""
KEYS = ("rest-v1", "sso")
REPORTED = (*KEYS, "rest_v1")
"""The keys that instances report; of the last, the product has no feature."""
MIDNIGHT = datetime.combine(TODAY, time(), UTC)
SEEN = (None, NOW, MIDNIGHT - timedelta(days=90), MIDNIGHT - timedelta(days=90, seconds=1))
numbers = itertools.count(1)

tiers = st.sampled_from(TIERS)
days = st.dates(date(2026, 12, 1), date(2026, 12, 4))
histories = st.dictionaries(st.dates(TODAY - timedelta(2), TODAY + timedelta(1)), tiers, min_size=1)


def customers():
    instances = st.fixed_dictionaries(
        {
            "product": st.sampled_from(("widget", "widget", "gadget")),
            "version": st.sampled_from(VERSIONS),
            "tier": st.none() | tiers,
            "features": st.none() | st.lists(st.sampled_from(REPORTED), unique=True),
            "last_seen": st.sampled_from(SEEN),
        }
    )
    return st.lists(
        st.fixed_dictionaries(
            {
                "tiers": histories,
                "runs": st.lists(instances, max_size=3),
                "topic": st.sampled_from(("*", "product:widget", "product:gadget")),
                "state": st.sampled_from(
                    ("active", "disabled", "paused", "pending", "unsubscribed")
                ),
            }
        ),
        min_size=1,
        max_size=4,
    )


lines = st.lists(st.sampled_from(("1.0", "1.1", "2.0")), min_size=1, unique=True)
of_lines = st.fixed_dictionaries({"lines": lines.map(tuple)})
of_feature = st.fixed_dictionaries({"feature": st.sampled_from(KEYS)})
of_all = st.just({"whole_product": True})
of_range = st.sampled_from(("vers:semver/<1.1.0", "vers:semver/>=1.0.1|<2.0.0", "vers:all/*"))
change_of_range = st.fixed_dictionaries({"range": of_range})
changes = st.tuples(of_lines | of_feature | of_all | change_of_range, customers())
hidings = st.sampled_from((None, None, "product", "feature"))


@pytest.fixture
async def sold(store, make_product, by):
    await make_product()
    await make_product(slug="gadget")
    await sell(store, keys=["rest-v1"])
    async with store.writing() as session:
        widget = await queries.get_product(session, "widget")
        await features.put(session, widget, "sso", FeatureIn(tiers=("enterprise",)), by=by)


def customer(*runs, topic="*"):
    usual = {
        "product": "widget",
        "version": "2.0.0",
        "tier": None,
        "features": [],
        "last_seen": NOW,
    }
    runs = [usual | each for each in runs]
    return {"tiers": {TODAY: "pro"}, "runs": runs, "topic": topic, "state": "active"}


USERS = [customer({"features": ["sso"]}), customer({"features": ["sso"], "tier": "enterprise"})]
SILENT = [customer({"features": None}), customer({"last_seen": SEEN[2]}, {"last_seen": SEEN[3]})]
MISTYPED = [
    customer({"features": ["rest_v1"]}),
    customer({"features": ["rest_v1", "sso"], "tier": "enterprise"}, {"features": None}),
]
LATE = [customer({"last_seen": SEEN[3]}), customer(), customer({}, topic="product:widget")]
BOTH = {"pro": date(2026, 12, 2), "enterprise": date(2026, 12, 1)}


@settings(max_examples=examples(25))
@given(change=changes, effective=st.dictionaries(tiers, days), hidden=hidings)
@example(change=({"feature": "sso"}, USERS), effective=BOTH, hidden=None)
@example(change=({"feature": "rest-v1"}, SILENT), effective=BOTH, hidden=None)
@example(change=({"feature": "rest-v1"}, SILENT + USERS), effective=BOTH, hidden="feature")
@example(change=({"feature": "rest-v1"}, MISTYPED), effective=BOTH, hidden=None)
@example(change=({"feature": "rest-v1"}, MISTYPED), effective=BOTH, hidden="feature")
@example(change=({"feature": "sso"}, MISTYPED), effective=BOTH, hidden="product")
@example(change=({"lines": ("1.0",)}, LATE + SILENT), effective=BOTH, hidden=None)
@example(change=({"lines": ("1.0",)}, LATE + SILENT), effective=BOTH, hidden="product")
async def test_store_and_facts_in_hand_agree_on_whom_a_change_affects(
    store, sold, change, effective, hidden
):
    content, wanted = change
    added = [await add_customer(store, each) for each in wanted]
    async with store.writing() as session:
        await hide(session, hidden)
        row = await draft(session, days=effective, **content)
        revision = await session.get_one(Revision, (row.id, 1))
        scope = await scope_of(session, row, revision, today=TODAY)
        listed = Listed(added)
        values = scope.values | listed.values
        found = await session.execute(audience_of(scope.form, listed.among), values)
        by_store = {each.account_id: tuple(each)[2:] for each in found}
        under = defaultdict(set)
        for account, tier in await session.execute(running(scope.form), scope.values):
            under[account].add(tier)
        known, announced = await load_known(session, "widget")
        mine = next(each for each in announced if each.id == row.id)
        facts = [await facts_of(session, account) for account in added]
        row.state = "withdrawn"  # so that the next example reads one announcement alone

    in_hand = {account: audience(facts, mine, known) for account, *facts in facts}

    assert by_store == {account: said for account, (said, _) in in_hand.items() if said}
    for account, (_, surely) in in_hand.items():
        assert under[account] == surely


@settings(max_examples=examples(10))
@given(wanted=customers(), key=st.sampled_from(KEYS))
async def test_users_of_many_features_are_those_that_each_feature_affects(store, sold, wanted, key):
    for each in wanted:
        await add_customer(store, each)
    async with store.writing() as session:
        row = await draft(session, days=dict.fromkeys(TIERS, TODAY), feature=key)
        revision = await session.get_one(Revision, (row.id, 1))
        scope = await scope_of(session, row, revision, today=TODAY)
        counted = defaultdict(int)
        for _, tier in await session.execute(running(scope.form), scope.values):
            counted[tier] += 1
        using = await accounts_using(session, "widget", KEYS, today=TODAY)

    assert {tier: n for tier, n in using[key].items() if tier in dict(scope.days)} == counted


async def hide(session, hidden):
    """Let the product be public or not, and all of its features."""
    await session.execute(
        update(Product).where(Product.slug == "widget").values(public=hidden != "product")
    )
    await session.execute(update(Feature).values(public=hidden != "feature"))


async def add_customer(store, said):
    topics, state = (said["topic"],), said["state"]
    account = await add(store, f"a{next(numbers)}", runs=said["runs"], topics=topics, state=state)
    async with store.writing() as session:
        [first] = await session.scalars(
            select(AccountTier).where(AccountTier.account_id == account)
        )
        await session.delete(first)
        await session.flush()
        session.add_all(
            AccountTier(account_id=account, from_day=day, tier=tier)
            for day, tier in said["tiers"].items()
        )
        slug = await session.scalar(select(Account.slug).where(Account.id == account))
        NAMED[slug] = topics == ("product:widget",) and state != "unsubscribed"
    return account


NAMED = {}
"""Whether an account subscribes to widget by name."""


async def facts_of(session, number):
    account = await session.get_one(Account, number)
    found = select(AccountTier).where(AccountTier.account_id == number)
    history = list(await session.scalars(found))
    runs = select(Instance).where(Instance.account_id == number)
    return number, account.slug, history, list(await session.scalars(runs))


def audience(facts, announced, known):
    """Say as what, why, under which tier and from when on; and which tiers surely are."""
    slug, history, runs = facts
    own, line_of = tier_on(history, TODAY), naming_lines(known)
    mine = [each for each in runs if each.product == "widget"]
    surely = {
        each.tier or own
        for each in mine
        if announced.affects(
            each.tier or own,
            line=line_of(each.version),
            version=RELEASES.get(each.version, each.version),
            features=each.features or (),
        )
    }
    if surely:
        return told(surely, "yes", None, announced), surely
    feature = announced.content.feature
    if feature is not None and known.features[feature].public is False:
        return None, surely
    if feature is not None:
        silent = {each.tier or own for each in mine if each.features is None}
        unsure = {each.tier or own for each in mine if set(each.features or ()) - set(KEYS)}
        if (silent | unsure) & set(announced.tiers):
            why = "no_features" if silent & set(announced.tiers) else "unknown_features"
            return told(silent | unsure, "possibly", why, announced), surely
    why = why_possibly(slug, runs) if own in announced.tiers else None
    if not known.public and not mine and why != "subscribed":
        why = None
    return (told({own}, "possibly", why, announced) if why else None), surely


def why_possibly(slug, runs):
    if NAMED[slug]:
        return "subscribed"
    if not runs:
        return "no_instances"
    since = MIDNIGHT - timedelta(days=90)
    seen = any(each.last_seen is None or each.last_seen >= since for each in runs)
    return None if seen else "not_seen"


def told(under, affected, why, announced):
    day, tier = min((announced.days[tier], tier) for tier in under & set(announced.tiers))
    return tier, affected, why, day

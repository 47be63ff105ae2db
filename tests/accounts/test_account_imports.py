import random
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import UNSET
from sqlalchemy import select

from lifecycle.accounts import account_imports, actions, queries
from lifecycle.accounts.account_inputs import (
    AccountIn,
    AccountPatch,
    AddressIn,
    ImportedAccount,
    InstanceIn,
    InstancePatch,
)
from lifecycle.accounts.import_changes import FieldChange
from lifecycle.accounts.vocabulary import Vocabulary
from lifecycle.audit.models import AuditEntry
from notifications import subscriptions
from notifications.secrets import Vault

KNOWN = Vocabulary(frozenset({"widget", "gadget"}), frozenset({"pro", "gold"}))
SEEN = datetime(2026, 11, 1, tzinfo=UTC)
FULL = InstanceIn(
    product="widget",
    version="1.2.3",
    environment="production",
    tier="gold",
    features=("search", "export"),
    last_seen=SEEN,
)


def listed(slug="acme", *, account=None, addresses=(), **instances):
    facts = account or AccountIn(slug=slug, name="Acme", tier="pro")
    return ImportedAccount(account=facts, addresses=addresses, instances=instances)


@pytest.fixture
def bring(store, by, today):
    async def bring(*accounts, day=today, begin=lambda _done: None, **said):
        terms = account_imports.ImportTerms(by, day, KNOWN, **said)
        async with store.writing() as session:
            return await account_imports.apply(session, accounts, terms, begin=begin)

    return bring


async def load(store, slug="acme"):
    async with store.reading() as session:
        return await queries.get_account(session, slug)


async def facts_of(store, slug="acme"):
    return {instance.name: values_of(instance) for instance in (await load(store, slug)).instances}


def values_of(instance):
    return {field: getattr(instance, field) for field in InstanceIn.__struct_fields__}


async def entries(store):
    async with store.reading() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.seq))
        return [(row.action, row.subject, row.product, row.details) for row in rows]


async def test_what_a_list_does_not_mention_stays_as_customers_reported_it(store, bring):
    await bring(listed(lab=FULL))

    report = await bring(listed(lab=InstancePatch(product="widget", version="1.3.0")))

    assert await facts_of(store) == {
        "lab": actions.instance_values(FULL) | {"version": "1.3.0"},
    }
    assert report.changes == [FieldChange("instance acme/lab", "version", "1.2.3", "1.3.0")]


async def test_an_empty_cell_clears_what_was_known(store, bring):
    await bring(listed(lab=FULL))
    emptied = InstancePatch(environment=None, tier=None, features=None, last_seen=None)

    report = await bring(listed(account=AccountPatch(slug="acme", name=""), lab=emptied))

    assert await facts_of(store) == {
        "lab": actions.instance_values(InstanceIn(product="widget", version="1.2.3"))
    }
    assert (await load(store)).name == "acme"
    assert [(change.subject, change.field, change.after) for change in report.changes] == [
        ("account acme", "name", "acme"),
        ("instance acme/lab", "environment", None),
        ("instance acme/lab", "tier", None),
        ("instance acme/lab", "features", None),
        ("instance acme/lab", "last_seen", None),
    ]


async def test_a_new_account_and_a_new_instance_need_what_has_no_default(bring):
    report = await bring(
        listed("nameless", account=AccountPatch(slug="nameless")),
        listed("acme", lab=InstancePatch(environment="x")),
    )

    assert report.created == []
    assert [str(problem) for problem in report.problems] == [
        "accounts[nameless].tier: is missing; a new account needs one",
        "accounts[acme].instances[lab].product: is missing; a new instance needs one",
        "accounts[acme].instances[lab].version: is missing; a new instance needs one",
    ]


async def test_what_a_list_does_not_mention_is_not_found_fault_with(store, bring, by, today):
    await bring(listed(lab=FULL))
    gone = Vocabulary(frozenset({"widget"}), frozenset({"silver"}))
    patch = InstancePatch(version="1.3.0")

    async with store.writing() as session:
        terms = account_imports.ImportTerms(by, today, gone)
        account = AccountPatch(slug="acme")
        report = await account_imports.apply(session, [listed(account=account, lab=patch)], terms)

    assert (report.changed, report.problems) == (["acme"], [])


async def test_a_dry_run_says_what_the_import_then_does(store, bring):
    await bring(listed(lab=FULL), listed("globex"))
    noted = await entries(store)
    change = (
        listed(
            account=AccountPatch(slug="acme", tier="gold"),
            addresses=(AddressIn(channel="email", address="ops@acme.example"),),
            lab=InstancePatch(features=None),
            edge=InstanceIn(product="gadget", version="2"),
        ),
        listed("globex"),
        listed("hooli"),
    )

    would = await bring(*change, dry_run=True)

    assert await entries(store) == noted
    assert await bring(*change) == would
    assert (would.created, would.changed, would.unchanged) == (["hooli"], ["acme"], 1)
    assert (would.new_instances, would.new_addresses) == (
        ["acme/edge"],
        ["acme email:ops@acme.example"],
    )


async def test_an_import_leaves_the_evidence_that_single_changes_leave(store, bring, by, today):
    later = InstanceIn(product="gadget", version="2", features=())
    for name, facts in (("lab", FULL), ("lab", later)):
        await bring(listed("acme", account=AccountIn(slug="acme", tier="pro"), **{name: facts}))
    await bring(listed("acme", account=AccountIn(slug="acme", name="Acme", tier="gold")))
    imported = await entries(store)

    async with store.writing() as session:
        for facts in (
            AccountIn(slug="single", tier="pro"),
            AccountIn(slug="single", name="Acme", tier="gold"),
        ):
            await actions.put_account(session, facts, by=by, today=today, vocabulary=KNOWN)
        account = await queries.get_account(session, "single", lock=True)
        for facts in (FULL, later):
            await actions.put_instance(session, account, "lab", facts, by=by, vocabulary=KNOWN)

    single = (await entries(store))[len(imported) :]
    replaced = [
        (action, subject.replace("single", "acme"), product, _named(details, "single", "acme"))
        for action, subject, product, details in single
    ]
    assert sorted(map(str, replaced)) == sorted(map(str, imported))


def _named(details, before, after):
    if isinstance(details, dict):
        return {key: _named(value, before, after) for key, value in details.items()}
    return after if details == before else details


async def test_a_tier_counts_from_the_day_of_the_import_and_the_later_of_one_day_holds(
    store, bring, today
):
    for day, tier in ((today - timedelta(9), "pro"), (today, "pro"), (today, "gold")):
        await bring(listed(account=AccountPatch(slug="acme", tier=tier)), day=day)
    await bring(listed(account=AccountPatch(slug="acme", tier="pro")), day=today)
    await bring(listed(account=AccountPatch(slug="acme", tier="gold")), day=today + timedelta(1))

    account = await load(store)
    assert [(tier.from_day, tier.tier) for tier in account.tiers] == [
        (today - timedelta(9), "pro"),
        (today, "pro"),
        (today + timedelta(1), "gold"),
    ]
    assert account.revision == 4


async def test_addresses_add_up_and_who_unsubscribed_is_left_alone(store, bring, by):
    async def record(session, event):
        pass

    def mail(name, *topics):
        return AddressIn(channel="email", address=f"{name}@acme.example", topics=topics or ("*",))

    hook = AddressIn(channel="webhook", address="https://acme.example/hook")
    await bring(listed(addresses=(mail("a", "product:x"), mail("b"), hook)))
    async with store.writing() as session:
        found = await subscriptions.list_of(session, "acme")
        await subscriptions.unsubscribe(session, found[1], now=by.at, record=record)
        await subscriptions.remove(session, found[2], now=by.at, record=record)

    again = (mail("a", "product:y"), mail("A".lower(), "product:z"), mail("b"), hook)
    report = await bring(listed(addresses=again))

    async with store.reading() as session:
        kept = await subscriptions.list_of(session, "acme")
    assert [(each.address[0], each.state, each.topics) for each in kept] == [
        ("a", "active", ["product:x", "product:y", "product:z"]),
        ("b", "unsubscribed", ["*"]),
        ("h", "active", ["*"]),
    ]
    assert [(change.field, change.before) for change in report.changes] == [
        ("topics", ["product:x"])
    ]
    assert report.new_addresses == ["acme webhook:https://acme.example/hook"]


async def test_an_empty_list_of_addresses_or_instances_removes_none(store, bring):
    address = AddressIn(channel="email", address="ops@acme.example")
    await bring(listed(addresses=(address,), lab=FULL))

    report = await bring(listed())

    assert (report.unchanged, list(await facts_of(store))) == (1, ["lab"])
    async with store.reading() as session:
        assert len(await subscriptions.list_of(session, "acme")) == 1


@pytest.mark.parametrize("address", ["http://acme.example/hook", "https://10.0.0.7/hook"])
async def test_webhooks_of_a_private_network_are_taken_where_the_setting_allows_them(
    bring, address
):
    hook = AddressIn(channel="webhook", address=address)

    refused = await bring(listed(addresses=(hook,)))
    taken = await bring(listed(addresses=(hook,)), allow_http=True)

    assert [problem.field for problem in refused.problems] == ["accounts[acme].addresses[0]"]
    assert (taken.problems, taken.created, taken.addresses) == ([], ["acme"], 1)


async def test_a_chat_address_is_listed_by_an_operator_and_its_token_shown_nowhere(store, bring):
    chat = AddressIn(channel="chat", address="slack://T0KEN/A/B/#ops")
    vault = Vault("a key for nothing but tests")

    refused = await bring(listed(addresses=(chat,)))
    would = await bring(listed(addresses=(chat,)), operator=True, dry_run=True)
    taken = await bring(listed(addresses=(chat,)), operator=True, vault=vault)

    assert [problem.value for problem in refused.problems] == [None]
    assert would == taken
    assert taken.new_addresses == ["acme chat:slack://…"]
    assert "T0KEN" not in str(await entries(store))


@pytest.mark.parametrize(
    "address",
    ["nosuch://T0KEN/A/B", "slack://T0KEN", "slack://T0KEN/A/B/#ops?verify=no"],
)
async def test_a_chat_address_that_nothing_would_be_sent_to_is_not_taken(bring, address):
    chat = AddressIn(channel="chat", address=address)
    vault = Vault("a key for nothing but tests")

    refused = await bring(listed(addresses=(chat,)), operator=True, vault=vault)

    assert [problem.field for problem in refused.problems] == ["accounts[acme].addresses[0]"]
    assert (refused.created, refused.addresses) == ([], 0)
    assert "T0KEN" not in str(refused)


async def test_a_password_in_a_webhook_s_address_is_not_repeated(bring):
    hook = AddressIn(channel="webhook", address="https://me:hush@acme.example/hook")

    refused = await bring(listed(addresses=(hook,)))

    assert len(refused.problems) == 1
    assert "hush" not in str(refused)


async def test_progress_moves_while_accounts_are_taken_in(bring):
    begun = []

    await bring(*(listed(f"customer-{number}") for number in range(1001)), begin=begun.append)

    assert begun == [0, 500, 1000]


async def test_a_session_that_read_an_account_before_sees_what_the_import_made_of_it(
    store, bring, by, today
):
    await bring(listed(lab=FULL))

    async with store.writing() as session:
        await queries.get_account(session, "acme")
        terms = account_imports.ImportTerms(by, today, KNOWN)
        await account_imports.apply(session, [listed(lab=InstancePatch(version="9"))], terms)
        account = await queries.get_account(session, "acme")
        assert [instance.version for instance in account.instances] == ["9"]


@pytest.mark.parametrize("seed", range(3))
async def test_any_lists_in_a_row_leave_what_they_say_field_by_field(store, bring, seed):
    draw = random.Random(seed)  # noqa: S311 -- examples, not secrets
    expected = {}
    for _ in range(8):
        batch = []
        for slug in draw.sample(["a", "b", "c"], 2):
            patches = {name: _patch(draw) for name in draw.sample(["x", "y"], draw.randint(0, 2))}
            known = expected.setdefault(slug, {})
            for name, patch in patches.items():
                said = {
                    field: value
                    for field in patch.__struct_fields__
                    if (value := getattr(patch, field)) is not UNSET
                }
                before = known.get(name, dict.fromkeys(InstanceIn.__struct_fields__))
                known[name] = before | said
            batch.append(listed(slug, **patches))
        report = await bring(*batch)
        assert report.problems == []
        assert (await bring(*batch)).unchanged == len(batch)

    for slug, instances in expected.items():
        stored = await facts_of(store, slug)
        assert stored == {
            name: values | {"features": values["features"] and list(values["features"])}
            for name, values in instances.items()
        }


def _patch(draw):
    values = {
        "environment": ("test", None, UNSET),
        "tier": ("pro", "gold", None, UNSET),
        "features": (("f",), None, UNSET),
        "last_seen": (SEEN, None, UNSET),
    }
    said = {field: draw.choice(choices) for field, choices in values.items()}
    return InstancePatch(product="widget", version=draw.choice(["1", "2"]), **said)

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select

from lifecycle.accounts import account_imports, actions, queries
from lifecycle.accounts.account_inputs import AccountIn, AddressIn, ImportedAccount, InstanceIn
from lifecycle.accounts.vocabulary import Vocabulary
from lifecycle.audit.models import AuditEntry
from lifecycle.errors import BadRequest, Conflict, NotFound, PreconditionFailed
from notifications import subscriptions
from notifications.identity import digest
from notifications.secrets import Vault

KNOWN = Vocabulary(frozenset({"widget", "gadget"}), frozenset({"pro", "enterprise"}))
ACME = AccountIn(slug="acme", name="Acme", tier="pro")
RUNS = InstanceIn(product="widget", version="1.2.3")


@pytest.fixture
def put(store, by, today):
    async def put(facts=ACME, *, day=today, **said):
        async with store.writing() as session:
            return await actions.put_account(
                session, facts, by=by, today=day, vocabulary=KNOWN, **said
            )

    return put


@pytest.fixture
def run(store, by):
    async def run(facts=RUNS, *, account="acme", name="production"):
        async with store.writing() as session:
            found = await queries.get_account(session, account, lock=True)
            return await actions.put_instance(session, found, name, facts, by=by, vocabulary=KNOWN)

    return run


async def load(store, slug="acme"):
    async with store.reading() as session:
        return await queries.get_account(session, slug)


async def actions_noted(store):
    async with store.reading() as session:
        return list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


async def test_an_account_is_added_then_found(store, put):
    _, created = await put()

    account = await load(store)
    assert created
    assert (account.name, account.tiers[0].tier, account.revision) == ("Acme", "pro", 1)


async def test_putting_the_same_twice_changes_nothing(store, put):
    await put()

    account, created = await put()

    assert not created
    assert account.revision == 1
    assert await actions_noted(store) == ["account.added"]


async def test_a_new_tier_is_history_from_its_day_on(store, put, today):
    await put(day=today - timedelta(10))
    await put(msgspec.structs.replace(ACME, tier="enterprise"))

    tiers = (await load(store)).tiers
    assert queries.tier_on(tiers, today - timedelta(1)) == "pro"
    assert queries.tier_on(tiers, today) == "enterprise"


async def test_two_tiers_on_one_day_leave_the_later(store, put, today):
    await put()
    await put(msgspec.structs.replace(ACME, tier="enterprise"))

    assert [tier.tier for tier in (await load(store)).tiers] == ["enterprise"]


async def test_a_tier_that_no_policy_names_is_refused(put):
    with pytest.raises(BadRequest) as refusal:
        await put(msgspec.structs.replace(ACME, tier="platinum"))

    assert [problem.field for problem in refusal.value.problems] == ["tier"]
    assert refusal.value.problems[0].allowed == "enterprise, pro"


async def test_any_tier_will_do_while_there_is_no_policy(store, by, today):
    nothing = Vocabulary(frozenset(), frozenset())
    async with store.writing() as session:
        await actions.put_account(session, ACME, by=by, today=today, vocabulary=nothing)

    assert (await load(store)).tiers[0].tier == "pro"


@pytest.mark.parametrize("slug", ["", "Acme", "a b", "a/b", "-a", "ä", "a" * 101, "a\n", "a\x00"])
async def test_a_slug_that_no_address_could_hold_is_refused(put, slug):
    with pytest.raises(BadRequest, match="slug"):
        await put(msgspec.structs.replace(ACME, slug=slug))


@pytest.mark.parametrize("name", ["a\x00", "a\nb", "\ud800", "x" * 201])
async def test_a_name_that_no_store_could_hold_is_refused(put, name):
    with pytest.raises(BadRequest, match="name"):
        await put(msgspec.structs.replace(ACME, name=name))


@pytest.mark.parametrize("name", ["Акме 🐍", "شركة", "acme\u200f"])
async def test_names_in_any_script_come_back(store, put, name):
    await put(msgspec.structs.replace(ACME, name=name))

    assert (await load(store)).name == name


async def test_an_account_that_changed_since_it_was_read_is_not_overwritten(put):
    await put()
    await put(msgspec.structs.replace(ACME, name="ACME"), expected=1)

    with pytest.raises(PreconditionFailed, match="revision 2, not at 1"):
        await put(expected=1)
    with pytest.raises(PreconditionFailed, match="does not exist"):
        await put(msgspec.structs.replace(ACME, slug="other"), expected=1)


async def test_creating_an_account_twice_is_a_conflict(store, put, by, today):
    await put()

    with pytest.raises(Conflict, match="acme"):
        async with store.writing() as session:
            await actions.create_account(session, ACME, by=by, today=today, vocabulary=KNOWN)


async def test_an_unknown_account_is_said_so(store):
    with pytest.raises(NotFound, match="nobody"):
        await load(store, "nobody")


async def test_an_instance_is_put_changed_and_removed(store, put, run, by):
    await put()
    await run()
    instance, created = await run(msgspec.structs.replace(RUNS, version="1.2.4"))
    assert (created, instance.revision) == (False, 2)

    async with store.writing() as session:
        account = await queries.get_account(session, "acme", lock=True)
        await actions.remove_instance(session, account, "production", by=by)

    assert (await load(store)).instances == []
    assert await actions_noted(store) == [
        "account.added",
        "instance.added",
        "instance.changed",
        "instance.removed",
    ]


async def test_that_an_instance_was_seen_again_is_no_evidence(store, put, run):
    await put()
    await run()
    await run(msgspec.structs.replace(RUNS, last_seen=datetime(2026, 11, 1, tzinfo=UTC)))
    await run(msgspec.structs.replace(RUNS, last_seen=datetime(2026, 11, 1, tzinfo=UTC)))

    instance = (await load(store)).instances[0]
    assert (instance.last_seen.day, instance.revision) == (1, 2)
    assert await actions_noted(store) == ["account.added", "instance.added"]


async def test_features_not_reported_are_not_the_same_as_none_in_use(store, put, run):
    await put()
    await run(name="silent")
    await run(msgspec.structs.replace(RUNS, features=()), name="bare")

    found = {instance.name: instance.features for instance in (await load(store)).instances}
    assert found == {"silent": None, "bare": []}


async def test_everything_wrong_with_an_instance_is_said_at_once(put, run):
    await put()
    wrong = InstanceIn(
        product="unknown",
        version="",
        tier="platinum",
        features=("ok", "not ok"),
        last_seen=datetime(2026, 1, 1),  # noqa: DTZ001
    )

    with pytest.raises(BadRequest) as refusal:
        await run(wrong)

    fields = {problem.field for problem in refusal.value.problems}
    assert fields == {"product", "version", "tier", "features[1]", "last_seen"}


async def test_the_tiers_in_use_are_those_of_who_runs_it_or_said_nothing(store, put, run):
    await put(AccountIn(slug="runs", tier="pro"))
    await run(account="runs")
    await put(AccountIn(slug="silent", tier="pro"))
    await put(AccountIn(slug="elsewhere", tier="enterprise"))
    await run(msgspec.structs.replace(RUNS, product="gadget"), account="elsewhere")

    async with store.reading() as session:
        assert await queries.tiers_in_use(session, "widget") == {"pro": 2}
    await run(msgspec.structs.replace(RUNS, tier="enterprise"), account="runs", name="big")
    async with store.reading() as session:
        assert await queries.tiers_in_use(session, "widget") == {"pro": 2, "enterprise": 1}


async def test_a_tier_that_was_left_is_not_in_use(store, put, today):
    await put(day=today - timedelta(9))
    await put(msgspec.structs.replace(ACME, tier="enterprise"))

    async with store.reading() as session:
        assert await queries.tiers_in_use(session, "widget") == {"enterprise": 1}


def imported(slug="acme", **said):
    usual = {
        "account": AccountIn(slug=slug, tier="pro"),
        "addresses": (AddressIn(channel="email", address=f"ops@{slug}.example"),),
        "instances": {"production": RUNS},
    }
    return ImportedAccount(**(usual | said))


@pytest.fixture
def bring(store, by, today):
    async def bring(*listed, **said):
        async with store.writing() as session:
            terms = account_imports.ImportTerms(by, today, KNOWN, **said)
            return await account_imports.apply(session, listed, terms)

    return bring


async def test_a_customer_list_is_taken_in_and_the_second_time_nothing_changes(store, bring):
    first = await bring(imported("acme"), imported("globex"))
    noted = await actions_noted(store)
    second = await bring(imported("acme"), imported("globex"))

    assert (first.created, first.instances, first.addresses) == (["acme", "globex"], 2, 2)
    assert (second.created, second.changed, second.unchanged) == ([], [], 2)
    assert await actions_noted(store) == noted
    async with store.reading() as session:
        (address,) = await subscriptions.list_of(session, "acme")
    assert (address.channel, address.address, address.topics) == (
        "email",
        "ops@acme.example",
        ["*"],
    )


async def test_a_webhook_that_is_taken_in_has_a_secret_that_can_be_rotated(store, bring, by):
    async def record(session, event):
        pass

    hook = AddressIn(channel="webhook", address="https://acme.example/hook")
    vault = Vault("a key for nothing but tests")
    await bring(imported(addresses=(hook,)), vault=vault)

    async with store.writing() as session:
        (found,) = await subscriptions.list_of(session, "acme")
        first = vault.decrypt(found.secret)
        second = await subscriptions.rotate_secret(
            session, found, vault=vault, now=by.at, record=record
        )
        assert vault.decrypt(found.former_secret) == first != second


async def test_a_dry_run_reports_the_same_and_stores_nothing(store, bring):
    would = await bring(imported("acme"), dry_run=True)

    assert would.created == ["acme"]
    assert await actions_noted(store) == []
    with pytest.raises(NotFound):
        await load(store)
    assert await bring(imported("acme")) == would


async def test_an_account_with_a_mistake_is_named_and_the_others_are_taken(store, bring):
    wrong = imported("globex", instances={"lab": InstanceIn(product="unknown", version="1")})
    address = AddressIn(channel="email", address="nowhere")

    report = await bring(imported("acme"), wrong, imported("hooli", addresses=(address,)))

    assert report.created == ["acme"]
    assert [problem.field for problem in report.problems] == [
        "accounts[globex].instances[lab].product",
        "accounts[hooli].addresses[0]",
    ]


async def test_who_is_missing_in_the_list_is_reported_and_stays(store, bring):
    await bring(imported("acme"))

    assert (await bring(imported("globex"))).missing_in_source == ["acme"]
    assert (await load(store, "acme")).instances


async def test_an_account_listed_twice_is_taken_once(bring):
    report = await bring(imported("acme"), imported("acme", instances={}))

    assert report.created == ["acme"]
    assert [problem.field for problem in report.problems] == ["accounts[acme]"]


async def test_evidence_holds_addresses_only_as_digests(store, bring):
    await bring(imported("acme"))

    async with store.reading() as session:
        details = list(await session.scalars(select(AuditEntry.details)))
    assert "ops@acme.example" not in str(details)
    assert digest("ops@acme.example") in str(details)

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select

from lifecycle.audit import queries as audit
from lifecycle.audit.chain import By
from lifecycle.catalogue import features, policies, waivers
from lifecycle.catalogue.catalogue_inputs import FeatureIn, StageIn
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations import queries
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.audience.revision_scopes import scope_of
from lifecycle.deprecations.deprecation_inputs import (
    AmendIn,
    AnnounceIn,
    DeprecationIn,
    DeprecationPatch,
    WithdrawIn,
)
from lifecycle.deprecations.effective_days import TooSoon
from lifecycle.deprecations.models import Notice, Revision
from lifecycle.deprecations.workflow import amendments, announcement, drafts
from lifecycle.deprecations.workflow.conflicting_ends import EndAnnouncedAlready
from lifecycle.errors import BadRequest, Conflict
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.policy_documents import parse_policy, policy_document
from lifecycle.policy.presets import preset
from lifecycle.support.coverage import Coverage
from lifecycle.support.status import answer_line
from notifications import subscriptions
from notifications.models import Delivery

TODAY = date(2026, 11, 21)
DAY = timedelta(days=1)


@pytest.fixture
def draft(store, product, by, today):
    """Store a draft for the product, and give its id."""

    async def make(**said):
        told = msgspec.to_builtins(
            {"product": product, "kind": "removal", "reason": "It is old."} | said
        )
        facts = msgspec.convert(told, DeprecationIn)
        async with store.writing() as session:
            owner = await get_product(session, product)
            return (await drafts.draft(session, owner, facts, by=by, today=today)).uid

    return make


@pytest.fixture
def act(store, by):
    """Do something with a deprecation in a transaction of its own, and give it as it is then."""

    async def do(action, uid, facts, *, by=by):
        async with store.writing() as session:
            deprecation = await queries.get(session, uid, lock=True)
            return await action(session, deprecation, facts, by=by)

    return do


async def announced(act, draft, **said):
    uid = await draft(**said)
    await act(announcement.announce, uid, AnnounceIn())
    return uid


async def grant(store, product, uid, by, today):
    facts = waivers.WaiverIn(
        product=product,
        deprecation=uid,
        person="Ada Meier",
        reason=waivers.Because.SECURITY,
        explanation="The library has a hole that cannot be closed.",
        until=today + timedelta(days=7),
    )
    async with store.writing() as session:
        return (await waivers.grant(session, facts, by=by, today=today)).uid


async def test_a_deprecation_without_a_day_takes_the_latest_over_its_tiers(act, draft):
    uid = await draft(feature="legacy-connector")

    deprecation = await act(announcement.announce, uid, AnnounceIn())

    assert deprecation.days == dict.fromkeys(("community", "pro", "enterprise"), "2027-05-20")


async def test_too_early_a_day_is_refused_with_the_earliest_and_the_tiers_that_force_it(act, draft):
    uid = await draft(feature="legacy-connector", effective_on=date(2027, 3, 1))

    with pytest.raises(TooSoon) as refused:
        await act(announcement.announce, uid, AnnounceIn())

    assert refused.value.members["earliest"] == "2027-05-20"
    assert list(refused.value.members["tiers"]) == ["enterprise"]


async def test_a_staggered_deprecation_has_a_day_for_each_tier(act, draft, store):
    days = {
        "community": date(2027, 2, 19),
        "pro": date(2027, 2, 19),
        "enterprise": date(2027, 5, 20),
    }
    uid = await announced(act, draft, feature="legacy-connector", effective_on=days)

    async with store.reading() as session:
        deprecation = await queries.get(session, uid)
        due = await queries.notices(session, deprecation)

    assert deprecation.days["pro"] == "2027-02-19"
    reminders = {(n.effective_on, n.days_before) for n in due if n.milestone == "reminder"}
    assert reminders == {
        *((date(2027, 2, 19), before) for before in (30, 7, 1)),
        *((date(2027, 5, 20), before) for before in (90, 30, 7, 1)),
    }


async def limit(store, product, by, *tiers):
    """Let the feature be for some tiers alone."""
    facts = FeatureIn(stages=(StageIn(stage="ga", from_version="3.1.0"),), tiers=tiers)
    async with store.writing() as session:
        owner = await get_product(session, product)
        await features.put(session, owner, "legacy-connector", facts, by=by)


class TestAFeatureOfSomeTiers:
    @pytest.fixture(autouse=True)
    async def limited(self, store, product, by):
        await limit(store, product, by, "pro")

    async def test_its_removal_is_owed_to_those_alone(self, act, draft):
        uid = await draft(feature="legacy-connector")

        deprecation = await act(announcement.announce, uid, AnnounceIn())

        assert deprecation.days == {"pro": "2027-02-19"}  # Enterprise would be owed 180 days

    async def test_to_name_another_is_refused(self, act, draft, store, product, by):
        with pytest.raises(BadRequest) as refused:
            await draft(feature="legacy-connector", tiers=("pro", "enterprise"))
        days = {"pro": date(2027, 3, 1), "enterprise": date(2027, 6, 1)}
        with pytest.raises(BadRequest) as undue:
            await draft(feature="legacy-connector", effective_on=days)
        uid = await draft(feature="legacy-connector", tiers=("pro",))
        await limit(store, product, by, "enterprise")
        with pytest.raises(BadRequest) as late:
            await act(announcement.announce, uid, AnnounceIn())

        (problem,) = refused.value.problems
        assert (problem.field, problem.value, problem.allowed) == ("tiers[1]", "enterprise", "pro")
        assert "does not have the feature legacy-connector" in problem.message
        assert [problem.field for problem in undue.value.problems] == ["effective_on.enterprise"]
        assert [problem.field for problem in late.value.problems] == ["tiers[0]"]

    async def test_tiers_that_the_policy_no_longer_has_exempt_nothing(
        self, act, draft, store, product, by
    ):
        document = policy_document(parse_policy(preset("clairdash"), format="yaml"))
        document |= {"version": "2", "in_force_from": TODAY.isoformat()}
        del document["tiers"]["pro"]
        async with store.writing() as session:
            await policies.put(session, await get_product(session, product), document, by=by)
        uid = await draft(feature="legacy-connector")

        deprecation = await act(announcement.announce, uid, AnnounceIn())

        assert set(deprecation.days) == {"community", "enterprise"}

    async def test_a_tier_that_gets_it_later_is_told_by_an_amendment_in_time(
        self, act, draft, store, product, by
    ):
        uid = await announced(act, draft, feature="legacy-connector")
        await limit(store, product, by, "pro", "enterprise")
        reached_before = await tiers_reached(store, uid)
        both = ("pro", "enterprise")

        with pytest.raises(TooSoon) as refused:
            await act(amendments.amend, uid, AmendIn(reason="Sold to more.", tiers=both))
        days = {"enterprise": date(2027, 5, 20)}
        amendment = AmendIn(reason="Sold to more.", tiers=both, effective_on=days)
        await act(amendments.amend, uid, amendment)

        assert reached_before == {"pro": date(2027, 2, 19)}
        assert list(refused.value.members["tiers"]) == ["enterprise"]
        assert await tiers_reached(store, uid) == {"pro": date(2027, 2, 19)} | days


async def tiers_reached(store, uid):
    """Return the days of the tiers whose accounts a deprecation reaches now."""
    async with store.reading() as session:
        deprecation = await queries.get(session, uid)
        revision = await session.get_one(Revision, (deprecation.id, deprecation.number))
        return dict((await scope_of(session, deprecation, revision, today=TODAY)).days)


async def test_a_beta_feature_owes_no_notice(act, draft):
    uid = await draft(feature="ai-builder", effective_on=TODAY)

    deprecation = await act(announcement.announce, uid, AnnounceIn())

    assert deprecation.days["enterprise"] == TODAY.isoformat()


async def test_relabelling_ga_as_beta_exempts_nothing(act, draft, store, product, by):
    async with store.writing() as session:
        owner = await get_product(session, product)
        relabelled = FeatureIn(stages=(StageIn(stage="beta", from_version="3.30.0"),))
        await features.put(session, owner, "legacy-connector", relabelled, by=by)
    uid = await draft(feature="legacy-connector", effective_on=TODAY)

    with pytest.raises(TooSoon):
        await act(announcement.announce, uid, AnnounceIn())


async def test_a_waiver_lets_a_day_be_too_early_and_is_kept_with_the_revision(
    act, draft, store, product, by, today
):
    uid = await draft(feature="legacy-connector", effective_on=date(2026, 12, 1))
    waiver = await grant(store, product, uid, by, today)

    await act(announcement.announce, uid, AnnounceIn(waiver=waiver))

    async with store.reading() as session:
        revision = await queries.latest(session, await queries.get(session, uid))
    assert revision.waiver_id is not None
    assert revision.owed["enterprise"]["earliest"] == "2027-05-20"


async def test_a_waiver_for_another_deprecation_does_not_serve(
    act, draft, store, product, by, today
):
    uid = await draft(feature="legacy-connector", effective_on=date(2026, 12, 1))
    waiver = await grant(store, product, "another", by, today)

    with pytest.raises(waivers.WaiverDoesNotApply):
        await act(announcement.announce, uid, AnnounceIn(waiver=waiver))


async def test_an_announced_end_of_support_ends_coverage_on_its_day(act, draft, store, product):
    await announced(
        act,
        draft,
        kind="end_of_support",
        lines=("3.36",),
        tiers=("enterprise",),
        effective_on=date(2027, 1, 14),
    )

    async with store.reading() as session:
        known, _ = await load_known(session, product)
    coverage = Coverage(known.facts, today=TODAY)
    answer = answer_line(coverage, "3.36", tier="enterprise", at=TODAY)
    assert (answer.status, answer.supported_until, answer.end) == (
        "ending",
        date(2027, 1, 13),
        "fixed",
    )
    assert answer.projected_until is None
    later = answer_line(coverage, "3.36", tier="enterprise", at=date(2027, 1, 14))
    assert later.status == "unsupported"
    assert answer_line(coverage, "3.37", tier="enterprise", at=TODAY).end == "rule"


async def test_support_goes_on_where_the_window_still_covers_on_the_announced_day(
    act, draft, store, product
):
    await announced(
        act, draft, kind="end_of_support", lines=("3.36",), effective_on=date(2027, 1, 14)
    )

    async with store.reading() as session:
        known, _ = await load_known(session, product)
    slipped = Coverage(known.facts, today=date(2027, 1, 20))
    assert answer_line(slipped, "3.36", tier="enterprise", at=date(2027, 1, 20)).end == "rule"


async def test_an_end_within_a_floor_that_the_window_promises_is_refused_with_the_day_it_allows(
    act, draft, store, product, by
):
    document = policy_document(parse_policy(preset("clairdash"), format="yaml"))
    document |= {"version": "2", "in_force_from": TODAY.isoformat()}
    document["tiers"]["enterprise"]["window"] |= {"at_least": {"months": 15}}
    async with store.writing() as session:
        owner = await get_product(session, product)
        await policies.put(session, owner, document, by=by)
    of_a_line = {"kind": "end_of_support", "lines": ("3.36",), "tiers": ("enterprise",)}
    early = await draft(effective_on=date(2027, 6, 1), **of_a_line)
    without_a_day = await draft(**of_a_line)

    with pytest.raises(TooSoon) as refused:
        await act(announcement.announce, early, AnnounceIn())
    allowed = await act(announcement.announce, without_a_day, AnnounceIn())

    assert refused.value.members["earliest"] == allowed.days["enterprise"]
    async with store.reading() as session:
        known, _ = await load_known(session, product)
    coverage = Coverage(msgspec.structs.replace(known.facts, ends=()), today=TODAY)
    promised = answer_line(coverage, "3.36", tier="enterprise", at=TODAY).at_least_until
    assert refused.value.members["earliest"] == (promised + DAY).isoformat()
    assert f"support of 3.36 until {promised}" in refused.value.detail


async def test_an_announced_end_later_than_the_windows_is_an_extension(act, draft, store, product):
    await announced(
        act, draft, kind="end_of_support", lines=("3.32",), effective_on=date(2027, 3, 1)
    )

    async with store.reading() as session:
        known, _ = await load_known(session, product)
    coverage = Coverage(known.facts, today=TODAY)
    answer = answer_line(coverage, "3.32", tier="enterprise", at=TODAY)
    assert (answer.status, answer.supported_until) == ("ending", date(2027, 2, 28))


async def test_a_second_end_for_the_same_line_and_tier_is_refused(act, draft):
    day = date(2027, 1, 14)
    await announced(act, draft, kind="end_of_support", lines=("3.36",), effective_on=day)
    second = await draft(kind="end_of_support", lines=("3.36", "3.37"), effective_on=day)

    with pytest.raises(EndAnnouncedAlready):
        await act(announcement.announce, second, AnnounceIn())


async def test_postponing_is_always_allowed_and_replaces_the_reminders(act, draft, store):
    uid = await announced(act, draft, feature="legacy-connector")

    later = AmendIn(effective_on=date(2027, 8, 1), reason="More time was asked for.")
    deprecation = await act(amendments.amend, uid, later)

    assert set(deprecation.days.values()) == {"2027-08-01"}
    async with store.reading() as session:
        revisions = await queries.revisions(session, deprecation)
        due = await queries.notices(session, deprecation)
    assert [revision.change for revision in revisions] == ["announced", "postponed"]
    assert {n.state for n in due if n.number == 1 and n.milestone == "reminder"} == {"cancelled"}
    assert {n.effective_on for n in due if n.state == "waiting"} == {date(2027, 8, 1)}


async def test_bringing_forward_is_owed_its_notice_from_the_amendment_on(act, draft, system):
    uid = await announced(act, draft, feature="legacy-connector", effective_on=date(2027, 12, 1))
    amended_on = system(date(2027, 5, 1))

    with pytest.raises(TooSoon) as refused:
        sooner = AmendIn(effective_on=date(2027, 10, 1), reason="We are ready.")
        await act(amendments.amend, uid, sooner, by=amended_on)
    allowed = AmendIn(effective_on=date(2027, 10, 28), reason="We are ready.")
    deprecation = await act(amendments.amend, uid, allowed, by=amended_on)

    assert refused.value.members["earliest"] == "2027-10-28"
    assert deprecation.last_effective_on == date(2027, 10, 28)


async def test_widening_by_a_line_counts_from_the_amendment(act, draft):
    uid = await announced(
        act,
        draft,
        kind="breaking_change",
        lines=("3.36",),
        tiers=("pro",),
        effective_on=date(2027, 2, 19),
    )

    widened = AmendIn(lines=("3.36", "3.37"), tiers=("pro", "enterprise"), reason="Found there.")
    with pytest.raises(TooSoon):
        await act(amendments.amend, uid, widened)
    days = {"pro": date(2027, 2, 19), "enterprise": date(2027, 5, 20)}
    deprecation = await act(
        amendments.amend,
        uid,
        AmendIn(lines=("3.36", "3.37"), tiers=("pro", "enterprise"), effective_on=days, reason="x"),
    )

    assert deprecation.days == {"pro": "2027-02-19", "enterprise": "2027-05-20"}


async def test_an_amendment_that_changes_nothing_is_refused(act, draft):
    uid = await announced(act, draft, feature="legacy-connector")

    with pytest.raises(BadRequest, match="changes nothing"):
        await act(amendments.amend, uid, AmendIn(reason="Nothing."))


async def test_withdrawing_cancels_what_was_still_to_be_told(act, draft, store):
    uid = await announced(act, draft, feature="legacy-connector")

    await act(amendments.withdraw, uid, WithdrawIn(reason="We keep it."))

    async with store.reading() as session:
        found = await session.scalars(select(Notice).order_by(Notice.id))
        states = {(n.milestone, n.state) for n in found}
    assert {s for m, s in states if m in {"reminder", "effective"}} == {"cancelled"}
    assert "withdrawal" in {m for m, _ in states}


async def test_withdrawing_an_extension_that_is_running_is_refused(act, draft):
    uid = await announced(
        act, draft, kind="end_of_support", lines=("3.32",), effective_on=date(2027, 3, 1)
    )

    with pytest.raises(TooSoon):
        await act(amendments.withdraw, uid, WithdrawIn(reason="Never mind."))


async def test_what_is_withdrawn_is_neither_amended_nor_withdrawn_again(act, draft):
    uid = await announced(act, draft, feature="legacy-connector")
    await act(amendments.withdraw, uid, WithdrawIn(reason="We keep it."))

    with pytest.raises(Conflict, match="withdrawn"):
        await act(amendments.withdraw, uid, WithdrawIn(reason="Again."))
    with pytest.raises(Conflict, match="withdrawn"):
        await act(announcement.announce, uid, AnnounceIn())


async def test_a_scheduled_announcement_waits_for_its_day(act, draft, store):
    uid = await draft(feature="legacy-connector")

    deprecation = await act(announcement.announce, uid, AnnounceIn(on=date(2026, 12, 1)))

    assert (deprecation.state, deprecation.announce_on) == ("scheduled", date(2026, 12, 1))
    async with store.reading() as session:
        assert (await session.scalars(select(Notice))).all() == []
        assert (await session.scalars(select(Delivery))).all() == []


async def test_a_policy_that_a_notice_rests_on_can_no_longer_be_replaced(
    act, draft, store, product, by
):
    await announced(act, draft, feature="legacy-connector")

    changed = preset("clairdash").replace(
        "{default: 90 days, enterprise: 180 days}", "{default: 1 days}"
    )
    with pytest.raises(Conflict, match="a notice rests on it"):
        async with store.writing() as session:
            owner = await get_product(session, product)
            await policies.put(session, owner, changed, by=by, format="yaml")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"feature": "no-such"}, "feature"),
        ({"lines": ("9.9",)}, "lines[0]"),
        ({"range": "vers:semver/>=9.0.0"}, "range"),
        ({"range": "vers:deb/>=9.0.0"}, "range"),
        ({"lines": ("3.36",), "feature": "legacy-connector"}, "lines"),
        ({}, "lines"),
        ({"lines": ()}, "lines"),
        ({"feature": "legacy-connector", "tiers": ("gold",)}, "tiers[0]"),
        ({"feature": "legacy-connector", "effective_on": date(2026, 11, 20)}, "effective_on"),
        ({"feature": "legacy-connector", "from_version": "four"}, "from_version"),
        ({"feature": "legacy-connector", "kind": "end_of_support"}, "kind"),
    ],
)
async def test_a_draft_that_cannot_be_is_refused_by_its_field(draft, said, field):
    with pytest.raises(BadRequest) as refused:
        await draft(**said)

    assert field in {problem.field for problem in refused.value.problems}


async def test_everything_that_is_decided_is_in_the_log(act, draft, store):
    uid = await announced(act, draft, feature="legacy-connector")
    await act(amendments.withdraw, uid, WithdrawIn(reason="We keep it."))

    async with store.reading() as session:
        entries = await audit.entries(session, limit=100)
        actions = [entry.action for entry in entries.items if entry.subject == uid]
        assert (await audit.verify(session)).whole
    assert actions == ["deprecation.withdrawn", "deprecation.announced", "deprecation.drafted"]


async def test_a_scheduled_announcement_keeps_its_waiver(act, draft, store, product, by, today):
    uid = await draft(feature="legacy-connector", effective_on=date(2026, 12, 10))
    waiver = await grant(store, product, uid, by, today)

    scheduled = await act(announcement.announce, uid, AnnounceIn(on=TODAY + DAY, waiver=waiver))

    assert scheduled.announce_waiver == waiver
    with pytest.raises(waivers.WaiverDoesNotApply, match="can be used until"):
        late = AnnounceIn(on=date(2026, 12, 5), waiver=waiver)
        await act(announcement.announce, uid, late)


async def test_narrowing_a_range_needs_no_notice(act, draft):
    uid = await announced(act, draft, kind="breaking_change", range="vers:semver/<3.35.0")

    narrower = AmendIn(range="vers:semver/<3.33.0", reason="The newer ones can stay.")
    later = By("test", datetime(2027, 5, 1, 12, tzinfo=UTC))
    deprecation = await act(amendments.amend, uid, narrower, by=later)

    assert deprecation.content["range"] == "vers:semver/<3.33.0"
    wider = AmendIn(range="vers:semver/<3.36.0", reason="They cannot.")
    with pytest.raises(TooSoon):
        await act(amendments.amend, uid, wider, by=later)


async def test_an_amendment_before_the_opening_of_the_effective_day_leaves_its_notice(
    act, draft, store, system
):
    uid = await announced(act, draft, feature="legacy-connector")
    early = system(date(2027, 5, 20), hour=11)  # seven o'clock in New York

    await act(amendments.amend, uid, AmendIn(migration="See the guide.", reason="Asked."), by=early)

    async with store.reading() as session:
        due = await queries.notices(session, await queries.get(session, uid))
    waiting = [(n.milestone, n.number, n.due_on) for n in due if n.state == "waiting"]
    assert waiting == [("effective", 2, date(2027, 5, 20))]


async def test_a_withdrawal_goes_to_nobody_who_was_not_told(act, draft, store, make_account, by):
    await make_account("acme", version="3.37.0", features=("legacy-connector",))
    async with store.writing() as session:
        await subscriptions.add(
            session,
            "acme",
            channel="email",
            address="ops@acme.example",
            topics=["*"],
            now=by.at,
            record=silently,
            confirmed=True,
        )
    uid = await announced(act, draft, feature="legacy-connector")

    await act(amendments.withdraw, uid, WithdrawIn(reason="We keep it."))

    async with store.reading() as session:
        found = await session.execute(
            select(Notice.milestone).join(Delivery, Delivery.notice_id == Notice.id)
        )
        assert list(found.scalars()) == ["announcement"]


async def silently(session, event):
    """Leave no evidence: it is not what is tested."""


async def test_what_was_announced_to_a_tier_can_be_postponed_though_the_policy_dropped_it(
    act, draft, store, product, by, system
):
    uid = await announced(act, draft, feature="legacy-connector")
    document = policy_document(parse_policy(preset("clairdash"), format="yaml"))
    document |= {"version": "2", "in_force_from": "2026-12-01"}
    del document["tiers"]["pro"]
    async with store.writing() as session:
        owner = await get_product(session, product)
        await policies.put(session, owner, document, by=by)

    later = AmendIn(effective_on=date(2027, 9, 1), reason="More time was asked for.")
    deprecation = await act(amendments.amend, uid, later, by=system(date(2026, 12, 2)))

    assert deprecation.days["pro"] == "2027-09-01"


async def test_a_second_draft_of_a_features_change_is_refused_and_names_the_first(draft):
    first = await draft(feature="legacy-connector")

    with pytest.raises(drafts.DraftedAlready, match=first):
        await draft(feature="legacy-connector")
    assert await draft(feature="legacy-connector", kind="breaking_change") != first


async def test_a_feature_may_be_drafted_again_once_its_draft_is_announced_or_deleted(
    store, draft, act, by
):
    await announced(act, draft, feature="legacy-connector")
    second = await draft(feature="legacy-connector")
    async with store.writing() as session:
        await drafts.delete(session, await queries.get(session, second, lock=True), by=by)

    assert await draft(feature="legacy-connector")


async def test_a_draft_may_not_become_a_second_one_for_a_feature(store, draft, by, today):
    await draft(feature="legacy-connector")
    other = await draft(feature="legacy-connector", kind="breaking_change")
    patch = DeprecationPatch(kind=Kind.REMOVAL)

    with pytest.raises(drafts.DraftedAlready):
        async with store.writing() as session:
            found = await queries.get(session, other, lock=True)
            await drafts.change(session, found, patch, by=by, today=today)


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
async def test_an_empty_reason_is_refused_wherever_one_is_asked(act, draft, reason):
    with pytest.raises(BadRequest, match="reason: must not be empty"):
        await draft(feature="legacy-connector", reason=reason)
    uid = await announced(act, draft, feature="legacy-connector")

    for action, facts in (
        (amendments.amend, AmendIn(effective_on=date(2029, 1, 1), reason=reason)),
        (amendments.withdraw, WithdrawIn(reason=reason)),
    ):
        with pytest.raises(BadRequest, match="reason: must not be empty"):
            await act(action, uid, facts)

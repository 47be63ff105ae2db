"""What the gate cannot decide: without a policy, and on facts that stopped coming in."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from lifecycle.calendar.lengths import Length
from lifecycle.gate.rules import facts_stale, policy_missing
from lifecycle.gate.scenes import Sync
from lifecycle.policy.policies import Gate, Severity
from testkit.rule_scenes import POLICY, TODAY, VERSION, asked

UNREADABLE = msgspec.structs.replace(VERSION, fault="is no version")
WEEKLY = msgspec.structs.replace(POLICY, gate=Gate(stale_after=Length(days=7)))


def stale(*syncs, policy=WEEKLY, **parts):
    return list(facts_stale.check(asked(policy=policy, syncs=syncs, **parts)))


def naming(*sources):
    gate = msgspec.structs.replace(WEEKLY.gate, sources=sources)
    return msgspec.structs.replace(POLICY, gate=gate)


def test_without_a_policy_the_gate_says_so():
    (finding,) = policy_missing.check(asked(policy=None))

    assert (finding.rule, finding.subject) == ("policy-missing", None)
    assert finding.message == (
        "No policy of clairdash is in force on 2026-12-01: what it promises is not known."
    )
    assert finding.fix == (
        "Put a policy in force from 2026-12-01 (`lifecycle policy put clairdash FILE`)."
    )
    assert finding.evidence == {"at": "2026-12-01", "first_policy_on": None}
    assert policy_missing.SEVERITY is Severity.ERROR


def test_before_the_first_policy_its_day_is_named():
    (finding,) = policy_missing.check(asked(policy=None, first_policy_on=date(2027, 1, 1)))

    assert finding.message == (
        "No policy of clairdash is in force on 2026-12-01; its first is in force from 2027-01-01:"
        " what it promises is not known."
    )
    assert finding.fix.endswith("FILE`), or ask for 2027-01-01 or later.")
    assert finding.evidence == {"at": "2026-12-01", "first_policy_on": "2027-01-01"}


@pytest.mark.parametrize("parts", [{}, {"policy": None, "version": UNREADABLE}])
def test_with_a_policy_or_an_unreadable_version_none_is_missed(parts):
    assert list(policy_missing.check(asked(**parts))) == []


@pytest.mark.parametrize(
    ("synced_on", "found"),
    [
        (TODAY - timedelta(8), 1),
        (TODAY - timedelta(7), 0),
        (TODAY, 0),
        (TODAY + timedelta(1), 0),
        (None, 1),
    ],
)
def test_facts_are_stale_once_the_last_sync_is_longer_ago_than_the_policy_allows(synced_on, found):
    assert len(stale(Sync("endoflife", synced_on))) == found


def test_the_day_asked_decides_what_is_stale_not_the_release():
    synced = Sync("endoflife", TODAY)

    assert stale(synced, day=TODAY + timedelta(30)) == []


def test_every_stale_source_is_named_beside_those_that_are_fresh():
    (finding,) = stale(
        Sync("endoflife", TODAY - timedelta(8)), Sync("releases", TODAY), Sync("accounts", None)
    )

    assert (finding.rule, finding.subject) == ("facts-stale", None)
    assert finding.message == (
        "The catalogue's facts are older than 7 days: endoflife was last synced on 2026-11-23,"
        " accounts was never synced."
    )
    assert finding.fix == (
        "Import from endoflife and accounts, then ask again; or name the sources that are still"
        " used in the policy's `gate: {sources: [releases]}`."
    )
    assert finding.evidence == {
        "at": "2026-12-01",
        "stale_after": "7 days",
        "sources": {"endoflife": "2026-11-23", "releases": "2026-12-01", "accounts": None},
        "stale": ["endoflife", "accounts"],
    }
    assert facts_stale.SEVERITY is Severity.ERROR


def test_a_source_that_the_policy_does_not_name_may_go_stale():
    synced = Sync("endoflife", TODAY), Sync("releases", TODAY - timedelta(300))

    assert stale(*synced, policy=naming("endoflife")) == []


def test_of_the_sources_that_the_policy_names_one_too_old_is_stale_and_others_are_not_told():
    synced = Sync("endoflife", TODAY - timedelta(8)), Sync("releases", TODAY)

    (finding,) = stale(*synced, policy=naming("endoflife"))

    assert finding.fix == "Import from endoflife, then ask again."
    assert finding.evidence["sources"] == {"endoflife": "2026-11-23"}


def test_a_source_that_the_policy_names_and_nobody_ever_synced_is_stale():
    (finding,) = stale(Sync("releases", TODAY), policy=naming("endoflife", "releases"))

    assert finding.message == (
        "The catalogue's facts are older than 7 days: endoflife was never synced."
    )
    assert finding.fix == "Import from endoflife, then ask again."
    assert finding.evidence["sources"] == {"endoflife": None, "releases": "2026-12-01"}


def test_a_catalogue_that_was_never_synced_is_stale():
    (finding,) = stale()

    assert finding.message == (
        "The catalogue's facts are older than 7 days: no source of theirs was ever synced."
    )
    assert finding.fix == "Import from a source of theirs, then ask again."
    assert (finding.evidence["sources"], finding.evidence["stale"]) == ({}, [])


@pytest.mark.parametrize("parts", [{"policy": POLICY}, {"policy": None}, {"version": UNREADABLE}])
def test_facts_never_go_stale_unless_the_policy_says_when(parts):
    assert stale(**parts) == []


def test_all_fresh_sources_are_named_for_the_policy():
    syncs = [
        Sync("endoflife", TODAY - timedelta(days=8)),
        Sync("forge", TODAY),
        Sync("spreadsheet", TODAY),
    ]

    (finding,) = stale(*syncs)

    assert finding.fix.endswith("the policy's `gate: {sources: [forge, spreadsheet]}`.")

"""What commands read of the local store is what the handlers answer, without a web framework."""

import contextlib
import inspect
import json
import sqlite3
from datetime import UTC, datetime

import msgspec
import pytest

from lifecycle.check.support_rules import CheckTerms, FailOn
from lifecycle.cli import (
    account_reads,
    catalogue_reads,
    check_questions,
    connections,
    local_accounts,
    local_checks,
    local_reads,
    local_service,
    local_views,
    reads,
)
from lifecycle.cli.check_questions import Question
from lifecycle.cli.check_sources import Source
from lifecycle.cli.listings import ALL, Extent
from lifecycle.errors import LifecycleError

THERE = "http://localhost"
ACCOUNT = "hooli"
ANNOUNCED, DRAFT = "an announced deprecation", "a draft"
COMPARED = {
    "product": "clairdash",
    "lower": "3.34.2",
    "higher": "3.39.1",
    "tier": None,
    "at": None,
}

NOTICE = "a notice"
TORN = Extent(3, "torn")
OPENED = "2026-11-20T17:30:00-05:00"
READ_HERE = (reads, catalogue_reads, account_reads)

READS = [
    (reads.worker_state, ()),
    (reads.status, ("clairdash", "3.39.1", None, None)),
    (reads.status, ("clairdash", "3.35.2", "pro", "2100-01-01")),
    (reads.status, ("clairdash", "3.35.99", None, None)),
    (reads.status, ("clairdsh", "1.0.0", None, None)),
    (reads.status, ("clairdash", "3.39.1", "gold", None)),
    (reads.comparison, COMPARED),
    (reads.comparison, COMPARED | {"tier": "pro", "at": "2100-01-01"}),
    (reads.comparison, COMPARED | {"lower": "3.34.99", "higher": "nothing"}),
    (reads.comparison, COMPARED | {"lower": "3.39.1", "higher": "3.34.2"}),
    (reads.comparison, COMPARED | {"lower": "x" * 300}),
    (reads.comparison, COMPARED | {"lower": ""}),
    (reads.comparison, COMPARED | {"tier": "gold"}),
    (reads.policy, ("clairdash", None)),
    (reads.policy, ("clairdash", "1990-01-01")),
    (reads.audit_verdict, ()),
    (reads.archived_batches, ()),
    (reads.deprecations, {"product": None, "status": None}),
    (reads.deprecations, {"product": "clairdash", "status": "announced"}),
    (reads.deprecations, {"product": "nothing", "status": None}),
    (reads.deprecations, {"begins": "0"}),
    (reads.deprecation, (ANNOUNCED,)),
    (reads.deprecation, (DRAFT,)),
    (reads.deprecation, ("nothing",)),
    (reads.preview, (ANNOUNCED,)),
    (reads.preview, (DRAFT,)),
    (reads.preview, ("nothing",)),
    (reads.reach, (ANNOUNCED,)),
    (reads.reach, ("nothing",)),
    (reads.waivers, (None,)),
    (reads.waivers, ("nothing",)),
    (reads.tokens, ()),
    (reads.deliveries, {"state": None, "account": None, "deprecation": None}),
    (reads.deliveries, {"state": "delivered", "account": ACCOUNT, "deprecation": ANNOUNCED}),
    (reads.deliveries, {"state": None, "account": "nobody", "deprecation": None}),
    (reads.delivery_progress, (None,)),
    (reads.delivery_progress, (ANNOUNCED,)),
    (reads.delivery_progress, ("nothing",)),
    (reads.subscriptions, (ACCOUNT,)),
    (reads.subscriptions, ("nobody",)),
    (reads.evidence, (ACCOUNT,)),
    (reads.evidence, ("nobody",)),
    (catalogue_reads.products, ()),
    (catalogue_reads.product, ("clairdash",)),
    (catalogue_reads.product, ("clairdsh",)),
    (catalogue_reads.releases, ("clairdash",)),
    (catalogue_reads.releases, {"slug": "clairdash", "newest_first": True, "extent": Extent(3)}),
    (catalogue_reads.releases, {"slug": "clairdash", "newest_first": False, "extent": TORN}),
    (catalogue_reads.releases, ("nothing",)),
    (catalogue_reads.release, ("clairdash", "3.39.1")),
    (catalogue_reads.release, ("clairdash", "3.39.99")),
    (catalogue_reads.lines, ("clairdash",)),
    (catalogue_reads.lines, ("nothing",)),
    (catalogue_reads.line, ("clairdash", "2.33")),
    (catalogue_reads.line, ("clairdash", "3.35")),
    (catalogue_reads.features, {"slug": "clairdash", "extent": Extent(2)}),
    (catalogue_reads.features, {"slug": "clairdash", "version": "3.39.1", "at": None}),
    (catalogue_reads.features, {"slug": "clairdash", "version": None, "at": "2024-01-31"}),
    (catalogue_reads.feature, ("clairdash", "rest-v1")),
    (catalogue_reads.feature, ("clairdash", "rest-v0")),
    (catalogue_reads.support, {"slug": "clairdash", "tier": None, "at": None}),
    (catalogue_reads.support, {"slug": "clairdash", "tier": "pro", "at": "2100-01-01"}),
    (catalogue_reads.support, {"slug": "clairdash", "tier": "gold", "at": None}),
    (catalogue_reads.entitlements, {"slug": "clairdash", "tier": "pro", "opened_at": OPENED}),
    (catalogue_reads.entitlements, {"slug": "clairdash", "tier": "pro", "opened_at": "1"}),
    (catalogue_reads.entitlements, {"slug": "clairdash", "tier": "gold", "opened_at": OPENED}),
    (catalogue_reads.simulation, ("clairdash", {"release": {"version": "3.90.0"}})),
    (catalogue_reads.simulation, ("clairdash", {"release": {"version": "3.39.1"}})),
    (catalogue_reads.simulation, ("clairdash", {"release": {"version": 3}})),
    (catalogue_reads.simulation, ("clairdash", {})),
    (account_reads.accounts, ()),
    (account_reads.accounts, (Extent(2),)),
    (account_reads.account, (ACCOUNT,)),
    (account_reads.account, ("nobody",)),
    (account_reads.instances, (ACCOUNT,)),
    (account_reads.instances, ("nobody",)),
    (account_reads.instance, (ACCOUNT, "production")),
    (account_reads.instance, (ACCOUNT, "nothing")),
    (account_reads.notices, (ACCOUNT,)),
    (account_reads.notices, (ACCOUNT, Extent(1))),
    (account_reads.notices, ("nobody",)),
    (account_reads.notice, (ACCOUNT, NOTICE)),
    (account_reads.notice, (ACCOUNT, "nothing")),
    (account_reads.worklist, ()),
    (account_reads.worklist, (Extent(1),)),
]
COMPONENTS = (
    {"product": "clairdash", "version": "3.39.1"},
    {"product": "clairdash", "version": "3.35.99", "features": ["rest-v1", "nothing"]},
    {"product": "clairdsh", "version": "1"},
    {"purl": "pkg:npm/left-pad@1.3.0"},
    {"name": "clairdash", "fault": "it is torn"},
)
QUESTIONS = [
    {},
    {"tier": "pro", "at": "2027-01-31"},
    {"terms": CheckTerms(400, FailOn.DEPRECATED), "expect": ("clairdash", "nothing")},
    {"allow_no_match": True},
    {"tier": "\x07"},
    {"tier": "x" * 2000, "expect": ("a b",)},
    {"at": "2027-02-30"},
]
BOTH = {"account": None, "tier": None, "at": None, "terms": CheckTerms(90, FailOn.ENDING)}


@pytest.fixture
def both(demo, monkeypatch):
    """Ask here and the service in this process, at one moment: what each answers or refuses."""
    moment = datetime.now(UTC)
    for module in (local_reads, local_accounts, local_views, local_checks, local_service):
        monkeypatch.setattr(module, "now", lambda: moment)
    here = connections.connect
    for module in READ_HERE:
        monkeypatch.setattr(module, "connect", lambda _: here(None))
    monkeypatch.setattr(check_questions, "connect_for_ci", lambda _, **__: here(None))

    def both(ask):
        return outcome(ask, None), outcome(ask, THERE)

    return both


def outcome(ask, server):
    """Give an answer as JSON has it, or all that a refusal says."""
    try:
        answer = ask(server)
    except LifecycleError as error:
        problems = [(each.field, each.message, each.allowed) for each in error.problems]
        return error.status_code, error.title, error.detail, problems, as_json(error.members)
    return as_json(answer)


def as_json(answer):
    return json.loads(msgspec.json.encode(answer))


def named(given):
    """Put the demo's own deprecations where a case names one."""
    statuses = {ANNOUNCED: "announced", DRAFT: "draft"}
    if given == NOTICE:
        return local_accounts.notices(ACCOUNT, ALL).items[0]["id"]
    if not isinstance(given, str) or given not in statuses:
        return given
    return local_reads.deprecations(None, statuses[given], None, ALL).items[0]["id"]


@pytest.mark.parametrize(("read", "given"), READS)
def test_what_is_read_here_is_what_the_handler_answers(both, read, given):
    values = given.values() if isinstance(given, dict) else given
    values = [named(each) for each in values]

    def ask(server):
        if isinstance(given, dict):
            return read(server, **dict(zip(given, values, strict=True)))
        if read is reads.delivery_progress:
            with read(server, *values) as progress:
                return progress()
        return read(server, *values)

    here, there = both(ask)

    assert here == there


@pytest.mark.parametrize("asked", QUESTIONS)
@pytest.mark.parametrize(
    ("account", "components"),
    [
        (None, COMPONENTS),
        (None, COMPONENTS[3:]),
        (ACCOUNT, COMPONENTS),
        (ACCOUNT, None),
        ("nobody", None),
    ],
)
def test_what_is_checked_here_is_what_the_handler_answers(both, account, components, asked):
    question = Question(**BOTH | {"report": None, "account": account} | asked)
    source = Source("runs.yaml", components) if components else None

    def ask(server):
        return check_questions.ask(question, source, server=server, seconds=60)

    here, there = both(ask)

    assert here == there


def test_each_read_is_compared():
    functions = {
        read
        for module in READ_HERE
        for name, read in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and read.__module__ == module.__name__
    }

    assert functions == {read for read, _ in READS}


LINES_ANSWERED_HERE = (
    "check --account hooli",
    "deliveries watch",
    "deprecation announce nothing",
    "deprecation amend nothing --reason None",
    "deprecation withdraw nothing --reason None",
    "deprecation delete nothing",
    "status clairdash 3.39.1",
    "compare clairdash 3.34.2 3.39.1",
    "deprecation list",
    "product list",
    "release list clairdash",
    "feature show clairdash rest-v1",
    "account show hooli",
    "instance list hooli",
)


def test_what_is_read_here_needs_no_web_framework(demo, python):
    found = python(
        f"""
import sys
from lifecycle.cli import delivery_progress, run
delivery_progress.PATIENCE_SECONDS = 0
for line in {LINES_ANSWERED_HERE!r}:
    code = run(line.split())
    print("of these:", line, code in (0, 1, 2), "litestar" in sys.modules, "httpx" in sys.modules)
"""
    )

    told = [line for line in found.stdout.splitlines() if line.startswith("of these:")]
    assert told == [f"of these: {line} True False False" for line in LINES_ANSWERED_HERE], (
        found.stderr
    )


def test_a_status_from_a_sqlite_store_waits_for_nothing_that_it_does_not_use(demo, python):
    unused = (
        "yaml", "packageurl", "asyncpg", "sqlalchemy.dialects.postgresql", "notifications",
        "lifecycle.accounts.models",
    )  # fmt: skip

    found = python(
        "import sys; from lifecycle.cli import run; run(['status', 'clairdash', '3.39.1']);"
        f"print(sorted(set({unused!r}) & set(sys.modules)))"
    )

    assert found.stdout.splitlines()[-1] == "[]", found.stderr


@pytest.mark.parametrize("line", ["check --account hooli --format json", "status clairdash 3.39.1"])
def test_a_store_that_fails_is_a_sentence_and_exits_2(cli, demo, store_file, line):
    with contextlib.closing(sqlite3.connect(store_file)) as database:
        database.execute("DROP TABLE releases")

    code, out, err = cli(*line.split())

    assert (code, err) == (2, "Error: The store cannot be used: no such table: releases.\n")
    assert not out or json.loads(out)["decided"] is False

"""103 real products, and the demo's, in the formats that other tools read."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime
from functools import partial

import jsonschema_rs
import pytest

from lifecycle.answers.event_publication import unpublished
from lifecycle.answers.lifecycle_documents import PublishedLifecycle
from lifecycle.answers.lifecycle_facts import identifiers_of
from lifecycle.answers.snapshots import complete, read_snapshots
from lifecycle.api.cle import cle_events
from lifecycle.api.cyclonedx import product_component, release_components
from lifecycle.api.openeox import milestone_statements
from lifecycle.audit.chain import By
from lifecycle.catalogue import policies, queries
from lifecycle.catalogue.published_events import EventType
from lifecycle.database import open_store
from lifecycle.demo.vendor import vendor
from lifecycle.gate import registration
from lifecycle.imports import import_steps
from lifecycle.interchange.cle import Links, SupportDefinition, write_document
from lifecycle.interchange.openeox import core_members, judge_core
from lifecycle.interchange.product_bills import write_bill
from lifecycle.interchange.sboms import read_sbom
from lifecycle.versions.ranges import parse_range
from testkit.cyclonedx_validity import cyclonedx_faults
from testkit.scales import replayed_share

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGED = Links("https://support.example/cle-index.json", "https://support.example/cle.json?page=2")
POLICY = """
policy: phases
version: "1"
in_force_from: 1990-01-01
timezone: Europe/Berlin
tiers:
  community: {rank: 0, window: {declared: [active_support, end_of_life]}}
  enterprise: {rank: 1, window: {declared: [extended_support, end_of_life]}}
"""


@pytest.fixture(scope="module")
def snapshots(data, sqlite_template, tmp_path_factory):
    """Give the products as a store knows them that all files were imported into."""
    path = tmp_path_factory.mktemp("formats") / "store.sqlite3"
    shutil.copyfile(sqlite_template, path)

    async def run():
        store, by = open_store(f"sqlite:///{path}"), By("test", NOW)
        files = replayed_share(sorted((data / "endoflife/products").glob("*.md")))
        done = await import_steps.endoflife(store, files, data / "endoflife/release-data", by=by)
        slugs = [report.product for report in done.reports]
        async with store.writing() as session:
            for slug in slugs:
                product = await queries.get_product(session, slug)
                await policies.put(session, product, POLICY, by=by, format="yaml")
            for sold in vendor(NOW.date()).products:
                imported = sold.imported
                await registration.import_product(session, imported, by=by, today=NOW.date())
                product = await queries.get_product(session, imported.product.slug)
                await policies.put(session, product, sold.policy, by=by)
                slugs.append(product.slug)
        async with store.reading() as session:
            snapshots = await read_snapshots(session, slugs, 0)
            await complete(session, snapshots)
        await store.close()
        return snapshots

    return asyncio.run(run())


@pytest.fixture(scope="module")
def published(snapshots):
    """Give each product's events as they are published at first."""
    return {snapshot.slug: unpublished(snapshot, [], NOW) for snapshot in snapshots}


@pytest.fixture
def faults(standards):
    def faults(name, document):
        schema = json.loads((standards / name).read_text())
        check = jsonschema_rs.validator_for(schema, validate_formats=True)
        return [f"{e.instance_path}: {e.message}" for e in check.iter_errors(document)]

    return faults


def test_every_lifecycle_is_valid_by_the_schema_of_ecma_428(snapshots, published, faults):
    judge = partial(faults, "cle/cle-1.0.0.schema.json")
    told = 0
    for snapshot in snapshots:
        events = tuple(event for event in published[snapshot.slug] if event.number)
        if not events:
            assert not snapshot.facts.releases
            continue
        tiers = {event.body["supportId"] for event in events if "supportId" in event.body}
        definitions = [SupportDefinition(id=tier, description="Covered.") for tier in tiers]
        lifecycle = PublishedLifecycle(events, {}, identifiers_of(snapshot))
        for links in (None, PAGED):
            text = write_document(lifecycle.identifiers, cle_events(lifecycle), definitions, links)
            assert judge(json.loads(text)) == []
        told += len(events)

    assert told > 1000


def test_what_was_published_tells_all_that_is_known_and_is_not_told_again(snapshots, published):
    for snapshot in snapshots:
        assert unpublished(snapshot, published[snapshot.slug], NOW) == []


def test_a_range_holds_the_releases_of_its_line_and_no_others(snapshots, published):
    ranges = 0
    for snapshot in snapshots:
        stable = [r for r in snapshot.facts.releases if not r.prerelease and not r.planned]
        order = [release.version for release in snapshot.facts.releases]
        lines = {release.line for release in stable}
        for event in published[snapshot.slug]:
            if event.type is EventType.SUPERSEDED_BY:
                assert event.subject in lines
                held = set()
                for text in event.ranges:
                    found = parse_range(text, snapshot.known.scheme, order=order)
                    held.update(found.among(release.version for release in stable))
                own = {r.rank for r in stable if r.line == event.subject}
                assert held == {r.version for r in stable if r.rank in own}
                ranges += 1

    assert ranges > 100


def test_the_milestones_of_every_release_break_no_rule_of_openeox(snapshots):
    open_ended, ended = 0, 0
    for snapshot in snapshots:
        for statement in milestone_statements(snapshot, snapshot.today(NOW), "The vendor"):
            document = core_members(statement.core)
            errors = [found for found in judge_core(document) if found.is_error]
            assert errors == [], (snapshot.slug, statement.product_version)
            open_ended += document["end_of_life"] == "tba"
            ended += document["end_of_life"] != "tba"

    assert open_ended > 50
    assert ended > 50


def test_what_bills_say_of_every_product_is_valid_by_cyclonedx_library_and_read_again(snapshots):
    components = []
    for snapshot in snapshots:
        releases = release_components(snapshot, snapshot.today(NOW))
        subject = product_component(snapshot, "https://support.example/")
        components += [subject, *releases[:: len(releases) // 2 + 1]]

    bill = write_bill(components[0], components[1:], vendor="The vendor", modified_at=NOW)

    assert cyclonedx_faults(bill.decode()) is None
    read = {(each.name, each.version) for each in read_sbom(bill, file="bill.json").components}
    assert read == {(each.name, each.version) for each in components}
    ends = [each.milestones.end_of_support for each in components]
    assert len(ends) - ends.count(None) > 20

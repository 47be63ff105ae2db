from datetime import date, timedelta

import msgspec
import pytest
from sqlalchemy import select

from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue import lines, product_imports, queries, releases
from lifecycle.catalogue.catalogue_inputs import (
    FeatureIn,
    ImportedProduct,
    LineIn,
    ProductIn,
    ReleaseIn,
    ReleasePatch,
    StageIn,
)
from lifecycle.catalogue.loaded_products import load_facts
from lifecycle.catalogue.models import Sync
from lifecycle.catalogue.rows import facts_of
from lifecycle.errors import Conflict, LifecycleError

DAY = date(2026, 1, 31)
SOURCE = ImportedProduct(
    product=ProductIn(slug="widget", name="Widget"),
    releases=(
        ReleaseIn(version="1.0.0", released_on=DAY),
        ReleaseIn(version="1.1.0", released_on=DAY),
    ),
    lines={"1.0": LineIn(declared={"end_of_life": DAY}), "1.1": LineIn(lts=True)},
    features={"search": FeatureIn(stages=(StageIn(stage="ga", from_version="1.0.0"),))},
)


@pytest.fixture
def bring(store, by, today):
    async def bring(source=SOURCE, synced=None, **said):
        """Take a source in, as it was said before that it would be."""
        changed = msgspec.structs.replace(source, **said)
        async with store.reading() as session:
            said_before = await product_imports.preview(session, changed, by=by, today=today)
        async with store.writing() as session:
            report = await product_imports.apply(
                session, changed, by=by, today=today, source=synced
            )
        assert repr(said_before) == repr(report)  # problems are equal to none but themselves
        return report

    return bring


@pytest.fixture
def head(store):
    async def head():
        async with store.reading() as session:
            return len(list(await session.scalars(select(AuditEntry.seq))))

    return head


async def load(store):
    async with store.reading() as session:
        return await load_facts(session, "widget")


async def test_a_source_brings_no_product_whose_slug_is_an_alias_of_another_one(
    store, bring, make_product
):
    await make_product("gadget", aliases=("widget",))

    with pytest.raises(Conflict, match="'widget' is an alias of the product 'gadget'"):
        await bring()

    async with store.reading() as session:
        assert await queries.find_product(session, "widget") is None


async def test_a_source_takes_no_name_of_another_product(store, bring, make_product):
    await make_product("gadget", identifiers=("pkg:npm/gadget",), aliases=("gear",))
    names = {"identifiers": ("pkg:npm/widget", "pkg:npm/gadget"), "aliases": ("gear", "wdgt")}

    report = await bring(product=ProductIn(slug="widget", **names), synced="endoflife")

    assert [str(problem) for problem in report.problems] == [
        "identifiers[1]: belongs to the product 'gadget'",
        "aliases[0]: belongs to the product 'gadget'",
    ]
    async with store.reading() as session:
        widget = await queries.get_product(session, "widget")
        assert (widget.identifiers, widget.aliases) == (["pkg:npm/widget"], ["wdgt"])
        assert await session.scalar(select(Sync.source)) is None
    assert report.releases.created == ["1.0.0", "1.1.0"]


async def test_a_source_is_taken_in_whole(store, bring):
    report = await bring()

    loaded = await load(store)
    assert report.created
    assert report.releases.created == ["1.0.0", "1.1.0"]
    assert report.lines.created == ["1.0", "1.1"]
    assert report.features.created == ["search"]
    assert [release.version for release in loaded.facts.releases] == ["1.0.0", "1.1.0"]
    assert loaded.features["search"].stages == SOURCE.features["search"].stages


async def test_the_second_time_nothing_changes_and_no_evidence_grows(bring, head):
    await bring()
    before = await head()

    report = await bring()

    assert not report.altered
    assert (report.releases.unchanged, report.lines.unchanged, report.features.unchanged) == (
        2,
        2,
        1,
    )
    assert await head() == before


async def test_what_is_different_is_changed_and_the_rest_left(store, bring):
    await bring()
    later = ReleaseIn(
        version="1.1.0", released_on=DAY + timedelta(1), withdrawn_on=DAY + timedelta(9)
    )

    report = await bring(
        releases=(SOURCE.releases[0], later, ReleaseIn(version="1.2.0", released_on=DAY))
    )

    assert (report.releases.created, report.releases.changed) == (["1.2.0"], ["1.1.0"])
    changed = (await load(store)).facts.releases[1]
    assert (changed.day, changed.withdrawn_on) == (DAY + timedelta(1), DAY + timedelta(9))


async def test_what_people_added_stays_where_the_source_is_silent(store, bring, by, today):
    await bring()
    link = "https://widget.example/notes"
    async with store.writing() as session:
        product = await queries.get_product(session, "widget")
        await releases.change(
            session, product, "1.0.0", ReleasePatch(notes_url=link), by=by, today=today
        )
        await lines.put(
            session,
            product,
            "1.1",
            LineIn(lts=True, declared={"active_support": DAY}),
            by=by,
        )

    report = await bring()

    assert not report.altered
    async with store.reading() as session:
        product = await queries.get_product(session, "widget")
        assert facts_of(await queries.get_release(session, product, "1.0.0")).notes_url == link


async def test_a_day_that_the_source_moves_earlier_is_a_recorded_correction(store, bring):
    await bring()

    report = await bring(lines={"1.0": LineIn(declared={"end_of_life": DAY - timedelta(1)})})

    assert [correction["line"] for correction in report.corrections] == ["1.0"]
    assert (await load(store)).facts.lines[0].declared == {"end_of_life": DAY - timedelta(1)}
    async with store.reading() as session:
        newest = select(AuditEntry.details).order_by(AuditEntry.seq.desc()).limit(1)
        details = await session.scalar(newest)
    assert details["corrections"][0]["reason"] == "the source says so"
    assert details["corrections"][0]["declared"]["before"] == {"end_of_life": "2026-01-31"}


async def test_what_is_missing_in_the_source_is_reported_and_stays(store, bring):
    await bring()

    report = await bring(releases=(), lines={}, features={})

    assert report.releases.missing_in_source == ["1.0.0", "1.1.0"]
    assert report.lines.missing_in_source == ["1.0", "1.1"]
    assert report.features.missing_in_source == ["search"]
    assert len((await load(store)).facts.releases) == 2


async def test_a_broken_entry_is_named_and_the_rest_is_taken(store, bring):
    report = await bring(
        releases=(
            *SOURCE.releases,
            ReleaseIn(version="nonsense", released_on=DAY),
            ReleaseIn(version="1.0.0", released_on=DAY),
            ReleaseIn(version="1.3.0"),
        ),
        lines={**SOURCE.lines, " ": LineIn()},
        features={**SOURCE.features, "not a key": FeatureIn()},
    )

    assert [problem.field for problem in report.problems] == [
        "lines[ ]",
        "lines[ ]",
        "releases[nonsense].version",
        "releases[1.0.0].version",
        "releases[1.3.0].released_on",
        "features[not a key].feature",
    ]
    assert len((await load(store)).facts.releases) == 2


async def test_a_release_in_the_future_is_a_plan_until_the_source_says_it_came(
    store, by, today, bring
):
    tomorrow = today + timedelta(1)
    source = msgspec.structs.replace(
        SOURCE, releases=(ReleaseIn(version="2.0.0", released_on=tomorrow),)
    )
    await bring(source)
    (plan,) = (await load(store)).facts.releases
    again = await bring(source)
    async with store.writing() as session:
        later = await product_imports.apply(session, source, by=by, today=tomorrow)
    (release,) = (await load(store)).facts.releases

    assert (plan.planned, plan.day) == (True, tomorrow)
    assert not again.altered
    assert later.releases.changed == ["2.0.0"]
    assert (release.planned, release.day) == (False, tomorrow)


async def test_what_a_person_voided_does_not_come_back(store, bring, by, today):
    await bring()
    async with store.writing() as session:
        product = await queries.get_product(session, "widget")
        patch = ReleasePatch(voided="never was")
        await releases.change(session, product, "1.1.0", patch, by=by, today=today)

    report = await bring()

    assert report.voided == ["1.1.0"]
    assert not report.altered
    assert [release.version for release in (await load(store)).facts.releases] == ["1.0.0"]


async def test_declared_lines_take_their_releases_in_whatever_order(store, bring):
    source = ImportedProduct(
        product=ProductIn(slug="widget", scheme="declared", line_by="declared"),
        releases=(
            ReleaseIn(version="1.1.1", released_on=DAY),
            ReleaseIn(version="1.1.1w", released_on=DAY),
            ReleaseIn(version="Buster", released_on=DAY, line="10"),
        ),
        lines={"1.1": LineIn(), "1.1.1": LineIn(), "10": LineIn(released_on=DAY)},
    )
    await bring(source)
    again = await bring(source)

    found = [(release.version, release.line) for release in (await load(store)).facts.releases]
    assert found == [("1.1.1", "1.1.1"), ("1.1.1w", "1.1.1"), ("Buster", "10")]
    assert not again.altered


async def test_a_source_that_relabels_what_came_out_is_told_so_and_the_rest_is_taken(store, bring):
    await bring()
    relabelled = ReleaseIn(version="1.1.0", released_on=DAY, stage="beta")
    new = ReleaseIn(version="1.2.0", released_on=DAY)

    report = await bring(releases=(SOURCE.releases[0], relabelled, new))

    assert [problem.field for problem in report.problems] == ["releases[1.1.0].stage"]
    assert report.releases.created == ["1.2.0"]
    assert not any(release.prerelease for release in (await load(store)).facts.releases)


async def test_a_source_says_nothing_of_what_a_feature_needs(store, bring):
    needing = {"search": FeatureIn(stages=SOURCE.features["search"].stages, depends_on=("index",))}
    await bring(features=needing)

    await bring()

    assert (await load(store)).features == {
        "search": msgspec.structs.replace(needing["search"], name="search", public=True)
    }


async def test_only_what_was_read_without_fault_counts_as_synced(store, bring, by):
    async def synced():
        async with store.reading() as session:
            return {row.source: row.synced_at for row in await session.scalars(select(Sync))}

    await bring(synced="endoflife", features={"not a key": FeatureIn()})
    assert await synced() == {}

    await bring(synced="endoflife")
    await bring(synced="endoflife")
    assert await synced() == {"endoflife": by.at}


async def test_a_source_publishes_nothing_that_somebody_has_hidden(store, bring, head):
    hidden = {key: msgspec.structs.replace(f, public=False) for key, f in SOURCE.features.items()}
    await bring(product=msgspec.structs.replace(SOURCE.product, public=False), features=hidden)
    before = await head()

    report = await bring()

    loaded = await load(store)
    assert (loaded.public, loaded.features["search"].public) == (False, False)
    assert (report.altered, await head()) == (False, before)


async def test_a_source_that_says_so_hides_and_publishes_and_reports_it(store, bring):
    await bring()

    report = await bring(product=msgspec.structs.replace(SOURCE.product, public=False))

    assert (await load(store)).public is False
    assert [(change.subject, change.field) for change in report.changes] == [
        ("product widget", "public")
    ]


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"scheme": "semver"}, "cannot read '22.04'"),
        ({"slug": "no slug"}, "Product 'no slug'"),
        ({"slug": "gadget"}, "is an alias of"),
    ],
)
async def test_what_is_refused_is_refused_before_as_well(
    store, bring, make_product, by, today, said, refusal
):
    await make_product(slug="other", aliases=("gadget",))
    declared = ProductIn(slug="widget", scheme="declared", line_by="declared")
    await bring(
        ImportedProduct(product=declared, releases=(ReleaseIn(version="22.04", released_on=DAY),))
    )
    source = ImportedProduct(product=msgspec.structs.replace(declared, **said))

    for way in (product_imports.preview, product_imports.apply):
        with pytest.raises(LifecycleError, match=refusal):
            async with store.writing() as session:
                await way(session, source, by=by, today=today)

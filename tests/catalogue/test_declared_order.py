from __future__ import annotations

from datetime import date

from lifecycle.answers.snapshot_cache import Snapshots
from lifecycle.answers.versions import answer
from lifecycle.catalogue import lines, policies, queries
from lifecycle.catalogue.catalogue_inputs import LineIn, ReleaseIn
from testkit.registered_releases import register_releases

POLICY = """
policy: newest
version: "1"
in_force_from: 2020-01-01
tiers: {all: {rank: 0, window: {newest: {count: 2, of: line}}}}
"""
TODAY = date(2026, 11, 21)


async def test_a_late_patch_of_an_old_declared_line_is_not_the_newest_of_all(
    store, clock, make_product, by, today
):
    await make_product(slug="distro", scheme="declared", line_by="declared")
    async with store.writing() as session:
        product = await queries.get_product(session, "distro")
        await policies.put(session, product, POLICY, by=by, format="yaml")
        for name in ("bookworm", "trixie"):
            await lines.put(session, product, name, LineIn(), by=by)
        first = [
            ReleaseIn(version="12.0", line="bookworm", released_on=date(2023, 6, 10)),
            ReleaseIn(version="13.0", line="trixie", released_on=date(2025, 8, 9)),
        ]
        await register_releases(session, product, first, by=by, today=today)
        late = ReleaseIn(version="12.12", line="bookworm", released_on=date(2025, 9, 6))
        await register_releases(session, product, [late], by=by, today=today)

    snapshot = await Snapshots(store, clock).get("distro")

    found = answer(snapshot, "12.0", at=TODAY, today=TODAY).tiers["all"]
    assert (found.upgrade_to.patch, found.upgrade_to.newest) == ("12.12", "13.0")
    assert [version for _, version in snapshot.ordered] == ["12.0", "12.12", "13.0"]

"""The ends of support that releases which are stored already have caused."""

import msgspec

from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.workflow.caused_ends import describe_ends
from lifecycle.support.simulation import simulate


async def caused_by(session, slug, versions, *, today):
    """Compare what is stored with the same without the releases of some versions."""
    loaded, announced = await load_known(session, slug)
    after = msgspec.structs.replace(loaded.facts, ends=())
    others = tuple(release for release in after.releases if release.version not in versions)
    before = msgspec.structs.replace(after, releases=others)
    days = [release.day for release in after.releases if release.version in versions]
    ends = simulate(before, after, at=max(days), today=today).implied_ends
    later = [end for end in ends if end.effective_on >= today]
    return await describe_ends(session, loaded, announced, later, today=today)

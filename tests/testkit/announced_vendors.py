"""Random products whose ends of support are announced, for some lines, releases or tiers."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from lifecycle.support.facts import AnnouncedEnd
from testkit.coverage_strategies import days, registered


@st.composite
def announced_ends(draw, known):
    """Ends of support of some lines, or of some releases, for one tier or both."""
    chosen = st.sampled_from(sorted({release.line for release in known.releases if release.line}))
    versions = st.sampled_from([release.version for release in known.releases])
    concerned = draw(st.sampled_from(["lines", "versions", "all"]))
    return AnnouncedEnd(
        f"end-{draw(st.integers(1, 99))}",
        draw(days),
        draw(st.dictionaries(st.sampled_from(["pro", "enterprise"]), days, min_size=1)),
        lines=draw(st.frozensets(chosen, min_size=1)) if concerned == "lines" else None,
        versions=draw(st.frozensets(versions, min_size=1)) if concerned == "versions" else None,
        waived=draw(st.booleans()),
    )


@st.composite
def vendors(draw):
    """Give the facts of a product."""
    known, _ = draw(registered())
    if any(release.line for release in known.releases):
        ends = tuple(draw(st.lists(announced_ends(known), max_size=2)))
        known = msgspec.structs.replace(known, ends=ends)
    return known

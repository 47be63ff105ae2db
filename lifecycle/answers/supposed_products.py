"""Products that only a file speaks of: as a snapshot, so that they are answered like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.answers.snapshots import Snapshot
from lifecycle.catalogue.consistency import product_problems, release_problems
from lifecycle.catalogue.loaded_products import Loaded
from lifecycle.catalogue.prospective_releases import with_releases
from lifecycle.errors import raise_if_any
from lifecycle.policy.compatibility import check_fits
from lifecycle.support.facts import Facts, Line
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lifecycle.catalogue.catalogue_inputs import LineIn, ProductIn, ReleaseIn
    from lifecycle.errors import Problem
    from lifecycle.policy.policies import Policy


def suppose(
    product: ProductIn,
    releases: Sequence[ReleaseIn],
    lines: Mapping[str, LineIn],
    policy: Policy,
) -> Snapshot:
    """Return a product with these releases and lines under one policy, or refuse what is wrong.

    Lines stand in the order given, unless they say their position.
    """
    raise_if_any(product_problems(product), subject="The product")
    rules = scheme(product.scheme)
    raise_if_any(_release_problems(releases, product.scheme), subject="The list of releases")
    check_fits(policy, line_by=product.line_by, units_possible=rules.units_possible)
    declared = tuple(
        Line(
            name=name,
            declared=line.declared,
            lts=line.lts,
            codename=line.codename,
            released_on=line.released_on,
            position=place if line.position is None else line.position,
        )
        for place, (name, line) in enumerate(lines.items())
    )
    facts = Facts(product.slug, product.line_by, (), declared, (policy,))
    loaded = Loaded(
        id=0,
        slug=product.slug,
        name=product.name or product.slug,
        scheme=product.scheme,
        line_by=product.line_by,
        identifiers=product.identifiers,
        revision=0,
        facts=facts,
        features={},
        former_stages={},
        policies_entered=1,
    )
    return Snapshot(with_releases(loaded, releases, plans={}), revision=0)


def _release_problems(releases: Sequence[ReleaseIn], name: str) -> Iterator[Problem]:
    for release in releases:
        for problem in release_problems(release, scheme(name)):
            yield problem.at(f"releases {release.version}, {problem.field}")

"""Snapshots of products that no store holds."""

from __future__ import annotations

from lifecycle.answers.snapshots import Snapshot
from lifecycle.catalogue.loaded_products import Loaded


def snapshot_of(facts, *, features=None, name="Widget", identifiers=(), announced=(), published=()):
    """Give a snapshot of what is known of a product."""
    loaded = Loaded(
        id=1,
        slug=facts.product,
        name=name,
        scheme="pep440",
        line_by=facts.line_by,
        identifiers=identifiers,
        revision=1,
        facts=facts,
        features=features or {},
        former_stages={},
        policies_entered=len(facts.policies),
    )
    snapshot = Snapshot(loaded, 1, announced=announced)
    snapshot.published = published
    return snapshot

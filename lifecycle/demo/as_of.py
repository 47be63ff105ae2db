"""The demo vendor as it stood on an earlier day: what was not out or known yet is left away."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import msgspec

from lifecycle.demo.demo_accounts import FORMERLY

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from lifecycle.accounts.account_inputs import ImportedAccount, InstanceIn, InstancePatch
    from lifecycle.catalogue.catalogue_inputs import FeatureIn, ImportedProduct, ReleaseIn
    from lifecycle.demo.vendor import DemoVendor


def as_of(demo: DemoVendor, day: date) -> DemoVendor:
    """Return the vendor as it stood at the end of a day before its own."""
    products = tuple(
        msgspec.structs.replace(product, imported=_product(product.imported, day))
        for product in demo.products
    )
    out = {
        (product.imported.product.slug, release.version)
        for product in products
        for release in product.imported.releases
    }
    accounts = tuple(_account(account, day, out) for account in demo.accounts)
    return msgspec.structs.replace(demo, products=products, accounts=accounts)


def _product(imported: ImportedProduct, day: date) -> ImportedProduct:
    releases = tuple(
        _release(release, day)
        for release in imported.releases
        if release.released_on is not None and release.released_on <= day
    )
    out = {release.version for release in releases}
    features = {key: _feature(facts, day, out) for key, facts in imported.features.items()}
    return msgspec.structs.replace(
        imported,
        releases=releases,
        lines={
            name: facts
            for name, facts in imported.lines.items()
            if any(version.startswith(f"{name}.") for version in out)
        },
        features={key: facts for key, facts in features.items() if facts.stages},
    )


def _release(release: ReleaseIn, day: date) -> ReleaseIn:
    withdrawn, restored = release.withdrawn_on, release.restored_on
    return msgspec.structs.replace(
        release,
        withdrawn_on=withdrawn if withdrawn and withdrawn <= day else None,
        restored_on=restored if restored and restored <= day else None,
    )


def _feature(feature: FeatureIn, day: date, out: AbstractSet[str]) -> FeatureIn:
    stages = tuple(
        stage
        for stage in feature.stages
        if stage.from_version in out or (stage.from_day is not None and stage.from_day <= day)
    )
    return msgspec.structs.replace(feature, stages=stages)


def _account(
    imported: ImportedAccount, day: date, out: AbstractSet[tuple[str, str]]
) -> ImportedAccount:
    """Let it run what it runs, what it ran before, or nothing of that yet."""
    instances = {}
    for name, latest in imported.instances.items():
        formerly = FORMERLY.get((imported.account.slug, name))
        for source in (latest, formerly):
            if source is not None and (source.product, source.version) in out:
                instances[name] = _seen(source, day)
                break
    return msgspec.structs.replace(imported, instances=instances)


def _seen(instance: InstanceIn | InstancePatch, day: date) -> InstanceIn | InstancePatch:
    noon = datetime.combine(day - timedelta(1), time(12), UTC)
    last_seen = instance.last_seen
    seen_at = min(last_seen, noon) if isinstance(last_seen, datetime) else noon
    return msgspec.structs.replace(instance, last_seen=seen_at)

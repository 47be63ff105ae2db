"""What an import of an API's operations rests on, and what it tells people (pure)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.errors import BadRequest
from lifecycle.gate.context.changed_features import REMOVES
from lifecycle.gate.derivation.operation_features import Start, is_operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lifecycle.catalogue.import_outcomes import Report
    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.announced import Announced
    from lifecycle.gate.derivation.specifications import Operation
    from lifecycle.versions import Scheme


class Since(msgspec.Struct, frozen=True):
    """From when a source holds that does not say it: a version, a day, or else today."""

    version: str | None = None
    day: date | None = None


def start_of(since: Since, loaded: Loaded | None, version_scheme: Scheme, *, today: date) -> Start:
    """Return from when a description holds; a version without an order must be a known one."""
    if since.version is None:
        return Start(since.day or today)
    version_scheme.parse(since.version)
    released = {release.version: release for release in loaded.facts.releases} if loaded else {}
    release = released.get(since.version)
    if release is None and not version_scheme.ordered:
        raise BadRequest(
            f"{since.version!r} is not a known release; import the releases first, or give"
            " --from-day instead of --from-version."
        )
    day = release.day if release and release.day <= today else today
    return Start(day, since.version)


def unannounced_sunsets(
    described: Mapping[str, Operation], announced: Iterable[Announced], slug: str
) -> list[str]:
    """Tell of the sunsets of which nobody will hear: an import announces nothing."""
    going = {
        deprecation.content.feature
        for deprecation in announced
        if deprecation.content.kind in REMOVES
    }
    return [
        f"{operation.name} has a sunset on {operation.sunset}, and its removal is not"
        f" announced: `lifecycle deprecation draft --product {slug} --kind removal --feature {key}"
        f" --effective-on {operation.sunset}`."
        for key, operation in described.items()
        if operation.sunset and key not in going
    ]


def gone_operations(report: Report, loaded: Loaded | None) -> list[str]:
    """Keep of the features that a description does not name those that are operations."""
    features = loaded.features if loaded else {}
    return [
        key for key in report.features.missing_in_source if is_operation(key, features[key].name)
    ]

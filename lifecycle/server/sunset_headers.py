"""The headers that tell of a version's deprecation: RFC 9745, RFC 8594 and their links."""

from __future__ import annotations

from datetime import time
from email.utils import format_datetime
from typing import TYPE_CHECKING

from lifecycle.calendar.zones import instant_of
from lifecycle.server.published_paths import write_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from lifecycle.answers.response_structs import DeprecationRefOut
    from lifecycle.answers.snapshots import Snapshot


def headers(
    snapshot: Snapshot,
    deprecations: Iterable[DeprecationRefOut],
    *,
    successor: str | None,
    now: datetime,
    prefix: str,
) -> dict[str, str]:
    """Return the headers for the nearest of some deprecations; none where there are none.

    ``Deprecation`` is the instant of its announcement, ``Sunset`` the first one of its effective
    day in the policy's zone, and never earlier. ``successor`` is a version to go to, and
    ``prefix`` the path under which the service is published.
    """
    nearest = min(
        deprecations,
        key=lambda deprecation: (deprecation.effective_on, deprecation.id),
        default=None,
    )
    if nearest is None:
        return {}
    announced_at = next(
        announced_change.announced_at
        for announced_change in snapshot.announced
        if announced_change.uid == nearest.id
    )
    effective_at = instant_of(nearest.effective_on, time(), snapshot.zone(now))
    address = write_path(prefix, "v1", "deprecations", nearest.id)
    links = [f'<{address}>; rel="{rel}"' for rel in RELATIONS]
    if successor is not None:
        address = write_path(prefix, "v1", "products", snapshot.slug, "versions", successor)
        links.append(f'<{address}>; rel="successor-version"')
    return {
        "deprecation": f"@{int(announced_at.timestamp())}",
        "sunset": format_datetime(max(effective_at, announced_at), usegmt=True),
        "link": ", ".join(links),
    }


RELATIONS = ("deprecation", "sunset")

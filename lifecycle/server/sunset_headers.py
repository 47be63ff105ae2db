"""The headers that tell of a version's deprecation: RFC 9745, RFC 8594 and their links."""

from __future__ import annotations

from datetime import time
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from lifecycle.calendar.zones import instant_of

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
) -> dict[str, str]:
    """Return the headers for the nearest of some deprecations; none where there are none.

    ``Deprecation`` is the instant of its announcement, ``Sunset`` the first one of its effective
    day in the policy's zone, and never earlier. ``successor`` is a version to go to.
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
    links = [f'<{_path("deprecations", nearest.id)}>; rel="{rel}"' for rel in RELATIONS]
    if successor is not None:
        address = _path("products", snapshot.slug, "versions", successor)
        links.append(f'<{address}>; rel="successor-version"')
    return {
        "deprecation": f"@{int(announced_at.timestamp())}",
        "sunset": format_datetime(max(effective_at, announced_at), usegmt=True),
        "link": ", ".join(links),
    }


RELATIONS = ("deprecation", "sunset")


def _path(*segments: str) -> str:
    return "/v1/" + "/".join(quote(segment, safe="") for segment in segments)

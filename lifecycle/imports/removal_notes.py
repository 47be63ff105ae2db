"""What to think of where a list removes features of which nobody was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.deprecations.announced import load_known, removal_is_announced
from lifecycle.policy.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.import_outcomes import Report


async def unannounced_removals(session: AsyncSession, report: Report) -> list[str]:
    """Say which features that were known are removed by an import, and not by an announcement.

    What is new comes with its whole history, of which nothing is left to announce.
    """
    keys = list(_removed(report))
    _, announced = await load_known(session, report.product) if keys else (None, ())
    return [
        f"The removal of {key} is not announced, and public pages show it at once. To notify those"
        f" who use it: `lifecycle deprecation draft --kind removal --product {report.product}"
        f" --feature {key}`."
        for key in keys
        if not removal_is_announced(announced, key)
    ]


def _removed(report: Report) -> Iterator[str]:
    for change in report.changes:
        if change.subject.startswith("feature ") and change.field == "stages":
            before, after = (
                any(stage["stage"] == Stage.REMOVED for stage in stages or ())
                for stages in (change.before, change.after)
            )
            if after and not before:
                yield change.subject.partition("/")[2]

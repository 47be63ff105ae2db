"""Taking in a plain list of releases: nothing that the list leaves out is missing from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.catalogue.catalogue_inputs import ImportedProduct
from lifecycle.gate import registration

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.catalogue_inputs import ProductIn
    from lifecycle.catalogue.import_outcomes import Report
    from lifecycle.interchange.releases import ReleaseList


async def import_list(
    session: AsyncSession, product: ProductIn, read: ReleaseList, *, by: By, today: date
) -> Report:
    """Register and change what a list says of a product's releases; what it has wrong is left out.

    ``missing_in_source`` are known releases that no entry of the list mentions.
    """
    source = None if read.problems else "releases"
    report = await registration.import_product(
        session, _imported(product, read), by=by, today=today, source=source
    )
    return _of_list(report, read)


async def preview_list(
    session: AsyncSession, product: ProductIn, read: ReleaseList, *, by: By, today: date
) -> Report:
    """Report what taking in a list would change; it only reads, and no writer waits for it."""
    imported = _imported(product, read)
    return _of_list(await registration.preview_product(session, imported, by=by, today=today), read)


def _imported(product: ProductIn, read: ReleaseList) -> ImportedProduct:
    return ImportedProduct(product=product, releases=tuple(read.releases), cleared=read.cleared)


def _of_list(report: Report, read: ReleaseList) -> Report:
    """Leave out of a report what no list of releases speaks of."""
    report.lines.missing_in_source = report.features.missing_in_source = []
    report.releases.missing_in_source = [
        version for version in report.releases.missing_in_source if version not in read.mentioned
    ]
    return report

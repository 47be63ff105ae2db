"""Finding a source's product where it is stored under the name of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lifecycle.catalogue import queries
from lifecycle.deprecations import product_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.catalogue_inputs import ImportedProduct
    from lifecycle.catalogue.models import Product


class Recognized(NamedTuple):
    """A source's product under the slug it is stored by, and what people should know of that.

    ``renamed`` is the stored one as it would be, where a dry run only says that it is renamed.
    """

    imported: ImportedProduct
    notes: Sequence[str] = ()
    renamed: Product | None = None


async def recognize(
    session: AsyncSession,
    imported: ImportedProduct,
    file: str,
    *,
    rename: bool,
    by: By,
    dry_run: bool = False,
) -> Recognized:
    """Find the product of a source; a dry run only reads.

    One that is stored under its ``file``'s name stays there, unless it is to be renamed.
    """
    slug = imported.product.slug
    if slug == file or await queries.find_product(session, slug) is not None:
        return Recognized(imported)
    stored = await queries.find_product(session, file, lock=not dry_run)
    if stored is None:
        return Recognized(imported)
    if rename:
        notes = [f"{file!r} is renamed to {slug!r}, its permalink."]
        if dry_run:
            await product_names.check(session, stored, slug)
            return Recognized(imported, notes, product_names.as_renamed(stored, slug))
        await product_names.rename(session, stored, slug, by=by)
        return Recognized(imported, notes)
    aliases = (slug, *(alias for alias in imported.product.aliases if alias != file))
    renamed = msgspec.structs.replace(imported.product, slug=file, aliases=aliases)
    note = (
        f"{file!r} is stored under its file's name; --rename renames it to {slug!r}, its permalink."
    )
    return Recognized(msgspec.structs.replace(imported, product=renamed), [note])

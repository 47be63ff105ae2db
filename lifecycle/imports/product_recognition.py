"""Finding a source's product where it is stored under the name of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.catalogue import queries
from lifecycle.deprecations import product_names

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.catalogue_inputs import ImportedProduct


async def recognize(
    session: AsyncSession, imported: ImportedProduct, file: str, *, rename: bool, by: By
) -> tuple[ImportedProduct, list[str]]:
    """Return the product under the slug it is stored by, and what people should know of that.

    One that is stored under its ``file``'s name stays there, unless it is to be renamed.
    """
    slug = imported.product.slug
    if slug == file or await queries.find_product(session, slug) is not None:
        return imported, []
    stored = await queries.find_product(session, file, lock=True)
    if stored is None:
        return imported, []
    if rename:
        await product_names.rename(session, stored, slug, by=by)
        return imported, [f"{file!r} is renamed to {slug!r}, its permalink."]
    aliases = (slug, *(alias for alias in imported.product.aliases if alias != file))
    renamed = msgspec.structs.replace(imported.product, slug=file, aliases=aliases)
    note = (
        f"{file!r} is stored under its file's name; --rename renames it to {slug!r}, its permalink."
    )
    return msgspec.structs.replace(imported, product=renamed), [note]

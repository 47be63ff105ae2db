"""The versions that a customer list says are run, and that the catalogue does not have."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from msgspec import UNSET
from sqlalchemy import select

from lifecycle.answers.snapshots import read_snapshot
from lifecycle.answers.version_lookup import find_release, nearest_sentence, nearest_versions
from lifecycle.catalogue.models import Product, Release
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.versions import UnparsableVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.account_inputs import ImportedAccount
    from lifecycle.answers.snapshots import Snapshot

MOST: Final = 20


async def unknown_versions(
    session: AsyncSession, listed: Iterable[ImportedAccount], *, file: str
) -> list[str]:
    """Name the versions that no release has, with the nearest ones; at most ``MOST`` of them.

    An account may run what nobody entered yet, so none of it is refused. A product without
    releases has no versions that could be mistyped.
    """
    run = _run_by(listed)
    rows = await session.execute(
        select(Product.slug, Release.version)
        .join(Release, Release.product_id == Product.id)
        .where(Product.slug.in_(run))
    )
    catalogued: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        catalogued[row.slug].add(row.version)
    notes: list[str] = []
    for product, versions in catalogued.items():
        doubtful = {text: names for text, names in run[product].items() if text not in versions}
        if doubtful and len(notes) < MOST:
            notes += _notes(await read_snapshot(session, product), doubtful, file)
    return notes[:MOST]


def _run_by(listed: Iterable[ImportedAccount]) -> Mapping[str, Mapping[str, list[str]]]:
    """Return the instances by their products and versions."""
    run: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for imported in listed:
        for name, facts in imported.instances.items():
            if facts.product is not UNSET and facts.version is not UNSET:
                run[facts.product][facts.version].append(f"{imported.account.slug}/{name}")
    return run


def _notes(snapshot: Snapshot, doubtful: Mapping[str, list[str]], file: str) -> Iterator[str]:
    for version, names in doubtful.items():
        if not _is_known(snapshot, version):
            more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
            verb = "run" if more else "runs"
            near = nearest_sentence(nearest_versions(snapshot, version))
            yield (
                f"{file}: {names[0]}{more} {verb} {snapshot.slug} {version[:100]}, which is not a"
                f" known release.{near}"
            )


def _is_known(snapshot: Snapshot, version: str) -> bool:
    try:
        return find_release(snapshot, version) is not None
    except UnparsableVersion:
        return False
    except UnknownRelease:  # several are equal to it
        return True

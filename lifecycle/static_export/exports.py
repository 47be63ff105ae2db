"""One export: every public read asked for, and each answer put into its file."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import msgspec

from lifecycle.errors import BadRequest
from lifecycle.setting_values import is_this_machine, without_password
from lifecycle.static_export import host_files
from lifecycle.static_export.export_folders import ExportFolder
from lifecycle.static_export.file_names import is_fit, media_type_of, name_file
from lifecycle.static_export.host_files import Served
from lifecycle.static_export.public_names import find_names
from lifecycle.static_export.public_reads import PublicReads, UnexpectedStatus
from lifecycle.static_export.public_routes import OF_ANY_KIND, WELL_KNOWN, list_addresses

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lifecycle.static_export.public_reads import Answer, Ask

    Begin = Callable[[str, int | None, int | None], None]

PAGE: Final = "text/html"
PAGES_OF_PROGRAMS: Final = frozenset({"/schema"})
"""Pages that are the same for a file: they name no distances, and lead nowhere."""
_CANONICAL: Final = re.compile(r'<link rel="canonical" href="([^"]+)/products">')
_PLAIN: Final = re.compile(r"(/[A-Za-z0-9._~-]+)*")


class ExportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What an export did.

    ``absent`` are addresses under which the service has nothing, ``unfit`` those that no file can
    be called by, or whose file another address has, ``kept`` files of an earlier export that
    somebody has changed since.
    """

    directory: str
    published_at: str
    files: int
    changed: int
    unchanged: int
    removed: int
    absent: list[str]
    unfit: list[str]
    kept: list[str]


def export(
    ask: Ask,
    path: Path,
    *,
    every_version: bool,
    replace: bool,
    begin: Begin,
    base_url: str | None = None,
) -> ExportSummary:
    """Write the public reads of a service into a folder; ``begin`` is told how far it is.

    ``base_url`` is where the files are meant to be published: a service that is published
    elsewhere is refused. Without it, so is one that knows no address but its machine's own.
    """
    folder = ExportFolder(path, replace=replace)
    reads = PublicReads(ask)
    base = _published_at(reads)
    _check_address(base, base_url)
    folder.publish_at(base)
    prefix = _prefix_of(base)
    begin("looking for what there is", 0, None)
    addresses = list(list_addresses(find_names(reads, every_version=every_version)))
    served: dict[str, Served] = {}
    unfit, shared = [], False
    with folder:
        for count, (route, address, query) in enumerate(addresses):
            begin(address, count, len(addresses))
            answer = reads.get(address, query)
            if answer is None:
                continue
            _check_page(address, answer)
            name = name_file(address, answer.content_type)
            if name is None or not folder.has_room_for(_below(prefix, name)):
                unfit.append(address)
                continue
            folder.write(_below(prefix, name), answer.content)
            policy = answer.policy or host_files.LEAST_POLICY
            kinds = address if route.endswith(OF_ANY_KIND) else route
            served.setdefault(kinds, Served(answer.content_type, policy))
            shared = shared or answer.is_shared
        _write_for_hosts(folder, reads, prefix, served, shared=shared)
        folder.finish()
    return ExportSummary(
        directory=str(path),
        published_at=base,
        files=folder.changed + folder.unchanged,
        changed=folder.changed,
        unchanged=folder.unchanged,
        removed=folder.removed,
        absent=reads.absent,
        unfit=unfit,
        kept=folder.kept,
    )


def _write_for_hosts(
    folder: ExportFolder,
    reads: PublicReads,
    prefix: str,
    served: dict[str, Served],
    *,
    shared: bool,
) -> None:
    """Write what hosts show where there is no file, and how they serve those that there are."""
    missing = reads.missing(host_files.NOT_FOUND)
    _check_page(host_files.NOT_FOUND, missing)
    name = f"{host_files.NOT_FOUND[1:]}.html"
    # Without one at the root, Cloudflare shows a page of its own.
    for place in sorted({_below(prefix, name), name}):
        folder.write(place, missing.content)
    if prefix and (well_known := reads.get(WELL_KNOWN)):
        folder.write(f"{WELL_KNOWN[1:]}.json", well_known.content)
    has_index = (folder.path / "index.html").exists()
    for name, text in (
        (host_files.HEADERS_NAME, host_files.write_headers(prefix, served, shared=shared)),
        (host_files.REDIRECTS_NAME, host_files.write_redirects(prefix, has_index=has_index)),
        (host_files.NGINX_NAME, host_files.write_nginx(prefix, served, shared=shared)),
    ):
        folder.write(name, text.encode())


def _published_at(reads: PublicReads) -> str:
    """Return the address that the service's pages say they are published at."""
    canonical = _CANONICAL.search(reads.text("/products"))
    if canonical is None:
        raise UnexpectedStatus("/products was not answered as the page of all products.")
    return unescape(canonical[1])


def _check_address(base: str, base_url: str | None) -> None:
    """Refuse to publish what names an address where nobody finds it."""
    host = urlsplit(base).hostname or ""
    if base_url is None and is_this_machine(host):
        raise BadRequest(
            f"The service says that it is published at {base}. Nobody else reaches that, but its "
            "feeds, calendars and documents would name it. Set the service's LIFECYCLE_BASE_URL "
            f"to where the files will be published; or add --base-url {base} to keep this address."
        )
    if base_url is not None and _comparable(base_url) != _comparable(base):
        raise BadRequest(
            f"--base-url is {without_password(base_url)}, but the service is published at {base}, "
            "which its feeds, calendars and documents name. Set the service's LIFECYCLE_BASE_URL, "
            "or leave out --server and LIFECYCLE_SERVER to export the local store."
        )


def _comparable(address: str) -> tuple[str, str, str]:
    parts = urlsplit(address.strip())
    return parts.scheme.lower(), parts.netloc.lower(), unquote(parts.path).rstrip("/")


def _prefix_of(base: str) -> str:
    prefix = urlsplit(base).path.rstrip("/")
    segments = prefix.split("/")[1:]
    if not _PLAIN.fullmatch(prefix) or not all(map(is_fit, segments)):
        raise BadRequest(
            f"The path {prefix!r} of {base} cannot be a folder; use letters, digits, '.', '_', '~' "
            "and '-' in LIFECYCLE_BASE_URL or --base-url."
        )
    return prefix


def _below(prefix: str, name: str) -> str:
    return f"{prefix}/{name}".removeprefix("/")


def _check_page(address: str, answer: Answer) -> None:
    """Refuse a page that is not for a file: it counts days, and its forms ask a service."""
    if media_type_of(answer.content_type) != PAGE or address in PAGES_OF_PROGRAMS:
        return
    if not answer.is_static:
        raise UnexpectedStatus(
            f"{address} was not answered as a page for a file. The service may be older than this "
            "command, or a cache answers in its place; ask the service itself."
        )

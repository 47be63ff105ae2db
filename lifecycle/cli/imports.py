"""`lifecycle import`: releases, features and accounts from files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import import_reports
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.lazy_modules import later
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.refusals import say
from lifecycle.cli.sample_files import sample_option
from lifecycle.documents import decode
from lifecycle.errors import BadRequest
from lifecycle.interchange.row_problems import LIMIT
from lifecycle.interchange.tables import guess_format

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from lifecycle.cli import local_imports, sent_imports
    from lifecycle.imports import import_sources, import_targets, operation_imports
else:
    local_imports, sent_imports = (
        later("lifecycle.cli.local_imports"),
        later("lifecycle.cli.sent_imports"),
    )
    import_sources = later("lifecycle.imports.import_sources")
    import_targets = later("lifecycle.imports.import_targets")
    operation_imports = later("lifecycle.imports.operation_imports")

FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
FOLDER = click.Path(exists=True, path_type=Path)
STDIN = Path("-")
PRODUCT = click.option("--product", required=True, help="The product; created if it is unknown.")
SCHEME = click.option("--scheme", help="The version scheme of a new product, such as semver.")
LINE_BY = click.option(
    "--line-by",
    type=click.Choice(["major", "minor", "patch", "declared"]),
    help="What a line of a new product is.",
)
DRY_RUN = click.option(
    "--dry-run", is_flag=True, help="Show what would change, without changing anything."
)


@click.group("import", cls=Group)
def command() -> None:
    """Import releases, features and accounts from files.

    What is wrong is named and left out, and the exit code is 1. Importing twice changes nothing.
    FILE may be - for the standard input.
    """


@command.command(example="lifecycle import endoflife products")
@click.argument("path", type=FOLDER)
@click.option("--product", help="Only this product.")
@click.option(
    "--release-data",
    type=FOLDER,
    help="The folder of the release data, if it is not beside the products.",
)
@click.option("--rename", is_flag=True, help="Rename what is stored under its file's name.")
@DRY_RUN
@sample_option("endoflife.md")
@server_option
@format_option
def endoflife(
    *,
    path: Path,
    product: str | None,
    release_data: Path | None,
    rename: bool,
    dry_run: bool,
    server: str | None,
    style: str,
) -> int:
    """Import endoflife.date's product files under PATH, and the release data beside them."""
    files = _product_files(path, product)
    data = release_data or _beside(files[0])
    if data is None:
        say(
            "There is no release data beside the products, so only what their files say is"
            " imported."
        )
    if server is None:
        report = local_imports.endoflife(files, data, rename=rename, dry_run=dry_run)
    else:
        query = _query(rename=rename, dry_run=dry_run)
        report = sent_imports.endoflife(server, files, data, query)
    return import_reports.tell_products(report, style, declaring=True)


@command.command(example="lifecycle import releases releases.csv --product widget")
@click.argument("file", type=FILE)
@PRODUCT
@SCHEME
@LINE_BY
@click.option("--zone", help="The time zone in which timestamps become days; UTC if left out.")
@click.option("--prefix", default="", help="What precedes the version in a tag, such as v.")
@DRY_RUN
@sample_option("releases.csv")
@server_option
@format_option
def releases(
    *, file: Path, prefix: str, dry_run: bool, server: str | None, style: str, **facts: str | None
) -> int:
    """Import a plain list of releases, CSV, JSON or YAML: version and day.

    The JSON that GitHub's and GitLab's APIs give for releases is read as it is. With --prefix only
    the tags that begin with it are read, without it.
    """
    name, content = _read(file)
    if server is None:
        return import_reports.tell_products(
            local_imports.releases(
                _source(name, content), _target(facts), prefix=prefix, dry_run=dry_run
            ),
            style,
            bare=True,
        )
    query = _query(**facts, dry_run=dry_run)
    query["prefix"] = prefix or None
    return import_reports.tell_products(
        sent_imports.products(server, "releases", name, content, query), style, bare=True
    )


@command.command(example="lifecycle import features features.csv --product widget")
@click.argument("file", type=FILE)
@PRODUCT
@SCHEME
@LINE_BY
@DRY_RUN
@sample_option("features.csv")
@server_option
@format_option
def features(
    *, file: Path, dry_run: bool, server: str | None, style: str, **facts: str | None
) -> int:
    """Import a list of features, CSV, JSON or YAML: key, name, tiers, and when each stage begins.

    What an entry leaves out stays as it is known; stages that it gives replace all known ones.
    `lifecycle schema features` has the whole form.
    """
    name, content = _read(file)
    if server is None:
        report = local_imports.features(_source(name, content), _target(facts), dry_run=dry_run)
    else:
        query = _query(**facts, dry_run=dry_run)
        report = sent_imports.products(server, "features", name, content, query)
    return import_reports.tell_products(report, style)


@command.command(example="lifecycle import featuregates gates.yaml --product widget")
@click.argument("file", type=FILE)
@PRODUCT
@SCHEME
@LINE_BY
@DRY_RUN
@sample_option("featuregates.yaml")
@server_option
@format_option
def featuregates(
    *, file: Path, dry_run: bool, server: str | None, style: str, **facts: str | None
) -> int:
    """Import Kubernetes' versioned_feature_list.yaml, or another project's in that format."""
    name, content = _read(file)
    if server is None:
        source = _source(name, content)
        report = local_imports.feature_gates(source, _target(facts), dry_run=dry_run)
    else:
        query = _query(**facts, dry_run=dry_run)
        report = sent_imports.products(server, "featuregates", name, content, query)
    return import_reports.tell_products(report, style)


@command.command(example="lifecycle import openapi openapi.yaml --product widget")
@click.argument("file", type=FILE)
@PRODUCT
@SCHEME
@LINE_BY
@click.option("--from-version", help="The version that the description is of.")
@click.option(
    "--from-day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="The first day on which it holds, where no version says; today if left out.",
)
@DRY_RUN
@sample_option("openapi.yaml")
@server_option
@format_option
def openapi(
    *,
    file: Path,
    from_version: str | None,
    from_day: datetime | None,
    dry_run: bool,
    server: str | None,
    style: str,
    **facts: str | None,
) -> int:
    """Import the operations of an API's description, OpenAPI 3 or Swagger 2, as features.

    Their stages are those of x-stability-level; what is deprecated, or has an x-sunset, is
    deprecated. A stage that promises less than the one before is left out. A service, and the
    standard input, take a description that is whole: what it refers to elsewhere is not read.
    """
    if from_version and from_day:
        raise click.UsageError("Give --from-version or --from-day, not both.")
    name, content = _read(file)
    day = from_day.date() if from_day else None
    if server is None:
        described = None if file == STDIN else file
        target, since = _target(facts), operation_imports.Since(from_version, day)
        return import_reports.tell_products(
            local_imports.operations(
                _source(name, content), described, target, since, dry_run=dry_run
            ),
            style,
        )
    query = _query(**facts, dry_run=dry_run)
    query |= {"from_version": from_version, "from_day": day.isoformat() if day else None}
    return import_reports.tell_products(
        sent_imports.products(server, "openapi", name, content, query), style
    )


@command.command(example="lifecycle import accounts accounts.csv --dry-run")
@click.argument("file", type=FILE)
@DRY_RUN
@sample_option("accounts.csv")
@server_option
@format_option
def accounts(*, file: Path, dry_run: bool, server: str | None, style: str) -> int:
    """Import a customer list, CSV or JSON: account, name, tier, addresses, instances."""
    name, content = _read(file)
    if server is None:
        return import_reports.tell_accounts(
            local_imports.accounts(_source(name, content), dry_run=dry_run), style
        )
    report = sent_imports.accounts(server, name, content, _query(dry_run=dry_run))
    return import_reports.tell_accounts(report, style)


def _source(name: str, content: bytes) -> import_sources.Source:
    return import_sources.Source(name, content)


def _target(facts: Mapping[str, str | None]) -> import_targets.Target:
    """Return the product that a file is for, and what it is made as."""
    scheme, line_by, zone = (facts.get(name) for name in ("scheme", "line_by", "zone"))
    return import_targets.Target(facts["product"] or "", scheme, line_by, zone)


def _read(file: Path) -> tuple[str, bytes]:
    """Return a file's name and what it holds; the standard input is named by what it looks like."""
    if file != STDIN:
        return file.name, file.read_bytes()
    content = sys.stdin.buffer.read(LIMIT + 1)
    return f"stdin.{guess_format(decode(content, limit=LIMIT))}", content


def _query(**values: Any) -> dict[str, str | None]:
    """Return what a service is asked, flags only where they are set."""
    chosen = {name: "true" if value is True else value for name, value in values.items()}
    return {name: value for name, value in chosen.items() if value is not False}


def _product_files(path: Path, product: str | None) -> list[Path]:
    folder = path / "products" if (path / "products").is_dir() else path
    files = [path] if path.is_file() else sorted(folder.glob("*.md"))
    chosen = [file for file in files if product in (None, file.stem)]
    chosen = chosen or [file for file in files if _has_permalink(file, f"/{product}")]
    if not chosen:
        wanted_file = f"{product}.md" if product else "product file (*.md)"
        raise BadRequest(f"There is no {wanted_file} in {folder}.")
    return chosen


def _has_permalink(file: Path, permalink: str) -> bool:
    return f"\npermalink: {permalink}\n" in file.read_text("utf-8", errors="replace")


def _beside(file: Path) -> Path | None:
    """Find the release data: beside the products' folder, or in a checkout of their repository."""
    above = file.parent.parent
    places = (above / "release-data", above.parent / "release-data" / "releases")
    return next((place for place in places if place.is_dir()), None)

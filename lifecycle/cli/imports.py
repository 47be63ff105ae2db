"""`lifecycle import`: releases, features and accounts from files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lifecycle import settings
from lifecycle.calendar.zones import zone as find_zone
from lifecycle.cli import import_reports
from lifecycle.cli.clock import by_hand
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.lazy_modules import later
from lifecycle.cli.local_commands import on_local_store
from lifecycle.cli.refusals import say
from lifecycle.errors import BadRequest
from lifecycle.versions import scheme as find_scheme

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from lifecycle import keys
    from lifecycle.accounts.account_imports import Report
    from lifecycle.cli import import_steps, import_targets, local_store, operation_imports
    from lifecycle.database import Store
    from notifications import secrets
else:
    keys, secrets = later("lifecycle.keys"), later("notifications.secrets")
    import_steps = later("lifecycle.cli.import_steps")
    import_targets = later("lifecycle.cli.import_targets")
    local_store = later("lifecycle.cli.local_store")
    operation_imports = later("lifecycle.cli.operation_imports")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, path_type=Path)
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
LOCAL = on_local_store(
    instead="That service takes releases and features through its API ({server}/schema), and a"
    " customer list at {server}/console/account-import."
)


@click.group("import", cls=Group)
def command() -> None:
    """Import releases, features and accounts from files.

    What is wrong is named and left out, and the exit code is 1. Importing twice changes nothing.
    """


@command.command(example="lifecycle import endoflife products")
@LOCAL
@click.argument("path", type=FOLDER)
@click.option("--product", help="Only this product.")
@click.option(
    "--release-data",
    type=FOLDER,
    help="The folder of the release data, if it is not beside the products.",
)
@click.option("--rename", is_flag=True, help="Rename what is stored under its file's name.")
@DRY_RUN
def endoflife(
    *, path: Path, product: str | None, release_data: Path | None, rename: bool, dry_run: bool
) -> int:
    """Import endoflife.date's product files under PATH, and the release data beside them."""
    files = _product_files(path, product)
    data = release_data or _beside(files[0])
    if data is None:
        say(
            "There is no release data beside the products, so only what their files say is"
            " imported."
        )
    by = by_hand()
    return _take_in(
        lambda store: import_steps.endoflife(
            store, files, data, by=by, rename=rename, dry_run=dry_run
        ),
        dry_run=dry_run,
    )


@command.command(example="lifecycle import releases releases.csv --product widget")
@LOCAL
@click.argument("file", type=FILE)
@PRODUCT
@SCHEME
@LINE_BY
@click.option("--zone", help="The time zone in which timestamps become days; UTC if left out.")
@click.option("--prefix", default="", help="What precedes the version in a tag, such as v.")
@DRY_RUN
def releases(
    *,
    file: Path,
    product: str,
    scheme: str | None,
    line_by: str | None,
    zone: str | None,
    prefix: str,
    dry_run: bool,
) -> int:
    """Import a plain list of releases, CSV, JSON or YAML: version and day.

    The JSON that GitHub's and GitLab's APIs give for releases is read as it is. With --prefix only
    the tags that begin with it are read, without it.
    """
    target = import_targets.Target(product, scheme, line_by, zone)
    _check(target)
    source, by = _source(file), by_hand()
    return _take_in(
        lambda store: import_steps.releases(
            store, source, target, by=by, prefix=prefix, dry_run=dry_run
        ),
        dry_run=dry_run,
    )


@command.command(example="lifecycle import featuregates gates.yaml --product widget")
@LOCAL
@click.argument("file", type=FILE)
@PRODUCT
@SCHEME
@LINE_BY
@DRY_RUN
def featuregates(
    *, file: Path, product: str, scheme: str | None, line_by: str | None, dry_run: bool
) -> int:
    """Import Kubernetes' versioned_feature_list.yaml, or another project's in that format."""
    target = import_targets.Target(product, scheme, line_by)
    _check(target)
    source, by = _source(file), by_hand()
    return _take_in(
        lambda store: import_steps.feature_gates(store, source, target, by=by, dry_run=dry_run),
        dry_run=dry_run,
    )


@command.command(example="lifecycle import openapi openapi.yaml --product widget")
@LOCAL
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
def openapi(
    *,
    file: Path,
    product: str,
    scheme: str | None,
    line_by: str | None,
    from_version: str | None,
    from_day: datetime | None,
    dry_run: bool,
) -> int:
    """Import the operations of an API's description, OpenAPI 3 or Swagger 2, as features.

    Their stages are those of x-stability-level; what is deprecated, or has an x-sunset, is
    deprecated. A stage that promises less than the one before is left out.
    """
    if from_version and from_day:
        raise click.UsageError("Give --from-version or --from-day, not both.")
    target, by = import_targets.Target(product, scheme, line_by), by_hand()
    _check(target)
    since = operation_imports.Since(from_version, from_day.date() if from_day else None)
    return _take_in(
        lambda store: import_steps.operations(store, file, target, since, by=by, dry_run=dry_run),
        dry_run=dry_run,
    )


@command.command(example="lifecycle import accounts accounts.csv --dry-run")
@LOCAL
@click.argument("file", type=FILE)
@DRY_RUN
def accounts(*, file: Path, dry_run: bool) -> int:
    """Import a customer list, CSV or JSON: account, name, tier, addresses, instances."""
    source, by = _source(file), by_hand()
    chosen = settings.load(os.environ)

    async def work(store: Store) -> Report:
        await keys.refuse_lost_key(chosen, store)
        vault = None if dry_run else secrets.Vault(keys.secret_key(chosen))
        return await import_steps.customer_list(
            store,
            source,
            by=by,
            vault=vault,
            dry_run=dry_run,
            allow_http=chosen.allow_private_addresses,
        )

    report = local_store.with_store(work, create=True, dry_run=dry_run)
    return import_reports.tell_accounts(report, dry_run=dry_run)


def _take_in(step: Callable[[Store], Awaitable[import_steps.Outcome]], *, dry_run: bool) -> int:
    """Bring products into the local store, and say what became of them."""
    outcome = local_store.with_store(step, create=True, dry_run=dry_run)
    return import_reports.tell_products(outcome, dry_run=dry_run)


def _source(file: Path) -> import_steps.Source:
    return import_steps.Source(file.name, file.read_bytes())


def _check(target: import_targets.Target) -> None:
    """Refuse a scheme or zone that does not exist before anything is read."""
    if target.scheme:
        find_scheme(target.scheme)
    if target.zone:
        find_zone(target.zone)


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

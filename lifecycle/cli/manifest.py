"""`lifecycle manifest`: a manifest derived from what a vendor has already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from lifecycle.cli.example_commands import Command
from lifecycle.cli.output import show_json
from lifecycle.cli.refusals import say
from lifecycle.gate import derivation
from lifecycle.gate.manifests import write_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from lifecycle.gate.derivation import Derived

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(
    "manifest",
    cls=Command,
    example="lifecycle manifest --product widget --from-openapi old.yaml new.yaml",
)
@click.option("--product", required=True, help="The product that is released.")
@click.option("--version", help="The version to be released; overrides --from-git.")
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="The day of the release; today if left out.",
)
@click.option(
    "--from-openapi",
    type=(FILE, FILE),
    metavar="OLD NEW",
    help="Features are the operations of an API's description, by method and path.",
)
@click.option(
    "--from-oasdiff",
    type=FILE,
    metavar="FILE",
    help="What `oasdiff changelog --format json` wrote of two descriptions of an API.",
)
@click.option(
    "--from-featuregates",
    type=(FILE, FILE),
    metavar="OLD NEW",
    help="Features are the gates of a versioned_feature_list.yaml.",
)
@click.option(
    "--from-git",
    type=FOLDER,
    is_flag=False,
    flag_value=".",
    metavar="[DIR]",
    help="The version is that of the tag at the commit, or of pyproject.toml or package.json.",
)
@click.option(
    "--format", "style", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True
)
def command(
    *,
    product: str,
    version: str | None,
    day: datetime | None,
    style: str,
    **sources: Any,
) -> None:
    """Write what a release changes, from API descriptions, feature gates and git.

    It is printed for `lifecycle gate`; what it was derived from is explained on the error
    stream. Sources can be combined.
    """
    release_day = day.date() if day else None
    pieces = list(_pieces(product, release_day, **sources))
    manifest = derivation.combine(pieces, product=product, version=version, day=release_day)
    for note in (note for piece in pieces for note in piece.notes):
        say(note)
    if style == "json":
        show_json({key: value for key, value in msgspec.to_builtins(manifest).items() if value})
    else:
        click.echo(write_manifest(manifest), nl=False)


def _pieces(
    product: str,
    day: date | None,
    *,
    from_openapi: tuple[Path, Path] | None,
    from_oasdiff: Path | None,
    from_featuregates: tuple[Path, Path] | None,
    from_git: Path | None,
) -> Iterator[Derived]:
    """Ask each source; what it needs is imported only then."""
    if not (from_openapi or from_oasdiff or from_featuregates or from_git):
        raise click.UsageError(
            "Give at least one of --from-openapi, --from-oasdiff, --from-featuregates, --from-git."
        )
    if from_openapi:
        from lifecycle.gate.derivation import openapi  # noqa: PLC0415 -- needed for this source only

        yield openapi.derive(*from_openapi, day=day)
    if from_oasdiff:
        from lifecycle.gate.derivation import oasdiff  # noqa: PLC0415 -- as above

        yield oasdiff.derive(from_oasdiff)
    if from_featuregates:
        from lifecycle.gate.derivation import featuregate_changes  # noqa: PLC0415 -- as above

        yield featuregate_changes.derive(*from_featuregates)
    if from_git:
        from lifecycle.gate.derivation import git  # noqa: PLC0415 -- as above

        yield git.derive(from_git, product=product)

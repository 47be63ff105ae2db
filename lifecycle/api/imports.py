"""Imports: a file is sent as it is, and each entry that is wrong is named with its line."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Router
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, QueryParameter

from lifecycle.api.keyed_imports import DryRun, KeyedImport, provide_keyed_import, show_outcome
from lifecycle.documents import decode
from lifecycle.documents.patterns import PRINTABLE
from lifecycle.errors import BadRequest, Problem
from lifecycle.gate.derivation.specifications import read_sound_operations_in
from lifecycle.imports import customer_lists, import_steps
from lifecycle.imports.import_outputs import AccountImportOut, ImportOut
from lifecycle.imports.import_sources import Outcome, Source
from lifecycle.imports.import_targets import Target
from lifecycle.imports.operation_imports import Since
from lifecycle.interchange.tables import guess_format
from lifecycle.server.dependencies import Moment
from lifecycle.server.routing import FileBody, take

MOST_ENTRIES = 20_000
"""So many releases, features or accounts are taken at once, so that others can write as well."""

FileName = Annotated[
    str | None,
    QueryParameter(
        description="What problems call the file; its ending (.csv, .json, .yaml) tells what it "
        "is, which else is guessed.",
        pattern=PRINTABLE,
        max_length=200,
    ),
]
ProductName = Annotated[
    str, QueryParameter(description="The product; made if it is unknown.", pattern=PRINTABLE)
]
Scheme = Annotated[
    str | None,
    QueryParameter(description="The version scheme of a new product.", pattern=PRINTABLE),
]
LineBy = Annotated[
    Literal["major", "minor", "patch", "declared"] | None,
    QueryParameter(description="What a line of a new product is."),
]
Zone = Annotated[
    str | None,
    QueryParameter(
        description="The time zone in which timestamps become days; the product's if left out.",
        pattern=PRINTABLE,
    ),
]
Prefix = Annotated[
    str | None,
    QueryParameter(description="What precedes the version in a tag.", pattern=PRINTABLE),
]
FromVersion = Annotated[
    str | None,
    QueryParameter(description="The version that the description is of.", pattern=PRINTABLE),
]
FromDay = Annotated[
    date | None,
    QueryParameter(description="The first day on which it holds; today if left out."),
]
Rename = Annotated[bool, QueryParameter(description="Rename what is stored under its file's name.")]


class ProductFileIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product file of endoflife.date, and the release data of the same name."""

    file: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    content: str
    release_data: str | None = None


async def provide_target(
    moment: NamedDependency[Moment],
    product: ProductName,
    scheme: Scheme = None,
    line_by: LineBy = None,
) -> Target:
    """Return the product that a file is for, which a limited scope may neither make nor leave."""
    target = Target(product, scheme, line_by)
    target.check()
    if moment.products is not None:
        async with moment.app_state.store.reading() as session:
            await moment.product(session, product)
    return target


async def provide_source(
    request: Request[Any, Any, Any],
    moment: NamedDependency[Moment],
    keyed: NamedDependency[KeyedImport],
    file: FileName = None,
) -> Source:
    """Return the file that was sent."""
    content = await request.body()
    name = file or f"list.{guess_format(decode(content, limit=len(content)))}"
    return Source(name, content, moment.runner, MOST_ENTRIES, keyed.keep)


KEYED = {"keyed": Provide(provide_keyed_import)}
FILE: dict[str, Any] = {
    "operation_class": FileBody,
    "refuses": (404,),
    "dependencies": KEYED | {"source": Provide(provide_source)},
}
FOR_A_PRODUCT: dict[str, Any] = FILE | {
    "by_product": True,
    "dependencies": FILE["dependencies"] | {"target": Provide(provide_target)},
}


@take(
    "/v1/import/endoflife",
    scope="publish",
    summary="Import a product of endoflife date",
    refuses=(404,),
    dependencies=KEYED,
)
async def import_endoflife(
    data: JSONBody[ProductFileIn],
    moment: NamedDependency[Moment],
    keyed: NamedDependency[KeyedImport],
    *,
    rename: Rename = False,
    dry_run: DryRun = False,
) -> ImportOut:
    """Take in a product as endoflife.date has it: its lines, their days, and dated releases."""
    outcome = Outcome()
    await import_steps.product_file(
        moment.app_state.store,
        Source(data.file, data.content.encode(), moment.runner, MOST_ENTRIES, keyed.keep),
        None if data.release_data is None else data.release_data.encode(),
        outcome,
        by=moment.by,
        rename=rename,
        dry_run=dry_run,
    )
    return await keyed.answer(show_outcome(outcome, dry_run=dry_run))


@take("/v1/import/releases", scope="publish", summary="Import releases", **FOR_A_PRODUCT)
async def import_releases(
    source: NamedDependency[Source],
    target: NamedDependency[Target],
    moment: NamedDependency[Moment],
    keyed: NamedDependency[KeyedImport],
    *,
    zone: Zone = None,
    prefix: Prefix = None,
    dry_run: DryRun = False,
) -> ImportOut:
    """Take in a list of releases, CSV, JSON or YAML, or as GitHub's and GitLab's APIs list them.

    What is wrong is named and left out, and the rest is taken in one transaction.
    """
    target = msgspec.structs.replace(target, zone=zone)
    target.check()
    outcome = await import_steps.releases(
        moment.app_state.store, source, target, by=moment.by, prefix=prefix or "", dry_run=dry_run
    )
    return await keyed.answer(show_outcome(outcome, dry_run=dry_run))


@take("/v1/import/features", scope="publish", summary="Import features", **FOR_A_PRODUCT)
async def import_features(
    source: NamedDependency[Source],
    target: NamedDependency[Target],
    moment: NamedDependency[Moment],
    keyed: NamedDependency[KeyedImport],
    *,
    dry_run: DryRun = False,
) -> ImportOut:
    """Take in a list of features with their stages, CSV, JSON or YAML.

    What is wrong is named and left out. What an entry does not name stays as it is.
    """
    outcome = await import_steps.features(
        moment.app_state.store, source, target, by=moment.by, dry_run=dry_run
    )
    return await keyed.answer(show_outcome(outcome, dry_run=dry_run))


@take("/v1/import/featuregates", scope="publish", summary="Import feature gates", **FOR_A_PRODUCT)
async def import_feature_gates(
    source: NamedDependency[Source],
    target: NamedDependency[Target],
    moment: NamedDependency[Moment],
    keyed: NamedDependency[KeyedImport],
    *,
    dry_run: DryRun = False,
) -> ImportOut:
    """Take in the feature gates of Kubernetes' `versioned_feature_list.yaml`."""
    outcome = await import_steps.feature_gates(
        moment.app_state.store, source, target, by=moment.by, dry_run=dry_run
    )
    return await keyed.answer(show_outcome(outcome, dry_run=dry_run))


@take(
    "/v1/import/openapi",
    scope="publish",
    summary="Import the operations of an API",
    **FOR_A_PRODUCT,
)
async def import_operations(
    source: NamedDependency[Source],
    target: NamedDependency[Target],
    moment: NamedDependency[Moment],
    keyed: NamedDependency[KeyedImport],
    *,
    from_version: FromVersion = None,
    from_day: FromDay = None,
    dry_run: DryRun = False,
) -> ImportOut:
    """Take in the operations of an API's description, OpenAPI 3 or Swagger 2, as features.

    The description must be whole: nothing that it refers to elsewhere is read.
    """
    if from_version is not None and from_day is not None:
        problem = Problem("from_day", "stands beside from_version; give one of them")
        raise BadRequest("Give either from_version or from_day.", problems=[problem])
    outcome = await import_steps.operations(
        moment.app_state.store,
        source,
        partial(read_sound_operations_in, source.content, source.name),
        target,
        Since(from_version, from_day),
        by=moment.by,
        dry_run=dry_run,
    )
    return await keyed.answer(show_outcome(outcome, dry_run=dry_run))


@take("/v1/import/accounts", scope="publish", summary="Import accounts", **FILE)
async def import_accounts(
    source: NamedDependency[Source],
    moment: NamedDependency[Moment],
    keyed: NamedDependency[KeyedImport],
    *,
    dry_run: DryRun = False,
) -> AccountImportOut:
    """Take in a customer list, CSV, JSON or YAML: accounts, what they run, and their addresses.

    An account with a mistake is named and left out; accounts that the list does not name are kept.
    """
    app_state = moment.app_state
    report = await customer_lists.customer_list(
        app_state.store,
        source,
        by=moment.by,
        vault=None if dry_run else app_state.vault,
        dry_run=dry_run,
        allow_http=app_state.settings.allow_private_addresses,
    )
    return await keyed.answer(AccountImportOut.of(report, dry_run=dry_run))


router = Router(
    "/",
    route_handlers=[
        import_endoflife,
        import_releases,
        import_features,
        import_feature_gates,
        import_operations,
        import_accounts,
    ],
    tags=["imports"],
)

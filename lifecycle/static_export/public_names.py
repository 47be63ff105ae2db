"""Whose names stand in the addresses of an export: as the service's own lists have them."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from lifecycle.check import rule_pages
from lifecycle.manual.contents import TOPICS
from lifecycle.manual.problem_kinds import problem_kinds
from lifecycle.static_export.public_routes import LONG_LISTS, TEA, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.static_export.public_reads import PublicReads

    Names = dict[str, list[tuple[str, ...]]]

COLLECTION: Final = "1"
"""The one collection that a release has."""
_PRODUCT_RELEASES: Final = f"{TEA}/product/{{uuid:str}}/releases"
_ASSET: Final = re.compile(r"""(/static|/schema/assets)/([\w.-]+)["']""")


def find_names(reads: PublicReads, *, every_version: bool) -> Names:
    """Return the names by kind, as ``public_routes.EXPORTED`` has the kinds.

    Of versions, those are named that are the newest of their lines or of all, which may be in no
    line; or each one, if ``every_version`` says so. A badge speaks of a version or of a line.
    """
    names: Names = defaultdict(list)
    names["topic"] = [(topic,) for topic in TOPICS]
    names["problem kind"] = [(kind,) for kind in problem_kinds()]
    gate_rules = [rule["id"] for rule in reads.document("/v1/gate/rules")]
    names["gate rule"] = [(rule,) for rule in gate_rules]
    names["rule"] = [(rule,) for rule in (*gate_rules, *rule_pages.pages())]
    names["deprecation"] = [
        (summary["id"],) for summary in reads.document("/v1/deprecations")["items"]
    ]
    for kind, path in (
        ("category", "/api/v1/categories"),
        ("tag", "/api/v1/tags"),
        ("identifier type", "/api/v1/identifiers"),
    ):
        names[kind] = [(entry["name"],) for entry in reads.document(path)["result"]]
    names["style"] = _find_assets("/static", reads.text("/products"))
    names["schema asset"] = _find_assets("/schema/assets", reads.text("/schema"))
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for product in reads.document("/v1/products")["items"]:
        slug, name = product["slug"], product["name"]
        versions[name] |= _find_of_product(reads, slug, names, every_version=every_version)
    _find_exchanged(reads, names, versions)
    return names


def _find_assets(folder: str, page: str) -> list[tuple[str, ...]]:
    """Return the names of what a page loads from a folder."""
    loaded = _ASSET.finditer(page)
    return sorted({(asset[2],) for asset in loaded if asset[1] == folder})


def _find_of_product(
    reads: PublicReads, product: str, names: Names, *, every_version: bool
) -> set[str]:
    """Add a product's names; return those of its versions."""
    path = f"/v1/{fill('products/{product:str}', [product])}"
    lines = reads.document(f"{path}/support")["lines"]
    versions = {line["latest"] for line in lines if line["latest"]}
    releases = reads.document(f"{path}/releases")["items"]
    named = releases if every_version else _standing(releases)[-1:]
    versions |= {release["version"] for release in named}
    cycles = [cycle["name"] for cycle in reads.document(f"/api{path}")["result"]["releases"]]
    names["product"].append((product,))
    names["product file"].append((f"{product}.json",))
    names["cycle"] += [(product, cycle) for cycle in (*cycles, *(["latest"] if cycles else []))]
    names["cycle file"] += [(product, f"{cycle}.json") for cycle in cycles]
    names["line"] += [(product, line["line"]) for line in lines]
    in_badges = {*versions, *(line["line"] for line in lines)}
    names["badge"] += [(product, name) for name in sorted(in_badges)]
    names["declared line"] += [
        (product, line["line"]) for line in reads.document(f"{path}/lines")["items"]
    ]
    names["version"] += [(product, version) for version in sorted(versions)]
    names["feature"] += [
        (product, feature["key"]) for feature in reads.document(f"{path}/features")["items"]
    ]
    return versions


def _standing(releases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the stable releases that are out, the lowest first, as they are listed."""
    return [
        release
        for release in releases
        if release["released_on"]
        and not release["prerelease"]
        and (release["withdrawn_on"] is None or release["restored_on"])
    ]


def _find_exchanged(reads: PublicReads, names: Names, versions: dict[str, set[str]]) -> None:
    """Add the UUIDs of products, components and the releases whose versions are exported."""
    for kind in ("product", "component"):
        names[f"tea {kind}"] = [(entry["uuid"],) for entry in _results(reads, f"{TEA}/{kind}s")]
    for (uuid,) in names["tea product"]:
        for release in _results(reads, _PRODUCT_RELEASES, uuid):
            if release["version"] not in versions.get(release["productName"], ()):
                continue
            of_component = release["components"][0]["release"]
            for kind, named_by in (("product", release["uuid"]), ("component", of_component)):
                names[f"tea {kind} release"].append((named_by,))
                names[f"tea {kind} collection"].append((named_by, COLLECTION))


def _results(reads: PublicReads, path: str, *values: str) -> Iterator[Any]:
    document = reads.document(fill(path, values), LONG_LISTS[path])
    yield from document["results"]

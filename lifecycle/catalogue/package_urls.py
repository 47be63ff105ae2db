"""Package URLs, read as the rules of their type want them (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from packageurl import (
    PackageURL,
    normalize_name,
    normalize_namespace,
    normalize_subpath,
    normalize_version,
)

from lifecycle.catalogue.package_types import Presence, rules_of

if TYPE_CHECKING:
    from collections.abc import Iterator


MOST_QUALIFIERS: Final = 32
"""How many qualifiers are read; no type of package defines a third as many."""


def read_purl(text: str) -> PackageURL | None:
    """Read a package URL in the canonical form of its type; None where it is none.

    What other tools write is read though it lacks what its type requires: ``purl_faults`` says
    that.

    >>> str(read_purl("pkg:PyPI/Django_Filter@2.0"))
    'pkg:pypi/django-filter@2.0'
    >>> str(read_purl("pkg:npm/%40acme%2Fweb@1.0.0"))
    'pkg:npm/%40acme/web@1.0.0'
    >>> read_purl("django") is None
    True
    """
    if text.count("&") >= MOST_QUALIFIERS:
        return None
    try:
        parsed = PackageURL.from_string(text, normalize_purl=False)
        # Without a type, the library decodes each part and leaves it as it is otherwise.
        namespace = normalize_namespace(parsed.namespace, None, encode=False)
        name = normalize_name(parsed.name, None, None, encode=False)
        version = normalize_version(parsed.version, None, encode=False)
        subpath = normalize_subpath(parsed.subpath, encode=False)
        if name is None:
            return None
        return canonical(
            parsed._replace(namespace=namespace, name=name, version=version, subpath=subpath)
        )
    except ValueError:
        return None


def canonical(purl: PackageURL) -> PackageURL:
    """Spell the decoded parts of a package URL as its type does."""
    kind = purl.type.lower()
    rules = rules_of(kind)
    namespace, name = _divide(kind, purl.namespace, purl.name)
    parts = {"namespace": namespace, "name": name, "version": purl.version}
    parts |= {part: value.lower() for part in rules.lower if (value := parts[part])}
    name = _spell_name(kind, parts["name"] or name, purl.qualifiers)
    namespace = parts["namespace"]
    if kind == "cpan" and namespace:
        namespace = namespace.upper()
    return PackageURL(
        kind,
        namespace or None,
        name,
        parts["version"] or None,
        dict(purl.qualifiers or {}),
        purl.subpath or None,
        normalize_purl=False,
    )


def purl_faults(text: str) -> Iterator[str]:
    """Yield what keeps a text from being a package URL of its type, as predicates.

    >>> list(purl_faults("pkg:swift/Alamofire@5.4.3"))
    ['lacks the namespace that the type swift requires']
    """
    purl = read_purl(text)
    if purl is None:
        yield "is not a package URL such as pkg:npm/name"
    else:
        yield from type_faults(purl)


def type_faults(purl: PackageURL) -> Iterator[str]:
    """Yield which rules of its type a package URL breaks, as predicates."""
    kind, rules = purl.type, rules_of(purl.type)
    segments = len(purl.namespace.split("/")) if purl.namespace else 0
    if rules.namespace is Presence.REQUIRED and not segments:
        yield f"lacks the namespace that the type {kind} requires"
    elif rules.namespace is Presence.PROHIBITED and segments:
        yield f"has the namespace {purl.namespace!r}, which the type {kind} does not allow"
    elif 0 < segments < rules.least_segments:
        yield f"has a namespace of fewer than {rules.least_segments} segments"
    for part, pattern in (("name", rules.name), ("version", rules.version)):
        value = getattr(purl, part)
        if pattern is not None and value and not pattern.fullmatch(value):
            yield f"has the {part} {value!r}, which the type {kind} does not allow"
    for key in rules.required:
        if key not in purl.qualifiers:
            yield f"lacks the qualifier {key} that the type {kind} requires"


def _divide(kind: str, namespace: str | None, name: str) -> tuple[str | None, str]:
    """Put the boundary between namespace and name where the type has it.

    Tools write a namespace, such as npm's scope, into the name, with its slash encoded.
    """
    path = f"{namespace}/{name}" if namespace else name
    if kind == "git":  # the host, and all of the path on it
        host, _, path_there = path.partition("/")
        return (host, path_there) if path_there else (None, host)
    before, _, last = path.rpartition("/")
    return before or None, last


def _spell_name(kind: str, name: str, qualifiers: dict[str, str]) -> str:
    if kind in {"pypi", "hackage"}:
        return name.replace("_", "-")
    if kind == "pub":
        return re.sub("[^a-z0-9]", "_", name)
    if kind == "mlflow" and "databricks" in (qualifiers or {}).get("repository_url", "").lower():
        return name.lower()
    return name

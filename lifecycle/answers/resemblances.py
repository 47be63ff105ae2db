"""Resemblances: which known product a name or package URL that no product has may mean (pure)."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import msgspec

from lifecycle.catalogue.package_urls import read_purl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from packageurl import PackageURL

_GENERIC: Final = "generic"
_OF_SYSTEMS: Final = frozenset({"alpm", "apk", "deb", "rpm"})
_SHORTEST: Final = 5
"""Names of fewer letters and digits resemble too many others when one of them is wrong."""
_LONGEST: Final = 200
_OTHER: Final = re.compile(r"[\W_]+")
_BETWEEN_PARTS: Final = re.compile(r"[^\w.+~-]+")
_VERSION: Final = re.compile(r"[-_.]?v?\d.*", re.DOTALL)
_READ: Final = 500
_MOST_PARTS: Final = 12


class ProductName(msgspec.Struct, frozen=True):
    """An identifier of a product, or the product's own name where it has no package URL.

    ``kind`` is the type of the package URL.
    """

    identifier: str
    product: str
    kind: str | None = None


class Resemblances:
    """The names of all products, to be asked which of them another name resembles."""

    def __init__(self, identifiers: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        self._spelled: defaultdict[str, list[ProductName]] = defaultdict(list)
        self._last: defaultdict[str, list[ProductName]] = defaultdict(list)
        self._packaged: defaultdict[tuple[str, str], list[ProductName]] = defaultdict(list)
        self._with_one_less: defaultdict[str, list[str]] = defaultdict(list)
        for product, listed in identifiers:
            purls = [(identifier, read_purl(identifier)) for identifier in listed]
            for identifier, purl in purls:
                if purl is not None:
                    resemblance = ProductName(identifier, product, purl.type)
                    self._add(_path(purl), resemblance)
                    self._packaged[purl.type, purl.name].append(resemblance)
            self._last[_spell(product)].append(ProductName(product, product))
            if not any(purl for _, purl in purls):
                self._add(product, ProductName(product, product))
        for name in self._spelled:
            for shorter in _with_one_less(name):
                self._with_one_less[shorter].append(name)

    def of_purl(self, purl: PackageURL) -> ProductName | None:
        """Return what resembles a package URL: of its type, or a generic one, with almost its name.

        Of a system's packages the namespace is who distributes them: what another one distributes
        under the same name may be the same.
        """
        kinds = {purl.type, _GENERIC, None}
        for resemblance in self._near(_spell(_path(purl))):
            if purl.type == _GENERIC or resemblance.kind in kinds:
                return resemblance
        packaged = self._packaged.get((purl.type, purl.name)) if purl.type in _OF_SYSTEMS else None
        return packaged[0] if packaged else None

    def of_name(self, name: str) -> ProductName | None:
        """Return the product that a component without a package URL may be, by its name alone."""
        spelled = _spell(name)
        exact = self._last.get(spelled) if spelled else None
        return exact[0] if exact else next(self._near(spelled), None)

    def of_text(self, text: str) -> ProductName | None:
        """Return the product that a malformed text may mean: any of its parts may name one."""
        parts = [part for part in _BETWEEN_PARTS.split(unquote(text[:_READ])) if part][:_MOST_PARTS]
        pairs = ["/".join(pair) for pair in pairwise(parts)]
        unversioned = [_VERSION.sub("", part) for part in parts]
        resemblances = (self.of_name(part) for part in (*pairs, *parts, *unversioned))
        return next((part for part in resemblances if part is not None), None)

    def _add(self, path: str, resemblance: ProductName) -> None:
        self._spelled[_spell(path)].append(resemblance)
        self._last[_spell(path.rpartition("/")[2])].append(resemblance)

    def _near(self, spelled: str) -> Iterator[ProductName]:
        """Yield what is spelled alike, then what differs by one letter."""
        if not spelled:
            return
        yield from self._spelled.get(spelled, ())
        spellings = {spelled}
        for shorter in (spelled, *_with_one_less(spelled)):
            for name in (shorter, *self._with_one_less.get(shorter, ())):
                if (
                    name not in spellings
                    and name in self._spelled
                    and _differ_by_one(name, spelled)
                ):
                    spellings.add(name)
                    yield from self._spelled[name]


def resemblances(identifiers: Mapping[str, Iterable[str]]) -> Resemblances:
    """Return the names of all products, made once for as long as they stay the same."""
    return _resemblances(tuple((slug, tuple(purls)) for slug, purls in sorted(identifiers.items())))


@lru_cache(maxsize=2)
def _resemblances(identifiers: tuple[tuple[str, tuple[str, ...]], ...]) -> Resemblances:
    return Resemblances(identifiers)


def _path(purl: PackageURL) -> str:
    return f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name


def _spell(name: str) -> str:
    """Leave the letters and digits of a name.

    >>> _spell("@Acme/web_server")
    'acmewebserver'
    """
    return _OTHER.sub("", name[:_LONGEST].lower())


def _with_one_less(name: str) -> Iterator[str]:
    if len(name) >= _SHORTEST:
        for place in range(len(name)):
            yield name[:place] + name[place + 1 :]


def _differ_by_one(first: str, second: str) -> bool:
    """Return whether a letter is changed, left out, added or swapped with the next; digits count.

    >>> _differ_by_one("clairdash", "clairdahs"), _differ_by_one("python2", "python3")
    (True, False)
    """
    if min(len(first), len(second)) < _SHORTEST - 1 or max(len(first), len(second)) < _SHORTEST:
        return False
    if re.sub(r"\D", "", first) != re.sub(r"\D", "", second):
        return False
    start = next(
        (n for n, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]),
        min(len(first), len(second)),
    )
    first_rest, second_rest = first[start:], second[start:]
    swapped = first_rest[:2] == second_rest[1::-1] and first_rest[2:] == second_rest[2:]
    return (
        swapped or second_rest[1:] in (first_rest, first_rest[1:]) or first_rest[1:] == second_rest
    )

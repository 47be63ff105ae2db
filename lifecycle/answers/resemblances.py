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


class Known(msgspec.Struct, frozen=True):
    """An identifier of a product, or the product's own name where it has no package URL.

    ``kind`` is the type of the package URL.
    """

    identifier: str
    product: str
    kind: str | None = None


class Resemblances:
    """The names of all products, to be asked which of them another name resembles."""

    def __init__(self, identifiers: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        self._spelled: defaultdict[str, list[Known]] = defaultdict(list)
        self._last: defaultdict[str, list[Known]] = defaultdict(list)
        self._packaged: defaultdict[tuple[str, str], list[Known]] = defaultdict(list)
        self._with_one_less: defaultdict[str, list[str]] = defaultdict(list)
        for product, listed in identifiers:
            purls = [(each, read_purl(each)) for each in listed]
            for identifier, purl in purls:
                if purl is not None:
                    known = Known(identifier, product, purl.type)
                    self._add(_path(purl), known)
                    self._packaged[purl.type, purl.name].append(known)
            self._last[_spell(product)].append(Known(product, product))
            if not any(purl for _, purl in purls):
                self._add(product, Known(product, product))
        for name in self._spelled:
            for shorter in _with_one_less(name):
                self._with_one_less[shorter].append(name)

    def of_purl(self, purl: PackageURL) -> Known | None:
        """Give what a package URL nearly is: its type, or a generic one, and almost its name.

        Of a system's packages the namespace is who distributes them: what another one distributes
        under the same name may be the same.
        """
        kinds = {purl.type, _GENERIC, None}
        for known in self._near(_spell(_path(purl))):
            if purl.type == _GENERIC or known.kind in kinds:
                return known
        packaged = self._packaged.get((purl.type, purl.name)) if purl.type in _OF_SYSTEMS else None
        return packaged[0] if packaged else None

    def of_name(self, name: str) -> Known | None:
        """Give what a component that has no package URL may be, by its name alone."""
        spelled = _spell(name)
        exact = self._last.get(spelled) if spelled else None
        return exact[0] if exact else next(self._near(spelled), None)

    def of_text(self, text: str) -> Known | None:
        """Give what a text that cannot be read may mean: any of its parts may name a product."""
        parts = [each for each in _BETWEEN_PARTS.split(unquote(text[:_READ])) if each][:_MOST_PARTS]
        pairs = ["/".join(pair) for pair in pairwise(parts)]
        unversioned = [_VERSION.sub("", part) for part in parts]
        found = (self.of_name(each) for each in (*pairs, *parts, *unversioned))
        return next((each for each in found if each is not None), None)

    def _add(self, path: str, known: Known) -> None:
        self._spelled[_spell(path)].append(known)
        self._last[_spell(path.rpartition("/")[2])].append(known)

    def _near(self, spelled: str) -> Iterator[Known]:
        """Yield what is spelled alike, then what differs by one letter."""
        if not spelled:
            return
        yield from self._spelled.get(spelled, ())
        seen = {spelled}
        for shorter in (spelled, *_with_one_less(spelled)):
            for name in (shorter, *self._with_one_less.get(shorter, ())):
                if name not in seen and name in self._spelled and _differ_by_one(name, spelled):
                    seen.add(name)
                    yield from self._spelled[name]


def resemblances(identifiers: Mapping[str, Iterable[str]]) -> Resemblances:
    """Give the names of all products, made once for as long as they stay the same."""
    return _resemblances(tuple((slug, tuple(each)) for slug, each in sorted(identifiers.items())))


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


def _differ_by_one(one: str, other: str) -> bool:
    """Say whether a letter is changed, left out, added or swapped with the next; digits count.

    >>> _differ_by_one("clairdash", "clairdahs"), _differ_by_one("python2", "python3")
    (True, False)
    """
    if min(len(one), len(other)) < _SHORTEST - 1 or max(len(one), len(other)) < _SHORTEST:
        return False
    if re.sub(r"\D", "", one) != re.sub(r"\D", "", other):
        return False
    start = next(
        (n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    rest, left = one[start:], other[start:]
    swapped = rest[:2] == left[1::-1] and rest[2:] == left[2:]
    return swapped or left[1:] in (rest, rest[1:]) or rest[1:] == left

"""What the readers of SBOMs share: components, and what is odd about one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.documents.storable_text import CONTROLS
from lifecycle.documents.storable_text import name as name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

ABSENT: Final = msgspec.Raw(b"null")
LONGEST_PURL: Final = 2000
LONGEST_TEXT: Final = 200
_NONE: Final = frozenset({"NOASSERTION", "NONE"})
_KINDS: Final = {bool: "a boolean", int: "a number", float: "a number", list: "a list", str: "text"}


class Malformed(Exception):  # noqa: N818 -- says what the file is
    """The document does not hold its components as its format requires."""


class Component(msgspec.Struct, frozen=True):
    """What is run: its name, version and package URLs, as far as the file says them.

    ``fault`` says what keeps it from being read in full, and where that stands. The one that the
    bill is of ``is_subject``.
    """

    name: str
    version: str | None = None
    purls: tuple[str, ...] = ()
    fault: str | None = None
    is_subject: bool = False


def elements(document: msgspec.Raw, place: str) -> list[msgspec.Raw]:
    """Return the elements of a list, undecoded; none where there is no list."""
    try:
        return msgspec.json.decode(document, type=list[msgspec.Raw] | None) or []
    except msgspec.ValidationError:
        raise Malformed(
            f"{place} is {kind_of(msgspec.json.decode(document))}, not a list"
        ) from None


def component(name: str, version: str | None, purls: Iterable[str | None], place: str) -> Component:
    """Put together a component; text that is unfit for a version or a package URL is its fault."""
    faults: list[str] = []
    fit = [_fit(purl, LONGEST_PURL, f"{place}.purl", faults) or _rest(purl) for purl in purls]
    version_text = _fit(version, LONGEST_TEXT, f"{place}.version", faults)
    fault = faults[0] if faults else None
    return Component(readable(name), version_text, tuple(dict.fromkeys(filter(None, fit))), fault)


def odd(value: Any, place: str, *, fault: str | None = None) -> Component:
    """Return what can still be read of an element that is not what its format wants.

    >>> odd({"name": "web", "version": 3}, "components[0]").fault
    'components[0].version is a number, not text'
    """
    if not isinstance(value, dict):
        name = value if isinstance(value, str) else ""
        read = component(name, None, purls_in(value) if isinstance(value, list) else (), place)
        return msgspec.structs.replace(read, fault=f"{place} is {kind_of(value)}, not a mapping")
    texts = ("group", "name", "version", "versionInfo", "purl")
    wrong = [text for text in texts if not isinstance(value.get(text), str | None)]
    reason = f"{place}.{wrong[0]} is {kind_of(value[wrong[0]])}, not text" if wrong else fault
    name = "/".join(str(value[key]) for key in ("group", "name") if value.get(key))
    read = component(name, None, purls_in(value), place)
    return msgspec.structs.replace(read, fault=reason or f"{place} has a field of the wrong type")


def purls_in(value: Any) -> list[str]:
    """Return all texts in a value that begin like a package URL, wherever they stand."""
    purls, waiting = [], [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str) and part.lstrip()[:4].lower() == "pkg:":
            purls.append(part)
        elif isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return purls


def kind_of(value: Any) -> str:
    """Name the kind of a value, as people who write JSON know it.

    >>> kind_of(None), kind_of([]), kind_of(3.1)
    ('null', 'a list', 'a number')
    """
    return "null" if value is None else _KINDS.get(type(value), "a mapping")


def readable(text: str) -> str:
    r"""Return a name that can be shown: its beginning, on one line, without control characters.

    >>> readable("web\nserver\x1b")
    'web server'
    """
    return " ".join(CONTROLS.sub(" ", text[: 2 * LONGEST_TEXT]).split())[:LONGEST_TEXT]


def _rest(purl: str | None) -> str | None:
    """Return what is left of a package URL that is unfit, from which its product may be known."""
    return None if purl is None else CONTROLS.sub("", purl).partition("?")[0][:LONGEST_PURL]


def _fit(text: str | None, longest: int, place: str, faults: list[str]) -> str | None:
    text = (text or "").strip()
    if not text or text in _NONE:
        return None
    if len(text) > longest:
        faults.append(f"{place} has {len(text):,} characters; at most {longest:,} are read")
    elif match := CONTROLS.search(text):
        faults.append(f"{place} holds {name_of(match[0])}")
    else:
        return " ".join(text.split())
    return None

"""Software bills of materials: CycloneDX as JSON or XML, SPDX 2 and 3 as JSON.

Of a component, its package URLs, name and version are read, and nothing else: a licence or a hash
that nobody has heard of must not keep a check from its answer. That is why neither
cyclonedx-python-lib nor spdx-tools reads them here. The first refuses a whole file for one value
that it does not know, and takes a thousand times as long; the second loads an RDF library. The
tests hold what is read to what the first reads.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.documents import UnreadableDocument, decode, has_utf16_mark
from lifecycle.interchange import cyclonedx, spdx
from lifecycle.interchange.sbom_parts import ABSENT, Component, Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["LIMIT", "Component", "Sbom", "is_sbom", "read_sbom"]

LIMIT: Final = 256 << 20
_TAG_VALUE: Final = "SPDXVersion:"
_WANTED: Final = "give CycloneDX as JSON or XML, or SPDX as JSON"
_WRAPPERS: Final = 4
"""How many wrappers may stand around a bill: an in-toto statement, and what GitHub puts around."""


class Sbom(msgspec.Struct, frozen=True):
    """A file's components, nested ones and the one described included; each once."""

    form: str
    components: tuple[Component, ...]


class _Top(msgspec.Struct):
    """What tells the formats apart, and what may hold a bill."""

    bom_format: Any = msgspec.field(name="bomFormat", default=None)
    spdx_version: Any = msgspec.field(name="spdxVersion", default=None)
    context: Any = msgspec.field(name="@context", default=None)
    sbom: msgspec.Raw = ABSENT
    predicate: msgspec.Raw = ABSENT

    @property
    def form(self) -> str | None:
        if self.bom_format == "CycloneDX":
            return "CycloneDX"
        if isinstance(self.spdx_version, str):
            return "SPDX"
        return "SPDX 3" if "spdx.org" in str(self.context) else None

    @property
    def wrapped(self) -> msgspec.Raw | None:
        """What GitHub's export holds as ``sbom``, or an in-toto statement as ``predicate``."""
        return next(
            (document for document in (self.sbom, self.predicate) if bytes(document)[:1] == b"{"),
            None,
        )


_READERS: Final[dict[str, Callable[[msgspec.Raw], Iterator[Component]]]] = {
    "CycloneDX": cyclonedx.read_json,
    "SPDX": spdx.read_packages,
    "SPDX 3": spdx.read_graph,
}


_KEYS: Final = frozenset(
    (
        *("bomFormat", "components", "metadata", "component", "group", "name", "version", "purl"),
        *("evidence", "identity", "concludedValue", "spdxVersion", "packages", "versionInfo"),
        *("externalRefs", "referenceType", "referenceLocator", "@graph", "type", "@type"),
        *("software_packageUrl", "software_packageVersion", "externalIdentifier", "externalRef"),
        *("identifier", "locator", "sbom", "predicate"),
    )
)
"""What is read of a bill, of its components and of what is around it."""


def is_sbom(text: bytes) -> bool:
    """Return whether a file is, or begins like, a bill of materials of some form.

    >>> is_sbom(b'{"bomFormat": "CycloneDX"}'), is_sbom(b"- product: web")
    (True, False)
    """
    try:
        start = decode(text, limit=LIMIT).lstrip()
    except UnreadableDocument:
        start = text.decode("utf-8", "replace").lstrip()
    if start[:1] != "{":
        return start[:1] == "<" or start.startswith(_TAG_VALUE)
    try:
        return _unwrapped(start.encode())[0] is not None
    except (msgspec.DecodeError, ValueError, RecursionError):
        return any(word in start[:4096] for word in ('"bomFormat"', '"spdxVersion"', "spdx.org"))


def read_sbom(text: bytes, *, file: str) -> Sbom:
    """Read a bill of materials; what is cut short, or is none, is an ``UnreadableDocument``."""
    if len(text) > LIMIT:
        raise UnreadableDocument(f"{file} has {len(text):,} bytes; at most {LIMIT:,} are read.")
    start = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise UnreadableDocument(f"{file} is empty; write the SBOM again.")
    if start[:1] == b"<":
        return _sbom("CycloneDX", cyclonedx.read_xml(start, file))
    try:
        content = decode(text, limit=LIMIT).strip()
    except UnreadableDocument as error:
        raise UnreadableDocument(f"{file} cannot be read. {error.detail}") from None
    if content[:1] == "<" and has_utf16_mark(text):
        return _sbom("CycloneDX", cyclonedx.read_xml(content, file))
    if content.startswith(_TAG_VALUE):
        raise UnreadableDocument(
            f"{file} is SPDX in its tag-value form, which is not supported; write it as JSON."
        )
    if content[:1] != "{":
        raise UnreadableDocument(f"{file} is not a supported SBOM; {_WANTED}.")
    return _json(content, file)


def _sbom(form: str, components: Iterable[Component]) -> Sbom:
    return Sbom(form, tuple(dict.fromkeys(components)))


def _json(content: str, file: str) -> Sbom:
    try:
        try:
            probe = _read(content)
        except (msgspec.DecodeError, ValueError):
            probe = _read(_within_limits(content))
        if probe is not None:
            _forbid_repeated_keys(content)
            return probe
    except RecursionError:
        raise UnreadableDocument(f"{file} is nested too deeply to be an SBOM.") from None
    except Malformed as error:
        raise UnreadableDocument(f"{file} cannot be read as an SBOM: {error}.") from None
    except (msgspec.DecodeError, ValueError):
        raise UnreadableDocument(f"{file} {_fault(content)}") from None
    raise UnreadableDocument(f"{file} is not a supported SBOM; {_WANTED}.")


def _read(content: str) -> Sbom | None:
    form, document = _unwrapped(content.encode())
    return None if form is None else _sbom(form, _READERS[form](document))


def _within_limits(content: str) -> str:
    """Write JSON anew without the numbers and characters that msgspec cannot hold.

    Such a value is odd wherever it is read, and must not cost the components beside it. Of a number
    nothing but that it is one is ever told.
    """
    value = json.loads(content, parse_int=len, parse_float=len, parse_constant=_refuse_constant)
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _forbid_repeated_keys(content: str) -> None:
    """Refuse an object that gives twice what is read of it: only one of both could be checked."""

    def inspect(pairs: list[tuple[str, object]]) -> None:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            twice = sorted(_KEYS.intersection(name for name in names if names.count(name) > 1))
            if twice:
                raise Malformed(f"the key {twice[0]!r} is given twice in one object")

    json.loads(content, object_pairs_hook=inspect, parse_int=len, parse_float=len)


def _unwrapped(content: bytes) -> tuple[str | None, msgspec.Raw]:
    """Return the form of a bill, and the bill without what is around it; None where it is none."""
    document = msgspec.Raw(content)
    for _ in range(_WRAPPERS):
        try:
            top = msgspec.json.decode(document, type=_Top)
        except msgspec.ValidationError:  # it is not an object
            break
        if top.form is not None or top.wrapped is None:
            return top.form, document
        document = top.wrapped
    return None, document


def _fault(content: str) -> str:
    """Say where a text stops being JSON, and whether it may have been cut short there."""
    try:
        _, end = json.JSONDecoder().raw_decode(content)
    except json.JSONDecodeError as error:
        if error.pos >= len(content) or content[-1] not in "]}":
            return "ends before its JSON does. Was it cut short? Write the SBOM again."
        place = f"line {error.lineno}, column {error.colno}"
    except RecursionError:
        return "is nested too deeply to be an SBOM."
    else:
        if end == len(content):  # a text within it is not Unicode
            return "is not valid JSON. Write the SBOM again."
        line = content.count("\n", 0, end) + 1
        place = f"line {line}, column {end - content.rfind(chr(10), 0, end)}"
    return f"is not valid JSON at {place}. Write the SBOM again."

"""Atom feeds (RFC 4287), written with the standard library: the same facts give the same bytes."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID
from xml.etree import ElementTree as ET

import msgspec

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MEDIA_TYPE = "application/atom+xml"
NAMESPACE = "http://www.w3.org/2005/Atom"
LOG_NAMESPACE = "urn:uuid:3f6a2d1c-58b4-5c7e-9a0d-2e8f4b6c1d90"
"""Of the element that names the audit log's entry of an entry."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without entries was updated."""

_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class FeedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened at an instant, and the page that shows it.

    ``categories`` are labels by their terms. ``log_entry`` is the number and the hash of the audit
    log's entry that records it.
    """

    id: UUID
    title: str
    at: datetime
    paragraphs: tuple[str, ...]
    link: str
    categories: dict[str, str] = {}
    log_entry: tuple[int, str] | None = None


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed tells: ``address`` is its own, ``link`` that of the page with the same list."""

    id: UUID
    title: str
    subtitle: str
    author: str
    address: str
    link: str
    entries: tuple[FeedEntry, ...]


def write_feed(feed: Feed) -> bytes:
    """Write a feed with its entries in the order in which they come.

    It was updated when its latest entry was; nothing in it says when it was asked for.
    """
    root = ET.Element("feed", {"xmlns": NAMESPACE, "xmlns:log": LOG_NAMESPACE})
    _add(root, "id", feed.id.urn)
    _add(root, "title", feed.title)
    _add(root, "subtitle", feed.subtitle)
    _add(root, "updated", _instant(max((entry.at for entry in feed.entries), default=NEVER)))
    _add(_add(root, "author"), "name", feed.author)
    _add(root, "generator", "Lifecycle")
    _add(root, "link", rel="self", type=MEDIA_TYPE, href=feed.address)
    _add(root, "link", rel="alternate", type="text/html", href=feed.link)
    for entry in feed.entries:
        _add_entry(root, entry)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _add_entry(root: Element, entry: FeedEntry) -> None:
    element = _add(root, "entry")
    _add(element, "id", entry.id.urn)
    _add(element, "title", entry.title)
    _add(element, "published", _instant(entry.at))
    _add(element, "updated", _instant(entry.at))
    _add(element, "link", rel="alternate", type="text/html", href=entry.link)
    for term, label in entry.categories.items():
        _add(element, "category", term=term, label=label)
    content = "\n".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in entry.paragraphs)
    _add(element, "content", content, type="html")
    if entry.log_entry is not None:
        number, digest = entry.log_entry
        _add(element, "log:entry", number=str(number), hash=digest)


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    element = ET.SubElement(parent, name, {key: _fit(attributes[key]) for key in attributes})
    element.text = None if text is None else _fit(text)
    return element


def _fit(text: str) -> str:
    r"""Return text that XML can hold.

    >>> _fit("a\r\nb\x00c")
    'a\nb\ufffdc'
    """
    return _FORBIDDEN.sub("\ufffd", text.replace("\r\n", "\n"))


def _instant(instant: datetime) -> str:
    """Write an instant as RFC 3339 does.

    >>> _instant(NEVER)
    '1970-01-01T00:00:00Z'
    """
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")

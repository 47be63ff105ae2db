"""Feeds as readers read them."""

from datetime import UTC, datetime
from uuid import UUID

import feedparser
import msgspec
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.interchange.atom_feeds import LOG_NAMESPACE, Feed, FeedEntry, write_feed

ENTRY = FeedEntry(
    id=UUID(int=7),
    title="Support for Widget 1.0 ended for pro on 31 January 2027",
    at=datetime(2027, 2, 1, 5, tzinfo=UTC),
    paragraphs=("It was announced.", "Upgrade."),
    link="https://lifecycle.test/products/widget/lines/1.0",
    categories={"product:widget": "Widget"},
    log_entry=(12, "ab" * 32),
)
FEED = Feed(
    id=UUID(int=1),
    title="Support changes: Widget",
    subtitle="What happened.",
    author="Acme",
    address="https://lifecycle.test/changes.atom?products=widget",
    link="https://lifecycle.test/changes?products=widget",
    entries=(ENTRY,),
)
NASTY = "Ac,me; \"Q\" & 'Co' <script>alert(1)</script> ]]> שלום 😀 \\n"
ATOM = "{http://www.w3.org/2005/Atom}"


def parsed(feed):
    document = feedparser.parse(write_feed(feed))
    assert not document.bozo, document.get("bozo_exception")
    assert document.version == "atom10"
    return document


def test_a_feed_is_read_as_it_was_meant():
    document = parsed(FEED)

    (entry,) = document.entries
    assert document.feed.id == UUID(int=1).urn
    assert document.feed.updated == entry.updated == "2027-02-01T05:00:00Z"
    assert {link.rel: link.href for link in document.feed.links} == {
        "self": FEED.address,
        "alternate": FEED.link,
    }
    assert (entry.id, entry.title, entry.link) == (UUID(int=7).urn, ENTRY.title, ENTRY.link)
    assert entry.content[0].value == "<p>It was announced.</p>\n<p>Upgrade.</p>"
    assert [(tag.term, tag.label) for tag in entry.tags] == [("product:widget", "Widget")]


def test_the_logs_entry_stands_in_an_element_of_a_namespace_of_its_own():
    root = fromstring(write_feed(FEED))

    element = root.find(f"{ATOM}entry/{{{LOG_NAMESPACE}}}entry")
    assert element.attrib == {"number": "12", "hash": "ab" * 32}


def test_a_feed_in_which_nothing_has_happened_says_no_other_time_later():
    empty = msgspec.structs.replace(FEED, entries=())

    assert parsed(empty).feed.updated == "1970-01-01T00:00:00Z"
    assert write_feed(empty) == write_feed(empty)


def test_it_was_updated_when_its_latest_entry_was():
    older = msgspec.structs.replace(ENTRY, id=UUID(int=8), at=datetime(2026, 1, 1, tzinfo=UTC))
    feed = msgspec.structs.replace(FEED, entries=(older, ENTRY))

    assert parsed(feed).feed.updated == "2027-02-01T05:00:00Z"


def test_what_looks_like_markup_stays_text():
    entry = msgspec.structs.replace(
        ENTRY, title=NASTY, paragraphs=(NASTY,), categories={"product:widget": NASTY}
    )
    written = write_feed(msgspec.structs.replace(FEED, title=NASTY, entries=(entry,)))

    assert b"<script" not in written
    root = fromstring(written)
    assert root.find(f"{ATOM}title").text == NASTY
    content = root.find(f"{ATOM}entry/{ATOM}content").text
    assert "<script" not in content
    assert fromstring(content).text == NASTY
    assert root.find(f"{ATOM}entry/{ATOM}category").get("label") == NASTY


@given(st.text())
def test_any_text_makes_a_feed_that_can_be_read(text):
    entry = msgspec.structs.replace(ENTRY, title=text, paragraphs=(text,), categories={text: text})

    root = fromstring(write_feed(msgspec.structs.replace(FEED, title=text, entries=(entry,))))

    assert root.find(f"{ATOM}entry/{ATOM}id").text == UUID(int=7).urn

"""The manual's pages: Markdown files beside this module, one a topic."""

from __future__ import annotations

from importlib.resources import files

import msgspec

from lifecycle.documents.suggestions import did_you_mean, nearest_words
from lifecycle.errors import NotFound

TOPICS = (
    "start",
    "support",
    "pages",
    "policy",
    "deprecations",
    "console",
    "notices",
    "customers",
    "evidence",
    "gate",
    "manifest",
    "check",
    "flags",
    "importing",
    "files",
    "commands",
    "api",
    "formats",
    "errors",
    "access",
    "settings",
    "operating",
    "deploying",
    "export",
    "developing",
    "glossary",
    "decisions",
)


class UnknownTopic(NotFound):
    """The manual has no such topic."""


class Topic(msgspec.Struct, frozen=True):
    """A page: its ``title`` is the first line, its ``summary`` the first paragraph."""

    name: str
    title: str
    summary: str
    text: str


def list_topics() -> list[Topic]:
    """Return every page, in the order in which a reader is likely to need them."""
    return [_read(name) for name in TOPICS]


def get_topic(name: str) -> Topic:
    """Return the page on a topic; raise `UnknownTopic` with the nearest names if there is none.

    >>> get_topic("gate").title
    'The release gate'
    """
    if name in TOPICS:
        return _read(name)
    nearest = nearest_words(name, TOPICS, most=3)
    hint = did_you_mean(nearest) or f"; use {', '.join(TOPICS)}."
    raise UnknownTopic(f"The manual has no topic {name!r}{hint}", nearest=nearest)


def topic_using(command: str) -> str:
    """Name the topic whose page shows a command most often.

    >>> topic_using("status"), topic_using("waiver")
    ('support', 'deprecations')
    """
    return max(list_topics(), key=lambda topic: topic.text.count(f"lifecycle {command}")).name


def _read(name: str) -> Topic:
    text = (files("lifecycle.manual") / f"{name}.md").read_text("utf-8")
    title, summary, *_ = text.split("\n\n", 2)
    return Topic(name, title.removeprefix("# "), " ".join(summary.split()), text)

"""The forms that a letter takes: plain text, or an HTML document (pure)."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from lifecycle.deprecations.notices.templates import environment
from lifecycle.deprecations.notices.wording import printable

if TYPE_CHECKING:
    from lifecycle.deprecations.notices.letters import Letter

WIDTH = 76

_HTML = environment("lifecycle.deprecations.notices")


def as_html(letter: Letter) -> str:
    """Return a letter as an HTML document that loads nothing from anywhere."""
    return _HTML.get_template("mail.html").render(letter=letter)


def as_text(letter: Letter) -> str:
    """Return a letter as plain text, wrapped; addresses stay whole."""
    parts = [_wrapped(letter.title), *map(_wrapped, letter.paragraphs)]
    if letter.facts:
        width = max(len(fact.title) for fact in letter.facts) + 2
        parts.append("\n".join(_row(fact.title, fact.text, width) for fact in letter.facts))
    if letter.instances:
        listed = [f"  - {name}" for name in letter.instances]
        listed += [f"  - and {letter.not_shown} more"] if letter.not_shown else []
        parts.append("\n".join(["YOUR AFFECTED INSTANCES", *listed]))
    parts += [f"{part.title.upper()}\n{_wrapped(part.text)}" for part in letter.sections]
    if letter.links:
        read = [
            f"  - {title}: {url}" if title != url else f"  - {url}" for title, url in letter.links
        ]
        parts.append("\n".join(["READ MORE", *read]))
    if letter.button:
        name, url = letter.button
        parts.append(f"{name.upper()}\n{url}\n{_wrapped(letter.button_note)}")
    small = [*map(_wrapped, letter.small)]
    small += [f"Unsubscribe: {letter.unsubscribe_url}"] if letter.unsubscribe_url else []
    parts += ["-- \n" + "\n".join(small)] if small else []
    return "\n\n".join(parts) + "\n"


def _row(name: str, value: str, width: int) -> str:
    first = f"{name}:".ljust(width)
    return textwrap.fill(
        printable(value),
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * width,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _wrapped(text: str) -> str:
    """Wrap each line on its own, so that lists stay lists."""
    lines = (printable(line) for line in text.strip().splitlines())
    return "\n".join(
        textwrap.fill(line, WIDTH, break_long_words=False, break_on_hyphens=False) for line in lines
    )

import os
import pty
import re
import subprocess
import sys

import pytest

from lifecycle.cli import COMMANDS
from lifecycle.manual import contents

STYLES = re.compile(r"\x1b(\[[0-9;]*m|\]8;[^\x1b]*\x1b\\)")
COLUMNS = 80


@pytest.fixture
def terminal(environ):
    """Carry out command lines on a terminal; give what stands there, without its styles."""

    def terminal(*lines):
        environ.setenv("COLUMNS", str(COLUMNS))
        environ.setenv("TERM", "xterm")
        code = f"from lifecycle.cli import run\nfor line in {lines!r}: run(line)"
        shown, there = pty.openpty()
        with subprocess.Popen([sys.executable, "-c", code], stdout=there) as process:
            os.close(there)
            text = b"".join(iter(lambda: _read(shown), b""))
        os.close(shown)
        assert process.returncode == 0
        return STYLES.sub("", text.decode().replace("\r\n", "\n"))

    return terminal


def _read(shown):
    try:
        return os.read(shown, 65536)
    except OSError:  # what a terminal says when its last program has ended
        return b""


def test_help_lists_the_topics_with_a_line_each(cli):
    code, out, err = cli("help")

    assert (code, err) == (0, "")
    listed = [line.split(maxsplit=1) for line in out.splitlines()[2:]]
    assert listed == [[topic.name, topic.summary] for topic in contents.list_topics()]
    assert max(map(len, out.splitlines())) <= COLUMNS


@pytest.mark.parametrize("topic", contents.list_topics(), ids=lambda topic: topic.name)
def test_a_page_is_printed_as_markdown_where_it_is_piped(cli, topic):
    code, out, err = cli("help", topic.name)

    hint = f"\n`lifecycle {topic.name} --help` lists the command's options.\n"
    assert (code, err) == (0, "")
    assert out == topic.text + (hint if topic.name in COMMANDS else "")


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("polcy", "The manual has no topic 'polcy'; did you mean `policy`?"),
        ("xyzzy", "The manual has no topic 'xyzzy'; use start, support, pages, policy"),
        ("status", "no topic 'status', but there is a command: `lifecycle status --help`"),
        ("status", "and `lifecycle help support` shows it."),
    ],
)
def test_an_unknown_topic_is_refused_with_what_was_meant(cli, topic, expected):
    code, out, err = cli("help", topic)

    assert (code, out) == (2, "")
    assert expected in err


def test_every_page_fits_a_terminal(terminal):
    shown = terminal(*(["help", name] for name in contents.TOPICS))

    assert max(map(len, shown.splitlines())) <= COLUMNS
    for topic in contents.list_topics():
        assert topic.title in shown
    assert "| ---" not in shown
    assert ".md)" not in shown
    assert "(lifecycle help check)" in shown

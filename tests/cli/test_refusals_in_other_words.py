"""Refusals that commands and forms put in words of their own are worded as those expect."""

import ast
from pathlib import Path

import pytest

import lifecycle
from lifecycle.cli.option_words import IN_COMMANDS
from lifecycle.web.console.release_acts import SAID

ROOMS = ("accounts", "catalogue", "deprecations", "gate")
"""Where what is asked for is refused."""
PHRASES = {*IN_COMMANDS, *(phrase for words in SAID.values() for phrase in words)}


@pytest.fixture(scope="module")
def texts():
    """Return every text of those rooms; one that is written in pieces is one."""
    package = Path(lifecycle.__file__).parent
    modules = (module for room in ROOMS for module in (package / room).rglob("*.py"))
    return [
        node.value
        for module in modules
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


@pytest.mark.parametrize("phrase", sorted(PHRASES))
def test_what_is_put_in_other_words_is_what_refusals_say(texts, phrase):
    assert any(phrase in text for text in texts)

"""What comes in as one line is one line: a line break at its end is none of its form."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.accounts.account_inputs import Key as AccountKey
from lifecycle.answers.component_matches import Purl
from lifecycle.catalogue.catalogue_inputs import Address
from lifecycle.catalogue.catalogue_inputs import Key as ProductKey
from lifecycle.deprecations.deprecation_inputs import Prose, Range
from lifecycle.documents.patterns import ONE_LINE, FeatureKey, Text, Version

GOOD = [
    (AccountKey, "acme"),
    (ProductKey, "clairdash"),
    (FeatureKey, "SidecarContainers"),
    (Text, "Priority support"),
    (Text, ""),
    (Version, "2024 LTSC"),
    (Address, "https://clairdash.example/notes"),
    (Purl, "pkg:npm/%40clairdash/server@3.35.2"),
    (Range, "vers:semver/<3.35.0"),
]


@pytest.mark.parametrize(("form", "text"), GOOD)
def test_a_line_break_at_the_end_is_refused(form, text):
    assert msgspec.convert(text, form) == text
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(f"{text}\n", form)


def test_prose_may_end_in_a_line_break():
    assert msgspec.convert("Move to rest-v2.\n", Prose) == "Move to rest-v2.\n"


@given(st.text(st.characters(max_codepoint=0x2F), max_size=4))
def test_one_line_is_text_without_control_characters(text):
    fit = bool(text) and all(letter >= " " for letter in text)

    assert bool(re.search(ONE_LINE, text)) is fit

import json
from datetime import date
from types import NoneType

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.documents import (
    UnfitText,
    UnreadableDocument,
    check_text,
    lines_of_json,
    load,
    load_with_lines,
    toml_documents,
)

texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("a: 1", {"a": 1}),
        ("a: -1.5e3", {"a": -1500.0}),
        ("a: 18:00", {"a": "18:00"}),
        ("a: no", {"a": "no"}),
        ("a: true", {"a": True}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ('a: ""', {"a": ""}),
        ("a: 010", {"a": 10}),
        ("a: 2026-01-31", {"a": date(2026, 1, 31)}),
        ('a: "2026-01-31"', {"a": "2026-01-31"}),
        ("a: 2026-01-31T10:00:00Z", {"a": "2026-01-31T10:00:00Z"}),
        ("3.10: x\non: y\n2026-01-31: z", {"3.10": "x", "on": "y", "2026-01-31": "z"}),
        ("a: !!str 3.10", {"a": "3.10"}),
        ("a: [1, {b: 2}]", {"a": [1, {"b": 2}]}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("{a: 1}", {"a": 1}),
        ('{"a": "1\\t"}', {"a": "1\t"}),
        (b"\xef\xbb\xbfa: 1", {"a": 1}),
        ("\ufeffa: 1", {"a": 1}),
    ],
)
def test_a_document_means_what_it_says(text, value):
    assert load(text) == value


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: &x 1\nb: *x", "Line 2, column 4: the alias *x is not allowed"),
        ("a: 1\nb: 2\na: 3", "Line 3, column 1: the key 'a' is given twice"),
        ("a: 1\n---\nb: 2", "Line 2, column 1: a second document begins"),
        ("a: !!python/name:os.system x", "the tag tag:yaml.org,2002:python/name:os.system"),
        ("a: !!map {}", "the tag tag:yaml.org,2002:map is not allowed"),
        ("a: 1e999", "Line 1, column 4: the number 1e999 is too large"),
        ("a: " + "9" * 200, "a number has 200 digits"),
        ("? [a]\n: 1", "a key must be plain text"),
        ("a: [1", "Line 2, column 1: the YAML ends before it is complete"),
        ("a: b: c", "Line 1, column 5: the YAML is malformed at ': c'; check it here"),
        ("\tb: 1", "Line 1, column 1"),
        ('a: "\\0"', "the control character U+0000"),
        ("a: \x07", "Line 1, column 4: the text holds the control character U+0007; remove it"),
        ("[" * 3000, "more than 50 levels"),
        ("[" * 60 + "]" * 60, "more than 50 levels"),
        ("a: \ud800", "not UTF-8"),
        (b"a: \xff", "not UTF-8"),
        ("a" * ((1 << 20) + 1), "at most 1,048,576"),
    ],
)
def test_a_faulty_yaml_document_is_refused_with_its_place(text, fault):
    with pytest.raises(UnreadableDocument) as refusal:
        load(text, format="yaml")

    assert fault.lower() in refusal.value.detail.lower()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a": 1, "a": 2}', "key 'a' is given twice in one object"),
        ('{"a": }', "Line 1, column 7: the JSON is malformed at '}'; check it here"),
        ('{"a": "x\ny"}', "Line 1, column 9: the JSON is malformed at the end of this line"),
        ('{"a": 1', "Line 1, column 8: the JSON ends before it is complete"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "9" * 5000 + "}", "5000 digits"),
        ('{"a": "\\u0000"}', "U+0000"),
        ('{"a\\ud800": 1}', "lone surrogate U+D800"),
        ("[" * 10_000 + "]" * 10_000, "more than 50 levels"),
        ("[" * 500_000, "more than 50 levels"),
        ("[" * 60 + "]" * 60, "more than 50 levels"),
        ("", "Line 1, column 1: the JSON is empty"),
    ],
)
def test_a_faulty_json_document_is_refused(text, fault):
    with pytest.raises(UnreadableDocument) as refusal:
        load(text, format="json")

    assert fault in refusal.value.detail


def test_the_place_of_a_fault_is_also_given_apart():
    with pytest.raises(UnreadableDocument) as refusal:
        load("a: 1\na: 2")

    assert (refusal.value.members["line"], refusal.value.members["column"]) == (2, 1)
    assert refusal.value.problems[0].field == "line 2, column 1"


def test_numbers_can_stay_as_written():
    assert load("[3.10, 010, 1e5]", numbers_as_text=True) == ["3.10", "010", "1e5"]
    assert load('{"a": 3.10}', numbers_as_text=True, format="json") == {"a": "3.10"}


def test_the_lines_of_the_parts_are_known():
    document = load_with_lines("a:\n  - b: 1\n  -\n    c: 2\n")

    assert document.line_of(("a", 1, "c")) == 4
    assert document.line_of(("a", 1, "nowhere")) == 4
    assert document.line_of(("a", 7)) == 1


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 1_000_000,
        "{" * 1_000_000,
        "? " * 500_000,
        "- " * 500_000,
        "a: " * 300_000,
        "&a " * 300_000,
    ],
)
def test_a_bomb_is_refused_and_not_expanded(bomb):
    with pytest.raises(UnreadableDocument):
        load(bomb, format="yaml")


@given(values)
def test_what_json_writes_is_read_back(value):
    assert load(json.dumps(value), format="json") == value


@given(st.dictionaries(texts, texts, max_size=5))
def test_what_yaml_writes_quoted_is_read_back(value):
    assert load(yaml.safe_dump(value, default_style='"'), format="yaml") == value


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_is_read_or_refused_with_a_sentence(text):
    try:
        found = load(text)
    except UnreadableDocument as error:
        found = str(error) or error

    assert isinstance(found, dict | list | str | int | float | NoneType)


@pytest.mark.parametrize("text", ["plain", "näme", "🐍", "שלום", "a\u200fb", ""])
def test_ordinary_text_is_fit(text):
    assert check_text(text) == text


@pytest.mark.parametrize("text", ["a\0", "\x1b[31m", "\x7f", "\x85", "\ud800", "a\nb", "a\tb"])
def test_control_characters_are_unfit(text):
    with pytest.raises(UnfitText, match=r"name holds the (control|lone)"):
        check_text(text, field="name")


def test_text_longer_than_allowed_is_unfit():
    with pytest.raises(UnfitText, match="name is 11 characters long; at most 10"):
        check_text("a" * 11, field="name", longest=10)


@pytest.mark.parametrize("text", ["2026-02-30", "0000-01-01", "2026-13-01"])
def test_a_day_that_does_not_exist_stays_text_for_its_reader_to_refuse(text):
    assert load(f"a: {text}", format="yaml") == {"a": text}


def test_toml_gives_what_yaml_gives():
    toml = 'day = 2026-01-31\nopens = 09:00:00\nmany = [1, 2.5, true]\n[in]\nkey = "text"\n'

    assert load(toml, format="toml") == {
        "day": date(2026, 1, 31),
        "opens": "09:00:00",
        "many": [1, 2.5, True],
        "in": {"key": "text"},
    }


def test_toml_tells_the_lines_of_its_parts():
    toml = (
        "# first\na.b = 1\nc = [\n  [1],\n  2, 3,\n]\r\n"
        'd = """\nx = 1\n"""\n[[t]]\n[[t]]\nn = {m = 1}\n'
    )

    lines = load_with_lines(toml, format="toml").lines

    assert lines == {
        (): 1, ("a",): 2, ("a", "b"): 2, ("c",): 3, ("c", 0): 4, ("c", 1): 5, ("c", 2): 5,
        ("d",): 7, ("t", 0): 10, ("t", 1): 11, ("t", 1, "n"): 12, ("t", 1, "n", "m"): 12,
    }  # fmt: skip


@pytest.mark.parametrize(
    "content", ["a = 1e999", "a = nan", f"a = {'9' * 101}", f"a = {'9' * 5000}", "a =\r1", "= 1"]
)
def test_toml_that_cannot_be_kept_is_refused(content):
    with pytest.raises(UnreadableDocument):
        load(content, format="toml")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("a = ", "Line 1, column 1: the TOML statement that begins here is malformed or never"),
        ("b = 1\na = [1,\n", "Line 2, column 1: the TOML statement that begins here is malformed"),
        ("= 1", "Line 1, column 1: the TOML is malformed at '= 1'; check it here"),
        ("a = 1\na = 2", "Line 2, column 1: this line of TOML contradicts one above it"),
        ("[a]\n[b]\n[a]\n", "Line 3, column 1: this line of TOML contradicts one above it"),
    ],
)
def test_faulty_toml_is_refused_with_its_place(content, fault):
    with pytest.raises(UnreadableDocument) as refusal:
        load(content, format="toml")

    assert fault in refusal.value.detail


def test_no_contradiction_is_looked_for_in_a_toml_document_too_large_to_tell_lines_of(monkeypatch):
    read, reading = [], toml_documents._read
    monkeypatch.setattr(
        toml_documents, "_read", lambda *given: read.append(given) or reading(*given)
    )
    content = "".join(f"key{n} = {n}\n" for n in range(2000)) + "key7 = 7"

    with pytest.raises(UnreadableDocument):
        load(content, format="toml")

    assert len(content) > toml_documents.LARGEST
    assert read == []


def test_the_lines_of_json_are_found_by_reading_it_as_yaml():
    assert lines_of_json('{\n"a": [1,\n\t"\\/"]}') == {(): 1, ("a",): 2, ("a", 0): 2, ("a", 1): 3}
    assert lines_of_json('{"a": 1}') == {(): 1}
    assert lines_of_json('{\n"a": "\\ud83d\\ude00"}') == {}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_text_in_a_wide_encoding_without_a_mark_is_named_and_not_shown_as_its_bytes(encoding):
    with pytest.raises(UnreadableDocument) as refused:
        load("policy: base".encode(encoding))

    assert refused.value.detail.endswith("or UTF-32; save it as UTF-8.")
    assert "\\x00" not in refused.value.detail

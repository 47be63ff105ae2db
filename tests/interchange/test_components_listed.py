import pytest

from lifecycle.documents import UnreadableDocument
from lifecycle.interchange.components import Entry, read_components


@pytest.mark.parametrize(
    ("said", "version"),
    [("3.10", "3.10"), ("7", "7"), ("2026-01-31", "2026-01-31"), ("1e3", "1e3"), ("'on'", "on")],
)
def test_a_version_stays_as_it_is_written(said, version):
    listed = read_components(f"- {{product: web, version: {said}}}".encode(), file="runs.yaml")

    assert listed.entries == (Entry(product="web", version=version),)


TOML = """
[[components]]
product = "a"
version = "1"

[[components]]
product = "b"
version = "2"
"""


@pytest.mark.parametrize(
    ("file", "text", "lines"),
    [
        ("runs.yaml", "- product: a\n  version: 1\n- product: b\n  version: 2\n", (1, 3)),
        (
            "runs.json",
            '[\n{"product": "a", "version": "1"},\n{"product": "b", "version": "2"}]',
            (2, 3),
        ),
        ("runs.toml", TOML, (2, 6)),
    ],
)
def test_an_entry_is_told_by_its_line(file, text, lines):
    listed = read_components(text.encode(), file=file)

    assert [entry.product for entry in listed.entries] == ["a", "b"]
    assert (listed.line_of(0), listed.line_of(1)) == lines


def test_all_that_is_wrong_is_said_at_once_with_its_line():
    text = b"- {product: web}\n- {version: 1}\n- {purl: web}\n- 7\n"

    with pytest.raises(UnreadableDocument) as refused:
        read_components(text, file="runs.yaml")

    fields = [problem.field for problem in refused.value.problems]
    assert [field.partition(", [")[0] for field in fields] == [
        f"runs.yaml, line {line}" for line in (1, 2, 3, 4)
    ]
    assert "There are 3 more problems." in refused.value.detail

import pytest

from lifecycle.documents import UnreadableDocument
from lifecycle.errors import Problem
from lifecycle.interchange.features import parse_features
from lifecycle.versions import scheme

TABLE = """\
key;name;beta;ga;tiers;default;dependson
export;Export;1.4.0;2026-09-14;pro enterprise;off;
audit;;;1.5.0;;;
"""


def parse(text, file="features.csv"):
    return parse_features(text, file=file, scheme=scheme("semver"))


def test_a_row_has_its_stages_in_the_order_of_their_maturity():
    read = parse(TABLE)

    export = read.features["export"]
    begins = [(stage.stage, stage.from_version or str(stage.from_day)) for stage in export.stages]
    assert read.problems == []
    assert begins == [("beta", "1.4.0"), ("ga", "2026-09-14")]
    assert (export.tiers, export.default) == (("pro", "enterprise"), False)
    assert read.features["audit"].tiers is None


def test_a_column_that_is_not_known_is_named_with_the_one_that_may_be_meant():
    assert (
        "'dependson' is not a known column and is not read; did you mean `depends_on`?"
        in (parse(TABLE).notes[0])
    )


@pytest.mark.parametrize(
    ("row", "place", "words"),
    [
        (";x;;;;;", "line 4, key", "is missing"),
        ("audit;x;;;;;", "line 4, key", "is given twice"),
        ("b ad;x;;;;;", "line 4, key", "must"),
        ("new;x;soon;;;;", "line 4, beta", "semver"),
    ],
)
def test_a_broken_row_is_named_with_its_line_and_the_rest_is_read(row, place, words):
    read = parse(TABLE + row + "\n")

    (problem,) = read.problems
    assert problem.field == f"features.csv, {place}"
    assert words in f"{problem.message} {problem.allowed}"
    assert list(read.features) == ["export", "audit"]


def test_what_the_store_refuses_is_named_by_line_and_column():
    refused = Problem("features[export].tiers[1]", "is not a tier", value="enterprise")

    assert parse(TABLE).on_line(refused).field == "line 2, tiers"


def test_columns_that_may_have_been_swapped_are_noted():
    swapped = "key,beta,ga,deprecated\na,1.10.0,1.9.0,1.11.0\nb,1.9.0,1.10.0,2026-09-14\n"

    assert parse(swapped).notes == [
        "a: ga from 1.9.0 comes before beta from 1.10.0; check that both are meant"
    ]


def test_stages_are_given_in_one_way():
    text = "- {key: export, ga: 1.5.0, stages: [{stage: beta, from_version: 1.4.0}]}"

    (problem,) = parse(text, "features.yaml").problems

    assert str(problem) == "features.yaml, line 1, [0].stages: and ga are both given; keep one"


@pytest.mark.parametrize("text", ["export: {ga: 1.5.0}", "export"])
def test_what_is_not_a_list_of_features_is_refused_with_a_sample(text):
    with pytest.raises(UnreadableDocument, match="lifecycle import features --sample"):
        parse(text, "features.yaml")

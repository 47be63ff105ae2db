"""Lists of features: what a product can do, and in which stage it is, as JSON, YAML or CSV.

An entry has ``key``, and may have ``name``, ``tiers``, ``default``, ``depends_on``, ``public`` and
``stages``; in place of these, the version or the day from which a stage holds may stand under the
stage's name. What an entry leaves out stays as it is known.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec

from lifecycle.calendar.days import NoSuchDay, parse_day
from lifecycle.catalogue import consistency
from lifecycle.catalogue.catalogue_inputs import FeatureIn, StageIn, StageName
from lifecycle.documents import UnreadableDocument
from lifecycle.errors import Problem
from lifecycle.interchange.tables import Row, note_unread, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.interchange.row_problems import Problems
    from lifecycle.versions import Scheme

STAGES: Final[tuple[str, ...]] = get_args(StageName)
FROM_GA_ON: Final = STAGES[STAGES.index("ga") :]
COLUMNS: Final = ("key", *FeatureIn.__struct_fields__, *STAGES)
_SEPARATORS: Final = re.compile(r"[\s;,]+")
_ENTRY: Final = re.compile(r"\[\d+\]$")
"""Which of several words in a cell is meant; the problem quotes it."""
_STAGE: Final = re.compile(r"stages\[(\d+)\]")
_WORDS: Final = {"on": True, "off": False, "yes": True, "no": False, "true": True, "false": False}


class FeatureList(msgspec.Struct):
    """What a list says: features by their keys, in its order; what was left out, and why."""

    features: dict[str, FeatureIn] = {}
    problems: list[Problem] = []
    notes: list[str] = []
    lines: dict[str, int | None] = {}

    def on_line(self, problem: Problem) -> Problem:
        """Return a problem of one of the features, found later, at its line in the table."""
        key, _, field = problem.field.removeprefix("features[").partition("].")
        line = self.lines.get(key)
        return problem.at(f"line {line}, {_ENTRY.sub('', field)}") if line else problem


def parse_features(text: str | bytes, *, file: str, scheme: Scheme) -> FeatureList:
    """Read the features in the order given; an entry that is broken becomes a problem."""
    table = read_table(text, file=file, wrapper="features")
    if table.value is not None or (table.columns and "key" not in table.columns):
        raise UnreadableDocument(
            f"{file}: give a list of features, each with its key; "
            "`lifecycle import features --sample` prints one."
        )
    problems = table.problems
    read = FeatureList(notes=list(note_unread(table, table.rows, COLUMNS, file)))
    for row in table.rows:
        key = row.values.get("key")
        if not isinstance(key, str) or not key:
            problems.add((*row.path, "key"), "is missing", line=row.line)
        elif key in read.features:
            problems.add((*row.path, "key"), "is given twice; keep one", value=key, line=row.line)
        elif (feature := _feature(key, row, scheme, problems)) is not None:
            read.features[key], read.lines[key] = feature, row.line
            if not row.values.get("stages"):  # a list of stages has an order of its own
                read.notes += [f"{key}: {note}" for note in _out_of_order(feature.stages, scheme)]
    read.problems = problems.found
    return read


def _feature(key: str, row: Row, scheme: Scheme, problems: Problems) -> FeatureIn | None:
    values = {
        name: _read(name, row.values[name])
        for name in FeatureIn.__struct_fields__
        if row.values.get(name) not in (None, "")
    }
    if beside := [name for name in STAGES if row.values.get(name) not in (None, "")]:
        if "stages" in values:
            message = f"and {beside[0]} are both given; keep one"
            problems.add((*row.path, "stages"), message, line=row.line)
            return None
        values["stages"] = [_stage(name, row.values[name]) for name in beside]
    feature = problems.read(FeatureIn, values, row.path, line=row.line)
    if feature is None:
        return None
    wrong = [
        problem.at(_column(problem.field, beside))
        for problem in consistency.feature_problems(key, feature, scheme)
    ]
    return None if problems.add_all(wrong, row.path, line=row.line) else feature


def _out_of_order(stages: Sequence[StageIn], scheme: Scheme) -> Iterator[str]:
    """Note each later stage that begins before the one whose column stands before its own."""
    for earlier, later in pairwise(stages):
        if later.stage in FROM_GA_ON and _begins_before(later, earlier, scheme):
            yield (
                f"{later.stage} from {_beginning(later)} comes before {earlier.stage} from"
                f" {_beginning(earlier)}; check that both are meant"
            )


def _begins_before(stage: StageIn, reference: StageIn, scheme: Scheme) -> bool:
    if stage.from_day and reference.from_day:
        return stage.from_day < reference.from_day
    if stage.from_version and reference.from_version and scheme.ordered:
        return bool(scheme.parse(stage.from_version).key < scheme.parse(reference.from_version).key)
    return False


def _beginning(stage: StageIn) -> str:
    return stage.from_version or str(stage.from_day)


def _column(field: str, beside: list[str]) -> str:
    """Return where a field of a feature stands in a row whose columns ``beside`` name its stages.

    >>> _column("feature", []), _column("stages[1].from_version", ["beta", "ga"])
    ('key', 'ga')
    """
    if field == "feature":
        return "key"
    place = _STAGE.match(field) if beside else None
    return beside[int(place[1])] if place else field


def _read(name: str, value: Any) -> Any:
    """Read a cell: several words, or a word for true or false; anything else as it stands.

    >>> _read("tiers", "pro, enterprise"), _read("default", "off"), _read("default", "dark")
    (['pro', 'enterprise'], False, 'dark')
    """
    if not isinstance(value, str):
        return value
    if name in {"tiers", "depends_on"}:
        return [word for word in _SEPARATORS.split(value) if word]
    return _WORDS.get(value.lower(), value) if name in {"default", "public"} else value


def _stage(stage: str, begins: Any) -> dict[str, Any]:
    """Return the stage that begins with a version, or on a day.

    >>> _stage("ga", "1.5.0"), _stage("beta", "2026-09-14")
    ({'stage': 'ga', 'from_version': '1.5.0'}, {'stage': 'beta', 'from_day': '2026-09-14'})
    """
    try:
        day = parse_day(str(begins))
    except NoSuchDay:
        return {"stage": stage, "from_version": begins}
    return {"stage": stage, "from_day": day.isoformat()}

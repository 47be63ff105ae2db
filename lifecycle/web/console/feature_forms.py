"""The form of a feature: how its fields are filled and read, a row for each stage (pure)."""

from __future__ import annotations

from itertools import count, takewhile
from typing import TYPE_CHECKING, Any, Final

from lifecycle.catalogue.catalogue_inputs import FeatureIn
from lifecycle.documents.request_bodies import fit_value
from lifecycle.errors import Problem, raise_if_any
from lifecycle.policy.stages import Stage
from lifecycle.web.feature_words import STAGE_LABELS
from lifecycle.web.page_forms import Form

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lifecycle.catalogue.models import Feature

STAGES: Final = [("", "none"), *((stage.value, STAGE_LABELS[stage]) for stage in Stage)]
LABELS: Final = {
    "feature": "Key",
    "name": "Name",
    "tiers": "Tiers",
    "public": "Shown on public pages",
}
PARTS: Final = {"stage": "stage", "from_version": "from version", "from_day": "from day"}
"""The fields of a stage's row, with what each is called."""
SPARE_ROWS: Final = 2


def filled_form(feature: Feature) -> Form:
    """Return the form filled with what is known of a feature."""
    stages = {
        field(place, part): stage.get(part, "")
        for place, stage in enumerate(feature.stages)
        for part in PARTS
    }
    return Form.filled(
        feature=feature.key,
        name=feature.name,
        tiers=feature.tiers,
        public="yes" if feature.public else "",
        revision=str(feature.revision),
        **stages,
    )


def field(place: int, part: str) -> str:
    """Name a field of a stage's row as refusals name it."""
    return f"stages[{place}].{part}"


def rows_of(form: Form) -> list[dict[str, str]]:
    """Return the rows of stages that a form has, as they were typed."""
    places = takewhile(lambda place: form.values(field(place, "stage")), count())
    return [{part: form.value(field(place, part)) for part in PARTS} for place in places]


def without_gaps(form: Form) -> Form:
    """Return the form with the rows that say something first, which refusals count.

    >>> form = Form.filled(**{"stages[0].stage": "", "stages[1].stage": "ga"})
    >>> without_gaps(form).value("stages[0].stage")
    'ga'
    """
    rows = rows_of(form)
    used = [row for row in rows if any(text.strip() for text in row.values())]
    empty = dict.fromkeys(PARTS, "")
    texts = {
        field(place, part): text
        for place, row in enumerate([*used, *[empty] * (len(rows) - len(used))])
        for part, text in row.items()
    }
    return form.with_texts(**texts)


def read_feature(form: Form, stored: Feature | None) -> FeatureIn:
    """Read a feature; what the form does not show stays as it is stored."""
    stages = [
        {part: form.text(field(place, part)) for part in PARTS}
        for place, row in enumerate(rows_of(form))
        if any(row.values())
    ]
    raise_if_any(_stage_problems(stages), subject="The feature is not valid")
    value: dict[str, Any] = {
        "name": form.text("name"),
        "stages": [
            _with_default({part: text for part, text in stage.items() if text}, stored)
            for stage in stages
        ],
        "tiers": form.texts("tiers") or _unticked_tiers(stored),
        "public": form.is_checked("public"),
    }
    if stored is not None:
        value |= {"default": stored.default, "depends_on": stored.depends_on}
    facts: FeatureIn = fit_value(value, FeatureIn, subject="The feature is not valid")
    return facts


def _unticked_tiers(stored: Feature | None) -> list[str] | None:
    """Return what no tier ticked means: every tier, but for a feature that no tier had before."""
    has_no_tier = stored is not None and stored.tiers is not None and not stored.tiers
    return [] if has_no_tier else None


def rows_shown(form: Form) -> int:
    """Return how many rows of stages a form shows: a few more than say something."""
    return sum(any(row.values()) for row in rows_of(form)) + SPARE_ROWS


def labels_of(form: Form) -> dict[str, str]:
    """Name the fields, those of each stage by its number."""
    rows = range(rows_shown(form))
    return LABELS | {
        field(place, part): f"Stage {place + 1}, {label}"
        for place in rows
        for part, label in PARTS.items()
    }


def repeated_fields(form: Form) -> dict[str, str]:
    """Name the field at which a stage is refused that begins where another does."""
    return {f"stages[{place}]": field(place, "stage") for place in range(len(rows_of(form)))}


def _stage_problems(stages: Sequence[Mapping[str, str]]) -> Iterator[Problem]:
    for place, stage in enumerate(stages):
        if not stage["stage"]:
            yield Problem(field(place, "stage"), "is empty; choose the stage that begins there")
        if not (stage["from_version"] or stage["from_day"]):
            fault = "is empty; enter the version from which the stage holds, or the day"
            yield Problem(field(place, "from_version"), fault)
        if stage["from_version"] and stage["from_day"]:
            fault = "is entered beside a version; keep one of the two"
            yield Problem(field(place, "from_day"), fault)


def _with_default(stage: dict[str, str], stored: Feature | None) -> dict[str, Any]:
    """Keep the default that a stage has of its own."""
    defaults = (
        former.get("default")
        for former in (stored.stages if stored else ())
        if _whole(former) == _whole(stage)
    )
    default = next(defaults, None)
    return stage if default is None else stage | {"default": default}


def _whole(stage: Mapping[str, str]) -> dict[str, str]:
    return {part: stage.get(part, "") for part in PARTS}

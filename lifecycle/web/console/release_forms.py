"""The form of a release: how its fields are filled, read, and recognized when sent twice (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.documents.request_bodies import fit_value
from lifecycle.errors import BadRequest, Problem
from lifecycle.policy.stages import PRE_GA, Stage
from lifecycle.web.feature_words import STAGE_LABELS
from lifecycle.web.page_forms import Form

if TYPE_CHECKING:
    from datetime import date

STAGES: Final = [("", "none stated"), *((stage.value, STAGE_LABELS[stage]) for stage in Stage)]
EARLY: Final = frozenset(stage.value for stage in PRE_GA)
PLANNED: Final = "planned"
DAYS: Final = {"released_on": "day", "planned_on": "day"}
"""The form's fields by what refusals call them."""

_OPTIONAL: Final = ("stage", "line", "notes_url")


def read_release(form: Form, today: date) -> ReleaseIn:
    """Read a release; without a day it is of today, and one of a later day is a plan.

    What was shown as a plan stays one, also when its form is sent later.
    """
    if not form.text("version"):
        message = "is empty; give the version as it is published"
        raise BadRequest(f"version {message}.", problems=[Problem("version", message)])
    day = form.day("day") or today
    is_plan = day > today or form.value("as") == PLANNED
    value: dict[str, Any] = {
        "version": form.text("version"),
        "planned_on" if is_plan else "released_on": day.isoformat(),
    }
    value |= {field: form.optional(field) for field in _OPTIONAL}
    release: ReleaseIn = fit_value(value, ReleaseIn, subject="The release is not valid")
    return release


def sent_fields(form: Form, release: ReleaseIn) -> dict[str, str]:
    """Return the fields with which a release that was looked at is registered."""
    day = release.released_on or release.planned_on
    stated = {field: form.text(field) for field in _OPTIONAL if form.text(field)}
    return {
        "version": release.version,
        "day": day.isoformat() if day else "",
        "as": PLANNED if release.released_on is None else "released",
        **stated,
    }


def is_stored_so(stored: ReleaseIn, release: ReleaseIn) -> bool:
    """Return whether a release is stored as a form says: it was sent before.

    >>> from datetime import date
    >>> release = ReleaseIn(version="1.0", released_on=date(2026, 1, 31))
    >>> is_stored_so(msgspec.structs.replace(release, planned_on=date(2026, 1, 20)), release)
    True
    >>> is_stored_so(release, ReleaseIn(version="1.0", released_on=date(2026, 2, 1)))
    False
    """
    if (stored.released_on is None) != (release.released_on is None):
        return False
    fields, stated = msgspec.structs.asdict(stored), msgspec.structs.asdict(release)
    return all(fields[field] == value for field, value in stated.items() if value is not None)

"""The form of a waiver: who decides, why, and until when, whatever it is for (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lifecycle.catalogue.waivers import Because, WaiverIn
from lifecycle.documents.request_bodies import fit_value
from lifecycle.errors import Problem, raise_if_any

if TYPE_CHECKING:
    from lifecycle.web.page_forms import Form

FIELDS: Final = ("person", "reason", "explanation", "until")
REASONS: Final = [
    ("", "choose one"),
    (Because.LAW.value, "The law requires it"),
    (Because.SECURITY.value, "Security requires it"),
    (Because.THIRD_PARTY.value, "A third party forces it"),
    (Because.OTHER.value, "Another reason"),
]


def read_waiver(form: Form, **subjects: str | None) -> WaiverIn:
    """Read a waiver; ``subjects`` name its product, and what in it the waiver is for."""
    empty = [Problem(field, "must not be empty") for field in FIELDS if not form.text(field)]
    raise_if_any(empty, subject="The waiver")
    until = form.day("until")
    value = {
        **subjects,
        "person": form.text("person"),
        "reason": form.text("reason"),
        "explanation": form.text("explanation"),
        "until": until.isoformat() if until else "",
    }
    waiver: WaiverIn = fit_value(value, WaiverIn, subject="The waiver is not valid")
    return waiver

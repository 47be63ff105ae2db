"""The form of a waiver: who decides, why, and until when, whatever it is for (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lifecycle.catalogue.waivers import Because, WaiverIn
from lifecycle.documents.request_bodies import fit_value

if TYPE_CHECKING:
    from lifecycle.web.page_forms import Form

REASONS: Final = [
    ("", "choose one"),
    (Because.LAW.value, "The law requires it"),
    (Because.SECURITY.value, "Security requires it"),
    (Because.THIRD_PARTY.value, "A third party forces it"),
    (Because.OTHER.value, "Another reason"),
]


def read_waiver(form: Form, **subjects: str | None) -> WaiverIn:
    """Read a waiver; ``subjects`` name its product, and what in it the waiver is for."""
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

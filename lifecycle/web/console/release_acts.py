"""What can be done about a release that is stored: acts, and the change that each of them is."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.calendar.days import write_day
from lifecycle.catalogue.catalogue_inputs import ReleasePatch
from lifecycle.catalogue.rows import facts_of
from lifecycle.documents.partial_structs import stated
from lifecycle.documents.request_bodies import fit_value
from lifecycle.errors import BadRequest, Conflict, Problem
from lifecycle.web.console.release_words import ReleaseState
from lifecycle.web.page_forms import Form

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.catalogue.models import Release


class Act(StrEnum):
    """What is done, as its page's address has it."""

    MOVE = "move"
    WITHDRAW = "withdraw"
    RESTORE = "restore"
    UNDO = "undo"
    CORRECT = "correct"
    VOID = "void"


class ActWords(msgspec.Struct, frozen=True):
    """What an act is called, what it is for, and what its day is; the day's field may be none."""

    title: str
    link: str
    explanation: str
    button: str
    outcome: str
    field: str | None = None
    label: str = ""


WORDS: Final = {
    Act.MOVE: ActWords(
        "Move the plan of {}",
        "Move its day",
        "The plan stays a plan, on another day.",
        "Move the plan",
        "moved",
        "planned_on",
        "New day",
    ),
    Act.WITHDRAW: ActWords(
        "Withdraw {}",
        "Withdraw it",
        "A release that should no longer be used is withdrawn from a day on. It stays in the list "
        "and in what customers see, marked as withdrawn.",
        "Withdraw it",
        "withdrawn",
        "withdrawn_on",
        "First day withdrawn",
    ),
    Act.RESTORE: ActWords(
        "Restore {}",
        "Restore it",
        "A withdrawn release comes back on a day. The days in between stay marked.",
        "Restore it",
        "restored",
        "restored_on",
        "First day back",
    ),
    Act.UNDO: ActWords(
        "Take back the withdrawal of {}",
        "Take the withdrawal back: it was a mistake",
        "A release that was withdrawn by mistake counts as if that had never been. The log keeps "
        "both.",
        "Take it back",
        "undone",
    ),
    Act.CORRECT: ActWords(
        "Correct {}",
        "Correct what is known of it",
        "Whatever was entered wrongly of a release that did come out, or is planned. What it ends "
        "follows from its day.",
        "Correct it",
        "corrected",
        "released_on",
        "Day on which it came out",
    ),
    Act.VOID: ActWords(
        "Void {}",
        "Void it: it was entered by mistake",
        "A version that was entered by mistake is voided: it counts as if it had never been there, "
        "and can be registered again. The log keeps it. A release that did come out is withdrawn "
        "instead.",
        "Void it",
        "voided",
    ),
}

CORRECTED: Final = ("stage", "line", "notes_url")
"""What can be corrected of every release; empty fields clear."""

_ON: Final = {
    ReleaseState.PLANNED: (Act.MOVE, Act.CORRECT, Act.VOID),
    ReleaseState.OVERDUE: (Act.MOVE, Act.CORRECT, Act.VOID),
    ReleaseState.OUT: (Act.WITHDRAW, Act.CORRECT, Act.VOID),
    ReleaseState.WITHDRAWN: (Act.RESTORE, Act.UNDO, Act.CORRECT, Act.VOID),
}


def check_act(act: Act, release: Release) -> None:
    """Refuse with ``Conflict`` to move a plan that is none any more; its day stays as evidence."""
    if act is Act.MOVE and release.released_on is not None:
        raise Conflict(
            f"{release.version} came out on {write_day(release.released_on)}; only a plan can be "
            "moved. Correct the day on which it came out instead."
        )


def acts_on(state: ReleaseState) -> dict[Act, ActWords]:
    """Return what can be done about a release in a state."""
    return {act: WORDS[act] for act in _ON[state]}


def fields_of(act: Act, release: Release, *, declares_lines: bool) -> list[str]:
    """Return the fields that decide what an act does, beside the reason for it."""
    match act:
        case Act.VOID | Act.UNDO:
            return []
        case Act.CORRECT:
            stated = ["day"] if release.released_on else []
            return [*stated, *(name for name in CORRECTED if name != "line" or declares_lines)]
        case _:
            return ["day"]


def form_names(act: Act) -> dict[str, str]:
    """Return the fields of an act's form by what refusals call them.

    >>> form_names(Act.CORRECT)
    {'voided': 'reason', 'released_on': 'day'}
    """
    field = WORDS[act].field
    return {"voided": "reason"} | ({field: "day"} if field else {})


SAID: Final = {
    "released_on": {"; give planned_on instead": ""},
    "planned_on": {"; give released_on if it came out": ""},
    "restored_on": {"clear withdrawn_on": "take it back"},
}
"""What refusals leave out on an act's page, which has no such field."""


def first_form(act: Act, release: Release, today: date) -> Form:
    """Return the form of an act as its page first shows it: for today, or with what is known."""
    revision = str(release.revision)
    if act is Act.CORRECT:
        fields = {
            "stage": release.stage,
            "line": release.given_line,
            "notes_url": release.notes_url,
        }
        day = release.released_on.isoformat() if release.released_on else None
        return Form.filled(day=day, revision=revision, **fields)
    first_day = max(today, release.planned_on or today) if act is Act.MOVE else today
    return Form.filled(day=first_day.isoformat(), revision=revision)


def read_patch(act: Act, form: Form, release: Release) -> ReleasePatch:
    """Read what an act changes about a release."""
    value: dict[str, str | None]
    match act:
        case Act.VOID:
            value = {"voided": _required(form, "reason", "say why it was entered by mistake")}
        case Act.UNDO:
            value = {"withdrawn_on": None, "restored_on": None}
        case Act.CORRECT:
            value = {field: form.optional(field) for field in CORRECTED}
            if release.released_on is not None:
                value["released_on"] = _day(form)
        case Act.WITHDRAW:  # a former withdrawal is over, and so is its end
            reason = _required(form, "reason", "say why nobody should use it any more")
            value = {"withdrawn_on": _day(form), "restored_on": None, "reason": reason}
        case _:
            value = {str(WORDS[act].field): _day(form)}
    patch: ReleasePatch = fit_value(value, ReleasePatch, subject="The change is not valid")
    return patch


def is_done(release: Release, patch: ReleasePatch) -> bool:
    """Return whether a release is already as an act would make it: its form was sent before."""
    facts = msgspec.structs.asdict(facts_of(release))
    return all(
        facts.get(field) == value for field, value in stated(patch).items() if field != "reason"
    )


def _day(form: Form) -> str:
    _required(form, "day", "give a day")
    day = form.day("day")
    return day.isoformat() if day else ""


def _required(form: Form, field: str, way_out: str) -> str:
    text = form.text(field)
    if not text:
        message = f"is empty; {way_out}"
        raise BadRequest(f"{field} {message}.", problems=[Problem(field, message)])
    return text

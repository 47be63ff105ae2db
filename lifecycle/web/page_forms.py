"""Forms of signed-in pages: what was sent, what is wrong with it, and the same page again.

A handler receives its ``form``; what it reads of it and what it asks for below may be refused::

    try:
        async with changing(request, form) as change:
            account = await actions.add_account(change.session, form.text("slug"), by=change.by)
    except REFUSALS as refusal:
        return await _shown(request, form.refused(refusal))
    return see_other(request, "console", "accounts", account.slug, outcome="account-added")

The transaction is over by then, rolled back, and ``_shown`` makes the page as its GET does, with
the ``form`` it is given: what was typed, the problems by their fields, and the status. In the
template, the macros of ``forms.html`` write the fields.
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

from litestar.params import QueryParameter
from litestar.response import Response

from lifecycle.calendar.days import parse_day
from lifecycle.documents.patterns import END
from lifecycle.documents.storable_text import CONTROLS, name
from lifecycle.errors import BadRequest, LifecycleError, Problem
from lifecycle.server import dependencies
from lifecycle.server.problem_documents import FIELDS
from lifecycle.web.problem_sentences import describe_fault
from lifecycle.web.uploaded_texts import (
    AS_SHOWN,
    NOTHING,
    both_given,
    digest_text,
    only_file,
    read_text,
)
from notifications.errors import NotificationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from datetime import date

    from litestar import Request
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.server.app_state import AppState
    from lifecycle.server.dependencies import Change
    from lifecycle.web.uploaded_texts import UploadedFile

_WHOLE = re.compile("-?[0-9]{1,16}")
_ENTRY = re.compile(r"(?P<field>\w+)\[(?P<place>\d{1,6})\]")

REFUSALS = (LifecycleError, NotificationError)
"""What a form's handler catches, to show the form again."""
SHOWN_AGAIN = frozenset({400, 409, 412, 413, 422, 428})
"""Statuses of refusals after which the form is shown again; others get a page of their own."""

HIDDEN = frozenset({"draft_key", "form_key", "next", "revision", "token", "token_key", "was"})
"""Fields that hold a secret, or what only the page itself can read."""

Outcome = Annotated[
    str | None,
    QueryParameter(
        name="done",
        description="What was just done, for the page to say it.",
        pattern="^[a-z-]{1,40}" + END,
    ),
]
"""The parameter ``done`` of a page that forms lead to; the page has a sentence for each key."""


class FieldProblem(Problem):
    """A problem with what a form holds; ``id`` is the element to go to, if the form has it."""

    __slots__ = ("id",)

    def __init__(self, field: str, message: str, *, is_here: bool) -> None:
        super().__init__(field, message)
        self.id = f"field-{field}" if is_here else ""


class Form:
    """What a form holds: as a page first shows it, or as it was sent."""

    def __init__(
        self,
        fields: Mapping[str, Sequence[str]],
        files: Mapping[str, Sequence[UploadedFile]] | None = None,
    ) -> None:
        """Take the values of each field by its name, and its files."""
        self._fields = fields
        self._files = files or {}
        self.problems: list[FieldProblem] = []
        self.members: Mapping[str, Any] = {}
        self.status = 200

    @classmethod
    def filled(cls, **values: str | Sequence[str] | None) -> Form:
        """Return a form as a page first shows it.

        >>> Form.filled(slug="acme", tiers=["pro"]).values("tiers")
        ['pro']
        """
        return cls(
            {
                field: [value] if isinstance(value, str) else list(value or ())
                for field, value in values.items()
            }
        )

    def text(self, field: str) -> str:
        """Return a field's text without the spaces around it; empty if it was left out.

        >>> Form.filled(reason=" It is old. ").text("reason")
        'It is old.'
        """
        return _checked(field, self.value(field).strip())

    def optional(self, field: str) -> str | None:
        """Return a field's text; None where it is empty or was left out."""
        return self.text(field) or None

    def texts(self, field: str) -> list[str]:
        """Return the values of a group of checkboxes, or of a field that occurs several times."""
        return [_checked(field, value.strip()) for value in self.values(field) if value.strip()]

    def is_checked(self, field: str) -> bool:
        """Return whether a checkbox was checked."""
        return bool(self.value(field))

    def day(self, field: str) -> date | None:
        """Return a field's day; None where it is empty."""
        text = self.optional(field)
        return parse_day(text, field=field) if text else None

    def number(self, field: str, *, lowest: int = 0, highest: int = 2**53) -> int | None:
        """Return a field's whole number within bounds; None where it is empty."""
        text = self.optional(field)
        if text is None:
            return None
        if _WHOLE.fullmatch(text) and lowest <= int(text) <= highest:
            return int(text)
        fault = f"must be a whole number from {lowest:,} to {highest:,}"
        raise BadRequest(f"{field} {fault}.", problems=[Problem(field, fault, value=text[:100])])

    def file(self, field: str) -> bytes | None:
        """Return the content of a file; None where none was chosen, refused where several were."""
        file = only_file(self._files.get(field, ()), field=field)
        return file.content if file else None

    def with_file(self, field: str) -> Form:
        """Return the form with the file chosen beside a field, if any, in place of its text.

        Refused where a text was typed as well. The macro ``text_or_file`` writes both fields, the
        file's with ``_file`` at the end of its name; the file's name is then that with ``_name``.
        """
        file = only_file(self._files.get(file_field := f"{field}_file", ()), field=file_field)
        if file is None:
            return self
        if digest_text(self.value(field)) not in {NOTHING, self.value(f"{field}{AS_SHOWN}")}:
            raise both_given(field, file_field)
        text = read_text(file.content, field=file_field)
        return self.with_texts(**{field: text, f"{field}_name": file.name})

    def as_shown(self, field: str) -> str:
        """Return a digest of a field's text as the page shows it, to tell later if it was typed.

        A form that was refused keeps the one that it had.
        """
        is_refused = self.status >= BadRequest.status_code
        return self.value(f"{field}{AS_SHOWN}") if is_refused else digest_text(self.value(field))

    def with_texts(self, **texts: str) -> Form:
        """Return the form with other texts in some of its fields."""
        fields = {field: [text] for field, text in texts.items()}
        changed = Form({**self._fields, **fields}, self._files)
        changed.status, changed.problems = self.status, self.problems
        return changed

    @property
    def revision(self) -> int | None:
        """The revision of what was read, from the hidden field of that name."""
        return self.number("revision")

    def value(self, field: str) -> str:
        """Return a field's text as it was typed."""
        values = self._fields.get(field)
        return values[0] if values else ""

    def values(self, field: str) -> list[str]:
        """Return all values of a field as they were typed."""
        return list(self._fields.get(field, ()))

    def problem(self, field: str) -> str | None:
        """Return what is wrong with a field."""
        return next((problem.message for problem in self.problems if problem.field == field), None)

    def carried(self) -> list[tuple[str, str]]:
        """Return every field with each of its values, for the next step to send them again.

        The session's key and the revision are each page's own.

        >>> Form.filled(lines=["3.9", "3.8"], revision="7").carried()
        [('lines', '3.9'), ('lines', '3.8')]
        """
        own = {"form_key", "revision"}
        return [
            (field, value)
            for field, values in self._fields.items()
            for value in values
            if field not in own
        ]

    def typed(self) -> dict[str, str]:
        """Return what a person typed or chose, and may want to copy: no secrets, no hidden keys."""
        return {
            field: "\n".join(values)
            for field, values in self._fields.items()
            if field not in HIDDEN and not field.endswith(AS_SHOWN) and any(values)
        }

    def refused(
        self, refusal: LifecycleError | NotificationError, fields: Mapping[str, str] | None = None
    ) -> Form:
        """Return the form with the problems of a refusal, or pass the refusal on.

        ``fields`` names those fields that a problem calls something else.
        """
        if refusal.status_code not in SHOWN_AGAIN:
            raise refusal
        again = Form(self._fields, self._files)
        again.status = refusal.status_code
        again.members = getattr(refusal, "members", {})
        again.problems = [self._placed(problem, fields or {}) for problem in _problems_of(refusal)]
        return again

    def _placed(self, problem: Problem, fields: Mapping[str, str]) -> FieldProblem:
        """Say where the form has what is wrong; one of several entries is named by its number."""
        field, message = fields.get(problem.field, problem.field), _said(problem)
        entry = _ENTRY.fullmatch(field)
        if entry and field not in self._fields and entry["field"] in self._fields:
            field, message = entry["field"], f"entry {int(entry['place']) + 1} {message}"
        is_here = field in self._fields or field in self._files
        return FieldProblem(field, message, is_here=is_here)


@asynccontextmanager
async def changing(
    request: Request[Any, Any, Any], form: Form | None = None
) -> AsyncGenerator[Change, None]:
    """Give the one transaction of a form: commit at the end, roll back on error.

    The form's hidden ``revision`` is what was read; ``change.check`` refuses what has changed.
    """
    async with dependencies.open_change(request, form.revision if form else None) as change:
        yield change


@asynccontextmanager
async def reading(request: Request[Any, Any, Any]) -> AsyncGenerator[AsyncSession, None]:
    """Give a view of the store to show a page with after a form was accepted or refused."""
    app_state: AppState = request.app.state.app_state
    async with app_state.store.reading() as session:
        yield session


def see_other(
    request: Request[Any, Any, Any], *segments: str, outcome: str | None = None, **query: str | None
) -> Response[None]:
    """Lead to a page after a form was accepted; ``outcome`` is the key of what it then says."""
    app_state: AppState = request.app.state.app_state
    return Response(
        None,
        status_code=303,
        headers={"location": app_state.path(*segments, **query, done=outcome)},
        media_type="text/html",
    )


def _checked(field: str, text: str) -> str:
    control = CONTROLS.search(text)
    if control is None:
        return text
    fault = f"holds {name(control[0])} at position {control.start() + 1}; remove it"
    raise BadRequest(f"{field} {fault}.", problems=[Problem(field, fault)])


def _said(problem: Problem) -> str:
    return describe_fault(problem.message, problem.allowed)


def _problems_of(refusal: LifecycleError | NotificationError) -> Sequence[Problem]:
    if isinstance(refusal, LifecycleError):
        return refusal.problems or [Problem("", refusal.detail)]
    return [Problem(FIELDS.get(type(refusal), ""), f"{str(refusal).rstrip('.')}.")]

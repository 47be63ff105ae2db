"""What a caller may have done wrong, said so that they can put it right.

One handler renders these as RFC 9457 problem documents; the command line prints them.
Anything else that escapes is a defect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class Problem:
    """One thing wrong with what was sent: where, what stood there, and what may stand there."""

    __slots__ = ("allowed", "field", "message", "value")

    def __init__(
        self, field: str, message: str, *, value: Any = None, allowed: str | None = None
    ) -> None:
        """Name the ``field`` by its path in what was sent, such as ``releases[3].version``."""
        self.field = field
        self.message = message
        self.value = value
        self.allowed = allowed

    def at(self, field: str) -> Problem:
        """Return the same problem by another path, such as that in a document which holds this one.

        >>> str(Problem("version", "is missing").at("releases[3].version"))
        'releases[3].version: is missing'
        """
        return Problem(field, self.message, value=self.value, allowed=self.allowed)

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message

    def __repr__(self) -> str:
        return f"Problem({self.field!r}, {self.message!r}, value={self.value!r})"


class LifecycleError(Exception):
    """The request cannot be carried out."""

    status_code = 400

    def __init__(
        self,
        detail: str | None = None,
        *,
        problems: tuple[Problem, ...] | list[Problem] = (),
        **members: Any,
    ) -> None:
        """Take what a person reads, the single ``problems``, and further members to be sent."""
        super().__init__(detail or self.__doc__)
        self.detail: str = detail or self.__doc__ or ""
        self.problems = tuple(problems)
        self.members = members

    @property
    def title(self) -> str:
        """The kind of refusal, the same for every occurrence."""
        return (type(self).__doc__ or "").splitlines()[0]

    @property
    def further_problems(self) -> list[Problem]:
        """The problems that the detail does not already state."""
        return [
            problem
            for problem in self.problems
            if problem.message.lower() not in self.detail.lower()
        ]


def end_sentence(text: str) -> str:
    """Put a full stop after a text that does not end a sentence.

    >>> end_sentence("did you mean 'a'?"), end_sentence("is required")
    ("did you mean 'a'?", 'is required.')
    """
    return text if text.endswith((".", "?", "!")) else f"{text}."


class BadRequest(LifecycleError):
    """The request is not valid."""


class Unauthorized(LifecycleError):
    """No valid token came with this request."""

    status_code = 401


class Forbidden(LifecycleError):
    """Your scope does not allow this."""

    status_code = 403


class NotFound(LifecycleError):
    """There is nothing here."""

    status_code = 404


class Conflict(LifecycleError):
    """The current state forbids this change."""

    status_code = 409


class PreconditionFailed(LifecycleError):
    """The resource has changed since it was read."""

    status_code = 412


class Unprocessable(LifecycleError):
    """What was sent is well formed, but contradicts what was sent before."""

    status_code = 422


class PreconditionRequired(LifecycleError):
    """Send If-Match with the ETag that was read, so that nobody's change is lost."""

    status_code = 428


class TooManyRequests(LifecycleError):
    """Too much was asked for; nothing was changed."""

    status_code = 429

    def __init__(self, detail: str | None = None, *, retry_after: int) -> None:
        """Take what a person reads, and after how many seconds to ask again."""
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(LifecycleError):
    """The store cannot be reached at the moment; nothing was changed."""

    status_code = 503


def summarize_problems(outcome: str, first: Problem | str, count: int) -> str:
    """Return the detail of a refusal: the first of its problems, and how many more there are.

    >>> summarize_problems("The file cannot be used", "line 2: is empty", 3)
    'The file cannot be used: line 2: is empty. There are 2 more problems.'
    """
    detail = end_sentence(f"{outcome}: {first}")
    match count - 1:
        case 0:
            return detail
        case 1:
            return f"{detail} There is 1 more problem."
        case further:
            return f"{detail} There are {further} more problems."


def raise_if_any(problems: Iterable[Problem], *, subject: str = "The request") -> None:
    """Raise a ``BadRequest`` that lists all problems, if there are any.

    ``subject`` is what they were found in.

    >>> raise_if_any([Problem("slug", "is required")])
    Traceback (most recent call last):
    lifecycle.errors.BadRequest: The request cannot be accepted: slug: is required.
    """
    listed = list(problems)
    if listed:
        detail = summarize_problems(f"{subject} cannot be accepted", listed[0], len(listed))
        raise BadRequest(detail, problems=listed)

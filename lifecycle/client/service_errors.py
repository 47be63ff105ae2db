"""Why a service gave no answer; none of these sentences repeats a token or a password."""

from __future__ import annotations

from typing import Any

from lifecycle.errors import LifecycleError, Problem

STANDARD = frozenset({"type", "title", "status", "detail", "instance", "error", "errors"})


class ServiceError(LifecycleError):
    """The service gave no answer."""

    status_code = 503


class InvalidAddress(ServiceError):
    """This is not the address of a service."""

    status_code = 400


class InvalidProxy(ServiceError):
    """The proxy that the environment names cannot be used."""

    status_code = 400


class InvalidToken(ServiceError):
    """A token consists of visible ASCII characters; this one holds others."""

    status_code = 400


class Unreachable(ServiceError):
    """The service does not answer."""


class NoAnswerInTime(ServiceError):
    """The service did not answer in time."""


class UnexpectedAnswer(ServiceError):
    """This answer is not one of this service."""


class Refused(ServiceError):
    """The service refused the request, and said why in a problem document (RFC 9457).

    ``type`` names the kind of refusal; ``problems`` are the single things wrong with the request;
    ``members`` is whatever else the document carries, which stays whole in ``document``.
    """

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        """Read a problem document; an answer's status is its own, whatever the document says."""
        members = {name: value for name, value in document.items() if name not in STANDARD}
        super().__init__(str(document["detail"]), problems=_problems(document), **members)
        self.status_code = status
        self.document = document

    @property
    def type(self) -> str:
        """The kind of refusal as a URI; ``about:blank`` where the status says it all."""
        return str(self.document.get("type") or "about:blank")

    @property
    def title(self) -> str:
        """The kind of refusal for people."""
        return str(self.document.get("title") or super().title)


def _problems(document: dict[str, Any]) -> list[Problem]:
    listed = document.get("errors")
    return [
        Problem(
            str(problem.get("field", "")),
            str(problem.get("message", "")),
            value=problem.get("value"),
            allowed=None if problem.get("allowed") is None else str(problem["allowed"]),
        )
        for problem in (listed if isinstance(listed, list) else [])
        if isinstance(problem, dict)
    ]

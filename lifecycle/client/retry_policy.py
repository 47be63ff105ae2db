"""When a request is sent again, and how long to wait before.

tenacity rather than stamina, its wrapper: where the next try would come too late, it gives up at
once (``stop_before_delay``) instead of waiting out a ``Retry-After`` of an hour. httpx retries
connections alone, and never an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tenacity

from lifecycle.client.http_library import httpx

if TYPE_CHECKING:
    from tenacity import RetryCallState

TRIES = 5
FIRST_PAUSE = 0.25
"""Seconds before the second try; each further pause is twice as long."""
PASSING = frozenset({429, 502, 503, 504})
"""Answers that may be others a moment later."""
CONFLICT = 409
IN_FLIGHT = b'"InFlight"'
"""What a service says of a repetition under an Idempotency-Key that comes too early."""


def retrying(*, tries: int, seconds: float, repeatable: bool) -> tenacity.Retrying:
    """Return what calls an attempt until it succeeds, or neither tries nor ``seconds`` are left.

    What is not ``repeatable`` is sent again only where it was never sent. In the end the last
    attempt's response is returned, or its error raised.
    """
    return tenacity.Retrying(
        retry=_should_repeat
        if repeatable
        else tenacity.retry_if_exception_type(httpx.ConnectError),
        wait=_pause,
        stop=tenacity.stop_after_attempt(tries) | tenacity.stop_before_delay(seconds),
        retry_error_callback=_last_outcome,
    )


def _should_repeat(state: RetryCallState) -> bool:
    if state.outcome is None:
        return False
    failure = state.outcome.exception()
    if failure is not None:
        return isinstance(failure, httpx.HTTPError) and not _is_final(failure)
    response: httpx.Response = state.outcome.result()
    return response.status_code in PASSING or _is_in_flight(response)


def _is_in_flight(response: httpx.Response) -> bool:
    """Tell that the same request, whose answer was lost, is still being carried out."""
    return response.status_code == CONFLICT and IN_FLIGHT in response.content


def _is_final(failure: BaseException) -> bool:
    """Tell what another try cannot mend: an address that is none, or time that is over."""
    return isinstance(failure, httpx.UnsupportedProtocol | httpx.TimeoutException)


def _pause(state: RetryCallState) -> float:
    growing = tenacity.wait_exponential(multiplier=FIRST_PAUSE)
    backoff = (growing + tenacity.wait_random(0, FIRST_PAUSE / 4))(state)
    if state.outcome is None or state.outcome.failed:
        return backoff
    return max(backoff, wanted_pause(state.outcome.result()))


def wanted_pause(response: httpx.Response) -> float:
    """Return the seconds that an answer asks to wait; a moment given as a date counts as none."""
    header = response.headers.get("retry-after", "")
    return float(header) if header.isascii() and header.isdecimal() else 0.0


def _last_outcome(state: RetryCallState) -> httpx.Response:
    outcome: tenacity.Future = state.outcome  # type: ignore[assignment]  # an attempt was made
    response: httpx.Response = outcome.result()
    return response

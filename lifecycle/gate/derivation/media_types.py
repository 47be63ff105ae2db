"""Media types as descriptions name them: with parameters, as ranges, in any case (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

T = TypeVar("T")


def bare(media: str) -> str:
    """Return a media type without its parameters.

    >>> bare("Application/JSON; charset=utf-8")
    'application/json'
    """
    return media.partition(";")[0].strip().lower()


def covers(span: str, media: str) -> bool:
    """Return whether a media type or range includes another, whatever their parameters.

    >>> covers("text/*", "text/csv; header=present"), covers("text/csv", "text/*")
    (True, False)
    """
    wide, narrow = bare(span), bare(media)
    if wide in {"*/*", narrow}:
        return True
    return wide.endswith("/*") and narrow.startswith(wide[:-1])


def accepting(listed: Mapping[str, T], media: str) -> T | None:
    """Return what belongs to the media type that accepts another; the narrowest one counts."""
    exact = [value for name, value in listed.items() if name.strip().lower() == media.lower()]
    ranked = sorted(
        (name for name in listed if covers(name, media)), key=lambda name: bare(name).count("*")
    )
    return next(iter([*exact, *(listed[name] for name in ranked)]), None)


def given_for(listed: Mapping[str, T], media: str) -> Iterable[T]:
    """Return what belongs to the media types that somebody who expects one may be given."""
    if media in listed:
        return [listed[media]]
    return [value for name, value in listed.items() if covers(media, name)]

"""What is said of versions that do not fit: which are odd, and which prefix would help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.errors import BadRequest
from lifecycle.interchange.version_fit import common_prefixes, unread
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.catalogue.catalogue_inputs import ProductIn
    from lifecycle.interchange.version_fit import Fit

SHOWN = 5


def refuse_prefixed(fit: Fit, tags: Sequence[str], file: str) -> None:
    """Refuse tags of which few are versions, and many are so after a prefix that can be named."""
    prefixes = [(prefix, count) for prefix, count in common_prefixes(tags) if count > 1]
    if fit.good or not prefixes:
        return
    counted = ", ".join(f"{prefix!r} ({count:,})" for prefix, count in prefixes[:SHOWN])
    raise BadRequest(
        f"{file}: {len(fit.odd):,} of {fit.total:,} tags are not versions, such as {fit.odd[0]!r}; "
        f"versions follow the prefixes {counted}. Give --prefix {prefixes[0][0]!r} to read those, "
        "or --scheme declared to take all tags as they are, in the order of the list."
    )


def describe_guess(guess: ProductIn, fit: Fit | None = None) -> str:
    """Say what a new product is taken for, and what of its versions does not fit."""
    if fit and guess.scheme == "declared":
        sentence = (
            f"{fit.scheme}, which fits best, does not read {_some(fit.odd)}, so the order is the "
            "list's and lines have to be declared; import into another product with "
            f"--scheme {fit.scheme} to leave these out"
        )
    else:
        sentence = f"its versions are read as {guess.scheme}, its lines are by {guess.line_by}"
        if fit and fit.odd:
            outcome = "is left out" if len(fit.odd) == 1 else "are left out"
            sentence += f"; {_some(fit.odd)} cannot be read and {outcome}"
            sentence += "; import into another product with --scheme declared to keep all"
    return f"{guess.slug} is new: {sentence}."


def suggest_prefix(name: str, tags: Sequence[str], *, new: bool) -> Iterator[str]:
    """Suggest a prefix that hides versions, or for a ``new`` product one that PEP 440 puts up with.

    >>> list(suggest_prefix("semver", ["app@1.0.0", "app@1.1.0"], new=False))
    ["2 tags begin with 'app@'; --prefix 'app@' reads what follows it."]
    """
    odd = unread(scheme(name), tags)
    tolerated = [] if odd or not new or name != "pep440" else tags
    for prefix, count in common_prefixes(odd or tolerated)[:1]:
        if count > 1 and (odd or prefix.isalpha()):
            yield (
                f"{count:,} tags begin with {prefix!r}; --prefix {prefix!r} reads what follows it."
            )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"{', '.join(map(repr, names[:SHOWN]))}{more}"

"""Policy documents: read and checked as a whole, and written back in one form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from lifecycle.documents import Document, Format, Path, load_with_lines
from lifecycle.documents.document_problems import count_mistakes, list_problems
from lifecycle.documents.mismatches import Mismatch
from lifecycle.documents.suggestions import suggest
from lifecycle.errors import BadRequest
from lifecycle.policy.field_types import STORED
from lifecycle.policy.key_places import places_of, unknown_key
from lifecycle.policy.mistakes import Mistake, misshapen, value_at, walk
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.schema import PolicyIn
from lifecycle.policy.serialization import policy_document
from lifecycle.policy.stages import Stage

if TYPE_CHECKING:
    from lifecycle.policy.policies import Policy

__all__ = ["InvalidPolicy", "parse_policy", "policy_document", "read_stored"]


class InvalidPolicy(BadRequest):
    """The policy document has mistakes."""


def parse_policy(
    source: str | bytes | Mapping[str, Any],
    *,
    format: Format | None = None,  # noqa: A002 - the word every caller uses
) -> Policy:
    """Give the policy that a document in YAML or JSON, or one read already, states.

    Everything wrong with it is said at once, each with its path, its value and what is allowed.
    """
    if isinstance(source, Mapping):
        document = Document(source, {})
    else:
        document = load_with_lines(source, format=format)
    mistakes = walk(document.value)
    policy = None
    try:
        policy = PolicyIn.model_validate(document.value).built()
    except ValidationError as error:
        mistakes += misshapen(error, document.value)
    mistakes = _without_strays(_contradictions(document.value) + mistakes, document.value)
    if policy is None or mistakes:
        raise _refusal(document, mistakes)
    return policy


def read_stored(document: Mapping[str, Any]) -> Policy:
    """Give the policy of a document that was parsed before it was stored.

    What a library has forgotten since, such as a holiday calendar, does not make it unreadable.
    """
    return PolicyIn.model_validate(document, context=STORED).built()


def _refusal(document: Document, mistakes: list[Mistake]) -> InvalidPolicy:
    # What is no text at all, or no known key, was said already where its letters are unfit.
    found: dict[Path, Mismatch] = {}
    for path, message, allowed in mistakes:
        found.setdefault(path, Mismatch(path, message, value_at(document.value, path), allowed))
    return InvalidPolicy(
        f"The policy document has {count_mistakes(found)}.",
        problems=list_problems(document, list(found.values())),
    )


def _without_strays(mistakes: list[Mistake], document: Any) -> list[Mistake]:
    """Say of a key between the tiers that belongs elsewhere only this: it is no tier."""
    tiers = value_at(document, ("tiers",))
    strays = [
        ("tiers", name)
        for name, tier in (tiers.items() if isinstance(tiers, Mapping) else ())
        if places_of(("tiers", name)) and not value_at(tier, ("window",))
    ]
    kept = [mistake for mistake in mistakes if mistake[0][:2] not in strays]
    return [(path, unknown_key(path)[1], "names of tiers") for path in strays] + kept


def _contradictions(document: Any) -> list[Mistake]:
    """Find what only the document as a whole shows, however much of it is wrong elsewhere."""
    tiers = value_at(document, ("tiers",))
    if not isinstance(tiers, Mapping) or not tiers:
        return []
    return _shared_ranks(tiers) + _unknown_tiers(value_at(document, ("notice",)), tiers)


def _shared_ranks(tiers: Mapping[str, Any]) -> list[Mistake]:
    mistakes: list[Mistake] = []
    first: dict[int, str] = {}
    for name, tier in tiers.items():
        rank = value_at(tier, ("rank",))
        if isinstance(rank, bool) or not isinstance(rank, int):
            continue
        if rank in first:
            message = f"is already the rank of `{first[rank]}`; give each tier a different rank"
            mistakes.append((("tiers", name, "rank"), message, "a rank no other tier has"))
        first.setdefault(rank, name)
    return mistakes


def _unknown_tiers(notice: Any, tiers: Mapping[str, Any]) -> list[Mistake]:
    known = [str(name) for name in tiers]
    mistakes: list[Mistake] = []
    for place, terms in _named_terms(notice):
        for name in terms:
            if name not in known and name not in {"default", "stages", "longest"}:
                path = (*place, name)
                message = f"is not a tier of this policy{suggest(str(name), known)}"
                if name in set(Stage) and "stages" not in place:
                    message = f"is a stage, not a tier; move it to `{'.'.join(place)}.stages`"
                elif places_of(path):
                    message = unknown_key(path)[1]
                mistakes.append((path, message, ", ".join(["default", *known])))
    return mistakes


def _named_terms(notice: Any) -> list[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """List the mappings of the notice periods whose keys are tiers."""
    found: list[tuple[tuple[str, ...], Mapping[str, Any]]] = []
    for kind, terms in notice.items() if isinstance(notice, Mapping) else ():
        if kind in set(Kind) and isinstance(terms, Mapping):
            found.append((("notice", kind), terms))
            stages = terms.get("stages")
            staged = stages.items() if isinstance(stages, Mapping) else ()
            found += [
                (("notice", kind, "stages", stage), owed)
                for stage, owed in staged
                if isinstance(owed, Mapping)
            ]
    return found

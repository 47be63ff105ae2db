"""Policy documents: read and checked as a whole, and written back in one form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.documents import Document, Format, Path, decode, lines_of_json, load_with_lines
from lifecycle.documents.document_problems import count_mistakes, list_problems
from lifecycle.documents.mismatches import Mismatch, walk_mismatches
from lifecycle.documents.suggestions import suggest
from lifecycle.errors import BadRequest
from lifecycle.policy.key_places import misplaced
from lifecycle.policy.mistakes import value_at, walk
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.schema import PolicyIn, policy_document
from lifecycle.policy.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lifecycle.policy.policies import Policy

__all__ = ["InvalidPolicy", "parse_policy", "policy_document", "read_stored"]


class InvalidPolicy(BadRequest):
    """The policy document has mistakes."""


def parse_policy(
    source: str | bytes | Mapping[str, Any] | Document,
    *,
    format: Format | None = None,  # noqa: A002 - the word every caller uses
) -> Policy:
    """Give the policy that a document in YAML or JSON, or one read already, states.

    Everything wrong with it is said at once, each with its path, its value and what is allowed.
    """
    if isinstance(source, Document):
        document = source
    elif isinstance(source, Mapping):
        document = Document(source, {})
    else:
        document = load_with_lines(source, format=format)
    unfit = walk(document.value)
    mistakes = [*_contradictions(document.value), *unfit, *_mismatches(document.value)]
    if mistakes:
        if not document.lines and isinstance(source, str | bytes):
            document = Document(document.value, lines_of_json(decode(source)))
        raise _refusal(document, _without_strays(mistakes, document.value))
    return read_stored(document.value)


def read_stored(document: Mapping[str, Any]) -> Policy:
    """Give the policy of a document that was parsed before it was stored.

    What has been forgotten since, such as a holiday calendar or a gate's rule, does not make it
    unreadable.
    """
    return msgspec.convert(document, PolicyIn).built()


def _refusal(document: Document, mistakes: list[Mismatch]) -> InvalidPolicy:
    # What is no text at all, or no known key, was said already where its letters are unfit.
    first: dict[Path, Mismatch] = {}
    for mistake in mistakes:
        first.setdefault(mistake.path, mistake)
    return InvalidPolicy(
        f"The policy document has {count_mistakes(first)}.",
        problems=list_problems(document, list(first.values())),
    )


def _mismatches(document: Any) -> Iterator[Mismatch]:
    """Yield what has another shape than a policy, and say of keys where they belong."""
    for mismatch in walk_mismatches(document, PolicyIn):
        if not mismatch.unknown:
            yield mismatch
        elif home := misplaced(mismatch.path):
            yield mismatch._replace(fault=home, words=())
        else:
            yield mismatch._replace(fault="is not a known key")


def _without_strays(mistakes: Iterable[Mismatch], document: Any) -> list[Mismatch]:
    """Say of a key between the tiers that belongs elsewhere only this: it is no tier."""
    tiers = value_at(document, ("tiers",))
    strays: dict[Path, Mismatch] = {}
    for name, tier in tiers.items() if isinstance(tiers, Mapping) else ():
        path = ("tiers", str(name))
        if (home := misplaced(path)) and not value_at(tier, ("window",)):
            strays[path] = Mismatch(path, home, tier, "names of tiers")
    return [*strays.values(), *(m for m in mistakes if m.path[:2] not in strays)]


def _contradictions(document: Any) -> list[Mismatch]:
    """Find what only the document as a whole shows, however much of it is wrong elsewhere."""
    tiers = value_at(document, ("tiers",))
    if not isinstance(tiers, Mapping) or not tiers:
        return []
    notice = value_at(document, ("notice",))
    return [*_shared_ranks(tiers), *_unknown_tiers(notice, list(map(str, tiers)))]


def _shared_ranks(tiers: Mapping[str, Any]) -> Iterator[Mismatch]:
    first: dict[int, str] = {}
    for name, tier in tiers.items():
        rank = value_at(tier, ("rank",))
        if isinstance(rank, bool) or not isinstance(rank, int):
            continue
        if rank in first:
            fault = f"is already the rank of `{first[rank]}`; give each tier a different rank"
            yield Mismatch(("tiers", str(name), "rank"), fault, rank, "a rank no other tier has")
        first.setdefault(rank, name)


def _unknown_tiers(notice: Any, tiers: list[str]) -> Iterator[Mismatch]:
    allowed = ", ".join(["default", *tiers])
    for place, terms in _named_terms(notice):
        for name in terms:
            if name in tiers or name in {"default", "stages", "longest"}:
                continue
            path = (*place, str(name))
            if name in set(Stage) and "stages" not in place:
                fault = f"is a stage, not a tier; move it to `{'.'.join(place)}.stages`"
            else:
                fault = (
                    misplaced(path) or f"is not a tier of this policy{suggest(str(name), tiers)}"
                )
            yield Mismatch(path, fault, terms[name], allowed)


def _named_terms(notice: Any) -> list[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """List the mappings of the notice periods whose keys are tiers."""
    named: list[tuple[tuple[str, ...], Mapping[str, Any]]] = []
    for kind, terms in notice.items() if isinstance(notice, Mapping) else ():
        if kind in set(Kind) and isinstance(terms, Mapping):
            named.append((("notice", kind), terms))
            stages = terms.get("stages")
            staged = stages.items() if isinstance(stages, Mapping) else ()
            named += [
                (("notice", kind, "stages", stage), owed)
                for stage, owed in staged
                if isinstance(owed, Mapping)
            ]
    return named

"""The form of a deprecation: how its fields are filled from what it says, and read back (pure)."""

from __future__ import annotations

import re
from datetime import date
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.deprecations.announced import tiers_having
from lifecycle.deprecations.deprecation_inputs import DeprecationIn, DeprecationPatch
from lifecycle.documents.request_bodies import fit_value
from lifecycle.errors import BadRequest, Problem
from lifecycle.policy.notice_periods import Kind
from lifecycle.versions.line_ranges import every_version, versions_before
from lifecycle.web.console.draft_parts import write_digests
from lifecycle.web.page_forms import Form

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.errors import LifecycleError

SPARE_LINKS = 2
"""So many empty rows stand below the links that there are."""

_FIELDS = {"whole_product": "what", "effective_on": "day", "links": "link_url"}
_PATH = re.compile(r"(\w+)(?:\[\d+\])?(?:\.(.+))?")


class Choices(msgspec.Struct, frozen=True):
    """What a form offers: what the catalogue has of a product; lines are the newest first.

    ``having`` are the tiers that have a feature, by its key, where not all of them do.
    """

    product: str
    product_name: str
    today: date
    lines: tuple[str, ...]
    features: dict[str, str]
    tiers: tuple[str, ...]
    range_example: str
    having: dict[str, frozenset[str]] = msgspec.field(default_factory=dict)

    def tiers_of(self, feature: str | None) -> tuple[str, ...]:
        """Return the tiers that a change can concern: those that have the feature, if it is one."""
        having = self.having.get(feature or "")
        return tuple(tier for tier in self.tiers if having is None or tier in having) or self.tiers

    @classmethod
    def of(cls, snapshot: Snapshot, today: date, former: DeprecationIn | None = None) -> Choices:
        """Return what a product offers, with the tiers that a deprecation has already."""
        policy = snapshot.policy_on(today)
        names = [tier.name for tier in policy.tiers] if policy else []
        former_tiers = [tier for tier in (former and former.tiers) or () if tier not in names]
        features = snapshot.known.features
        return cls(
            product=snapshot.slug,
            product_name=snapshot.known.name or snapshot.slug,
            today=today,
            lines=tuple(reversed(snapshot.coverage(today).line_names())),
            features={key: features[key].name or key for key in sorted(features)},
            tiers=(*names, *former_tiers),
            range_example=_range_example(snapshot),
            having={
                key: having for key in features if (having := tiers_having(snapshot.known, key))
            },
        )


def _range_example(snapshot: Snapshot) -> str:
    """Return a range such as the product's scheme has: what came before its highest version."""
    releases = [release for release in snapshot.facts.releases if not release.planned]
    if not releases:
        return every_version(snapshot.known.scheme)
    return versions_before(
        max(releases, key=lambda release: release.rank).version, snapshot.known.scheme
    )


def empty_form(choices: Choices, *, key: str) -> Form:
    """Return the form of a new draft: for all tiers, on the earliest day.

    Whatever is sent with the ``key`` is one draft.
    """
    return Form(
        {
            "what": ["lines" if choices.lines else "feature"],
            "kind": [Kind.END_OF_SUPPORT if choices.lines else Kind.REMOVAL],
            "tiers": list(choices.tiers),
            "when": ["earliest"],
            "draft_key": [key],
        }
    )


def filled_form(content: DeprecationIn, choices: Choices, revision: int) -> Form:
    """Return the form of a draft as it is stored, at a revision."""
    days = content.effective_on
    fields: dict[str, Sequence[str]] = {
        "what": [scope_of(content)],
        "lines": content.lines or (),
        "range": [content.range or ""],
        "feature": [content.feature or ""],
        "kind": [content.kind],
        "tiers": choices.tiers_of(content.feature) if content.tiers is None else content.tiers,
        "when": ["earliest" if days is None else "one" if isinstance(days, date) else "tiers"],
        "day": [days.isoformat() if isinstance(days, date) else ""],
        "from_version": [content.from_version or ""],
        "reason": [content.reason],
        "migration": [content.migration or ""],
        "replacement": [content.replacement or ""],
        "link_title": [link.title for link in content.links],
        "link_url": [link.url for link in content.links],
        "revision": [str(revision)],
        "was": [write_digests(content)],
    }
    if isinstance(days, dict):
        fields |= {f"day-{tier}": [day.isoformat()] for tier, day in days.items()}
    return Form(fields)


def scope_of(content: DeprecationIn) -> str:
    """Name the field that says what changes."""
    scopes = ("lines", "range", "feature")
    return next((field for field in scopes if getattr(content, field) is not None), "whole_product")


def read_content(form: Form, choices: Choices, before: DeprecationIn | None) -> DeprecationIn:
    """Read a form as what a deprecation says; what does not fit is refused by its field.

    All tiers checked are all that the change can concern, unless they were named one by one
    ``before``. A draft for all keeps saying so where those that have its feature are checked.
    """
    value: dict[str, Any] = {
        "product": choices.product,
        "kind": form.text("kind"),
        **_scope(form),
        "effective_on": _effective_on(form, choices),
        "reason": form.text("reason"),
        "links": list(_links(form)),
    }
    for field in ("from_version", "migration", "replacement"):
        value[field] = form.optional(field)
    value["tiers"] = _tiers(form, choices, before)
    content: DeprecationIn = fit_value(value, DeprecationIn, subject="The draft is not valid")
    if before and content.lines and set(content.lines) == set(before.lines or ()):
        return msgspec.structs.replace(content, lines=before.lines)
    return content


def patch_to(content: DeprecationIn) -> DeprecationPatch:
    """Return what makes any draft of the product say this."""
    values = msgspec.structs.asdict(content)
    del values["product"]
    return DeprecationPatch(**values)


def fields_of(refusal: LifecycleError) -> dict[str, str]:
    """Return the form's fields by what a refusal calls them.

    >>> fields_of(BadRequest("", problems=[Problem("links[0].url", ""), Problem("lines[2]", "")]))
    {'links[0].url': 'link_url', 'lines[2]': 'lines'}
    """
    return {problem.field: _field_of(problem.field) for problem in refusal.problems}


def feature_in(form: Form) -> str | None:
    """Return the feature that a form names, if that is what changes."""
    return form.value("feature").strip() or None if form.value("what") == "feature" else None


def links_of(form: Form) -> list[tuple[str, str]]:
    """Return the titles and addresses of the links in a form, empty rows at the end."""
    rows = zip_longest(form.values("link_title"), form.values("link_url"), fillvalue="")
    filled = [row for row in rows if any(row)]
    return filled + [("", "")] * SPARE_LINKS


def _field_of(path: str) -> str:
    match = _PATH.fullmatch(path)
    if match is None:
        return path
    name, key = match[1], match[2]
    if name == "effective_on" and key:
        return f"day-{key}"
    return _FIELDS.get(name, name)


def _scope(form: Form) -> dict[str, Any]:
    match form.text("what"):
        case "lines":
            return {"lines": form.texts("lines")}
        case "whole_product":
            return {"whole_product": True}
        case "range" | "feature" as field if form.text(field):
            return {field: form.text(field)}
        case "range" | "feature" as field:
            message = "is empty; name what changes"
            raise BadRequest(f"{field} {message}.", problems=[Problem(field, message)])
        case _:
            message = "must be chosen: lines, a range of versions, a feature or the whole product"
            raise BadRequest(f"What changes {message}.", problems=[Problem("what", message)])


def _tiers(form: Form, choices: Choices, before: DeprecationIn | None) -> Sequence[str] | None:
    tiers = form.texts("tiers")
    if choices.tiers and not tiers:
        message = "must not be empty; choose at least one"
        raise BadRequest(f"Tiers {message}.", problems=[Problem("tiers", message)])
    if before is not None and before.tiers is not None and set(before.tiers) == set(tiers):
        return before.tiers
    if set(tiers) == set(choices.tiers):
        return None
    is_kept = before is not None and before.tiers is None
    return None if is_kept and set(tiers) == set(choices.tiers_of(feature_in(form))) else tiers


def _effective_on(form: Form, choices: Choices) -> str | dict[str, str] | None:
    when = form.text("when")
    if when == "one":
        day = form.day("day")
        if day is None:
            message = "is empty; give a day, or choose the earliest"
            raise BadRequest(f"day {message}.", problems=[Problem("effective_on", message)])
        return day.isoformat()
    if when == "tiers":
        tiers: Sequence[str] = form.texts("tiers") or choices.tiers
        if set(tiers) == set(choices.tiers):
            tiers = choices.tiers_of(feature_in(form))
        days = {tier: form.day(f"day-{tier}") for tier in tiers}
        return {tier: day.isoformat() for tier, day in days.items() if day}
    return None


def _links(form: Form) -> Iterator[dict[str, str]]:
    for title, url in links_of(form):
        if title.strip() or url.strip():
            yield {"title": title.strip(), "url": url.strip()}

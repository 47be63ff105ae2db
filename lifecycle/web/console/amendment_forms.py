"""The forms of an amendment and of a withdrawal: filled from what stands, read as what changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.deprecations.deprecation_inputs import AmendIn, WithdrawIn
from lifecycle.deprecations.queries import days_of
from lifecycle.documents.request_bodies import fit_value
from lifecycle.web.console.draft_forms import links_of
from lifecycle.web.page_forms import Form

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from lifecycle.web.console.own_deprecations import OwnDeprecation


def amendment_form(own: OwnDeprecation, waiver: str | None) -> Form:
    """Return the form of an amendment as it is first shown: everything as it stands."""
    content, days = own.content, days_of(own.row.days)
    distinct = set(days.values())
    fields: dict[str, Sequence[str]] = {
        "lines": content.lines or (),
        "range": [content.range or ""],
        "tiers": list(days),
        "when": ["one" if len(distinct) == 1 else "tiers"],
        "day": [distinct.pop().isoformat() if len(distinct) == 1 else ""],
        "migration": [content.migration or ""],
        "replacement": [content.replacement or ""],
        "link_title": [link.title for link in content.links],
        "link_url": [link.url for link in content.links],
        "waiver": [waiver or ""],
        "revision": [str(own.row.revision)],
    }
    fields |= {f"day-{tier}": [day.isoformat()] for tier, day in days.items()}
    return Form(fields)


def read_amendment(form: Form, own: OwnDeprecation) -> AmendIn:
    """Read what an amendment changes; what is as it was is left out."""
    content, days = own.content, days_of(own.row.days)
    tiers = form.texts("tiers")
    value: dict[str, Any] = {"reason": form.text("reason"), "waiver": form.optional("waiver")}
    moved = {tier: day for tier, day in _days(form, tiers).items() if days.get(tier) != day}
    if moved:
        value["effective_on"] = {tier: day.isoformat() for tier, day in moved.items()}
    if set(tiers) != set(days):
        value["tiers"] = tiers
    if content.lines is not None and set(form.texts("lines")) != set(content.lines):
        value["lines"] = form.texts("lines")
    if content.range is not None and form.text("range") != content.range:
        value["range"] = form.text("range")
    for field in ("migration", "replacement"):
        if form.text(field) != (getattr(content, field) or ""):
            value[field] = form.text(field)
    links = [
        {"title": title.strip(), "url": url.strip()}
        for title, url in links_of(form)
        if title or url
    ]
    if links != [{"title": link.title, "url": link.url} for link in content.links]:
        value["links"] = links
    amendment: AmendIn = fit_value(value, AmendIn, subject="The amendment is not valid")
    return amendment


def read_withdrawal(form: Form) -> WithdrawIn:
    """Read why something is withdrawn."""
    value = {"reason": form.text("reason"), "waiver": form.optional("waiver")}
    withdrawal: WithdrawIn = fit_value(value, WithdrawIn, subject="The withdrawal is not valid")
    return withdrawal


def _days(form: Form, tiers: Sequence[str]) -> dict[str, date]:
    """Return the days that the form gives the tiers; one that is left empty stays as it was."""
    if form.text("when") == "one":
        day = form.day("day")
        return dict.fromkeys(tiers, day) if day else {}
    days = {tier: form.day(f"day-{tier}") for tier in tiers}
    return {tier: day for tier, day in days.items() if day}

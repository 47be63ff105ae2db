"""What is sent about deprecations, put together from a file and from options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Command = TypeVar("Command", bound=Callable[..., Any])

KINDS = ("end_of_support", "removal", "breaking_change", "discontinuation")
STATUSES = ("draft", "scheduled", "announced", "effective", "withdrawn")
FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
OPTIONS = (
    click.option("--line", "lines", multiple=True, help="An affected line; may be repeated."),
    click.option("--range", metavar="VERS", help="Affected versions, as vers:semver/<3.35.0."),
    click.option("--feature", metavar="KEY", help="The feature that changes."),
    click.option("--whole-product", is_flag=True, help="The product as a whole."),
    click.option(
        "--tier",
        "tiers",
        multiple=True,
        help="A tier it is for; all, or all that have the feature, if left out.",
    ),
    click.option(
        "--effective-on",
        multiple=True,
        metavar="DAY|TIER=DAY",
        help="The first day in force, for all tiers or per tier; if left out, the earliest "
        "permissible day.",
    ),
    click.option("--reason", help="Why; the notice quotes it."),
    click.option("--migration", metavar="TEXT", help="What to do instead."),
    click.option("--replacement", metavar="TEXT", help="What takes its place."),
    click.option("--link", "links", multiple=True, metavar="URL", help="Where to read more."),
)


def content_options(command: Command) -> Command:
    """Add an option for everything that a deprecation's content may hold."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def read(file: Path) -> dict[str, Any]:
    """Read a deprecation from a YAML or JSON file; versions stay as they are written."""
    from lifecycle.cli.inputs import read_mapping  # noqa: PLC0415 -- options alone need no YAML

    return read_mapping(file, "a deprecation; begin it with `product: …`")


def content(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options as a request's body."""
    facts = dict(values)
    facts["effective_on"] = days(facts.pop("effective_on", ()))
    links = facts.pop("links", ())
    facts["links"] = [{"url": url} for url in links]
    return given(facts)


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what was not said.

    >>> given({"lines": (), "reason": "law", "whole_product": False, "on": None})
    {'reason': 'law'}
    """
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value not in (None, (), [], False)
    }


def days(texts: Sequence[str]) -> str | dict[str, str] | None:
    """Read a day for all tiers, or days by tier.

    >>> days(["2027-01-14"]), days(["pro=2027-01-14", "enterprise=2027-04-14"])
    ('2027-01-14', {'pro': '2027-01-14', 'enterprise': '2027-04-14'})
    """
    if not texts:
        return None
    if len(texts) == 1 and "=" not in texts[0]:
        return texts[0]
    pairs = [text.rpartition("=") for text in texts]
    if any(not tier for tier, _, _ in pairs):
        raise click.UsageError("--effective-on is one day for all tiers, or TIER=DAY for each.")
    return {tier: day for tier, _, day in pairs}

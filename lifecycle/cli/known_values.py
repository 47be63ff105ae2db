"""Values that a shell completes: files, and what the store or the service knows."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any

import click
from click.types import StringParamType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from click.shell_completion import CompletionItem

    Words = Iterable[tuple[str, str]]
    """Words, each with what it means."""

PATIENCE_SECONDS = 5.0
"""After so long, whoever pressed the key gets nothing rather than an answer."""
MOST = 500
"""So many entries of a list are looked through."""
ADDING = frozenset({"add", "plan"})
"""Commands whose last argument is a name that is new."""
FILES = frozenset({"file", "sbom", "ignore_file", "manifest", "releases"})


class KnownValue(StringParamType):
    """Text that a shell completes from what is known, and anybody may type otherwise."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Name what fits; a store or service that does not answer in time names nothing."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 -- seldom needed

        if param.name in FILES:
            return [CompletionItem(incomplete, type="file")]
        name, values = str(param.name), _values(ctx)
        words = FIXED[name]() if name in FIXED else _in_time(lambda: list(KNOWN[name](values)))
        return [
            CompletionItem(word, help=help_text or None)
            for word, help_text in words
            if word.startswith(incomplete)
        ]


def complete_values(name: str | None, params: Sequence[click.Parameter]) -> None:
    """Let a command's parameters be completed, whose names say what they hold."""
    arguments = [param for param in params if isinstance(param, click.Argument)]
    new = arguments[-1:] if name in ADDING else []
    for param in params:
        is_known = param.name in FILES or param.name in KNOWN or param.name in FIXED
        if is_known and param.type is click.STRING and param not in new:
            param.type = KnownValue()


def _values(ctx: click.Context) -> dict[str, Any]:
    return {"server": None, "product": None, "account": None, **ctx.params}


def _in_time(ask: Callable[[], list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Return what is found before patience ends; nothing where it cannot be found."""
    words: list[tuple[str, str]] = []

    def look() -> None:
        try:
            words.extend(ask())
        except Exception:  # noqa: BLE001 -- a shell that asks for words prints no sentence
            words.clear()

    thread = Thread(target=look, daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    return [] if thread.is_alive() else words


def _products(values: dict[str, Any]) -> Words:
    from lifecycle.cli import catalogue_reads  # noqa: PLC0415 -- only what is asked for

    listed = catalogue_reads.products(values["server"]).items
    return [(product["slug"], product["name"]) for product in listed]


def _versions(values: dict[str, Any]) -> Words:
    from lifecycle.cli import catalogue_reads  # noqa: PLC0415 -- only what is asked for

    listed = catalogue_reads.releases(
        values["server"], values["product"], newest_first=True, extent=_some()
    ).items
    return [
        (row["version"], row["released_on"] or f"planned {row['planned_on']}") for row in listed
    ]


def _lines(values: dict[str, Any]) -> Words:
    from lifecycle.cli import catalogue_reads  # noqa: PLC0415 -- only what is asked for

    matrix = catalogue_reads.support(values["server"], values["product"])
    return [(row["line"], row["codename"] or f"newest {row['latest']}") for row in matrix["lines"]]


def _features(values: dict[str, Any]) -> Words:
    from lifecycle.cli import catalogue_reads  # noqa: PLC0415 -- only what is asked for

    listed = catalogue_reads.features(values["server"], values["product"], extent=_some()).items
    return [(feature["key"], feature["name"]) for feature in listed]


def _tiers(values: dict[str, Any]) -> Words:
    """Name the tiers of the product's policy, or where none is named yet, of every product's."""
    from lifecycle.cli import reads  # noqa: PLC0415 -- only what is asked for

    product = values["product"]
    products = [product] if product else [slug for slug, _ in _products(values)][:MOST_POLICIES]
    tiers: dict[str, str] = {}
    for slug in products:
        tiers |= dict.fromkeys(reads.policy(values["server"], slug, None)["tiers"], "")
    return tiers.items()


def _accounts(values: dict[str, Any]) -> Words:
    from lifecycle.cli import account_reads  # noqa: PLC0415 -- only what is asked for

    listed = account_reads.accounts(values["server"], _some()).items
    return [(account["slug"], f"{account['name']}, {account['tier']}") for account in listed]


def _instances(values: dict[str, Any]) -> Words:
    from lifecycle.cli import account_reads  # noqa: PLC0415 -- only what is asked for

    listed = account_reads.instances(values["server"], values["account"], _some()).items
    return [(row["name"], f"{row['product']} {row['version']}") for row in listed]


def _deprecations(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    from lifecycle.cli import reads, short_ids  # noqa: PLC0415 -- only what is asked for

    listed = reads.deprecations(values["server"], extent=_some()).items
    ids = short_ids.shorten([row["id"] for row in listed])
    for uid, row in zip(ids, listed, strict=True):
        yield uid, f"{row['product']}: {row['kind']}, {row['status']}".replace("_", " ")


def _rules() -> Words:
    from lifecycle.gate.rules import documentation  # noqa: PLC0415 -- only what is asked for

    return [(rule, page.what) for rule, page in documentation.pages().items()]


def _topics() -> Words:
    from lifecycle.manual.contents import list_topics  # noqa: PLC0415 -- only what is asked for

    return [(topic.name, topic.summary) for topic in list_topics()]


def _some() -> Any:
    from lifecycle.cli.listings import Extent  # noqa: PLC0415 -- it needs the output's modules

    return Extent(MOST)


MOST_POLICIES = 5
KNOWN: dict[str, Callable[[dict[str, Any]], Words]] = {
    "product": _products,
    "expect": _products,
    "version": _versions,
    "lower": _versions,
    "higher": _versions,
    "from_version": _versions,
    "line": _lines,
    "lines": _lines,
    "feature": _features,
    "features": _features,
    "depends_on": _features,
    "tier": _tiers,
    "tiers": _tiers,
    "account": _accounts,
    "instance": _instances,
    "deprecation": _deprecations,
}
"""What asks the store or the service for the values of a parameter, by its name."""
FIXED: dict[str, Callable[[], Words]] = {"rule": _rules, "topic": _topics}
"""What names values that are the same everywhere."""

"""`lifecycle check`: whether anything that runs is, or soon will be, unsupported."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from lifecycle.calendar.days import parse_day
from lifecycle.check.rule_pages import pages
from lifecycle.check.sbom_enrichment import enrich_sbom
from lifecycle.check.support_rules import CheckTerms, FailOn
from lifecycle.check.tier_choices import read_tiers
from lifecycle.cli import check_answers, check_questions, check_sources, ignores
from lifecycle.cli.example_commands import Command
from lifecycle.cli.inputs import read, source_of
from lifecycle.cli.options import server_option, timeout_option
from lifecycle.cli.report_output import (
    read_output_path,
    report_options,
    tell,
    telling_failures,
    write_bytes,
)
from lifecycle.documents.patterns import REPORT
from lifecycle.errors import BadRequest
from lifecycle.interchange import enriched_cyclonedx

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lifecycle.check.tier_choices import TierChoice
    from lifecycle.cli.report_output import Output

_WITHIN = re.compile(r"(\d{1,5})\s*(d|days?|w|weeks?)?")
_FARTHEST = 36_500
LARGEST_IGNORED = 16 << 20


def _days(context: click.Context, parameter: click.Parameter, text: str) -> int:
    """Read a number of days.

    >>> _days(None, None, "90d"), _days(None, None, "12 weeks")
    (90, 84)
    """
    del context, parameter
    match = _WITHIN.fullmatch(text.strip())
    days = int(match[1]) * (7 if (match[2] or "d")[0] == "w" else 1) if match else -1
    if 0 <= days <= _FARTHEST:
        return days
    raise click.BadParameter(f"{text!r} is not a valid number of days; use 90d, or 12w for weeks.")


def _tiers(context: click.Context, parameter: click.Parameter, texts: Sequence[str]) -> TierChoice:
    del context, parameter
    try:
        return read_tiers(texts)
    except BadRequest as error:
        raise click.BadParameter(error.detail) from None


def _report_name(
    context: click.Context, parameter: click.Parameter, name: str | None
) -> str | None:
    del context, parameter
    if name is None or re.fullmatch(REPORT, name):
        return name
    raise click.BadParameter(
        f"{name!r} is not a valid report name; use up to 50 letters, digits, dots, dashes and"
        " underscores."
    )


@click.command("check", cls=Command, example="lifecycle check runs.yaml --tier pro --within 90d")
@click.argument("file", required=False)
@click.option("--account", metavar="ACCOUNT", help="What this account runs, under its own tier.")
@click.option("--sbom", metavar="FILE", help="What an SBOM lists: CycloneDX, or SPDX as JSON.")
@click.option(
    "--within",
    metavar="LENGTH",
    default="90d",
    show_default=True,
    callback=_days,
    help="How far ahead to look for ends: 90d, 12w.",
)
@click.option(
    "--tier",
    "tiers",
    metavar="[PRODUCT=]TIER",
    multiple=True,
    callback=_tiers,
    help="The tier to use where none is named; with PRODUCT=, for that product. May be repeated.",
)
@click.option("--at", metavar="DAY", help="On this day (YYYY-MM-DD); today if left out.")
@click.option(
    "--fail-on",
    type=click.Choice([str(level) for level in FailOn]),
    default=str(FailOn.ENDING),
    show_default=True,
    help="What fails the check: only unsupported versions; also ends within --within; also "
    "announced changes.",
)
@click.option(
    "--ignore", "ignore_file", metavar="FILE", help="Findings to ignore, why, and until when."
)
@click.option(
    "--expect",
    metavar="PRODUCT",
    multiple=True,
    help="Exit 2 if this product is not found; may be repeated. With --account, each product it "
    "has reported is expected.",
)
@click.option(
    "--allow-no-match",
    is_flag=True,
    help="Do not fail if nothing matches a known product, or one the account has reported.",
)
@click.option(
    "--report",
    "report_name",
    metavar="NAME",
    callback=_report_name,
    help="Report to the service, under this name, that the account runs this.",
)
@click.option(
    "--enrich",
    "enriched",
    metavar="OUT",
    callback=read_output_path,
    help="Write the SBOM, CycloneDX as JSON, with the lifecycle of each known component.",
)
@timeout_option(60.0)
@server_option
@report_options
def command(  # noqa: PLR0913 -- one for each option
    *,
    file: str | None,
    account: str | None,
    sbom: str | None,
    within: int,
    tiers: TierChoice,
    at: str | None,
    fail_on: str,
    ignore_file: str | None,
    expect: tuple[str, ...],
    allow_no_match: bool,
    report_name: str | None,
    enriched: Path | None,
    seconds: float,
    server: str | None,
    form: str,
    outputs: Sequence[Output],
) -> int:
    """Say whether anything that runs is unsupported, or soon will be, for CI.

    FILE lists products and versions, or package URLs, as YAML, JSON or TOML, or is an SBOM; - reads
    it from stdin. Exits 0 if all is well, 1 if a finding fails it, 2 if that could not be decided.
    """
    _check_use(
        file,
        sbom,
        account,
        report_name,
        enriched,
        says_what_matches=bool(expect) or allow_no_match,
    )
    name = file or sbom
    title = f"What {_spoken(name)} lists" if name else f"What {account} runs"
    with telling_failures(title, form, outputs, source=source_of(name)):
        if at is not None:
            parse_day(at)
        entries = _entries(ignore_file)
        source = None
        if name:
            must_be_sbom = sbom is not None or enriched is not None
            source = check_sources.read_source(name, must_be_sbom=must_be_sbom)
        if source is not None and enriched is not None:
            enriched_cyclonedx.check_enrichable(source.text, file=source.file)
        question = check_questions.Question(
            account=account,
            tier=tiers.tier,
            tiers=tiers.tiers,
            at=at,
            terms=CheckTerms(within, FailOn(fail_on)),
            report=report_name,
            expect=expect,
            allow_no_match=allow_no_match,
        )
        answer = check_questions.ask(question, source, server=server, seconds=seconds)
        report = check_answers.report(question, source, answer, entries, title=title)
        if source is not None and enriched is not None:
            write_bytes(enriched, enrich_sbom(source.text, answer.results, file=source.file))
    return tell(report, form, outputs, pages=pages, server=server)


def _entries(ignore_file: str | None) -> tuple[ignores.Ignore, ...]:
    if ignore_file is None:
        return ()
    return ignores.read_ignores(read(ignore_file, LARGEST_IGNORED), file=ignore_file)


def _spoken(file: str) -> str:
    """Say where a list comes from.

    >>> _spoken("run.yaml"), _spoken("-")
    ('run.yaml', 'the standard input')
    """
    return "the standard input" if file == "-" else file


def _check_use(
    file: str | None,
    sbom: str | None,
    account: str | None,
    report_name: str | None,
    enriched: Path | None,
    *,
    says_what_matches: bool,
) -> None:
    if file and sbom:
        raise click.UsageError("Give FILE or --sbom, not both.")
    if not (file or sbom or account):
        raise click.UsageError("Say what runs: FILE, --sbom FILE, or --account ACCOUNT.")
    if says_what_matches and not (file or sbom):
        raise click.UsageError("--expect and --allow-no-match need FILE or --sbom.")
    if enriched and not (file or sbom):
        raise click.UsageError("--enrich needs --sbom: which one is to be enriched?")
    if report_name and not account:
        raise click.UsageError("--report needs --account: whose is it?")
    if report_name and not (file or sbom):
        raise click.UsageError("--report needs FILE or --sbom: what is to be reported?")

"""`lifecycle policy`: presets, validation, and putting a policy in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import click

from lifecycle.cli import policy_reports, reads
from lifecycle.cli.connections import changing, connect
from lifecycle.cli.inputs import FILE, source_of
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.options import format_option, server_option, timeout_option
from lifecycle.cli.output import show_json, show_table
from lifecycle.cli.refusals import NO, say, say_error
from lifecycle.cli.report_output import report_options, tell, telling_failures
from lifecycle.cli.resource_changes import report
from lifecycle.cli.sample_files import sample_option
from lifecycle.client.resource_paths import path
from lifecycle.documents import decode
from lifecycle.documents.yaml_documents import write_yaml
from lifecycle.errors import BadRequest, Conflict, LifecycleError, Unprocessable
from lifecycle.policy.notice_words import overruled_sentences
from lifecycle.policy.plain_words import plain_words
from lifecycle.policy.policies import Announce
from lifecycle.policy.policy_documents import parse_policy, policy_document
from lifecycle.policy.presets import preset, preset_names
from lifecycle.settings import UnusableSetting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from lifecycle.cli.report_output import Output
    from lifecycle.policy.policies import Policy

BAD = BadRequest.status_code
REFUSED = frozenset({BAD, Conflict.status_code, Unprocessable.status_code})
"""What a service answers to a policy that it does not take."""
BY_ITSELF = (
    "Ends of support that follow from releases or declared days are announced to customers "
    "automatically (`announce: implied_ends`); `announce: drafts` leaves that to you."
)


@click.group("policy", cls=Group)
def command() -> None:
    """Look at policy documents and put them in force."""


@command.command(example="lifecycle policy presets")
@format_option
def presets(*, style: str) -> None:
    """Name the policies that come with the package, each with what it promises to its tiers."""
    if style == "json":
        show_json(list(preset_names()))
    else:
        promises = {
            name: plain_words(parse_policy(preset(name))).promise for name in preset_names()
        }
        show_table(["preset", "promises"], [[*row] for row in promises.items()])
        click.echo("\n`lifecycle policy show PRESET` prints one, ready to be changed.")


@command.command(example="lifecycle policy show clairdash")
@click.argument("name", required=False, metavar="[PRESET]")
@click.option("--product", help="The policy in force for this product instead.")
@click.option("--at", metavar="DAY", help="The one in force on this day; today if left out.")
@server_option
@format_option
def show(
    *, name: str | None, product: str | None, at: str | None, server: str | None, style: str
) -> None:
    """Print a preset, ready to be changed, or the policy a product is supported under."""
    if (name is None) == (product is None):
        raise click.UsageError("Name a preset (lifecycle policy presets lists them) or --product.")
    if product:
        _show(reads.policy(server, product, at), style)
    elif style == "json":
        show_json(policy_document(parse_policy(preset(name or ""))))
    else:
        click.echo(preset(name or ""), nl=False)


@command.command(example="lifecycle policy validate policy.yaml")
@click.argument("file", type=click.File("rb"))
@format_option
def validate(*, file: BinaryIO, style: str) -> int:
    """Check a policy document, YAML or JSON, and name everything wrong with it; - reads stdin."""
    try:
        policy = parse_policy(file.read())
    except LifecycleError as error:
        if style == "json":
            problems = [
                {"field": p.field, "message": p.message, "value": p.value, "allowed": p.allowed}
                for p in error.problems
            ]
            show_json({"valid": False, "detail": error.detail, "problems": problems})
        else:
            say_error(error)
        return NO
    warnings = list(overruled_sentences(policy))
    if style == "json":
        show_json({"valid": True, "warnings": warnings, "policy": policy_document(policy)})
    else:
        click.echo(f"Valid: {_named(policy)}.")
        _tell_announcing(policy)
        _warn(warnings)
    return 0


@command.command(example="lifecycle policy put widget policy.yaml")
@click.argument("product")
@click.argument("file", type=FILE)
@server_option
@format_option
def put(*, product: str, file: Path, server: str | None, style: str) -> int:
    """Put the policy document in FILE in force for PRODUCT, from the day it names; - reads stdin.

    Exits 1 if the policy is refused, and 2 if the command could not be carried out.
    """
    try:
        policy = parse_policy(body := decode(_content(file)).encode())
    except LifecycleError as error:
        say_error(error)
        return NO
    try:
        stored = _put(product, file, body, server)
    except LifecycleError as error:
        if not _is_refusal(error):
            raise
        say_error(error)
        return NO
    report(stored, f"{product} is supported under {_named(policy)}.", style)
    if style != "json":
        _tell_announcing(policy)
    _warn(overruled_sentences(policy))
    return 0


@command.command(example="lifecycle policy diff clairdash policy.yaml")
@click.argument("product")
@click.argument("file", type=FILE)
@server_option
@format_option
def diff(*, product: str, file: Path, server: str | None, style: str) -> int:
    """Say what the policy in FILE would change for PRODUCT: who gains, who loses, what stays.

    Nothing is entered. Exits 1 if the policy would be refused, as putting it in force would be.
    """
    content = _content(file)
    try:
        parse_policy(content)
    except LifecycleError as error:
        say_error(error)
        return NO
    try:
        with connect(server) as client:
            compared = client.send(path("v1", "products", product, "policy", "diff"), content)
    except LifecycleError as error:
        if not _is_refusal(error):
            raise
        say_error(error)
        return NO
    if style == "json":
        show_json(compared)
    else:
        policy_reports.tell(compared)
    return 0


@command.command("test", example="lifecycle policy test policy-test.yaml")
@click.argument("file")
@click.option("--policy", metavar="FILE", help="Try this policy, in place of the file's own.")
@click.option("--product", help="Rest on what is known of this product.")
@click.option("--releases", metavar="FILE", help="Rest on these releases; nobody is asked then.")
@sample_option("policy-test.yaml")
@timeout_option(60.0)
@server_option
@report_options
def test(  # noqa: PLR0913 -- one for each option
    *,
    file: str,
    policy: str | None,
    product: str | None,
    releases: str | None,
    seconds: float,
    server: str | None,
    form: str,
    outputs: Sequence[Output],
) -> int:
    """Say whether a policy answers as expected for a table of versions, tiers and days, for CI.

    FILE is the table: version, tier, day and expected, as CSV, or as cases in YAML or JSON; - reads
    stdin. Exits 0 if every case passes, 1 if one fails or the policy is refused, 2 if that could
    not be decided.
    """
    from lifecycle.cli import case_reports  # noqa: PLC0415 -- help is printed without it

    question = case_reports.Question(file, policy, product, releases)
    source = source_of(file)
    with telling_failures(f"The test {file}", form, outputs, source=source):
        report = case_reports.report_on(question, source=source, server=server, seconds=seconds)
    return tell(report, form, outputs, server=server)


def _is_refusal(error: LifecycleError) -> bool:
    """Tell a policy that is refused from a question that could not be asked."""
    if error.status_code not in REFUSED or isinstance(error, UnusableSetting):
        return False
    return error.status_code != BAD or bool(error.problems)


def _content(file: Path) -> bytes:
    with click.open_file(str(file), "rb") as stream:
        return bytes(stream.read())


def _put(product: str, file: Path, body: bytes, server: str | None) -> Any:
    kind = "application/json" if file.suffix == ".json" else "application/yaml"
    with changing(server) as client:
        return client.put(path("v1", "products", product, "policy"), body, content_type=kind)


def _show(document: Any, style: str) -> None:
    """Print a policy document in the form that `policy put` takes it in."""
    if style == "json":
        show_json(document)
    else:
        click.echo(write_yaml(document), nl=False)


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        say(f"Warning: {warning}")


def _tell_announcing(policy: Policy) -> None:
    """Say that ends of support announce themselves, before the service does it."""
    if policy.announce is Announce.IMPLIED_ENDS:
        click.echo(BY_ITSELF)


def _named(policy: Policy) -> str:
    tiers = ", ".join(tier.name for tier in policy.tiers)
    return (
        f"{policy.name} version {policy.version}, in force from {policy.in_force_from}, for {tiers}"
    )

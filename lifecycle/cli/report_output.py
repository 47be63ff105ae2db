"""Options and output of the commands that CI calls: any form on the screen, others into files."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import urlsplit

import click
import msgspec

from lifecycle.cli.refusals import store_failure
from lifecycle.errors import LifecycleError, end_sentence
from lifecycle.reports.forms import FORMS, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lifecycle.reports import Pages, Report

    Command = TypeVar("Command", bound=Callable[..., object])

PUBLISHED = "LIFECYCLE_BASE_URL"
SITE = re.compile(r"https?://[^\s<>()\[\]\x00-\x20\x7f-\uffff]+")
WIDEST = 120
UNWRAPPED = 100


class Output(NamedTuple):
    """A form asked for in a file."""

    form: str
    path: Path


def report_options(command: Command) -> Command:
    """Add ``--format`` as ``form`` and ``--output`` as ``outputs``; both are checked at once."""
    to_files = click.option(
        "--output",
        "outputs",
        metavar="FORMAT=PATH",
        multiple=True,
        callback=_read_outputs,
        help=f"Write a form into a file too; may be repeated. Forms: {', '.join(FORMS)}.",
    )
    to_screen = click.option(
        "--format",
        "form",
        type=click.Choice(list(FORMS)),
        default="text",
        show_default=True,
        help="For people, for programs, or for CI.",
    )
    return to_screen(to_files(command))


def tell(
    report: Report,
    form: str,
    outputs: Sequence[Output],
    *,
    pages: Pages | None = None,
    server: str | None = None,
) -> int:
    """Write the files, print the report, and give the exit code.

    Rules lead to their pages at ``server``, or without one where the settings say that the service
    is published.
    """
    report = msgspec.structs.replace(report, site=site_of(server or os.environ.get(PUBLISHED, "")))
    _spare_source(report, outputs)
    written = [(output.path, render(report, output.form, pages=pages)) for output in outputs]
    try:
        for path, text in written:
            write_file(path, text)
    finally:
        _print(render(report, form, pages=pages, width=_width(), colour=_coloured()))
    return report.exit_code


@contextmanager
def telling_failures(
    title: str, form: str, outputs: Sequence[Output], *, source: str | None = None
) -> Iterator[None]:
    """Report in every form asked for that nothing was decided, and let the error go on.

    CI takes a missing report for one without findings. On a screen the error's sentence suffices.
    Nothing unforeseen passes for an answer: it is told like every other failure.
    """
    try:
        yield
    except click.ClickException:
        raise
    except (LifecycleError, OSError) as error:
        _tell_undecided(title, _sentence(error), form, outputs, source)
        raise
    except Exception as error:
        sentence = store_failure(error) or (
            f"The question could not be asked, or its answer could not be read "
            f"({type(error).__name__}: {error}); with LIFECYCLE_TRACEBACK=1 the same command "
            "shows where."
        )
        _tell_undecided(title, sentence, form, outputs, source)
        raise LifecycleError(sentence) from error


def site_of(address: str) -> str | None:
    """Return the address of a service as it may stand in a report; None where it may not.

    >>> site_of("https://ci:secret@example.com/life/"), site_of("example.com"), site_of("https://[")
    ('https://example.com/life', None, None)
    """
    try:
        parts = urlsplit(address.strip())
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    site = f"{parts.scheme}://{host}{parts.path.rstrip('/')}"
    return site if SITE.fullmatch(site) else None


def _tell_undecided(
    title: str, reason: str, form: str, outputs: Sequence[Output], source: str | None
) -> None:
    from lifecycle.reports.answered_reports import undecided_report  # noqa: PLC0415 -- if it fails

    report = undecided_report(title, reason, source=source)
    for output in outputs:
        write_file(output.path, render(report, output.form))
    if form != "text":
        _print(render(report, form))


def write_file(path: Path, text: str) -> None:
    """Write a whole file or nothing: a report cut short would be read as one that found less."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file or nothing."""
    target = Path(os.path.realpath(path))
    status = _status(path)  # a pipe's, which /dev/stdout leads to, has no other name
    if status is not None and not stat.S_ISREG(status.st_mode):
        path.write_bytes(content)  # a pipe or a device keeps its place
        return
    aside = target.with_name(f".lifecycle-report-{os.getpid()}")
    try:
        aside.write_bytes(content)
        if status is not None:
            aside.chmod(stat.S_IMODE(status.st_mode))
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _read_outputs(
    context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]
) -> tuple[Output, ...]:
    del context, parameter
    outputs = tuple(_read_output(text) for text in texts)
    names: dict[str, Path] = {}
    for output in outputs:
        place = os.path.realpath(output.path)
        if place in names:
            raise click.BadParameter(f"{output.path} is given twice; each report has its own file.")
        names[place] = output.path
    return outputs


def _read_output(text: str) -> Output:
    form, equals, name = text.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"{text!r} is not FORMAT=PATH, such as junit=gate.xml.")
    if form not in FORMS:
        raise click.BadParameter(f"{form!r} is not a known form; use one of {', '.join(FORMS)}.")
    return Output(form, _check_writable(name))


def read_output_path(
    context: click.Context, parameter: click.Parameter, name: str | None
) -> Path | None:
    """Check at once, as an option's callback, that a file can be written."""
    del context, parameter
    return None if name is None else _check_writable(name)


def _check_writable(name: str) -> Path:
    path = Path(name)
    if (refusal := _refusal(path)) is not None:
        raise click.BadParameter(f"{name} cannot be written: {refusal}.")
    return path


def _refusal(path: Path) -> str | None:
    """Say why a file cannot be written, or None."""
    if str(path) == "-":
        return "what --format asks for is printed; name a file, or /dev/stdout"
    try:
        target = Path(os.path.realpath(path))
        status = _status(path)
        if status is not None and stat.S_ISDIR(status.st_mode):
            return "it is a directory"
        if status is None or stat.S_ISREG(status.st_mode):
            if not target.parent.is_dir():
                return f"there is no directory {path.parent}"
            if not os.access(target.parent, os.W_OK | os.X_OK):
                return f"you may not write to the directory {path.parent}"
        if status is not None and not os.access(path, os.W_OK):
            return "you may not write to it"
    except (OSError, ValueError) as error:
        return (error.strerror if isinstance(error, OSError) else None) or str(error)
    return None


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _spare_source(report: Report, outputs: Sequence[Output]) -> None:
    """Refuse to write a report over the file that it is about."""
    if report.source is None:
        return
    for output in outputs:
        if os.path.realpath(output.path) == os.path.realpath(report.source):
            raise click.BadParameter(
                f"{output.path} is the file asked about; a report would overwrite it.",
                param_hint="--output",
            )


def _print(text: str) -> None:
    """Print text as the terminal's encoding allows."""
    encoding = sys.stdout.encoding or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    click.echo(shown, nl=False, color=_coloured())


def _width() -> int:
    if not sys.stdout.isatty():
        return UNWRAPPED
    return min(shutil.get_terminal_size().columns, WIDEST)


def _coloured() -> bool:
    is_wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return is_wanted and sys.stdout.isatty()


def _sentence(error: LifecycleError | OSError) -> str:
    if isinstance(error, LifecycleError):
        further = (end_sentence(str(problem)) for problem in error.further_problems)
        return "\n".join([error.detail, *further])
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}."

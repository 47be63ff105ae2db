"""What went wrong, as a sentence on the error stream and an exit code; never a stack trace."""

from __future__ import annotations

import os
import sys
import traceback

import click

from lifecycle.errors import LifecycleError

NO = 1
COULD_NOT = 2
INTERRUPTED = 130
PIPE_CLOSED = 141
TRACEBACK = "LIFECYCLE_TRACEBACK"
OWN_PACKAGES = frozenset({"lifecycle", "notifications"})


def report(error: Exception) -> int:
    """Print what went wrong; return the exit code."""
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    if isinstance(error, click.Abort):
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        error.show()
        return COULD_NOT
    if isinstance(error, LifecycleError):
        say_error(error)
    else:
        say(_sentence(error))
    return COULD_NOT


def say_error(error: LifecycleError) -> None:
    """Write a refusal and each of its single problems."""
    say(f"Error: {error.detail}")
    further = error.further_problems
    for problem in error.problems:
        allows = problem.allowed is not None and problem.allowed not in problem.message
        if problem in further:
            say(f"{problem}; allowed: {problem.allowed}" if allows else f"{problem}", indent="  ")
        elif allows:
            where = f" for {problem.field}" if problem.field else ""
            say(f"Allowed{where}: {problem.allowed}", indent="  ")


def say(text: str, *, indent: str = "") -> None:
    """Write a line to the error stream, so that what is piped on stays clean.

    A server or a file may have worded it: no terminal and no CI runner obeys what it holds.
    """
    from lifecycle.reports.harmless_text import harmless, line  # noqa: PLC0415 -- seldom needed

    click.echo(indent + harmless(line(text)), err=True)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"Error: {where}{error.strerror or error}."
    if (failure := store_failure(error)) is not None:
        return f"Error: {failure}"
    if (package := missing_package(error)) is not None:
        return (
            f"Error: This needs the service's packages, and {package!r} is not installed. "
            "Install them from where lifecycle came from: `pip install '.[server]'` in a checkout, "
            "'lifecycle-tracker[server]' from an index of your own. Without them, status, check, "
            "gate and every other command whose --help has --server ask a running service: "
            "--server URL or LIFECYCLE_SERVER."
        )
    return (
        f"Error: This is a defect in lifecycle ({type(error).__name__}: {error}); "
        f"with {TRACEBACK}=1 the same command shows where."
    )


def missing_package(error: Exception) -> str | None:
    """Name the package that a command lacks where only the client is installed."""
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return None
    package = error.name.partition(".")[0]
    return None if package in OWN_PACKAGES else package


def store_failure(error: Exception) -> str | None:
    """Return a sentence on why the store failed, in the driver's own words; None if it did not."""
    database = sys.modules.get("sqlalchemy.exc")  # not imported: then it cannot have raised it
    if database is None or not isinstance(error, database.DBAPIError):
        return None
    cause = str(error.orig).strip().rstrip(".").splitlines()[0]
    return f"The store cannot be used: {cause}."

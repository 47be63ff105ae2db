"""What is wrong with the fields of a request, said of the options that they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from lifecycle.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.errors import LifecycleError

BODY: Final = "The body is not valid: "
ALIASES: Final = {
    **dict.fromkeys(("released_on", "planned_on", "withdrawn_on", "restored_on"), "on"),
    "expires_at": "expires",
}
"""Fields that an option of another name gives."""
IN_COMMANDS: Final = {
    "give planned_on instead": "`lifecycle release plan` plans one",
    "give released_on if it came out": "`lifecycle release add` enters one that came out",
    "needs withdrawn_on:": "needs a withdrawal:",
    " (released_on)": "",
    "if that was a mistake, clear withdrawn_on": "if that was a mistake, "
    "`lifecycle release restore --mistake` takes it back",
    "give exactly one of lines, range, feature and whole_product": "or one of --range, --feature "
    "and --whole-product is needed, and only one of them",
}
"""Ways out that name other fields, as those who have options read them."""
SLUG: Final = "slug"
"""The field that a command's first argument gives, whatever that is called."""


def in_terms_of_options(refusal: LifecycleError, context: click.Context) -> None:
    """Name the options, or the arguments, in place of the fields that they gave.

    A field that came from a file keeps the name that it has there. Within a list, a field is the
    option's if it has the option's value.
    """
    names = dict(_names(context.command, context.params))
    problems = []
    for problem in refusal.problems:
        stem = problem.field.partition(".")[0].partition("[")[0]
        leaf = problem.field.rpartition(".")[2]
        if leaf in names and context.params.get(leaf) == problem.value:  # the rest may be stored
            stem = leaf
        if name := names.get(stem):
            named = name
            if _leaves_value_out(problem) and repr(problem.value) not in refusal.detail:
                named = f"{name} {problem.value!r}"
            refusal.detail = refusal.detail.replace(f"{problem.field}: ", f"{named} ", 1)
            refusal.detail = _in_commands(refusal.detail)
            problem = _said_of(name, problem)  # noqa: PLW2901 -- the same, in other words
        problems.append(problem)
    refusal.problems = tuple(problems)
    for field, name in names.items():
        refusal.detail = refusal.detail.replace(f"`{field}`", name)
    if refusal.detail.removeprefix(BODY).startswith(tuple(f"{name} " for name in names.values())):
        refusal.detail = refusal.detail.removeprefix(BODY)


def _said_of(name: str, problem: Problem) -> Problem:
    message = _in_commands(problem.message)
    allowed = (problem.allowed or "").removesuffix(" or null")  # which is for documents
    is_said = message != problem.message
    return Problem(name, message, value=problem.value, allowed=None if is_said else allowed or None)


def _in_commands(text: str) -> str:
    """Name commands and options in place of other fields.

    >>> _in_commands("lies in the future (today is 2026-12-01); give planned_on instead")
    'lies in the future (today is 2026-12-01); `lifecycle release plan` plans one'
    """
    for phrase, words in IN_COMMANDS.items():
        text = text.replace(phrase, words)
    return text


def _leaves_value_out(problem: Problem) -> bool:
    """Return whether a sentence on what a value is not lacks the value."""
    value, message = problem.value, problem.message
    return isinstance(value, str) and message.startswith("is not ") and value not in message


def _names(command: click.Command, values: Mapping[str, object]) -> Mapping[str, str]:
    """Return how a command names the fields: those given, or if no file holds them, all."""
    options: dict[str, str] = {}
    holds_file = values.get("file") is not None
    arguments = [
        parameter
        for parameter in command.params
        if isinstance(parameter, click.Argument) and parameter.name != "file"
    ]
    for parameter in command.params:
        name = parameter.name or ""
        if holds_file and values.get(name) in (None, ()):
            continue
        if isinstance(parameter, click.Option):
            long_name = max(parameter.opts, key=len)
            options[name] = options[long_name.removeprefix("--").replace("-", "_")] = long_name
        elif parameter in arguments:
            options[name] = parameter.human_readable_name
    if arguments:
        options.setdefault(SLUG, arguments[0].human_readable_name)
    return options | {field: options[name] for field, name in ALIASES.items() if name in options}

"""Lines declared by a page: their days, their long-term support, their place among the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.catalogue import lines, queries
from lifecycle.catalogue.catalogue_inputs import LineIn
from lifecycle.catalogue.consistency import HIGHEST_POSITION
from lifecycle.catalogue.line_facts import facts_of
from lifecycle.documents.request_bodies import fit_value
from lifecycle.errors import Conflict, PreconditionFailed, Problem
from lifecycle.policy.window_words import PHASES
from lifecycle.policy.windows import Phase
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Cursor, Slug
from lifecycle.web.console.first_steps import next_step
from lifecycle.web.page_forms import REFUSALS, Form, Outcome, changing, reading, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.problem_sentences import reword
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from lifecycle.catalogue.models import Line, Product
    from lifecycle.support.facts import DeclaredDay

ON_A_PAGE: Final = 100
OUTCOMES: Final = {"line-added": "The line is declared.", "line-changed": "The line is changed."}
WORDS: Final = {"over": True, "open": False}
"""What a field may say in place of a day."""
_DAY_SAID: Final = {
    " (released_on)": "",
    " true if it is over and the day is not known": " “over” if that day is not known",
    " true": " “over”",
    " false": " “open”",
}
SAID: Final = {f"declared.{phase}": _DAY_SAID for phase in Phase} | {
    "lts": {" true": " “yes”", " false": " “no”"}
}
"""What the form's fields say in place of the API's words."""
LABELS: Final = {
    "line": "Line",
    **{f"declared.{phase}": name.capitalize() for phase, name in PHASES.items()},
    "lts": "Long-term support",
    "codename": "Code name",
    "released_on": "First day",
    "position": "Place",
    "correction": "Correction",
}
"""What the fields are called on the page."""
LTS_WORDS: Final[dict[DeclaredDay | None, str]] = {None: "", True: "yes", False: "no"}


@private_page("/console/products/{product:str}/lines", scope="publish")
async def show_lines(
    request: Request[Any, Any, Any],
    product: Slug,
    session: NamedDependency[AsyncSession],
    line: FormText = None,
    cursor: Cursor = None,
    outcome: Outcome = None,
) -> Response[str]:
    """Show what a product's lines declare, and the form that declares one or changes it."""
    form, name = Form({}), filled(line)
    if name is not None:
        row = await queries.get_product(session, product)
        form = _filled(await queries.get_line(session, row, name))
    return await _shown(request, session, product, form, cursor=cursor, outcome=outcome)


@form_route("/console/products/{product:str}/lines", scope="publish")
async def declare_line(
    request: Request[Any, Any, Any], product: Slug, form: NamedDependency[Form]
) -> Response[Any]:
    """Declare a line, or change what one declares unless somebody else has since."""
    try:
        name, facts = form.text("line"), _facts(form)
        async with changing(request, form) as change:
            owner = await queries.get_product(change.session, product)
            if change.expected is None:
                await _refuse_known(change.session, owner, name)
            _, new = await lines.put(
                change.session, owner, name, facts, by=change.by, expected=change.expected
            )
    except REFUSALS as refusal:
        again = form.refused(reword(refusal, SAID))
        async with reading(request) as session:
            if isinstance(refusal, PreconditionFailed):
                again = await _renewed(session, product, again)
            return await _shown(request, session, product, again)
    outcome = "line-added" if new else "line-changed"
    return see_other(request, "console", "products", product, "lines", outcome=outcome)


async def _refuse_known(session: AsyncSession, owner: Product, name: str) -> None:
    """Refuse to declare a line anew whose form was not filled with what it declares."""
    try:
        await queries.get_line(session, owner, name)
    except queries.UnknownLine:
        return
    fault = "is declared already; open what it declares to change it"
    raise Conflict(f"Line {name!r} {fault}.", problems=[Problem("line", fault)], line=name)


def _facts(form: Form) -> LineIn:
    declared = {phase.value: _day_or_word(form.text(f"declared.{phase}")) for phase in Phase}
    lts = form.text("lts")
    facts: LineIn = fit_value(
        {
            "declared": {phase: day for phase, day in declared.items() if day is not None},
            "lts": next((value for value, word in LTS_WORDS.items() if word == lts), lts),
            "codename": form.optional("codename"),
            "released_on": form.optional("released_on"),
            "position": form.number("position", lowest=-HIGHEST_POSITION, highest=HIGHEST_POSITION),
            "correction": form.optional("correction"),
        },
        LineIn,
        subject="The line is not valid",
    )
    return facts


def _day_or_word(text: str) -> str | bool | None:
    return WORDS.get(text.lower(), text) if text else None


def _filled(line: Line) -> Form:
    facts = facts_of(line)
    declared = {f"declared.{phase}": _written(day) for phase, day in facts.declared.items()}
    return Form.filled(
        line=line.name,
        lts=LTS_WORDS.get(facts.lts, str(facts.lts)),
        codename=facts.codename,
        released_on=facts.released_on.isoformat() if facts.released_on else None,
        position=None if facts.position is None else str(facts.position),
        revision=str(line.revision),
        **declared,
    )


def _written(day: DeclaredDay) -> str:
    if isinstance(day, bool):
        return next(word for word, value in WORDS.items() if value is day)
    return day.isoformat()


async def _renewed(session: AsyncSession, product: str, form: Form) -> Form:
    """Return the form with the revision of what stands now; empty if the line is gone."""
    owner = await queries.get_product(session, product)
    try:
        line = await queries.get_line(session, owner, form.value("line").strip())
    except queries.UnknownLine:
        return form.with_texts(revision="")
    return form.with_texts(revision=str(line.revision))


async def _shown(
    request: Request[Any, Any, Any],
    session: AsyncSession,
    product: str,
    form: Form,
    *,
    cursor: str | None = None,
    outcome: str | None = None,
) -> Response[str]:
    moment, row = Moment(request), await queries.get_product(session, product)
    page = await queries.list_lines(session, row, cursor=cursor, limit=ON_A_PAGE)
    return show(
        request,
        "console/lines.html",
        status=form.status,
        title="Declared lines",
        product=row,
        page=page,
        rows=[(line, facts_of(line)) for line in page.items],
        phases=PHASES,
        labels=LABELS,
        form=form,
        today=moment.now.date(),
        is_first=cursor is None,
        outcome=OUTCOMES.get(outcome or "", ""),
        onward=await next_step(session, moment, product) if outcome else None,
    )


router = pages(show_lines, declare_line)

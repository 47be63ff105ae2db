"""Taking in a customer list by a page: what would change is shown before anything is stored."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.accounts import account_imports
from lifecycle.catalogue.queries import feature_keys, vocabulary
from lifecycle.errors import BadRequest, Problem
from lifecycle.interchange.accounts import COLUMNS, AccountList, parse_accounts
from lifecycle.interchange.row_problems import PASTED
from lifecycle.server.dependencies import Change, Moment
from lifecycle.web.page_forms import REFUSALS, Form, changing, see_other
from lifecycle.web.page_routes import form, pages, private_page
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.account_inputs import ImportedAccount
    from lifecycle.accounts.import_changes import AccountReport
    from notifications.secrets import Vault

MOST_NAMED: Final = 50
"""So many of each kind of change are named on the page."""


@private_page("/console/account-import", scope="publish")
async def show_import(request: Request[Any, Any, Any]) -> Response[str]:
    """Show where a customer list is pasted or chosen."""
    return _shown(request, Form({}))


@form("/console/account-import", scope="publish")
async def take_list(request: Request[Any, Any, Any], form: NamedDependency[Form]) -> Response[Any]:
    """Show what a list would change; with the button below that, change it."""
    is_put = form.value("step") == "put"
    try:
        form = form.with_file("list")
        read = await asyncio.to_thread(_parse, form)
        report = await (_put if is_put else _preview)(request, read.accounts)
    except REFUSALS as refusal:
        return _shown(request, form.refused(refusal))
    report.problems = [*read.problems, *map(read.on_line, report.problems)]
    report.notes = read.notes
    if is_put and not (report.problems or report.unknown_features):
        return see_other(request, "console", "accounts", outcome="imported")
    return _shown(request, form, report, is_put=is_put)


def _parse(form: Form) -> AccountList:
    content = form.value("list")
    if not content.strip():
        problem = Problem("list", "is empty; paste a list or choose a file")
        raise BadRequest("The list is empty.", problems=[problem])
    return parse_accounts(content, file=form.value("list_name") or PASTED)


async def _preview(
    request: Request[Any, Any, Any], listed: Sequence[ImportedAccount]
) -> AccountReport:
    moment = Moment(request)
    async with moment.app_state.store.reading() as session:
        return await _apply(session, listed, moment, vault=None)


async def _put(request: Request[Any, Any, Any], listed: Sequence[ImportedAccount]) -> AccountReport:
    async with changing(request) as change:
        return await _apply(change.session, listed, change, vault=change.app_state.vault)


async def _apply(
    session: AsyncSession,
    listed: Sequence[ImportedAccount],
    permitted: Moment | Change,
    *,
    vault: Vault | None,
) -> AccountReport:
    """Take the list, or report what it would change where there is no vault for its secrets."""
    terms = account_imports.ImportTerms(
        by=permitted.by,
        today=permitted.now.date(),
        known=await vocabulary(session),
        vault=vault,
        operator=True,
        allow_http=permitted.app_state.settings.allow_private_addresses,
        dry_run=vault is None,
        features=await feature_keys(session),
    )
    return await account_imports.apply(session, listed, terms)


def _shown(
    request: Request[Any, Any, Any],
    form: Form,
    report: AccountReport | None = None,
    *,
    is_put: bool = False,
) -> Response[str]:
    return show(
        request,
        "console/account_import.html",
        status=form.status,
        title="Import accounts",
        form=form,
        report=report,
        is_put=is_put,
        columns=COLUMNS,
        most_named=MOST_NAMED,
    )


router = pages(show_import, take_list)

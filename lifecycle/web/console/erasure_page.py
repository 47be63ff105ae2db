"""Erasing an account for good, once its short name was typed."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.models import Account
from lifecycle.accounts.queries import get_account
from lifecycle.database import checkpoints
from lifecycle.errors import BadRequest, Problem
from lifecycle.scheduler import account_erasure
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug
from lifecycle.web.page_forms import REFUSALS, Form, changing, see_other
from lifecycle.web.page_routes import form, pages, private_page
from lifecycle.web.rendered_pages import show


@private_page("/console/accounts/{account:str}/erasure", scope="admin")
async def show_erasure(
    request: Request[Any, Any, Any], account: AccountSlug, session: NamedDependency[AsyncSession]
) -> Response[str]:
    """Say what erasing an account does, and ask for its short name."""
    return _shown(request, await get_account(session, account), Form({}))


@form("/console/accounts/{account:str}/erasure", scope="admin")
async def erase_account(
    request: Request[Any, Any, Any], account: AccountSlug, form: NamedDependency[Form]
) -> Response[Any]:
    """Erase an account: who it is, what it runs, its addresses and tokens; evidence stays."""
    try:
        _check_typed(form, account)
        async with changing(request) as change:
            await account_erasure.erase(change.session, account, by=change.by, expected=None)
    except REFUSALS as refusal:
        again = form.refused(refusal)
        async with Moment(request).app_state.store.reading() as session:
            return _shown(request, await get_account(session, account), again)
    response = see_other(request, "console", "accounts", outcome="erased")
    response.background = BackgroundTask(checkpoints.write_back, change.app_state.store)
    return response


def _check_typed(form: Form, account: str) -> None:
    if form.text("typed") != account:
        fault = f"is not {account!r}; nothing was erased"
        raise BadRequest(f"typed {fault}.", problems=[Problem("typed", fault)])


def _shown(request: Request[Any, Any, Any], account: Account, form: Form) -> Response[str]:
    return show(
        request,
        "console/account_erasure.html",
        status=form.status,
        title=f"Erase {account.slug}?",
        account=account,
        form=form,
    )


router = pages(show_erasure, erase_account)

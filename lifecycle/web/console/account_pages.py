"""The vendor's accounts: search among them, and one with all that it holds, runs and was told."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import account_subscriptions, actions, queries
from lifecycle.accounts.account_inputs import AccountIn
from lifecycle.accounts.account_subscriptions import SubscriptionOut
from lifecycle.accounts.queries import AccountFilter
from lifecycle.answers import accounts as answers
from lifecycle.catalogue.queries import product_names, vocabulary
from lifecycle.database.pagination import Page
from lifecycle.deprecations.evidence import received
from lifecycle.deprecations.queries import content_of
from lifecycle.errors import BadRequest
from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug
from lifecycle.web.console.first_steps import next_step
from lifecycle.web.deprecation_sentences import name_change
from lifecycle.web.page_forms import REFUSALS, Form, Outcome, changing, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form, pages, private_document, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.table_files import Rows, send_items, send_table, walk_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.accounts.models import Account, AccountTier
    from lifecycle.deprecations.evidence.received import Received

ON_A_PAGE: Final = 50
NOTICES_SHOWN: Final = 20
CONFLICT: Final = 412
COLUMNS: Final = ("account", "name", "tier", "instances")
"""As an import reads them."""
TIER_COLUMNS: Final = ("tier", "from_day")
OUTCOMES: Final = {
    "added": "The account is added.",
    "changed": "The account is changed.",
    "imported": "The list is imported.",
    "erased": "The account is erased. Evidence of what it was sent stays, under a pseudonym.",
}


class Fields(NamedTuple):
    """The fields of the form above the list, as they were filled in."""

    q: str | None
    tier: str | None


async def provide_fields(q: FormText = None, tier: FormText = None) -> Fields:
    """Return what the form asks for; an empty field asks nothing."""
    return Fields(filled(q), filled(tier))


@private_page("/console/accounts", scope="publish", by_product=True)
async def show_accounts(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    fields: NamedDependency[Fields],
    cursor: FormText = None,
    outcome: Outcome = None,
) -> Response[str]:
    """List accounts by their short names, those that a search finds or all of them."""
    refusal, page = None, Page["Account"]([])
    try:
        page = await queries.list_accounts(
            session,
            AccountFilter(moment.now.date(), fields.q, fields.tier),
            products=moment.products,
            cursor=filled(cursor),
            limit=ON_A_PAGE,
        )
    except BadRequest as error:
        refusal = error.detail
    return show(
        request,
        "console/accounts.html",
        status=400 if refusal else 200,
        title="Accounts",
        page=page,
        fields=fields,
        refusal=refusal,
        tier_of=lambda account: queries.tier_on(account.tiers, moment.now.date()),
        tiers=sorted((await vocabulary(session)).tiers) if moment.products is None else (),
        is_first=not filled(cursor),
        may_change=moment.products is None,
        outcome=OUTCOMES.get(outcome or "", ""),
        onward=await next_step(session, moment) if outcome else None,
    )


@private_document("/console/accounts.csv", TABLE, scope="publish", by_product=True)
async def show_account_table(
    moment: NamedDependency[Moment], fields: NamedDependency[Fields]
) -> Stream:
    """Send the accounts that are asked for, all of them, as a table."""
    return send_table("accounts.csv", COLUMNS, _rows(moment, fields))


@private_page("/console/accounts/{account:str}", scope="publish", by_product=True)
async def show_account(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    outcome: Outcome = None,
) -> Response[str]:
    """Show an account: its tiers, what it runs, what it was told, and where."""
    row = await queries.get_account(session, account, products=moment.products)
    first = Form.filled(
        name=row.name,
        tier=queries.tier_on(row.tiers, moment.now.date()),
        revision=str(row.revision),
    )
    return await _shown(request, session, moment, row, first, outcome)


@private_document(
    "/console/accounts/{account:str}/tiers.csv", TABLE, scope="publish", by_product=True
)
async def show_tier_table(
    account: AccountSlug, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> Stream:
    """Send the tiers that an account has had, the earliest first."""
    row = await queries.get_account(session, account, products=moment.products)
    return send_items(f"{row.slug}-tiers.csv", TIER_COLUMNS, _tiers_of(row))


@form("/console/accounts/{account:str}", scope="publish")
async def correct_account(
    request: Request[Any, Any, Any], account: AccountSlug, form: NamedDependency[Form]
) -> Response[Any]:
    """Change an account's name or tier; a new tier counts from today."""
    try:
        async with changing(request, form) as change:
            await queries.get_account(change.session, account)
            await actions.put_account(
                change.session,
                AccountIn(slug=account, name=form.text("name"), tier=form.text("tier")),
                by=change.by,
                today=change.now.date(),
                vocabulary=await vocabulary(change.session),
                expected=change.expected,
            )
    except REFUSALS as refusal:
        again, moment = form.refused(refusal), Moment(request)
        async with moment.app_state.store.reading() as session:
            row = await queries.get_account(session, account, products=moment.products)
            return await _shown(request, session, moment, row, again, None)
    return see_other(request, "console", "accounts", account, outcome="changed")


@private_page("/console/account-new", scope="publish")
async def show_new_account(
    request: Request[Any, Any, Any], session: NamedDependency[AsyncSession]
) -> Response[str]:
    """Show the form that adds an account."""
    return await _new(request, session, Form({}))


@form("/console/account-new", scope="publish")
async def add_account(
    request: Request[Any, Any, Any], form: NamedDependency[Form]
) -> Response[Any]:
    """Add a new account."""
    try:
        async with changing(request) as change:
            added = await actions.create_account(
                change.session,
                AccountIn(slug=form.text("slug"), name=form.text("name"), tier=form.text("tier")),
                by=change.by,
                today=change.now.date(),
                vocabulary=await vocabulary(change.session),
            )
            slug = added.slug
    except REFUSALS as refusal:
        again = form.refused(refusal)
        async with Moment(request).app_state.store.reading() as session:
            return await _new(request, session, again)
    return see_other(request, "console", "accounts", slug, outcome="added")


async def _new(request: Request[Any, Any, Any], session: AsyncSession, form: Form) -> Response[str]:
    tiers = sorted((await vocabulary(session)).tiers)
    return show(
        request,
        "console/account_new.html",
        status=form.status,
        title="Add an account",
        form=form,
        tiers=tiers,
    )


async def _shown(
    request: Request[Any, Any, Any],
    session: AsyncSession,
    moment: Moment,
    row: Account,
    form: Form,
    outcome: str | None,
) -> Response[str]:
    today, products = moment.now.date(), moment.products
    snapshots = await moment.app_state.snapshots.get_known(answers.products_of(row))
    notices = await received.list_of(
        session, row, products=products, cursor=None, limit=NOTICES_SHOWN
    )
    addresses = await account_subscriptions.listed(session, row, products=products)
    tries = await account_subscriptions.last_attempts(session, row.slug)
    revision = str(row.revision) if form.status == CONFLICT else form.value("revision")
    return show(
        request,
        "console/account.html",
        status=form.status,
        title=row.name,
        account=row,
        form=form,
        revision=revision,
        tiers=_tiers_of(row),
        tier=queries.tier_on(row.tiers, today),
        known_tiers=sorted((await vocabulary(session)).tiers) if products is None else (),
        runs=answers.status(row, snapshots, at=None, within=answers.WITHIN, now=moment.now),
        notices=notices,
        name_of=_name_of,
        products=(await product_names(session)).items(),
        addresses=[
            (SubscriptionOut.of(item, products=products), tries.get(item.id)) for item in addresses
        ],
        today=today,
        may_change=products is None,
        outcome=OUTCOMES.get(outcome or "", ""),
        onward=await next_step(session, moment) if outcome else None,
    )


def _name_of(row: Received) -> str:
    return name_change(content_of(row.deprecation), row.product.name or row.product.slug)


async def _rows(moment: Moment, fields: Fields) -> Rows:
    today = moment.now.date()
    only = AccountFilter(today, fields.q, fields.tier)
    read = partial(queries.list_accounts, only=only, products=moment.products)
    async for accounts in walk_pages(moment, read):
        yield [_row(account, today) for account in accounts]


def _tiers_of(account: Account) -> list[AccountTier]:
    return sorted(account.tiers, key=lambda tier: tier.from_day)


def _row(account: Account, today: date) -> Sequence[Any]:
    runs = [
        f"{instance.name}={instance.product}@{instance.version}" for instance in account.instances
    ]
    tier = queries.tier_on(account.tiers, today)
    return account.slug, account.name, tier, " ".join(runs)


router = pages(
    show_accounts,
    show_account_table,
    show_account,
    show_tier_table,
    correct_account,
    show_new_account,
    add_account,
    fields=provide_fields,
)

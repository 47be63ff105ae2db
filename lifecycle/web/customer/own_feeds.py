"""An account's own calendar and feed, at a secret address that its people can renew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request, Router
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import private_feeds
from lifecycle.accounts.queries import get_account
from lifecycle.answers.account_events import account_events, own_days
from lifecycle.answers.accounts import products_of, status
from lifecycle.answers.public_changes import identify
from lifecycle.deprecations.evidence import received
from lifecycle.deprecations.notices import addressees, letters, wording
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.documents.markdown_texts import write_plainly
from lifecycle.interchange import atom_feeds, ics_calendars
from lifecycle.interchange.atom_feeds import Feed, FeedEntry, write_feed
from lifecycle.interchange.ics_calendars import write_calendar, write_event
from lifecycle.server.published_paths import write_path
from lifecycle.server.request_parameters import AccountSlug
from lifecycle.web import error_pages
from lifecycle.web.calendars import DESCRIPTION, calendar_day
from lifecycle.web.page_forms import Outcome, changing, see_other
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import private_page
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from collections.abc import Callable

    from lifecycle.deprecations.evidence.received import Received
    from lifecycle.deprecations.notices.notice_facts import Addressee
    from lifecycle.server.app_state import AppState

DONE = {
    "feed-made": "The address is ready.",
    "feed-renewed": "The address is new; the former one no longer works.",
    "feed-removed": "The address is removed; what used it gets nothing any more.",
}
NEWEST = 100
AHEAD_DAYS = 36500
PRIVATE = {"cache-control": "private, no-store", "x-robots-tag": "noindex"}


def secret_document(name: str, media_type: str) -> Callable[[Any], HTTPRouteHandler]:
    """Declare what whoever has an account's secret address may read."""
    return HTTPRouteHandler(
        f"/feeds/{{secret:str}}/{name}",
        http_method="GET",
        status_code=200,
        opt={"scope": "link"},
        include_in_schema=False,
        media_type=media_type,
        exception_handlers={Exception: error_pages.handle},
    )


@private_page("/my/{account:str}/feeds", scope="account")
async def show_feeds(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    outcome: Outcome = None,
) -> Response[str]:
    """Show the secret address of an account's calendar and feed."""
    app_state: AppState = request.app.state.app_state
    owner = await get_account(session, account)
    secret = await private_feeds.secret_of(session, owner, app_state.vault)
    return show(
        request,
        "customer/feeds.html",
        title="Calendar and feed",
        account=owner.slug,
        name=owner.name,
        secret=secret,
        outcome=DONE.get(outcome or "", ""),
    )


@form_route("/my/{account:str}/feeds", scope="account")
async def renew(request: Request[Any, Any, Any], account: AccountSlug) -> Response[Any]:
    """Make a secret address, in place of the one there was, if any."""
    async with changing(request) as change:
        owner = await get_account(change.session, account, lock=True)
        vault = change.app_state.vault
        former = await private_feeds.secret_of(change.session, owner, vault)
        await private_feeds.renew(change.session, owner, vault=vault, by=change.by)
    outcome = "feed-renewed" if former else "feed-made"
    return see_other(request, "my", account, "feeds", outcome=outcome)


@form_route("/my/{account:str}/feeds/remove", scope="account")
async def remove(request: Request[Any, Any, Any], account: AccountSlug) -> Response[Any]:
    """Remove the secret address."""
    async with changing(request) as change:
        owner = await get_account(change.session, account, lock=True)
        await private_feeds.remove(change.session, owner, by=change.by)
    return see_other(request, "my", account, "feeds", outcome="feed-removed")


@secret_document("calendar.ics", ics_calendars.MEDIA_TYPE)
async def show_calendar(request: Request[Any, Any, Any], secret: FromPath[str]) -> Response[bytes]:
    """Show the days of what an account runs, as a calendar."""
    app_state: AppState = request.app.state.app_state
    now, base = app_state.clock(), base_url(app_state.settings)
    async with app_state.store.reading() as session:
        owner = await get_account(session, await private_feeds.account_of(session, secret))
    snapshots = await app_state.snapshots.get_known(products_of(owner))
    answer = status(owner, snapshots, at=None, within=AHEAD_DAYS, now=now)
    days = [
        calendar_day(event, event.snapshot.today(now), base, more=own_days(event, answer))
        for event in account_events(answer, snapshots, now)
    ]
    calendar = write_calendar(
        id=identify("account", owner.slug, "calendar"),
        name=f"{app_state.settings.title}: {owner.name}",
        description=DESCRIPTION,
        events=map(write_event, days),
    )
    return Response(calendar, media_type=ics_calendars.MEDIA_TYPE, headers=PRIVATE)


@secret_document("notices.atom", atom_feeds.MEDIA_TYPE)
async def show_feed(request: Request[Any, Any, Any], secret: FromPath[str]) -> Response[bytes]:
    """Show the notices that an account was sent, as a feed."""
    app_state: AppState = request.app.state.app_state
    now, base = app_state.clock(), base_url(app_state.settings)
    async with app_state.store.reading() as session:
        owner = await get_account(session, await private_feeds.account_of(session, secret))
        listed = await received.list_of(session, owner, cursor=None, limit=NEWEST)
        numbers = [item.notice.id for item in listed.items]
        states = await addressees.of_owner(session, numbers, owner.slug, now, base)
    addressee_by_notice = {state.addressee.about.notice: state.addressee for state in states}
    entries = [
        _entry(item, addressee_by_notice[item.notice.uid], owner.slug, base)
        for item in listed.items
        if item.notice.uid in addressee_by_notice and item.notice.due_at <= now
    ]
    feed = Feed(
        id=identify("account", owner.slug, "feed"),
        title=f"Notices for {owner.name}",
        subtitle="What was announced, changed and withdrawn of what you run.",
        author=app_state.settings.title,
        address=write_path(base, "feeds", secret, "notices.atom"),
        link=write_path(base, "my", owner.slug, "notices"),
        entries=tuple(entries),
    )
    return Response(write_feed(feed), media_type=atom_feeds.MEDIA_TYPE, headers=PRIVATE)


def _entry(item: Received, addressee: Addressee, account: str, base: str) -> FeedEntry:
    """Write a notice so that its words stay true while the days pass."""
    about = addressee.about
    noun = wording.NOUNS[about.kind].format(wording.thing(about.product_name, about.what))
    day = wording.day(addressee.effective_on)
    label = letters.label(about.milestone, about.change)
    paragraphs = [about.reason, write_plainly(about.migration or ""), about.change_reason]
    return FeedEntry(
        id=identify("account", account, "notice", item.notice.uid),
        title=f"{label}: {noun}, in force from {day}",
        at=item.notice.due_at,
        paragraphs=tuple(filter(None, paragraphs)),
        link=write_path(base, "my", account, "notices", item.notice.uid),
        categories={f"product:{about.product}": about.product_name},
    )


router = Router(
    "/",
    route_handlers=[show_feeds, renew, remove, show_calendar, show_feed],
    exception_handlers={Exception: error_pages.refuse},
)

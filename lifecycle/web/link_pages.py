"""The pages behind the links in mails: to look changes nothing, mail scanners do it too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from litestar import Request, Router
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Response

from lifecycle.accounts.queries import get_account
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.calendar.distances import distance
from lifecycle.deprecations.audience import recipients
from lifecycle.deprecations.evidence import received
from lifecycle.deprecations.evidence.notice_outputs import letter_of
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.notices import addressees, signed_links, wording
from lifecycle.errors import LifecycleError
from lifecycle.web.page_layout import Page, refusal, shown
from notifications import subscriptions
from notifications.errors import NotificationError, UnknownSubscriptionError
from notifications.models import Subscription, SubscriptionState
from notifications.secrets import BadLinkError, ExpiredLinkError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.evidence.received import Received
    from lifecycle.deprecations.notices.notice_facts import Addressee
    from lifecycle.server.app_state import AppState
    from notifications.events import Event, Record

NEW_LINK = "Ask whoever manages your subscriptions to add the address again."


def route(method: str, path: str) -> Callable[[Any], HTTPRouteHandler]:
    """Declare a page that whoever has its link may see."""
    return HTTPRouteHandler(
        path,
        http_method=method,  # type: ignore[arg-type]
        status_code=200,
        opt={"scope": "link"},
        include_in_schema=False,
    )


@route("GET", "/confirm/{token:str}")
async def ask_to_confirm(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Ask whether an address should get notices."""
    app_state = _app_state(request)
    uid = app_state.links.unsign(signed_links.CONFIRM, token, signed_links.CONFIRM_WITHIN)
    async with app_state.store.reading() as session:
        subscription = await subscriptions.get(session, None, uid)
    if subscription.state == SubscriptionState.PENDING:
        return shown(
            Page(
                label="Please confirm",
                title="Should notices be sent to this address?",
                paragraphs=(
                    f"They are notices about deprecations, for the account {subscription.owner}.",
                ),
                button="Confirm this address",
                note="If you did not ask for it, close this page: nothing will be sent.",
            )
        )
    subscriptions.check_confirmable(subscription)
    return _confirmed(subscription.owner)


@route("POST", "/confirm/{token:str}")
async def confirm(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Confirm an address; done again it changes nothing."""
    app_state = _app_state(request)
    uid = app_state.links.unsign(signed_links.CONFIRM, token, signed_links.CONFIRM_WITHIN)
    by = _by(app_state, uid)
    async with app_state.store.writing() as session:
        subscription = await subscriptions.get(session, None, uid, lock=True)
        await subscriptions.confirm(session, subscription, now=by.at, record=_record(by))
        owner = subscription.owner
    return _confirmed(owner)


@route("GET", "/unsubscribe/{token:str}")
async def ask_to_unsubscribe(
    request: Request[Any, Any, Any], token: FromPath[str]
) -> Response[str]:
    """Ask whether an address should get no more notices."""
    app_state = _app_state(request)
    uid = app_state.links.unsign(signed_links.UNSUBSCRIBE, token)
    async with app_state.store.reading() as session:
        subscription = await _still_there(session, uid)
    if subscription is None or subscription.state == SubscriptionState.UNSUBSCRIBED:
        return _unsubscribed()
    return shown(
        Page(
            label="Unsubscribe",
            title="Send no more notices to this address?",
            paragraphs=(
                f"It gets notices about deprecations for the account {subscription.owner}.",
                "If it is the account's last address, nobody there will learn what is coming.",
            ),
            button="Unsubscribe",
        )
    )


@route("POST", "/unsubscribe/{token:str}")
async def unsubscribe(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Unsubscribe an address, by a person's button or a mail program's one click (RFC 8058)."""
    app_state = _app_state(request)
    uid = app_state.links.unsign(signed_links.UNSUBSCRIBE, token)
    by = _by(app_state, uid)
    async with app_state.store.writing() as session:
        subscription = await _still_there(session, uid, lock=True)
        if subscription is not None:
            await subscriptions.unsubscribe(session, subscription, now=by.at, record=_record(by))
    return _unsubscribed()


@route("GET", "/acknowledge/{token:str}")
async def ask_to_acknowledge(
    request: Request[Any, Any, Any], token: FromPath[str]
) -> Response[str]:
    """Show what a notice says, and ask for its acknowledgement."""
    app_state = _app_state(request)
    link = signed_links.acknowledgement(app_state.links, token)
    base = signed_links.base_url(app_state.settings)
    async with app_state.store.reading() as session:
        recipient = await addressees.one(
            session, link.notice, link.account, app_state.clock(), base
        )
        if recipient is None:
            return _gone()
        owner = await get_account(session, link.account)
        try:
            row = await received.get(session, owner, link.notice)
        except recipients.UnknownNotice:
            return _gone()
    addressee = recipient.addressee
    acknowledged = recipient.acknowledged_at is not None
    letter = letter_of(row, addressee)
    return shown(
        Page(
            label="Acknowledged" if acknowledged else letter.label,
            title=letter.title,
            paragraphs=letter.paragraphs,
            sections=letter.sections,
            links=_ways_on(app_state, link.account, link.notice),
            facts=(
                ("Account", addressee.account_name),
                ("Product", addressee.about.product_name),
                _effective_day(addressee, is_over=_is_over(row)),
            ),
            button=None if acknowledged else "Acknowledge this notice",
            note="This has already been acknowledged; nothing more needs to be done."
            if acknowledged
            else "This only confirms that a person has read it, not that you agree.",
        )
    )


def _is_over(row: Received) -> bool:
    return row.withdrawn_on is not None or row.notice.milestone == Milestone.WITHDRAWAL


def _effective_day(addressee: Addressee, *, is_over: bool) -> tuple[str, str]:
    """Name the day, and its distance only where it is still to be reckoned with."""
    day = wording.day(addressee.effective_on)
    if is_over:
        return "Was to take effect", day
    return "Effective day", f"{day} ({distance(addressee.effective_on, addressee.today)})"


@route("POST", "/acknowledge/{token:str}")
async def acknowledge(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Record that a person has read a notice; the first time counts."""
    app_state = _app_state(request)
    link = signed_links.acknowledgement(app_state.links, token)
    by = _by(app_state, link.subscription)
    async with app_state.store.writing() as session:
        account = await get_account(session, link.account)
        await recipients.acknowledge(session, account, link.notice, by=by, now=by.at)
    return shown(
        Page(
            label="Acknowledged",
            title="Thank you: this notice is acknowledged.",
            paragraphs=("You can close this page. Reminders still come while you are affected.",),
            links=_ways_on(app_state, link.account, link.notice),
        )
    )


def _ways_on(app_state: AppState, account: str, notice: str) -> tuple[tuple[str, str], ...]:
    """Lead to where one sees all of an account; who is not signed in is asked to."""
    return (
        ("Everything that is coming for you (sign in)", app_state.path("my", account)),
        (
            "Where this notice was delivered (sign in)",
            app_state.path("my", account, "notices", notice),
        ),
    )


def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """Return a page that explains a link that no longer works."""
    if isinstance(error, ExpiredLinkError) and request.scope["path_template"].startswith(
        "/acknowledge/"
    ):
        app_state = _app_state(request)
        days = signed_links.ACKNOWLEDGE_WITHIN.days
        return refusal(
            "This link has expired.",
            f"Links in notices work for {days} days. Sign in to read all notices of your account.",
            status=410,
            links=(("Sign in by e-mail", app_state.path("sign-in", "link")),),
        )
    if isinstance(error, ExpiredLinkError):
        return refusal(
            "This link has expired.", "Links to confirm an address work once.", NEW_LINK, status=410
        )
    if isinstance(error, BadLinkError):
        return refusal(
            "This link is broken.",
            "It may have been cut off on the way. Copy all of it from the e-mail, and try again.",
            status=400,
        )
    if isinstance(error, UnknownSubscriptionError):
        return refusal("This subscription was removed.", NEW_LINK, status=410)
    status = error.status_code if isinstance(error, LifecycleError | NotificationError) else 400
    return _gone() if status == 404 else refusal("This is not possible.", f"{error}", status=status)  # noqa: PLR2004


router = Router(
    "/",
    route_handlers=[
        ask_to_confirm,
        confirm,
        ask_to_unsubscribe,
        unsubscribe,
        ask_to_acknowledge,
        acknowledge,
    ],
    exception_handlers={
        BadLinkError: refuse,
        NotificationError: refuse,
        LifecycleError: refuse,
    },
)


def _app_state(request: Request[Any, Any, Any]) -> AppState:
    app_state: AppState = request.app.state.app_state
    return app_state


def _by(app_state: AppState, subscription: str) -> By:
    """Name who acts: whoever has the link that was sent to a subscription."""
    return By(f"link:{subscription}", app_state.clock())


def _record(by: By) -> Record:
    async def record(session: AsyncSession, event: Event) -> None:
        append(session, by, event.action, event.owner, details=event.details)

    return record


async def _still_there(
    session: AsyncSession, uid: str, *, lock: bool = False
) -> Subscription | None:
    try:
        return await subscriptions.get(session, None, uid, lock=lock)
    except UnknownSubscriptionError:
        return None


def _confirmed(owner: str) -> Response[str]:
    return shown(
        Page(
            label="Confirmed",
            title="This address is confirmed.",
            paragraphs=(f"Notices for the account {owner} will be sent here.",),
        )
    )


def _unsubscribed() -> Response[str]:
    return shown(
        Page(
            label="Unsubscribed",
            title="This address will get no more notices.",
            paragraphs=("You can close this page.",),
        )
    )


def _gone() -> Response[str]:
    return refusal(
        "This notice is no longer here.",
        "It was for an account that no longer gets it.",
        status=410,
    )

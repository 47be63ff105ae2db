"""What handlers are given: the moment of the request, a session to read, or one change."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from litestar import Request
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.actions import check_revision
from lifecycle.accounts.scopes import NOBODY, Caller
from lifecycle.answers.snapshot_cache import CATALOGUE
from lifecycle.answers.snapshots import Snapshot
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.calendar.zones import next_midnight, zone
from lifecycle.catalogue.models import Product
from lifecycle.catalogue.queries import UnknownProduct, find_by_alias, today_for
from lifecycle.idempotency.keyed_requests import Answer
from lifecycle.server.cacheability import Cacheability, cacheability_of, set_cacheability
from lifecycle.server.keyed_answers import IdempotencyKey, KeyedAnswer, keyed_answer
from lifecycle.server.moved_products import MovedProduct, leads_on
from lifecycle.server.permissions import Permissions
from lifecycle.server.preconditions import IfMatch, required, revision_in

if TYPE_CHECKING:
    from lifecycle.answers.runners import Runner
    from lifecycle.server.app_state import AppState
    from notifications.events import Event

Shown = TypeVar("Shown")
CHANGE = "lifecycle.change"


class Moment(Permissions):
    """When a request came, and what is known then."""

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        super().__init__(_caller(request))
        app_state: AppState = request.app.state.app_state
        self._scope = cast("dict[str, Any]", request.scope)
        self._snapshots = app_state.snapshots
        self._catalogue_mark = app_state.snapshots.current(CATALOGUE)
        self.app_state = app_state
        self.now: datetime = app_state.clock()

    @property
    def by(self) -> By:
        """Who asks, and when, for what is kept of the question."""
        return By(self._caller.actor, self.now)

    @property
    def runner(self) -> Runner:
        """What does heavy work for who asks."""
        return self.app_state.runner(self._scope)

    async def snapshot(self, product: str) -> Snapshot:
        """Return a product as it stands, and let the answer be kept while it stands so.

        Who may not publish gets what is public of it; what is not is refused as unknown. Where
        addresses are kept, who asks for it by an alias is led to its slug.
        """
        try:
            snapshot = await self._snapshots.get(product, self.visibility)
        except UnknownProduct:
            if leads_on(self._scope) and (slug := await self._slug_of(product)):
                raise MovedProduct(slug) from None
            raise
        deadline = snapshot.deadline(self.now)
        self._keep_while(product, snapshot.mark, deadline, public=snapshot.is_public)
        return snapshot

    async def _slug_of(self, alias: str) -> str | None:
        async with self.app_state.store.reading(apart=True) as session:
            return await find_by_alias(session, alias, self.visibility)

    async def catalogue(self) -> list[Snapshot]:
        """Return all products by slug, and let the answer be kept while all of them stand so.

        Who may not publish gets what is public of them. The answer is kept until the first day
        ends in any of their zones, or in UTC, which counts where a day belongs to no product.
        """
        snapshots = await self._snapshots.get_all(self.visibility)
        deadlines = (snapshot.deadline(self.now) for snapshot in snapshots)
        deadline = min([next_midnight(self.now, zone("UTC")), *deadlines])
        public = all(snapshot.is_public for snapshot in snapshots)
        self._keep_while(CATALOGUE, self._catalogue_mark, deadline, public=public)
        return snapshots

    def showing(self, shown: Shown, revision: int, *, public: bool = True) -> Shown:
        """Let the answer carry the revision of the one thing it shows."""
        cacheability = cacheability_of(self._scope) or Cacheability()
        public = public and cacheability.public
        set_cacheability(self._scope, cacheability._replace(tag=str(revision), public=public))
        return shown

    def unkept(self, *, public: bool = True) -> None:
        """Let the answer be public, or for the one who asked, but not kept here."""
        set_cacheability(self._scope, Cacheability(public=public))

    def until(self, instant: datetime) -> None:
        """Let an answer that is kept be kept no longer than that."""
        cacheability = cacheability_of(self._scope)
        if cacheability is not None and cacheability.deadline is not None:
            deadline = min(cacheability.deadline, instant)
            set_cacheability(self._scope, cacheability._replace(deadline=deadline))

    def _keep_while(self, product: str, mark: object, deadline: datetime, *, public: bool) -> None:
        """Let the answer be kept; where it rests on several products, while all stand as they do.

        The catalogue's mark is of the beginning: whatever has changed since is asked for again.
        """
        before = cacheability_of(self._scope)
        if before is not None and before.deadline and before.product != product:
            product, mark = CATALOGUE, self._catalogue_mark
            deadline = min(deadline, before.deadline)
            public = public and before.public
        set_cacheability(self._scope, Cacheability(product, mark, deadline, public, made=self.now))


class Change(Permissions):
    """One change: its transaction, who makes it and when."""

    def __init__(
        self,
        session: AsyncSession,
        by: By,
        caller: Caller,
        app_state: AppState,
        expected: int | None = None,
    ) -> None:
        super().__init__(caller)
        self.session = session
        self.app_state = app_state
        self.customer = caller.scope is not None and caller.scope.kind == "account"
        """Whether an account's own token asks for it."""
        self.by = by
        self.now = by.at
        self.expected = expected
        self.shown: int | None = None
        """The revision of what the answer shows, where that does not say it itself."""
        self._keyed: KeyedAnswer | None = None

    async def record(self, session: AsyncSession, event: Event) -> None:
        """Note in the log what happened to an account's addresses and deliveries."""
        append(session, self.by, event.action, event.owner, details=event.details)

    async def today(self, product: Product) -> date:
        """Return today's date in a product's zone."""
        return await today_for(self.session, product, self.now)

    def check(self, name: str, revision: int | None) -> None:
        """Refuse the change of what has changed since it was read."""
        check_revision(name, revision, self.expected)

    async def recall(self, keyed: KeyedAnswer) -> None:
        """End the request with the answer it got before, if it is a repeat."""
        self._keyed = keyed
        await keyed.recall(self.session)

    async def remember(self, answer: Answer) -> None:
        """Keep the answer in the same transaction, if the request came with a key."""
        if self._keyed:
            await self._keyed.remember(self.session, answer)


async def provide_moment(request: Request[Any, Any, Any]) -> Moment:
    """Return the moment of a request: who asks, and when."""
    return Moment(request)


async def provide_reads(
    request: Request[Any, Any, Any],
    moment: NamedDependency[Moment],  # noqa: ARG001 -- one after the other needs no task group
) -> AsyncGenerator[AsyncSession, None]:
    """Give a request that changes nothing its view of the store."""
    app_state: AppState = request.app.state.app_state
    async with app_state.store.reading() as session:
        yield session


async def provide_change(
    request: Request[Any, Any, Any], if_match: IfMatch = None
) -> AsyncGenerator[Change, None]:
    """Give a changing request its one transaction: commit on return, roll back on error."""
    async with _changing(request, if_match) as change:
        yield change


async def provide_guarded_change(
    request: Request[Any, Any, Any], if_match: IfMatch = None
) -> AsyncGenerator[Change, None]:
    """Give a change of what somebody else may be changing too, which must say what it read."""
    async with _changing(request, required(if_match)) as change:
        yield change


async def provide_keyed_change(
    request: Request[Any, Any, Any], idempotency_key: IdempotencyKey = None
) -> AsyncGenerator[Change, None]:
    """Give a change whose repeat under the same key gets the same answer and changes nothing."""
    async with _keyed_change(request, idempotency_key, None) as change:
        yield change


async def provide_guarded_keyed_change(
    request: Request[Any, Any, Any],
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> AsyncGenerator[Change, None]:
    """Give a change that must say what it read; its repeat gets the same answer all the same."""
    async with _keyed_change(request, idempotency_key, required(if_match)) as change:
        yield change


@asynccontextmanager
async def _changing(
    request: Request[Any, Any, Any], if_match: str | None
) -> AsyncGenerator[Change, None]:
    async with open_change(request, revision_in(if_match)) as change:
        yield change


@asynccontextmanager
async def open_change(
    request: Request[Any, Any, Any], expected: int | None
) -> AsyncGenerator[Change, None]:
    """Open a request's one transaction; ``expected`` is the revision it has read, if it says so."""
    app_state: AppState = request.app.state.app_state
    await request.body()  # before the store is locked: a slow sender must hold up nobody
    async with app_state.store.writing() as session:
        change = Change(session, _by(request, app_state), _caller(request), app_state, expected)
        cast("dict[str, Any]", request.scope)[CHANGE] = change
        yield change


@asynccontextmanager
async def _keyed_change(
    request: Request[Any, Any, Any], key: str | None, if_match: str | None
) -> AsyncGenerator[Change, None]:
    if key is None:
        async with _changing(request, if_match) as change:
            yield change
        return
    with keyed_answer(request, _caller(request), key) as keyed:
        async with _changing(request, if_match) as change:
            await change.recall(keyed)
            yield change


def _caller(request: Request[Any, Any, Any]) -> Caller:
    return request.scope.get("auth") or NOBODY


def _by(request: Request[Any, Any, Any], app_state: AppState) -> By:
    return By(_caller(request).actor, app_state.clock())

"""All that is kept about an account, as one JSON document for its people to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from litestar import MediaType
from litestar.di import NamedDependency
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import tokens
from lifecycle.accounts.queries import get_account
from lifecycle.accounts.scopes import Scope
from lifecycle.answers.accounts import WITHIN, products_of, status
from lifecycle.deprecations.evidence import report
from lifecycle.server.authorization import ALWAYS
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug
from lifecycle.server.routing import get
from lifecycle.web.page_routes import pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lifecycle.accounts.models import Token

TOKEN_FIELDS = ("label", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at")


@get(
    "/my/{account:str}/download",
    scope="account",
    include_in_schema=False,
    media_type=MediaType.JSON,
    signed_in=ALWAYS,
)
async def download(
    account: AccountSlug, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> Stream:
    """Return what an account runs, how it stands, its addresses, tokens, notices and deliveries."""
    owner = await get_account(session, account)
    snapshots = await moment.app_state.snapshots.get_known(products_of(owner))
    answer = status(owner, snapshots, at=None, within=WITHIN, now=moment.now)
    kept_tokens = await tokens.list_of_scope(session, str(Scope("account", owner.slug)))
    head = {"status": answer, "tokens": [_shown(token) for token in kept_tokens]}
    name = f'attachment; filename="{owner.slug}.json"'
    return Stream(
        _written(moment, owner.slug, msgspec.json.encode(head)),
        media_type=MediaType.JSON,
        headers={"content-disposition": name},
    )


async def _written(moment: Moment, account: str, head: bytes) -> AsyncIterator[bytes]:
    """Write it as it is read; a request's own session ends before its answer does."""
    yield head[:-1] + b',"evidence":'
    async with moment.app_state.store.reading() as session:
        evidence = await report.collect(session, account, moment.now)
        async for piece in report.evidence_json(session, evidence):
            yield piece
    yield b"}\n"


def _shown(token: Token) -> dict[str, Any]:
    return {field: getattr(token, field) for field in TOKEN_FIELDS}


router = pages(download)

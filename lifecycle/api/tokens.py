from __future__ import annotations

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import tokens
from lifecycle.accounts.token_documents import TokenIn, TokenOut, page_of_tokens
from lifecycle.catalogue.queries import all_slugs
from lifecycle.database.pagination import Page
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import Cursor, Limit, Name
from lifecycle.server.routing import delete, get, post


@get(
    "/v1/tokens",
    scope="admin",
    summary="List the tokens",
)
async def list_tokens(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[TokenOut]:
    """List tokens, the oldest first, expired and revoked ones too; never their secrets."""
    return await page_of_tokens(session, now=moment.now, cursor=cursor, limit=limit)


@post(
    "/v1/tokens",
    scope="admin",
    refuses=(404,),
    summary="Make a token",
)
async def create_token(
    data: JSONBody[TokenIn], change: NamedDependency[Change]
) -> Response[TokenOut]:
    """Make a token; its secret is in this answer, and can never be read again."""
    token, secret = await tokens.create(
        change.session,
        label=data.label,
        scope=data.scope,
        by=change.by,
        expires_at=data.expires_at,
        products=await all_slugs(change.session),
    )
    location = {"location": change.app_state.path("v1", "tokens", str(token.id))}
    return Response(TokenOut.of(token, change.now, secret), status_code=201, headers=location)


@get(
    "/v1/tokens/{token:str}",
    scope="admin",
    summary="Show a token",
)
async def show_token(
    token: Name, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> TokenOut:
    """Show a token by its number, or by the beginning of its secret, without the secret."""
    shown = TokenOut.of(await tokens.get(session, token), moment.now)
    moment.unkept(public=False)
    return shown


@delete(
    "/v1/tokens/{token:str}",
    scope="admin",
    status_code=200,
    summary="Revoke a token",
)
async def revoke_token(token: Name, change: NamedDependency[Change]) -> TokenOut:
    """Revoke a token, by its number or the beginning of its secret; twice is once."""
    return TokenOut.of(await tokens.revoke(change.session, token, by=change.by), change.now)


router = Router(
    "/", route_handlers=[list_tokens, create_token, show_token, revoke_token], tags=["tokens"]
)

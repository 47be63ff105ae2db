"""Feature flags by OpenFeature's Remote Evaluation Protocol: what an account has, and what goes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import msgspec
from litestar import Request, Router
from litestar.di import NamedDependency
from litestar.params import HeaderParameter
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import queries
from lifecycle.answers.accounts import products_of, visible_to
from lifecycle.answers.flag_values import (
    FlagValue,
    UnansweredFlag,
    evaluate_flag,
    evaluate_flags,
    hidden_from,
    runs_of,
)
from lifecycle.catalogue.queries import UnknownFeature, UnknownProduct
from lifecycle.documents import UnreadableDocument
from lifecycle.documents.request_bodies import read_body
from lifecycle.errors import BadRequest
from lifecycle.interchange import ofrep
from lifecycle.interchange.ofrep import (
    BulkFailure,
    ErrorCode,
    EvaluatedFlag,
    EvaluatedFlags,
    EvaluationIn,
    FlagContext,
)
from lifecycle.server.cached_responses import entity_tag, has_tag
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Name
from lifecycle.server.routing import ReadJson, ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.accounts.models import Account
    from lifecycle.answers.snapshots import Snapshot

IfNoneMatch = Annotated[
    str | None,
    HeaderParameter(name="If-None-Match", description="The ETag of an earlier answer."),
]
PATH: Final = "/ofrep/v1/evaluate/flags"


class _Refused(Exception):  # noqa: N818 -- an answer of the protocol, not an error of ours
    """The question cannot be answered for any flag."""

    def __init__(self, code: ErrorCode, details: str) -> None:
        super().__init__(details)
        self.code, self.details = code, details


@ask(
    PATH + "/{flag:str}",
    scope="self",
    operation_class=ReadJson,
    body=EvaluationIn,
    answers={
        400: (EvaluatedFlag, "The context is not valid, or names what is not known."),
        404: (EvaluatedFlag, "The product has no such feature."),
    },
    summary="Evaluate a feature flag",
)
async def evaluate(
    flag: Name,
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> Response[EvaluatedFlag]:
    """Say whether a feature is in what an account runs, and whether it is going away."""
    try:
        with _refusing():
            context = _context(await request.body())
            product, key = ofrep.split_key(flag, context.product)
            owner = await _account(session, moment, context)
            snapshot = await _snapshot(moment, owner, product)
            answer = evaluate_flag(snapshot, key, *_asked(owner, snapshot, moment, context))
    except _Refused as refused:
        return _failed(flag, refused.code, refused.details)
    status = 400 if isinstance(answer, UnansweredFlag) else 200
    return Response(_shown(flag, answer), status_code=status)


@ask(
    PATH,
    scope="self",
    operation_class=ReadJson,
    body=EvaluationIn,
    answers={
        304: (None, "Nothing has changed since the answer with that ETag."),
        400: (BulkFailure, "The context is not valid, or names what is not known."),
    },
    summary="Evaluate all feature flags",
)
async def evaluate_all(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    if_none_match: IfNoneMatch = None,
) -> Response[EvaluatedFlags]:
    """Evaluate every feature of the products that an account runs, or of the one it names."""
    try:
        with _refusing():
            context = _context(await request.body())
            owner = await _account(session, moment, context)
            names = _products(owner, context)
            snapshots = [await _snapshot(moment, owner, product) for product in names]
            flags = tuple(
                flag for snapshot in snapshots for flag in _flags(owner, snapshot, moment, context)
            )
    except _Refused as refused:
        return _all_failed(refused.code, refused.details)
    body = EvaluatedFlags(flags, {"account": owner.slug})
    tag = entity_tag(msgspec.json.encode(body))
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if if_none_match is not None and has_tag(if_none_match, tag):
        return Response(cast("Any", None), status_code=304, headers=headers)
    return Response(body, headers=headers)


@contextmanager
def _refusing() -> Iterator[None]:
    """Put what is wrong with a question as the protocol does."""
    try:
        yield
    except UnknownFeature as error:
        raise _Refused(ErrorCode.FLAG_NOT_FOUND, error.detail) from None
    except BadRequest as error:
        raise _Refused(ofrep.error_code_of(error), error.detail) from None


def _context(body: bytes) -> FlagContext:
    try:
        question: EvaluationIn = read_body(body, EvaluationIn)
    except UnreadableDocument as error:
        raise _Refused(ErrorCode.PARSE_ERROR, error.detail) from None
    return question.context


async def _account(session: AsyncSession, moment: Moment, context: FlagContext) -> Account:
    moment.check_account(context.targeting_key)
    owner = await queries.find_account(session, context.targeting_key, products=moment.products)
    if owner is None:
        details = f"No account is called {context.targeting_key!r}; targetingKey names the account."
        raise _Refused(ErrorCode.INVALID_CONTEXT, details)
    if context.instance is not None:
        names = sorted(instance.name for instance in owner.instances)
        if context.instance not in names:
            listed = f"; its instances: {', '.join(names[:20])}" if names else ""
            details = f"{owner.slug} has no instance {context.instance!r}{listed}."
            raise _Refused(ErrorCode.INVALID_CONTEXT, details)
    return owner


def _products(owner: Account, context: FlagContext) -> Sequence[str]:
    """Name the products that are asked about; an instance and a version are of one alone."""
    if context.product:
        return [context.product]
    if context.instance is not None:
        return [row.product for row in owner.instances if row.name == context.instance]
    names = products_of(owner)
    if context.version is not None and len(names) != 1:
        details = (
            f"Say in `product` of which product {context.version!r} is a version:"
            f" {owner.slug} runs {', '.join(names[:20]) or 'none'}."
        )
        raise _Refused(ErrorCode.INVALID_CONTEXT, details)
    return names


async def _snapshot(moment: Moment, owner: Account, product: str) -> Snapshot:
    visibility = visible_to(owner, moment.visibility)
    try:
        return await moment.app_state.snapshots.get(product, visibility)
    except UnknownProduct as error:
        raise _Refused(ErrorCode.INVALID_CONTEXT, error.detail) from None


def _check_instance(owner: Account, snapshot: Snapshot, context: FlagContext) -> None:
    for row in owner.instances:
        if row.name == context.instance and row.product != snapshot.slug:
            details = f"The instance {row.name!r} runs {row.product}, not {snapshot.slug}."
            raise _Refused(ErrorCode.INVALID_CONTEXT, details)


def _asked(owner: Account, snapshot: Snapshot, moment: Moment, context: FlagContext) -> Any:
    _check_instance(owner, snapshot, context)
    day = snapshot.today(moment.now)
    runs = runs_of(
        owner, snapshot.slug, day=day, version=context.version, instance=context.instance
    )
    is_whole = moment.visibility.shows_whole(snapshot.slug)
    return runs, day, frozenset() if is_whole else hidden_from(owner, snapshot)


def _flags(
    owner: Account, snapshot: Snapshot, moment: Moment, context: FlagContext
) -> Iterator[EvaluatedFlag]:
    for key, answer in evaluate_flags(snapshot, *_asked(owner, snapshot, moment, context)):
        yield _shown(key if context.product else ofrep.flag_key(snapshot.slug, key), answer)


def _shown(flag: str, answer: FlagValue | UnansweredFlag) -> EvaluatedFlag:
    if isinstance(answer, UnansweredFlag):
        return _without_value(flag, ErrorCode.INVALID_CONTEXT, answer.reason)
    return EvaluatedFlag(
        key=flag,
        value=answer.value,
        reason=ofrep.Reason.TARGETING_MATCH,
        variant="on" if answer.value else "off",
        metadata=_metadata(answer),
    )


def _metadata(answer: FlagValue) -> dict[str, ofrep.MetadataValue]:
    run, going = answer.run, answer.going
    members: dict[str, ofrep.MetadataValue | None] = {
        "product": answer.product,
        "feature": answer.key,
        "name": answer.name,
        "stage": answer.stage,
        "default": answer.default,
        "version": run.version,
        "tier": run.tier,
        "instance": run.instance,
    }
    if going is not None:
        members |= {
            "removal_day": going.effective_on.isoformat(),
            "days_left": going.days_left,
            "replacement": going.replacement,
            "deprecation": going.deprecation,
        }
    return {name: value for name, value in members.items() if value is not None}


def _failed(flag: str, code: ErrorCode, details: str) -> Response[EvaluatedFlag]:
    status = 404 if code is ErrorCode.FLAG_NOT_FOUND else 400
    return Response(_without_value(flag, code, details), status_code=status)


def _all_failed(code: ErrorCode, details: str) -> Response[Any]:
    return Response(BulkFailure(code, details), status_code=400)


def _without_value(flag: str, code: ErrorCode, details: str) -> EvaluatedFlag:
    return EvaluatedFlag(key=flag, error_code=code, error_details=details)


router = Router("/", route_handlers=[evaluate, evaluate_all], tags=["feature flags"])

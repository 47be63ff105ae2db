from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, Router
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.answers.entitlements import policy_in_force
from lifecycle.answers.policy_checks import PolicyDiffOut, check_policy
from lifecycle.answers.policy_trials import PolicyTestIn, PolicyTestOut, try_cases, under_policy
from lifecycle.catalogue import policies, queries
from lifecycle.policy.policy_documents import parse_policy, policy_document
from lifecycle.policy.succession import Step
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import At, Slug
from lifecycle.server.routing import PolicyBody, ask, get, put


@get(
    "/v1/products/{product:str}/policy",
    scope="public",
    summary="Show the policy in force",
)
async def show_policy(
    product: Slug, moment: NamedDependency[Moment], at: At = None
) -> dict[str, Any]:
    """Show the policy document in force on a day."""
    snapshot = await moment.snapshot(product)
    day = at or snapshot.today(moment.now)
    policy = policy_in_force(snapshot, day)
    return moment.showing(policy_document(policy), snapshot.known.policies_entered)


@put(
    "/v1/products/{product:str}/policy",
    scope="publish",
    creates=dict[str, Any],
    operation_class=PolicyBody,
    summary="Enter a policy",
)
async def put_policy(
    product: Slug, request: Request[Any, Any, Any], change: NamedDependency[Change]
) -> Response[dict[str, Any]]:
    """Enter a policy document in JSON or YAML: the first, the next, or a correction of one."""
    owner = await queries.get_product(change.session, product)
    policy, step = await policies.put(
        change.session,
        owner,
        await request.body(),
        by=change.by,
        format="json" if "json" in request.content_type[0] else "yaml",
        expected=change.expected,
    )
    change.shown = await queries.policies_entered(change.session, owner.id)
    return Response(policy_document(policy), status_code=200 if step is Step.UNCHANGED else 201)


@ask(
    "/v1/products/{product:str}/policy/diff",
    scope="publish",
    operation_class=PolicyBody,
    refuses=(422,),
    summary="Compare a policy",
)
async def compare_policy(
    product: Slug,
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> PolicyDiffOut:
    """Say what a policy would change, without entering it: who gains, loses, and keeps what."""
    policy = await moment.runner(partial(parse_policy, await request.body()))
    owner = await queries.get_product(session, product)
    snapshot = await moment.snapshot(product)
    check = await check_policy(session, owner, snapshot, policy, by=moment.by, run=moment.runner)
    return PolicyDiffOut.of(check, owner.slug)


@ask(
    "/v1/products/{product:str}/policy/test",
    scope="release",
    refuses=(422,),
    summary="Test a policy",
)
async def test_policy(
    product: Slug,
    data: JSONBody[PolicyTestIn],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> PolicyTestOut:
    """Say whether a product answers as expected under a policy, which is not entered."""
    owner = await queries.get_product(session, product)
    snapshot = await moment.snapshot(product)
    tried, policy = await under_policy(session, owner, snapshot, data, by=moment.by)
    today = tried.today(moment.now)
    return await moment.runner(partial(try_cases, tried, data.cases, today=today, policy=policy))


HANDLERS = [show_policy, put_policy, compare_policy, test_policy]
router = Router("/", route_handlers=HANDLERS, tags=["policies"])

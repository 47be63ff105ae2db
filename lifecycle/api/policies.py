from __future__ import annotations

from typing import Any

from litestar import Request, Router
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.answers.entitlements import policy_in_force
from lifecycle.catalogue import policies, queries
from lifecycle.policy.policy_documents import policy_document
from lifecycle.policy.succession import Step
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import At, Slug
from lifecycle.server.routing import PolicyBody, get, put


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


router = Router("/", route_handlers=[show_policy, put_policy], tags=["policies"])

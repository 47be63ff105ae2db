from __future__ import annotations

from typing import Annotated

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from lifecycle.answers import comparisons
from lifecycle.answers.comparison_structs import ComparisonOut
from lifecycle.documents.patterns import PRINTABLE
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.request_parameters import At, Slug, TierName
from lifecycle.server.routing import get

FORM = {"minLength": 1, "maxLength": comparisons.LONGEST, "pattern": PRINTABLE}
"""What a version is in the description; the comparison itself refuses anything else."""

Lower = Annotated[
    str,
    QueryParameter(name="from", description="The version to come from.", schema_extra=FORM),
]
Higher = Annotated[
    str,
    QueryParameter(
        name="to",
        description="The version to go to, which is not below the other.",
        schema_extra=FORM,
    ),
]


@get("/v1/products/{product:str}/compare", scope="public")
async def compare(
    product: Slug,
    from_: Lower,
    to: Higher,
    moment: NamedDependency[Moment],
    tier: TierName = None,
    at: At = None,
) -> ComparisonOut:
    """Compare two versions: what an upgrade from one to the other meets, and what comes after it.

    Features that the tier does not have, and announcements that do not concern it, are left out.
    """
    snapshot = await moment.snapshot(product)
    today = snapshot.today(moment.now)
    return await run_in_thread(
        comparisons.comparison, snapshot, from_, to, tier=tier, at=at or today, today=today
    )


router = Router("/", route_handlers=[compare], tags=["support"])

"""Releases of Maven's scheme are in the order that Maven has had since 3.9."""

from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from alembic import op

from lifecycle.catalogue.line_placement import Lines, derive
from lifecycle.versions import place, scheme

revision = "0009"
down_revision = "0008"

PRODUCTS = sa.table("products", sa.column("id"), sa.column("scheme"), sa.column("line_by"))
DERIVED = ("line", "major", "minor", "patch", "prerelease")
RELEASES = sa.table(
    "releases",
    *(sa.column(name) for name in ("id", "product_id", "version", "stage", "voided_at")),
    *(sa.column(name) for name in ("rank", *DERIVED)),
)
MAVEN = scheme("maven")


def upgrade() -> None:
    connection = op.get_bind()
    products = sa.select(PRODUCTS).where(PRODUCTS.c.scheme == MAVEN.name)
    for product_id, _, line_by in connection.execute(products).all():
        found = sa.select(RELEASES).where(
            RELEASES.c.product_id == product_id, RELEASES.c.voided_at.is_(None)
        )
        rows = connection.execute(found.order_by(RELEASES.c.rank, RELEASES.c.id)).all()
        ranks = ranks_of(rows)
        meant = [(row, {"rank": ranks[row.version]} | derived_of(row, line_by)) for row in rows]
        changed = [
            {"known": row.id} | values
            for row, values in meant
            if any(getattr(row, name) != value for name, value in values.items())
        ]
        if changed:
            names = changed[0].keys() - {"known"}
            written = {name: sa.bindparam(name) for name in names}
            statement = sa.update(RELEASES).where(RELEASES.c.id == sa.bindparam("known"))
            connection.execute(statement.values(**written), changed)


def downgrade() -> None:
    """Leave the order as it is: ranks have the same form in either."""


def ranks_of(rows: list[Any]) -> dict[str, int]:
    """Keep the ranks where they agree with the order of versions, or else spread all anew."""
    read = [(row.rank, MAVEN.parse(row.version).key) for row in rows]
    if all(
        one < other if rank < following else one == other
        for (rank, one), (following, other) in pairwise(read)
    ):
        return {row.version: row.rank for row in rows}
    return place(MAVEN, [], [row.version for row in rows]).ranks


def derived_of(row: Any, line_by: str) -> dict[str, Any]:
    """Work out what else follows from a version; a declared line does not."""
    by_unit = line_by != "declared"
    lines = Lines(line_by)
    derived = derive(MAVEN, lines, row.version, stage=row.stage, stated=None)
    names = DERIVED if by_unit else DERIVED[1:]
    return {name: getattr(derived, name) for name in names}

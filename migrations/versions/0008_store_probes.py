"""One row that is changed now and then shows whether the store accepts changes."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    table = op.create_table(
        "store_probes",
        sa.Column("id", ID, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filler", NAME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_store_probes"),
    )
    op.bulk_insert(table, [{"id": 1, "written_at": NEVER, "filler": ""}])


def downgrade() -> None:
    op.drop_table("store_probes")

"""The log by whom, and deliveries in a rare state, are found without reading all others."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

UNDELIVERED = sa.text("state <> 'delivered'")


def upgrade() -> None:
    op.create_index("ix_audit_entries_actor_seq", "audit_entries", ["actor", "seq"])
    op.create_index(
        "ix_deliveries_undelivered",
        "deliveries",
        ["state", "id"],
        sqlite_where=UNDELIVERED,
        postgresql_where=UNDELIVERED,
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_undelivered", "deliveries")
    op.drop_index("ix_audit_entries_actor_seq", "audit_entries")

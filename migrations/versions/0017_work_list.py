"""The work list finds what needs a person without reading all that is well."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

NOT_TOLD = sa.text("why_not IS NOT NULL")
EXHAUSTED = sa.text("state = 'exhausted'")


def upgrade() -> None:
    op.create_index(
        "ix_recipients_not_told",
        "recipients",
        ["deprecation_id", "account_id"],
        sqlite_where=NOT_TOLD,
        postgresql_where=NOT_TOLD,
    )
    op.create_index(
        "ix_deliveries_exhausted",
        "deliveries",
        ["id"],
        sqlite_where=EXHAUSTED,
        postgresql_where=EXHAUSTED,
    )
    op.create_index("ix_subscriptions_state", "subscriptions", ["state"])


def downgrade() -> None:
    op.drop_index("ix_subscriptions_state", "subscriptions")
    op.drop_index("ix_deliveries_exhausted", "deliveries")
    op.drop_index("ix_recipients_not_told", "recipients")

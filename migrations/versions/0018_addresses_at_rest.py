"""Addresses that need a person are found by indexes of their own, which no audience can use."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

DISABLED = sa.text("state = 'disabled'")
PAUSED = sa.text("state = 'paused'")


def upgrade() -> None:
    op.drop_index("ix_subscriptions_state", "subscriptions")
    op.create_index(
        "ix_subscriptions_disabled",
        "subscriptions",
        ["id"],
        sqlite_where=DISABLED,
        postgresql_where=DISABLED,
    )
    op.create_index(
        "ix_subscriptions_paused",
        "subscriptions",
        ["owner"],
        sqlite_where=PAUSED,
        postgresql_where=PAUSED,
    )


def downgrade() -> None:
    op.drop_index("ix_subscriptions_paused", "subscriptions")
    op.drop_index("ix_subscriptions_disabled", "subscriptions")
    op.create_index("ix_subscriptions_state", "subscriptions", ["state"])

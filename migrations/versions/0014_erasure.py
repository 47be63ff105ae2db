"""An account can be erased, and what the log says of it with it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("erased_at", sa.DateTime(timezone=True)))
    erased = sa.Column("erased", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("audit_entries", erased)


def downgrade() -> None:
    op.drop_column("audit_entries", "erased")
    op.drop_column("accounts", "erased_at")

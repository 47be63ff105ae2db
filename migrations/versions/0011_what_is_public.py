"""A product or a feature can be kept from the public; what is there already stays public."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = ("products", "features")


def upgrade() -> None:
    for table in TABLES:
        public = sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.true())
        op.add_column(table, public)


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "public")

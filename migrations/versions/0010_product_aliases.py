"""A product can be known by other slugs, such as former ones."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    # Nullable: on SQLite only a new table could do without, and releases refer to this one.
    op.add_column("products", sa.Column("aliases", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("products", "aliases")

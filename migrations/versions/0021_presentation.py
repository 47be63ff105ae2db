"""Products and lines keep how other lists show them, and which tiers stand for their phases."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    op.add_column("products", sa.Column("endoflife", JSON, nullable=True))
    op.add_column("products", sa.Column("presentation", JSON, nullable=True))
    op.add_column("lines", sa.Column("presentation", JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("lines", "presentation")
    op.drop_column("products", "presentation")
    op.drop_column("products", "endoflife")

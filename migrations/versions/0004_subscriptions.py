"""An owner may say where it wants its notices."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner", NAME, nullable=False),
        sa.Column("channel", NAME, nullable=False),
        sa.Column("address", NAME, nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint(
            "owner", "channel", "address", name=op.f("uq_subscriptions_owner_channel_address")
        ),
    )


def downgrade() -> None:
    op.drop_table("subscriptions")

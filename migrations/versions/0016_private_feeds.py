"""An account has a calendar and a feed of its own, at a secret address."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "private_feeds",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("secret", NAME, nullable=False),
        sa.Column("hash", NAME, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_private_feeds_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_private_feeds")),
        sa.UniqueConstraint("hash", name=op.f("uq_private_feeds_hash")),
    )


def downgrade() -> None:
    op.drop_table("private_feeds")

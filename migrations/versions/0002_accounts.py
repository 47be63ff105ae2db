"""Customers have tiers and instances, and tokens say who may do what."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("slug", name=op.f("uq_accounts_slug")),
    )
    op.create_table(
        "account_tiers",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("tier", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_account_tiers_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_tiers")),
        sa.UniqueConstraint(
            "account_id", "from_day", name=op.f("uq_account_tiers_account_id_from_day")
        ),
    )
    op.create_table(
        "instances",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("product", NAME, nullable=False),
        sa.Column("version", NAME, nullable=False),
        sa.Column("environment", NAME, nullable=True),
        sa.Column("tier", NAME, nullable=True),
        sa.Column("features", sa.JSON(), nullable=True),
        sa.Column("last_seen", INSTANT, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_instances_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instances")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_instances_account_id_name")),
    )
    op.create_index(op.f("ix_instances_product"), "instances", ["product"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("label", NAME, nullable=False),
        sa.Column("prefix", NAME, nullable=False),
        sa.Column("hash", NAME, nullable=False),
        sa.Column("scope", NAME, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_tokens_hash")),
    )


def downgrade() -> None:
    op.drop_table("tokens")
    op.drop_table("instances")
    op.drop_table("account_tiers")
    op.drop_table("accounts")

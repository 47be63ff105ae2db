"""Customers sign in by links that are sent to their addresses; each is good once."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sign_in_requests",
        sa.Column("id", ID, nullable=False),
        sa.Column("address_digest", NAME, nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_requests")),
    )
    for column in ("address_digest", "requested_at"):
        name = op.f(f"ix_sign_in_requests_{column}")
        op.create_index(name, "sign_in_requests", [column], unique=False)
    op.create_table(
        "used_sign_in_links",
        sa.Column("link", NAME, nullable=False),
        sa.Column("used_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("link", name=op.f("pk_used_sign_in_links")),
    )
    name = op.f("ix_used_sign_in_links_used_at")
    op.create_index(name, "used_sign_in_links", ["used_at"], unique=False)


def downgrade() -> None:
    op.drop_table("used_sign_in_links")
    op.drop_table("sign_in_requests")

"""Browsers are signed in by sessions, and people of the vendor's are known by their provider."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)
GIVEN_BY = {"token_id": "tokens.id", "person_id": "people.id", "account_id": "accounts.id"}


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", ID, nullable=False),
        sa.Column("issuer", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("scope", NAME, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=True),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_people_issuer_subject")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", ID, nullable=False),
        sa.Column("hash", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("browser", NAME, nullable=False),
        *(sa.Column(column, ID, nullable=True) for column in GIVEN_BY),
        sa.Column("subscription", NAME, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_sessions_{column}"), ondelete="CASCADE"
            )
            for column, target in GIVEN_BY.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("hash", name=op.f("uq_sessions_hash")),
    )
    for column in (*GIVEN_BY, "expires_at"):
        op.create_index(op.f(f"ix_sessions_{column}"), "sessions", [column], unique=False)


def downgrade() -> None:
    op.drop_table("sessions")
    op.drop_table("people")

"""Deprecations are drafted, announced and amended; waivers let a rule be broken."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("features") as batch:
        batch.add_column(sa.Column("former_stages", sa.JSON(), nullable=True))
    features = sa.table("features", sa.column("former_stages", sa.JSON()))
    op.execute(features.update().values(former_stages=[]))
    with op.batch_alter_table("features") as batch:
        batch.alter_column("former_stages", existing_type=sa.JSON(), nullable=False)
    with op.batch_alter_table("policies") as batch:
        batch.add_column(sa.Column("relied_on_at", INSTANT, nullable=True))
    op.create_table(
        "waivers",
        sa.Column("id", ID, nullable=False),
        sa.Column("uid", NAME, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("deprecation", NAME, nullable=True),
        sa.Column("rule", NAME, nullable=True),
        sa.Column("subject", NAME, nullable=True),
        sa.Column("person", NAME, nullable=False),
        sa.Column("reason", NAME, nullable=False),
        sa.Column("explanation", NAME, nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", NAME, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_waivers_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waivers")),
        sa.UniqueConstraint("uid", name=op.f("uq_waivers_uid")),
    )
    op.create_index(op.f("ix_waivers_product_id"), "waivers", ["product_id"])
    op.create_table(
        "deprecations",
        sa.Column("id", ID, nullable=False),
        sa.Column("uid", NAME, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("origin", NAME, nullable=False),
        sa.Column("implied_key", NAME, nullable=True),
        sa.Column("caused_by", NAME, nullable=True),
        sa.Column("state", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("first_effective_on", sa.Date(), nullable=True),
        sa.Column("last_effective_on", sa.Date(), nullable=True),
        sa.Column("announce_on", sa.Date(), nullable=True),
        sa.Column("announce_waiver", NAME, nullable=True),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("announced_at", INSTANT, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_deprecations_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deprecations")),
        sa.UniqueConstraint("implied_key", name=op.f("uq_deprecations_implied_key")),
        sa.UniqueConstraint("uid", name=op.f("uq_deprecations_uid")),
    )
    op.create_index(
        op.f("ix_deprecations_product_id_state"), "deprecations", ["product_id", "state"]
    )
    op.create_table(
        "deprecation_revisions",
        sa.Column("deprecation_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change", NAME, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", NAME, nullable=False),
        sa.Column("reason", NAME, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("owed", sa.JSON(), nullable=False),
        sa.Column("policy", NAME, nullable=True),
        sa.Column("waiver_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["deprecation_id"],
            ["deprecations.id"],
            name=op.f("fk_deprecation_revisions_deprecation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["waiver_id"], ["waivers.id"], name=op.f("fk_deprecation_revisions_waiver_id")
        ),
        sa.PrimaryKeyConstraint("deprecation_id", "number", name=op.f("pk_deprecation_revisions")),
    )
    op.create_table(
        "deprecation_targets",
        sa.Column("deprecation_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["deprecation_id"],
            ["deprecations.id"],
            name=op.f("fk_deprecation_targets_deprecation_id"),
        ),
        sa.PrimaryKeyConstraint(
            "deprecation_id", "number", "version", name=op.f("pk_deprecation_targets")
        ),
    )
    op.create_table(
        "notices",
        sa.Column("id", ID, nullable=False),
        sa.Column("uid", NAME, nullable=False),
        sa.Column("deprecation_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("milestone", NAME, nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("filled_to", sa.BigInteger(), nullable=False),
        sa.Column("fill_up_to", sa.BigInteger(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["deprecation_id"], ["deprecations.id"], name=op.f("fk_notices_deprecation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("uid", name=op.f("uq_notices_uid")),
    )
    op.create_index(op.f("ix_notices_deprecation_id"), "notices", ["deprecation_id"])
    op.create_index(op.f("ix_notices_state_due_at"), "notices", ["state", "due_at"])
    op.create_table(
        "recipients",
        sa.Column("deprecation_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("tier", NAME, nullable=False),
        sa.Column("affected", NAME, nullable=False),
        sa.Column("why_possibly", NAME, nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("why_not", NAME, nullable=True),
        sa.Column("moved_on", sa.Date(), nullable=True),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.Column("acknowledged_by", NAME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_recipients_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["deprecation_id"], ["deprecations.id"], name=op.f("fk_recipients_deprecation_id")
        ),
        sa.PrimaryKeyConstraint("deprecation_id", "account_id", name=op.f("pk_recipients")),
    )
    op.create_index(op.f("ix_recipients_account_id"), "recipients", ["account_id"])
    op.create_table(
        "schedule_marks",
        sa.Column("name", NAME, nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedule_marks")),
    )
    op.create_table(
        "concerns",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("product", NAME, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("message", NAME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concerns")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_concerns_kind_subject")),
    )


def downgrade() -> None:
    for table in (
        "concerns",
        "schedule_marks",
        "recipients",
        "notices",
        "deprecation_targets",
        "deprecation_revisions",
        "deprecations",
        "waivers",
    ):
        op.drop_table(table)
    with op.batch_alter_table("policies") as batch:
        batch.drop_column("relied_on_at")
    with op.batch_alter_table("features") as batch:
        batch.drop_column("former_stages")

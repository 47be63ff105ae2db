"""The gate keeps its verdicts; features name what they need, products when sources were read."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
JSON = sa.JSON()
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "gate_verdicts",
        sa.Column("id", ID, nullable=False),
        sa.Column("uid", NAME, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("version", NAME, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.Date(), nullable=False),
        sa.Column("verdict", NAME, nullable=False),
        sa.Column("decided", sa.Boolean(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("asked_by", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_gate_verdicts_product_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_gate_verdicts"),
        sa.UniqueConstraint("uid", name="uq_gate_verdicts_uid"),
    )
    op.create_index("ix_gate_verdicts_product_id_id", "gate_verdicts", ["product_id", "id"])
    op.create_table(
        "syncs",
        sa.Column("product_id", ID, nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("synced_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_syncs_product_id"),
        sa.PrimaryKeyConstraint("product_id", "source", name="pk_syncs"),
    )
    op.create_index("ix_instances_product_version", "instances", ["product", "version"])
    op.drop_index("ix_instances_product", "instances")
    op.add_column("features", sa.Column("depends_on", JSON, nullable=True))
    features = sa.table("features", sa.column("depends_on", JSON))
    op.execute(features.update().values(depends_on=[]))
    with op.batch_alter_table("features") as table:
        table.alter_column("depends_on", existing_type=JSON, nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("features") as table:
        table.drop_column("depends_on")
    op.create_index("ix_instances_product", "instances", ["product"])
    op.drop_index("ix_instances_product_version", "instances")
    op.drop_table("syncs")
    op.drop_table("gate_verdicts")

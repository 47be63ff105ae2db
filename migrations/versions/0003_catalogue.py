"""Products have releases, lines, features and policies."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("scheme", NAME, nullable=False),
        sa.Column("line_by", NAME, nullable=False),
        sa.Column("identifiers", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("slug", name=op.f("uq_products_slug")),
    )
    op.create_table(
        "releases",
        sa.Column("id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("version", NAME, nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("line", NAME, nullable=True),
        sa.Column("given_line", NAME, nullable=True),
        sa.Column("major", NAME, nullable=True),
        sa.Column("minor", NAME, nullable=True),
        sa.Column("patch", NAME, nullable=True),
        sa.Column("prerelease", sa.Boolean(), nullable=False),
        sa.Column("stage", NAME, nullable=True),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("restored_on", sa.Date(), nullable=True),
        sa.Column("notes_url", NAME, nullable=True),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("voided_at", INSTANT, nullable=True),
        sa.Column("void_reason", NAME, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_releases_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
    )
    op.create_index(
        op.f("ix_releases_product_id_rank_id"),
        "releases",
        ["product_id", "rank", "id"],
        unique=False,
    )
    op.create_index(
        "uq_releases_product_id_version",
        "releases",
        ["product_id", "version"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "lines",
        sa.Column("id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.Column("lts", sa.JSON(), nullable=True),
        sa.Column("codename", NAME, nullable=True),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_lines_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lines")),
        sa.UniqueConstraint("product_id", "name", name=op.f("uq_lines_product_id_name")),
    )
    op.create_table(
        "features",
        sa.Column("id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("tiers", sa.JSON(), nullable=True),
        sa.Column("default", sa.JSON(), nullable=True),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_features_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_features")),
        sa.UniqueConstraint("product_id", "key", name=op.f("uq_features_product_id_key")),
    )
    op.create_table(
        "policies",
        sa.Column("id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("version", NAME, nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("tiers", sa.JSON(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("replaced_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_policies_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
    )
    op.create_index(
        "uq_policies_product_id_version",
        "policies",
        ["product_id", "version"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("policies")
    op.drop_table("features")
    op.drop_table("lines")
    op.drop_table("releases")
    op.drop_table("products")

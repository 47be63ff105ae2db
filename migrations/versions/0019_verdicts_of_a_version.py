"""The verdicts on one version are found without reading those on all others."""

from alembic import op

revision = "0019"
down_revision = "0018"

NAME = "ix_gate_verdicts_product_id_version_id"


def upgrade() -> None:
    op.create_index(NAME, "gate_verdicts", ["product_id", "version", "id"])


def downgrade() -> None:
    op.drop_index(NAME, "gate_verdicts")

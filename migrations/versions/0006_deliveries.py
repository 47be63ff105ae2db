"""Notices go out: subscriptions have states and secrets, deliveries and attempts are kept."""

import hashlib
import uuid
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)

NAMESPACE = uuid.UUID("5d3f0a5e-61a4-5b3c-9c1b-6a1c3f0a7b1d")
SUBSCRIPTIONS = sa.table(
    "subscriptions",
    *(
        sa.column(name)
        for name in ("id", "owner", "channel", "address", "uid", "address_digest", "target")
    ),
    sa.column("topics", sa.JSON()),
    sa.column("state"),
    sa.column("confirmed_at"),
    sa.column("created_at"),
    sa.column("revision"),
)
TOPICS = sa.table("subscription_topics", sa.column("subscription_id"), sa.column("topic"))


def upgrade() -> None:
    op.create_table(
        "subscription_topics",
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("topic", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_subscription_topics_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscription_id", "topic", name=op.f("pk_subscription_topics")),
    )
    op.create_index(op.f("ix_subscription_topics_topic"), "subscription_topics", ["topic"])
    op.create_table(
        "deliveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=True),
        sa.Column("thread", sa.BigInteger(), nullable=True),
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("owner", NAME, nullable=False),
        sa.Column("target", NAME, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("reason", NAME, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", INSTANT, nullable=True),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.Column("lease_owner", NAME, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("details", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_deliveries_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "notice_id", "subscription_id", name=op.f("uq_deliveries_notice_id_subscription_id")
        ),
    )
    op.create_index(
        "ix_deliveries_due_at",
        "deliveries",
        ["due_at", "target"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    unfinished = sa.text("state IN ('waiting', 'held', 'exhausted')")
    op.create_index(
        "ix_deliveries_thread",
        "deliveries",
        ["thread"],
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
    op.create_index(op.f("ix_deliveries_owner_thread"), "deliveries", ["owner", "thread"])
    op.create_index(
        op.f("ix_deliveries_subscription_id_state"), "deliveries", ["subscription_id", "state"]
    )
    op.create_table(
        "attempts",
        sa.Column("id", ID, nullable=False),
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", NAME, nullable=True),
        sa.Column("body_sha256", NAME, nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_attempts_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_delivery_id"), "attempts", ["delivery_id"])
    with op.batch_alter_table("subscriptions") as batch:
        for name in ("uid", "address_digest", "target", "state"):
            batch.add_column(sa.Column(name, NAME, nullable=True))
        for name in ("secret", "former_secret", "disabled_reason"):
            batch.add_column(sa.Column(name, NAME, nullable=True))
        for name in (
            "former_secret_until",
            "confirmed_at",
            "failing_since",
            "disabled_at",
            "unsubscribed_at",
        ):
            batch.add_column(sa.Column(name, INSTANT, nullable=True))
        batch.add_column(sa.Column("revision", sa.Integer(), nullable=True))
    derive()
    with op.batch_alter_table("subscriptions") as batch:
        for name in ("uid", "address_digest", "target", "state"):
            batch.alter_column(name, existing_type=NAME, nullable=False)
        batch.alter_column("revision", existing_type=sa.Integer(), nullable=False)
        batch.drop_constraint(op.f("uq_subscriptions_owner_channel_address"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_subscriptions_owner_channel_address_digest"),
            ["owner", "channel", "address_digest"],
        )
        batch.create_unique_constraint(op.f("uq_subscriptions_uid"), ["uid"])
        batch.create_index(op.f("ix_subscriptions_target"), ["target"])
        batch.drop_column("topics")


def derive() -> None:
    """Fill in what derives from an address; who was told of before is taken as confirmed."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(SUBSCRIPTIONS)).all():
        digest = hashlib.sha256(row.address.encode()).hexdigest()
        host = row.address.rpartition("@")[2]
        if row.channel == "webhook":
            host = urlsplit(row.address).hostname or row.address
        values = {
            "uid": str(uuid.uuid5(NAMESPACE, f"{row.owner}/{row.channel}/{digest}")),
            "address_digest": digest,
            "target": f"{row.channel}:{host}",
            "state": "active",
            "confirmed_at": row.created_at,
            "revision": 1,
        }
        found = SUBSCRIPTIONS.c.id == row.id
        connection.execute(SUBSCRIPTIONS.update().where(found).values(**values))
        for topic in dict.fromkeys(row.topics):
            connection.execute(TOPICS.insert().values(subscription_id=row.id, topic=topic))


def downgrade() -> None:
    with op.batch_alter_table("subscriptions") as batch:
        batch.add_column(sa.Column("topics", sa.JSON(), nullable=True))
    connection = op.get_bind()
    for row in connection.execute(sa.select(SUBSCRIPTIONS.c.id)).all():
        found = sa.select(TOPICS.c.topic).where(TOPICS.c.subscription_id == row.id)
        topics = list(connection.scalars(found))
        here = SUBSCRIPTIONS.c.id == row.id
        connection.execute(SUBSCRIPTIONS.update().where(here).values(topics=topics))
    with op.batch_alter_table("subscriptions") as batch:
        batch.alter_column("topics", existing_type=sa.JSON(), nullable=False)
        batch.drop_index(op.f("ix_subscriptions_target"))
        batch.drop_constraint(op.f("uq_subscriptions_uid"), type_="unique")
        batch.drop_constraint(op.f("uq_subscriptions_owner_channel_address_digest"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_subscriptions_owner_channel_address"), ["owner", "channel", "address"]
        )
        for name in ("uid", "address_digest", "target", "state", "revision"):
            batch.drop_column(name)
        for name in ("secret", "former_secret", "disabled_reason"):
            batch.drop_column(name)
        for name in (
            "former_secret_until",
            "confirmed_at",
            "failing_since",
            "disabled_at",
            "unsubscribed_at",
        ):
            batch.drop_column(name)
    for table in ("attempts", "deliveries", "subscription_topics"):
        op.drop_table(table)

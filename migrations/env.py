"""Where Alembic meets the store: over a connection it is given, or the one the settings name."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

import lifecycle.accounts.models
import lifecycle.audit.models
import lifecycle.catalogue.models
import lifecycle.database.probes
import lifecycle.deprecations.models
import lifecycle.gate.models
import lifecycle.idempotency.models
import lifecycle.scheduler.models  # noqa: F401  every slice's tables count
from lifecycle.database.base import Base, complete_partial_indexes
from lifecycle.database.store import open_store
from notifications.models import Base as NotificationsBase


def run(connection: Connection) -> None:
    complete_partial_indexes(Base.metadata)
    context.configure(
        connection=connection,
        target_metadata=[Base.metadata, NotificationsBase.metadata],
        render_as_batch=connection.dialect.name == "sqlite",
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    url = os.environ.get("LIFECYCLE_DATABASE_URL")
    if not url:
        raise SystemExit("Name the store to work on in LIFECYCLE_DATABASE_URL.")
    store = open_store(url)
    try:
        async with store.engines[1].begin() as connection:
            await connection.run_sync(run)
    finally:
        await store.close()


given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(connect_and_run())
else:
    run(given)

"""A worker's part in publishing lifecycles, done when a test says so."""

from lifecycle.scheduler.lifecycle_logs import LifecycleLogs


async def publish_lifecycles(store, clock):
    """Publish all that is known of every product by now."""
    logs = LifecycleLogs(store)
    while await logs.tick(clock()):
        pass

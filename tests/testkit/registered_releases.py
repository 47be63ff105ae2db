"""Registering releases as they are, whatever follows from them."""

from lifecycle.catalogue import releases


async def register_releases(session, product, given, *, by, today, listed=True):
    """Store releases, all or none, as the gate's registration does."""
    accepted = await releases.accept(session, product, given, today=today, listed=listed)
    return await releases.store(session, product, accepted, by=by)

"""The secret key: what encrypts secrets at rest and signs links."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

from lifecycle.database import urls
from lifecycle.errors import LifecycleError
from lifecycle.settings import BY_FILE, default_folder
from notifications.sealing import opens, sealed_samples
from notifications.secrets import SHORTEST_KEY, UnusableKeyError, Vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lifecycle.database.store import Store
    from lifecycle.settings import Settings

BYTES = 32
FOR_ITS_OWNER = 0o600
WAY_OUT = "give the service one in LIFECYCLE_SECRET_KEY"
IF_LOST = (
    "If it is lost for good, set LIFECYCLE_SECRET_KEY to a new one, and with that rotate each "
    "webhook (`lifecycle subscription rotate`) and add each chat address anew before you start."
)


class SecretKeyUnavailable(LifecycleError):  # noqa: N818 -- named as all refusals are
    """The secret key can be neither read nor made."""


def secret_key(settings: Settings) -> str:
    """Return the operator's key, or the one that lies beside the store; the first caller makes it.

    A PostgreSQL store has no place beside it: its key lies in the user's data folder, and services
    on several machines need the operator's.
    """
    if settings.secret_key:
        check_given_key(settings)
        return settings.secret_key
    path = key_file(settings.database_url)
    try:
        if not path.exists():
            _make(path)
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text file"
        raise SecretKeyUnavailable(
            f"The secret key at {path} is not available: {reason}; put it right, or {WAY_OUT}."
        ) from error
    if not key:
        raise SecretKeyUnavailable(f"The secret key at {path} is empty; restore it, or {WAY_OUT}.")
    return _usable(key, str(path))


def check_given_key(settings: Settings) -> None:
    """Refuse an operator's key that is too short; one that is not given is no fault."""
    if settings.secret_key:
        _usable(settings.secret_key, place_of_key(settings))


def place_of_key(settings: Settings) -> str:
    """Name where the key stands: the operator's setting, the file it names, or ours beside a store.

    >>> from lifecycle.settings import Settings
    >>> place_of_key(Settings(database_url="sqlite:////srv/lifecycle.sqlite3"))
    '/srv/lifecycle.sqlite3.key'
    >>> place_of_key(Settings(secret_key="k", sources={"secret_key": "file /run/secrets/key"}))
    '/run/secrets/key'
    """
    if not settings.secret_key:
        return str(key_file(settings.database_url))
    named_by, _, path = settings.sources.get("secret_key", "").partition(" ")
    return path if named_by == BY_FILE else "LIFECYCLE_SECRET_KEY"


def _usable(key: str, place: str) -> str:
    """Refuse a key too short to keep anything secret."""
    try:
        Vault(key)
    except UnusableKeyError as error:
        raise SecretKeyUnavailable(
            f"The secret key in {place} is too short: it needs at least {SHORTEST_KEY} characters "
            "(several keys stand on a line each, the newest first)."
        ) from error
    return key


async def check_key(settings: Settings, store: Store) -> None:
    """Refuse to start with a key that does not open the store's secrets, or without one for them.

    The oldest and the newest secret are tried; where there is none, a key is made if none is given.
    """
    await refuse_lost_key(settings, store)
    vault = Vault(secret_key(settings))
    async with store.reading() as session:
        sealed = await sealed_samples(session)
    if not all(opens(vault, secret) for secret in sealed):
        place = place_of_key(settings)
        raise SecretKeyUnavailable(
            f"The secret key in {place} is not the one that the store's secrets were encrypted "
            f"with. Put the right one there, or add it on a separate line, after the newer one. "
            f"{IF_LOST}"
        )


async def refuse_lost_key(settings: Settings, store: Store) -> None:
    """Refuse to go on, and to make another key, where the store's secrets have lost theirs."""
    path = key_file(settings.database_url)
    if settings.secret_key or path.exists():
        return
    async with store.reading() as session:
        sealed = await sealed_samples(session)
    if sealed:
        raise SecretKeyUnavailable(
            "The store holds secrets, but the key they were encrypted with is missing: there is no "
            f"file {path}. Put it back, or {WAY_OUT}. {IF_LOST}"
        )


def key_file(database_url: str) -> Path:
    """Name the file of the key made for a store.

    >>> key_file("sqlite:////srv/lifecycle.sqlite3").as_posix()
    '/srv/lifecycle.sqlite3.key'
    """
    address = urls.parse(database_url)
    store = urls.file_of(address)
    if store is not None:
        return store.with_name(f"{store.name}.key")
    host, port = address.host, address.port
    if isinstance(address.query.get("host"), tuple):  # the first of several; others may join it
        host, port = urls.hosts(address)[0]
    where = f"{host}:{port}/{address.database}"
    digest = hashlib.sha256(where.encode()).hexdigest()[:12]
    return default_folder() / f"postgresql-{digest}.key"


def new_key() -> str:
    """Draw a key."""
    return base64.urlsafe_b64encode(os.urandom(BYTES)).decode("ascii")


def add_newer_key(settings: Settings) -> Path:
    """Put a new key before those in the file beside the store, which is replaced as a whole."""
    older = secret_key(settings)
    path = key_file(settings.database_url)
    with _drafted(path, f"{new_key()}\n{older}\n") as draft:
        draft.replace(path)
    return path


def _make(path: Path) -> None:
    """Write a random key under another name, whole, then give it its own; the first one stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _drafted(path, f"{new_key()}\n") as draft, contextlib.suppress(FileExistsError):
        os.link(draft, path)


@contextlib.contextmanager
def _drafted(path: Path, text: str) -> Iterator[Path]:
    """Yield a file for its owner alone that holds a text, on the disk, beside another."""
    draft = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FOR_ITS_OWNER)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)

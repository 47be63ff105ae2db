"""What every handler may need of the application, in one place."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lifecycle import keys
from lifecycle.accounts import sessions, tokens
from lifecycle.scheduler.key_uses import mark_of
from lifecycle.scheduler.vitals import Vitals
from lifecycle.server.body_limits import is_anonymous
from lifecycle.server.link_requests import LinkRequests
from lifecycle.server.processor_time import HeavyWork, run_in_thread
from lifecycle.server.published_paths import path_prefix, write_path
from lifecycle.server.quotas import Quotas
from lifecycle.server.sign_in_attempts import SignInAttempts
from lifecycle.server.trusted_proxies import SigningProxies
from notifications.secrets import Links, Vault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from datetime import datetime

    from lifecycle.accounts.scopes import Caller
    from lifecycle.answers.runners import Runner
    from lifecycle.answers.snapshot_cache import Snapshots
    from lifecycle.database.store import Store
    from lifecycle.idempotency.keyed_requests import Working
    from lifecycle.server.identity_provider import IdentityProvider
    from lifecycle.settings import Settings
    from lifecycle.telemetry import Telemetry


class Uses:
    """Tokens that were used, noted now and stored now and then; a crash loses a minute of that.

    ``write`` writes down one of them: a token's use, or a session's.
    """

    def __init__(self, write: Callable[..., Awaitable[None]] = tokens.note_use) -> None:
        self._write = write
        self._noted: dict[int, datetime] = {}

    def note(self, number: int, now: datetime) -> None:
        """Remember a use until the next time they are stored."""
        self._noted[number] = now

    async def store(self, store: Store) -> None:
        """Write down what was noted, in one transaction."""
        if not self._noted:
            return
        noted, self._noted = self._noted, {}
        async with store.writing() as session:
            for number, now in noted.items():
                await self._write(session, number, now=now)


class AppState:
    """What ``create_app`` wires together."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        clock: Callable[[], datetime],
        snapshots: Snapshots,
        telemetry: Telemetry,
        working: Working,
        at_hand: Caller | None = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self.snapshots = snapshots
        self.telemetry = telemetry
        self.working = working
        self.at_hand = at_hand
        """Who asks, where that is the user of this machine and no token need prove it."""
        self.uses = Uses()
        self.session_uses = Uses(sessions.note_seen)
        self.quotas = Quotas(settings.anonymous_seconds_per_minute)
        self.sign_in_attempts = SignInAttempts()
        self.link_requests = LinkRequests()
        self.provider = _provider(settings, clock)
        """Where the vendor's people sign in, if the settings name a provider."""
        self.signing_proxies = SigningProxies.of(settings)
        """Who signs the vendor's people in before they get here, if the settings name a header."""
        self.heavy_work = HeavyWork()
        self.verdicts: Counter[str] = Counter()
        """How often the gate gave each verdict; what it could not decide is none of them."""
        self.failed_tokens: Counter[str] = Counter()
        """How often a token was refused, by the failure."""
        self.vitals = Vitals(store, settings, clock)
        self.dead = False
        self.ending = asyncio.Event()
        self.on_death: list[Callable[[], None]] = []

    def runner(self, scope: MutableMapping[str, Any]) -> Runner:
        """Return the runner of a request's heavy work: without a token, it waits for its turn."""
        return self.heavy_work.run if is_anonymous(scope) else run_in_thread

    @cached_property
    def prefix(self) -> str:
        """The path under which the service is published, without a slash at its end."""
        return path_prefix(self.settings)

    def path(self, *segments: str, **query: str | None) -> str:
        """Write the path of something of ours as those see it who are to follow it."""
        return write_path(self.prefix, *segments, **query)

    @cached_property
    def form_secret(self) -> bytes:
        """What the keys of forms are derived from; it never leaves this process."""
        return keys.secret_key(self.settings).encode()

    @cached_property
    def vault(self) -> Vault:
        """What keeps webhook secrets and chat addresses; its key is made when first needed."""
        return Vault(keys.secret_key(self.settings))

    @cached_property
    def key_mark(self) -> str:
        """What names the newest key of this process in the store."""
        return mark_of(keys.secret_key(self.settings))

    @cached_property
    def links(self) -> Links:
        """What signs links for those who have no token."""
        return Links(keys.secret_key(self.settings), self.clock)


def _provider(settings: Settings, clock: Callable[[], datetime]) -> IdentityProvider | None:
    if not settings.oidc_issuer:
        return None
    from lifecycle.server.identity_provider import IdentityProvider  # noqa: PLC0415 -- slow

    return IdentityProvider(settings, clock)

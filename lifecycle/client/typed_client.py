"""The client that answers in structs: what pipelines and programs ask most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import msgspec

from lifecycle.client.resource_paths import path
from lifecycle.client.service_client import Client as ServiceClient

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from lifecycle.answers.response_structs import MatrixOut, VersionOut, VersionTierOut
    from lifecycle.check.check_outputs import CheckOut
    from lifecycle.gate.manifests import Manifest
    from lifecycle.gate.verdict_outputs import VerdictOut


class Client(ServiceClient):
    """A service at an address: its answers as structs, and everything else as documents.

    A day is that of today where none is given. What the service refuses is raised as ``Refused``.
    """

    @overload
    def status(self, product: str, version: str, *, at: date | None = None) -> VersionOut: ...

    @overload
    def status(
        self, product: str, version: str, *, tier: str, at: date | None = None
    ) -> VersionTierOut: ...

    def status(
        self, product: str, version: str, *, tier: str | None = None, at: date | None = None
    ) -> VersionOut | VersionTierOut:
        """Return whether a version is supported, until when, and why: for one tier, or for each."""
        from lifecycle.answers.response_structs import (  # noqa: PLC0415 -- for answers alone
            VersionOut,
            VersionTierOut,
        )

        address = path("v1", "products", product, "versions", version)
        document = self.get(address, tier=tier, at=_day(at))
        if tier is None:
            return self.typed(document, VersionOut)
        return self.typed(document, VersionTierOut)

    def support(
        self, product: str, *, tier: str | None = None, at: date | None = None
    ) -> MatrixOut:
        """Return what every tier, or one, gets for every line of a product."""
        from lifecycle.answers.response_structs import MatrixOut  # noqa: PLC0415

        address = path("v1", "products", product, "support")
        return self.get_as(MatrixOut, address, tier=tier, at=_day(at))

    def check(
        self,
        components: Iterable[Mapping[str, Any]] | None = None,
        *,
        account: str | None = None,
        **options: Any,
    ) -> CheckOut:
        """Return whether anything that is run is, or soon will be, unsupported; nothing is stored.

        A component names a ``product`` and a ``version``, or a ``purl``. With an ``account``, its
        tier holds, and without components all that it has reported is checked. ``options`` are
        those of the API: ``tier``, ``within`` (days), ``at``, ``fail_on``, ``expect``,
        ``allow_no_match``.
        """
        from lifecycle.check.check_outputs import CheckOut  # noqa: PLC0415

        body = {name: value for name, value in options.items() if value is not None}
        if components is not None:
            body["components"] = list(components)
        owner = () if account is None else ("accounts", account)
        address = path("v1", *owner, "check")
        return self.typed(self.ask(address, msgspec.to_builtins(body)), CheckOut)

    def gate(self, manifest: Manifest | Mapping[str, Any], *, at: date | None = None) -> VerdictOut:
        """Return whether the release that a manifest describes may go out, and why not."""
        from lifecycle.gate.verdict_outputs import VerdictOut  # noqa: PLC0415

        document = msgspec.to_builtins(manifest)
        body = {name: value for name, value in document.items() if value}
        address = path("v1", "products", str(body.get("product") or ""), "gate")
        return self.typed(self.ask(address, body, at=_day(at)), VerdictOut)


def _day(at: date | None) -> str | None:
    return None if at is None else at.isoformat()

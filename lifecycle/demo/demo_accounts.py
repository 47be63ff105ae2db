"""The customers of the demo vendor, on every tier, with what they run."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from lifecycle.accounts.account_inputs import AccountIn, AddressIn, ImportedAccount, InstanceIn
from lifecycle.demo import dashboard, runtime

FORMERLY = {
    ("globex", "production"): InstanceIn(
        product=dashboard.SLUG,
        version="3.30.2",
        environment="production",
        features=("audit-export", "hosted-maps", "legacy-connector", "rest-v1"),
    )
}
"""What some ran until the version was out that they run now."""


def accounts(today: date) -> tuple[ImportedAccount, ...]:
    """Return the customers; some run what is newest, some what is about to go or long gone."""
    return (
        _account(
            "acme",
            "Acme Corporation",
            "enterprise",
            production=_runs(today, "3.35.2", features=("automations", "legacy-connector")),
            staging=_runs(
                today,
                "3.39.1",
                environment="staging",
                features=("automations", "ai-builder"),
            ),
            runtime=_runs(today, "8.3.0", product=runtime.SLUG),
        ),
        _account(
            "globex",
            "Globex",
            "enterprise",
            production=_runs(today, "3.38.1", features=("audit-export", "hosted-maps", "rest-v1")),
            archive=_runs(today, "2.33.4", features=("rest-v1",)),
        ),
        _account(
            "initech",
            "Initech",
            "enterprise",
            production=_runs(today, "3.34.3", features=("legacy-connector", "ldap-sync")),
            lab=_runs(today, "3.40.0-alpha.0", environment="test", tier="community"),
        ),
        _account(
            "umbrella",
            "Umbrella Health",
            "enterprise",
            production=_runs(today, "3.37.2"),
            reports=_runs(today, "6.8.0", product=runtime.SLUG),
        ),
        _account("hooli", "Hooli", "pro", production=_runs(today, "3.39.1")),
        _account(
            "vehement",
            "Vehement Capital",
            "pro",
            production=_runs(today, "3.39.0", features=("automations", "screen-recorder")),
            trading=_runs(today, "3.36.1", tier="enterprise", features=("audit-export",)),
        ),
        _account(
            "stark",
            "Stark Logistics",
            "pro",
            subscribes=False,
            warehouse=_runs(today, "3.20.2", days_ago=140),
            gates=_runs(today, "6.9.0", product=runtime.SLUG),
        ),
        _account("massive", "Massive Dynamic", "pro", subscribes=False),
        _account(
            "tyrell",
            "Tyrell Makers",
            "community",
            subscribes=False,
            hobby=_runs(today, "3.33.2"),
            runtime=_runs(today, "9.1.0", product=runtime.SLUG),
        ),
        _account(
            "wonka",
            "Wonka e.V.",
            "community",
            subscribes=False,
            museum=_runs(today, "3.25.1", features=("automations",)),
        ),
    )


def _account(
    slug: str, name: str, tier: str, *, subscribes: bool = True, **instances: InstanceIn
) -> ImportedAccount:
    """Make an account; ``subscribes`` gives it an e-mail address that the vendor vouches for."""
    address = AddressIn(
        channel="email",
        address=f"platform@{slug}.example",
        topics=(f"product:{dashboard.SLUG}", f"product:{runtime.SLUG}"),
    )
    return ImportedAccount(
        account=AccountIn(slug=slug, name=name, tier=tier),
        addresses=(address,) if subscribes else (),
        instances=instances,
    )


def _runs(
    today: date,
    version: str,
    *,
    product: str = dashboard.SLUG,
    environment: str = "production",
    tier: str | None = None,
    features: tuple[str, ...] | None = None,
    days_ago: int = 1,
) -> InstanceIn:
    noon = datetime.combine(today - timedelta(days_ago), time(12), UTC)
    return InstanceIn(
        product=product,
        version=version,
        environment=environment,
        tier=tier,
        features=features,
        last_seen=noon,
    )

"""Clairdash itself: its releases, its one long-term line, and features in every stage."""

from __future__ import annotations

from datetime import date, timedelta

from lifecycle.catalogue.catalogue_inputs import (
    FeatureIn,
    ImportedProduct,
    LineIn,
    ProductIn,
    StageIn,
    StageName,
)
from lifecycle.catalogue.presentations import EndoflifeTiers
from lifecycle.demo.release_cadence import releases
from lifecycle.policy.presets import preset
from lifecycle.policy.windows import Phase

SLUG = "clairdash"


def product(today: date) -> ImportedProduct:
    """Return the product as it stands on a day."""
    return ImportedProduct(
        product=ProductIn(
            slug=SLUG,
            name="Clairdash",
            scheme="semver",
            line_by="minor",
            identifiers=("pkg:docker/clairdash/clairdash", "pkg:npm/%40clairdash/server"),
            endoflife=EndoflifeTiers(support="pro", eol="enterprise"),
        ),
        releases=releases(today),
        lines={"2.33": _long_term(today)},
        features=_features(today),
    )


def policy() -> str:
    """Return the policy Clairdash is supported under: the preset of that name."""
    return preset("clairdash")


def _long_term(today: date) -> LineIn:
    return LineIn(
        declared={
            Phase.ACTIVE_SUPPORT: today - timedelta(200),
            Phase.SECURITY_SUPPORT: today + timedelta(160),
            Phase.END_OF_LIFE: today + timedelta(160),
        },
        lts=True,
        codename="Meridian",
    )


def _features(today: date) -> dict[str, FeatureIn]:
    """Return features in every stage; their histories name versions, two of them days."""
    enterprise = ("enterprise",)
    return {
        "screen-recorder": _feature("Screen recorder", experimental="3.39.0"),
        "query-profiler": _feature("Query profiler", experimental="3.34.0", alpha="3.38.0"),
        "ai-builder": _feature("AI builder", alpha="3.30.0", beta="3.36.0"),
        "live-cursors": _feature("Live cursors", beta="3.33.0", preview="3.37.0"),
        "automations": _feature("Automations", beta="2.28.0", ga="3.0.0"),
        "audit-export": _feature(
            "Audit export", tiers=enterprise, beta="3.12.0", preview="3.20.0", ga="3.24.0"
        ),
        "ldap-sync": _feature("LDAP sync", tiers=("pro", "enterprise"), ga="2.30.0"),
        "rest-v1": _feature("REST API v1", ga="2.28.0"),
        "legacy-connector": _feature("Legacy connector", ga="2.28.0", deprecated="3.37.0"),
        "flash-charts": _feature(
            "Flash charts", ga="2.28.0", deprecated="3.10.0", removed="3.26.0"
        ),
        "hosted-maps": FeatureIn(
            name="Hosted maps",
            stages=(
                StageIn(stage="beta", from_day=today - timedelta(400)),
                StageIn(stage="ga", from_day=today - timedelta(150)),
            ),
        ),
    }


def _feature(name: str, tiers: tuple[str, ...] | None = None, **stages: str) -> FeatureIn:
    """Make a feature whose stages hold from the versions given, in order."""
    history: list[StageIn] = []
    for stage, version in stages.items():
        name_of_stage: StageName = stage  # type: ignore[assignment]
        history.append(StageIn(stage=name_of_stage, from_version=version))
    return FeatureIn(name=name, stages=tuple(history), tiers=tiers)

"""Manifests: what CI says of a release before it goes out."""

from __future__ import annotations

from datetime import date

import msgspec

from lifecycle.catalogue.facts import Key, StageName, Text
from lifecycle.catalogue.facts import Version as VersionText
from lifecycle.deprecations.facts import FeatureKey


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A release: its version and day, and what it changes (design, section 6).

    ``day`` left out is the day asked. ``removes`` and ``breaks`` name features, ``stages`` those
    that it brings or moves, ``drops`` lines dropped beside those the policy implies. ``line`` is
    for products whose lines are declared, ``stage`` for a release that is itself pre-GA.
    """

    product: Key
    version: VersionText
    day: date | None = None
    removes: tuple[FeatureKey, ...] = ()
    breaks: tuple[FeatureKey, ...] = ()
    stages: dict[FeatureKey, StageName] = {}
    drops: tuple[Text, ...] = ()
    line: Text | None = None
    stage: StageName | None = None

"""What is told about accounts: who they are, what they run, where they want their notices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from lifecycle.documents.patterns import END, SLUG, FeatureKey, Text, Version
from notifications.channels import ChannelName

Key: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=100, pattern="^" + SLUG + END, examples=["acme"])
]


class AccountIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer and its tier. Without a name, it goes by its slug."""

    slug: Key
    name: Text = ""
    tier: Text


class InstanceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A deployment: what it runs, and the tier of its own licence, if it has one.

    ``features`` left out means that nobody reported which are in use.
    """

    product: Key
    version: Version
    environment: Text | None = None
    tier: Text | None = None
    features: tuple[FeatureKey, ...] | None = None
    last_seen: datetime | None = None


class StoredTier(msgspec.Struct, frozen=True):
    """The tier an account has from a day on."""

    from_day: date
    tier: str


class AddressIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an account wants its notices: on which channel, and about what."""

    channel: ChannelName
    address: Text
    topics: tuple[Text, ...] = ("*",)


class AccountPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer list says of a customer: fields left out stay, an empty name clears."""

    slug: Key
    name: Text | UnsetType = UNSET
    tier: Text | UnsetType = UNSET


class InstancePatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer list says of a deployment: fields left out stay, ``null`` clears."""

    product: Key | UnsetType = UNSET
    version: Version | UnsetType = UNSET
    environment: Text | UnsetType | None = UNSET
    tier: Text | UnsetType | None = UNSET
    features: tuple[FeatureKey, ...] | UnsetType | None = UNSET
    last_seen: datetime | UnsetType | None = UNSET


class ImportedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """All that a customer list says of one account; instances by their names.

    Addresses and instances are added or changed; those that are not listed stay.
    """

    account: AccountIn | AccountPatch
    addresses: tuple[AddressIn, ...] = ()
    instances: Mapping[str, InstanceIn | InstancePatch] = {}

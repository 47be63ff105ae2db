"""What is told about accounts: who they are, what they run, where they want their notices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from lifecycle.documents.forms import END, SLUG, FeatureKey, Text, Version

Key: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=100, pattern="^" + SLUG + END, examples=["acme"])
]
Channel: TypeAlias = Literal["webhook", "email", "chat"]


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


class AddressIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an account wants its notices: on which channel, and about what."""

    channel: Channel
    address: Text
    topics: tuple[Text, ...] = ("*",)


class ImportedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """All that a customer list says of one account; instances by their names."""

    account: AccountIn
    addresses: tuple[AddressIn, ...] = ()
    instances: dict[str, InstanceIn] = {}

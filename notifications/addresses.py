"""What an address and a topic may look like; whether somebody listens there is found out later."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notifications.channels import find_channel
from notifications.channels.descriptor import AddressTerms
from notifications.channels.webhook import without_password
from notifications.errors import UnusableAddressError, UnusableTopicError

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 2000
ALL = "*"
MOST_TOPICS = 500

VISIBLE = re.compile(r"[!-~\u00a1-\U0010ffff]+")
TOPIC = re.compile(r"product:[a-z0-9][a-z0-9._-]{0,99}")


def check_address(
    channel: str, address: str, *, operator: bool = False, allow_http: bool = False
) -> None:
    """Refuse an address that cannot be one on its channel, on the terms that ``Terms`` names.

    >>> check_address("email", "ops@acme.example")
    """
    checked = find_channel(channel)
    if len(address) > LONGEST:
        raise UnusableAddressError(
            f"An address has at most {LONGEST} characters; this one has {len(address)}"
        )
    if not VISIBLE.fullmatch(address) or not address.isprintable():
        raise UnusableAddressError(
            f"{without_password(address)} is not a valid address: "
            "it is empty, or contains spaces or characters that do not print"
        )
    checked.check_address(address, AddressTerms(operator=operator, allow_http=allow_http))


def check_topics(topics: Sequence[str]) -> list[str]:
    """Return the topics once each, sorted; ``*`` alone where it is among them.

    >>> check_topics(["product:b", "product:a", "product:b"])
    ['product:a', 'product:b']
    """
    if not topics:
        raise UnusableTopicError("Give at least one topic: '*', or 'product:' and a slug")
    if len(topics) > MOST_TOPICS:
        raise UnusableTopicError(f"Give at most {MOST_TOPICS} topics, or '*' for all")
    for topic in topics:
        if topic != ALL and not TOPIC.fullmatch(topic):
            raise UnusableTopicError(
                f"{topic[:120]!r} is not a valid topic; use '*', or 'product:' and a slug"
            )
    return [ALL] if ALL in topics else sorted(set(topics))

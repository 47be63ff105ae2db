"""The evidence for an account: all it was told, in one file that stands alone.

It is written one deprecation after the other, so that it may be longer than memory.
"""

from __future__ import annotations

from datetime import date, datetime
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import or_, select

from lifecycle.accounts.limited_views import topics_of
from lifecycle.accounts.models import AccountTier
from lifecycle.accounts.queries import get_account
from lifecycle.audit import queries as audit
from lifecycle.audit.chain import Entry, Seal
from lifecycle.deprecations.evidence import proofs
from lifecycle.deprecations.models import Deprecation, Recipient
from lifecycle.deprecations.notices import wording
from lifecycle.deprecations.notices.letters import WAIVED, WHY_IT_IS_POSSIBLY
from lifecycle.deprecations.notices.notice_facts import What
from lifecycle.deprecations.notices.templates import content_policy, environment
from lifecycle.deprecations.queries import concerns
from notifications.channels import hides_address
from notifications.models import Delivery, Subscription
from notifications.topics import is_about

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from jinja2 import Template
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.evidence.proofs import Proof


class TierSince(msgspec.Struct, frozen=True):
    """A tier, and the first day on which the account had it."""

    tier: str
    from_day: date


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where the account wanted its notices; of a secret address only the digest is given."""

    id: str
    channel: str
    address: str | None
    address_sha256: str
    state: str
    created_at: datetime
    confirmed_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    paused_at: datetime | None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What stands at the head of the evidence; what was told follows, deprecation by deprecation.

    ``head`` is where the audit log ended when this was written; ``audit`` has the entries about
    the account itself. An entry's hash is the SHA-256 of its other fields as JSON with sorted keys.
    Where whoever asks is limited to ``products``, it is about these alone.
    """

    account: str
    name: str
    written_at: datetime
    tiers: tuple[TierSince, ...]
    subscriptions: tuple[Address, ...]
    audit: tuple[Entry, ...]
    head: Seal
    products: tuple[str, ...] | None = None


async def collect(
    session: AsyncSession,
    account: str,
    now: datetime,
    *,
    products: Collection[str] | None = None,
) -> Evidence:
    """Return the head of an account's evidence; with ``products``, of what concerns these.

    The log's entries about the account itself then stay out: they say what else it has.
    """
    owner = await get_account(session, account, products=products)
    tiers = (
        select(AccountTier).where(AccountTier.account_id == owner.id).order_by(AccountTier.from_day)
    )
    addresses = select(Subscription).where(Subscription.owner == account)
    if products is not None:
        addresses = addresses.where(is_about(topics_of(products)))
    seq, digest = await audit.head(session)
    return Evidence(
        account=account,
        name=owner.name or account,
        written_at=now,
        tiers=tuple(TierSince(row.tier, row.from_day) for row in await session.scalars(tiers)),
        subscriptions=tuple(
            _address(row) for row in await session.scalars(addresses.order_by(Subscription.id))
        ),
        audit=() if products is not None else await audit.entries_about(session, None, account),
        head=Seal(seq, digest),
        products=None if products is None else tuple(sorted(products)),
    )


async def told(session: AsyncSession, evidence: Evidence) -> AsyncIterator[Proof]:
    """Yield what an account was told, one deprecation at a time, the newest first."""
    account, products = evidence.account, evidence.products
    owner = await get_account(session, account, products=products)
    reached = select(Recipient.deprecation_id).where(Recipient.account_id == owner.id)
    threads = select(Delivery.thread).where(Delivery.owner == account, Delivery.thread.is_not(None))
    concerned = select(Deprecation.id).where(
        or_(Deprecation.id.in_(reached), Deprecation.id.in_(threads)), concerns(products)
    )
    numbers = (await session.scalars(concerned.order_by(Deprecation.id.desc()))).all()
    for number in numbers:
        deprecation = await session.get_one(Deprecation, number)
        yield await proofs.proof(session, owner, deprecation, evidence.written_at)
        session.expunge_all()  # or everything read so far would stay in memory


async def evidence_json(session: AsyncSession, evidence: Evidence) -> AsyncIterator[bytes]:
    """Write the evidence as one JSON document, piece by piece."""
    yield msgspec.json.encode(evidence)[:-1] + b',"deprecations":['
    between = b""
    async for proof in told(session, evidence):
        yield between + msgspec.json.encode(proof)
        between = b","
    yield b"]}\n"


async def evidence_html(session: AsyncSession, evidence: Evidence) -> AsyncIterator[bytes]:
    """Write the evidence as one HTML document that loads nothing, piece by piece."""
    yield _HEAD.render(evidence=evidence).encode()
    count = 0
    async for proof in told(session, evidence):
        count += 1
        yield _PROOF.render(proof=proof, title=title(proof), why=why(proof)).encode()
    yield _FOOT.render(evidence=evidence, count=count).encode()


def title(proof: Proof) -> str:
    """Name what a deprecation changes."""
    content = proof.content
    scope = What(
        lines=content.lines,
        range=content.range,
        feature=content.feature,
        whole_product=content.whole_product,
    )
    noun = wording.NOUNS[content.kind].format(wording.thing(proof.product_name, scope))
    return noun[:1].upper() + noun[1:]


def why(proof: Proof) -> str:
    """Say why an account was told that is only possibly affected."""
    code = (proof.recipient and proof.recipient.why_possibly) or ""
    return WHY_IT_IS_POSSIBLY.get(code, code).format(product=proof.product_name)


def _address(row: Subscription) -> Address:
    return Address(
        id=row.uid,
        channel=row.channel,
        address=None if hides_address(row.channel) else row.address,
        address_sha256=row.address_digest,
        state=row.state,
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        paused_at=row.paused_at,
    )


def document_part(name: str) -> Template:
    """Return the template of a part of an evidence document."""
    return _TEMPLATES.get_template(name)


def _instant(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC" if when else ""


_TEMPLATES = environment("lifecycle.deprecations.evidence")
_TEMPLATES.filters |= {"day": wording.day, "instant": _instant}
_TEMPLATES.globals |= {"waived": WAIVED}
_HEAD, _PROOF, _FOOT = (
    document_part(f"evidence_{part}.html") for part in ("head", "proof", "foot")
)
_SHEET = (files(__package__) / "templates" / "evidence_style.html").read_text(encoding="utf-8")
_STYLE = _SHEET.partition("<style>")[2].partition("</style>")[0]
PAGE_HEADERS = {"content-security-policy": content_policy(_STYLE), "x-robots-tag": "noindex"}
"""The sheet stands in the page, so that a saved copy looks the same."""

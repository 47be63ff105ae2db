"""The notices of a deprecation as they would be sent, written before anything is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.accounts.queries import find_account, tier_on
from lifecycle.calendar.zones import local_day, zone
from lifecycle.catalogue.models import Product
from lifecycle.deprecations import milestones
from lifecycle.deprecations.affected_instances import is_affected
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.milestones import Due, Milestone
from lifecycle.deprecations.models import Deprecation
from lifecycle.deprecations.notices import content as abouts
from lifecycle.deprecations.notices import messages
from lifecycle.deprecations.notices.notice_facts import (
    About,
    Addressee,
    AffectedInstance,
    NoticeWaiver,
)
from lifecycle.deprecations.states import (
    UNANNOUNCED,
    Affected,
    RevisionChange,
    State,
    affected_now,
)
from lifecycle.policy.policies import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Account
    from lifecycle.deprecations.audience.previews import Reader

NOBODY = "example"


class Rehearsal(msgspec.Struct, frozen=True):
    """A notice to come: when it is sent, and what its reader learns on that day."""

    due: Due
    addressee: Addressee


class RehearsedOut(msgspec.Struct, frozen=True, kw_only=True):
    """One notice on each channel, as the ``account`` named would get it on the day it is sent.

    An account that is only possibly ``affected`` gets the news and one reminder. Its links
    stand open: each address gets its own when it is sent. The entries of the log that
    it cites are not written yet.
    """

    id: str
    milestone: Milestone
    days_before: int | None
    due_on: date
    due_at: datetime
    account: str
    affected: str
    webhook: Any
    subject: str
    text: str
    html: str
    chat: str

    @classmethod
    def of(cls, rehearsal: Rehearsal) -> RehearsedOut:
        """Write a notice on each channel."""
        due, addressee = rehearsal.due, rehearsal.addressee
        mail, chat = messages.mail(addressee), messages.chat(addressee)
        return cls(
            id=addressee.about.notice,
            milestone=due.milestone,
            days_before=due.days_before,
            due_on=due.on,
            due_at=due.at,
            account=addressee.account,
            affected=addressee.affected,
            webhook=msgspec.json.decode(messages.webhook_body(addressee)),
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            chat=chat.text,
        )


class Revising(msgspec.Struct, frozen=True, kw_only=True):
    """What a revision that is not published yet changes, as its notice says it."""

    milestone: Milestone
    change: str
    reason: str
    before: Mapping[str, date]
    waiver: NoticeWaiver | None = None


class Scene(msgspec.Struct, frozen=True):
    """What is rehearsed: a deprecation with its days, under a policy, at a moment.

    ``revising`` is what a further revision would change; without it, what stands is rehearsed.
    """

    deprecation: Deprecation
    product: Product
    content: DeprecationIn
    policy: Policy
    days: Mapping[str, date]
    versions: Sequence[str]
    announced_on: date
    now: datetime
    base: str
    revising: Revising | None = None


async def rehearse(
    session: AsyncSession, scene: Scene, reader: Reader | None
) -> tuple[Rehearsal, ...]:
    """Return every notice that an account will get, or a made-up one where none is affected."""
    addressee = await _told(session, scene, reader)
    coming = dues(scene, [addressee.effective_on])
    return tuple(
        _rehearsal(addressee, scene, due)
        for due in (coming if reader is None else _read_by(reader, coming))
    )


def _read_by(reader: Reader, coming: Iterable[Due]) -> Iterator[Due]:
    """Pick what an account gets, as ``recipients_of`` does once they are due."""
    is_reminded = reader.is_reminded
    for due in coming:
        if due.milestone in {Milestone.REMINDER, Milestone.EFFECTIVE}:
            if reader.has_moved:
                continue
            if reader.affected is not Affected.YES:
                if is_reminded or due.milestone is Milestone.EFFECTIVE:
                    continue
                is_reminded = True
        yield due


def dues(scene: Scene, effective_days: Collection[date]) -> Iterator[Due]:
    """Yield every notice to come, whoever gets it, for tiers with some effective days."""
    if scene.revising is not None:
        today = scene.announced_on
        yield milestones.at_once(scene.revising.milestone, today=today, now=scene.now)
        if scene.revising.milestone is not Milestone.WITHDRAWAL:
            yield from milestones.to_come(scene.policy, effective_days, today=today)
        return
    state = scene.deprecation.state
    if state in UNANNOUNCED:
        yield milestones.at_once(
            Milestone.ANNOUNCEMENT, today=scene.announced_on, now=_announced_at(scene)
        )
    if state != State.WITHDRAWN:
        yield from milestones.to_come(scene.policy, effective_days, today=scene.announced_on)


def _announced_at(scene: Scene) -> datetime:
    """Return when it is announced: now, unless that waits for the opening of a day."""
    is_today = scene.announced_on <= local_day(scene.now, zone(scene.policy.timezone))
    if is_today and scene.deprecation.announce_on is None:
        return scene.now
    return max(milestones.opening(scene.policy, scene.announced_on), scene.now)


def _number(scene: Scene) -> int:
    return max(scene.deprecation.number + (scene.revising is not None), 1)


def _about(about: About, scene: Scene, due: Due) -> About:
    uid = milestones.notice_uid(scene.deprecation.uid, _number(scene), due)
    return msgspec.structs.replace(
        about,
        notice=uid,
        milestone=due.milestone,
        days_before=due.days_before,
        due_at=due.at,
    )


def _rehearsal(addressee: Addressee, scene: Scene, due: Due) -> Rehearsal:
    about = _about(addressee.about, scene, due)
    revising, previously_on = scene.revising, None
    if revising is not None and due.milestone is revising.milestone:
        before = revising.before.get(addressee.tier)
        previously_on = before if before != addressee.effective_on else None
    return Rehearsal(
        due,
        msgspec.structs.replace(addressee, about=about, today=due.on, previously_on=previously_on),
    )


async def _told(session: AsyncSession, scene: Scene, recipient: Reader | None) -> Addressee:
    content, product, row = scene.content, scene.product, scene.deprecation
    revising = scene.revising
    about = About(
        notice="",
        milestone=Milestone.ANNOUNCEMENT,
        due_at=scene.now,
        deprecation=row.uid,
        product=product.slug,
        product_name=product.name or product.slug,
        kind=content.kind,
        what=await abouts.what_of(session, content, product),
        from_version=content.from_version,
        reason=content.reason,
        migration=content.migration,
        replacement=content.replacement,
        links=content.links,
        number=_number(scene),
        change=revising.change if revising else RevisionChange.ANNOUNCED,
        change_reason=revising.reason if revising else "",
        waiver=revising.waiver if revising else None,
        changed_on=scene.announced_on,
        announced_on=row.announced_on or scene.announced_on,
        url=await abouts.url_of(session, row, scene.base),
    )
    if recipient is None:
        tier, effective_on = next(iter(scene.days.items()))
        return Addressee(
            about=about,
            today=scene.announced_on,
            account=NOBODY,
            account_name="your account (an example)",
            tier=tier,
            effective_on=effective_on,
        )
    account = await find_account(session, recipient.account)
    return Addressee(
        about=about,
        today=scene.announced_on,
        account=recipient.account,
        account_name=(account.name if account else "") or recipient.account,
        tier=recipient.tier,
        affected=affected_now(recipient.affected, recipient.why_possibly),
        why=recipient.why_possibly,
        effective_on=recipient.effective_on,
        instances=tuple(_instances(scene, account)) if account else (),
    )


def _instances(scene: Scene, account: Account) -> Iterator[AffectedInstance]:
    own_tier = tier_on(account.tiers, scene.announced_on)
    for instance in account.instances:
        if instance.product == scene.product.slug and is_affected(
            tier=instance.tier or own_tier,
            tiers=scene.days,
            feature=scene.content.feature,
            whole_product=scene.content.whole_product,
            runs_version=instance.version in scene.versions,
            uses=instance.features,
        ):
            yield AffectedInstance(instance.name, instance.version, instance.environment)

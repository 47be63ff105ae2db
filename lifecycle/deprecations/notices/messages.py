"""What a notice says, on each channel: a webhook's body, an e-mail, a line of chat (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.notices import letter_forms, letters, wording
from lifecycle.deprecations.notices.webhook_bodies import (
    TYPES,
    NoticeData,
    TestData,
    WebhookBody,
    WebhookDeprecation,
    WebhookNotice,
    WebhookProduct,
    WebhookRevision,
    WebhookSeals,
)

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.deprecations.notices.notice_facts import About, Addressee

MOST_INSTANCES = 1000


class Mail(msgspec.Struct, frozen=True):
    """An e-mail's parts; the subject is one line."""

    subject: str
    text: str
    html: str


def webhook_body(addressee: Addressee) -> bytes:
    """Return the JSON that a webhook gets: the same bytes all day."""
    about = addressee.about
    shown = addressee.instances[:MOST_INSTANCES]
    data = NoticeData(
        notice=WebhookNotice(
            id=about.notice,
            milestone=about.milestone,
            days_before=about.days_before,
            due_at=about.due_at,
        ),
        deprecation=_deprecation(about),
        account=addressee.account,
        tier=addressee.tier,
        affected=addressee.affected,
        why=addressee.why,
        moved_on=addressee.moved_on,
        instances=shown,
        instances_not_shown=len(addressee.instances) - len(shown),
        effective_on=addressee.effective_on,
        previously_effective_on=addressee.previously_on,
        days_left=None if about.milestone is Milestone.WITHDRAWAL else addressee.days_left,
        summary=letters.headline(addressee),
        acknowledge=f"/v1/accounts/{addressee.account}/notices/{about.notice}/acknowledge",
        url=about.url,
        audit=WebhookSeals(announced=about.announced, head=about.head),
    )
    return _body(TYPES[about.milestone], about.due_at, data)


def _body(kind: str, at: datetime, data: NoticeData | TestData) -> bytes:
    return msgspec.json.encode(WebhookBody(type=kind, timestamp=at, data=data))


def mail(addressee: Addressee) -> Mail:
    """Return the e-mail, complete in plain text and in HTML."""
    return written(letters.letter(addressee))


def chat(addressee: Addressee) -> Mail:
    """Return a title and a few lines of Markdown; names cannot mention or link anything."""
    return Mail(wording.harmless(letters.subject(addressee)), letters.chat(addressee), "")


def confirmation(*, link: str, account: str, address: str, days: int) -> Mail:
    """Return the e-mail that asks whether an address is right; ``days`` is how long one may."""
    return written(letters.confirmation(link=link, account=account, address=address, days=days))


def sign_in(*, link: str, account: str, minutes: int) -> Mail:
    """Return the e-mail with a link to sign in; it is valid for ``minutes``."""
    return written(letters.sign_in(link=link, account=account, minutes=minutes))


def test_mail(*, account: str, unsubscribe_url: str) -> Mail:
    """Return a test e-mail."""
    return written(letters.test(account=account, unsubscribe_url=unsubscribe_url))


def test_body(*, account: str, subscription: str, at: datetime) -> bytes:
    """Return a test body for a webhook."""
    data = TestData(account=account, subscription=subscription, summary=letters.TEST)
    return _body("test", at, data)


def written(letter: letters.Letter) -> Mail:
    """Return a letter's e-mail."""
    return Mail(letter.subject, letter_forms.as_text(letter), letter_forms.as_html(letter))


def _deprecation(about: About) -> WebhookDeprecation:
    return WebhookDeprecation(
        id=about.deprecation,
        product=WebhookProduct(slug=about.product, name=about.product_name),
        kind=about.kind,
        what=about.what,
        from_version=about.from_version,
        reason=about.reason,
        migration=about.migration,
        replacement=about.replacement,
        links=about.links,
        announced_on=about.announced_on,
        revision=WebhookRevision(
            number=about.number,
            change=about.change,
            reason=about.change_reason,
            on=about.changed_on,
        ),
        waiver=about.waiver,
    )

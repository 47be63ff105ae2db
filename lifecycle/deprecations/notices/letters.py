"""How a notice is worded: as a letter, or as a few lines of chat (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lifecycle.calendar.distances import distance
from lifecycle.calendar.lengths import add_days
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.notices import wording
from lifecycle.deprecations.states import ENDS_SUPPORT, Affected, changes_in
from lifecycle.errors import end_sentence
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.tier_labels import tier_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.deprecations.notices.notice_facts import Addressee

LONGEST_SUBJECT = 150
MOST_INSTANCES = 50
MOST_IN_CHAT = 5
TEST = "This is a test message: notices about deprecations will arrive here."

LABELS = {
    Milestone.ANNOUNCEMENT: "Announced",
    Milestone.REMINDER: "Reminder",
    Milestone.EFFECTIVE: "In effect",
    Milestone.AMENDMENT: "Amended",
    Milestone.WITHDRAWAL: "Withdrawn",
}
"""What each milestone is called by itself; ``label`` says of an amendment what it did."""
TO_DO = {
    Kind.END_OF_SUPPORT: "Upgrade to a supported version {before}.",
    Kind.REMOVAL: "Stop using it {before}.",
    Kind.BREAKING_CHANGE: "Prepare what relies on it {before}.",
    Kind.DISCONTINUATION: "Move to something else {before}.",
}
WAIVED = {
    "law": "the law requires it",
    "security": "security requires it",
    "third_party": "a third party forces it",
    "other": "of another reason",
}
WHY_POSSIBLY = {
    "subscribed": "you asked for news of {product}",
    "no_instances": "you have reported nothing that you run",
    "not_seen": "nothing that you run has been seen for 90 days",
    "no_features": "you have not reported which features you use",
    "unknown_features": "you have reported a feature that {product} does not have",
}
WHY_IT_IS_POSSIBLY = {
    "subscribed": "it asked for news of {product}",
    "no_instances": "it has reported nothing that it runs",
    "not_seen": "nothing that it runs has been seen for 90 days",
    "no_features": "it has not reported which features it uses",
    "unknown_features": "it has reported a feature that {product} does not have",
}
"""The same, said of the account to others, such as the vendor."""


class Passage(NamedTuple):
    """A text under a title, which may be Markdown."""

    title: str
    text: str
    is_markdown: bool = False


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What an e-mail says, in its order, before it takes a form."""

    subject: str
    label: str
    title: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[Passage, ...] = ()
    instances: tuple[str, ...] = ()
    not_shown: int = 0
    sections: tuple[Passage, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    button: tuple[str, str] | None = None
    button_note: str = ""
    small: tuple[str, ...] = ()
    unsubscribe_url: str = ""


def headline(addressee: Addressee) -> str:
    """Say in one sentence what changes, and when; what is only announced is never said as gone."""
    about, away = addressee.about, distance(addressee.effective_on, addressee.today)
    subject_text = wording.thing(about.product_name, about.what)
    day = wording.day(addressee.effective_on)
    if about.milestone is Milestone.WITHDRAWAL:
        noun = wording.NOUNS[about.kind].format(subject_text)
        return f"The {noun} announced for {day} is withdrawn."
    if about.kind is Kind.END_OF_SUPPORT:
        return f"{wording.capital(_end_of_support(addressee, subject_text))}."
    if addressee.days_left <= 0:
        sentence = wording.capital(wording.PAST[about.kind].format(subject_text))
        return f"{sentence} {away}, on {day}."
    coming = wording.capital(wording.FUTURE[about.kind].format(subject_text))
    instead = f", not on {wording.day(addressee.previously_on)}" if addressee.previously_on else ""
    return f"{coming} on {day}, {away}{instead}."


def _end_of_support(addressee: Addressee, subject_text: str) -> str:
    """Name the last day of support rather than the first without: the reader plans with that."""
    when = f"{wording.day(addressee.last_day)} ({distance(addressee.last_day, addressee.today)})"
    if addressee.days_left <= 0:
        return f"{wording.PAST[addressee.about.kind].format(subject_text)} on {when}"
    before = addressee.previously_on and add_days(addressee.previously_on, -1)
    instead = f", not after {wording.day(before)}" if before else ""
    return f"{wording.FUTURE[addressee.about.kind].format(subject_text)} after {when}{instead}"


def label(milestone: str, change: str) -> str:
    """Say what a notice tells of: an amendment by what it did, as its revision's row has it.

    >>> label("amendment", "postponed+narrowed"), label("reminder", "announced")
    ('Postponed and narrowed', 'Reminder')
    """
    if milestone != Milestone.AMENDMENT or not change:
        return LABELS[Milestone(milestone)]
    return wording.label_changes(changes_in(change))


def subject(addressee: Addressee) -> str:
    """Return the subject: one line of at most 150 characters, without what does not print."""
    about, sentence = addressee.about, headline(addressee).rstrip(".")
    return _line(f"{label(about.milestone, about.change)}: {sentence}")


def letter(addressee: Addressee) -> Letter:
    """Write a notice as a letter."""
    about = addressee.about
    shown = addressee.instances[:MOST_INSTANCES]
    return Letter(
        subject=subject(addressee),
        label=label(about.milestone, about.change),
        title=headline(addressee),
        paragraphs=tuple(_paragraphs(addressee)),
        facts=tuple(_facts(addressee)),
        instances=tuple(wording.instance(affected) for affected in shown),
        not_shown=len(addressee.instances) - len(shown),
        sections=tuple(_sections(addressee)),
        links=tuple((link.title or link.url, link.url) for link in about.links),
        button=("Acknowledge this notice", addressee.acknowledge_url)
        if addressee.acknowledge_url
        else None,
        button_note="This only confirms that a person has read it, not that you agree.",
        small=tuple(_small(addressee)),
        unsubscribe_url=addressee.unsubscribe_url,
    )


def confirmation(*, link: str, account: str, address: str, days: int) -> Letter:
    """Ask whether an address is right."""
    return Letter(
        subject=_line(f"Please confirm that notices for {account} may be sent here"),
        label="Please confirm",
        title="Should notices be sent to this address?",
        paragraphs=(
            f"Somebody asked for notices for the account {account} to be sent to {address}.",
            f"Nothing will be sent before you confirm. The link works for {days} days.",
        ),
        button=("Confirm this address", link),
        button_note="If you did not ask for it, do nothing: you will hear nothing further.",
    )


def sign_in(*, link: str, account: str, minutes: int) -> Letter:
    """Send the link by which one signs in."""
    return Letter(
        subject=_line(f"Sign in to {account}"),
        label="Sign in",
        title=f"Your link to sign in to {account}",
        paragraphs=(f"It works once, within {minutes} minutes.",),
        button=("Sign in", link),
        button_note="If you did not ask for it, do nothing: without this link nobody can sign in.",
    )


def test(*, account: str, unsubscribe_url: str) -> Letter:
    """Try out whether letters arrive."""
    return Letter(
        subject=_line(f"Test message for {account}"),
        label="Test",
        title="This address works.",
        paragraphs=(TEST, "Nothing needs to be done."),
        unsubscribe_url=unsubscribe_url,
    )


def chat(addressee: Addressee) -> str:
    """Write a notice in a few lines of Markdown."""
    about = addressee.about
    lines = [f"**{label(about.milestone, about.change)}:** {wording.harmless(headline(addressee))}"]
    lines += [wording.harmless(text) for text in _paragraphs(addressee)]
    if addressee.instances:
        names = [wording.harmless(wording.instance(instance)) for instance in addressee.instances]
        more = f" and {len(names) - MOST_IN_CHAT} more" if len(names) > MOST_IN_CHAT else ""
        lines.append(f"Affected: {', '.join(names[:MOST_IN_CHAT])}{more}.")
    if about.milestone is not Milestone.WITHDRAWAL:
        lines.append(f"**What to do:** {wording.harmless_markdown(advice(addressee).strip())}")
    links = [("Acknowledge", addressee.acknowledge_url), ("Details", about.url)]
    lines.append(" · ".join(f"[{name}]({url})" for name, url in links if url))
    return "\n\n".join(lines)


def _paragraphs(addressee: Addressee) -> Iterator[str]:
    about = addressee.about
    if about.milestone is Milestone.WITHDRAWAL:
        told_on = wording.day(about.announced_on)
        yield f"What was announced on {told_on} no longer applies; you do not need to do anything."
    elif addressee.moved_on:
        yield f"As it stands now, it affects nothing that {addressee.account_name} runs."
    elif addressee.affected is Affected.YES:
        yield end_sentence(f"This affects {addressee.account_name}")
    else:
        yield why_possibly(addressee)
    if about.milestone in {Milestone.AMENDMENT, Milestone.WITHDRAWAL} and about.change_reason:
        is_over = about.milestone is Milestone.WITHDRAWAL
        yield f"Why {'it was withdrawn' if is_over else 'this changed'}: {about.change_reason}"


def why_possibly(addressee: Addressee) -> str:
    """Say why an account is told that reports nothing affected."""
    why = WHY_POSSIBLY.get(addressee.why or "no_instances", addressee.why or "")
    name = addressee.about.product_name
    because = why.format(product=name) if addressee.why in WHY_POSSIBLY else why
    affected = end_sentence(f"This may affect {addressee.account_name}")
    return f"{affected} You are receiving this because {because}."


def _facts(addressee: Addressee) -> Iterator[Passage]:
    about = addressee.about
    yield Passage("Product", about.product_name)
    yield Passage("What changes", wording.capital(wording.scope(about.what)))
    yield Passage("Kind of change", wording.KINDS[about.kind])
    if about.milestone is not Milestone.WITHDRAWAL:
        if about.kind is not Kind.END_OF_SUPPORT:
            when = "Takes effect" if addressee.days_left > 0 else "In effect since"
            away = distance(addressee.effective_on, addressee.today)
            yield Passage(when, f"{wording.day(addressee.effective_on)} ({away})")
        if about.kind in ENDS_SUPPORT:
            yield Passage("Last supported day", wording.day(addressee.last_day))
    if addressee.previously_on:
        yield Passage("Previously announced", wording.day(addressee.previously_on))
    if about.from_version:
        yield Passage("Comes with", f"{about.product_name} {about.from_version}")
    if about.replacement:
        yield Passage("Replacement", about.replacement, is_markdown=True)
    yield Passage("Your tier", tier_label(addressee.tier))
    yield Passage("Announced on", wording.day(about.announced_on))


def _sections(addressee: Addressee) -> Iterator[Passage]:
    about = addressee.about
    if about.reason:
        yield Passage("Why", about.reason)
    if about.milestone is not Milestone.WITHDRAWAL:
        yield Passage("What to do", advice(addressee), is_markdown=True)
    if about.waiver:
        waiver = about.waiver
        because = WAIVED.get(waiver.reason, waiver.reason)
        until = wording.day(waiver.until)
        text = (
            f"{waiver.person} decided that this may come sooner than we promise, because {because}"
        )
        explained = f"{text}: {waiver.explanation} (Waived until {until}.)"
        yield Passage("Less notice than promised", explained)


def advice(addressee: Addressee) -> str:
    """Say in Markdown what to do about a change, and by when."""
    about = addressee.about
    if about.migration:
        return about.migration
    before = (
        f"by {wording.day(addressee.last_day)}" if addressee.days_left > 0 else "as soon as you can"
    )
    advice = TO_DO[about.kind].format(before=before)
    return f"{advice} Use {about.replacement} instead." if about.replacement else advice


def _small(addressee: Addressee) -> Iterator[str]:
    about = addressee.about
    yield f"Notice {about.notice}, revision {about.number} of deprecation {about.deprecation}."
    if about.announced:
        yield f"The announcement is entry {about.announced.seq} of the log: {about.announced.hash}"
    if about.head:
        yield f"The log's head is entry {about.head.seq}: {about.head.hash}"
    if about.url:
        yield f"Online: {about.url}"


def _line(text: str) -> str:
    line = " ".join(wording.printable(text).split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1].rstrip() + "…"

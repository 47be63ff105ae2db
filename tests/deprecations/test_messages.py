import json
import re
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import event, select, update

from lifecycle import settings
from lifecycle.deprecations.deprecation_inputs import Link
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.models import Deprecation, Notice, Recipient
from lifecycle.deprecations.notices import letters, messages
from lifecycle.deprecations.notices.kept_letters import kept_letter
from lifecycle.deprecations.notices.notice_facts import (
    About,
    Addressee,
    AffectedInstance,
    NoticeWaiver,
    Seal,
    What,
)
from lifecycle.deprecations.notices.renderings import make_render
from lifecycle.deprecations.states import Affected
from lifecycle.policy.notice_periods import Kind
from notifications.identity import webhook_id
from notifications.leased_messages import Leased, Message, Skip
from notifications.models import Delivery, Subscription
from notifications.secrets import Links
from testkit.announcements import NOW, TODAY, add, announce, change, fill, revise, sell

ABOUT = About(
    notice="8a5a0c1e",
    milestone=Milestone.ANNOUNCEMENT,
    due_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
    deprecation="d0d0d0d0",
    product="clairdash",
    product_name="Clairdash",
    kind=Kind.END_OF_SUPPORT,
    what=What(lines=("3.33", "3.34")),
    reason="3.40 comes out.",
    migration="Upgrade to 3.39.",
    replacement="Clairdash 3.39",
    links=(Link(title="Guide", url="https://docs.example/guide"),),
    changed_on=date(2026, 11, 22),
    announced_on=date(2026, 11, 22),
    waiver=NoticeWaiver("Jane Doe", "security", "It cannot be fixed.", date(2026, 12, 31)),
    announced=Seal(412, "a" * 64),
    head=Seal(430, "b" * 64),
    url="https://lifecycle.example/v1/deprecations/d0d0d0d0",
)
TOLD = Addressee(
    about=ABOUT,
    today=date(2026, 11, 23),
    account="acme",
    account_name="Acme",
    tier="enterprise",
    effective_on=date(2027, 3, 1),
    instances=(AffectedInstance("prod", "3.34.2", "production"),),
    acknowledge_url="https://lifecycle.example/acknowledge/xyz",
    unsubscribe_url="https://lifecycle.example/unsubscribe/xyz",
)
MILESTONES = sorted(messages.TYPES)


def told(*, about=None, **said):
    changed = msgspec.structs.replace(ABOUT, **(about or {}))
    return msgspec.structs.replace(TOLD, about=changed, **said)


def test_a_mail_says_what_is_affected_what_to_do_by_when_and_how_to_acknowledge():
    mail = messages.mail(TOLD)

    assert mail.subject == (
        "Announced: Support for Clairdash 3.33 and 3.34 will end after 28 February 2027 (in"
        " 97 days)"
    )
    for part in (mail.text, mail.html):
        for said in (
            "28 February 2027 (in 97 days)",
            "Last supported day",
            "prod (production) runs 3.34.2",
            "Upgrade to 3.39.",
            "Jane Doe",
            "https://docs.example/guide",
            "https://lifecycle.example/acknowledge/xyz",
            "https://lifecycle.example/unsubscribe/xyz",
            "a" * 64,
            "b" * 64,
        ):
            assert said in " ".join(part.split())
    assert max(len(line) for line in mail.text.splitlines()) <= 80


@pytest.mark.parametrize("milestone", MILESTONES)
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "what",
    [
        What(lines=("3.34",)),
        What(range="vers:semver/>=3.0.0|<3.35.0"),
        What(feature="rest-v1", feature_name="REST v1"),
        What(whole_product=True),
    ],
)
def test_every_kind_of_notice_can_be_written(milestone, kind, what):
    mail = messages.mail(told(about={"milestone": milestone, "kind": kind, "what": what}))

    assert "Clairdash" in mail.subject
    assert "None" not in mail.subject + mail.text + mail.html


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "milestone", [Milestone.ANNOUNCEMENT, Milestone.REMINDER, Milestone.AMENDMENT]
)
def test_what_is_announced_is_never_said_to_be_gone(kind, milestone):
    ahead = messages.mail(told(about={"kind": kind, "milestone": milestone}))

    assert " will " in ahead.subject
    assert not re.search(" ended|took effect|in effect|was discontinued", ahead.text)


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2027, 2, 27), "will end after 28 February 2027 (tomorrow)"),
        (date(2027, 2, 28), "will end after 28 February 2027 (today)"),
        (date(2027, 3, 1), "ended on 28 February 2027 (yesterday)"),
        (date(2027, 3, 4), "ended on 28 February 2027 (4 days ago)"),
    ],
)
def test_days_are_said_in_words(today, said):
    assert said in messages.mail(told(today=today)).subject


@pytest.mark.parametrize("today", [date(2026, 11, 23), date(2027, 3, 1), date(2027, 3, 4)])
def test_a_withdrawal_counts_no_days_to_what_will_not_happen(today):
    withdrawn = told(about={"milestone": Milestone.WITHDRAWAL}, today=today)

    mail = messages.mail(withdrawn)
    chat = messages.chat(withdrawn)

    for text in (mail.subject, mail.text, mail.html, chat.subject, chat.text):
        assert not re.search("days? (left|ago)|in [0-9]+ days|today|tomorrow|effect", text)


def test_a_day_that_moved_is_told_with_the_one_before():
    moved = told(
        about={"milestone": Milestone.AMENDMENT, "change_reason": "Customers asked for time."},
        previously_on=date(2027, 2, 1),
    )

    mail = messages.mail(moved)

    assert "after 28 February 2027 (in 97 days), not after 31 January 2027" in mail.subject
    assert "Customers asked for time." in mail.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("postponed", "Postponed"),
        ("brought_forward+narrowed", "Brought forward and narrowed"),
        ("changed", "Changed"),
    ],
)
def test_an_amendment_is_called_what_it_did(change, said):
    amended = told(about={"milestone": Milestone.AMENDMENT, "change": change})

    mail, chat = messages.mail(amended), messages.chat(amended)

    assert mail.subject.startswith(f"{said}: ")
    assert chat.text.startswith(f"**{said}:** ")
    assert said in mail.html


def test_who_is_only_possibly_affected_is_told_why():
    mail = messages.mail(told(affected=Affected.POSSIBLY, why="no_instances", instances=()))

    assert "may affect Acme" in mail.text
    assert "you have reported nothing that you run" in " ".join(mail.text.split())


@pytest.mark.parametrize("affected", [Affected.YES, Affected.POSSIBLY])
def test_a_name_that_ends_with_a_full_stop_has_no_second_one(affected):
    mail = messages.mail(told(account_name="Acme Corp.", affected=affected, why="no_instances"))

    assert "affect" in mail.text
    assert "Acme Corp.." not in " ".join(mail.text.split())


def test_markup_in_names_stays_text():
    evil = "<script>alert(1)</script>"
    mail = messages.mail(
        told(
            about={"product_name": evil, "migration": evil, "reason": evil, "replacement": evil},
            account_name=evil,
            instances=(AffectedInstance(evil, evil, evil),),
        )
    )

    assert "<script" not in mail.html
    assert "&lt;script&gt;" in mail.html


GUIDE = "Call **`/v2`**:\n\n- read [the guide](https://docs.example/@team/g)\n- ask us"


def test_what_to_do_is_formatted_in_a_mail_and_stays_as_typed_in_its_plain_text():
    mail = messages.mail(told(about={"migration": GUIDE, "replacement": "`/v2`"}))

    assert "<strong><code>/v2</code></strong>" in mail.html
    assert "<li>ask us</li>" in mail.html
    link = '<a href="https://docs.example/@team/g" rel="nofollow noopener">the guide</a>'
    assert link in mail.html
    assert "**" not in mail.html
    assert GUIDE in mail.text
    assert ">`/v2`<" not in mail.html


def test_what_to_do_keeps_its_form_and_its_links_in_a_chat():
    text = messages.chat(told(about={"migration": GUIDE})).text

    assert "**What to do:** Call **`/v2`**:" in text
    assert "- read [the guide](https://docs.example/%40team/g)\n- ask us" in text


@pytest.mark.parametrize(
    "evil",
    [
        "<!channel> and @here",
        "![x](https://evil.example/pixel.png)",
        "`<!channel>`",
        "[@here](https://evil.example)",
        "[x](javascript:alert(1))",
        "&lt;!channel&gt;",
    ],
)
def test_what_to_do_mentions_nobody_and_loads_nothing(evil):
    made = told(about={"migration": evil, "replacement": evil})
    mail, chat = messages.mail(made), messages.chat(made).text

    assert not re.findall(r"<img|<!(?!doctype)|\"javascript:", mail.html)
    assert not re.findall(r"<!|@here|!\[|\]\(javascript", chat)


def test_a_subject_is_one_line_of_at_most_150_characters():
    name = "Clair\u2028dash\u202e " + "long " * 100

    subject = messages.mail(told(about={"product_name": name})).subject

    assert len(subject) <= 150
    assert subject.isprintable()


def test_an_address_that_no_link_may_hold_is_escaped_in_a_mail():
    link = Link(title="Guide", url="https://docs.example/{v}/<x>")

    html = messages.mail(told(about={"links": (link,)})).html

    assert 'href="https://docs.example/%7Bv%7D/%3Cx%3E"' in html


def test_a_mail_loads_nothing_from_anywhere():
    html = messages.mail(TOLD).html

    assert not re.findall(r"src=|url\(|<link|<script|@import", html)


def test_chat_is_short_and_mentions_nobody():
    named = told(
        instances=(AffectedInstance("<!channel> @here [x](https://evil.example)", "3.34"),)
    )

    text = messages.chat(named).text

    assert len(text.splitlines()) < 12
    assert "[Acknowledge](https://lifecycle.example/acknowledge/xyz)" in text
    assert not re.findall(r"<!|@here|\[x\]", text)


@pytest.mark.parametrize("milestone", MILESTONES)
def test_a_chat_s_title_is_as_harmless_as_its_text(milestone):
    name = "<!channel> @here [x](https://evil.example) *y* `z`"
    made = messages.chat(told(about={"milestone": milestone, "product_name": name}))

    assert not re.findall(r"<!|@here|\[x\]|\*y\*|`", made.subject)
    assert "channel" in made.subject


@pytest.mark.parametrize("milestone", MILESTONES)
def test_a_webhook_gets_what_the_contract_says(milestone):
    body = json.loads(messages.webhook_body(told(about={"milestone": milestone})))

    assert body["type"] == messages.TYPES[milestone]
    assert body["timestamp"] == "2026-11-22T09:00:00Z"
    data = body["data"]
    assert data["notice"]["id"] == "8a5a0c1e"
    assert data["deprecation"]["id"] == "d0d0d0d0"
    assert (data["account"], data["affected"]) == ("acme", "yes")
    assert data["instances"] == [{"name": "prod", "version": "3.34.2", "environment": "production"}]
    left = None if milestone == "withdrawal" else 98
    assert (data["effective_on"], data["days_left"]) == ("2027-03-01", left)
    assert data["audit"]["announced"] == {"seq": 412, "hash": "a" * 64}


def test_a_webhook_names_a_bounded_number_of_instances():
    many = tuple(AffectedInstance(f"i{number}", "3.34.2") for number in range(1500))

    data = json.loads(messages.webhook_body(told(instances=many)))["data"]

    assert (len(data["instances"]), data["instances_not_shown"]) == (1000, 500)


@pytest.fixture
def links():
    return Links("a key that is long enough", lambda: NOW)


@pytest.fixture
def render(store, links):
    said = {"LIFECYCLE_BASE_URL": "https://lifecycle.example/"}
    return make_render(store, settings.load(said, database_url="unused"), links)


@pytest.fixture
async def row(store, make_product):
    """Store what ends, and tell an account that runs it."""
    await make_product(name="Widget")
    await sell(store)
    await add(store, "acme", runs=["1.0.0", {"version": "2.0.0", "name": "new"}])
    return await announce(store, lines=("1.0",), reason="It is old.")


async def leased(store, row, *, channel="webhook", milestone="announcement", **said):
    """Give the delivery of a milestone to acme, as a worker holds it."""
    async with store.reading() as session:
        notice = await session.scalar(
            select(Notice).where(Notice.deprecation_id == row.id, Notice.milestone == milestone)
        )
        subscription = await session.scalar(
            select(Subscription).where(Subscription.owner == "acme")
        )
    usual = {
        "delivery_id": 7,
        "kind": "notice",
        "notice_id": notice.id,
        "thread": row.id,
        "owner": "acme",
        "tries": 0,
        "created_at": NOW,
        "first_tried_at": None,
        "subscription_id": subscription.id,
        "subscription_uid": subscription.uid,
        "channel": channel,
        "address": subscription.address,
        "target": "x",
    }
    return Leased(**usual | said), notice


async def test_a_notice_is_rendered_for_its_channel_only(store, render, row):
    hook, notice = await leased(store, row)
    mail, _ = await leased(store, row, channel="email", delivery_id=8)
    chat, _ = await leased(store, row, channel="chat", delivery_id=9)

    made = await render([hook, mail, chat], NOW)

    data = json.loads(made[7].body)["data"]
    assert [each["version"] for each in data["instances"]] == ["1.0.0"]
    assert (data["days_left"], data["effective_on"]) == (72, "2027-02-01")
    assert made[7].uid == made[8].uid == webhook_id(notice.uid, hook.subscription_uid)
    assert (made[7].html, made[8].body, made[9].html) == ("", b"", "")
    assert "Support for Widget 1.0 will end after 31 January 2027" in made[8].subject
    assert made[8].one_click.startswith("https://lifecycle.example/unsubscribe/")
    assert "**Announced:**" in made[9].text


async def test_a_retry_on_the_same_day_has_the_same_body_and_the_true_days_on_another(
    store, links, row
):
    hook, _ = await leased(store, row)
    configured = settings.load({}, database_url="unused")
    others = make_render(store, configured, links)

    first = (await others([hook], NOW))[7].body
    await add(store, "globex")  # whatever happens in between
    retry = await make_render(store, configured, links)([hook], NOW + timedelta(hours=5))
    later = (await others([hook], NOW + timedelta(days=2)))[7].body

    assert retry[7].body == first
    assert json.loads(later)["data"]["days_left"] == 70


async def test_days_are_counted_in_the_zone_of_the_policy(store, render, clairdash_row):
    hook, _ = await leased(store, clairdash_row)

    before = await render([hook], datetime(2026, 11, 23, 4, 59, tzinfo=UTC))
    after = await render([hook], datetime(2026, 11, 23, 5, 1, tzinfo=UTC))

    assert json.loads(before[7].body)["data"]["days_left"] == 71
    assert json.loads(after[7].body)["data"]["days_left"] == 70


@pytest.fixture
async def clairdash_row(store, product):
    await add(store, "acme", runs=[{"product": "clairdash", "version": "3.30.0"}])
    return await announce(store, product="clairdash", lines=("3.30",))


async def test_a_withdrawn_deprecation_is_told_of_no_more(store, render, row):
    hook, _ = await leased(store, row)
    async with store.writing() as session:
        (await session.get_one(Deprecation, row.id)).state = "withdrawn"

    made = await render([hook], NOW)

    assert made[7] == Skip("superseded: the deprecation was withdrawn")


async def test_a_withdrawal_names_what_was_announced(store, render, row):
    async with store.writing() as session:
        mine = await session.get_one(Deprecation, row.id)
        await revise(session, mine, change="withdrawn")
    await fill(store, row, "withdrawal")
    async with store.writing() as session:
        (await session.get_one(Deprecation, row.id)).state = "withdrawn"
    mail, _ = await leased(store, row, channel="email", milestone="withdrawal")

    made = await render([mail], NOW)

    assert made[7].subject.startswith("Withdrawn: The end of support for Widget 1.0")


async def test_an_amended_deprecation_supersedes_what_was_not_sent_yet(store, render, row):
    hook, _ = await leased(store, row)
    later = {"pro": date(2027, 4, 1)}
    async with store.writing() as session:
        await revise(session, await session.get_one(Deprecation, row.id), days=later)
    await fill(store, row, "amendment")
    amended, _ = await leased(store, row, milestone="amendment", delivery_id=8)

    made = await render([hook, amended], NOW)

    assert made[7] == Skip("superseded: revision 2 has its own notice")
    data = json.loads(made[8].body)["data"]
    assert (data["effective_on"], data["previously_effective_on"]) == ("2027-04-01", "2027-02-01")


async def test_who_has_moved_is_not_reminded_though_no_worker_has_noted_it(store, render, row):
    await fill(store, row, "reminder", effective_on=date(2027, 2, 1), days_before=30)
    hook, _ = await leased(store, row, milestone="reminder")
    announced, _ = await leased(store, row, delivery_id=8)
    await change(store, "acme", runs=["2.0.0"])

    made = await render([hook, announced], NOW)

    assert isinstance(made[7], Skip)
    assert "moved" in made[7].reason
    assert isinstance(made[8], Message)


async def test_who_has_moved_and_returned_is_reminded_though_no_worker_has_noted_it(
    store, render, row
):
    await fill(store, row, "reminder", effective_on=date(2027, 2, 1), days_before=30)
    hook, _ = await leased(store, row, milestone="reminder")
    await set_moved(store, row)

    assert isinstance((await render([hook], NOW))[7], Message)


async def set_moved(store, row):
    async with store.writing() as session:
        statement = select(Recipient).where(Recipient.deprecation_id == row.id)
        (await session.scalar(statement)).moved_on = TODAY


async def test_a_reminder_that_comes_too_late_is_not_sent(store, render, row):
    await fill(store, row, "reminder", effective_on=date(2027, 2, 1), days_before=1)
    hook, _ = await leased(store, row, milestone="reminder")

    made = await render([hook], datetime(2027, 2, 1, 12, tzinfo=UTC))

    assert made[7] == Skip("too late for a reminder: it took effect on 2027-02-01")


async def test_an_account_that_is_no_recipient_is_told_nothing(store, render, row):
    hook, _ = await leased(store, row, owner="globex")

    assert isinstance((await render([hook], NOW))[7], Skip)


async def test_a_version_change_is_seen_when_the_notice_is_sent(store, render, row):
    hook, _ = await leased(store, row)
    await change(store, "acme", runs=["1.0.1"])

    data = json.loads((await render([hook], NOW))[7].body)["data"]

    assert [each["version"] for each in data["instances"]] == ["1.0.1"]


async def test_tests_and_confirmations_are_messages_too(store, render, row):
    said = {"notice_id": None, "thread": None}
    test, _ = await leased(store, row, kind="test", **said)
    ask, _ = await leased(store, row, kind="confirmation", channel="email", delivery_id=8, **said)

    made = await render([test, ask], NOW)

    assert json.loads(made[7].body)["type"] == "test"
    assert "https://lifecycle.example/confirm/" in made[8].text
    assert made[8].one_click is None
    assert made[7].uid != made[8].uid


async def test_a_whole_batch_takes_a_few_statements(store, render, row):
    for number in range(30):
        await add(store, f"a{number}", runs=["1.0.0"])
    async with store.reading() as session:
        statement = select(Delivery.notice_id).limit(1)
        notice = await session.scalar(statement)
    one, _ = await leased(store, row)
    batch = [
        msgspec.structs.replace(one, delivery_id=number, notice_id=notice) for number in range(30)
    ]
    await render(batch, NOW)
    counted = []

    event.listen(
        store.engines[0].sync_engine,
        "before_cursor_execute",
        lambda *said: counted.append(said[2]),
    )
    await render(batch, NOW)

    assert len([each for each in counted if each.startswith("SELECT")]) <= 5


async def test_who_is_reached_first_by_an_amendment_is_told_of_no_former_day(store, render, row):
    async with store.writing() as session:
        mine = await session.get_one(Deprecation, row.id)
        await revise(session, mine, days={"pro": date(2027, 4, 1)})
        await session.execute(update(Recipient).values(number=2, effective_on=date(2027, 4, 1)))
    await fill(store, row, "amendment")
    mail, _ = await leased(store, row, channel="email", milestone="amendment")

    made = await render([mail], NOW)

    assert "after 31 March 2027" in made[7].subject
    assert "1 February" not in made[7].text


async def test_an_amendment_that_spares_an_account_says_so(store, render, row):
    async with store.writing() as session:
        mine = await session.get_one(Deprecation, row.id)
        await revise(session, mine, change="narrowed", lines=("1.1",))
    await fill(store, row, "amendment")
    await set_moved(store, row)
    mail, _ = await leased(store, row, channel="email", milestone="amendment")

    made = await render([mail], NOW)

    assert "it affects nothing that acme runs" in made[7].text
    assert "This affects" not in made[7].text


def test_a_kept_letter_has_the_days_of_its_time_and_then_what_became_of_it():
    sent_on, stated_on = TOLD.today - timedelta(days=30), TOLD.effective_on - timedelta(days=47)

    kept = kept_letter(TOLD, stated_on=stated_on, sent_on=sent_on, withdrawn_on=None)

    then = msgspec.structs.replace(TOLD, today=sent_on, effective_on=stated_on)
    assert kept.title == letters.headline(then)
    assert kept.paragraphs[0] == (
        "The last day of support was changed later: it is now 28 February 2027 (in 97 days)."
    )
    assert kept.paragraphs[1:] == letters.letter(then).paragraphs


def test_a_kept_letter_of_what_was_withdrawn_says_so_first():
    kept = kept_letter(
        TOLD, stated_on=TOLD.effective_on, sent_on=TOLD.today, withdrawn_on=date(2026, 11, 30)
    )

    assert kept.paragraphs[0] == "Withdrawn on 30 November 2026: nothing needs to be done."


def test_a_kept_letter_that_still_stands_is_the_letter():
    kept = kept_letter(TOLD, stated_on=TOLD.effective_on, sent_on=TOLD.today, withdrawn_on=None)

    assert kept == letters.letter(TOLD)

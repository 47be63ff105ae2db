"""A real SMTP server takes the mail, and Python's own parser reads what arrived."""

from __future__ import annotations

import asyncio
import email
import warnings
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from email import policy

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from hypothesis import given
from hypothesis import strategies as st

from notifications.channels.email import UnusableSenderError, parse_sender
from notifications.channels.email_transport import EmailTransport, compose, judge
from notifications.channels.mail_server import (
    StartTls,
    UnusableServerError,
    parse_server,
)
from notifications.leased_messages import Message

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
UID = "7a0d1c44-6df5-5d0c-8a55-0d9a3f3f7c11"
SENDER = "Acme Notices <notices@vendor.example>"


async def test_a_mail_arrives_with_everything_it_needs(make_mail, make_leased, make_message):
    taken = Taken()
    channel = await make_mail(taken)
    message = make_message(
        subject="Zoë: 3.34 ends",
        text="Grüße\n.\nFrom here on\n",
        html="<p>Grüße</p>\n",
        one_click="https://lifecycle.example/unsubscribe/" + "a1-_." * 60,
    )

    outcome = await channel.send(to(make_leased, "ops@customer.example"), message)

    assert outcome.succeeded
    assert outcome.status == 250
    assert outcome.answer.startswith("accepted by the mail server: ")
    [envelope] = taken.envelopes
    assert envelope.mail_from == "notices@vendor.example"
    assert envelope.rcpt_tos == ["ops@customer.example"]
    mail = parsed(envelope.content)
    assert mail["From"] == SENDER
    assert mail["To"] == "ops@customer.example"
    assert mail["Subject"] == "Zoë: 3.34 ends"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == f"<{UID}@vendor.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == f"<{message.one_click}>"
    assert f"\r\nList-Unsubscribe: <{message.one_click}>\r\n".encode() in envelope.content
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = mail.get_body(["plain"]), mail.get_body(["html"])
    assert mail.get_content_type() == "multipart/alternative"
    assert text.get_content().replace("\r\n", "\n") == message.text
    assert html.get_content().replace("\r\n", "\n") == message.html
    assert not mail.defects


async def test_without_a_way_to_unsubscribe_by_one_click_none_is_promised(
    make_mail, make_leased, make_message
):
    taken = Taken()
    channel = await make_mail(taken)

    await channel.send(to(make_leased, "ops@customer.example"), make_message())

    mail = parsed(taken.envelopes[0].content)
    assert mail["List-Unsubscribe"] is None
    assert mail["List-Unsubscribe-Post"] is None


async def test_one_connection_takes_one_mail_after_the_other(make_mail, make_leased, make_message):
    taken = Taken()
    channel = await make_mail(taken)

    for number in range(5):
        await channel.send(to(make_leased, f"ops{number}@customer.example"), make_message())

    assert len(taken.envelopes) == 5
    assert len(taken.peers) == 1


async def test_no_more_connections_are_opened_than_allowed(make_mail, make_leased, make_message):
    taken = Taken()
    channel = await make_mail(taken, at_once=3)
    deliveries = [to(make_leased, f"ops{number}@customer.example") for number in range(30)]

    outcomes = await asyncio.gather(*[channel.send(one, make_message()) for one in deliveries])

    assert all(outcome.succeeded for outcome in outcomes)
    assert len(taken.envelopes) == 30
    assert len(taken.peers) <= 3


async def test_a_connection_that_was_closed_meanwhile_is_replaced_unseen(
    make_mail, make_leased, make_message
):
    taken = Taken()
    channel = await make_mail(taken)
    await channel.send(to(make_leased, "a@customer.example"), make_message())
    taken.answers.append("421 4.3.2 shutting down")

    outcome = await channel.send(to(make_leased, "b@customer.example"), make_message())

    assert outcome.succeeded
    assert len(taken.peers) == 2


@pytest.mark.parametrize(
    ("said", "permanent"),
    [
        ("550 5.1.1 no such user", True),
        ("552 5.2.2 mailbox full", True),
        ("450 4.2.1 greylisted", False),
        ("451 4.3.0 try later", False),
    ],
)
async def test_a_refused_recipient_is_final_with_5xx_and_tried_again_with_4xx(
    said, permanent, make_mail, make_leased, make_message
):
    taken = Taken(said)
    channel = await make_mail(taken)

    refused = await channel.send(to(make_leased, "ops@customer.example"), make_message())
    accepted = await channel.send(to(make_leased, "dev@customer.example"), make_message())

    assert not refused.succeeded
    assert refused.permanent is permanent
    assert not refused.ours
    assert refused.answer == f"the mail server refused the recipient: {said}"
    assert accepted.succeeded
    assert len(taken.peers) == 1


async def test_a_refused_text_is_final(make_mail, make_leased, make_message):
    taken = Taken(data="554 5.7.1 looks like spam")
    channel = await make_mail(taken)

    outcome = await channel.send(to(make_leased, "ops@customer.example"), make_message())

    assert outcome.permanent
    assert outcome.status == 554
    assert "looks like spam" in outcome.answer


@pytest.mark.parametrize(
    "address",
    [
        "ops@customer.example\r\nBcc: all@victim.example",
        "ops@customer.example\nSubject: x",
        "ops@customer.example, all@victim.example",
        "<ops@customer.example>",
        '"quoted local"@customer.example',
        "zoë@customer.example",
        "ops@",
        "@customer.example",
        "",
        "a" * 65 + "@customer.example",
        "ops@customer.example> SIZE=1",
    ],
)
async def test_what_is_no_address_reaches_no_server(address, make_mail, make_leased, make_message):
    taken = Taken()
    channel = await make_mail(taken)

    outcome = await channel.send(to(make_leased, address), make_message())

    assert not outcome.succeeded
    assert outcome.permanent
    assert outcome.answer.isprintable()
    assert taken.envelopes == []


async def test_a_domain_in_other_letters_is_written_as_the_dns_knows_it(
    make_mail, make_leased, make_message
):
    taken = Taken()
    channel = await make_mail(taken)

    await channel.send(to(make_leased, "ops@bücher.example"), make_message())

    assert taken.envelopes[0].rcpt_tos == ["ops@xn--bcher-kva.example"]
    assert parsed(taken.envelopes[0].content)["To"] == "ops@xn--bcher-kva.example"


@given(
    subject=st.text(max_size=300),
    text=st.text(max_size=2000),
    html=st.text(min_size=1, max_size=2000),
)
def test_no_text_can_forge_a_header_or_a_part(subject, text, html):
    subject, text, html = (
        part.encode("utf-8", "ignore").decode() for part in (subject, text, html)
    )
    message = Message(
        uid=UID, type="x", timestamp=NOW, subject=subject, text=text, html=html or "x"
    )

    mail = parsed(
        compose(message, recipient="ops@customer.example", sender=parse_sender(SENDER)).as_bytes()
    )

    assert sorted(set(mail.keys())) == sorted(mail.keys())
    assert set(mail.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("MIME-Version", "Content-Type"),
    }
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert lines(mail.get_body(["plain"]).get_content()) == lines(text)
    assert lines(mail.get_body(["html"]).get_content()) == lines(html or "x")


def test_every_line_is_short_enough_and_of_seven_bits():
    message = Message(
        uid=UID,
        type="x",
        timestamp=NOW,
        subject="ü" * 400,
        text="ü" * 5000,
        html="x" * 5000,
        one_click="https://lifecycle.example/" + "u" * 700,
    )

    written = compose(
        message, recipient="ops@customer.example", sender=parse_sender(SENDER)
    ).as_bytes()

    assert written.isascii()
    assert max(len(line) for line in written.split(b"\r\n")) <= 998
    assert written.count(b"\n") == written.count(b"\r\n")


@pytest.mark.parametrize("url", ["http://x.example/", "https://x.example/>\r\nBcc: y", "https://"])
def test_an_unsubscribe_address_is_https_and_nothing_else(url):
    message = Message(uid=UID, type="x", timestamp=NOW, one_click=url)

    with pytest.raises(ValueError, match="no address to unsubscribe at"):
        compose(message, recipient="ops@customer.example", sender=parse_sender(SENDER))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("notices@vendor.example", "notices@vendor.example"),
        (SENDER, SENDER),
        ("notices@bücher.example", "notices@xn--bcher-kva.example"),
        ('"Acme, Inc." <n@vendor.example>', '"Acme, Inc." <n@vendor.example>'),
    ],
)
def test_a_sender_has_an_address_and_perhaps_a_name(text, shown):
    assert str(parse_sender(text)) == shown


@pytest.mark.parametrize("text", ["", "Acme", "Acme <>", "a@b@c", "a@b\r\nBcc: c@d"])
def test_what_is_no_sender_is_refused(text):
    with pytest.raises(UnusableSenderError, match="Use an e-mail address"):
        parse_sender(text)


async def test_a_server_that_is_down_is_our_fault_and_holds_nobody_up(
    make_leased, make_message, unused_tcp_port
):
    channel = EmailTransport(parse_server(f"smtp://127.0.0.1:{unused_tcp_port}"), SENDER)

    outcomes = [
        await channel.send(to(make_leased, f"ops{number}@customer.example"), make_message())
        for number in range(3)
    ]

    assert {outcome.answer for outcome in outcomes} == {
        "no connection to the mail server could be made"
    }
    assert all(outcome.ours and not outcome.permanent for outcome in outcomes)
    await channel.close()


async def test_a_password_is_used_where_encryption_is_waived(make_leased, make_message):
    taken = Taken()
    async with serving(taken, password=b"p@ss") as port:
        channel = mailing(f"smtp://me:p%40ss@127.0.0.1:{port}?starttls=never")
        accepted = await channel.send(to(make_leased, "ops@customer.example"), make_message())
        await channel.close()
        channel = mailing(f"smtp://me:wrong@127.0.0.1:{port}?starttls=never")
        refused = await channel.send(to(make_leased, "ops@customer.example"), make_message())
        await channel.close()

    assert accepted.succeeded
    assert refused.ours
    assert refused.answer == "the mail server did not accept our credentials: 535"


async def test_a_password_never_goes_out_in_clear_unasked(make_leased, make_message):
    taken = Taken()
    async with serving(taken, password=b"secret") as port:
        channel = mailing(f"smtp://me:secret@127.0.0.1:{port}")
        outcome = await channel.send(to(make_leased, "ops@customer.example"), make_message())
        await channel.close()

    assert outcome.ours
    assert "cannot do what our settings ask for" in outcome.answer
    assert taken.passwords == []


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("tls", "smtps://me:secret@127.0.0.1:{port}"),
        ("starttls", "smtp://me:secret@127.0.0.1:{port}"),
        ("starttls", "smtp://me:secret@127.0.0.1:{port}?starttls=always"),
    ],
)
async def test_mail_goes_out_encrypted_to_a_server_that_is_trusted_only(
    kind, url, own_certificate, make_leased, make_message, monkeypatch
):
    taken = Taken()
    delivery = to(make_leased, "ops@customer.example")
    async with serving(taken, password=b"secret", **{kind: own_certificate.context}) as port:
        channel = mailing(url.format(port=port))
        mistrusted = await channel.send(delivery, make_message())
        await channel.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(own_certificate.path))
        channel = mailing(url.format(port=port))
        trusted = await channel.send(delivery, make_message())
        await channel.close()

    assert mistrusted.ours
    assert mistrusted.answer == "the mail server's certificate is not trusted"
    assert trusted.succeeded
    assert taken.passwords == [b"secret"]


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "starttls"),
    [
        ("smtp://mail.example", "mail.example", 587, False, StartTls.AUTO),
        ("smtp://mail.example:25?starttls=never", "mail.example", 25, False, StartTls.NEVER),
        ("smtps://me:x@mail.example", "mail.example", 465, True, StartTls.ALWAYS),
        ("smtp://me:x@[::1]:2525/", "::1", 2525, False, StartTls.ALWAYS),
    ],
)
def test_a_mail_servers_address_is_read(url, host, port, tls, starttls):
    server = parse_server(url)

    assert (server.host, server.port, server.tls) == (host, port, tls)
    assert server.starttls is starttls


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:notaport",
        "smtp://mail.example?starttls=maybe",
        "smtp://mail.example?tls=1",
        "smtp://mail.example/path",
        "smtp://[::1",
    ],
)
def test_what_is_no_mail_server_is_refused_without_its_password(url):
    with pytest.raises(UnusableServerError, match=r"smtp://user:password@host:port"):
        parse_server(url)


def test_whatever_else_happens_is_told_and_tried_again():
    outcome = judge(RuntimeError("oops"))

    assert outcome.ours
    assert not outcome.permanent
    assert outcome.answer == "the e-mail could not be handed in: RuntimeError"


class Taken:
    """A mail server's memory, and what it answers to the next recipients."""

    def __init__(self, *answers, data="250 OK: queued as 1"):
        self.answers = list(answers)
        self.data = data
        self.envelopes = []
        self.peers = set()
        self.passwords = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        self.peers.add(session.peer)
        if self.answers:
            said = self.answers.pop(0)
            if said.startswith("421"):
                server.transport.close()
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.data.startswith("250"):
            self.envelopes.append(envelope)
        return self.data

    def knowing(self, password):
        def authenticate(server, session, envelope, mechanism, data):
            self.passwords.append(data.password)
            return AuthResult(success=data.password == password, handled=False)

        return authenticate


@asynccontextmanager
async def serving(taken, *, password=None, tls=None, starttls=None):
    said = {"hostname": "mail.vendor.example", "decode_data": False, "tls_context": starttls}
    if password is not None:
        said |= {"authenticator": taken.knowing(password), "auth_require_tls": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of passwords in clear, which are meant here
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(taken, **said), "127.0.0.1", 0, ssl=tls)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def make_mail():
    """Open a channel to a server that remembers what it takes."""
    async with AsyncExitStack() as stack:

        async def make(taken, **said):
            port = await stack.enter_async_context(serving(taken))
            channel = mailing(f"smtp://127.0.0.1:{port}", **said)
            stack.push_async_callback(channel.close)
            return channel

        yield make


def mailing(url, **said):
    return EmailTransport(parse_server(url), SENDER, **said)


def to(make_leased, address):
    return make_leased(channel="email", address=address, secrets=())


def parsed(content):
    return email.message_from_bytes(content, policy=policy.default)


def lines(text):
    return [line.rstrip() for line in text.rstrip().splitlines()]

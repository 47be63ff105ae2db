"""E-mail: messages that cannot be forged from within, handed to the operator's mail server."""

from __future__ import annotations

import hashlib
import re
import ssl
import time
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import TYPE_CHECKING, Any

import aiosmtplib
import msgspec

from notifications.channels.email import check_address, normalize, parse_sender
from notifications.channels.mail_server import Connections, first_refusal
from notifications.errors import UnusableAddressError
from notifications.leased_messages import Leased, Message, Outcome, printable

if TYPE_CHECKING:
    from datetime import datetime
    from email.headerregistry import Address
    from email.policy import Policy

    from aiosmtplib import SMTPResponse

    from notifications.channels.mail_server import MailServer

ACCEPTED = 250
PERMANENT = 500
LONGEST_SUBJECT = 200
_ONE_CLICK = re.compile(r"https://[!-;=?-~]{1,800}")


class EmailTransport:
    """Hands e-mail to one mail server, over a few connections."""

    def __init__(self, server: MailServer, sender: str, *, at_once: int = 8) -> None:
        """Refuse a ``sender`` that is no address."""
        self._sender = parse_sender(sender)
        self._connections = Connections(server, name=self._sender.domain, at_once=at_once)

    async def send(self, leased: Leased, message: Message) -> Outcome:
        """Hand one message in."""
        started = time.perf_counter()
        digest = None
        try:
            content = compose(message, recipient=leased.address, sender=self._sender).as_bytes()
            digest = hashlib.sha256(content).hexdigest()
            recipient = normalize(leased.address)
            response = await self._connections.send(self._sender.addr_spec, recipient, content)
            answer = printable(f"accepted by the mail server: {response}")
            outcome = Outcome(succeeded=True, status=ACCEPTED, answer=answer)
        except Exception as error:  # noqa: BLE001 -- whatever a mail server provokes
            outcome = judge(error)
        milliseconds = round((time.perf_counter() - started) * 1000)
        return msgspec.structs.replace(outcome, milliseconds=milliseconds, body_sha256=digest)

    async def close(self) -> None:
        """Take leave of the mail server."""
        await self._connections.close()


def compose(message: Message, *, recipient: str, sender: Address) -> EmailMessage:
    """Write a message down, in 7-bit letters; refuse what is no address."""
    check_address(recipient)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = normalize(recipient)
    mail["Subject"] = printable(message.subject)[:LONGEST_SUBJECT].strip()
    mail["Date"] = _date(message.timestamp)
    mail["Message-ID"] = f"<{message.uid}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if message.one_click is not None:
        mail["List-Unsubscribe"] = f"<{_one_click(message.one_click)}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text, cte="quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
        # Quoted-printable never holds "=_", so no text can end its part.
        mail.set_boundary(f"=_{message.uid}")
    return mail


def judge(error: BaseException) -> Outcome:
    """Return what a failure means: 5xx about the recipient or the text is final, others not."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return _refused("the recipient", first_refusal(error))
    if isinstance(error, aiosmtplib.SMTPDataError):
        return _refused("the message", aiosmtplib.SMTPResponse(error.code, error.message))
    if isinstance(error, UnusableAddressError):
        return Outcome(succeeded=False, answer=printable(str(error)), permanent=True)
    return Outcome(succeeded=False, answer=printable(_explain(error)), ours=True)


def _explain(error: BaseException) -> str:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"the mail server did not accept our credentials: {error.code}"
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return f"the mail server refused our sender: {error.code} {error.message}"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"the mail server refused: {error.code} {error.message}"
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return "the mail server broke the connection off"
    if isinstance(error.__cause__ or error, ssl.SSLCertVerificationError):
        return "the mail server's certificate is not trusted"
    if isinstance(error, OSError):
        return "no connection to the mail server could be made"
    if isinstance(error, aiosmtplib.SMTPException):  # such as encryption that it does not offer
        return f"the mail server cannot do what our settings ask for: {error.message}"
    return f"the e-mail could not be handed in: {type(error).__name__}"


def _refused(refused: str, response: SMTPResponse) -> Outcome:
    return Outcome(
        succeeded=False,
        status=response.code,
        answer=printable(f"the mail server refused {refused}: {response.code} {response.message}"),
        permanent=response.code >= PERMANENT,
    )


def _one_click(url: str) -> str:
    if not _ONE_CLICK.fullmatch(url):
        raise ValueError(f"no address to unsubscribe at: {url[:100]!r}")
    return url


def _date(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


class _Unfolded(UnstructuredHeader):
    """A header that stands on one line: folding would encode a long address beyond recognition."""

    def fold(self, *, policy: Policy[Any]) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


def _policy() -> Any:
    headers: Any = HeaderRegistry()
    for name in ("list-unsubscribe", "message-id", "to"):
        headers.map_to_type(name, _Unfolded)
    return SMTP_POLICY.clone(header_factory=headers, cte_type="7bit")


_POLICY = _policy()

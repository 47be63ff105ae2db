"""Deliveries and messages to send, and a receiver over HTTP that answers as it is told."""

from __future__ import annotations

import ipaddress
import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from notifications.leased_messages import Leased, Message

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
UID = "7a0d1c44-6df5-5d0c-8a55-0d9a3f3f7c11"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def make_leased():
    """Give a delivery; what is not said is usual."""

    def make(**said):
        usual = {
            "delivery_id": 1,
            "kind": "notice",
            "notice_id": 1,
            "thread": 1,
            "owner": "acme",
            "tries": 0,
            "created_at": NOW,
            "first_tried_at": None,
            "subscription_id": 1,
            "subscription_uid": "5b9b6e6e-0000-5000-8000-000000000001",
            "channel": "webhook",
            "address": "https://acme.example/hook",
            "target": "acme.example",
            "secrets": (SECRET,),
        }
        return Leased(**(usual | said))

    return make


@pytest.fixture
def make_message():
    """Give a message; what is not said is usual."""

    def make(**said):
        usual = {
            "uid": UID,
            "type": "deprecation.announced",
            "timestamp": NOW,
            "body": b'{"type":"deprecation.announced"}',
            "subject": "Clairdash 3.34 loses support on 1 March 2027",
            "text": "Clairdash 3.34 loses support on 1 March 2027.\n",
            "html": "<p>Clairdash 3.34 loses support on 1 March 2027.</p>\n",
        }
        return Message(**(usual | said))

    return make


@pytest.fixture
async def make_receiver():
    """Start a server whose ``answer(request)`` answers everything; give its base URL."""
    async with AsyncExitStack() as stack:

        async def make(answer, **said):
            return await stack.enter_async_context(receiving(answer, **said))

        yield make


@asynccontextmanager
async def receiving(answer, *, tls=None):
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


class Certificate(NamedTuple):
    """One for this machine that nobody vouches for, but whoever trusts ``path``."""

    context: ssl.SSLContext
    path: Path


@pytest.fixture(scope="session")
def own_certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = self_signed(key).public_bytes(serialization.Encoding.PEM)
    folder = tmp_path_factory.mktemp("tls")
    (folder / "both.pem").write_bytes(private + public)
    (folder / "public.pem").write_bytes(public)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return Certificate(context, folder / "public.pem")


def self_signed(key):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # Real time: who checks a certificate reads the machine's clock.
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )

"""What real receivers get, and what becomes of what they do."""

from __future__ import annotations

import asyncio
import errno
import gzip
import hashlib
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from notifications.channels.webhook_transport import (
    LONGEST_BODY,
    WebhookTransport,
    judge,
    retry_after,
)
from notifications.guard import Guard
from notifications.secrets import new_webhook_secret

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
async def channel():
    """Give one that may reach this machine."""
    async with opened(Guard(allow_private=True), allow_http=True) as channel:
        yield channel


async def test_a_receivers_own_library_trusts_what_arrives(
    channel, make_receiver, make_leased, make_message
):
    taken = []

    async def answer(request):
        taken.append((request.method, dict(request.headers), await request.read()))
        return web.Response(text="thanks")

    url = await make_receiver(answer)
    new, old = new_webhook_secret(), new_webhook_secret()
    message = make_message(body='{"type":"x","data":{"name":"Zoë"}}'.encode())

    outcome = await channel.send(make_leased(address=f"{url}/h", secrets=(new, old)), message)

    [(method, headers, body)] = taken
    assert outcome.succeeded
    assert (outcome.status, outcome.answer) == (200, "answered 200")
    assert outcome.body_sha256 == hashlib.sha256(body).hexdigest()
    assert method == "POST"
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == "lifecycle-notifications"
    assert headers["webhook-id"] == message.uid
    for secret in (new, old):
        assert Webhook(secret).verify(body, headers) == {"type": "x", "data": {"name": "Zoë"}}


async def test_a_connection_is_used_again(channel, make_receiver, make_leased, make_message):
    peers = set()

    async def answer(request):
        peers.add(request.transport.get_extra_info("peername"))
        return web.Response(status=204)

    url = await make_receiver(answer)

    for _ in range(3):
        await channel.send(make_leased(address=url), make_message())

    assert len(peers) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(status):
    assert judge(status, {}, b"", NOW).succeeded


@pytest.mark.parametrize("status", [101, 300, 304, 400, 401, 404, 408, 429, 500, 503, 599])
def test_nothing_else_is_success_and_all_of_it_is_tried_again(status):
    outcome = judge(status, {}, b"", NOW)

    assert not outcome.succeeded
    assert not outcome.permanent
    assert not outcome.disable
    assert outcome.status == status


def test_gone_asks_for_no_more():
    outcome = judge(410, {"retry-after": "60"}, b"", NOW)

    assert outcome.disable
    assert outcome.permanent
    assert outcome.retry_after is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("86400", 86400),
        ("99999999999999999999", 86400),
        ("Sat, 21 Nov 2026 12:05:00 GMT", 300),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("Saturday, 21-Nov-26 12:05:00 GMT", 300),
        ("Sat, 21 Nov 2099 11:00:00 GMT", 86400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("²", None),
        ("Sat, 99 Nov 2026 11:00:00 GMT", None),
    ],
)
def test_how_long_to_wait_is_read_in_both_forms(text, seconds):
    length = retry_after(text, NOW)

    assert length == (None if seconds is None else timedelta(seconds=seconds))


async def test_what_a_receiver_says_is_kept_short_and_printable(
    channel, make_receiver, make_leased, make_message
):
    async def answer(_request):
        return web.Response(
            status=503, text="be\x00\x1b[31mgone\n" * 500, headers={"retry-after": "30"}
        )

    url = await make_receiver(answer)

    outcome = await channel.send(make_leased(address=url), make_message())

    assert outcome.answer.startswith("answered 503: be [31mgone be ")
    assert outcome.answer.isprintable()
    assert len(outcome.answer) <= 500
    assert outcome.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize(
    "target",
    [
        "/a%7Eb%2F%2e%2e/c?a=b%2Fc",
        "/a/../b/./c//d",
        "/hook?sig=%2bAb%2F%3D%3d&x=1+2&y=a%20b",
        "/p;v=1,2/!$&'()*+,;=:@?q='()*!;:@/?",
        "/?&&a==b",
        "/%ff%00%C3%a4",
    ],
)
async def test_an_address_arrives_byte_for_byte_as_it_was_given(
    target, channel, make_receiver, make_leased, make_message
):
    asked = []

    async def answer(request):
        asked.append(request.raw_path)
        return web.Response()

    url = await make_receiver(answer)

    outcome = await channel.send(make_leased(address=url + target), make_message())

    assert (outcome.succeeded, asked) == (True, [target])


async def test_what_no_request_can_hold_is_escaped_and_a_fragment_is_not_sent(
    channel, make_receiver, make_leased, make_message
):
    asked = []

    async def answer(request):
        asked.append(request.raw_path)
        return web.Response()

    url = await make_receiver(answer)

    await channel.send(make_leased(address=f"{url}/bücher%7E?ä=1#top"), make_message())

    assert asked == ["/b%C3%BCcher%7E?%C3%A4=1"]


async def test_a_redirect_is_not_followed(channel, make_receiver, make_leased, make_message):
    asked = []

    async def answer(request):
        asked.append(request.path)
        raise web.HTTPTemporaryRedirect("/elsewhere")

    url = await make_receiver(answer)

    outcome = await channel.send(make_leased(address=f"{url}/first"), make_message())

    assert asked == ["/first"]
    assert outcome.status == 307
    assert "redirect" in outcome.answer


async def test_no_cookie_is_kept(channel, make_receiver, make_leased, make_message):
    cookies = []

    async def answer(request):
        cookies.append(request.headers.get("cookie"))
        return web.Response(headers={"set-cookie": "session=1; Path=/"})

    url = await make_receiver(answer)
    url = url.replace("127.0.0.1", "localhost")

    for _ in range(2):
        await channel.send(make_leased(address=url), make_message())

    assert cookies == [None, None]


async def test_no_proxy_of_the_environment_is_asked(
    channel, make_receiver, make_leased, make_message, monkeypatch
):
    async def answer(_request):
        return web.Response()

    async def refuse(_request):
        return web.Response(status=500, text="the proxy was asked")

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, await make_receiver(refuse))

    outcome = await channel.send(make_leased(address=await make_receiver(answer)), make_message())

    assert outcome.succeeded


@pytest.mark.parametrize(("status", "succeeded"), [(200, True), (500, False)])
async def test_a_body_that_never_ends_is_cut_off(status, succeeded, make_leased, make_message):
    sent = 0

    async def pour(_reader, writer):
        nonlocal sent
        writer.write(b"HTTP/1.1 %d X\r\ntransfer-encoding: chunked\r\n\r\n" % status)
        while not writer.is_closing():
            writer.write(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
            sent += 0x2000
            await writer.drain()

    async with (
        speaking(pour) as url,
        opened(Guard(allow_private=True), allow_http=True) as channel,
    ):
        outcome = await channel.send(make_leased(address=url), make_message())

    assert outcome.succeeded is succeeded
    assert outcome.status == status
    assert sent < 100 * LONGEST_BODY


async def test_a_body_that_stalls_spoils_no_success(make_leased, make_message):
    async def stall(_reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx")
        await asyncio.sleep(60)

    async with (
        speaking(stall) as url,
        opened(Guard(allow_private=True), allow_http=True, body_seconds=0.1) as channel,
    ):
        outcome = await channel.send(make_leased(address=url), make_message())

    assert outcome.succeeded


async def test_a_packed_answer_is_not_unpacked(channel, make_receiver, make_leased, make_message):
    bomb = gzip.compress(b"\0" * 10_000_000)

    async def answer(_request):
        return web.Response(status=500, body=bomb, headers={"content-encoding": "gzip"})

    url = await make_receiver(answer)

    outcome = await channel.send(make_leased(address=url), make_message())

    assert outcome.answer == "answered 500"
    assert channel._session.auto_decompress is False


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"", "the connection was broken off without an answer"),
        (b"HTTP/1.1 ", "the connection was broken off without an answer"),
        (b"220 mail.example ESMTP\r\n\r\n", "the answer was not HTTP"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n", "the answer was not HTTP"),
    ],
)
async def test_what_is_no_answer_is_told_in_a_sentence(
    said, answer, channel, make_leased, make_message
):
    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    async with speaking(speak) as url:
        outcome = await channel.send(make_leased(address=url), make_message())

    assert not outcome.succeeded
    assert outcome.status is None
    assert outcome.answer == answer


async def test_who_never_answers_is_given_up(make_leased, make_message):
    async def stall(_reader, _writer):
        await asyncio.sleep(60)

    async with (
        speaking(stall) as url,
        opened(Guard(allow_private=True), allow_http=True, answer_seconds=0.1) as channel,
    ):
        outcome = await channel.send(make_leased(address=url), make_message())

    assert outcome.answer == "no answer in time"


async def test_a_refused_connection_is_told(channel, make_leased, make_message, unused_tcp_port):
    address = f"http://127.0.0.1:{unused_tcp_port}/"

    outcome = await channel.send(make_leased(address=address), make_message())

    assert outcome.answer == "the connection was refused"


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    channel, make_receiver, make_leased, make_message, own_certificate
):
    async def answer(_request):
        return web.Response()

    url = await make_receiver(answer, tls=own_certificate.context)

    outcome = await channel.send(make_leased(address=url), make_message())

    assert not outcome.succeeded
    assert outcome.answer == "the certificate is not trusted: self-signed certificate"


async def test_who_speaks_no_tls_is_told_so(channel, make_receiver, make_leased, make_message):
    async def answer(_request):
        return web.Response()

    url = (await make_receiver(answer)).replace("http:", "https:")

    outcome = await channel.send(make_leased(address=url), make_message())

    assert outcome.answer == "no encrypted connection could be made"


async def test_a_name_without_address_is_told(make_leased, make_message):
    async def lookup(_host, _port):
        return []

    async with opened(Guard(lookup=lookup)) as channel:
        outcome = await channel.send(make_leased(), make_message())

    assert outcome.answer == "the name does not resolve"


async def test_unencrypted_addresses_are_refused_unless_allowed(make_leased, make_message):
    async with opened(Guard(allow_private=True)) as channel:
        outcome = await channel.send(make_leased(address="http://acme.example/"), make_message())

    assert outcome.answer == "the address is not an https:// one"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1.:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[64:ff9b::127.0.0.1]:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://0x7f.1:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://127.1:{port}/",
        "http://0:{port}/",
        "http://0.0.0.0:{port}/",
        "http://①②⑦.0.0.1:{port}/",
        "http://127。0。0。1:{port}/",
        "http://[fe80::1%25lo]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
async def test_this_machine_is_not_reached_however_it_is_written(
    address, make_receiver, make_leased, make_message
):
    asked = []

    async def answer(request):
        asked.append(request.path)
        return web.Response()

    port = (await make_receiver(answer)).rpartition(":")[2]
    address = address.format(port=port)

    async with opened(Guard(), allow_http=True) as channel:
        outcome = await channel.send(make_leased(address=address), make_message())

    assert not outcome.succeeded
    assert asked == []


async def test_a_name_that_resolves_otherwise_the_second_time_leads_nowhere(
    make_receiver, make_leased, make_message
):
    asked, answers, lookups = [], [["8.8.8.8"], ["127.0.0.1"]], []

    async def answer(request):
        asked.append(request.path)
        return web.Response()

    async def lookup(host, _port):
        lookups.append(host)
        return answers[min(len(lookups), len(answers)) - 1]

    port = (await make_receiver(answer)).rpartition(":")[2]
    guard = Unconnected(lookup=lookup)
    address = f"http://rebinding.example:{port}/"

    async with opened(guard, allow_http=True) as channel:
        first = await channel.send(make_leased(address=address), make_message())
        checked = list(guard.sockets), list(lookups)
        channel._session.connector.clear_dns_cache()
        second = await channel.send(make_leased(address=address), make_message())

    assert checked == (["8.8.8.8"], ["rebinding.example"])
    assert first.answer == "the connection was refused"
    assert guard.sockets == ["8.8.8.8"]
    assert second.answer == "the address is private, and notices go to public addresses only"
    assert asked == []


async def test_one_private_address_among_public_ones_refuses_the_name(make_leased, make_message):
    async def lookup(_host, _port):
        return ["8.8.8.8", "2606:4700:4700::1111", "fd00::1"]

    guard = Unconnected(lookup=lookup)

    async with opened(guard) as channel:
        outcome = await channel.send(make_leased(), make_message())

    assert outcome.answer == "the address is private, and notices go to public addresses only"
    assert guard.sockets == []


async def test_all_public_addresses_of_a_name_are_tried(make_leased, make_message):
    async def lookup(_host, _port):
        return ["2606:4700:4700::1111", "8.8.8.8"]

    guard = Unconnected(lookup=lookup)

    async with opened(guard) as channel:
        await channel.send(make_leased(), make_message())

    assert set(guard.sockets) == {"8.8.8.8", "2606:4700:4700::1111"}


@pytest.mark.parametrize(
    "address",
    ["https://", "https:///x", "https://[::1/", "https://a:99999/", "https://" + "a" * 2000],
)
async def test_an_address_that_is_none_is_told_in_a_sentence(address, make_leased, make_message):
    async with opened(Guard()) as channel:
        outcome = await channel.send(make_leased(address=address), make_message())

    assert outcome.answer in {
        "the address is not a usable web address",
        "the name does not resolve",
    }


async def test_without_a_secret_nothing_is_sent(make_receiver, channel, make_leased, make_message):
    asked = []

    async def answer(request):
        asked.append(request.path)
        return web.Response()

    url = await make_receiver(answer)

    outcome = await channel.send(make_leased(address=url, secrets=()), make_message())

    assert asked == []
    assert outcome.ours
    assert outcome.answer == "the webhook's secret is not usable; draw a new one"


async def test_a_shortage_on_this_side_is_not_held_against_the_address(make_leased, make_message):
    class Short(Guard):
        def make_socket(self, info):
            raise OSError(errno.EMFILE, "Too many open files")

    async with opened(Short(lookup=public)) as channel:
        outcome = await channel.send(make_leased(), make_message())

    assert outcome.ours
    assert outcome.answer == "no connection: Too many open files"


async def public(_host, _port):
    return ["8.8.8.8"]


class Unconnected(Guard):
    """Knows which addresses were about to be connected to, and connects to none."""

    def __init__(self, **said):
        super().__init__(**said)
        self.sockets = []

    def make_socket(self, info):
        super().make_socket(info).close()
        self.sockets.append(info[4][0])
        raise ConnectionRefusedError


@asynccontextmanager
async def opened(guard, **said):
    channel = WebhookTransport(guard, **said)
    try:
        yield channel
    finally:
        await channel.close()


@asynccontextmanager
async def speaking(speak):
    """Serve bytes of one's own on a socket."""
    tasks = set()

    async def serve(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            await speak(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""A chat service over HTTP gets its message; what could reach into this host is refused."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from aiohttp import web

from notifications.channels.chat import SERVICES, ChatTransport, check_chat_address
from notifications.errors import UnusableAddressError

TOKEN = "abcdef0123456789abcdef0123"


@pytest.fixture
async def make_chat():
    opened = []

    def make(**said):
        opened.append(ChatTransport(**said))
        return opened[-1]

    yield make
    for channel in opened:
        await channel.close()


async def test_a_message_is_posted_and_reported_as_accepted_only(
    make_chat, make_receiver, make_leased, make_message
):
    taken = []

    async def answer(request):
        taken.append((request.path, await request.json()))
        return web.Response(text="ok")

    address = mattermost(await make_receiver(answer))
    message = make_message(subject="3.34 ends", text="On 1 March *2027* <b>3.34</b> ends.")

    outcome = await make_chat().send(chat(make_leased, address), message)

    [(path, posted)] = taken
    assert outcome.succeeded
    assert outcome.answer == "accepted"
    assert outcome.status is None
    assert path == f"/hooks/{TOKEN}"
    assert "3.34 ends" in posted["text"]
    assert "On 1 March *2027* <b>3.34</b> ends." in posted["text"]


async def test_services_that_read_markdown_are_given_it(
    make_chat, make_receiver, make_leased, make_message
):
    taken = []

    async def answer(request):
        taken.append((await request.json())["text"])
        return web.json_response({"success": True})

    url = (await make_receiver(answer)).removeprefix("http://")
    address = f"rocket://{'a' * 24}/{'b' * 24}@{url}/#ops?mode=webhook"
    message = make_message(text="**Removed:** [the guide](https://docs.example/g)")

    outcome = await make_chat().send(chat(make_leased, address), message)

    assert outcome.succeeded
    assert "**Removed:** [the guide](https://docs.example/g)" in taken[0]


async def test_a_text_is_cut_to_what_the_service_takes(
    make_chat, make_receiver, make_leased, make_message
):
    taken = []

    async def answer(request):
        taken.append((await request.json())["text"])
        return web.Response(text="ok")

    address = mattermost(await make_receiver(answer))

    outcome = await make_chat().send(
        chat(make_leased, address), make_message(subject="s" * 300, text="x" * 50_000)
    )

    assert outcome.succeeded
    assert [len(text) <= 4000 for text in taken] == [True]
    assert taken[0].endswith("…")


@pytest.mark.parametrize("status", [302, 400, 404, 500])
async def test_a_no_is_a_failure_to_be_tried_again(
    status, make_chat, make_receiver, make_leased, make_message
):
    asked = []

    async def answer(request):
        asked.append(request.path)
        return web.Response(status=status, headers={"location": "/elsewhere"})

    address = mattermost(await make_receiver(answer))

    outcome = await make_chat().send(chat(make_leased, address), make_message())

    assert asked == [f"/hooks/{TOKEN}"]
    assert not outcome.succeeded
    assert not outcome.permanent
    assert outcome.answer == "the chat service did not accept it"


async def test_a_service_that_never_answers_is_given_up(
    make_chat, make_receiver, make_leased, make_message
):
    released = asyncio.Event()

    async def answer(_request):
        await released.wait()
        return web.Response()

    address = mattermost(await make_receiver(answer))

    outcome = await make_chat(seconds=0.5).send(chat(make_leased, address), make_message())
    released.set()

    assert outcome.answer == "the chat service did not answer in time"


async def test_an_address_that_has_become_unusable_is_final(make_chat, make_leased, make_message):
    outcome = await make_chat().send(chat(make_leased, "syslog://"), make_message())

    assert outcome.permanent
    assert "'syslog' is not a supported chat service" in outcome.answer


@pytest.mark.parametrize(
    "address",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
        "gchat://workspace/key/token",
        "workflows://host.example:443/workflow/signature",
        "mmosts://chat.vendor.example/abcdef0123456789",
        "rockets://me:secret@chat.vendor.example/#general",
        "matrixs://me:secret@matrix.vendor.example/#general",
        f"zulip://bot@vendor/{'a' * 32}",
        f"wxteams://{'a' * 80}",
    ],
)
def test_chat_services_are_known(address):
    check_chat_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense://x",
        "slack://",
        "file:///etc/passwd",
        "syslog://",
        "dbus://",
        "glib://",
        "windows://",
        "macosx://",
        "gnome://",
        "mailto://me:secret@vendor.example",
        "json://127.0.0.1/",
        "xml://127.0.0.1/",
        "form://127.0.0.1/",
        "apprise://127.0.0.1/token",
        "mqtt://127.0.0.1/topic",
        "https://hooks.slack.com/services/T1/B1/x",
        "mmost://[::1",
        "mmost://h/abcdef0123456789?attach=/etc/passwd",
        "workflows://h:443/w/s?template=/etc/passwd",
        "workflows://h:443/w/s?TEMPLATE=/etc/passwd",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#c?optional=yes",
        "mmost://h/abcdef0123456789?rto=9999",
    ],
)
def test_everything_else_is_refused(address):
    with pytest.raises(UnusableAddressError) as refusal:
        check_chat_address(address)

    assert "secret" not in str(refusal.value)
    assert "passwd" not in str(refusal.value)


def test_no_service_is_one_that_reaches_into_this_host():
    from apprise.manager_plugins import NotificationManager  # noqa: PLC0415

    manager = NotificationManager()

    for service in SERVICES:
        assert "requests" in vars(sys.modules[manager[service].__module__])


def test_apprise_is_not_loaded_before_it_is_needed():
    code = "import sys, notifications.channels; sys.exit('apprise' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], check=False)

    assert done.returncode == 0


@pytest.mark.parametrize("option", ["redirect=yes", "x=1;redirect=yes", "%20template=file:///x"])
async def test_an_address_stored_before_its_options_were_refused_sends_nothing(
    option, make_chat, make_receiver, make_leased, make_message
):
    asked = []

    async def answer(request):
        asked.append(request.path)
        return web.Response(text="ok")

    address = f"{mattermost(await make_receiver(answer))}?{option}"

    outcome = await make_chat().send(chat(make_leased, address), make_message())

    assert not asked
    assert outcome.permanent
    assert "must not set" in outcome.answer


def mattermost(url):
    return f"mmost://{url.removeprefix('http://')}/{TOKEN}"


def chat(make_leased, address):
    return make_leased(channel="chat", address=address, secrets=())

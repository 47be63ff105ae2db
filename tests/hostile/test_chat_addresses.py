"""A chat address posts to the chat it names, and does nothing else that Apprise could be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.channels.chat import OPTIONS, SERVICES, check_chat_address
from notifications.errors import UnusableAddressError

TOKEN = "abcdef0123456789abcdef0123"
ADDRESSES = {
    "discord": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js/",
    "gchat": "gchat://workspace/key/token/",
    "matrix": "matrix://me:hush@matrix.vendor.example/#general/",
    "matrixs": "matrixs://me:hush@matrix.vendor.example/#general/",
    "mmost": f"mmost://chat.vendor.example/{TOKEN}/",
    "mmosts": f"mmosts://chat.vendor.example/{TOKEN}/",
    "rocket": "rocket://me:hush@chat.vendor.example/#general/",
    "rockets": "rockets://me:hush@chat.vendor.example/#general/",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general/",
    "tgram": "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "webex": f"webex://{'a' * 80}/",
    "workflow": "workflow://host.example:443/workflow/signature/",
    "workflows": "workflows://host.example:443/workflow/signature/",
    "wxteams": f"wxteams://{'a' * 80}/",
    "zulip": f"zulip://bot@vendor/{'a' * 32}/",
}
DANGEROUS = [
    "template=/etc/passwd",
    "template=http://127.0.0.1:8000/metrics",
    "attach=/etc/passwd",
    "redirect=yes",
    "verify=no",
    "optional=yes",
    "retry=10",
    "wait=60",
    "rto=9999",
    "cto=9999",
    "overflow=split",
    "format=html",
    "discovery=yes",
    "store=yes",
    "host=127.0.0.1",
    "port=22",
    "password=hush",
    "user=root",
    "+X-Header=1",
    "-x=1",
    ":name=value",
    "nonsense=1",
    "nonsense",
]
DISGUISES = [
    "?{}",
    "?to=x&{}",
    "?to=x;{}",
    "?&%20{}",
    "?%20{}",
    "?{}%20",
    "?;;{}",
    "?to=x&&{}",
]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_an_address_that_is_taken(service):
    check_chat_address(ADDRESSES[service])


@pytest.mark.parametrize("service", SERVICES)
def test_an_option_that_is_allowed_is_taken(service):
    for option in OPTIONS[service] & {"to", "thread", "channel"}:
        check_chat_address(f"{ADDRESSES[service]}?{option}=123456")


@pytest.mark.parametrize("option", DANGEROUS)
@pytest.mark.parametrize("service", SERVICES)
def test_no_other_option_is_however_it_is_written(service, option):
    for disguise in DISGUISES:
        for written in (option.upper(), option.replace("t", "%74")):
            with pytest.raises(UnusableAddressError):
                check_chat_address(ADDRESSES[service] + disguise.format(written))


@pytest.mark.parametrize(
    "address",
    [
        "workflow://HOST/wf/sig/?template=/path/file.json",
        "workflow://HOST/wf/sig/?x=1;template=/path/file.json",
        "workflow://HOST/wf/sig/?id=1&%20template=http://127.0.0.1:8000/",
        f"mmost://chat.vendor.example/{TOKEN}?redirect=yes",
        f"mmost://chat.vendor.example/{TOKEN}?x=1;optional=yes",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#c?optional=yes",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?to=x#&template=/etc/passwd",
    ],
)
def test_what_an_attacker_tried_is_refused_by_name(address):
    with pytest.raises(UnusableAddressError, match=r"must not set|only after a slash"):
        check_chat_address(address)


def test_a_channel_that_would_be_ignored_is_refused():
    address = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ#general"

    with pytest.raises(UnusableAddressError, match="only after a slash"):
        check_chat_address(address)


@pytest.mark.parametrize(
    "address",
    ["tgram://123:/", "tgram://bot@/", "rocket://a/b@[::1", "mmost://h:x/token", "zulip://%00/"],
)
def test_what_breaks_a_service_s_own_reading_is_a_refusal(address):
    with pytest.raises(UnusableAddressError, match="not a valid"):
        check_chat_address(address)


def test_a_password_that_reads_as_an_option_is_not_repeated():
    with pytest.raises(UnusableAddressError) as refused:
        check_chat_address("rocket://me:hush?hush2=hush3@chat.vendor.example/#general")

    assert "hush" not in str(refused.value)


@given(
    st.sampled_from(SERVICES),
    st.text(alphabet="ab1/:@?#&;=%+-~. []\\{}", max_size=40),
    st.sampled_from(["template", "%74emplate", "redirect", "optional"]),
    st.text(alphabet="ab1/:@#&;=%+-~. []", max_size=10),
)
def test_whatever_stands_in_an_address_is_taken_or_refused(service, start, option, end):
    for address, hidden in (
        (f"{service}://{start}{end}", False),
        (f"{ADDRESSES[service]}{start}&{option}={end}", "?" in start),
    ):
        try:
            check_chat_address(address)
        except UnusableAddressError:
            continue
        assert not hidden

"""Only public addresses are reached, however they are written and whatever a name resolves to."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.guard import Guard, PrivateAddressError
from notifications.networks import is_public, literal_address

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]
PRIVATE = [
    "0.0.0.0",  # noqa: S104 -- an example, bound to nothing
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::8.8.8.8",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::8.8.8.8",
    "64:ff9b:1:ffff::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700:4700::1111%1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "",
    "localhost",
    "0x7f.1",
    "127.1",
    "2130706433",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_reached(address):
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address):
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_in_whichever_form_it_comes(address):
    mapped = ipaddress.IPv6Address(int(address) | 0xFFFF_0000_0000)
    translated = ipaddress.IPv6Address(int(address) | 0x64_FF9B << 96)

    judged = {is_public(str(form)) for form in (address, mapped, translated)}

    assert len(judged) == 1


@given(st.ip_addresses())
def test_nothing_is_public_that_the_registries_call_private(address):
    if is_public(str(address)):
        assert not (address.is_private)
        assert not (address.is_loopback)
        assert not (address.is_link_local)
        assert not (address.is_multicast)
        assert not (address.is_unspecified)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("10.1", "10.0.0.1"),
        ("[::1]", "::1"),
        ("[::ffff:7f00:1]", "::ffff:7f00:1"),
        ("example.org", None),
        ("1.2.3.4.5", None),
        ("999999999999", None),
        ("cafe", None),
        ("", None),
    ],
)
def test_an_address_is_recognised_in_its_odd_forms(host, address):
    assert literal_address(host) == address


async def test_a_name_with_one_private_address_is_refused_as_a_whole():
    guard = knowing("8.8.8.8", "2606:4700:4700::1111", "10.0.0.1")

    with pytest.raises(PrivateAddressError):
        await guard.resolve("mixed.example", 443)
    await guard.close()


async def test_a_name_with_public_addresses_gets_all_of_them_as_they_were_checked():
    guard = knowing("8.8.8.8", "2606:4700:4700::1111")

    found = await guard.resolve("good.example", 443)

    assert [entry["host"] for entry in found] == ["8.8.8.8", "2606:4700:4700::1111"]
    assert {entry["port"] for entry in found} == {443}
    only = await guard.resolve("good.example", 443, socket.AF_INET6)
    assert [entry["host"] for entry in only] == ["2606:4700:4700::1111"]
    await guard.close()


async def test_private_addresses_pass_where_the_operator_allows_them():
    guard = Guard(allow_private=True)

    found = await guard.resolve("localhost", 80)

    assert {entry["host"] for entry in found} <= {"127.0.0.1", "::1"}
    await guard.close()


@pytest.mark.parametrize("name", ["localhost", "0x7f.1", "127.1", "2130706433"])
async def test_the_systems_own_answers_are_checked(name):
    guard = Guard()

    with pytest.raises(PrivateAddressError):
        await guard.resolve(name, 80)
    await guard.close()


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "a" * 2000, ".", "a..b", "ü\x00"])
async def test_what_can_be_no_name_does_not_resolve(name):
    guard = Guard()

    with pytest.raises((OSError, ValueError)) as refusal:
        await guard.resolve(name, 80)
    assert isinstance(refusal.value, OSError)
    await guard.close()


async def test_a_name_without_addresses_does_not_resolve():
    guard = knowing()

    with pytest.raises(socket.gaierror):
        await guard.resolve("empty.example", 80)
    await guard.close()


def test_no_socket_is_made_for_a_private_address():
    guard = Guard()

    with pytest.raises(PrivateAddressError):
        guard.make_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80)))
    guard.make_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))).close()


def knowing(*addresses):
    async def lookup(_host, _port):
        return addresses

    return Guard(lookup=lookup)

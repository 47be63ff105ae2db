"""A webhook's host is one that the DNS can hold, or an address, however oddly it is written."""

import pytest

from notifications.addresses import check_address
from notifications.channels.webhook import target_of
from notifications.errors import UnusableAddressError


@pytest.mark.parametrize(
    "address",
    [
        "https://acme.example../hook",
        "https://127.0.0.1../hook",
        "https://[v1.acme]/hook",
        "https://1.1.1.256/hook",
        "https://1.1.1.1.1/hook",
        "https://08.1.1.1/hook",
        "https://acme.0x7f/hook",
        "https://acme.example:0/hook",
    ],
)
def test_a_host_that_nobody_can_have_is_refused(address):
    with pytest.raises(UnusableAddressError, match="is not a web address"):
        check_address("webhook", address)


@pytest.mark.parametrize("address", ["https://1.1.1.1./hook", "https://4.example/hook"])
def test_numbers_are_taken_where_a_host_may_have_them(address):
    check_address("webhook", address)


@pytest.mark.parametrize(
    "address", ["https://me:hush@acme.example:x/", "ftp://me:hush@[/", "https://me:hush@a b/"]
)
def test_a_password_in_an_address_that_is_refused_is_not_repeated(address):
    with pytest.raises(UnusableAddressError) as refused:
        check_address("webhook", address)

    assert "hush" not in str(refused.value)


def test_a_receiver_is_the_same_however_its_name_is_written():
    spellings = ["faß.example", "xn--fa-hia.example", "FAß.example.", "xn--fa-hia.Example."]

    assert len({target_of(f"https://{host}/hook") for host in spellings}) == 1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.addresses import check_address, check_topics
from notifications.channels import find_channel
from notifications.errors import UnusableAddressError, UnusableTopicError


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("email", "ops@acme.example"),
        ("email", "first.last+tag@sub.acme.example"),
        ("email", "ops@bücher.example"),
        ("webhook", "https://acme.example"),
        ("webhook", "https://acme.example:8443/hook?key=1"),
        ("webhook", "https://[2606:4700:4700::1111]/hook"),
        ("webhook", "https://bücher.example/hook"),
    ],
)
def test_a_usable_address_is_taken(channel, address):
    check_address(channel, address)


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("email", ""),
        ("email", "nowhere"),
        ("email", "@acme.example"),
        ("email", "ops@"),
        ("email", "a b@acme.example"),
        ("email", "ops@acme.example\nBcc: all@acme.example"),
        ("email", "ops@acme.example\r"),
        ("email", "ops,all@acme.example"),
        ("email", "Ops <ops@acme.example>"),
        ("email", "ops@acme..example"),
        ("email", "ops@-acme.example"),
        ("email", "ops@[127.0.0.1]"),
        ("email", ".ops@acme.example"),
        ("email", f"{'o' * 65}@acme.example"),
        ("email", f"ops@{'a.' * 130}example"),
        ("webhook", "http://acme.example/"),
        ("webhook", "ftp://acme.example/"),
        ("webhook", "acme.example/hook"),
        ("webhook", "https://"),
        ("webhook", "https://user:secret@acme.example/"),
        ("webhook", "https://acme.example@evil.example/"),
        ("webhook", "https://acme.example\\@evil.example/"),
        ("webhook", "https://acme.example/\x00"),
        ("webhook", "https://acme.example/\u202e"),
        ("webhook", "https://acme.example:99999/"),
        ("webhook", "https://[::1/"),
        ("webhook", f"https://acme.example/{'a' * 2000}"),
        ("chat", "slack://token/#channel"),
        ("pigeon", "home"),
    ],
)
def test_an_unusable_address_is_refused(channel, address):
    with pytest.raises(UnusableAddressError):
        check_address(channel, address)


@given(st.sampled_from(["webhook", "email", "chat"]), st.text(max_size=60))
def test_whatever_stands_there_is_taken_or_refused(channel, address):
    try:
        check_address(channel, address, operator=True, allow_http=True)
    except UnusableAddressError:
        return
    assert find_channel(channel).normalize(address).isprintable()


def test_a_password_is_not_repeated():
    with pytest.raises(UnusableAddressError) as refused:
        check_address("webhook", "https://user:secret@acme.example/")

    assert "secret" not in str(refused.value)


def test_an_operator_may_give_chat_addresses_and_open_ones():
    check_address("chat", "slack://token/#channel", operator=True)
    check_address("webhook", "http://acme.example/", allow_http=True)
    check_address("webhook", "http://127.0.0.1:8080/", allow_http=True)


@pytest.mark.parametrize("host", ["192.168.0.1", "2130706433", "[fd00::1]", "[::ffff:10.0.0.1]"])
def test_a_private_address_is_refused_where_none_is_allowed(host):
    check_address("webhook", "https://1.1.1.1/")
    with pytest.raises(UnusableAddressError, match="not a public"):
        check_address("webhook", f"https://{host}/")


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LocalHost.", "hooks.localhost", "intranet", "printer.local", "db.internal",
        "router.home.arpa", "①②⑦.0.0.1", "127。0。0。1", "\uff11\uff12\uff17.1", "ⓛocalhost",
        "localhost:8443", "\uff10x7f.1",
    ],
)  # fmt: skip
def test_names_of_private_networks_and_look_alike_digits_are_refused_where_none_is_allowed(host):
    with pytest.raises(UnusableAddressError, match=r"not a public|is not a web address"):
        check_address("webhook", f"https://{host}/")


@pytest.mark.parametrize("host", ["localhost:8443", "intranet", "①②⑦.0.0.1"])
def test_names_of_private_networks_are_taken_where_they_are_allowed(host):
    check_address("webhook", f"http://{host}/", allow_http=True)


@pytest.mark.parametrize("topics", [[], ["widget"], ["product:"], ["product:A"], ["*", "x"]])
def test_what_is_no_topic_is_refused(topics):
    with pytest.raises(UnusableTopicError):
        check_topics(topics)

import pytest

from lifecycle.database import open_store, urls
from lifecycle.errors import BadRequest


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("postgresql://me:hush@one/db", [("one", None)]),
        ("postgresql://me:hush@one:5433/db", [("one", 5433)]),
        ("postgresql://me:hush@one,two/db", [("one", None), ("two", None)]),
        ("postgresql://me:hush@one:1,two:2/db", [("one", 1), ("two", 2)]),
        ("postgresql://one,two:2/db", [("one", None), ("two", 2)]),
        ("postgresql://me@[::1]:1,[::2]/db", [("::1", 1), ("::2", None)]),
        ("postgresql://me@/db?host=one,two&port=1,2", [("one", 1), ("two", 2)]),
        ("postgresql://me@/db?host=one,two&port=3", [("one", 3), ("two", 3)]),
        ("postgresql://me@/db?host=one:1&host=two:2", [("one", 1), ("two", 2)]),
        ("postgresql:///db?host=/run/one,/run/two", [("/run/one", None), ("/run/two", None)]),
        ("postgresql://me:a,b@one/db", [("one", None)]),
        ("postgresql:///db", [(None, None)]),
    ],
)
def test_hosts_are_read_as_postgresqls_own_clients_read_them(address, hosts):
    assert urls.hosts(urls.parse(address)) == hosts


def test_user_password_and_database_stay_what_they_are_beside_several_hosts():
    parsed = urls.parse("postgresql://me:hu%40sh@one:1,two/lifecycle?sslmode=require")

    given = urls.arguments(parsed)

    assert (given["user"], given["password"], given["database"]) == ("me", "hu@sh", "lifecycle")
    assert given["ssl"] == "require"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://one,,two/db", "one of them is empty"),
        ("postgresql://one:x,two/db", "the port 'x'"),
        ("postgresql://one,two:99999/db", "the port '99999'"),
        ("postgresql:///db?host=a,b,c&port=1,2", "3 hosts but 2 ports"),
        ("postgresql://one/db?target_session_attrs=standby", "target_session_attrs=read-write"),
        ("postgresql://one/db?connect_timeout=soon", "connect_timeout=soon"),
        ("postgresql://one/db?connect_timeout=0", "connect_timeout=0"),
        ("sqlite:///~nobody-of-this-name/store", "'~nobody-of-this-name/store'.*the whole path"),
    ],
)
def test_an_address_that_could_lead_nowhere_is_refused_when_the_store_is_opened(address, words):
    with pytest.raises(BadRequest, match=words):
        open_store(address)


@pytest.mark.parametrize("kind", ["read-write", "primary", "any"])
def test_the_kinds_of_servers_that_may_be_wanted_are_understood(kind):
    assert urls.wanted(urls.parse(f"postgresql://a,b/db?target_session_attrs={kind}")) == kind


def test_only_a_server_that_accepts_changes_is_wanted_where_nothing_is_said():
    assert urls.wanted(urls.parse("postgresql://a,b/db")) == "read-write"

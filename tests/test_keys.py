import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from lifecycle import keys, settings
from lifecycle.keys import SecretKeyUnavailable


@pytest.fixture
def chosen(tmp_path):
    return settings.load({"LIFECYCLE_DATABASE_URL": f"sqlite:///{tmp_path}/new/store.sqlite3"})


def test_the_operators_key_is_taken_and_none_is_made(tmp_path):
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    given = {"LIFECYCLE_DATABASE_URL": url, "LIFECYCLE_SECRET_KEY": "a key of the operator's own"}

    assert keys.secret_key(settings.load(given)) == "a key of the operator's own"
    assert list(tmp_path.iterdir()) == []


def test_a_key_made_beside_the_store_is_its_owners_and_stays(chosen):
    first = keys.secret_key(chosen)

    file = keys.key_file(chosen.database_url)
    assert file.name == "store.sqlite3.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(first) == 44
    assert keys.secret_key(chosen) == first


def test_services_that_start_at_once_share_one_key(chosen):
    with ThreadPoolExecutor(8) as several:
        made = set(several.map(lambda _: keys.secret_key(chosen), range(40)))

    assert len(made) == 1
    assert [file.name for file in keys.key_file(chosen.database_url).parent.iterdir()] == [
        "store.sqlite3.key"
    ]


def test_a_postgresql_stores_key_lies_in_the_users_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    one = settings.load({"LIFECYCLE_DATABASE_URL": "postgresql://me:hush@db/one"})
    other = settings.load({"LIFECYCLE_DATABASE_URL": "postgresql://me:hush@db/two"})

    assert keys.secret_key(one) != keys.secret_key(other)
    assert keys.key_file(one.database_url).is_relative_to(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe"])
def test_a_key_that_was_spoilt_is_never_replaced(chosen, content):
    file = keys.key_file(chosen.database_url)
    file.parent.mkdir()
    file.write_bytes(content)

    with pytest.raises(SecretKeyUnavailable, match="LIFECYCLE_SECRET_KEY"):
        keys.secret_key(chosen)
    assert file.read_bytes() == content


def test_a_folder_that_takes_no_key_is_named(tmp_path):
    in_the_way = tmp_path / "not-a-folder"
    in_the_way.write_text("")
    chosen = settings.load({"LIFECYCLE_DATABASE_URL": f"sqlite:///{in_the_way}/store.sqlite3"})

    with pytest.raises(SecretKeyUnavailable, match=str(in_the_way)):
        keys.secret_key(chosen)

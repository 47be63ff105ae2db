import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from lifecycle import keys, settings
from lifecycle.audit.actions import append
from lifecycle.keys import SecretKeyUnavailable
from notifications import subscriptions
from notifications.secrets import Vault


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


@pytest.mark.parametrize("hosts", ["one,two", "one,two:5433,three"])
def test_hosts_that_join_the_first_leave_the_key_where_it_is(hosts):
    alone, several = "postgresql://me@one/db", f"postgresql://me@{hosts}/db"

    assert keys.key_file(several) == keys.key_file(alone)


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


@pytest.mark.parametrize("key", ["short", "long-enough-to-be-one\nshort"])
def test_a_key_too_short_to_keep_a_secret_is_refused_by_the_name_of_its_setting(tmp_path, key):
    given = {
        "LIFECYCLE_DATABASE_URL": f"sqlite:///{tmp_path}/store.sqlite3",
        "LIFECYCLE_SECRET_KEY": key,
    }

    with pytest.raises(SecretKeyUnavailable, match=r"LIFECYCLE_SECRET_KEY is too short.*16"):
        keys.secret_key(settings.load(given))


class TestStart:
    """What `serve` and `worker` do with the key before anything else."""

    @pytest.fixture
    def chosen(self, store_url, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

        def chosen(**given):
            return settings.load({"LIFECYCLE_DATABASE_URL": store_url} | given)

        return chosen

    @pytest.fixture
    def record(self, by):
        async def record(session, event):
            append(session, by, event.action, event.owner, details=event.details)

        return record

    @pytest.fixture
    def seal(self, store, record, clock):
        """Store a subscription that holds something encrypted."""

        async def seal(key, channel="webhook", owner="acme"):
            address = {"webhook": "https://acme.example/x", "chat": "mailto://a:b@acme.example"}
            async with store.writing() as session:
                return await subscriptions.add(
                    session,
                    owner,
                    channel=channel,
                    address=address[channel],
                    topics=["*"],
                    now=clock(),
                    record=record,
                    vault=Vault(key),
                    operator=True,
                )

        return seal

    async def test_a_store_without_secrets_starts_and_its_key_is_made(self, chosen, store):
        await keys.check_key(chosen(), store)

        assert keys.key_file(chosen().database_url).exists()

    async def test_a_lost_key_is_refused_and_no_other_is_made(self, chosen, store, seal):
        await seal(keys.secret_key(chosen()))
        path = keys.key_file(chosen().database_url)
        path.unlink()

        with pytest.raises(SecretKeyUnavailable, match=f"there is no file {path}"):
            await keys.check_key(chosen(), store)

        assert not path.exists()

    @pytest.mark.parametrize("channel", ["webhook", "chat"])
    async def test_another_key_than_the_stores_is_refused(self, chosen, store, seal, channel):
        await seal("the key that sealed it", channel)

        with pytest.raises(SecretKeyUnavailable, match="is not the one"):
            await keys.check_key(chosen(LIFECYCLE_SECRET_KEY="the key of another store"), store)

    async def test_a_key_that_only_the_oldest_secret_needs_is_missed(self, chosen, store, seal):
        await seal("the key that sealed it", owner="acme")
        await seal("the key that came after", owner="other")

        with pytest.raises(SecretKeyUnavailable, match="is not the one"):
            await keys.check_key(chosen(LIFECYCLE_SECRET_KEY="the key that came after"), store)
        both = "the key that came after\nthe key that sealed it"
        await keys.check_key(chosen(LIFECYCLE_SECRET_KEY=both), store)

    async def test_a_new_key_starts_once_everything_is_sealed_anew(
        self, chosen, store, seal, clock, record
    ):
        old, new = "the key that was lost", "the key that comes after"

        webhook = (await seal(old)).subscription.uid
        await seal(old, "chat")

        await seal(new, "chat")
        async with store.writing() as session:
            found = await subscriptions.get(session, "acme", webhook)
            await subscriptions.rotate_secret(
                session, found, vault=Vault(new), now=clock(), record=record
            )
            former = found.former_secret

        assert former is None
        await keys.check_key(chosen(LIFECYCLE_SECRET_KEY=new), store)

    async def test_secrets_of_removed_addresses_ask_for_no_key(
        self, chosen, store, seal, clock, record
    ):
        uid = (await seal("the key that was lost", "chat")).subscription.uid
        async with store.writing() as session:
            found = await subscriptions.get(session, "acme", uid)
            await subscriptions.remove(session, found, now=clock(), record=record)

        await keys.check_key(chosen(LIFECYCLE_SECRET_KEY="the key that comes after"), store)

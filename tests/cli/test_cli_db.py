import json
import sqlite3

import pytest


@pytest.fixture
def store(cli, store_file):
    cli("db", "upgrade")
    return store_file


def test_upgrading_makes_a_store_that_only_its_owner_reads(cli, store_file):
    code, out, err = cli("db", "upgrade")

    assert (code, err) == (0, "")
    assert "was upgraded (" in out
    assert store_file.stat().st_mode & 0o777 == 0o600


def test_upgrading_twice_changes_nothing(cli, store):
    code, out, _ = cli("db", "upgrade")

    assert (code, out.endswith("is already up to date.\n")) == (0, True)


def test_a_backup_can_be_restored_elsewhere(cli, store, tmp_path, environ):
    assert cli("db", "backup", tmp_path / "saved")[0] == 0
    environ.setenv("LIFECYCLE_DATABASE_URL", f"sqlite:///{tmp_path}/other/store.sqlite3")

    code, out, _ = cli("db", "restore", tmp_path / "saved")

    assert code == 0
    assert "now holds" in out
    assert (tmp_path / "other/store.sqlite3").exists()


def test_a_backup_is_readable_by_its_owner_only(cli, store, tmp_path):
    cli("db", "backup", tmp_path / "saved")

    assert (tmp_path / "saved").stat().st_mode & 0o777 == 0o600


def test_a_backup_overwrites_nothing(cli, store, tmp_path):
    (tmp_path / "saved").write_text("precious")

    code, _, err = cli("db", "backup", tmp_path / "saved")

    assert code == 2
    assert "already exists" in err
    assert (tmp_path / "saved").read_text() == "precious"


def test_a_backup_sees_what_a_running_service_has_committed(cli, store, tmp_path):
    service = sqlite3.connect(store)
    service.execute("CREATE TABLE fresh (x)")
    service.commit()

    cli("db", "backup", tmp_path / "saved")

    with sqlite3.connect(tmp_path / "saved") as saved:
        assert saved.execute("SELECT count(*) FROM fresh").fetchone() == (0,)
    saved.close()
    service.close()


def test_restoring_over_a_store_is_refused_and_replace_puts_it_aside(cli, store, tmp_path):
    cli("db", "backup", tmp_path / "saved")

    refused = cli("db", "restore", tmp_path / "saved")
    replaced = cli("db", "restore", tmp_path / "saved", "--replace")

    assert (refused[0], "--replace" in refused[2]) == (2, True)
    assert replaced[0] == 0
    assert (tmp_path / "lifecycle.sqlite3.before-restore").exists()


def test_a_store_in_use_is_not_replaced(cli, store, tmp_path):
    cli("db", "backup", tmp_path / "saved")
    service = sqlite3.connect(store)
    service.execute("SELECT * FROM alembic_version").fetchall()

    code, _, err = cli("db", "restore", tmp_path / "saved", "--replace")
    service.close()

    assert code == 2
    assert "in use" in err
    assert store.exists()


@pytest.mark.parametrize("content", [b"", b"no database", None], ids=["empty", "text", "missing"])
def test_what_is_no_backup_is_not_restored(cli, tmp_path, content):
    if content is not None:
        (tmp_path / "saved").write_bytes(content)

    code, _, err = cli("db", "restore", tmp_path / "saved")

    assert code == 2
    assert err.startswith("Error: ")
    assert "Traceback" not in err


def test_a_backup_of_a_newer_version_is_not_restored(cli, newer_store, tmp_path, environ):
    cli("db", "backup", tmp_path / "saved")
    environ.setenv("LIFECYCLE_DATABASE_URL", f"sqlite:///{tmp_path}/other.sqlite3")

    code, _, err = cli("db", "restore", tmp_path / "saved")

    assert (code, "9999" in err) == (2, True)
    assert not (tmp_path / "other.sqlite3").exists()


def test_a_store_newer_than_the_program_is_refused(cli, newer_store):
    code, _, err = cli("db", "upgrade")

    assert (code, "does not know" in err) == (2, True)


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        ("backup", "store; use pg_dump, which works while the store is in use."),
        ("restore", "store; stop the service, then restore into an empty database with pg_restore"),
    ],
)
def test_postgresql_is_saved_by_its_own_tools_and_no_password_is_shown(
    cli, environ, tmp_path, command, advice
):
    environ.setenv("LIFECYCLE_DATABASE_URL", "postgresql://me:hush@127.0.0.1/lifecycle")

    code, out, err = cli("db", command, tmp_path / "saved")

    assert (code, advice in " ".join(err.split())) == (2, True)
    assert "hush" not in out + err


def test_a_store_is_copied_and_the_copy_compared(cli, store, tmp_path):
    target = f"sqlite:///{tmp_path}/moved/store.sqlite3"

    code, out, err = cli("db", "copy", f"sqlite:///{store}", target)

    assert code == 0
    assert "tables are the same in both stores." in out
    assert "The log is intact: 0 entries" in out
    assert err.startswith(f"Copying {store} to {tmp_path}/moved/store.sqlite3.")


def test_a_copy_is_told_as_json(cli, store, tmp_path):
    target = f"sqlite:///{tmp_path}/moved.sqlite3"

    code, out, _ = cli("db", "copy", f"sqlite:///{store}", target, "--format", "json")

    document = json.loads(out)
    assert (code, document["chain"]["whole"], document["resumed_at"]) == (0, True, 0)
    assert {"name", "rows", "sha256"} == set(document["tables"][0])


def test_a_copy_states_where_the_key_of_its_secrets_is(cli, demo, store_file, tmp_path):
    target = f"sqlite:///{tmp_path}/moved.sqlite3"

    code, _, err = cli("db", "copy", f"sqlite:///{store_file}", target)

    assert code == 0
    assert f"If it is in {store_file}.key, copy it to {tmp_path}/moved.sqlite3.key, or give" in err


def test_a_log_that_was_altered_is_copied_and_told(cli, demo, store_file, tmp_path):
    with sqlite3.connect(store_file) as database:
        database.execute("UPDATE audit_entries SET subject = 'forged' WHERE seq = 7")
    database.close()

    code, out, _ = cli("db", "copy", f"sqlite:///{store_file}", f"sqlite:///{tmp_path}/b.sqlite3")

    assert code == 1
    assert "The log was altered before it was copied: entry 7 was changed" in out


def test_nothing_starts_on_a_copy_that_is_not_complete(cli, store):
    with sqlite3.connect(store) as database:
        database.execute("UPDATE alembic_version SET version_num = 'copying'")
    database.close()

    for command in (["db", "upgrade"], ["worker"], ["serve"], ["status", "widget", "1.0"]):
        code, _, err = cli(*command)
        assert (code, "`lifecycle db copy` has to complete that first" in err) == (2, True)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("lifecycle.sqlite3", "cannot be understood; write sqlite:///path/to/file"),
        ("mysql://me@host/lifecycle", "is not supported; write"),
        ("sqlite:///{folder}/missing.sqlite3", "There is no store at"),
    ],
)
def test_an_address_that_leads_to_no_store_is_refused(cli, tmp_path, source, said):
    target = f"sqlite:///{tmp_path}/moved.sqlite3"

    code, _, err = cli("db", "copy", source.format(folder=tmp_path), target)

    assert (code, said in err) == (2, True)
    assert not (tmp_path / "moved.sqlite3").exists()


def test_what_fills_the_store_is_shown(cli, demo, store_file):
    code, out, _ = cli("db", "stats")

    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["TABLE", "ROWS", "BYTES", "SHARE", "OLDEST", "ROW"]
    assert any(line.startswith("deliveries ") and "%" in line for line in lines)
    assert lines[-1].startswith(f"{store_file} takes {store_file.stat().st_size:,} bytes")


def test_what_fills_the_store_is_told_as_json(cli, demo):
    code, out, _ = cli("db", "stats", "--format", "json")

    document = json.loads(out)
    assert code == 0
    assert {"bytes", "free", "tables"} == document.keys()
    assert {"table", "rows", "bytes", "share", "oldest"} == document["tables"][0].keys()

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


@pytest.mark.parametrize(("command", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_postgresql_is_saved_by_its_own_tools_and_no_password_is_shown(
    cli, environ, tmp_path, command, tool
):
    environ.setenv("LIFECYCLE_DATABASE_URL", "postgresql://me:hush@127.0.0.1/lifecycle")

    code, out, err = cli("db", command, tmp_path / "saved")

    assert (code, tool in err) == (2, True)
    assert "hush" not in out + err

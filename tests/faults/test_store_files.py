"""The file under a running server: on a full disk, not to be written, deleted, replaced."""

import contextlib
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from lifecycle.database import schema_upgrade
from lifecycle.errors import Unavailable
from testkit import unprivileged_python
from testkit.server_processes import PRODUCT, RELEASES, fact

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for its limits")

MANY = [fact(f"50.{minor}.{patch}") for minor in range(40) for patch in range(50)]


@pytest.fixture
def small_disk(tmp_path):
    """A disk of four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)]
    with contextlib.suppress(OSError):
        if subprocess.run(mounting, capture_output=True, check=False).returncode == 0:
            yield folder
            subprocess.run(["umount", "-l", str(folder)], check=True)
            return
    pytest.skip("nothing may be mounted here")


def stored(client):
    items, cursor = [], None
    while True:
        query = {"limit": 500} | ({"cursor": cursor} if cursor else {})
        page = client.get(RELEASES, params=query).json()
        items += [item["version"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return items


def refused(response, words):
    assert response.status_code == 503, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"]
    assert words in response.json()["detail"]
    return True


def is_served(client):
    """Say whether questions are answered, from memory and from the store."""
    paths = [f"{PRODUCT}/support", f"{PRODUCT}/versions/3.9.0", RELEASES, "/v1/accounts/acme"]
    return {client.get(path).status_code for path in paths} == {200}


def holds_all_or_nothing(client, before, verdict, url):
    return stored(client) == before and verdict(url).whole


def test_on_a_full_disk_reading_goes_on_and_writing_as_soon_as_there_is_room(
    serve, sqlite_template, small_disk, verdict
):
    shutil.copyfile(sqlite_template, small_disk / "store.sqlite3")
    url = f"sqlite:///{small_disk}/store.sqlite3"
    server = serve(url).ready().fill()
    with server.client() as client:
        before = stored(client)
        fill_disk(small_disk)

        answers = [client.post(RELEASES, json=MANY) for _ in range(3)]

        assert all(refused(answer, "full") for answer in answers)
        assert is_served(client)
        assert holds_all_or_nothing(client, before, verdict, url)
        (small_disk / "filler").unlink()
        assert client.post(RELEASES, json=fact("60.0.0")).status_code == 201
        assert client.get("/health/ready").status_code == 200
        assert verdict(url).whole


def test_on_a_full_disk_it_is_ready_for_reads_alone_until_there_is_room(
    serve, sqlite_template, small_disk
):
    shutil.copyfile(sqlite_template, small_disk / "store.sqlite3")
    server = serve(f"sqlite:///{small_disk}/store.sqlite3").ready().fill()
    with server.client() as client:

        def ready(purpose="writes"):
            return client.get("/health/ready", params={"for": purpose}).status_code

        before = ready()
        client.get(f"{PRODUCT}/support").raise_for_status()
        fill_disk(small_disk)
        assert refused(client.post(RELEASES, json=MANY), "full")
        # Probes come every five seconds, and store enough to notice.
        during = {(ready(), ready("reads"), time.sleep(0.5)) for _ in range(14)}
        (small_disk / "filler").unlink()

        assert (before, during) == (200, {(503, 200, None)})
        assert eventually(ready, 200, within=20) == 200


async def test_a_first_start_on_a_full_disk_is_refused_because_it_is_full(small_disk):
    (small_disk / "new.sqlite3").touch()
    fill_disk(small_disk)

    with pytest.raises(Unavailable, match="The disk that holds the store is full"):
        await schema_upgrade.upgrade(f"sqlite:///{small_disk}/new.sqlite3")


def fill_disk(folder):
    with contextlib.suppress(OSError), (folder / "filler").open("wb", 0) as filler:
        while True:
            filler.write(bytes(16384))


def test_where_files_may_not_grow_reading_goes_on_and_writing_as_soon_as_they_may(
    serve, sqlite_url, verdict
):
    server = serve(sqlite_url).ready().fill()
    with server.client() as client:
        before = stored(client)
        limits(server, 65536)

        answers = [client.post(RELEASES, json=MANY) for _ in range(3)]

        assert all(refused(answer, "error") for answer in answers)
        assert is_served(client)
        limits(server, resource.RLIM_INFINITY)
        assert holds_all_or_nothing(client, before, verdict, sqlite_url)
        assert client.post(RELEASES, json=MANY).status_code == 201
        assert verdict(sqlite_url).whole


def limits(server, size):
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_store_made_read_only_meanwhile_is_read_and_never_stored_by_half(
    serve, sqlite_url, verdict, what
):
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    server = serve(sqlite_url, through=["-c", unprivileged_python.RUN]).ready().fill()
    target, mode = (path, 0o444) if what == "file" else (path.parent, 0o555)
    usual = target.stat().st_mode
    target.chmod(mode)
    try:
        with server.client() as client:
            answers = [client.post(RELEASES, json=fact(f"60.{n}.0")) for n in range(3)]
            served = is_served(client)
    finally:
        target.chmod(usual)

    assert {answer.status_code for answer in answers} <= {201, 503}
    assert served
    taken = [f"60.{n}.0" for n, answer in enumerate(answers) if answer.status_code == 201]
    with server.client() as client:
        assert stored(client)[10:] == taken
        assert client.post(RELEASES, json=fact("61.0.0")).status_code == 201
    assert verdict(sqlite_url).whole


def test_a_deleted_file_takes_no_change_until_it_is_back(server, sqlite_url, verdict):
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    aside, public = path.with_name("aside.sqlite3"), f"{server.address}{PRODUCT}/support"
    httpx.get(public).raise_for_status()
    with server.client() as client:
        path.rename(aside)
        refusals = [client.post(RELEASES, json=fact("60.0.0")), client.get("/health/ready")]
        kept = httpx.get(public)
        aside.rename(path)
        taken = client.post(RELEASES, json=fact("60.0.0"))

    assert all(refused(refusal, "was deleted while in use") for refusal in refusals)
    assert kept.status_code == 200
    assert taken.status_code == 201
    assert verdict(sqlite_url).whole


def test_a_replaced_file_takes_no_change_until_the_right_one_is_back(
    server, sqlite_url, sqlite_template, verdict
):
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    aside = path.with_name("aside.sqlite3")
    with server.client() as client:
        path.rename(aside)
        shutil.copyfile(sqlite_template, path)
        refusals = [client.post("/v1/products", json={"slug": "other"}), client.get(RELEASES)]
        aside.rename(path)
        taken = client.post("/v1/products", json={"slug": "other"})

    assert all(refused(refusal, "was replaced while in use") for refusal in refusals)
    assert taken.status_code == 201
    assert verdict(sqlite_url).whole


def test_a_backup_copied_over_the_store_is_answered_from(server, sqlite_url):
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    saved = path.with_name("saved.sqlite3")
    ask = f"{server.address}{PRODUCT}/versions/9.0.0"
    with server.client() as client:
        copy(path, saved)
        client.post(RELEASES, json=fact("9.0.0")).raise_for_status()
        before = httpx.get(ask).status_code
        time.sleep(0.5)  # let the server look at the log: no operator is quicker

        copy(saved, path)

        after = eventually(lambda: httpx.get(ask).status_code, 404)
    assert (before, after) == (200, 404)


def copy(source, target):
    with (
        contextlib.closing(sqlite3.connect(source)) as one,
        contextlib.closing(sqlite3.connect(target)) as other,
    ):
        one.backup(other)


def eventually(ask, wanted, *, within=5):
    """Ask until the answer is the one wanted, or time is up; give the last."""
    ends = time.monotonic() + within
    while (answer := ask()) != wanted and time.monotonic() < ends:
        time.sleep(0.05)
    return answer

import asyncio
import gzip
import json
from datetime import UTC, datetime

import msgspec
import pytest

from lifecycle.audit.actions import append
from lifecycle.audit.archive_files import ARCHIVED, Archive
from lifecycle.audit.chain import By
from lifecycle.database import open_store

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
def archive(demo, store_file, tmp_path):
    """An archive of two batches, both of which the log lists."""
    written = Archive(tmp_path, NOW)
    batches = [written.add([{"row": "delivery", "id": number}]) for number in range(2)]

    async def list_batches():
        store = open_store(f"sqlite:///{store_file}")
        async with store.writing() as session:
            for batch in batches:
                details = msgspec.to_builtins(batch)
                append(session, By("system", NOW), ARCHIVED, batch.archive, details=details)
        await store.close()

    asyncio.run(list_batches())
    return written


def test_an_archive_is_proven_by_the_log(cli, archive):
    code, out, _ = cli("audit", "verify", "--archive", archive.path)

    assert code == 0
    assert out.splitlines()[0].startswith("The log is intact: ")
    assert out.splitlines()[1] == f"{archive.path.name} is intact: 2 rows in 2 batches."


def test_rows_that_a_crash_kept_in_the_store_are_told(cli, archive):
    archive.add([{"row": "delivery", "id": 9}])

    code, out, _ = cli("audit", "verify", "--archive", archive.path)

    assert code == 0
    assert "Its last 1 rows are not listed in the log" in out


def test_an_archive_that_was_altered_exits_with_1(cli, archive, tmp_path):
    path = tmp_path / "moved.jsonl.gz"
    path.write_bytes(archive.path.read_bytes()[:-40])

    code, out, _ = cli("audit", "verify", "--archive", path, "--format", "json")

    document = json.loads(out)
    assert (code, document["whole"]) == (1, True)
    assert document["archives"][0]["faults"] == ["batch 2 is cut short or damaged"]


@pytest.mark.parametrize("content", [b"no archive", b""])
def test_what_is_no_archive_proves_nothing(cli, demo, tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)

    code, out, err = cli("audit", "verify", "--archive", path)

    assert code in {1, 2}
    assert "Traceback" not in out + err


def test_another_gzip_file_is_refused(cli, demo, tmp_path):
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(b"Hello"))

    code, _, err = cli("audit", "verify", "--archive", path)

    assert (code, "is not an archive of this service" in err) == (2, True)

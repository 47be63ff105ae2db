import json
import shutil

import httpx
import pytest

from lifecycle.cli import run
from lifecycle.cli.export import file_reader
from lifecycle.static_export import public_routes
from testkit.served_apps import serving

BASE = "https://support.example.com/life"


@pytest.fixture
def export(environ, arranged, store_file, tmp_path, capsys):
    """Carry out the command for a folder: exit code, output, errors."""
    shutil.copyfile(arranged[0], store_file)
    environ.setenv("LIFECYCLE_SECRET_KEY", "a key that only tests know")

    def export(*options):
        code = run(["export", str(tmp_path / "site"), *options])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return export


def test_the_local_store_is_exported_and_said_in_numbers(export, tmp_path):
    code, out, err = export("--base-url", BASE, "--format", "json")
    summary = json.loads(out)

    assert code == 0, err
    assert (tmp_path / "site/life/products/clairdash.html").exists()
    assert summary["published_at"] == BASE
    assert summary["changed"] == summary["files"] > 200
    assert (summary["unfit"], summary["kept"], summary["removed"]) == ([], [], 0)


def test_an_export_without_the_vendors_name_warns_of_it(export, environ):
    few = {kind: public_routes.EXPORTED[kind] for kind in ("product", "line")}
    environ.setattr(public_routes, "EXPORTED", few)
    _, _, unnamed = export("--base-url", BASE)
    _, _, quiet = export("-q", "--base-url", BASE)
    environ.setenv("LIFECYCLE_TITLE", "Acme")
    _, _, named = export("--base-url", BASE)

    assert "LIFECYCLE_TITLE is not set" in unnamed
    assert "LIFECYCLE_TITLE" not in quiet + named


def test_a_running_service_is_exported_as_it_is_published(export, tmp_path, store_file, environ):
    environ.setenv("LIFECYCLE_TOKEN", "not one of its tokens")  # and none is sent
    few = {kind: public_routes.EXPORTED[kind] for kind in ("product", "line", "version")}
    environ.setattr(public_routes, "EXPORTED", few)
    with serving(store_file, LIFECYCLE_ANONYMOUS_SECONDS_PER_MINUTE="0") as address:
        for options in ([], ["--base-url", BASE]):
            code, out, err = export("--server", address, *options)
            assert (code, out) == (2, "")
            assert "Set the service's LIFECYCLE_BASE_URL" in err
        assert not (tmp_path / "site").exists()
        same = ("--base-url", "http://127.0.0.1:8000/")
        code, out, err = export("--server", address, "--live-url", address, *same)
        assert export("-q", "--server", address, "--live-url", address, *same) == (0, "", "")

    assert code == 0, err
    assert " written, 0 unchanged, 0 removed" in out
    assert "Lifecycles (cle.json) among them: 1. They exist once `lifecycle serve`" in err
    page = (tmp_path / "site/products/clairdash.html").read_text()
    assert f'href="{address}/sign-in"' in page
    assert "<form" not in page


@pytest.mark.parametrize(
    ("options", "reads", "words"),
    [
        ((), "true", "with --base-url or LIFECYCLE_BASE_URL"),
        (("--base-url", BASE, "--live-url", "live.example.com"), "true", "'live.example.com'"),
        (("--base-url", BASE, "--live-url", "https://me:word@a.example"), "true", "not a valid"),
        (("--base-url", "https://me:word@a.example"), "true", "--base-url 'https://me:"),
        (("--base-url", f"{BASE}/a%20b"), "true", "cannot be a folder"),
        (("--base-url", BASE), "false", "export on the machine of the store with"),
    ],
    ids=["nowhere", "no address", "a password", "another", "no folder", "private"],
)
def test_what_cannot_be_exported_is_refused_with_the_way_out(
    export, environ, tmp_path, options, reads, words
):
    environ.setenv("LIFECYCLE_PUBLIC_READS", reads)

    code, out, err = export(*options)

    assert (code, out) == (2, "")
    assert words in err
    assert not (tmp_path / "site").exists()


class BusyService:
    """A service whose quota is used up when it is first asked."""

    def __init__(self):
        self.answers = [
            httpx.Response(429, headers={"retry-after": "0"}),
            httpx.Response(200, text="well"),
        ]

    def get_answer(self, _address, *, headers):
        assert headers["prefer"] == "static"
        return self.answers.pop(0)


def test_a_used_up_quota_is_waited_for():
    answer = file_reader(BusyService())("/products")

    assert (answer.status, answer.content) == (200, b"well")

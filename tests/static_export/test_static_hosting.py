"""The files behind a real nginx, as its snippet says, below a path and without one."""

import contextlib
import subprocess

import httpx
import pytest

from lifecycle.cli.connections import connect_as_anybody
from lifecycle.cli.export import file_reader
from lifecycle.static_export import exports
from lifecycle.static_export.host_files import NGINX_NAME, Served, write_headers, write_nginx
from testkit import proxies

ROOTED = "root {folder}; include {folder}/{snippet};"
TYPED = (
    "/",
    "/products",
    "/products/widget",
    "/products/widget/lines/2.0",
    "/products/widget/cle.json",
    "/products/widget/cyclonedx.json",
    "/products/widget/releases/2.1.0/cyclonedx.json",
    "/products/widget/timeline.svg",
    "/products/widget/versions/2.1/badge.svg",
    "/products/widget/changes.atom",
    "/products/widget/calendar.ics",
    "/products/widget/support.csv",
    "/v1/products",
    "/v1/products/widget",
    "/v1/products/widget/versions/2.1.0",
    "/api/widget.json",
    "/api/v1/products/widget",
    "/.well-known/tea",
    "/tea/v0.4.0",
    "/calendar.ics",
    "/changes.atom",
    "/manual/pages",
    "/schema",
    "/schema/openapi.json",
)


@contextlib.contextmanager
def hosted(site, folder):
    """Serve an export by nginx; give the address of its root."""
    if proxies.PROGRAM is None:
        pytest.skip("nginx is not installed here (Debian: apt-get install nginx-light)")
    port, configuration = proxies.free_port(), folder / "nginx.conf"
    location = ROOTED.format(folder=site, snippet=NGINX_NAME)
    configuration.write_text(
        proxies.CONFIGURATION.format(folder=folder, port=port, location=location)
    )
    errors = folder / "errors"
    command = [proxies.PROGRAM, "-p", folder, "-e", errors, "-c", configuration]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            proxies.wait_for(port, process, folder)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def packed_in(published):
    """Give the addresses of what pages are shown with: styles, scripts, icons."""
    for folder in ("static", "schema/assets"):
        for file in sorted((published / folder).iterdir()):
            yield f"/{folder}/{file.name}"


@pytest.mark.parametrize("base", ["https://support.example.com", None], ids=["root", "below"])
def test_nginx_answers_at_the_service_s_addresses_with_its_types(
    base, environ, exported, client, tmp_path
):
    site, prefix = exported[0], "/support/life"
    with contextlib.ExitStack() as stack:
        if base is not None:
            site, prefix = tmp_path / "site", ""
            there = {**environ, "LIFECYCLE_BASE_URL": base}
            client = stack.enter_context(connect_as_anybody(None, there))
            exports.export(
                file_reader(client),
                site,
                every_version=False,
                replace=False,
                begin=lambda *_: None,
            )
        host = stack.enter_context(hosted(site, tmp_path))
        ask = file_reader(client)
        with httpx.Client(base_url=f"{host}{prefix}") as browser:
            packed = list(packed_in(site / prefix.removeprefix("/")))
            assert {address.rpartition(".")[2] for address in packed} >= {"css", "js", "svg", "png"}
            for address in (*TYPED, *packed):
                answer, expected = browser.get(address), ask(address)
                assert answer.status_code == 200, address
                assert answer.headers["content-type"] == expected.content_type, address
                assert answer.content == expected.content, address
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.headers["content-security-policy"] == expected.policy, address
                if address in packed:
                    continue
                shares = answer.headers.get("access-control-allow-origin") == "*"
                assert shares == expected.is_shared, address
                assert shares == ("html" not in expected.content_type), address
            missing = browser.get("/products/nothing")
            assert (missing.status_code, "There is nothing here" in missing.text) == (404, True)
            assert browser.get("/v1/products/widget/support?tier=pro").status_code == 404
            assert browser.get("/products/widget?utm_source=mail").status_code == 200
            assert browser.post("/v1/products").status_code == 405
        assert httpx.get(f"{host}/{NGINX_NAME}").status_code == 404
        assert httpx.get(f"{host}/.lifecycle-export").status_code == 404
        assert httpx.get(f"{host}{prefix}", follow_redirects=True).status_code == 200
        assert httpx.get(host, follow_redirects=True).url.path == f"{prefix}/"
        found = httpx.get(f"{host}/.well-known/tea")
        assert found.headers["content-type"] == "application/json"
        assert "/tea" in found.json()["endpoints"][0]["url"]


def test_hosts_let_scripts_of_other_sites_read_only_what_the_service_does():
    for write in (write_headers, write_nginx):
        shared, private = (
            write("", {"/a": Served("application/json")}, shared=each) for each in (True, False)
        )

        assert "Access-Control-Allow-Origin" in shared
        assert "Access-Control-Allow-Origin" not in private
        assert "X-Content-Type-Options" in private

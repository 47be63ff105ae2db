"""nginx publishes the demo below a path; some proxies remove it, and some pass it on."""

import os
import re
import shutil
from datetime import UTC, datetime

import httpx
import pytest

from lifecycle.cli import run
from lifecycle.deprecations.notices import signed_links
from notifications.secrets import Links
from testkit.crawls import HostCrawl
from testkit.filled_demos import KEY
from testkit.proxies import (
    NAMING,
    PASSED_ON,
    PREFIX,
    REMOVED,
    SIGNED_IN,
    free_port,
    publishing,
    single_sign_on,
)
from testkit.server_processes import HEADERS, SECRET, Server
from testkit.signed_in import FROM_HERE

COMMANDS = [
    ["status", "clairdash", "3.35.2"],
    ["compare", "clairdash", "3.34.2", "3.39.1"],
    ["policy", "show", "--product", "clairdash"],
    ["deprecation", "list"],
    ["waiver", "list"],
    ["gate", "manifest.yaml"],
    ["check", "instances.json", "--tier", "enterprise"],
    ["evidence", "--account", "acme"],
]
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def server(filled_demo, tmp_path_factory, port):
    """The demo, told where people reach it."""
    folder = tmp_path_factory.mktemp("demo")
    url = filled_demo.copy(folder / "demo.sqlite3")
    settings = {
        "LIFECYCLE_BASE_URL": f"http://127.0.0.1:{port}{PREFIX}/",
        "LIFECYCLE_ANONYMOUS_SECONDS_PER_MINUTE": "0",
    }
    command = ("serve", "--demo", "--port", "0", "--no-worker")
    with Server(url, folder, command=command, **settings, **filled_demo.environment) as server:
        yield server.ready()


@pytest.fixture(params=[PASSED_ON, REMOVED], ids=["passed on", "removed"])
def published(request, server, port, tmp_path):
    """The address below which nginx publishes it, with the path passed on or removed."""
    with publishing(server, tmp_path, port=port, location=request.param) as address:
        yield address


@pytest.fixture
def client():
    with httpx.Client(headers=HTML, timeout=60) as client:
        yield client


@pytest.fixture
def admin():
    with httpx.Client(headers=HEADERS, timeout=60) as client:
        yield client


def test_every_link_of_every_page_leads_somewhere_below_the_path(published, client):
    crawl = HostCrawl(client, f"{published}/", published=published)

    assert crawl.failed == {}
    assert [own for own in crawl.named if not own.startswith(f"{published}/")] == []
    assert f"{published}/products/clairdash" in crawl.answers
    assert len(crawl.answers) > 20


def test_whoever_asks_the_service_directly_can_follow_its_links_as_well(server, client):
    """Full addresses name the proxy, which does not run here; paths lead back to who gave them."""
    crawl = HostCrawl(client, f"{server.address}/", published=server.address)

    assert crawl.failed == {}
    others = [own for own in crawl.named if not own.startswith(f"{server.address}{PREFIX}/")]
    assert others == [f"{server.address}/"]


def test_a_created_resource_is_where_its_location_says(published, admin):
    name = f"p{datetime.now(UTC):%H%M%S%f}"
    products, accounts = f"{published}/v1/products", f"{published}/v1/accounts"
    release = {"version": "1.0/7", "line": "1.0", "released_on": "2026-01-31"}
    deprecation = {
        "product": name,
        "kind": "discontinuation",
        "whole_product": True,
        "reason": "It is old.",
    }
    address = {"channel": "email", "address": "ops@acme.example", "topics": ["*"]}
    waiver = {
        "product": name,
        "rule": "removal-too-soon",
        "subject": "1.0",
        "reason": "law",
        "explanation": "A court has decided so.",
        "person": "Ada",
        "until": "2099-01-31",
    }
    asked = [
        (products, {"slug": name, "scheme": "declared", "line_by": "declared"}),
        (f"{products}/{name}/releases", release),
        (accounts, {"slug": name, "tier": "enterprise"}),
        (f"{accounts}/{name}/subscriptions", address),
        ("/v1/deprecations", deprecation),
        ("/v1/waivers", waiver),
        ("/v1/tokens", {"label": "bot", "scope": "release"}),
    ]

    for path, body in asked:
        made = admin.post(path if "://" in path else f"{published}{path}", json=body)

        assert made.is_success, made.text
        location = made.headers["location"]
        assert location.startswith(f"{PREFIX}/v1/")
        if "%2F" not in location or published_as_it_came(admin, published):
            assert admin.get(str(made.url.join(location))).is_success, location


def published_as_it_came(admin, published):
    """Say whether an escaped slash arrives; nginx unescapes it where it removes a path."""
    asked = admin.get(f"{published}/v1/products/a%2Fb").json()
    return "'a/b'" in asked["detail"]


def test_headers_and_problems_lead_below_the_path(published, client):
    versions = f"{published}/v1/products/clairdash/versions"
    deprecated = [client.get(f"{versions}/3.{minor}.0") for minor in range(25, 40)]
    links = {link for answer in deprecated for link in answer.headers.get("link", "").split(", ")}
    refused = client.get(f"{published}/v1/products/nothing")

    followed = [*re.findall(r"<([^>]+)>", " ".join(links)), refused.json()["type"]]

    assert {relation for link in links for relation in re.findall(r'rel="(.+)"', link)} == {
        "deprecation",
        "sunset",
        "successor-version",
    }
    for path in followed:
        assert path.startswith(f"{PREFIX}/")
        assert client.get(str(refused.url.join(path))).is_success, path


def test_the_api_is_described_as_it_is_published(published, client):
    description = client.get(f"{published}/schema/openapi.json").json()
    page = client.get(f"{published}/schema")

    (server,) = description["servers"]
    assert server["url"] == PREFIX
    base = str(page.url.join(server["url"]))
    assert client.get(f"{base}/v1/products").is_success
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text)
    assert len(loaded) == 3
    for asset in loaded:
        assert asset.startswith(f"{PREFIX}/")
        assert client.get(str(page.url.join(asset))).is_success


def test_the_links_in_mails_are_followed_and_answered(published, client, admin):
    name = f"m{datetime.now(UTC):%H%M%S%f}"
    account = {"slug": name, "tier": "enterprise"}
    admin.post(f"{published}/v1/accounts", json=account).raise_for_status()
    address = {"channel": "email", "address": "ops@acme.example", "topics": ["*"]}
    path = f"{published}/v1/accounts/{name}/subscriptions"
    uid = admin.post(path, json=address).raise_for_status().json()["id"]
    links = Links(KEY, lambda: datetime.now(UTC))

    for write, state in [
        (signed_links.confirm_url, "active"),
        (signed_links.unsubscribe_url, "unsubscribed"),
    ]:
        page = client.get(write(published, links, uid)).raise_for_status()
        (form,) = re.findall(r"<form [^>]*>", page.text)
        action = re.search(r'action="([^"]*)"', form)
        client.post(str(page.url.join(action[1] if action else ""))).raise_for_status()

        assert admin.get(f"{path}/{uid}").json()["state"] == state


def test_the_command_line_asks_a_service_whose_address_has_a_path(
    published, monkeypatch, capsys, tmp_path
):
    for name in [name for name in os.environ if name.startswith("LIFECYCLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LIFECYCLE_SERVER", published)
    monkeypatch.setenv("LIFECYCLE_TOKEN", SECRET)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "manifest.yaml").write_text("product: clairdash\nversion: 3.39.2\n")
    (tmp_path / "instances.json").write_text('[{"product": "clairdash", "version": "3.39.1"}]')

    for words in COMMANDS:
        assert run(words) == 0, capsys.readouterr()


def test_a_proxy_lets_those_read_whom_it_has_signed_in(
    sqlite_template, tmp_path, monkeypatch, capsys, client
):
    shutil.copyfile(sqlite_template, tmp_path / "store.sqlite3")
    url, port = f"sqlite:///{tmp_path}/store.sqlite3", free_port()
    settings = {
        "LIFECYCLE_BASE_URL": f"http://127.0.0.1:{port}{PREFIX}",
        "LIFECYCLE_PUBLIC_READS": "no",
    }
    with Server(url, tmp_path, **settings) as server:
        server.ready().fill()
        monkeypatch.setenv("LIFECYCLE_DATABASE_URL", url)
        assert run(["token", "create", "--scope", "account:acme", "--label", "readers"]) == 0
        token = re.search(r"lct_\S+", capsys.readouterr().out)[0]
        location = SIGNED_IN.replace("lct_…", token)
        with publishing(server, tmp_path, port=port, location=location) as published:
            page = client.get(f"{published}/products/clairdash")
            feed = client.get(f"{published}/changes.atom")
            changed = client.post(f"{published}/v1/products", json={"slug": "widget"})
        direct = client.get(f"{server.address}/products/clairdash")

    assert (page.status_code, feed.status_code) == (200, 200)
    assert "public" not in page.headers["cache-control"]
    assert changed.status_code == 403
    assert "nginx" in changed.text
    assert direct.status_code == 401


ANN = {"Remote-User": "ann", "Remote-Name": "Ann Martin", "Remote-Groups": "docs,ops"}
EVE = {"Remote-User": "eve", "Remote-Groups": "guests"}
CLAIMED = {"Remote-User": "root", "Remote-Name": "Root", "Remote-Groups": "ops"}
"""What a client sends itself."""


def test_a_proxy_names_whom_it_has_signed_in_and_nobody_names_themselves(sqlite_template, tmp_path):
    shutil.copyfile(sqlite_template, tmp_path / "store.sqlite3")
    port = free_port()
    settings = {
        "LIFECYCLE_BASE_URL": f"http://127.0.0.1:{port}{PREFIX}",
        "LIFECYCLE_TRUSTED_PROXIES": "127.0.0.1",
        "LIFECYCLE_PROXY_USER_HEADER": "Remote-User",
        "LIFECYCLE_PROXY_NAME_HEADER": "Remote-Name",
        "LIFECYCLE_PROXY_GROUPS_HEADER": "Remote-Groups",
        "LIFECYCLE_PEOPLE_SCOPES": "groups=ops admin",
    }
    with (
        Server(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path, **settings) as server,
        single_sign_on({"ann": ANN, "eve": EVE}) as asking,
        publishing(server.ready(), tmp_path, port=port, location=NAMING + asking) as published,
    ):

        def entered(cookie, **claimed):
            with httpx.Client(headers=FROM_HERE | claimed, timeout=60) as browser:
                if cookie:
                    browser.cookies.set("sso", cookie)
                pressed = browser.post(f"{published}/sign-in/proxy", data={"next": "/console"})
                console = browser.get(f"{published}/console")
                return pressed.status_code, console.status_code, console.text

        by_ann, by_ann_claiming = entered("ann"), entered("ann", **CLAIMED)
        others = [entered("eve"), entered("eve", **CLAIMED), entered("", **CLAIMED)]
        with httpx.Client(headers=HTML | CLAIMED, timeout=60) as browser:
            page = browser.get(f"{published}/sign-in")
            public = browser.get(f"{published}/products")
        with httpx.Client(headers=HEADERS, timeout=60) as admin:
            entries = admin.get(f"{server.address}/v1/audit").json()["items"]

    for status, console, text in (by_ann, by_ann_claiming):
        assert (status, console) == (303, 200)
        assert "Ann Martin" in text
    assert [(status, console) for status, console, _ in others] == [(403, 303)] * 2 + [(400, 303)]
    assert (public.status_code, page.status_code) == (200, 200)
    assert "Sign in as" not in page.text
    started = [entry["actor"] for entry in entries if entry["action"] == "session.started"]
    assert started == ["person:proxy:ann Ann Martin"] * 2

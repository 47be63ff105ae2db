"""One export of a small store, looked at from every side."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from urllib.parse import unquote, urljoin, urlsplit

import httpx
import pytest

from lifecycle.cli.export import file_reader
from lifecycle.static_export import public_reads
from lifecycle.static_export.export_folders import LIST_NAME, NotAnExport
from lifecycle.static_export.host_files import (
    HEADERS_NAME,
    NGINX_NAME,
    POLICY,
    REDIRECTS_NAME,
    write_redirects,
)
from lifecycle.static_export.public_reads import Answer, PrivateReads, UnexpectedStatus
from testkit.crawls import addresses_in

PREFIX = "support/life"
FOR_HOSTS = {HEADERS_NAME, REDIRECTS_NAME, NGINX_NAME, LIST_NAME}
COUNTED = re.compile(
    r"\b(in \d+ (days|months)|\d+ (days|months) ago|tomorrow|yesterday|[Tt]oday)\b"
)
OWN = "/v1/products/widget"


def files_in(path):
    return {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}


def read(exported, name):
    return (exported[0] / PREFIX / name).read_text()


@pytest.fixture
def plain(client):
    """Ask for what everybody gets at an address."""
    return lambda address: client.get_answer(address, headers={"Accept": "text/html, */*;q=0.8"})


def addresses_of(path):
    """Give the address of each exported file but a page, and the file."""
    for name, file in files_in(path).items():
        if name in FOR_HOSTS or name.endswith(".html"):
            continue
        address = f"/{name.removeprefix(PREFIX + '/')}"
        has_no_ending = re.match(r"/(v1|api/v1|tea|\.well-known/tea)\b", address)
        yield (address.removesuffix(".json") if has_no_ending else address), file


def test_every_file_but_a_page_is_what_the_service_serves(exported, plain):
    asked = 0
    for address, file in addresses_of(exported[0]):
        if "/tea/" in address and address.endswith(("/products", "/components", "/releases")):
            continue  # whole lists, which name another length of their pages

        assert file.read_bytes() == plain(address).content, address
        asked += 1
    assert asked > 100


def test_pages_name_days_and_no_distances_from_today(exported, plain):
    days_left = re.compile(re.escape("(in 40 days)"))
    page, live_page = read(exported, "products/widget.html"), plain("/products/widget").text

    assert days_left.search(live_page)
    for name, file in files_in(exported[0]).items():
        if name.endswith(".html") and not re.search(r"/(manual|rules|problems)/|schema", name):
            assert not COUNTED.search(re.sub(r"<[^>]*>", " ", file.read_text())), name
    assert "<p>As of " in page
    assert re.search(r"<p>As of [^<]* \(UTC\)\.</p>", read(exported, "products.html"))


def test_a_page_without_forms_and_days_is_the_service_s_but_for_script_and_sign_in(exported, plain):
    live = plain("/manual/glossary").text
    for_services = re.compile(r'<script.*?</script>\n|<a class="signed-in".*?</a>\n')

    assert read(exported, "manual/glossary.html").split() == for_services.sub("", live).split()


def test_every_link_of_the_site_leads_to_a_file(exported):
    path, _ = exported
    served = set(files_in(path))
    followed = 0
    for name, file in files_in(path).items():
        if not name.endswith((".html", ".atom", ".ics")) or name.endswith("schema.html"):
            continue
        for text in links_of(file):
            full = urljoin(f"https://support.example.com/{name}", text)
            parts = urlsplit(full)
            if parts.netloc != "support.example.com":
                continue
            followed += 1
            assert not parts.query, (name, text)
            target = unquote(parts.path).removeprefix("/")
            choices = [target, f"{target}.html", f"{target}.json", f"{target}index.html"]
            assert served & set(choices), (name, text)
    assert followed > 300


def links_of(file):
    kinds = {".html": "text/html", ".atom": "application/xml", ".ics": "text/calendar"}
    text = file.read_bytes().decode()
    return addresses_in(
        httpx.Response(200, headers={"content-type": kinds[file.suffix]}, text=text)
    )


def test_a_page_asks_nothing_of_a_host(exported):
    for name, file in files_in(exported[0]).items():
        if name.endswith(".html") and not name.endswith("schema.html"):
            page = file.read_text()
            assert "<form" not in page, name
            assert "<script" not in page, name
            assert not re.search(r'href="[^"]*/sign-in"', page), name


def test_the_page_of_the_description_sends_no_requests_and_its_script_may_run(exported, plain):
    page, live = read(exported, "schema.html"), plain("/schema").text
    script = page.rpartition("<script type='text/javascript'>")[2].partition("</script>")[0]
    digest = b64encode(sha256(script.encode()).digest()).decode()

    assert f"'sha256-{digest}'" in (exported[0] / NGINX_NAME).read_text()
    for part in ("supportedSubmitMethods: []", "This page is a file, and sends no requests."):
        assert (part in page, part in live) == (True, False)
    assert ".auth-wrapper" in page
    assert ".auth-wrapper" not in live


def test_a_page_for_a_file_is_kept_by_no_cache_and_takes_no_page_s_place(client, plain):
    before = plain("/products/widget")
    for_file = client.get_answer(
        "/products/widget", headers={"Accept": "text/html", "Prefer": "static"}
    )
    after = plain("/products/widget")

    assert for_file.headers["cache-control"] == "no-store"
    assert for_file.headers["preference-applied"] == "static"
    assert "max-age" in before.headers["cache-control"]
    assert for_file.content != before.content == after.content


def test_with_a_live_service_what_it_alone_answers_leads_there(export, tmp_path):
    export(tmp_path / "site", live_url="https://live.example.com/life/")
    page = (tmp_path / "site" / PREFIX / "products/widget.html").read_text()

    assert 'href="https://live.example.com/life/sign-in"' in page
    assert 'href="https://live.example.com/life/products/widget#check"' in page
    description = (tmp_path / "site" / PREFIX / "schema/openapi.json").read_bytes()
    schema = (tmp_path / "site" / PREFIX / "schema.html").read_text()
    servers = '"servers":[{"url":"https://live.example.com/life/"}]'
    assert json.loads(description)["servers"] == [{"url": "https://live.example.com/life/"}]
    assert servers in schema
    assert "answers them at https://live.example.com/life/." in schema


def test_nothing_that_is_not_public_is_exported(exported):
    for name, file in files_in(exported[0]).items():
        assert "secret" not in name.removeprefix(PREFIX).split("/"), name
        if "/manual/" not in name and "openapi" not in name and not name.endswith(".js"):
            assert b"Hush" not in file.read_bytes(), name


def test_lists_are_whole_and_versions_the_newest_of_their_lines(exported, export, tmp_path):
    releases = json.loads(read(exported, "v1/products/widget/releases.json"))
    newest = files_in(exported[0] / PREFIX / "v1/products/widget/versions")

    assert [one["version"] for one in releases["items"]] == ["1.9.0", "2.0.0", "2.0.1", "2.1.0"]
    assert set(newest) == {"1.9.0.json", "2.0.1.json", "2.1.0.json"}
    export(tmp_path / "site", every_version=True)
    every = files_in(tmp_path / "site" / PREFIX / "v1/products/widget/versions")
    assert set(every) == {*newest, "2.0.0.json"}


def test_badges_of_lines_are_exported_and_offered_and_of_the_newest_version_without_one(exported):
    badges = {file.parent.name for file in (exported[0] / PREFIX).rglob("widget/**/badge.svg")}
    loose = {file.parent.name for file in (exported[0] / PREFIX).rglob("loose/**/badge.json")}

    assert badges == {"1.9", "2.0", "2.1", "1.9.0", "2.0.1", "2.1.0"}
    assert loose == {"1.0.0"}
    assert f"{PREFIX}/products/widget/versions/2.1/badge.svg</code>" in read(
        exported, "products/widget.html"
    )


def test_phones_are_shown_a_narrow_timeline_in_files_too(exported):
    address = f"/{PREFIX}/products/widget/timeline-narrow.svg"

    assert f'srcset="{address}"' in read(exported, "products/widget.html")
    assert 'width="360"' in read(exported, "products/widget/timeline-narrow.svg")[:500]


def test_a_list_of_several_pages_becomes_one_file(client, monkeypatch):
    reader = file_reader(client)
    monkeypatch.setattr(public_reads, "LONGEST_PAGE", 1)

    def short(address):
        return reader(address if "?" in address else f"{address}?limit=1")

    whole = public_reads.PublicReads(short).get(f"{OWN}/releases")

    assert whole.content == reader(f"{OWN}/releases").content
    assert b'"next":null' in whole.content


def test_a_second_run_writes_nothing(exported, export):
    path, first = exported
    before = {name: file.stat().st_mtime_ns for name, file in files_in(path).items()}

    second = export(path)

    assert (second.changed, second.unchanged, second.removed) == (0, first.files, 0)
    assert {name: file.stat().st_mtime_ns for name, file in files_in(path).items()} == before


def test_what_is_gone_is_removed_and_what_others_wrote_or_changed_stays(export, tmp_path, client):
    path, reader = tmp_path / "site", file_reader(client)
    export(path)
    (path / "robots.txt").write_text("ours")
    changed = path / PREFIX / "v1/products/widget.json"
    changed.write_text("edited")

    def without_widget(address):
        if address == "/v1/products":
            document = json.loads(reader(address).content)
            document["items"] = [one for one in document["items"] if one["slug"] != "widget"]
            return reader(address)._replace(content=json.dumps(document).encode())
        return reader(address)

    summary = export(path, ask=without_widget)

    assert summary.removed > 20
    assert summary.kept == [f"{PREFIX}/v1/products/widget.json"]
    assert changed.read_text() == "edited"
    assert (path / "robots.txt").read_text() == "ours"
    assert not (path / PREFIX / "products/widget").exists()
    assert (path / PREFIX / "products/empty.html").exists()


def test_a_folder_with_other_files_is_refused_unless_they_may_be_replaced(export, tmp_path):
    (tmp_path / "_headers").write_text("ours")
    (tmp_path / "notes").write_text("ours")

    with pytest.raises(NotAnExport, match="--replace"):
        export(tmp_path)
    assert len(files_in(tmp_path)) == 2

    export(tmp_path, replace=True)
    assert (tmp_path / "_headers").read_text() != "ours"
    assert (tmp_path / "notes").read_text() == "ours"


def test_an_export_that_was_broken_off_goes_on(export, tmp_path, client):
    path, reader = tmp_path / "site", file_reader(client)

    def failing(address):
        if address == "/manual/pages":
            return Answer(503, "text/html", b"")
        return reader(address)

    with pytest.raises(UnexpectedStatus, match="/manual/pages was answered with status 503"):
        export(path, ask=failing)
    assert (path / PREFIX / "changes.atom").exists()

    summary = export(path)
    assert summary.unchanged > 20
    assert set(files_in(path)) >= FOR_HOSTS


def test_private_reads_are_not_exported(export, tmp_path):
    with pytest.raises(PrivateReads, match="LIFECYCLE_PUBLIC_READS"):
        export(tmp_path / "site", ask=lambda _: Answer(401, "application/problem+json", b"{}"))
    assert not (tmp_path / "site").exists()


def test_pages_from_a_cache_that_knows_no_files_are_refused(export, tmp_path, client):
    reader = file_reader(client)

    with pytest.raises(UnexpectedStatus, match="cache"):
        export(tmp_path / "site", ask=lambda address: reader(address)._replace(is_static=False))


def rules_of(path):
    """Return the headers by their patterns, as Netlify and Cloudflare read them."""
    blocks = re.split(r"\n(?=/)", (path / HEADERS_NAME).read_text().strip())
    rules = {}
    for pattern, *headers in map(str.splitlines, blocks):
        as_regex = re.escape(pattern).replace(r"\*", ".*")
        as_regex = re.sub(r"(?<=/):\w+", "[^/]+", as_regex)
        rules[re.compile(as_regex)] = dict(line.strip().split(": ", 1) for line in headers)
    return rules


def test_files_for_hosts_name_the_types_that_hosts_do_not_know(exported):
    headers = rules_of(exported[0])
    rules = (exported[0] / REDIRECTS_NAME).read_text().splitlines()
    of_calendar = next(sent for kind, sent in headers.items() if kind.pattern.endswith("r\\.ics"))

    assert of_calendar["Content-Type"] == "text/calendar; charset=utf-8"
    assert f"/{PREFIX}/v1/* /{PREFIX}/v1/:splat.json 200" in rules
    assert [rule for rule in rules if "*" in rule] == rules[-4:]
    assert f"/ /{PREFIX}/ 302" in rules
    assert f"/ /{PREFIX}/ 302" not in write_redirects(f"/{PREFIX}", has_index=True)
    assert (exported[0] / "404.html").read_bytes() == read(exported, "404.html").encode()
    assert len(rules) + len(headers) < 100
    assert exported[1].published_at == f"https://support.example.com/{PREFIX}"


def test_hosts_share_each_file_but_pages_by_one_rule(exported):
    rules = rules_of(exported[0])
    shared = {address for address, _ in addresses_of(exported[0])}
    pages = ("/", "/products", "/products/widget", "/products/widget/lines/2.0", "/schema")

    for address in (*shared, *pages):
        sent = [each for kind, each in rules.items() if kind.fullmatch(f"/{PREFIX}{address}")]
        count = sum("Access-Control-Allow-Origin" in each for each in sent)
        assert count == (address not in pages), address
        assert any("default-src 'none'" in each.get(POLICY, "") for each in sent), address

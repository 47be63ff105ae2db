import re
from html import escape

import httpx
import pytest

from lifecycle import settings
from lifecycle.app import create_app

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def serve(store, clock):
    def build(**variables):
        said = {"LIFECYCLE_SECRET_KEY": "a key that is long enough", **variables}
        app = create_app(settings.load(said, database_url="unused"), store, clock)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="https://lifecycle.test"
        )

    return build


async def test_people_begin_on_a_page_and_programs_with_addresses(serve):
    async with serve() as client:
        page = await client.get("/", headers=HTML)
        addresses = await client.get("/", headers={"Accept": "application/json"})
        curl = await client.get("/", headers={"Accept": "*/*"})

        assert page.headers["content-type"].startswith("text/html")
        assert "<title>Support and lifecycle</title>" in page.text
        assert addresses.json()["products"] == curl.json()["products"] == "/v1/products"
        for response in (page, addresses, curl):
            assert "accept" in response.headers["vary"].split(", ")
        assert page.headers["etag"] != addresses.headers["etag"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html;q=0", "application/json"),
        ("text/html;q=0.0, */*", "application/json"),
        ("text/html;q=0.5, */*;q=0.8", "application/json"),
        ("TEXT/HTML", "text/html"),
        ("text/html; charset=utf-8; q=0.9, application/json;q=0.8", "text/html"),
        ("application/json, text/html", "application/json"),
        ("text/html;q=much", "application/json"),
        (";;q=,,", "application/json"),
    ],
)
async def test_what_is_not_wanted_is_not_sent(serve, accept, kind):
    async with serve() as client:
        start = await client.get("/", headers={"Accept": accept})

    assert start.status_code == 200
    assert start.headers["content-type"].startswith(kind)


async def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(serve):
    async with serve() as client:
        page = await client.get("/", headers=HTML)

    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in policy
    assert "<style" not in page.text
    assert " style=" not in page.text
    loaded = re.findall(r'(?:src|<link rel="stylesheet" href)="([^"]+)"', page.text)
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)


async def test_static_files_hold_for_ever_under_a_name_of_their_contents(serve):
    async with serve() as client:
        page = await client.get("/", headers=HTML)
        address = re.search(r'rel="stylesheet" href="([^"]+)"', page.text)[1]
        plain = await client.get(address, headers={"Accept-Encoding": "identity"})
        compressed = await client.get(address)
        refused = await client.get(address, headers={"Accept-Encoding": "gzip;q=0, br"})
        missing = await client.get("/static/site.000000000000.css")

    assert re.fullmatch(r"/static/site\.[0-9a-f]{12}\.css", address)
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"].startswith("text/css")
    assert compressed.headers["content-encoding"] == "gzip"
    assert compressed.content == plain.content
    assert "content-encoding" not in refused.headers
    assert missing.status_code == 404


async def test_an_unknown_page_is_refused_by_a_page_and_an_unknown_route_by_a_problem(serve):
    async with serve() as client:
        page = await client.get("/nothing", headers=HTML)
        program = await client.get("/nothing")
        route = await client.get("/v1/nothing", headers=HTML)

    assert page.status_code == program.status_code == route.status_code == 404
    assert "<h1>There is nothing here</h1>" in page.text
    assert program.headers["content-type"] == "application/problem+json"
    assert route.headers["content-type"] == "application/problem+json"


async def test_where_reads_need_a_token_a_page_says_how_to_get_access(serve):
    variables = {"LIFECYCLE_PUBLIC_READS": "no", "LIFECYCLE_CONTACT": "help@example.com"}
    async with serve(**variables) as client:
        page = await client.get("/", headers=HTML)
        style = await client.get(re.search(r'href="(/static/[^"]+)"', page.text)[1])

    assert page.status_code == 401
    assert page.headers["www-authenticate"] == "Bearer"
    assert 'href="mailto:help@example.com"' in page.text
    assert style.status_code == 200


async def test_every_link_lies_below_the_path_that_the_service_is_published_at(serve):
    async with serve(LIFECYCLE_BASE_URL="https://example.com/support/life/") as client:
        page = await client.get("/", headers=HTML)
        addresses = (await client.get("/")).json()

    own = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
    assert len(own) > 5
    assert all(address.startswith("/support/life") for address in own)
    assert '<link rel="canonical" href="https://example.com/support/life/">' in page.text
    assert addresses["products"] == "/support/life/v1/products"


async def test_the_operator_names_the_site(serve):
    async with serve(LIFECYCLE_TITLE="Clairdash <support> & more") as client:
        page = await client.get("/", headers=HTML)

    assert "Clairdash &lt;support&gt; &amp; more" in page.text
    assert "<support>" not in page.text


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        ("help@clairdash.example", "mailto:help@clairdash.example"),
        ("a|b{c}@clairdash.example", "mailto:a%7Cb%7Bc%7D@clairdash.example"),
        ("https://clairdash.example/<help>", "https://clairdash.example/%3Chelp%3E"),
    ],
)
async def test_the_link_to_the_operator_s_contact_is_a_valid_address(serve, contact, address):
    async with serve(LIFECYCLE_CONTACT=contact) as client:
        page = await client.get("/", headers=HTML)

    assert f'<a href="{address}">{escape(contact)}</a>' in page.text


@pytest.mark.parametrize(
    "contact", ["<help@clairdash.example>", "Help <help@clairdash.example>", "a b@c.example"]
)
def test_a_contact_with_more_than_its_address_is_refused(contact):
    with pytest.raises(settings.UnusableSetting, match="LIFECYCLE_CONTACT"):
        settings.load({"LIFECYCLE_CONTACT": contact}, database_url="unused")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LIFECYCLE_TITLE", " "),
        ("LIFECYCLE_TITLE", "x" * 101),
        ("LIFECYCLE_CONTACT", "javascript:alert(1)"),
        ("LIFECYCLE_CONTACT", "nobody"),
        ("LIFECYCLE_CONTACT", "https://"),
    ],
)
def test_a_title_or_contact_that_no_page_could_show_is_refused(variable, value):
    with pytest.raises(settings.UnusableSetting, match=variable):
        settings.load({variable: value}, database_url="unused")

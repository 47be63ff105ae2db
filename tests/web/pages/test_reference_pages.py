"""The manual, the rules and the kinds of problems: a page each, and lists of them."""

import json
import re
import subprocess
import sys
from html import unescape

import msgspec
import pytest

from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.check import rule_pages
from lifecycle.gate.rules import documentation
from lifecycle.manual import contents
from lifecycle.manual.problem_kinds import problem_kinds
from lifecycle.web import problem_pages
from testkit.html_pages import text_of
from testkit.responses import ok

pytestmark = pytest.mark.one_database("these pages rest on no store")

HTML = {"Accept": "text/html"}
RULES = documentation.pages() | rule_pages.pages()
PAGES = [
    *(f"/manual/{topic}" for topic in contents.TOPICS),
    *(f"/rules/{rule}" for rule in RULES),
    *(f"/problems/{kind}" for kind in problem_kinds()),
]
PREFIX = "/support/life"


def own_links(page):
    return {unescape(href).partition("#")[0] for href in re.findall(r' href="(/[^"]*)"', page)}


async def test_every_page_is_listed_and_leads_only_to_pages_that_are_there(client):
    known, unread = set(), {"/manual", "/rules", "/problems"}
    while unread:
        address = unread.pop()
        known.add(address)
        page = (await ok(client.get(address, headers=HTML))).text
        assert len(re.findall("<h1>", page)) == 1
        reached = own_links(page) - known
        unread |= {link for link in reached if link.startswith(("/manual", "/rules", "/problems"))}

    assert set(PAGES) <= known


async def test_links_to_a_place_on_a_page_lead_to_one_that_is_there(client):
    for address in ("/rules/removal-too-soon", "/manual/deprecations", "/manual/errors"):
        page = (await ok(client.get(address, headers=HTML))).text
        for href, anchor in re.findall(r' href="(/?[^"#]*)#([^"]+)"', page):
            target = (await ok(client.get(href or address, headers=HTML))).text
            assert f'id="{anchor}"' in target, (address, href, anchor)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
async def test_a_rules_page_says_all_that_is_written_of_it(client, rule):
    text = text_of((await ok(client.get(f"/rules/{rule.id}", headers=HTML))).text)

    written = [value for value in msgspec.to_builtins(rule).values() if value != rule.id]
    assert all(" ".join(part.replace("`", "").split()) in text for part in written)


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("/manual/gates", "did you mean `gate`"),
        ("/rules/removal-unannounce", "did you mean `removal-unannounced`"),
        ("/problems/unknown-releases", "did you mean `unknown-release`"),
        ("/problems/" + "x" * 300, "Unknown kind of problem"),
    ],
)
async def test_an_unknown_page_is_a_404_that_names_the_nearest(client, address, hint):
    response = await client.get(address, headers=HTML)

    assert response.status_code == 404
    assert hint in unescape(response.text)


def test_a_kind_of_problem_is_called_the_same_whatever_a_process_has_loaded():
    code = (
        "import importlib, json, pkgutil\n"
        "import lifecycle.app\n"
        "from lifecycle.web import problem_pages\n"
        "served = problem_pages._titles()\n"
        "for module in pkgutil.walk_packages(lifecycle.__path__, 'lifecycle.'):\n"
        "    importlib.import_module(module.name)\n"
        "problem_pages._titles.cache_clear()\n"
        "print(json.dumps([served, problem_pages._titles()]))\n"
    )

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    served, with_all_loaded = json.loads(told.stdout)
    assert "NotFound" in served
    assert with_all_loaded == served


async def test_the_type_of_a_problem_leads_to_its_page(client, clairdash):
    problem = (await client.get(f"{clairdash}/versions/9.9.9")).json()

    page = (await ok(client.get(problem["type"], headers=HTML))).text

    assert problem["title"].rstrip(".") in unescape(page)
    assert problem["error"] in page


class TestBelowAPath:
    @pytest.fixture
    def configuration(self):
        return {"LIFECYCLE_BASE_URL": f"https://example.com{PREFIX}"}

    async def test_every_link_of_these_pages_begins_with_it(self, client):
        for address in ("/manual", "/manual/errors", "/rules", "/problems", "/problems/too-soon"):
            page = (await ok(client.get(address, headers=HTML))).text
            assert {link for link in own_links(page) if not link.startswith(PREFIX)} == set()

    async def test_so_does_the_type_of_a_problem(self, client):
        problem = (await client.get("/v1/products/nothing")).json()

        assert problem["type"] == f"{PREFIX}/problems/unknown-product"


class TestWhereReadsNeedAToken:
    @pytest.fixture
    def configuration(self):
        return {"LIFECYCLE_PUBLIC_READS": "no"}

    @pytest.mark.parametrize("address", ["/manual", "/rules", "/problems/too-soon"])
    async def test_these_pages_do_too(self, client, address):
        assert (await client.get(address, headers=HTML)).status_code == 401


def test_a_kind_of_problem_is_called_the_same_whatever_runs_the_application():
    from lifecycle.cli import demo_receiver  # noqa: PLC0415 -- what some commands load
    from lifecycle.client import service_errors  # noqa: PLC0415

    problem_pages._titles.cache_clear()
    kinds = problem_kinds()

    assert demo_receiver.PortUnavailable.__name__ in {kind.name for kind in kinds.values()}
    assert problem_pages._title(kinds["port-unavailable"]) == "Port unavailable"
    assert problem_pages._title(kinds["not-a-demo-store"]) == "Not a demo store"
    assert service_errors.InvalidToken.__doc__
    assert problem_pages._title(kinds["invalid-token"]) == "The token is not valid"
    assert problem_pages._title(kinds["unknown-release"]) == UnknownRelease.__doc__.rstrip(".")

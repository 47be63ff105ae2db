"""The list of changes, on a page."""

import re

import feedparser
import pytest

from testkit.html_pages import days_in, text_of
from testkit.responses import ok

pytestmark = pytest.mark.one_database("pages are read models of the snapshot")

PAGE = "/changes"
NASTY = "Ac,me; \"Q\" & <script>alert('x')</script> שלום 😀"


def titles(html):
    return [text_of(title) for title in re.findall(r"<h3>.*?</h3>", html, re.DOTALL)]


def link(html, rel_type):
    tag = re.search(rf'<link rel="alternate" type="{rel_type}"[^>]*>', html)[0]
    return re.search(r'href="([^"]*)"', tag)[1].replace("&amp;", "&")


@pytest.mark.parametrize("query", ["", "?tier=enterprise", "?products=clairdash&kind=removal"])
async def test_the_page_lists_what_its_feed_has(client, announce, query):
    await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")

    page = (await ok(client.get(f"{PAGE}{query}"))).text
    feed = feedparser.parse((await ok(client.get(link(page, r"application/atom\+xml")))).content)

    assert titles(page)
    assert titles(page) == [entry.title for entry in feed.entries]


async def test_what_to_do_stands_there_in_words_whose_links_work(client, announce):
    guide = "Call **`/v2`**: [the guide](https://docs.example/g) <b>"
    await announce(kind="removal", feature="rest-v1", migration=guide, replacement="**v2**")

    page = (await ok(client.get(PAGE))).text
    feed = (await ok(client.get(link(page, r"application/atom\+xml")))).text

    assert "What to do: Call /v2: the guide (https://docs.example/g) <b>" in text_of(page)
    assert '<a href="https://docs.example/g" rel="nofollow noopener">' in page
    assert "Replacement: v2" in text_of(page)
    assert "**" not in page + feed


async def test_days_stand_in_full_and_as_distance_under_their_months(client, clairdash):
    page = (await ok(client.get(f"{PAGE}?tier=enterprise"))).text

    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page) == [
        "September 2026",
        "August 2026",
        "July 2026",
        "June 2026",
        "May 2026",
    ]
    assert days_in(page)[:2] == ["2026-09-30", "2026-08-31"]
    assert "30 September 2026 (52 days ago)" in text_of(page)


async def test_the_calendar_is_named_in_the_head(client, clairdash):
    page = (await ok(client.get(f"{PAGE}?products=clairdash&tier=pro&kind=removal"))).text

    assert link(page, "text/calendar") == "/calendar.ics?products=clairdash&tier=pro"
    await ok(client.get(link(page, "text/calendar")))


async def test_long_lists_have_pages(client, admin, make_product):
    await make_product("old", line_by="minor")
    window = {"newest": {"count": 1, "of": "minor"}}
    policy = {
        "policy": "old",
        "version": "1",
        "in_force_from": "2010-01-01",
        "tiers": {"pro": {"rank": 0, "window": window}},
    }
    await ok(client.put("/v1/products/old/policy", json=policy, headers=admin))
    releases = [
        {"version": f"1.{n}.0", "released_on": f"20{15 + n // 12}-{n % 12 + 1:02}-01"}
        for n in range(61)
    ]
    await ok(client.post("/v1/products/old/releases", json=releases, headers=admin))

    first = (await ok(client.get(f"{PAGE}?products=old"))).text
    older = re.search(r'<a rel="next" href="([^"]*)"', first)[1].replace("&amp;", "&")
    second = (await ok(client.get(older))).text
    beyond = await client.get(f"{PAGE}?products=old&page=3")

    assert len(titles(first)) == 50
    assert len(titles(second)) == 10
    assert not set(titles(first)) & set(titles(second))
    assert "Page 2 of 2" in second
    assert beyond.status_code == 400
    assert "use 1 to 2." in text_of(beyond.text)


@pytest.mark.parametrize(
    ("query", "status", "part"),
    [
        ("products=clairdsh", 404, "Did you mean 'clairdash'?"),
        ("tier=enterprize", 404, "did you mean `enterprise`?"),
        ("kind=removl", 400, "did you mean `removal`?"),
        ("event=x", 400, "use announced, amended, withdrawn, effective, ended"),
        ("page=0", 400, "use 1."),
        ("page=²", 400, "use 1."),
        ("products=a%00", 400, "products holds the control character U+0000"),
        ("tier=a%7f", 400, "tier holds the control character U+007F"),
        ("page=" + "9" * 5000, 400, "use 1."),
        ("products=" + ",".join(f"p{n}" for n in range(101)), 400, "at most 100"),
    ],
)
async def test_what_is_wrong_is_said_above_the_form_as_it_was_filled(
    client, clairdash, query, status, part
):
    response = await client.get(f"{PAGE}?{query}")

    assert response.status_code == status
    assert part in text_of(response.text)
    assert response.headers["content-type"].startswith("text/html")
    name, _, value = query.partition("=")
    value = value.replace("%00", r"\x00").replace("%7f", r"\x7f")
    if name == "products":
        assert f'value="{value}"' in response.text
    if name == "tier":
        assert f'<option value="{value}" selected>' in response.text


async def test_an_empty_form_asks_for_everything(client, clairdash):
    page = (await ok(client.get(f"{PAGE}?products=&tier=&kind=&event=&page="))).text

    assert titles(page) == titles((await ok(client.get(PAGE))).text)


async def test_what_a_person_writes_stays_text(client, admin, clairdash, announce):
    nasty = {"name": NASTY, "stages": [{"stage": "ga", "from_version": "3.1.0"}]}
    await ok(client.put(f"{clairdash}/features/nasty", json=nasty, headers=admin))
    said = {"reason": NASTY, "migration": NASTY, "replacement": NASTY}
    await announce(kind="removal", feature="nasty", effective_on="2027-09-01", **said)

    page = (await ok(client.get(PAGE))).text

    assert "<script>" not in page
    assert text_of(page).count(NASTY) == 4


async def test_a_draft_is_on_no_page(client, publish):
    body = {"product": "clairdash", "kind": "removal", "feature": "rest-v1", "reason": "MARKER"}
    await ok(client.post("/v1/deprecations", json=body, headers=publish))

    assert "MARKER" not in (await ok(client.get(PAGE, headers=publish))).text

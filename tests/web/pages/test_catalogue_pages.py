import re
from html import escape

import pytest

from lifecycle.web import catalogue_pages
from testkit.html_pages import days_in, text_of
from testkit.policy_samples import document
from testkit.responses import ok

HOSTILE = '"><script>alert(1)</script> \U0001f9e8 \u05e9\u05dc\u05d5\u05dd & ünïcode'
pytestmark = pytest.mark.one_database("pages are read models of snapshots")


@pytest.fixture
async def planned(client, clairdash, admin):
    """Plan the release that will end support for the oldest line that is covered."""
    plan = {"version": "3.11.0", "planned_on": "2026-12-08"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))


async def shown(client, **query):
    return (await ok(client.get("/products", params=query))).text


def entries_of(page):
    """Give the lines of the list of products."""
    listed = page[: page.index('<section aria-labelledby="calendar">')]
    return re.findall(r"<li>\n<span><a class=\"name\".*?</li>", listed, re.DOTALL)


def calendar_of(page):
    return page[page.index('<section aria-labelledby="calendar">') :]


async def test_each_product_says_what_is_newest_and_what_ends_next(client, clairdash, planned):
    (entry,) = entries_of(await shown(client))

    assert text_of(entry) == (
        "clairdash newest 3.10.0"
        " next to end 3.6 for Enterprise; 3.10 for Pro on 7 December 2026 (in 16 days)"
    )


@pytest.mark.parametrize("day", [6, 7, 8])
async def test_days_are_the_matrixs_before_an_end_on_it_and_after_it(
    client, clairdash, planned, clock, day
):
    clock.now = clock.now.replace(month=12, day=day)
    answer = (await ok(client.get(f"{clairdash}/support"))).json()
    covered = [
        (answer["supported_until"], line["line"], tier)
        for line in answer["lines"]
        for tier, answer in line["tiers"].items()
        if answer["status"] in {"supported", "ending"}
        and (answer["supported_until"] or answer["projected_until"])
    ]

    calendar = calendar_of(await shown(client))

    fixed = {until for until, _, _ in covered if until}
    listed = re.sub(r'<ul class="entries estimated">.*?</ul>', "", calendar, flags=re.DOTALL)
    assert set(days_in(listed)) == fixed
    for _, line, _ in covered:
        assert f'href="/products/clairdash/lines/{line}"' in calendar


async def test_estimates_stand_apart_and_are_called_so(client, clairdash):
    calendar = calendar_of(await shown(client))

    assert "<h4>By estimate</h4>" in calendar
    estimated = re.findall(r'<ul class="entries estimated">(.*?)</ul>', calendar, re.DOTALL)
    for entry in re.findall("<li>.*?</li>", "".join(estimated), re.DOTALL):
        assert re.match(r"about \d.*\(estimate|a new release, which may", text_of(entry))


async def test_announced_changes_are_in_the_calendar_and_lead_to_their_pages(client, announce):
    path = await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")

    calendar = calendar_of(await shown(client))

    (entry,) = [
        line
        for line in re.findall("<li>.*?</li>", calendar, re.DOTALL)
        if "Removal of REST (rest-v1) in clairdash" in line
    ]
    assert f'href="{path.removeprefix("/v1")}"' in entry
    assert days_in(entry) == ["2027-09-01"]


async def test_a_search_shows_what_matches_and_the_calendar_of_that(client, clairdash, admin):
    other = {"slug": "angstrom", "name": "Ångström", "identifiers": ["pkg:npm/unit"]}
    await ok(client.post("/v1/products", json=other, headers=admin))

    for question in ("ANGSTROM", "pkg:npm/unit", "ångström"):
        page = await shown(client, q=question)
        (entry,) = entries_of(page)
        assert text_of(entry) == "Ångström no support policy"
        assert "1 of 2 products match" in text_of(page)
        assert "Nothing is known to end." in calendar_of(page)
        assert f'value="{question}"' in page

    assert len(entries_of(await shown(client, q=" "))) == 2
    none = await shown(client, q="nothing")
    assert "0 of 2 products match" in text_of(none)
    assert entries_of(none) == []


async def test_a_search_that_is_too_long_is_refused_with_the_form_as_it_was_filled(
    client, clairdash
):
    response = await client.get("/products", params={"q": "x" * 5000})

    assert response.status_code == 400
    assert f'value="{"x" * 200}"' in response.text
    assert 'aria-invalid="true"' in response.text
    assert "The search is 5000 characters long; at most 200 are allowed." in response.text
    assert len(entries_of(response.text)) == 1


async def test_a_tier_keeps_its_products_and_what_ends_for_it(client, clairdash, planned, admin):
    await ok(client.post("/v1/products", json={"slug": "other"}, headers=admin))

    page = await shown(client, tier="pro")

    (entry,) = entries_of(page)
    assert text_of(entry).startswith("clairdash newest 3.10.0 next to end 3.10 for Pro on 7 Dec")
    assert "3.6" not in text_of(calendar_of(page))
    assert "1 of 2 products have the tier Pro." in text_of(page)
    assert '<option value="pro" selected>' in page
    for kind in ("calendar.ics", "changes.atom"):
        assert f'href="/{kind}?tier=pro"' in page
    assert "3.6" in text_of(calendar_of(await shown(client, tier="enterprise")))
    assert text_of(entries_of(await shown(client))[0]).count("for Enterprise") == 1


@pytest.mark.parametrize(
    ("query", "status", "said", "marked"),
    [
        ({"tier": "prp"}, 404, "'prp' is not a tier of these products; did you mean", {"tier"}),
        ({"tier": "x" * 5000}, 400, "tier is 5000 characters long", {"tier"}),
        ({"q": "cla\0"}, 400, "The search holds the control character U+0000", {"q"}),
        ({"q": "x" * 201, "tier": "prp"}, 400, "The search is 201 characters long", {"q", "tier"}),
    ],
)
async def test_what_cannot_be_looked_for_is_said_beside_the_form_as_it_was_filled(
    client, clairdash, query, status, said, marked
):
    response = await client.get("/products", params=query)

    page = response.text
    assert response.status_code == status
    assert said in text_of(re.search(r'id="refusal".*?</div>', page, re.DOTALL)[0])
    assert set(re.findall(r'name="(\w+)"[^>]* aria-invalid="true"', page)) == marked
    assert len(entries_of(page)) == 1
    assert "\0" not in page
    for name, value in query.items():
        kept = value[:200].replace("\0", "\\x00")
        assert f'value="{kept}"' in page, name


async def test_what_people_write_stays_text(client, clairdash, admin):
    product = {"slug": "hostile", "name": HOSTILE}
    await ok(client.post("/v1/products", json=product, headers=admin))

    page = await shown(client, q=HOSTILE)

    assert "<script>alert" not in page
    escaped = escape(HOSTILE, quote=False).replace('"', "&#34;")
    assert f"<bdi>{escaped}</bdi></a>" in page
    assert f'value="{escaped}"' in page


async def test_drafts_are_not_in_the_calendar(client, publish):
    body = {"product": "clairdash", "kind": "removal", "feature": "rest-v1", "reason": "Zebrafish"}
    draft = body | {"effective_on": "2027-09-01"}
    await ok(client.post("/v1/deprecations", json=draft, headers=publish))

    page = await shown(client)

    assert "rest-v1" not in page
    assert "2027-09-01" not in page


async def test_no_products_are_said(client):
    page = await shown(client)

    assert "No product is published yet." in page


async def test_only_the_product_that_changed_is_written_again(
    client, clairdash, admin, monkeypatch
):
    await ok(client.post("/v1/products", json={"slug": "other"}, headers=admin))
    await shown(client)
    written, write = [], catalogue_pages.WrittenEntry
    monkeypatch.setattr(
        catalogue_pages,
        "WrittenEntry",
        lambda entry, *parts: written.append(entry.slug) or write(entry, *parts),
    )

    await ok(client.put("/v1/products/other", json={"name": "Renamed"}, headers=admin))
    page = await shown(client)

    assert written == ["other"]
    assert "Renamed" in page


async def test_the_page_is_kept_until_any_product_changes(app, client, clairdash, admin):
    first = await client.get("/products")
    hits = app.hits
    tag = {"If-None-Match": first.headers["etag"]}

    again = await client.get("/products", headers=tag)
    await ok(client.post("/v1/products", json={"slug": "other"}, headers=admin))
    changed = await client.get("/products", headers=tag)

    assert (again.status_code, changed.status_code) == (304, 200)
    assert app.hits == hits + 1


@pytest.mark.parametrize(
    ("end_of_life", "said"),
    [("2026-01-31", "no version is supported"), (False, "no end known")],
)
async def test_where_nothing_is_to_end_it_is_said_whether_anything_is_supported(
    client, admin, end_of_life, said
):
    window = {"declared": "end_of_life"}
    policy = document(tiers={"pro": {"rank": 0, "window": window}}, in_force_from="2024-01-01")
    for method, path, body in (
        ("POST", "/v1/products", {"slug": "gadget", "line_by": "declared"}),
        ("PUT", "/v1/products/gadget/lines/1", {"declared": {"end_of_life": end_of_life}}),
        ("PUT", "/v1/products/gadget/policy", policy),
        ("POST", "/v1/products/gadget/releases",
         {"version": "1.0.0", "line": "1", "released_on": "2025-01-01"}),
    ):  # fmt: skip
        await ok(client.request(method, path, json=body, headers=admin))

    (entry,) = entries_of(await shown(client))

    assert text_of(entry) == f"gadget newest 1.0.0 {said}"


async def test_a_long_list_comes_page_by_page_with_the_calendar_on_the_first(
    client, clairdash, planned, admin, monkeypatch
):
    monkeypatch.setattr(catalogue_pages, "ON_A_PAGE", 2)
    for slug in ("alpha", "beta", "delta"):
        await ok(client.post("/v1/products", json={"slug": slug, "name": "Tool"}, headers=admin))

    first = await shown(client, q="")
    second = await shown(client, page="2")
    of_search = await shown(client, q="tool", page="2")
    beyond = await client.get("/products?page=3")

    assert [len(entries_of(first)), second.count('class="name"')] == [2, 2]
    assert "Page 1 of 2" in first
    assert 'href="/products?page=2"' in first
    assert "4 products" in first
    assert "7 December 2026" in calendar_of(first)
    assert 'id="calendar"' not in second
    assert 'href="/products#calendar"' in second
    assert "3 of 4 products" in text_of(of_search)
    assert 'href="/products?page=1&amp;q=tool"' in of_search
    assert beyond.status_code == 400
    assert "Until then the first is shown." in beyond.text

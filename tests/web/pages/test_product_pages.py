import re
from datetime import date, datetime
from html import unescape

import pytest

from lifecycle.web import product_pages
from testkit.html_pages import days_in, rows_of, text_of
from testkit.published_lifecycles import publish_lifecycles
from testkit.responses import ok
from testkit.told_days import days_of

PAGE = "/products/clairdash"
pytestmark = pytest.mark.one_database("pages are read models of the snapshot")


async def test_the_answer_stands_first(client, clairdash, admin):
    plan = {"version": "3.11.0", "planned_on": "2026-12-08"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))

    page = (await ok(client.get(PAGE))).text

    lead = text_of(re.search(r'<p class="lead">.*?</p>', page, re.DOTALL)[0])
    assert lead == (
        "3.10.0 is the newest version. Community support is best effort; Pro covers 3.10.0; "
        "Enterprise covers 3.10 down to 3.6. Next to end: 3.10.0 for Pro and 3.6 for Enterprise, "
        "covered until 7 December 2026 (in 16 days)."
    )


async def test_an_estimate_is_called_one(client, clairdash):
    page = (await ok(client.get(PAGE))).text

    lead = text_of(re.search(r'<p class="lead">.*?</p>', page, re.DOTALL)[0])
    assert "by estimate; releases that are not out yet decide it." in lead


async def test_every_day_of_the_matrix_is_the_apis(client, clairdash, admin):
    plan = {"version": "3.11.0", "planned_on": "2026-12-08"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))
    answered = (await ok(client.get(f"{clairdash}/support"))).json()

    page = (await ok(client.get(PAGE))).text

    rows = rows_of(page, "matrix")
    assert len(rows) == len(answered["lines"])
    for row, line in zip(rows, answered["lines"], strict=True):
        assert text_of(row[0]).startswith(line["line"])
        assert text_of(row[1]) == (line["latest"] or "")
        assert days_in(row[2]) == [line["released_on"]]
        for cell, answer in zip(row[3:], line["tiers"].values(), strict=True):
            assert f'"status {answer["status"]}"' in cell
            assert days_in(cell) == days_of(answer)


@pytest.mark.parametrize("day", ["2026-12-06", "2026-12-07", "2026-12-08"])
async def test_around_an_end_a_version_is_answered_as_the_api_answers(
    client, clairdash, admin, day
):
    plan = {"version": "3.11.0", "planned_on": "2026-12-08"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))
    query = {"version": "3.6.0", "tier": "enterprise", "at": day}
    path = f"{clairdash}/versions/3.6.0"
    answer = (await ok(client.get(path, params={"tier": "enterprise", "at": day}))).json()

    page = (await ok(client.get(PAGE, params=query))).text

    card = re.search(r'<div class="card" role="status">.*?</div>', page, re.DOTALL)[0]
    assert f'"status {answer["status"]}"' in card
    assert answer["supported_until"] == "2026-12-07"
    assert "2026-12-07" in days_in(card)
    assert answer["reason"] in text_of(card)
    assert (answer["status"] == "unsupported") == (day > "2026-12-07")


async def test_a_version_is_answered_for_every_tier_where_none_is_chosen(client, clairdash):
    page = (await ok(client.get(PAGE, params={"version": "3.9.0", "tier": ""}))).text

    headings = re.findall(r"<h3>[^<]* with .*?</h3>", page, re.DOTALL)
    assert [text_of(heading) for heading in headings] == [
        "3.9.0 with Community Best effort",
        "3.9.0 with Pro Not supported",
        "3.9.0 with Enterprise Supported",
    ]


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({"version": "3.99.0"}, 404, "clairdash has no release '3.99.0'."),
        ({"version": "3.9.0", "tier": "gold"}, 404, "gold"),
        ({"version": "9" * 60_000}, 400, "version"),
        ({"version": "3.9.0", "at": "1900-01-01"}, 200, "No policy was in force on 1 January 1900"),
        ({"at": "2026-02-30"}, 400, "is not a valid date"),
        ({"version": "<script>alert(1)</script>"}, 400, "<script>alert(1)</script>"),
    ],
)
async def test_what_cannot_be_answered_is_said_on_the_page(
    client, clairdash, query, status, message
):
    response = await client.get(PAGE, params=query)

    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")
    assert message in unescape(response.text)
    assert "<script>alert" not in response.text
    assert len(response.content) < 100_000


async def test_a_version_s_own_address_answers_as_the_form_does(client, clairdash):
    own = await client.get(f"{PAGE}/versions/3.9.0?tier=enterprise")
    by_form = await client.get(PAGE, params={"version": "3.9.0", "tier": "enterprise"})
    unknown = await client.get(f"{PAGE}/versions/3.99.0")

    assert (own.status_code, unknown.status_code) == (200, 404)
    said = re.search(r"3\.9\.0[^<]{3,}", unescape(by_form.text))[0]
    assert said in unescape(own.text)


async def test_a_refused_form_stays_as_it_was_filled(client, clairdash):
    query = {"version": "3.99.0", "tier": "enterprise"}

    page = (await client.get(PAGE, params=query)).text

    assert 'value="3.99.0"' in page
    assert '<option value="enterprise" selected>' in page
    nearest = re.search(r'href="(/products/clairdash\?version=3\.10\.0[^"]*)"', page)[1]
    assert (await client.get(unescape(nearest))).status_code == 200


@pytest.mark.parametrize(
    ("query", "tier"),
    [
        ({"version": "3.9.0", "tier": "enterprise"}, "enterprise"),
        ({"tier": "gold"}, None),
        ({}, None),
    ],
)
async def test_what_one_subscribes_to_is_for_the_tier_that_was_chosen(
    client, clairdash, query, tier
):
    page = unescape((await client.get(PAGE, params=query)).text)

    asked = f"?tier={tier}" if tier else ""
    for name in ("changes.atom", "calendar.ics"):
        address = f"{PAGE}/{name}{asked}"
        assert re.findall(rf'href="([^"]*/{re.escape(name)}[^"]*)"', page) == [address] * 2
        assert (await client.get(address)).status_code == 200


@pytest.mark.parametrize("version", ["3.9", "3.9.99"])
async def test_a_version_that_is_not_known_leads_to_its_line(client, clairdash, version):
    page = (await client.get(PAGE, params={"version": version})).text

    refusal = re.search(r'<div class="card alert" id="refusal".*?</div>', page, re.DOTALL)[0]
    assert "'line'" not in unescape(refusal)
    assert 'href="/products/clairdash/lines/3.9"' in refusal


async def test_an_answer_for_another_day_says_so(client, clairdash):
    card = r'<div class="card" role="status">.*?</div>'

    now = (await ok(client.get(PAGE, params={"version": "3.10.0"}))).text
    later = await ok(client.get(PAGE, params={"version": "3.10.0", "at": "2030-01-01"}))

    assert "As of" not in re.search(card, now, re.DOTALL)[0]
    cards = re.findall(card, later.text, re.DOTALL)
    assert len(cards) == 3
    assert all("As of 1 January 2030 (in " in text_of(each) for each in cards)


async def test_a_tier_may_be_called_like_a_part_of_a_page(client, clairdash, admin):
    window = {"newest": {"count": 2, "of": "minor"}}
    tiers = {
        name: {"rank": rank, "window": window}
        for rank, name in enumerate(["content", "releases", "pro", "community", "enterprise"])
    }
    policy = {"policy": "names", "version": "2", "in_force_from": "2026-11-30", "tiers": tiers}
    await ok(client.put(f"{clairdash}/policy", json=policy, headers=admin))

    for path in (f"{PAGE}/lines/3.9?at=2026-12-01", PAGE):
        page = (await ok(client.get(path))).text

        ids = re.findall(r'\sid="([^"]+)"', page)
        assert sorted(ids) == sorted(set(ids)), path


async def test_the_policy_in_force_stands_before_the_one_that_is_to_come(client, clairdash, admin):
    tiers = {name: {"rank": rank} for rank, name in enumerate(["community", "pro", "enterprise"])}
    for tier in tiers.values():
        tier["window"] = {"newest": {"count": 9, "of": "minor"}}
    policy = {"policy": "more", "version": "2", "in_force_from": "2027-01-15", "tiers": tiers}
    await ok(client.put(f"{clairdash}/policy", json=policy, headers=admin))

    page = (await ok(client.get(PAGE))).text

    first, then = re.findall(r'<article class="card">\s*<h3>(.*?)</h3>', page)
    assert "Coming" not in first
    assert text_of(then) == "Coming on 15 January 2027: more, version 2"


@pytest.mark.parametrize("name", ["version", "tier"])
@pytest.mark.parametrize(
    ("value", "said", "kept"),
    [
        ("3.9\0", "holds the control character U+0000 at position 4; remove it", r"3.9\x00"),
        ("x" * 4000, "is 4000 characters long; at most 200 are allowed", "x" * 200),
    ],
)
async def test_what_no_field_can_hold_is_said_beside_the_form_as_it_was_filled(
    client, clairdash, name, value, said, kept
):
    query = {"version": "3.9.0", "tier": "pro"} | {name: value}

    response = await client.get(PAGE, params=query)

    assert response.status_code == 400
    assert f"{name} {said}" in text_of(response.text)
    assert kept in unescape(response.text)
    assert "x" * 201 not in response.text
    assert "Is my version supported?" in response.text


async def test_what_stands_whatever_is_asked_is_worked_out_once_a_day(
    client, clairdash, clock, monkeypatch
):
    worked_out = []
    work_out = product_pages.matrix
    monkeypatch.setattr(
        product_pages,
        "matrix",
        lambda *args, **said: worked_out.append(said) or work_out(*args, **said),
    )

    for version in ("", "3.9.0", "3.8.0", "nothing"):
        await client.get(PAGE, params={"version": version})
    clock.advance(days=1)
    await client.get(PAGE)

    assert [said["today"].isoformat() for said in worked_out] == ["2026-11-21", "2026-11-22"]


async def test_every_cell_leads_to_its_reason(client, clairdash):
    page = (await ok(client.get(PAGE))).text
    answered = (await ok(client.get(f"{clairdash}/support"))).json()

    for row, line in zip(rows_of(page, "matrix"), answered["lines"], strict=True):
        for cell, (tier, answer) in zip(row[3:], line["tiers"].items(), strict=True):
            path, _, anchor = re.search(r'href="([^"]+)"', cell)[1].partition("#")
            reasons = (await ok(client.get(path))).text
            section = re.search(
                rf'<section class="card" aria-labelledby="tier-{tier}">.*?</section>',
                reasons,
                re.DOTALL,
            )[0]
            assert anchor == f"tier-{tier}"
            assert answer["reason"] in text_of(section)
            assert "clairdash-support, version" in text_of(section)


async def test_an_unknown_line_or_product_is_a_page_that_says_so(client, clairdash):
    for path in ("/products/clairdash/lines/9.9", "/products/nothing"):
        response = await client.get(path)

        assert response.status_code == 404
        assert response.headers["content-type"].startswith("text/html")


async def test_a_response_is_due_as_the_api_reckons(client, clairdash, clock):
    asked = {"tier": "enterprise", "opened_at": clock.now.isoformat()}
    answer = (await ok(client.get(f"{clairdash}/entitlements", params=asked))).json()

    response = await ok(client.get(f"{PAGE}/entitlements"))

    due = datetime.fromisoformat(answer["due"]).isoformat(timespec="minutes")
    assert f'<time datetime="{due}">' in response.text
    assert response.headers["cache-control"] == "private, no-cache"


async def test_a_product_without_releases_or_a_policy_says_that_nothing_is_known(client, admin):
    bare = {"slug": "bare", "name": "Bare & <b>bold</b>"}
    await ok(client.post("/v1/products", json=bare, headers=admin))

    page = (await ok(client.get("/products/bare"))).text

    assert "Nothing is known of Bare &amp; &lt;b&gt;bold&lt;/b&gt; yet" in page
    assert "<b>bold" not in page


async def test_a_page_names_the_lifecycle_a_minute_after_it_is_published(
    app, client, clairdash, store, clock
):
    before = (await ok(client.get(PAGE))).text
    hits = app.hits
    await ok(client.get(PAGE))

    await publish_lifecycles(store, clock)
    clock.advance(seconds=60)
    after = (await ok(client.get(PAGE))).text

    assert app.hits == hits + 1

    assert "cle.json" not in before
    assert f'href="{PAGE}/cle.json"' in after
    assert "For tools: CLE, OpenEoX, CycloneDX, endoflife.date" in text_of(after)
    await ok(client.get(f"{PAGE}/cle.json"))


async def test_a_page_is_kept_as_the_api_is_and_answers_if_none_match(
    app, client, clairdash, store, clock
):
    await publish_lifecycles(store, clock)
    first = await client.get(PAGE)
    hits = app.hits

    again = await client.get(PAGE, headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 304
    assert app.hits == hits + 1


async def test_a_day_on_the_page_is_one_of_the_policys_zone(client, clairdash, clock):
    clock.now = clock.now.replace(hour=3)

    page = (await ok(client.get(PAGE))).text

    yesterday = date.fromordinal(clock.now.date().toordinal() - 1)
    assert days_in(page)[0] == yesterday.isoformat()
    assert "America/New_York" in page


async def test_what_is_over_ended_and_what_is_planned_begins(client, clairdash, admin):
    plan = {"version": "3.11.0", "planned_on": "2026-12-08"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))
    answered = (await ok(client.get(f"{clairdash}/support"))).json()

    page = (await ok(client.get(PAGE))).text

    for row, line in zip(rows_of(page, "matrix"), answered["lines"], strict=True):
        for cell, answer in zip(row[3:], line["tiers"].values(), strict=True):
            words = text_of(cell)
            if answer["status"] == "unsupported":
                assert " until " not in words
                assert ("ended" in words) == (answer["supported_until"] is not None)
            if answer["status"] == "planned" and answer["supported_from"]:
                assert words.startswith("Planned from 8 December 2026")


async def test_many_lines_that_are_long_over_are_folded(client, clairdash, admin):
    old = [{"version": f"2.{minor}.0", "released_on": "2020-01-01"} for minor in range(20)]
    for release in old:
        await ok(client.post(f"{clairdash}/releases", json=release, headers=admin))
    answered = (await ok(client.get(f"{clairdash}/support"))).json()

    page = (await ok(client.get(PAGE))).text

    folded = re.search(r'<details class="older">.*?</details>', page, re.DOTALL)[0]
    assert "more lines, not supported within the last year" in text_of(folded)
    assert len(rows_of(folded, "matrix")) > 10
    names = {text_of(row[0]) for row in rows_of(page, "matrix")}
    assert names == {line["line"] for line in answered["lines"]}


async def test_without_a_policy_a_product_lists_its_lines_and_each_its_declared_days(client, admin):
    declared = {
        "active_support": "2026-06-30",
        "end_of_life": "2027-01-31",
        "security_support": True,
    }
    for path, facts in (
        ("gadget", {"name": "Gadget", "scheme": "declared", "line_by": "declared"}),
        ("gadget/lines/1", {"declared": declared}),
    ):
        await ok(client.put(f"/v1/products/{path}", json=facts, headers=admin))

    product = (await ok(client.get("/products/gadget"))).text
    line = text_of((await ok(client.get("/products/gadget/lines/1"))).text).replace("\xa0", " ")

    assert "so nothing is promised." in text_of(product)
    assert '<a href="/products/gadget/lines/1">1</a>' in product
    assert "Active support 30 June 2026 (144 days ago)" in line
    assert "Security support ended, day not declared" in line
    assert "End of life 31 January 2027" in line

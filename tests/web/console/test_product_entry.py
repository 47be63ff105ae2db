"""Products, their releases and their lines entered by pages."""

import re

import pytest

from lifecycle.web import product_lists
from testkit.html_pages import text_of
from testkit.responses import ok

NEW = "/console/product-new"
PAGE = "/console/products/studio"
LISTS = f"{PAGE}/release-import"
LINES = f"{PAGE}/lines"
FACTS = {
    "slug": "studio",
    "name": "Studio",
    "scheme": "semver",
    "line_by": "minor",
    "identifiers": "pkg:npm/studio\npkg:pypi/studio",
    "public": "yes",
}
LIST = "version,day\n1.0.0,2026-01-05\n1.1.0,2026-04-01\n2.0.0,2027-01-15\n"
pytestmark = pytest.mark.one_database("what HTTP makes of it")


@pytest.fixture
async def vendor(signed_in, clairdash):
    return await signed_in("publish")


@pytest.fixture
async def studio(vendor):
    return await vendor.submit(NEW, **FACTS)


async def stored(client, path="/v1/products/studio"):
    return (await ok(client.get(path))).json()


async def test_a_product_is_added_as_the_api_adds_it(vendor, studio, client):
    facts = await stored(client)

    assert studio == f"{PAGE}?done=product-added"
    assert facts["identifiers"] == ["pkg:npm/studio", "pkg:pypi/studio"]
    assert (facts["name"], facts["public"]) == ("Studio", True)
    page = text_of(await vendor.open(studio))
    assert "The product is added." in page
    assert "Enter its releases" in page
    assert "Enter the first policy" in page
    assert PAGE in await vendor.open("/console/products")


async def test_an_alias_of_another_product_is_refused_at_the_short_name(vendor, client, admin):
    await ok(client.post("/v1/products", json={"slug": "al1", "aliases": ["al2"]}, headers=admin))

    refused = await vendor.send(NEW, **FACTS | {"slug": "al2"})
    put = await client.put("/v1/products/al2", json={}, headers=admin)

    assert (refused.status_code, put.status_code) == (409, 409)
    assert "Is an alias of the product 'al1'" in text_of(refused.text)
    assert [problem["field"] for problem in put.json()["errors"]] == ["slug"]


async def test_a_mistake_is_named_at_its_field_and_keeps_what_was_typed(vendor, studio):
    wrong = FACTS | {
        "slug": "Big Thing",
        "scheme": "declared",
        "identifiers": "pkg:npm/fine\nnonsense",
    }
    shape = await vendor.send(NEW, **wrong)
    facts = await vendor.send(NEW, **wrong | {"slug": "big"})
    twice = await vendor.send(NEW, **FACTS)

    assert shape.status_code == facts.status_code == 400
    assert 'href="#field-slug"' in shape.text
    assert 'value="Big Thing"' in shape.text
    assert 'href="#field-line_by"' in facts.text
    assert 'href="#field-identifiers"' in facts.text
    assert "entry 2 must be a package URL" in text_of(facts.text)
    assert twice.status_code == 409
    assert "already exists" in twice.text
    assert "PUT" not in text_of(twice.text)
    assert f'<a href="{PAGE}">Open the existing product</a>' in twice.text


async def test_another_products_identifier_is_refused_at_its_field(
    vendor, studio, client, signed_in
):
    await vendor.submit(NEW, **FACTS | {"slug": "other", "identifiers": "pkg:npm/other"})
    limited = await signed_in("publish:other")
    said = {"identifiers": "pkg:npm/other\npkg:npm/studio", "revision": "1"}

    refused = await limited.send("/console/products/other", **FACTS | said)

    assert refused.status_code == 409
    assert "entry 2 belongs to the product 'studio'" in text_of(refused.text)
    assert (await stored(client, "/v1/products/other"))["identifiers"] == ["pkg:npm/other"]


async def test_a_product_is_corrected_unless_somebody_changed_it_meanwhile(vendor, studio, client):
    said = FACTS | {"name": "Studio One", "revision": "1", "public": ""}
    led = await vendor.submit(PAGE, **said)
    stale = await vendor.send(PAGE, **said | {"name": "Other"})

    assert led.endswith("product-changed")
    assert stale.status_code == 412
    assert "It was changed after you opened it" in stale.text
    assert 'value="Other"' in stale.text
    assert 'name="revision" value="2"' in stale.text
    assert (await client.get("/v1/products/studio")).status_code == 404
    assert "not public" in await vendor.open("/console/products")


async def test_a_form_says_whose_support_endoflife_clients_are_shown(
    vendor, client, clairdash, admin
):
    page = "/console/products/clairdash"
    shown = {"category": "framework"}
    facts = {"endoflife": {"eol": "pro"}, "presentation": shown}
    await ok(client.put("/v1/products/clairdash", json=facts, headers=admin))
    before = await stored(client, "/v1/products/clairdash")
    fields = {"scheme": "semver", "line_by": "minor", "public": "yes"}

    said = await vendor.open(page)
    unknown = await vendor.send(page, **fields, **{"endoflife.eol": "gold"}, revision="2")
    await vendor.submit(page, **fields, **{"endoflife.support": "pro"}, revision="2")

    after = await stored(client, "/v1/products/clairdash")
    assert 'name="endoflife.eol" type="text" value="pro"' in said
    assert (before["endoflife"]["eol"], after["endoflife"]["support"]) == ("pro", "pro")
    assert after["presentation"] == before["presentation"]
    assert unknown.status_code == 400
    assert "is not a tier of the product" in text_of(unknown.text)


async def test_no_form_adds_a_product_by_its_address(vendor, client):
    answer = await vendor.send("/console/products/ghost", **FACTS)

    assert answer.status_code == 404
    assert (await client.get("/v1/products/ghost")).status_code == 404


async def test_releases_are_shown_before_they_are_entered(vendor, studio, client):
    preview = await vendor.send(LISTS, releases=LIST)
    before = (await stored(client, "/v1/products/studio/releases"))["items"]
    led = await vendor.submit(LISTS, releases=LIST, step="put")
    after = (await stored(client, "/v1/products/studio/releases"))["items"]
    again = await vendor.send(LISTS, releases=LIST)

    assert "New releases (3)" in preview.text
    assert before == []
    assert [item["version"] for item in after] == ["1.0.0", "1.1.0", "2.0.0"]
    assert after[2]["planned_on"] == "2027-01-15"
    assert led == f"{PAGE}?done=releases-imported"
    assert "Nothing would change." in again.text
    assert "Enter them" not in again.text


async def test_a_list_is_shown_without_waiting_for_who_writes_or_keeping_them_waiting(
    vendor, studio, client, store
):
    path = "/v1/products/studio/releases"
    async with store.writing():
        preview = await vendor.send(LISTS, releases="version,day\n1.0.0,2026-01-05\n")

    assert "New releases (1)" in preview.text
    assert (await ok(client.get(path))).json()["items"] == []


async def test_a_list_of_releases_may_be_a_file_and_have_a_prefix(vendor, studio):
    content = "version,day\nv1.0.0,2026-01-05\n".encode("utf-16")
    preview = await vendor.send(LISTS, prefix="v", releases_file=content)

    assert "New releases (1)" in preview.text
    assert 'name="prefix" value="v"' in preview.text


async def test_an_empty_file_is_refused_by_its_name_whether_a_text_was_typed_or_not(
    vendor, studio, client
):
    for typed in ("", LIST):
        refused = await vendor.send(LISTS, releases=typed, releases_file=b"", step="put")

        assert refused.status_code == 400
        assert "File cannot be read: a file is empty" in text_of(refused.text)
        assert 'href="#field-releases_file"' in refused.text
    assert (await stored(client, "/v1/products/studio/releases"))["items"] == []


async def test_mistakes_in_a_list_are_named_and_the_rest_is_entered(vendor, studio, client):
    text = "version,day\n1.0.0,2026-01-05\nnonsense,2026-01-06\n1.1.0,soon\n"
    preview = await vendor.send(LISTS, releases=text)
    uploaded = await vendor.send(LISTS, releases_file=text.encode())
    carried = await vendor.send(LISTS, releases=text, releases_name="ours.csv", step="put")
    unreadable = await vendor.send(LISTS, releases="name\nx\n")
    empty = await vendor.send(LISTS, releases=" ")
    put = await vendor.send(LISTS, releases=text, step="put")

    said = text_of(preview.text)
    assert "What is left out because of a mistake" in said
    assert "Line 4 of the pasted text, day: “soon” must be a day" in said
    assert 'name="releases_name" value="a file"' in uploaded.text
    assert "ours.csv, line 4, day: “soon” must be a day" in text_of(carried.text)
    assert "nonsense" in said
    assert unreadable.status_code == empty.status_code == 400
    assert "the header must name the columns version and day" in unreadable.text
    assert "is empty; paste a list or choose a file" in empty.text
    assert put.status_code == 200
    assert "What changed" in put.text
    items = (await stored(client, "/v1/products/studio/releases"))["items"]
    assert [item["version"] for item in items] == ["1.0.0"]


async def test_a_line_is_declared_and_changed_unless_somebody_did_meanwhile(vendor, studio, client):
    await vendor.submit(LISTS, releases=LIST, step="put")
    said = {"line": "1.0", "declared.end_of_life": "2027-06-30", "lts": "yes"}
    led = await vendor.submit(LINES, **said)
    filled = await vendor.open(f"{LINES}?line=1.0")
    later = said | {"declared.end_of_life": "2027-12-31", "revision": "1"}
    await vendor.submit(LINES, **later)
    stale = await vendor.send(LINES, **later | {"declared.end_of_life": "2028-01-31"})
    blind = await vendor.send(LINES, **said)

    assert led == f"{LINES}?done=line-added"
    assert 'value="2027-06-30"' in filled
    assert 'name="revision" value="1"' in filled
    line = await stored(client, "/v1/products/studio/lines/1.0")
    assert (line["declared"], line["lts"]) == ({"end_of_life": "2027-12-31"}, True)
    assert stale.status_code == 412
    assert 'value="2028-01-31"' in stale.text
    assert 'name="revision" value="2"' in stale.text
    assert blind.status_code == 409
    assert "is declared already" in blind.text
    assert "Open what it declares</a>" in blind.text


async def test_a_day_moves_earlier_with_a_correction_alone(vendor, studio, client):
    said = {"line": "1.0", "declared.end_of_life": "2027-06-30"}
    await vendor.submit(LINES, **said)
    sooner = said | {"declared.end_of_life": "2027-01-31", "revision": "1"}

    refused = await vendor.send(LINES, **sooner)
    await vendor.submit(LINES, **sooner, correction="The release notes were wrong.")

    assert refused.status_code == 409
    assert 'href="#field-declared.end_of_life"' in refused.text
    assert "cannot move earlier" in refused.text
    line = await stored(client, "/v1/products/studio/lines/1.0")
    assert line["declared"] == {"end_of_life": "2027-01-31"}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"line": ""}, "line"),
        ({"line": "1.0", "declared.end_of_life": "someday"}, "declared.end_of_life"),
        ({"line": "1.0", "lts": "perhaps"}, "lts"),
        ({"line": "1.0", "position": "first"}, "position"),
        ({"line": "1.0", "released_on": "2026-02-30"}, "released_on"),
    ],
)
async def test_a_mistake_in_a_line_is_named_at_its_field(vendor, studio, said, field):
    answer = await vendor.send(LINES, **dict.fromkeys((field,), "") | said)

    assert answer.status_code == 400
    assert f'href="#field-{field}"' in answer.text


async def test_a_line_may_have_a_place_below_none_and_no_place_out_of_bounds(
    vendor, studio, client
):
    await vendor.submit(LINES, line="1.0", position="-1")
    refused = [
        await vendor.send(LINES, line="1.1", position=place)
        for place in ("99999999999999999999", "-1000001", "first", "1.5")
    ]

    assert (await stored(client, "/v1/products/studio/lines/1.0"))["position"] == -1
    for answer in refused:
        assert answer.status_code == 400
        told = "Place must be a whole number from -1,000,000 to 1,000,000"
        assert told in text_of(answer.text)


async def test_a_mistake_in_a_line_is_told_in_the_words_that_its_form_takes(vendor, studio):
    declared = {"line": "1.0", "released_on": "2026-01-01"}
    too_early = await vendor.send(LINES, **declared | {"declared.end_of_life": "2025-01-01"})
    no_day = await vendor.send(LINES, **declared | {"declared.end_of_life": "true"})
    no_answer = await vendor.send(LINES, **declared | {"lts": "perhaps"})

    said = text_of(too_early.text)
    assert "End of life must not lie before the line's first day, 1 January 2026; use" in said
    assert "1 January 2026 or later; “over” if that day is not known" in said
    assert "use a date as YYYY-MM-DD or “over” or “open”" in text_of(no_day.text)
    assert "use a date as YYYY-MM-DD, “yes” or “no”" in text_of(no_answer.text)
    for line, word in (("1.1", "over"), ("1.2", "open")):
        await vendor.submit(LINES, **declared | {"line": line, "declared.end_of_life": word})


async def test_a_line_is_refused_with_the_words_that_its_form_takes(vendor, studio):
    days = {"declared.active_support": "2027-12-31", "declared.security_support": "2027-06-30"}
    disordered = await vendor.send(LINES, line="1.0", **days)
    misnamed = await vendor.send(LINES, line="foo")

    after = "after the end of security support (30 June 2027); correct one of them"
    assert f"End of active support is 31 December 2027, {after}" in text_of(disordered.text)
    hint = "Line cannot hold a version of this product; name a minor version, such as"
    assert hint in text_of(misnamed.text)


async def test_over_and_open_are_no_days(vendor, studio, client):
    said = {"declared.active_support": "over", "declared.end_of_life": "open"}
    await vendor.submit(LINES, line="1.0", **said)

    line = await stored(client, "/v1/products/studio/lines/1.0")
    assert line["declared"] == {"active_support": True, "end_of_life": False}
    page = await vendor.open(f"{LINES}?line=1.0")
    assert 'value="over"' in page
    assert 'value="open"' in page
    assert "no end known" in page


async def test_one_limited_to_a_product_enters_what_is_its_own_and_adds_none(
    vendor, studio, signed_in
):
    limited = await signed_in("publish:studio")

    assert "Add a product" not in await limited.open("/console/products")
    await limited.open(NEW, status=403)
    assert (await limited.send(NEW, **FACTS | {"slug": "third"})).status_code == 403
    await limited.submit(LISTS, releases=LIST, step="put")
    await limited.submit(LINES, line="1.0")
    assert "This page needs the scope publish that is not limited to products; you have" in (
        text_of(await limited.open(NEW, status=403))
    )
    for path in ("/console/products/clairdash", "/console/products/clairdash/release-import"):
        refused = text_of(await limited.open(path, status=403))
        assert "This page needs the scope publish:clairdash; you have publish:studio." in refused
        assert "token" not in refused
        assert (await limited.send(path, releases=LIST, step="put")).status_code == 403


@pytest.mark.parametrize("path", ["/console/products", "/console/policy", "/console/releases"])
async def test_many_products_come_page_by_page(vendor, client, admin, monkeypatch, path):
    monkeypatch.setattr(product_lists, "ON_A_PAGE", 2)
    for slug in ("alpha", "beta", "delta"):
        await ok(client.post("/v1/products", json={"slug": slug}, headers=admin))

    first = await vendor.open(path)
    (further,) = re.findall(r'href="([^"]+)" rel="next"', first)
    last = await vendor.open(further)
    await vendor.open(f"{path}?cursor=x", status=400)

    named = [re.findall(r">(alpha|beta|delta)</bdi>", page) for page in (first, last)]
    assert named == [["alpha", "beta"], ["delta"]]
    assert f'<a href="{path}">Back to the first</a>' in last
    assert 'rel="next"' not in last

"""The matrix and the list of changes as tables to download."""

import csv
import io
import re

import pytest

from testkit.responses import ok

pytestmark = pytest.mark.one_database("tables are read models of the snapshot")

SUPPORT = "/products/clairdash/support.csv"
CHANGES = "/changes.csv"
END = {"kind": "end_of_support", "tiers": ["enterprise"], "effective_on": "2027-02-01"}


async def table(client, path):
    response = await ok(client.get(path))
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))


@pytest.mark.parametrize("query", ["", "?tier=pro", "?at=2026-12-08", "?tier=pro&at=2026-01-01"])
async def test_the_matrix_has_the_apis_values_in_a_row_for_each_line_and_tier(
    client, clairdash, query
):
    answered = (await ok(client.get(f"{clairdash}/support{query}"))).json()

    rows = await table(client, f"{SUPPORT}{query}")

    cells = [(line, *cell) for line in answered["lines"] for cell in line["tiers"].items()]
    for row, (line, tier, answer) in zip(rows, cells, strict=True):
        estimate = answer["projected_until"] or {}
        named = {key: row[key] or None for key in row if not key.startswith("projected")}
        assert named == {
            "product": "clairdash",
            "at": answered["at"],
            "line": line["line"],
            "codename": line["codename"],
            "released_on": line["released_on"],
            "latest": line["latest"],
            "tier": tier,
            "status": answer["status"],
            "supported_from": answer["supported_from"],
            "supported_until": answer["supported_until"],
            "end": answer["end"],
            "at_least_until": answer.get("at_least_until"),
            "reason": answer["reason"],
        }
        for name in ("earliest", "median", "latest"):
            assert (row[f"projected_{name}"] or None) == estimate.get(name)


async def test_changes_have_a_row_for_each_tier_and_all_that_the_page_lists(client, announce):
    path = await announce(lines=["3.6"], **END)

    rows = await table(client, f"{CHANGES}?products=clairdash")

    (announced,) = [row for row in rows if row["event"] == "announced"]
    assert announced["deprecation"] == path.rpartition("/")[2]
    assert announced["effective_on"] == "2027-02-01"
    assert announced["title"].endswith("for Enterprise after 31 January 2027")
    assert announced["link"].endswith(path.removeprefix("/v1"))
    ended = [row for row in rows if row["event"] == "ended" and row["tier"] == "enterprise"]
    assert [(row["line"], row["day"], row["effective_on"]) for row in ended][:2] == [
        ("3.5", "2026-09-30", "2026-10-01"),
        ("3.4", "2026-08-31", "2026-09-01"),
    ]


async def test_a_table_takes_what_its_page_takes(client, announce):
    await announce(lines=["3.6"], **END)

    rows = await table(client, f"{CHANGES}?tier=enterprise&kind=end_of_support&event=ended")

    assert {row["event"] for row in rows} == {"ended"}
    assert "enterprise" in {row["tier"] for row in rows}


async def test_pages_lead_to_their_tables(client, clairdash):
    product = (await ok(client.get("/products/clairdash"))).text
    changes = (await ok(client.get("/changes?products=clairdash&tier=pro&kind=removal"))).text

    assert f'<a href="{SUPPORT}" download>' in product
    led = re.search(r'<a href="([^"]*)" download>', changes)[1].replace("&amp;", "&")
    assert led == f"{CHANGES}?products=clairdash&tier=pro&kind=removal"
    await ok(client.get(led))


@pytest.mark.parametrize("path", [SUPPORT, CHANGES])
async def test_a_table_is_a_file_kept_until_something_happens(app, client, announce, path):
    first = await ok(client.get(path))
    hits = app.hits

    again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 304
    assert app.hits == hits + 1
    name = first.headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="(clairdash-support|changes)\.csv"', name)
    await announce(lines=["3.6"], **END)
    assert (await ok(client.get(path))).headers["etag"] != first.headers["etag"]


async def test_a_name_that_looks_like_a_formula_stays_text(client, admin, clairdash):
    etag = (await client.get(clairdash)).headers["etag"]
    named = {"slug": "clairdash", "name": '=cmd|" /C calc"!A0'}
    await ok(client.put(clairdash, json=named, headers=admin | {"If-Match": etag}))

    rows = await table(client, CHANGES)

    assert {row["product_name"] for row in rows} == {'\'=cmd|" /C calc"!A0'}


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        ("/products/clairdsh/support.csv", 404, "Did you mean 'clairdash'?"),
        (f"{SUPPORT}?tier=gold", 404, "gold"),
        (f"{SUPPORT}?at=never", 400, "is not a valid date"),
        (f"{CHANGES}?tier=enterprize", 404, "did you mean `enterprise`?"),
        (f"{CHANGES}?page=2", 400, "page"),
    ],
)
async def test_what_does_not_exist_is_refused_with_the_way_out(
    client, clairdash, path, status, part
):
    response = await client.get(path)

    assert response.status_code == status
    assert part in response.json()["detail"]

"""Two versions compared on a page: the API's answer, below the form as it was filled."""

import re
from html import unescape

import pytest

from testkit.html_pages import days_in, text_of
from testkit.responses import ok

PAGE = "/products/clairdash/compare"
SCRIPT = '<script>alert("1")</script>'
pytestmark = pytest.mark.one_database("pages are read models of the snapshot")


@pytest.fixture
async def features(client, clairdash, admin):
    removed = [("ga", "3.1.0"), ("deprecated", "3.3.0"), ("removed", "3.5.0")]
    for key, name, stages in [
        ("maps", f"Maps {SCRIPT}", removed),
        ("sso", "SSO, שלום", [("beta", "3.4.0"), ("ga", "3.5.0")]),
        ("rest-v1", "", [("ga", "3.1.0")]),
    ]:
        listed = [{"stage": stage, "from_version": version} for stage, version in stages]
        facts = {"name": name, "stages": listed}
        await ok(client.put(f"{clairdash}/features/{key}", json=facts, headers=admin))
    draft = {
        "product": "clairdash",
        "kind": "removal",
        "feature": "rest-v1",
        "reason": f"It is old {SCRIPT}.",
        "replacement": "rest-v2",
        "links": [{"title": "The guide", "url": "https://example.com/guide"}],
    }
    made = (await ok(client.post("/v1/deprecations", json=draft, headers=admin))).json()
    headers = admin | {"If-Match": '"1"'}
    await ok(client.post(f"/v1/deprecations/{made['id']}/announce", json={}, headers=headers))
    return made["id"]


def summaries(part):
    return [text_of(summary) for summary in re.findall(r"<strong>(.*?)</strong>", part, re.DOTALL)]


def field(page, name):
    return unescape(re.search(rf'<input name="{name}" value="([^"]*)"', page)[1])


def capital(summary):
    return summary[0].upper() + summary[1:] if summary.startswith(("removal", "dep")) else summary


@pytest.mark.parametrize("query", ["from=3.2.0&to=3.10.0", "from=3.2.0&to=v3.10.0&tier=pro"])
async def test_a_page_says_what_the_api_says_in_its_order(client, clairdash, features, query):
    answer = (await ok(client.get(f"{clairdash}/compare?{query}"))).json()

    page = (await ok(client.get(f"{PAGE}?{query}"))).text

    changes, ahead = page.split('<h2 id="ahead">')
    ahead, support = ahead.split('<h2 id="support">')
    assert summaries(changes) == [capital(change["summary"]) for change in answer["changes"]]
    assert summaries(ahead) == [capital(change["summary"]) for change in answer["ahead"]]
    releases = [change["released_on"] for change in answer["changes"]]
    assert days_in(changes) == list(dict.fromkeys(releases))
    (removal,) = answer["ahead"]
    assert days_in(ahead) == sorted(set(removal["deprecation"]["days"].values()))
    assert f'href="/deprecations/{features}"' in ahead
    expected = [
        day
        for tier in answer["to"]["tiers"]
        for end in ("from", "to")
        if (day := answer[end]["tiers"][tier]["supported_until"])
    ]
    assert [day for day in days_in(support) if day in expected] == expected


async def test_nothing_that_people_write_becomes_markup(client, features):
    page = (await ok(client.get(f"{PAGE}?from=3.2.0&to=3.10.0"))).text

    assert "<script>" not in page
    assert SCRIPT in unescape(page)
    assert "SSO, שלום (sso): from beta to general availability" in text_of(page)


async def test_the_first_visit_is_a_form_that_goes_to_the_newest_version(client, clairdash):
    page = (await ok(client.get(PAGE))).text

    assert (field(page, "from"), field(page, "to")) == ("", "3.10.0")
    assert 'id="refusal"' not in page


async def test_a_form_filled_in_part_is_asked_again(client, clairdash):
    page = (await ok(client.get(f"{PAGE}?from=3.2.0&to=&tier=pro"))).text

    assert (field(page, "from"), field(page, "to")) == ("3.2.0", "3.10.0")
    assert '<option value="pro" selected>' in page


@pytest.mark.parametrize(
    ("query", "status", "said", "marked"),
    [
        ("from=3.10.0&to=3.2.0", 400, "3.10.0 is higher than 3.2.0", {"from"}),
        ("from=3.2.77&to=3.99.0", 404, "has no release '3.2.77'", {"from", "to"}),
        ("from=3.2&to=3.10.0", 404, "3.2 is a line of clairdash, not a release", {"from"}),
        ("from=one&to=3.10.0", 400, "is not a valid semver version", {"from"}),
        (f"from={'3' * 5000}&to=3.10.0", 400, "5000 characters long", {"from"}),
        ("from=3.2.0&to=3.10.0&tier=gold", 404, "has no tier 'gold'", {"tier"}),
        ("from=3.2.77&to=3.10.0&tier=gold", 404, "has no tier 'gold'", {"from", "tier"}),
        ("from=3.10.0&to=3.2.0&tier=gold", 400, "has no tier 'gold'", {"from", "tier"}),
    ],
)
async def test_what_cannot_be_compared_is_said_beside_the_form_as_it_was_filled(
    client, clairdash, query, status, said, marked
):
    response = await client.get(f"{PAGE}?{query}")

    page, asked = response.text, dict(part.split("=") for part in query.split("&"))
    assert response.status_code == status
    assert said in text_of(re.search(r'id="refusal".*?</div>', page, re.DOTALL)[0])
    assert set(re.findall(r'name="(\w+)"[^>]* aria-invalid="true"', page)) == marked
    assert (field(page, "from"), field(page, "to")) == (asked["from"][:200], asked["to"])
    assert ('<option value="gold" selected>' in page) == ("tier" in asked)


@pytest.mark.parametrize("name", ["from", "to", "tier"])
@pytest.mark.parametrize(
    ("value", "said", "kept"),
    [
        ("3.2\x1f", "holds the control character U+001F at position 4; remove it", r"3.2\x1f"),
        ("x" * 4000, "is 4000 characters long; at most 200 are allowed", "x" * 200),
    ],
)
async def test_what_no_field_can_hold_is_said_beside_the_form_as_it_was_filled(
    client, clairdash, name, value, said, kept
):
    query = {"from": "3.2.0", "to": "3.10.0", "tier": "pro"} | {name: value}

    response = await client.get(PAGE, params=query)

    page = response.text
    assert response.status_code == 400
    assert f"{name} {said}" in text_of(re.search(r'id="refusal".*?</div>', page, re.DOTALL)[0])
    assert set(re.findall(r'name="(\w+)"[^>]* aria-invalid="true"', page)) == {name}
    assert f'value="{kept}"' in page
    for other in {"from", "to"} - {name}:
        assert field(page, other) == query[other]


async def test_what_may_have_been_meant_is_a_link_that_keeps_the_rest(client, clairdash):
    page = (await client.get(f"{PAGE}?from=3.2.77&to=3.10.0&tier=pro")).text

    link = re.search(r'<a href="([^"]+)">3\.2\.0</a>', page)[1]
    assert unescape(link) == f"{PAGE}?tier=pro&to=3.10.0&from=3.2.0"
    assert (await client.get(unescape(link))).status_code == 200


async def test_versions_the_wrong_way_round_are_turned_by_a_link(client, clairdash):
    page = (await client.get(f"{PAGE}?from=3.10.0&to=3.2.0&tier=pro")).text

    link = re.search(r'<a href="([^"]+)">Compare 3\.2\.0 with 3\.10\.0</a>', page)[1]
    assert (await client.get(unescape(link))).status_code == 200


async def test_a_comparison_with_nothing_to_tell_says_so(client, clairdash):
    page = (await ok(client.get(f"{PAGE}?from=3.10.0&to=3.10.0&tier=pro"))).text

    assert "No change is known between 3.10.0 and 3.10.0 for Pro." in text_of(page)


async def test_the_page_is_kept_until_the_product_changes(app, client, clairdash):
    await ok(client.get(f"{PAGE}?from=3.2.0&to=3.10.0"))
    await ok(client.get(f"{PAGE}?from=3.2.0&to=3.10.0"))

    assert app.hits == 1


async def test_an_unknown_product_has_no_comparison(client):
    response = await client.get("/products/nothing/compare", headers={"Accept": "text/html"})

    assert response.status_code == 404

import re
from html import escape

import pytest
from sqlalchemy import update

from lifecycle.catalogue.models import Feature
from testkit.html_pages import days_in, text_of
from testkit.responses import ok

PAGE = "/products/clairdash/features"
HOSTILE = '"><script>alert(1)</script> \U0001f9e8 \u05e9\u05dc\u05d5\u05dd & ünïcode'
FEATURES = {
    "builder": {
        "name": "Builder",
        "stages": [
            {"stage": "beta", "from_version": "3.2.0", "default": False},
            {"stage": "ga", "from_version": "3.5.0", "default": True},
            {"stage": "deprecated", "from_version": "3.9.0"},
            {"stage": "removed", "from_version": "4.0.0"},
        ],
    },
    "cursors": {"name": "Cursors", "stages": [{"stage": "beta", "from_version": "3.10.0"}]},
    "gone": {
        "name": "Gone",
        "stages": [
            {"stage": "ga", "from_version": "3.1.0"},
            {"stage": "removed", "from_version": "3.4.0"},
        ],
    },
    "maps": {
        "name": "Maps",
        "tiers": ["pro"],
        "stages": [{"stage": "ga", "from_day": "2026-05-05"}],
    },
    "later": {"name": "Later", "stages": [{"stage": "alpha", "from_version": "3.11.0"}]},
}
pytestmark = pytest.mark.one_database("pages are read models of the snapshot")


@pytest.fixture
async def features(client, clairdash, admin):
    plan = {"version": "3.11.0", "planned_on": "2026-12-08"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))
    for key, facts in FEATURES.items():
        await ok(client.put(f"{clairdash}/features/{key}", json=facts, headers=admin))


async def shown(client, **query):
    return (await ok(client.get(PAGE, params=query))).text


def groups_of(page):
    """Give the keys of the features below each heading."""
    sections = re.findall(
        r'<section aria-labelledby="stage-(\w+)">(.*?)</section>', page, re.DOTALL
    )
    return {stage: re.findall(r'<li id="feature-([^"]+)"', text) for stage, text in sections}


def line_of(page, key):
    return re.search(rf'<li id="feature-{key}">.*?</li>', page, re.DOTALL)[0]


async def test_features_stand_by_their_stages_what_can_be_relied_on_first(client, features):
    page = await shown(client)

    assert groups_of(page) == {
        "ga": ["maps"],
        "beta": ["cursors"],
        "deprecated": ["builder"],
        "removed": ["gone"],
        "none": ["later"],
    }
    assert (
        "Today, of 5 features: 1 generally available, 1 in beta, 1 deprecated, 1 removed and"
        " 1 not there yet." in text_of(page)
    )


@pytest.mark.parametrize("version", ["3.1.0", "3.4.0", "3.6.1", "3.10.0", "3.11.0", "4.0.0"])
async def test_stages_in_a_version_are_the_apis_whether_it_is_known_or_not(
    client, clairdash, features, version
):
    asked = {"version": version}
    answers = (await ok(client.get(f"{clairdash}/features", params=asked))).json()["items"]

    page = await shown(client, version=version)

    stages = {key: stage for stage, keys in groups_of(page).items() for key in keys}
    assert stages == {answer["key"]: answer["stage"] or "none" for answer in answers}
    assert (f"{version} is not a known release" in page) == (version in {"3.6.1", "4.0.0"})
    for answer in answers:
        default = {True: "on by default", False: "off by default", None: ""}[answer["default"]]
        assert default in line_of(page, answer["key"])


async def test_a_line_says_in_which_release_each_stage_begins_and_marks_the_one_that_holds(
    client, features
):
    page = await shown(client)

    builder = line_of(page, "builder")
    assert text_of(builder).startswith("Builder builder")
    assert (
        "Beta from 3.2.0 (1 February 2026) GA from 3.5.0 (1 May 2026)"
        " Deprecated from 3.9.0 (1 September 2026) Removed in 4.0.0" in text_of(builder)
    )
    assert re.findall(r'class="step holds">.*?>(\w+)<', builder, re.DOTALL) == ["Deprecated"]
    assert "Alpha from 3.11.0 (planned for 8 December 2026)" in text_of(line_of(page, "later"))
    assert "Pro only" in text_of(line_of(page, "maps"))
    assert "GA from 5 May 2026" in text_of(line_of(page, "maps"))


async def test_what_is_announced_of_a_feature_stands_beside_it_with_its_days(
    client, features, announce, act
):
    path = await announce(kind="removal", feature="cursors", effective_on="2027-09-01")
    withdrawn = await announce(kind="breaking_change", feature="cursors")
    await act(withdrawn, "withdraw", reason="No.")
    days = (await ok(client.get(path))).json()["days"]

    line = line_of(await shown(client), "cursors")

    assert re.findall(r'href="(/deprecations/[^"]+)"', line) == [path.removeprefix("/v1")]
    assert set(days_in(line)) - {"2026-10-01"} == set(days.values())
    assert "Removal for Community, Pro and Enterprise on 1 September 2027" in text_of(line)


@pytest.mark.parametrize(
    ("version", "status", "refusal"),
    [
        ("nope", 400, "is not a valid semver version"),
        ("9" * 3000, 400, "is 3000 characters long"),
    ],
)
async def test_a_version_that_cannot_be_one_is_refused_beside_the_stages_of_today(
    client, features, version, status, refusal
):
    response = await client.get(PAGE, params={"version": version})

    assert response.status_code == status
    assert refusal in response.text
    assert f'value="{version[:200]}"' in response.text
    assert 'aria-invalid="true"' in response.text
    assert groups_of(response.text) == groups_of(await shown(client))


async def test_an_unknown_version_of_a_declared_order_names_the_nearest(client, admin):
    product = {"slug": "dated", "scheme": "declared", "line_by": "declared"}
    await ok(client.post("/v1/products", json=product, headers=admin))
    releases = [{"version": "2024 LTSC", "released_on": "2024-01-01", "line": "2024"}]
    await ok(client.post("/v1/products/dated/releases", json=releases, headers=admin))
    known = {"stage": "ga", "from_version": "2024 LTSC"}
    unknown = {"stage": "removed", "from_version": "2030"}
    facts = {"stages": [known, unknown]}
    await ok(client.put("/v1/products/dated/features/f", json=facts, headers=admin))

    page = (await ok(client.get("/products/dated/features"))).text
    answered = (await ok(client.get("/v1/products/dated/features?version=2024 LTSC"))).json()
    refused = await client.get("/products/dated/features", params={"version": "2024 LTSB"})

    assert groups_of(page) == {"ga": ["f"]}
    assert answered["items"][0]["stage"] == "ga"
    assert "Removed in 2030" in text_of(page)
    assert refused.status_code == 404
    assert "/products/dated/features?version=2024%20LTSC" in refused.text


async def test_what_people_write_stays_text(client, clairdash, admin, store):
    facts = {"name": HOSTILE, "default": HOSTILE}
    await ok(client.put(f"{clairdash}/features/hostile", json=facts, headers=admin))
    async with store.writing() as session:  # as one that was entered before the policy
        await session.execute(
            update(Feature).where(Feature.key == "hostile").values(tiers=[HOSTILE])
        )

    page = await shown(client)

    assert "<script>alert" not in page
    escaped = escape(HOSTILE, quote=False).replace('"', "&#34;")
    assert page.count(escaped) == 3
    assert "no stage is recorded" in page


async def test_a_products_page_names_features_by_their_stages(client, features):
    page = (await ok(client.get("/products/clairdash"))).text

    section = re.search(r'<section aria-labelledby="features">.*?</section>', page, re.DOTALL)[0]
    for part in ("Builder from 3.9.0 (1 September 2026)", "Gone in 3.4.0 (1 April 2026)"):
        assert part in text_of(section)
    assert f'href="{PAGE}#feature-cursors"' in section


async def test_a_product_without_features_or_releases_says_so(client, admin):
    await ok(client.post("/v1/products", json={"slug": "bare"}, headers=admin))
    empty = (await ok(client.get("/products/bare/features"))).text
    stages = [{"stage": "ga", "from_version": "1.0.0"}]
    await ok(client.put("/v1/products/bare/features/f", json={"stages": stages}, headers=admin))

    page = (await ok(client.get("/products/bare/features"))).text
    in_version = (await ok(client.get("/products/bare/features?version=1.0.0"))).text

    assert "is listed." in empty
    assert "No release is known, and so no stage that begins with one." in page
    assert groups_of(in_version) == {"ga": ["f"]}

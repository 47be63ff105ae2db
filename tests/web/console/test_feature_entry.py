"""Features of a product, added and changed by a page."""

import pytest

from testkit.html_pages import text_of
from testkit.responses import ok

PAGE = "/console/products/clairdash/features"
API = "/v1/products/clairdash/features/maps"
GA = {"stages[0].stage": "ga", "stages[0].from_version": "3.35.0"}
MAPS = {"feature": "maps", "name": "Maps", "public": "yes", **GA}
pytestmark = pytest.mark.one_database("what HTTP makes of it")


@pytest.fixture
async def vendor(signed_in, clairdash):
    return await signed_in("publish")


async def stored(client):
    return (await ok(client.get(API))).json()


async def test_a_product_without_features_leads_to_where_they_are_added(vendor):
    product = await vendor.open("/console/products/clairdash")
    draft = await vendor.open("/console/deprecations/new?product=clairdash")
    page = await vendor.open(PAGE)

    assert f'href="{PAGE}"' in product
    assert f'href="{PAGE}"' in draft
    assert "A feature has no end of support" not in draft
    assert "No feature is known yet." in page


async def test_a_feature_is_added_listed_and_changed_unless_somebody_did_meanwhile(vendor, client):
    led = await vendor.submit(PAGE, **MAPS, tiers=["pro"])
    added = await stored(client)
    draft = await vendor.open("/console/deprecations/new?product=clairdash")
    filled = await vendor.open(f"{PAGE}?feature=maps")
    changed = await vendor.submit(PAGE, **MAPS | {"name": "Maps 2"}, revision="1")
    stale = await vendor.send(PAGE, **MAPS | {"name": "Maps 3"}, revision="1")
    blind = await vendor.send(PAGE, **MAPS)

    assert (led, changed) == (f"{PAGE}?done=feature-added", f"{PAGE}?done=feature-changed")
    assert added["stages"][0]["from_version"] == "3.35.0"
    assert (added["tiers"], added["public"]) == (["pro"], True)
    assert 'value="feature"' in draft
    assert 'name="revision" value="1"' in filled
    assert 'value="3.35.0"' in filled
    assert (await stored(client))["name"] == "Maps 2"
    assert stale.status_code == 412
    assert 'value="Maps 3"' in stale.text
    assert 'name="revision" value="2"' in stale.text
    assert blind.status_code == 409
    assert "Open the existing feature</a>" in blind.text
    assert 'href="#field-feature"' in blind.text


async def test_what_the_form_does_not_show_stays_as_it_is(vendor, client, admin):
    stage = {"stage": "ga", "from_version": "3.35.0", "default": True}
    facts = {"stages": [stage], "default": "local", "depends_on": ["tiles"]}
    await ok(client.put(API, json=facts, headers=admin))

    await vendor.submit(PAGE, **MAPS, revision="1")

    after = await stored(client)
    assert (after["default"], after["depends_on"]) == ("local", ["tiles"])
    assert after["stages"][0]["default"] is True
    assert after["name"] == "Maps"


async def test_a_feature_that_no_tier_has_is_not_given_to_all_by_its_form(vendor, client, admin):
    await ok(
        client.put(
            API,
            json={"stages": [{"stage": "ga", "from_version": "3.35.0"}], "tiers": []},
            headers=admin,
        )
    )

    await vendor.submit(PAGE, **MAPS, revision="1")

    assert (await stored(client))["tiers"] == []


async def test_a_row_left_empty_is_no_stage(vendor, client):
    rows = {"stages[0].stage": "", "stages[1].stage": "beta", "stages[1].from_day": "2026-01-31"}
    await vendor.submit(PAGE, feature="maps", public="yes", **rows)

    (stage,) = (await stored(client))["stages"]
    assert (stage["stage"], stage["from_day"]) == ("beta", "2026-01-31")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"feature": ""}, "feature"),
        ({"feature": "No Key"}, "feature"),
        ({"stages[0].stage": "gaa"}, "stages[0].stage"),
        ({"stages[0].stage": ""}, "stages[0].stage"),
        ({"stages[0].from_version": ""}, "stages[0].from_version"),
        ({"stages[0].from_version": "nonsense"}, "stages[0].from_version"),
        ({"stages[0].from_version": "", "stages[0].from_day": "soon"}, "stages[0].from_day"),
        ({"stages[0].from_day": "2026-01-31"}, "stages[0].from_day"),
        ({"stages[1].stage": "beta", "stages[1].from_version": "3.35.0"}, "stages[1].stage"),
        ({"tiers": "x" * 1000}, "tiers"),
    ],
)
async def test_a_mistake_in_a_feature_is_named_at_its_field(vendor, client, said, field):
    answer = await vendor.send(PAGE, **MAPS | said)

    assert answer.status_code == 400
    assert f'href="#field-{field}"' in answer.text
    assert f'id="field-{field}"' in answer.text
    assert (await client.get(API)).status_code == 404


async def test_features_are_listed_and_downloaded_with_their_stage_today(vendor):
    since = {"stages[0].from_version": "", "stages[0].from_day": "2026-01-31"}
    await vendor.submit(PAGE, **MAPS | since, tiers=["pro", "enterprise"])

    listed = text_of(await vendor.open(PAGE))
    table = (await vendor.client.get(f"{PAGE}.csv")).text

    assert "maps Maps GA Pro and Enterprise" in " ".join(listed.split())
    assert table == 'key,name,stage,tiers,public\r\nmaps,Maps,ga,"pro, enterprise",True\r\n'


async def test_one_limited_to_another_product_adds_none(vendor, signed_in, client, make_product):
    await make_product(slug="studio")
    limited = await signed_in("publish:studio")

    await limited.open(PAGE, status=403)
    assert (await limited.send(PAGE, **MAPS)).status_code == 403
    assert (await client.get(API)).status_code == 404
    await limited.submit("/console/products/studio/features", feature="maps", public="yes")


async def test_a_removal_that_is_not_announced_is_said_to_be_public_at_once(vendor):
    gone = {"stages[1].stage": "removed", "stages[1].from_version": "3.50.0"}
    led = await vendor.submit(PAGE, **MAPS | gone)

    assert led == f"{PAGE}?done=feature-removed"
    assert "Its removal is not announced" in text_of(await vendor.open(led))

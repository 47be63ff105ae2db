from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest

from lifecycle.web.text_widths import text_width
from testkit.responses import ok

VERSIONS = "/products/clairdash/versions"
SHIELDS = jsonschema_rs.validator_for(
    {
        "type": "object",
        "required": ["schemaVersion", "label", "message"],
        "additionalProperties": False,
        "properties": {
            "schemaVersion": {"const": 1},
            "label": {"type": "string"},
            "message": {"type": "string", "minLength": 1},
            **{key: {"type": "string", "minLength": 1} for key in ("color", "labelColor", "style")},
            "isError": {"type": "boolean"},
            "cacheSeconds": {"type": "integer", "minimum": 0},
        },
    }
)
"""What shields.io's endpoint takes of those who draw no logo; it refuses unknown members."""
SVG = "{http://www.w3.org/2000/svg}"
pytestmark = pytest.mark.one_database("badges are read models of the snapshot")


async def test_a_badge_speaks_for_the_tier_that_covers_a_version_longest(client, clairdash, admin):
    plan = {"version": "3.11.0", "planned_on": "2026-12-08"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))

    badge = (await ok(client.get(f"{VERSIONS}/3.6.0/badge.json"))).json()
    line = (await ok(client.get(f"{VERSIONS}/3.6/badge.json"))).json()

    assert badge == {
        "schemaVersion": 1,
        "label": "clairdash 3.6.0, Enterprise",
        "message": "supported until 7 December 2026",
        "color": "#9a5b00",
        "labelColor": "#333b45",
        "isError": False,
    }
    assert line == badge | {"label": "clairdash 3.6, Enterprise"}


@pytest.mark.parametrize(
    ("asked", "label", "message", "is_error"),
    [
        ("3.10.0/badge.json?tier=community", "clairdash 3.10.0, Community", "best effort", False),
        (
            "3.10.0/badge.json?tier=enterprise",
            "clairdash 3.10.0, Enterprise",
            "supported, ends about March 2027 (estimate)",
            False,
        ),
        (
            "3.9.0/badge.json?tier=pro",
            "clairdash 3.9.0, Pro",
            "support ended 30 September 2026",
            False,
        ),
        ("9.9.9/badge.json", "clairdash 9.9.9", "unknown version", True),
        ("what%20else/badge.json", "clairdash what else", "unknown version", True),
        ("3.9.0/badge.json?tier=gold", "clairdash 3.9.0", "unknown tier gold", True),
    ],
)
async def test_a_badge_says_what_is_known(client, clairdash, asked, label, message, is_error):
    badge = (await ok(client.get(f"{VERSIONS}/{asked}"))).json()

    assert (badge["label"], badge["message"], badge["isError"]) == (label, message, is_error)
    assert list(SHIELDS.iter_errors(badge)) == []


@pytest.mark.parametrize("day", ["2026-12-06", "2026-12-07", "2026-12-08"])
async def test_a_badge_says_what_the_api_answers_around_an_end(
    client, clairdash, admin, clock, day
):
    plan = {"version": "3.11.0", "planned_on": "2026-12-08"}
    await ok(client.post(f"{clairdash}/releases", json=plan, headers=admin))
    clock.advance(days=int(day[-2:]) - 6 + 15)
    release = {"version": "3.11.0", "released_on": "2026-12-08"}
    if day == "2026-12-08":
        await ok(client.post(f"{clairdash}/releases", json=release, headers=admin))

    answer = (await ok(client.get(f"{clairdash}/versions/3.6.0?tier=enterprise"))).json()
    badge = (await ok(client.get(f"{VERSIONS}/3.6.0/badge.json?tier=enterprise"))).json()

    assert (answer["at"], answer["supported_until"]) == (day, "2026-12-07")
    verb = "supported until" if answer["status"] == "ending" else "support ended"
    assert badge["message"] == f"{verb} 7 December 2026"


async def test_the_badge_of_an_unknown_product_says_so_and_is_not_kept(app, client):
    badge = await ok(client.get("/products/nothing/versions/1.0/badge.svg"))

    assert "nothing 1.0: unknown product" in badge.text
    assert badge.headers["cache-control"] == "public, max-age=60"
    assert len(app) == 0


async def test_a_badge_of_a_product_without_a_policy_promises_nothing(client, admin):
    release = {"version": "1.0.0", "released_on": "2026-11-01"}
    await ok(client.post("/v1/products", json={"slug": "new"}, headers=admin))
    await ok(client.post("/v1/products/new/releases", json=release, headers=admin))

    badge = (await ok(client.get("/products/new/versions/1.0.0/badge.json"))).json()

    assert (badge["message"], badge["isError"]) == ("no support policy", False)


HOSTILE = ["3.9.0", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "%D7%A9%D7%9C%D7%95%D7%9D", "x" * 3000]


@pytest.mark.parametrize("version", HOSTILE)
async def test_the_picture_of_a_badge_has_a_name_and_room_for_its_text(client, clairdash, version):
    response = await ok(client.get(f"{VERSIONS}/{version}/badge.svg"))

    badge = ET.fromstring(response.text)  # noqa: S314 -- our own
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.headers["content-security-policy"].startswith("default-src 'none'; style-src")
    assert badge.get("role") == "img"
    assert badge.find(f"{SVG}title").text.startswith("clairdash ")
    assert not list(badge.iter(f"{SVG}script"))
    label, message = badge.iter(f"{SVG}text")
    right = float(badge.get("width"))
    for text, until in ((label, float(message.get("x")) - 7), (message, right)):
        length = float(text.get("textLength"))
        assert float(text.get("x")) + length <= until
        assert length == text_width(text.text, 11)
    assert right < 700

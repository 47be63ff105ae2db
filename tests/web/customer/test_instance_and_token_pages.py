import json
import re

import pytest

from lifecycle.web import product_lists
from testkit.html_pages import text_of
from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import FROM_HERE, form_key, send

pytestmark = pytest.mark.one_database("what pages make of it")

PATH = "/my/acme/instances"
REPORT = {"name": "edge", "product": "clairdash", "version": "3.9.0"}


def sbom(*purls):
    components = [{"type": "library", "name": purl, "purl": purl} for purl in purls]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components})


async def upload(client, content, name="sbom.json"):
    fields = {"form_key": await form_key(client)}
    files = {"sbom": (name, content, "application/json")}
    return await client.post("/my/acme/sbom", data=fields, files=files, headers=FROM_HERE)


async def instances(client, admin, slug="acme"):
    listed = (await client.get(f"/v1/accounts/{slug}/instances", headers=admin)).json()["items"]
    return {each["name"]: each["version"] for each in listed}


@pytest.mark.both_databases
async def test_an_instance_is_reported_by_hand_and_removed(client, admin, acme):
    added = await send(client, PATH, **REPORT, environment="lab", features="rest-v1")
    changed = await send(client, PATH, **REPORT | {"version": "3.10.0"})
    stored = await instances(client, admin)
    removed = await send(client, f"{PATH}/edge/remove")

    assert added.headers["location"] == f"{PATH}?done=instance-added"
    assert changed.headers["location"] == f"{PATH}?done=instance-changed"
    assert stored == {"narwhal-prod": "3.10.0", "edge": "3.10.0"}
    assert removed.headers["location"] == f"{PATH}?done=instance-removed"
    assert await instances(client, admin) == {"narwhal-prod": "3.10.0"}


async def instance(client, admin, name="narwhal-prod"):
    return (await client.get(f"/v1/accounts/acme/instances/{name}", headers=admin)).json()


async def test_a_misspelled_feature_is_named_before_it_is_stored(client, admin, acme):
    typed = {"name": "narwhal-prod", "product": "clairdash", "version": "3.10.0"}

    refused = await send(client, PATH, **typed, features="rest-v1 rest-v2")
    before = (await instance(client, admin))["features"]
    confirmed = await send(
        client, PATH, **typed, features="rest-v1 rest-v2", unknown_features="yes"
    )

    assert refused.status_code == 400
    assert "'rest-v2' is not a feature of clairdash; did you mean rest-v1?" in text_of(
        refused.text
    ).replace("`", "")
    assert before == ["rest-v1"]
    assert confirmed.headers["location"] == f"{PATH}?done=instance-changed"
    assert (await instance(client, admin))["features"] == ["rest-v1", "rest-v2"]
    shown = text_of((await client.get(PATH, headers=BROWSER)).text)
    assert "rest-v2 is not a known feature of clairdash." in shown


async def test_what_a_report_leaves_empty_stays_and_its_day_is_today(client, admin, acme, clock):
    before = await instance(client, admin)

    await send(client, PATH, name="narwhal-prod", product="clairdash", version="3.9.0")

    after = await instance(client, admin)
    assert after["last_seen"].startswith(clock().date().isoformat())
    assert after["last_seen"] != before["last_seen"]
    kept = ("environment", "features", "tier")
    assert [after[field] for field in kept] == [before[field] for field in kept]


async def test_an_instance_is_changed_in_a_form_that_holds_it(client, admin, acme):
    page = (await client.get(f"{PATH}?instance=narwhal-prod", headers=BROWSER)).text
    fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page))
    typed = {field: fields[field] for field in ("was", "name", "version", "features")}

    await send(client, PATH, **typed, product="clairdash", environment="")

    after = await instance(client, admin)
    assert fields["environment"] == "narwhal-cluster"
    assert (after["environment"], after["features"]) == (None, ["rest-v1"])
    missing = await client.get(f"{PATH}?instance=nothing", headers=BROWSER)
    assert missing.status_code == 404


async def test_a_version_that_is_no_release_is_pointed_out(client, acme):
    await send(client, PATH, **REPORT | {"version": "3.9.77"})

    shown = text_of((await client.get(PATH, headers=BROWSER)).text)

    assert "clairdash has no release '3.9.77'." in shown


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"product": "nothing"}, "is not a known product"),
        ({"name": ""}, "must not be empty"),
        ({"version": ""}, "Version"),
        ({"features": "not/ok"}, "Features"),
    ],
)
async def test_what_cannot_be_reported_is_shown_again_with_why(client, admin, acme, said, words):
    answer = await send(client, PATH, **REPORT | {"environment": "our-lab"} | said)

    assert answer.status_code == 400
    assert words in text_of(answer.text)
    assert 'value="our-lab"' in answer.text
    assert await instances(client, admin) == {"narwhal-prod": "3.10.0"}


@pytest.mark.both_databases
async def test_an_sbom_is_uploaded(client, admin, acme):
    body = {"name": "clairdash", "identifiers": ["pkg:npm/clairdash"]}
    await ok(client.put("/v1/products/clairdash", json=body, headers=admin))

    shown = await upload(client, sbom("pkg:npm/clairdash@3.9.0", "pkg:npm/left-pad@1.0.0"))

    assert shown.status_code == 200
    assert "you run 1 product of it: upload:clairdash" in text_of(shown.text)
    assert (await instances(client, admin))["upload:clairdash"] == "3.9.0"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("hello", "is not a supported SBOM"),
        (sbom(), "lists no components"),
        ('{"bomFormat": "CycloneDX", "components": [', "cut short"),
    ],
)
async def test_a_file_that_is_none_is_refused_with_why(client, admin, acme, content, words):
    answer = await upload(client, content)

    assert answer.status_code == 400
    assert words in text_of(answer.text)
    assert await instances(client, admin) == {"narwhal-prod": "3.10.0"}


async def test_a_mistake_stands_at_its_form_under_the_name_on_the_page(client, acme):
    uploaded = await upload(client, "{}")
    reported = await send(client, PATH, name="edge", product="clairdash", features="a b&")

    by_hand, by_sbom = (re.split('id="by-sbom"', page.text) for page in (reported, uploaded))
    assert "The SBOM was not taken" in by_sbom[1]
    assert 'role="alert"' not in by_sbom[0]
    assert "Version must not be empty" in text_of(by_hand[0])
    assert "a line of text" not in by_hand[0]
    assert "Features in use entry 2 must be" in text_of(by_hand[0])
    assert 'role="alert"' not in by_hand[1]


async def test_an_sbom_of_nothing_known_changes_nothing(client, admin, acme):
    answer = await upload(client, sbom("pkg:npm/left-pad@1.0.0"))

    assert answer.status_code == 200
    assert "so nothing was changed" in text_of(answer.text)
    assert await instances(client, admin) == {"narwhal-prod": "3.10.0"}


async def test_a_form_with_a_file_needs_its_key_as_any_other(client, acme):
    files = {"sbom": ("sbom.json", sbom(), "application/json")}

    answer = await client.post("/my/acme/sbom", files=files, headers=FROM_HERE)

    assert answer.status_code == 403


async def test_a_form_that_was_cut_short_is_refused(client, acme):
    kind = {"Content-Type": "multipart/form-data; boundary=here"}

    answer = await client.post(
        "/my/acme/sbom", content=b"--here\r\nhello", headers=FROM_HERE | kind
    )

    assert answer.status_code == 400


@pytest.mark.both_databases
async def test_a_token_is_made_for_the_account_alone_and_shown_once(client, acme):
    made = await send(client, "/my/acme/tokens", label="our pipeline", life="90")

    (secret,) = re.findall(r"lct_[\w-]{43}", made.text)
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await client.get("/v1/accounts/acme", headers=headers)).status_code == 200
    assert (await client.get("/v1/accounts/globex", headers=headers)).status_code == 403
    assert (await client.get("/v1/accounts", headers=headers)).status_code == 403
    listed = (await client.get("/my/acme/tokens", headers=BROWSER)).text
    assert secret not in listed
    assert "our pipeline" in listed
    assert "19 February 2027" in listed


async def test_a_form_that_is_sent_twice_makes_one_token(client, acme):
    page = (await client.get("/my/acme/tokens", headers=BROWSER)).text
    (key,) = re.findall(r'name="token_key" value="([\w-]+)"', page)
    fields = {"token_key": key, "label": "our pipeline", "life": "90"}

    first = await send(client, "/my/acme/tokens", **fields)
    again = await send(client, "/my/acme/tokens", **fields)

    assert [len(re.findall(r"lct_[\w-]{43}", page.text)) for page in (first, again)] == [1, 0]
    assert "The token was made already" in again.text
    assert again.text.count('<th scope="row">our pipeline</th>') == 1


async def test_a_token_is_revoked(client, acme):
    made = await send(client, "/my/acme/tokens", label="our pipeline", life="never")
    (secret,) = re.findall(r"lct_[\w-]{43}", made.text)
    (path, *_) = re.findall(r"/my/acme/tokens/\d+/revoke", made.text)

    answer = await send(client, path)

    headers = {"Authorization": f"Bearer {secret}"}
    assert answer.headers["location"] == "/my/acme/tokens?done=token-revoked"
    assert (await client.get("/v1/accounts/acme", headers=headers)).status_code == 401


async def test_revoking_the_token_one_is_signed_in_by_says_so_and_signs_out(client, acme):
    await send(client, "/my/acme/tokens", label="our pipeline", life="never")
    page = (await client.get("/my/acme/tokens", headers=BROWSER)).text
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
    (row,) = [row for row in rows if "revoking it signs you out" in row]

    answer = await send(client, "/my/acme/tokens/2/revoke")

    assert "/my/acme/tokens/2/revoke" in row
    assert "To sign in" in row
    assert answer.headers["location"] == "/sign-in?done=signed-out"
    assert (await client.get("/my/acme/tokens", headers=BROWSER)).status_code != 200


async def test_no_other_token_is_revoked(client, acme, admin, make_token):
    foreign = await make_token("account:globex")

    for number in range(1, 6):
        if number != 2:  # acme's own, which this session came by
            answer = await send(client, f"/my/acme/tokens/{number}/revoke")
            assert answer.status_code == 404, number

    assert (await client.get("/v1/accounts/globex", headers=foreign)).status_code == 200
    assert (await client.get("/v1/accounts", headers=admin)).status_code == 200


@pytest.mark.parametrize("said", [{"label": ""}, {"life": "1000"}, {"label": "x" * 600}])
async def test_a_token_that_cannot_be_is_refused(client, acme, said):
    answer = await send(client, "/my/acme/tokens", **{"label": "ours", "life": "30"} | said)

    assert answer.status_code == 400
    assert not re.search(r"lct_[\w-]{43}", answer.text)


async def test_of_many_products_one_is_found_and_chosen_before_its_instance_is_reported(
    client, admin, acme, monkeypatch
):
    monkeypatch.setattr(product_lists, "ON_A_PAGE", 6)
    for number in range(product_lists.FEW):
        product = {"slug": f"tool-{number}", "name": f"Tool <{number}>"}
        await ok(client.post("/v1/products", json=product, headers=admin))

    async def shown(**query):
        return (await client.get(PATH, params=query, headers=BROWSER)).text

    offered, found = await shown(), await shown(q="tool-7")
    (onward,) = re.findall(r'href="([^"]+)" rel="next"', offered)
    further = (await client.get(onward.replace("&amp;", "&"), headers=BROWSER)).text
    (chosen,) = re.findall(r'href="([^"]+)"><bdi>Tool', found)
    form = (await client.get(chosen, headers=BROWSER)).text
    unknown = await client.get(PATH, params={"product": "tool-70"}, headers=BROWSER)
    refused = await send(client, PATH, name="edge", product="tool-7", version="")
    edited = await shown(instance="narwhal-prod")

    assert "<select" not in offered
    assert re.findall(r"<bdi>([^<]+)</bdi></a>", offered + further) == [
        "clairdash",
        *(f"Tool &lt;{number}&gt;" for number in range(product_lists.FEW)),
    ]
    assert "1 of 11 products matches tool-7" in text_of(found)
    assert (chosen, unknown.status_code) == (f"{PATH}?product=tool-7#by-hand", 404)
    assert 'name="product" value="tool-7"' in form
    assert "Product: tool-7. Choose another" in text_of(refused.text)
    assert 'name="product" value="clairdash"' in edited

import re
from html import unescape

import pytest

from testkit.html_pages import text_of
from testkit.responses import ok

ALL = "/v1/deprecations"
TIERS = ["community", "pro", "enterprise"]
LATER = {"tiers": TIERS, "when": "one", "day": "2027-12-01", "reason": "More time."}
pytestmark = pytest.mark.one_database("what HTTP makes of it")


@pytest.fixture
async def announced(announce, customers):
    """Announce that a feature goes on 1 September; return the path of its page."""
    path = await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    return path.replace("/v1", "/console")


def fields_on(page):
    """Return the hidden fields of a page's form for the next step, several values each."""
    fields = {}
    form = page.partition('<form class="actions"')[2] or page
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(unescape(value))
    return {name: values for name, values in fields.items() if name != "form_key"}


async def stored(client, publish, path):
    return (await ok(client.get(path.replace("/console", "/v1"), headers=publish))).json()


async def reviewed(manager, path, act, **said):
    page = await manager.open(f"{path}/{act}")
    revision = re.search(r'name="revision" value="(\d+)"', page)[1]
    answer = await manager.send(f"{path}/{act}/review", **{"revision": revision} | said)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_form_shows_what_stands(manager, announced):
    page = await manager.open(f"{announced}/amend")

    assert 'name="day" type="date" value="2027-09-01"' in page
    for tier in TIERS:
        assert f'name="tiers" value="{tier}" checked' in page
    assert "Enterprise from 1 September 2027" in text_of(page)
    assert "Save to get more rows" not in page


async def test_postponing_says_what_it_sends_before_it_is_sent(manager, client, publish, announced):
    page = await reviewed(manager, announced, "amend", **LATER)

    text = text_of(page)
    assert "It is postponed." in text
    assert "Enterprise: 1 September 2027 → 1 December 2027" in text
    assert "1 account gets a notice now" in text
    assert "1 account cannot be reached: acme (no subscription)" in text
    assert "Amend it and notify 1 account" in text
    assert "on 1 December 2027, in 375 days, not on 1 September 2027" in text
    assert "Why this changed: More time." in text
    assert (await stored(client, publish, announced))["days"]["pro"] == "2027-09-01"

    led = await manager.submit(f"{announced}/amend", **fields_on(page))

    assert led == f"{announced}/reach?done=amended"
    shown = await stored(client, publish, announced)
    assert set(shown["days"].values()) == {"2027-12-01"}
    assert shown["revisions"][-1]["change"] == "postponed"


async def test_what_is_withdrawn_is_nowhere_said_to_be_coming(manager, announced):
    page = await reviewed(manager, announced, "withdraw", reason="We keep it.")
    await manager.submit(f"{announced}/withdraw", **fields_on(page))

    for path in (
        announced,
        f"{announced}/reach",
        "/console/deprecations",
        "/console/accounts/globex",
    ):
        shown = await manager.open(path)
        assert "withdrawn" in shown.lower(), path
        assert "in 284 days" not in text_of(shown), path
    assert "1 September 2027 withdrawn" in text_of(await manager.open(announced))


@pytest.mark.both_databases
async def test_the_notice_sent_is_the_one_that_was_shown(manager, client, publish, announced):
    page = await reviewed(manager, announced, "amend", **LATER)
    (shown, *_) = re.findall(r"Notice ([0-9a-f-]{36}), revision 2 of", page)

    await manager.submit(f"{announced}/amend", **fields_on(page))

    notices = await client.get("/v1/accounts/globex/notices", headers=publish)
    assert notices.json()["items"][0]["id"] == shown


async def test_one_goes_back_from_what_was_shown_with_everything_filled_in(manager, announced):
    page = await reviewed(manager, announced, "amend", **LATER, migration="Call **/v2**.")

    again = await manager.send(f"{announced}/amend/review", **fields_on(page) | {"then": "edit"})

    assert 'name="day" type="date" value="2027-12-01"' in again.text
    assert "Call **/v2**." in again.text
    assert "More time." in again.text


@pytest.mark.both_databases
@pytest.mark.parametrize("reached", [True, False])
async def test_newcomers_are_counted_apart(manager, client, admin, announced, reached):
    path = "/v1/accounts/initech"
    await ok(client.put(path, json={"tier": "pro"}, headers=admin))
    if reached:
        hook = {"channel": "webhook", "address": "https://hooks.initech.example/in"}
        await ok(client.post(f"{path}/subscriptions", json=hook, headers=admin))
    runs = {"product": "clairdash", "version": "3.9.0", "features": ["rest-v1"]}
    seen = {"last_seen": "2026-11-20T00:00:00Z"}
    await ok(client.put(f"{path}/instances/prod", json=runs | seen, headers=admin))

    text = text_of(await reviewed(manager, announced, "amend", **LATER))

    if reached:
        both = "2 accounts get a notice now: 1 that was reached before, 1 for the first time."
        assert both in text
        assert "1 account cannot be reached: acme" in text
    else:
        assert "1 account gets a notice now." in text
        assert "2 accounts cannot be reached: acme (no subscription), initech" in text


@pytest.mark.parametrize(
    ("said", "status", "says"),
    [
        ({"reason": ""}, 400, "must not be empty"),
        ({"day": "2027-09-01"}, 400, "changes nothing"),
        ({"day": "2027-02-30"}, 400, "is not a valid date"),
        ({"day": "2026-12-01"}, 409, "is too soon for Enterprise; use 20 May 2027 or later"),
        ({"tiers": []}, 400, "names no tier"),
        ({"link_url": "nonsense"}, 400, "begins with https://"),
    ],
)
async def test_an_amendment_that_is_refused_is_shown_again(
    manager, client, publish, announced, said, status, says
):
    fields = LATER | {"revision": "2"} | said

    for step in ("amend/review", "amend"):
        answer = await manager.send(f"{announced}/{step}", **fields)
        assert answer.status_code == status, answer.text
        assert says in text_of(answer.text)
    assert (await stored(client, publish, announced))["revision"] == 2


async def test_texts_and_tiers_are_amended_as_well(manager, client, publish, announced):
    page = await reviewed(
        manager,
        announced,
        "amend",
        tiers=["community", "pro"],
        when="one",
        day="2027-09-01",
        replacement="REST v2",
        link_title="Guide",
        link_url="https://example.com/guide",
        reason="Enterprise keeps it.",
    )
    assert "Enterprise: no longer concerned (1 September 2027)" in text_of(page)

    await manager.submit(f"{announced}/amend", **fields_on(page))

    shown = await stored(client, publish, announced)
    assert shown["tiers"] == ["community", "pro"]
    assert shown["replacement"] == "REST v2"
    assert shown["links"] == [{"title": "Guide", "url": "https://example.com/guide"}]
    assert shown["revisions"][-1]["change"] == "narrowed+changed"


async def test_what_somebody_else_amended_meanwhile_is_not_overwritten(
    manager, client, publish, announced, act
):
    page = await reviewed(manager, announced, "amend", **LATER)
    await act(
        announced.replace("/console", "/v1"), "amend", effective_on="2028-01-01", reason="Later."
    )

    answer = await manager.send(f"{announced}/amend", **fields_on(page))

    assert answer.status_code == 412
    assert "Enterprise from 1 January 2028" in text_of(answer.text)
    assert "More time." in answer.text
    assert (await stored(client, publish, announced))["days"]["pro"] == "2028-01-01"


@pytest.mark.both_databases
async def test_withdrawing_says_what_it_sends_before_it_is_sent(
    manager, client, publish, announced, store
):
    page = await reviewed(manager, announced, "withdraw", reason="We keep it.")

    text = text_of(page)
    assert "It no longer applies" in text
    assert "No account gets a notice now." in text, "nothing was sent yet"
    assert "Why it was withdrawn: We keep it." in text
    assert "The removal of REST (rest-v1) in clairdash announced for 1 September 2027" in text
    assert (await stored(client, publish, announced))["status"] == "announced"

    led = await manager.submit(f"{announced}/withdraw", **fields_on(page))

    assert led == f"{announced}/reach?done=withdrawn"
    assert (await stored(client, publish, announced))["status"] == "withdrawn"
    assert "/withdraw" not in await manager.open(announced)
    again = await manager.send(f"{announced}/withdraw", **fields_on(page))
    assert again.status_code in {409, 412}


async def test_a_waiver_lets_an_amendment_come_sooner(manager, client, publish, announced):
    said = {"person": "R. Fuchs", "reason": "law", "explanation": "By law.", "until": "2026-12-31"}
    led = await manager.submit(f"{announced}/waiver", purpose="amend", **said)
    assert led.startswith(f"{announced}/amend?waiver=")
    waiver = re.search(r"waiver=([0-9a-f-]{36})", led)[1]
    assert f'value="{waiver}" selected' in await manager.open(led)

    page = await reviewed(
        manager, announced, "amend", **LATER | {"day": "2027-01-15", "waiver": waiver}
    )
    assert "R. Fuchs decided" in text_of(page)
    await manager.submit(f"{announced}/amend", **fields_on(page))

    assert (await stored(client, publish, announced))["revisions"][-1]["waiver"] == waiver


async def test_another_products_manager_finds_none_of_it(
    manager, signed_in, announced, client, admin
):
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
    limited = await signed_in("publish:studio")

    for act in ("amend", "withdraw"):
        missing = await limited.open(f"/console/deprecations/nothing/{act}", status=404)
        foreign = await limited.open(f"{announced}/{act}", status=404)
        assert foreign.replace(announced.rpartition("/")[2], "nothing") == missing
        for step in (act, f"{act}/review"):
            answer = await limited.send(f"{announced}/{step}", revision="2", reason="Mine.")
            assert answer.status_code == 404

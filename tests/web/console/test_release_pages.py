import asyncio
import csv
import io
import re
from html import unescape

import msgspec
import pytest

from lifecycle.documents import load
from lifecycle.policy.presets import preset
from testkit.html_pages import text_of
from testkit.responses import ok

START = "/console/releases/clairdash"
API = "/v1/products/clairdash/releases"
TODAY = "2026-11-21"
pytestmark = pytest.mark.one_database("what HTTP makes of it")


@pytest.fixture
async def fleet(client, admin, clairdash):
    """Store an Enterprise account that runs what the next minor ends."""
    path = "/v1/accounts/acme"
    await ok(client.put(path, json={"tier": "enterprise", "name": "Acme"}, headers=admin))
    runs = {"product": "clairdash", "version": "3.6.0"}
    await ok(client.put(f"{path}/instances/prod", json=runs, headers=admin))


@pytest.fixture
async def strict(client, admin, clairdash):
    """Let the policy promise notice of ends, so that releases that bring them are refused."""
    document = load(preset("clairdash"), format="yaml")
    document["notice"]["end_of_support"] = {"default": "30 days"}
    body = msgspec.json.encode(document | {"version": "2", "in_force_from": TODAY})
    headers = admin | {"Content-Type": "application/json"}
    await ok(client.put(f"{clairdash}/policy", content=body, headers=headers))


@pytest.fixture
async def tide(client, admin):
    """Store a product whose policy comes into force today, long after its releases."""
    product = {"slug": "tide", "scheme": "semver", "line_by": "minor"}
    await ok(client.post("/v1/products", json=product, headers=admin))
    past = [{"version": f"2.{n}.0", "released_on": f"2026-0{n + 1}-01"} for n in range(9)]
    await ok(client.post("/v1/products/tide/releases", json=past, headers=admin))
    document = load(preset("clairdash"), format="yaml")
    body = msgspec.json.encode(document | {"in_force_from": TODAY})
    headers = admin | {"Content-Type": "application/json"}
    await ok(client.put("/v1/products/tide/policy", content=body, headers=headers))


@pytest.fixture
async def planned(client, publish):
    """Plan a minor for a week later."""
    facts = {"version": "3.11.0", "planned_on": "2026-11-28"}
    await ok(client.post(API, json=facts, headers=publish))
    return f"{START}/versions/3.11.0"


async def stored(client, version="3.11.0"):
    answer = await client.get(f"{API}/{version}")
    return answer.json() if answer.is_success else None


def sent_by(page):
    """Return the hidden fields of the form that registers, and its checkbox if it is checked."""
    form = page.partition('id="register"')[2]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    if re.search(r'name="gate" value="yes" checked', form):
        fields["gate"] = "yes"
    return {name: unescape(value) for name, value in fields.items() if name != "form_key"}


def revision_on(page):
    return re.search(r'name="revision" value="(\d+)"', page)[1]


class TestTheList:
    async def test_it_has_the_highest_version_first_and_marks_plans_and_withdrawals(
        self, manager, client, publish, planned
    ):
        change = {"withdrawn_on": "2026-11-01"}
        await ok(client.patch(f"{API}/3.9.0", json=change, headers=publish))

        page = await manager.open(START)

        versions = re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page)
        assert versions[:3] == ["3.11.0", "3.10.0", "3.9.0"]
        text = text_of(page)
        assert "3.11.0 Planned 28 November 2026 (in 7 days)" in text
        assert "withdrawn 1 November 2026" in text

    @pytest.mark.both_databases
    async def test_it_pages_on_the_server_and_is_downloaded_whole(self, manager, client, publish):
        more = [{"version": f"2.{minor}.0", "released_on": "2025-01-01"} for minor in range(60)]
        await ok(client.post(API, json=more, headers=publish))

        first = await manager.open(START)
        onward = unescape(re.search(r'href="([^"]+)" rel="next"', first)[1])
        second = await manager.open(onward)
        table = await manager.client.get(f"{START}/releases.csv")

        assert "2.20.0" in first
        assert "2.19.0" not in first
        assert "2.19.0" in second
        rows = list(csv.DictReader(io.StringIO(table.text)))
        assert len(rows) == 70
        assert rows[0]["version"] == "3.10.0"
        assert rows[0]["released_on"] == "2026-10-01"

    async def test_a_cursor_that_it_did_not_give_out_is_refused_with_a_way_back(self, manager):
        page = await manager.open(f"{START}?cursor=nonsense", status=400)

        assert "is not valid for this list" in text_of(page)
        assert f'href="{START}"' in page

    async def test_one_product_is_not_asked_for_and_several_are(self, manager, client, admin):
        single = await manager.client.get("/console/releases")
        await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
        several = await manager.open("/console/releases")
        empty = text_of(await manager.open("/console/releases/studio"))

        assert single.headers["location"] == START
        assert 'href="/console/releases/studio"' in several
        assert "No release of studio is known yet. Register the first one" in empty


class TestLookingAhead:
    async def test_it_says_what_would_end_for_whom_and_shows_both_sides(self, manager, fleet):
        page = await manager.open(f"{START}/new?version=3.11.0&day={TODAY}")

        text = text_of(page)
        assert "Support for 3.6 ends for Enterprise after" in text
        assert "1 account with this tier runs it. Nobody is notified yet;" in text
        assert "Support for 3.10 ends for Pro after" in text
        assert "No account with this tier runs it." in text
        changed = page.partition('aria-label="What changes"')[2].partition("</table>")[0]
        rows = re.findall(r'<th scope="row">([^<]+)</th>\s*<td data-label="Tier">(\w+)', changed)
        assert ("3.6", "Enterprise") in rows
        assert ("3.10", "Pro") in rows
        assert ("3.10", "Enterprise") not in rows
        kept = page.partition('id="unchanged"')[2].partition("</details>")[0]
        assert "<summary>What stays as it is" in kept
        assert re.search(r'<th scope="row">3.10</th><td data-label="Tier">Enterprise', kept)

    @pytest.mark.parametrize("day", ["2026-11-20", TODAY, "2026-11-22"])
    async def test_the_first_day_of_a_policy_has_ends_as_any_other(
        self, manager, client, admin, tide, day
    ):
        supposed = {"release": {"version": "2.9.0", "day": day}}
        path = "/v1/products/tide/simulate"
        simulated = (await ok(client.post(path, json=supposed, headers=admin))).json()

        page = await manager.open(f"/console/releases/tide/new?version=2.9.0&day={day}")

        shown = re.findall(r"<strong>([\d.]+)</strong> ends for <strong>(\w+)</strong>", page)
        assert sorted(shown) == [("2.4", "Enterprise"), ("2.8", "Pro")]
        ends = [(end["line"], end["tier"].title()) for end in simulated["implied_ends"]]
        assert ends == shown
        assert {end["effective_on"] for end in simulated["implied_ends"]} == {max(day, TODAY)}

    @pytest.mark.parametrize("day", [TODAY, "2026-11-22"])
    async def test_the_gate_finds_the_ends_of_a_policys_first_day(self, client, admin, tide, day):
        manifest = {"product": "tide", "version": "2.9.0", "day": day}

        path = "/v1/products/tide/gate"
        judged = (await ok(client.post(path, json=manifest, headers=admin))).json()

        assert {end["line"] for end in judged["implied_ends"]} == {"2.4", "2.8"}
        found = {finding["subject"]: finding["rule"] for finding in judged["findings"]}
        assert found == dict.fromkeys(("2.4", "2.8"), "implied-end-unannounced")

    @pytest.mark.both_databases
    async def test_both_sides_are_what_the_simulation_answers(
        self, manager, client, publish, fleet
    ):
        asked = {"release": {"version": "3.11.0", "day": "2026-12-24"}}
        path = "/v1/products/clairdash/simulate"
        simulated = (await ok(client.post(path, json=asked, headers=publish))).json()

        page = await manager.open(f"{START}/new?version=3.11.0&day=2026-12-24")

        changed = page.partition('aria-label="What changes"')[2].partition("</table>")[0]
        rows = re.findall(r'<th scope="row">([^<]+)</th>\s*<td data-label="Tier">(\w+)', changed)
        expected = {(change["line"], change["tier"].title()) for change in simulated["changes"]}
        assert set(rows) == expected
        assert len(rows) == len(expected)

    async def test_what_is_registered_later_is_what_was_shown(
        self, manager, client, publish, fleet
    ):
        page = await manager.open(f"{START}/new?version=3.11.0&day={TODAY}")
        shown = re.findall(r"<strong>([\d.]+)</strong> ends for <strong>(\w+)</strong>", page)

        facts = {"version": "3.11.0", "released_on": TODAY}
        registered = (await ok(client.post(API, json=facts, headers=publish))).json()

        ends = [(end["line"], end["tier"].title()) for end in registered["implied_ends"]]
        assert shown == ends

    async def test_being_there_stores_nothing(self, manager, client, store, publish):
        before = (await ok(client.get("/v1/audit?limit=500", headers=publish))).json()

        await manager.open(f"{START}/new?version=3.11.0")
        await manager.open(f"{START}/new?version=3.11.0&day=2027-01-01")

        after = (await ok(client.get("/v1/audit?limit=500", headers=publish))).json()
        assert before == after
        assert await stored(client) is None

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ("version=x.y.z", "Version"),
            ("version=3.11.0&day=2026-02-30", "is not a valid date"),
            ("version=3.11.0&stage=old", "stage"),
            ("version=3.10.0", "is registered already"),
            ("version=3.11.0&line=3", "follows from the version"),
            ("version=3.11.0&notes_url=x", "https://"),
        ],
    )
    async def test_what_cannot_be_registered_is_said_beside_the_form(self, manager, query, says):
        status = 409 if "already" in says else 400
        page = await manager.open(f"{START}/new?{query}", status=status)

        assert says.lower() in text_of(page).lower()
        assert 'id="sides"' not in page
        if status == 409:
            assert f'href="{START}/versions/3.10.0"' in page

    async def test_who_may_only_read_tries_versions_and_is_offered_no_change(
        self, clairdash, admin, signed_in
    ):
        reader = await signed_in("release")

        page = await reader.open(f"{START}/new?version=3.11.0")

        assert "What 3.11.0 would end" in text_of(page)
        assert 'id="register"' not in page
        refused = await reader.send(f"{START}/new", version="3.11.0")
        assert refused.status_code == 403


class TestRegistering:
    @pytest.mark.both_databases
    async def test_what_was_looked_at_is_registered_with_its_verdict(
        self, manager, client, publish
    ):
        page = await manager.open(f"{START}/new?version=3.10.1")
        assert "The gate lets it out" in text_of(page)

        led = await manager.submit(f"{START}/new", **sent_by(page))

        assert led == f"{START}/versions/3.10.1?done=registered"
        assert (await stored(client, "3.10.1"))["released_on"] == TODAY
        shown = await manager.open(led)
        assert "The release is registered." in text_of(shown)
        verdict = re.search(r'href="(/console/verdicts/[0-9a-f-]{36})"', shown)[1]
        assert "3.10.1" in await manager.open(verdict)

    async def test_a_later_day_is_a_plan_and_its_release_confirms_it(self, manager, client):
        page = await manager.open(f"{START}/new?version=3.10.1&day=2026-11-30")
        planned = await manager.submit(f"{START}/new", **sent_by(page))
        assert planned == f"{START}/versions/3.10.1?done=planned"
        assert (await stored(client, "3.10.1"))["released_on"] is None
        release = await manager.open(planned)
        confirm = unescape(re.search(r'class="button" href="([^"]+/new\?[^"]+)"', release)[1])

        page = await manager.open(confirm)
        assert "which confirms its plan" in text_of(page)
        confirmed = await manager.submit(f"{START}/new", **sent_by(page))

        assert confirmed == f"{START}/versions/3.10.1?done=confirmed"
        shown = await stored(client, "3.10.1")
        assert (shown["released_on"], shown["planned_on"]) == (TODAY, "2026-11-30")

    async def test_a_plan_stays_a_plan_when_its_form_is_sent_on_its_day(
        self, manager, client, clock, signed_in
    ):
        page = await manager.open(f"{START}/new?version=3.10.1&day=2026-11-22")
        clock.advance(days=1)  # by when one signs in anew

        await (await signed_in()).submit(f"{START}/new", **sent_by(page))

        shown = await stored(client, "3.10.1")
        assert (shown["released_on"], shown["planned_on"]) == (None, "2026-11-22")

    @pytest.mark.both_databases
    async def test_the_same_form_sent_twice_registers_once_and_says_so(
        self, manager, client, publish
    ):
        page = await manager.open(f"{START}/new?version=3.10.1")
        fields = sent_by(page)

        answers = await asyncio.gather(*(manager.send(f"{START}/new", **fields) for _ in range(3)))

        led = sorted(answer.headers["location"] for answer in answers)
        path = f"{START}/versions/3.10.1"
        assert led == [f"{path}?done=already"] * 2 + [f"{path}?done=registered"]
        assert "Nothing was done twice." in text_of(await manager.open(led[0]))
        log = (await ok(client.get("/v1/audit?limit=500", headers=publish))).json()
        entries = [entry for entry in log["items"] if entry["subject"] == "clairdash/3.10.1"]
        assert len(entries) == 1

    async def test_another_day_for_the_same_version_is_no_repeat(self, manager, client):
        page = await manager.open(f"{START}/new?version=3.10.1")
        fields = sent_by(page)
        await manager.submit(f"{START}/new", **fields)

        answer = await manager.send(f"{START}/new", **fields | {"day": "2026-11-19"})

        assert answer.status_code == 409
        assert "is registered already" in text_of(answer.text)
        assert f'href="{START}/versions/3.10.1"' in answer.text
        assert (await stored(client, "3.10.1"))["released_on"] == TODAY

    async def test_what_the_gate_refuses_is_not_stored_and_shows_the_way_out(
        self, manager, client, fleet, strict
    ):
        page = await manager.open(f"{START}/new?version=3.11.0")
        assert "The gate refuses it" in text_of(page)
        fields = sent_by(page)

        answer = await manager.send(f"{START}/new", **fields)

        assert answer.status_code == 409
        text = text_of(answer.text)
        assert "It cannot be registered" in text
        assert "The gate refuses 3.11.0" in text
        assert "To fix it:" in text
        assert f'href="{START}/gate?version=3.11.0' in answer.text
        assert await stored(client) is None

        led = await manager.submit(f"{START}/new", **fields | {"gate": ""})
        assert led.endswith("?done=registered")

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({}, 400),
            ({"version": ""}, 400),
            ({"version": "3.11.0", "day": "yesterday"}, 400),
            ({"version": "3.11.0", "day": "2026-11-01", "as": "planned"}, 400),
            ({"version": "3.11.0", "stage": "x" * 1000}, 400),
            ({"version": "nonsense"}, 400),
            ({"version": "3.11.0\n"}, 303),
        ],
    )
    async def test_a_form_that_no_page_sends_is_refused_with_its_field(
        self, manager, client, fields, status
    ):
        answer = await manager.send(f"{START}/new", **fields)

        assert answer.status_code == status, answer.text
        if status == 400:
            assert 'id="problems"' in answer.text


class TestChanging:
    async def changed(self, manager, path, act, **said):
        page = await manager.open(f"{path}/{act}")
        return await manager.submit(f"{path}/{act}", revision=revision_on(page), **said)

    @pytest.mark.both_databases
    async def test_a_plan_is_moved_after_what_that_does_was_shown(self, manager, client, planned):
        page = text_of(await manager.open(f"{planned}/move?day=2026-12-05"))
        assert "Support before and after" in page
        assert "On 28 November 2026" in page

        led = await self.changed(manager, planned, "move", day="2026-12-05")

        assert led == f"{planned}?done=moved"
        assert (await stored(client))["planned_on"] == "2026-12-05"
        assert "The plan is moved." in text_of(await manager.open(led))

    async def test_an_earlier_day_says_which_ends_come_sooner(self, manager, planned, fleet):
        page = text_of(await manager.open(f"{planned}/move?day=2026-11-24"))

        assert "Support for 3.6 ends for Enterprise after" in page

    @pytest.mark.both_databases
    async def test_a_release_is_withdrawn_and_restored(self, manager, client, publish):
        path = f"{START}/versions/3.10.0"
        said = {"day": "2026-11-20", "reason": "It loses data."}
        led = await self.changed(manager, path, "withdraw", **said)
        assert led == f"{path}?done=withdrawn"
        assert "Withdrawn" in text_of(await manager.open(path))

        led = await self.changed(manager, path, "restore", day=TODAY)

        assert led == f"{path}?done=restored"
        shown = await stored(client, "3.10.0")
        assert (shown["withdrawn_on"], shown["restored_on"]) == ("2026-11-20", TODAY)
        log = (await ok(client.get("/v1/audit?limit=500", headers=publish))).json()["items"]
        (restored, withdrawn) = [e["details"] for e in log if e["action"] == "release.changed"]
        assert withdrawn["reason"] == "It loses data."
        assert "reason" not in restored

        await self.changed(manager, path, "withdraw", day=TODAY, reason="The wrong one.")
        refused = await manager.send(f"{path}/restore", day=TODAY, revision="4")
        assert "if that was a mistake, take it back" in text_of(refused.text)
        led = await self.changed(manager, path, "undo")
        assert led == f"{path}?done=undone"
        shown = await stored(client, "3.10.0")
        assert (shown["withdrawn_on"], shown["restored_on"]) == (None, None)

    @pytest.mark.both_databases
    async def test_a_mistake_is_voided_with_its_reason_and_can_be_sent_twice(
        self, manager, client, publish
    ):
        path = f"{START}/versions/3.10.0"
        page = await manager.open(f"{path}/void")
        fields = {"revision": revision_on(page), "reason": "It was a typing mistake."}

        led = await manager.submit(f"{path}/void", **fields)
        again = await manager.submit(f"{path}/void", **fields)

        assert led == f"{START}?done=voided"
        assert again == f"{START}?done=voided-already"
        assert "It was voided already" in text_of(await manager.open(again))
        assert await stored(client, "3.10.0") is None
        log = (await ok(client.get("/v1/audit?limit=500", headers=publish))).json()
        voided = [entry for entry in log["items"] if entry["action"] == "release.voided"]
        assert [entry["details"]["reason"] for entry in voided] == ["It was a typing mistake."]

    async def test_voiding_the_only_release_of_a_line_ends_what_covers_it_and_says_for_whom(
        self, manager, client, admin, planned
    ):
        await ok(client.put("/v1/accounts/acme", json={"tier": "enterprise"}, headers=admin))
        runs = {"product": "clairdash", "version": "3.10.0"}
        await ok(client.put("/v1/accounts/acme/instances/prod", json=runs, headers=admin))

        out = text_of(await manager.open(f"{START}/versions/3.10.0/void"))
        plan = text_of(await manager.open(f"{planned}/void"))

        assert "Support for 3.10 ends for Enterprise after 20 November 2026" in out
        assert "1 account" in out
        assert "Support for 3.11 ends" not in plan

    async def test_what_is_known_is_corrected(self, manager, client):
        path = f"{START}/versions/3.10.0"
        fields = {"day": "2026-10-02", "notes_url": "https://example.com/3.10", "stage": ""}

        led = await self.changed(manager, path, "correct", **fields)

        assert led == f"{path}?done=corrected"
        shown = await stored(client, "3.10.0")
        assert (shown["released_on"], shown["notes_url"]) == ("2026-10-02", fields["notes_url"])
        assert fields["notes_url"] in await manager.open(path)

    async def test_the_same_change_sent_twice_is_done_once_and_says_so(
        self, manager, client, publish
    ):
        path = f"{START}/versions/3.10.0"
        page = await manager.open(f"{path}/withdraw")
        fields = {"revision": revision_on(page), "day": TODAY, "reason": "It loses data."}

        first = await manager.submit(f"{path}/withdraw", **fields)
        second = await manager.submit(f"{path}/withdraw", **fields)

        assert (first, second) == (f"{path}?done=withdrawn", f"{path}?done=already")
        log = (await ok(client.get("/v1/audit?limit=500", headers=publish))).json()
        assert [entry["action"] for entry in log["items"]].count("release.changed") == 1

    @pytest.mark.both_databases
    async def test_another_reason_for_what_is_withdrawn_is_kept_in_the_log(
        self, manager, client, publish
    ):
        path = f"{START}/versions/3.10.0"
        page = await manager.open(f"{path}/withdraw")
        said = {"day": TODAY, "reason": "It loses data."}
        await manager.submit(f"{path}/withdraw", revision=revision_on(page), **said)

        stale = await manager.send(
            f"{path}/withdraw", revision=revision_on(page), **said | {"reason": "It leaks."}
        )
        fields = said | {"reason": "It leaks.", "revision": revision_on(stale.text)}
        led = [await manager.submit(f"{path}/withdraw", **fields) for _ in range(2)]

        assert stale.status_code == 412
        assert led == [f"{path}?done=withdrawn", f"{path}?done=already"]
        log = (await ok(client.get("/v1/audit?limit=500", headers=publish))).json()["items"]
        changes = [entry["details"] for entry in log if entry["action"] == "release.changed"]
        assert [details["reason"] for details in changes] == ["It leaks.", "It loses data."]
        assert (await stored(client, "3.10.0"))["withdrawn_on"] == TODAY

    async def test_a_release_is_not_voided_for_a_second_reason(self, manager, clairdash):
        path = f"{START}/versions/3.10.0"
        said = {"revision": "1", "reason": "Never built."}
        first = await manager.submit(f"{path}/void", **said)

        again = await manager.submit(f"{path}/void", **said)
        other = await manager.send(f"{path}/void", **said | {"reason": "A typing error."})

        assert first.endswith("done=voided")
        assert again.endswith("done=voided-already")
        assert other.status_code == 404

    async def test_correcting_the_day_of_what_is_withdrawn_names_that_day(self, manager):
        path = f"{START}/versions/3.10.0"
        page = await manager.open(f"{path}/withdraw")
        said = {"day": "2026-11-10", "reason": "Old."}
        await manager.submit(f"{path}/withdraw", revision=revision_on(page), **said)

        page = await manager.open(f"{path}/correct")
        answer = await manager.send(f"{path}/correct", revision=revision_on(page), day="2026-11-12")

        assert answer.status_code == 400
        assert 'href="#field-day"' in answer.text
        assert "must not lie after the withdrawal on 10 November 2026" in text_of(answer.text)

    async def test_a_day_to_come_is_no_correction_and_is_refused_by_one_sentence(self, manager):
        path = f"{START}/versions/3.10.0"
        page = await manager.open(f"{path}/correct")
        late = await manager.send(f"{path}/correct", revision=revision_on(page), day="2027-01-12")
        said = {"day": "2026-11-10", "reason": "Old."}
        await manager.submit(f"{path}/withdraw", revision=revision_on(page), **said)
        page = await manager.open(f"{path}/correct")
        both = await manager.send(f"{path}/correct", revision=revision_on(page), day="2027-01-12")

        fault = "lies in the future (today is 21 November 2026); use up to 21 November 2026"
        assert fault in text_of(late.text)
        assert "planned_on" not in text_of(late.text)
        assert both.text.count('href="#field-day"') == 1
        assert "must not lie after the withdrawal on 10 November 2026" in text_of(both.text)

    async def test_a_version_that_cannot_be_is_refused_by_one_sentence_that_names_why(
        self, manager, client, publish
    ):
        for version, fault in {
            "..": "is not a valid semver version",
            "3.43.0\u200b": "holds the invisible character U+200B at position 7; remove it",
        }.items():
            facts = {"version": version, "released_on": TODAY}
            refused = await client.post(API, json=facts, headers=publish)
            page = await manager.send(f"{START}/new", version=version, day=TODAY)

            problems = refused.json()["errors"]
            assert refused.status_code == page.status_code == 400
            assert [problem["field"] for problem in problems] == ["version"]
            assert fault in problems[0]["message"]
            assert fault in text_of(page.text)

    async def test_the_plan_of_a_release_that_is_out_is_not_moved(self, manager, client):
        path = f"{START}/versions/3.10.0"
        revision = revision_on(await manager.open(f"{path}/withdraw"))

        answer = await manager.send(f"{path}/move", revision=revision, day="2027-01-10")

        assert answer.status_code == 409
        assert "only a plan can be moved" in text_of(answer.text)
        assert (await stored(client, "3.10.0"))["planned_on"] is None

    async def test_the_last_day_of_the_calendar_is_looked_ahead_to(self, manager):
        page = await manager.open(f"{START}/new?version=3.60.0&day=9999-12-31")

        assert "31 December 9999" in text_of(page)

    async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
        self, manager, client, publish, planned
    ):
        page = await manager.open(f"{planned}/move")
        elsewhere = {"planned_on": "2026-12-24"}
        await ok(client.patch(f"{API}/3.11.0", json=elsewhere, headers=publish))

        fields = {"revision": revision_on(page), "day": "2026-12-05"}
        answer = await manager.send(f"{planned}/move", **fields)

        assert answer.status_code == 412
        assert (await stored(client))["planned_on"] == "2026-12-24"

    @pytest.mark.parametrize(
        ("version", "act", "fields", "status"),
        [
            ("3.10.0", "void", {"reason": " "}, 400),
            ("3.10.0", "withdraw", {"day": "", "reason": "Old."}, 400),
            ("3.10.0", "withdraw", {"day": TODAY, "reason": " "}, 400),
            ("3.10.0", "withdraw", {"day": "2026-01-01", "reason": "Old."}, 400),
            ("3.10.0", "restore", {"day": TODAY}, 400),
            ("3.11.0", "move", {"day": "2026-11-01"}, 400),
            ("3.11.0", "withdraw", {"day": TODAY, "reason": "Old."}, 400),
            ("3.10.0", "correct", {"day": "2027-01-01"}, 400),
            ("3.10.0", "correct", {"day": "2026-10-01", "stage": "beta"}, 409),
            ("3.10.0", "restore", {"day": TODAY, "revision": ""}, 428),
            ("3.10.0", "restore", {"day": TODAY, "revision": "x"}, 400),
        ],
    )
    async def test_a_change_that_does_not_fit_is_shown_again_with_its_field(
        self, manager, planned, version, act, fields, status
    ):
        path = f"{START}/versions/{version}/{act}"

        answer = await manager.send(path, **{"revision": "1"} | fields)

        assert answer.status_code == status, answer.text
        assert 'id="problems"' in answer.text

    async def test_there_is_no_page_for_what_cannot_be_done(self, manager):
        for path in ("versions/9.9.9", "versions/9.9.9/void"):
            await manager.open(f"{START}/{path}", status=404)
        unknown = await manager.open(f"{START}/versions/3.10.0/nothing", status=400)
        assert "must be one of move, withdraw, restore, undo, correct, void" in text_of(unknown)

    async def test_who_may_only_read_sees_a_release_and_changes_nothing(
        self, clairdash, admin, signed_in
    ):
        reader, path = await signed_in("release"), f"{START}/versions/3.10.0"

        page = await reader.open(path)

        assert "Released" in text_of(page)
        assert f"{path}/void" not in page
        await reader.open(f"{path}/void", status=403)
        refused = await reader.send(f"{path}/void", reason="Mine.", revision="1")
        assert refused.status_code == 403


async def test_who_is_limited_to_other_products_finds_none_of_it(
    client, admin, clairdash, signed_in
):
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
    hidden = {"slug": "secret", "public": False}
    await ok(client.post("/v1/products", json=hidden, headers=admin))
    limited = await signed_in("publish:studio")

    led = await limited.client.get("/console/releases")
    assert led.headers["location"] == "/console/releases/studio"
    for path in ("", "/new", "/gate", "/verdicts", "/releases.csv", "/versions/3.10.0"):
        await limited.open(f"{START}{path}", status=403)
        foreign = await limited.open(f"/console/releases/secret{path}", status=404)
        missing = await limited.open(f"/console/releases/terces{path}", status=404)
        assert foreign == missing.replace("terces", "secret")


async def test_a_plan_past_its_day_leads_from_the_first_page_to_its_own(planned, clock, signed_in):
    clock.advance(days=10)
    manager = await signed_in()

    home = await manager.open("/console")

    assert f'href="{planned}"' in home
    assert "Planned, past its day" in text_of(await manager.open(planned))

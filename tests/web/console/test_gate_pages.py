import csv
import io
import json
import re
from html import unescape

import pytest

from lifecycle.calendar.days import spell_days
from testkit.html_pages import text_of
from testkit.responses import ok

START = "/console/releases/clairdash"
GATE = f"{START}/gate"
BREAKING = "product: clairdash\nversion: 3.11.0\nremoves: [rest-v1]\n"
OLD = {
    "openapi": "3.1.0",
    "info": {"title": "API", "version": "1"},
    "paths": {
        "/users": {"get": {"responses": {"200": {"description": "Users."}}}},
        "/teams": {"get": {"responses": {"200": {"description": "Teams."}}}},
    },
}
NEW = OLD | {"paths": {"/users": OLD["paths"]["/users"]}}
WAIVER = {
    "person": "R. Fuchs",
    "reason": "law",
    "explanation": "A court orders it.",
    "until": "2027-01-31",
}
pytestmark = pytest.mark.one_database("what HTTP makes of it")


@pytest.fixture
def ask(manager):
    """Ask the gate with a manifest; give the address of the verdict."""

    async def ask(manifest=BREAKING):
        return await manager.submit(GATE, step="ask", manifest=manifest)

    return ask


def manifest_in(page):
    """Return what stands in the field for the manifest."""
    return unescape(re.search(r'name="manifest"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)[1])


async def upload(person, path, files, **fields):
    """Send a form with files, as a browser does."""
    key = re.search(r'name="form_key" value="([^"]+)"', await person.open(path))[1]
    chosen = {name: (name, content) for name, content in files.items()}
    sent = {"form_key": key} | fields
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    return await person.client.post(path, data=sent, files=chosen, headers=headers)


class TestAskingWithAManifest:
    @pytest.mark.both_databases
    async def test_the_verdict_is_the_apis_and_has_an_address(self, manager, client, publish, ask):
        led = await ask()

        page = await manager.open(led)
        text = text_of(page)
        assert "The gate refuses it." in text
        assert 'href="/rules/removal-unannounced"' in page
        assert "To fix it:" in text
        assert "at removes[0] of the manifest" in text
        path = led.replace("/console/verdicts", "/v1/products/clairdash/gate")
        kept = (await ok(client.get(path, headers=publish))).json()
        assert [spell_days(finding["message"]) for finding in kept["findings"]] == [
            unescape(message)
            for message in re.findall(r"</p>\n<p>([^<]+)</p>\n<p><strong>To fix", page)
        ]
        document = await manager.client.get(f"{led}/verdict.json")
        assert document.json() == kept
        assert document.headers["content-disposition"].startswith("attachment")

    async def test_the_same_question_leads_to_the_same_verdict(self, ask):
        assert await ask() == await ask()

    async def test_json_and_files_are_read_as_well(self, manager, publish, ask):
        written = await ask(json.dumps({"product": "clairdash", "version": "3.10.1"}))
        chosen = {"manifest_file": b"product: clairdash\nversion: 3.10.1\n"}

        answer = await upload(manager, GATE, chosen, step="ask", manifest="")

        assert answer.status_code == 303
        assert answer.headers["location"] == written

    async def test_mistakes_stand_at_their_lines(self, manager, publish):
        text = "product: clairdash\nversion: 3.11.0\nremoved: [a]\nstages:\n  b: ready\n"

        answer = await manager.send(GATE, step="ask", manifest=text)

        assert answer.status_code == 400
        rows = dict(
            re.findall(r'<li id="line-(\d+)"[^>]*>.*?<code>[^<]*</code>(.*?)</li>', answer.text)
        )
        assert "removed" in rows["3"]
        assert "stages.b" in rows["5"]
        assert rows["1"] == rows["2"] == ""
        assert manifest_in(answer.text) == text

    async def test_what_cannot_be_read_at_all_is_shown_at_its_line(self, manager, publish):
        answer = await manager.send(GATE, step="ask", manifest="product: clairdash\nversion: [1\n")

        assert answer.status_code == 400
        assert "the YAML" in answer.text
        assert '<li id="line-2" class="marked">' in answer.text

    @pytest.mark.parametrize(
        ("manifest", "says"),
        [
            ("", "is empty"),
            ("product: studio\nversion: 1.0.0\n", "this page asks about"),
            ("product: clairdash\n", "version"),
            ("- 1\n", "is not a mapping"),
            ("a: &a [*a]", "alias"),
            ("x" * ((1 << 20) + 1), "at most 1,048,576 are read"),
            ("product: clairdash\nversion: 1.0.0\nremoves: [<script>alert(1)</script>]", "feature"),
            ("\x00", "looks like UTF-16"),
        ],
    )
    async def test_what_is_no_manifest_is_refused_beside_what_was_typed(
        self, manager, publish, manifest, says
    ):
        answer = await manager.send(GATE, step="ask", manifest=manifest)

        assert answer.status_code == 400
        assert says in text_of(answer.text)
        assert 'id="problems"' in answer.text
        assert "<script>alert" not in answer.text

    async def test_a_file_that_is_no_text_is_refused(self, manager, publish):
        answer = await upload(manager, GATE, {"manifest_file": b"\xff\xfe\xfa"}, step="ask")

        assert answer.status_code == 400
        assert 'id="problems"' in answer.text

    async def test_it_is_filled_with_a_version_or_with_what_was_asked_before(
        self, manager, publish, ask
    ):
        fresh = manifest_in(await manager.open(f"{GATE}?version=3.11.0&day=2026-12-01"))
        assert fresh.startswith("product: clairdash\nversion: 3.11.0\nday: '2026-12-01'\n")
        led = await ask()

        again = await manager.open(f"{GATE}?verdict={led.rpartition('/')[2]}")

        assert await ask(manifest_in(again)) == led
        assert await ask(fresh) != led


class TestDerivingAManifest:
    @pytest.mark.both_databases
    async def test_two_descriptions_make_a_manifest_that_is_shown_before_it_is_asked(
        self, manager, client, publish
    ):
        before = (await ok(client.get("/v1/audit", headers=publish))).json()
        fields = {"version": "3.11.0", "old": json.dumps(OLD), "new": json.dumps(NEW)}

        answer = await manager.send(GATE, step="derive", **fields)

        assert answer.status_code == 200
        assert "GET /teams (get.teams) is gone." in text_of(answer.text)
        manifest = manifest_in(answer.text)
        assert "removes:\n- get.teams\n" in manifest
        assert (await ok(client.get("/v1/audit", headers=publish))).json() == before
        led = await manager.submit(GATE, step="ask", manifest=manifest)
        assert "get.teams" in text_of(await manager.open(led))

    async def test_files_are_taken_and_those_that_differ_in_nothing_say_so(self, manager, publish):
        content = json.dumps(OLD).encode()
        files = {"old_file": content, "new_file": content}

        answer = await upload(manager, GATE, files, step="derive", version="3.11.0", day="")

        assert answer.status_code == 200
        assert "differ in nothing that callers notice" in text_of(answer.text)

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"version": ""}, "version"),
            ({"old": ""}, "is empty; paste an OpenAPI description"),
            ({"old": "a: 1"}, "is not an OpenAPI description"),
            ({"new": "{"}, "ends before it is complete"),
            ({"old": json.dumps(OLD | {"paths": {}})}, "describes no operation"),
            ({"day": "soon"}, "is not a valid date"),
        ],
    )
    async def test_what_cannot_be_compared_is_said_and_nothing_typed_is_lost(
        self, manager, publish, fields, says
    ):
        sent = {"version": "3.11.0", "old": json.dumps(OLD), "new": json.dumps(NEW)} | fields

        answer = await manager.send(GATE, step="derive", **sent)

        assert answer.status_code == 400
        assert says in text_of(answer.text)
        for field in ("old", "new"):
            assert sent[field] in unescape(answer.text)

    @pytest.mark.parametrize(
        "target",
        ["file:///etc/passwd#/a", "/etc/passwd", "https://lifecycle.test/a.json", "b.yaml"],
    )
    async def test_a_description_reads_nothing_outside_itself(self, manager, publish, target):
        paths = {"/users": {"get": {"$ref": target}}}
        sent = {
            "version": "3.11.0",
            "old": json.dumps(OLD),
            "new": json.dumps(OLD | {"paths": paths}),
        }

        answer = await manager.send(GATE, step="derive", **sent)

        assert answer.status_code == 400
        assert "nothing outside the description is read" in text_of(answer.text)
        assert "root:" not in answer.text


class TestVerdicts:
    async def test_they_are_listed_by_product_and_by_version_and_downloaded(
        self, manager, publish, ask
    ):
        refused = await ask()
        passed = await ask("product: clairdash\nversion: 3.10.1\n")

        listed = await manager.open(f"{START}/verdicts")
        narrowed = await manager.open(f"{START}/verdicts?version=3.10.1")
        nothing = text_of(await manager.open(f"{START}/verdicts?version=1"))
        table = await manager.client.get(f"{START}/verdicts.csv")

        assert listed.index(f'href="{passed}"') < listed.index(f'href="{refused}"')
        assert f'href="{refused}"' not in narrowed
        assert "There is no verdict on 1." in nothing
        rows = list(csv.DictReader(io.StringIO(table.text)))
        assert [(row["version"], row["outcome"]) for row in rows] == [
            ("3.10.1", "pass"),
            ("3.11.0", "fail"),
        ]
        assert rows[1]["id"] == refused.rpartition("/")[2]

    async def test_a_product_without_any_says_how_to_ask(self, manager):
        text = text_of(await manager.open(f"{START}/verdicts"))

        assert "The gate was not asked about this product yet." in text

    async def test_many_are_paged_on_the_server(self, manager, publish, client):
        for number in range(51):
            question = {"product": "clairdash", "version": f"3.10.{number + 1}"}
            await ok(client.post("/v1/products/clairdash/gate", json=question, headers=publish))

        first = await manager.open(f"{START}/verdicts")
        onward = unescape(re.search(r'href="([^"]+)" rel="next"', first)[1])
        second = await manager.open(onward)

        assert first.count('href="/console/verdicts/') == 50
        assert second.count('href="/console/verdicts/') == 1
        await manager.open(f"{START}/verdicts?cursor=x", status=400)

    async def test_one_that_there_is_not_is_unknown(self, manager, clairdash):
        for path in ("", "/waiver", "/verdict.json"):
            answer = await manager.client.get(f"/console/verdicts/nothing{path}")
            assert answer.status_code == 404

    async def test_another_products_manager_does_not_find_one(self, client, admin, ask, signed_in):
        led = await ask()
        await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
        limited = await signed_in("publish:studio")

        for path in ("", "/waiver"):
            foreign = await limited.open(f"{led}{path}", status=404)
            missing = await limited.open(f"/console/verdicts/nothing{path}", status=404)
            assert foreign.replace(led.rpartition("/")[2], "nothing") == missing
        refused = await limited.send(f"{led}/waiver", finding="1", **WAIVER)
        assert refused.status_code == 404

    async def test_who_may_only_read_asks_and_reads_and_waives_nothing(
        self, publish, signed_in, ask
    ):
        reader = await signed_in("release")

        led = await reader.submit(GATE, step="ask", manifest=BREAKING)
        page = await reader.open(led)

        assert "grant a waiver" not in text_of(page)
        await reader.open(f"{led}/waiver", status=403)


class TestWaivingAFinding:
    @pytest.mark.both_databases
    async def test_a_waiver_lets_the_same_question_pass(self, manager, client, publish, ask):
        led = await ask("product: clairdash\nversion: 4.0.0\nremoves: [rest-v1]\n")
        page = await manager.open(led)
        waive = [unescape(path) for path in re.findall(r'href="([^"]+/waiver\?[^"]+)"', page)]
        assert waive

        for path in waive:
            form = await manager.open(path)
            assert "It lets findings of" in text_of(form)
            number = re.search(r'name="finding" value="(\d+)"', form)[1]
            for _ in range(2):  # pressed twice, it is recorded once
                back = await manager.submit(f"{led}/waiver", finding=number, **WAIVER)
            assert back == f"{led}?done=waived"
        assert "Ask again: the new verdict counts it." in text_of(await manager.open(back))

        again = manifest_in(await manager.open(f"{GATE}?verdict={led.rpartition('/')[2]}"))
        anew = await manager.open(await ask(again))
        assert "The gate refuses it" not in text_of(anew)
        assert "R. Fuchs" in text_of(anew)
        granted = (await ok(client.get("/v1/waivers", headers=publish))).json()["items"]
        assert {waiver["person"] for waiver in granted} == {"R. Fuchs"}
        assert len(granted) == len(waive)

    async def test_an_empty_last_day_is_called_so_once(self, manager, ask):
        led = await ask()

        answer = await manager.send(f"{led}/waiver", **WAIVER | {"finding": "1", "until": ""})

        assert text_of(answer.text).count("Last day on which it may be used must not be empty") == 1
        assert "'' is not a valid date" not in text_of(answer.text)

    @pytest.mark.parametrize(
        ("field", "value", "status"),
        [
            ("person", "", 400),
            ("reason", "", 400),
            ("explanation", " ", 400),
            ("until", "2026-01-01", 400),
            ("until", "", 400),
            ("finding", "99", 400),
            ("finding", "-1", 400),
            ("finding", "x", 400),
            ("finding", "", 404),
        ],
    )
    async def test_one_that_is_not_valid_is_shown_again(
        self, manager, client, publish, ask, field, value, status
    ):
        led = await ask()

        answer = await manager.send(f"{led}/waiver", **{"finding": "1"} | WAIVER | {field: value})

        assert answer.status_code == status, answer.text
        granted = (await ok(client.get("/v1/waivers", headers=publish))).json()["items"]
        assert granted == []

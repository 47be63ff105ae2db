from __future__ import annotations

import asyncio

import pytest

from lifecycle.gate import assessment, registration
from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")

MANIFEST = {"product": "clairdash", "version": "3.11.0"}
REMOVING = MANIFEST | {"removes": ["rest-v1"]}
TODAY = "2026-11-21"
MINOR = {"version": "3.11.0", "released_on": TODAY}


@pytest.fixture
async def release(make_token):
    return await make_token("release")


@pytest.fixture
async def gate(client, clairdash, admin):
    """Give the gate's address; the product has a GA feature, which an account uses."""
    ga = {"stages": [{"stage": "ga", "from_version": "3.1.0"}]}
    await ok(client.put(f"{clairdash}/features/rest-v1", json=ga, headers=admin))
    await ok(client.post("/v1/accounts", json={"slug": "acme", "tier": "pro"}, headers=admin))
    runs = {"product": "clairdash", "version": "3.10.0", "features": ["rest-v1"]}
    await ok(client.put("/v1/accounts/acme/instances/prod", json=runs, headers=admin))
    return f"{clairdash}/gate"


@pytest.fixture
def overtaken(monkeypatch, client, clairdash, admin):
    """Let another release be registered when the gate has judged, before the store is locked."""
    predict = registration.predict

    async def overtaken(store, snapshots, slug, batch, **named):
        predicted = await predict(store, snapshots, slug, batch, **named)
        monkeypatch.setattr(registration, "predict", predict)
        version = batch.releases[0].version.replace(".0", ".1")
        first = {"version": version, "released_on": TODAY}
        await ok(client.post(f"{clairdash}/releases", json=first, headers=admin))
        return predicted

    monkeypatch.setattr(registration, "predict", overtaken)


def rules_in(document):
    return [finding["rule"] for finding in document["findings"]]


async def entries(client, admin, action):
    log = await ok(client.get("/v1/audit?limit=500", headers=admin))
    return [entry for entry in log.json()["items"] if entry["action"] == action]


async def test_a_release_that_removes_what_nobody_announced_fails_with_the_way_out(
    client, gate, release
):
    answer = await client.post(gate, json=REMOVING, headers=release)

    verdict = answer.json()
    assert answer.status_code == 200
    assert (verdict["verdict"], verdict["decided"]) == ("fail", True)
    found = next(each for each in verdict["findings"] if each["rule"] == "removal-unannounced")
    assert found["severity"] == "error"
    assert (found["subject"], found["path"]) == ("rest-v1", ["removes", 0])
    assert "announce it by 2026-11-21" in found["fix"]
    assert verdict["policy"] == {"name": "clairdash-support", "version": "1"}
    assert (verdict["line"], verdict["day"], verdict["at"]) == ("3.11", TODAY, TODAY)


async def test_a_release_that_breaks_no_promise_does_not_fail(client, gate, release):
    verdict = (await ok(client.post(gate, json=MANIFEST, headers=release))).json()

    assert verdict["verdict"] in {"pass", "warn"}
    assert {(end["line"], end["tier"]) for end in verdict["implied_ends"]} >= {("3.10", "pro")}


@pytest.mark.both_databases
async def test_a_release_that_comes_early_ends_support_on_the_announced_day(
    client, gate, release, clairdash, admin
):
    end = {"product": "clairdash", "kind": "end_of_support", "lines": ["3.6"], "reason": "Old."}
    draft = await ok(
        client.post("/v1/deprecations", json=end | {"effective_on": "2027-02-01"}, headers=admin)
    )
    match = admin | {"If-Match": draft.headers["etag"]}
    path = draft.headers["location"]
    await ok(client.post(f"{path}/announce", json={}, headers=match))

    verdict = (await ok(client.post(gate, json=MANIFEST, headers=release))).json()
    registered = (await ok(client.post(f"{clairdash}/releases", json=MINOR, headers=admin))).json()

    (told,) = [each for each in verdict["implied_ends"] if each["line"] == "3.6"]
    assert (told["effective_on"], told["days_of_notice"]) == ("2027-02-01", 72)
    assert told["deprecation"] == draft.json()["id"]
    assert told in registered["implied_ends"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("application/yaml", "product: clairdash\nversion: 3.11.0\nremoves: [rest-v1]\n"),
        ("application/toml", 'product = "clairdash"\nversion = "3.11.0"\nremoves = ["rest-v1"]\n'),
        ("application/x-www-form-urlencoded", "product: clairdash\nversion: 3.11.0\n"),
        ("application/json", '{"product": "clairdash", "version": "3.11.0"}'),
    ],
)
async def test_a_manifest_is_read_as_yaml_toml_or_json(client, gate, release, kind, text):
    headers = release | {"Content-Type": kind}

    verdict = (await ok(client.post(gate, content=text, headers=headers))).json()

    assert verdict["version"] == "3.11.0"
    assert ("removal-unannounced" in rules_in(verdict)) is ("rest-v1" in text)


async def test_the_same_question_is_the_same_verdict_kept_once(client, gate, release, admin, clock):
    first = await ok(client.post(gate, json=REMOVING, headers=release))
    clock.advance(hours=2)

    again = await ok(client.post(gate, json=REMOVING, headers=admin))

    assert again.content == first.content
    (entry,) = await entries(client, admin, "gate.judged")
    assert entry["subject"] == first.json()["id"]


@pytest.mark.at_once
async def test_the_same_question_asked_at_once_is_kept_once(client, gate, release, admin):
    asked = [client.post(gate, json=REMOVING, headers=release) for _ in range(4)]

    answers = await asyncio.gather(*asked)

    assert len({answer.content for answer in answers}) == 1
    assert len(await entries(client, admin, "gate.judged")) == 1


async def test_another_state_is_another_verdict(client, gate, clairdash, release, admin):
    before = (await ok(client.post(gate, json=MANIFEST, headers=release))).json()
    later = {"version": "3.10.1", "released_on": TODAY}
    await ok(client.post(f"{clairdash}/releases", json=later, headers=admin))

    after = (await ok(client.post(gate, json=MANIFEST, headers=release))).json()

    assert before["id"] != after["id"]


async def test_a_verdict_is_shown_later_with_what_it_rested_on(client, gate, release, make_token):
    given = (await ok(client.post(gate, json=REMOVING, headers=release))).json()

    shown = await ok(client.get(f"{gate}/{given['id']}", headers=await make_token("publish")))

    assert given.items() <= shown.json().items()
    assert shown.json()["asked_at"] == "2026-11-21T12:00:00Z"
    assert shown.json()["asked_by"].endswith("release")
    assert shown.json()["facts"]["removals"][0]["running"] == {"pro": 1}
    assert shown.headers["cache-control"].startswith("private")


@pytest.mark.both_databases
async def test_the_verdicts_on_a_product_are_listed_page_by_page_the_newest_first(
    client, gate, clairdash, release, make_token
):
    asked = [MANIFEST, REMOVING, MANIFEST | {"version": "3.12.0"}]
    given = [(await ok(client.post(gate, json=each, headers=release))).json() for each in asked]
    ids = [verdict["id"] for verdict in reversed(given)]
    path, publish = f"{clairdash}/verdicts", await make_token("publish:clairdash")

    first = (await ok(client.get(f"{path}?limit=2", headers=publish))).json()
    rest = (await ok(client.get(f"{path}?cursor={first['next']}", headers=release))).json()
    of_one = (await ok(client.get(f"{path}?version=3.12.0", headers=release))).json()["items"]

    assert [item["id"] for item in first["items"] + rest["items"]] == ids
    assert rest["next"] is None
    assert [item["id"] for item in of_one] == ids[:1]
    shown = (await ok(client.get(f"{gate}/{ids[0]}", headers=release))).json()
    assert of_one[0] == {name: shown[name] for name in of_one[0]}
    assert "findings" not in of_one[0]


async def test_who_may_not_ask_the_gate_lists_no_verdicts(
    client, gate, clairdash, make_token, admin
):
    path = f"{clairdash}/verdicts"

    anybody = await client.get(path)
    account = await client.get(path, headers=await make_token("account:acme"))
    await client.post("/v1/products", json={"slug": "studio"}, headers=admin)
    other = await client.get(path, headers=await make_token("publish:studio"))
    missing = await client.get("/v1/products/ghost/verdicts", headers=await make_token("release"))

    assert (anybody.status_code, account.status_code) == (401, 403)
    assert (other.status_code, missing.status_code) == (403, 404)


async def test_a_verdict_of_another_product_is_not_found(client, gate, release, admin):
    given = (await ok(client.post(gate, json=MANIFEST, headers=release))).json()
    await ok(client.post("/v1/products", json={"slug": "widget"}, headers=admin))

    shown = await client.get(f"/v1/products/widget/gate/{given['id']}", headers=release)

    assert shown.status_code == 404
    assert shown.json()["error"] == "UnknownVerdict"


async def test_asking_drops_nothing_of_what_is_held_in_memory(app, client, gate, release):
    await ok(client.get("/v1/products/clairdash/support"))
    held = app.app_state.snapshots.current("clairdash")

    await ok(client.post(gate, json=MANIFEST, headers=release))

    assert app.app_state.snapshots.current("clairdash") == held


async def test_what_another_process_has_just_changed_is_seen(app, client, gate, release, store):
    await ok(client.post(gate, json=MANIFEST, headers=release))
    stale = await app.app_state.snapshots.get("clairdash")
    later = {"version": "3.11.0", "released_on": TODAY}
    await ok(client.post("/v1/products/clairdash/releases", json=later, headers=release))
    app.app_state.snapshots._kept["clairdash"] = stale

    verdict = (await ok(client.post(gate, json=MANIFEST, headers=release))).json()

    assert "version-not-newer" in rules_in(verdict)


async def test_a_product_without_a_policy_is_not_decided(client, admin, release):
    await ok(client.post("/v1/products", json={"slug": "widget"}, headers=admin))
    manifest = {"product": "widget", "version": "1.0.0"}

    verdict = (
        await ok(client.post("/v1/products/widget/gate", json=manifest, headers=release))
    ).json()

    assert (verdict["verdict"], verdict["decided"]) == ("fail", False)
    assert rules_in(verdict) == ["policy-missing"]


@pytest.mark.parametrize(
    ("manifest", "field"),
    [
        (MANIFEST | {"product": "widget"}, "product"),
        (MANIFEST | {"drops": ["nope"]}, "drops[0]"),
        (MANIFEST | {"day": "1999-01-01"}, "day"),
    ],
)
async def test_a_manifest_that_does_not_fit_is_refused_by_field(
    client, gate, release, manifest, field
):
    answer = await client.post(gate, json=manifest, headers=release)

    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_a_break_of_what_nobody_registered_is_decided_and_fails(client, gate, release):
    manifest = MANIFEST | {"breaks": ["get.users"], "uncompared": ["get.teams"]}

    verdict = (await ok(client.post(gate, json=manifest, headers=release))).json()

    found = {each["rule"]: each for each in verdict["findings"]}
    assert (verdict["verdict"], verdict["decided"]) == ("fail", True)
    assert found["break-unregistered"]["severity"] == "error"
    assert found["break-unregistered"]["path"] == ["breaks", 0]
    assert "lifecycle import openapi" in found["break-unregistered"]["fix"]
    assert found["not-compared"]["path"] == ["uncompared", 0]


@pytest.mark.parametrize(
    "text", ["", "[]", "- a", "{", "version: 1", "product: a\nproduct: b", "colour: red", "\x00"]
)
async def test_what_is_no_manifest_is_a_400(client, gate, release, text):
    for kind in ("application/json", "application/yaml", "application/toml"):
        answer = await client.post(gate, content=text, headers=release | {"Content-Type": kind})

        assert answer.status_code == 400, answer.text
        assert answer.json()["detail"]


@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31", "1999-12-31"])
async def test_a_far_day_is_answered_or_refused(client, gate, release, at):
    answer = await client.post(f"{gate}?at={at}", json=REMOVING, headers=release)

    assert answer.status_code in {200, 400}, answer.text


async def test_an_unknown_product_is_not_found(client, gate, release):
    manifest = {"product": "clairdish", "version": "1.0.0"}

    answer = await client.post("/v1/products/clairdish/gate", json=manifest, headers=release)

    assert answer.status_code == 404
    assert "Did you mean 'clairdash'?" in answer.json()["detail"]


async def test_a_waiver_that_others_granted_is_used_but_a_release_token_grants_none(
    client, gate, release, admin
):
    waiver = {
        "product": "clairdash",
        "rule": "removal-unannounced",
        "subject": "rest-v1",
        "person": "Ada Lovelace",
        "reason": "security",
        "explanation": "It cannot be mended.",
        "until": "2026-12-31",
    }
    own = await client.post("/v1/waivers", json=waiver, headers=release)
    await ok(client.post("/v1/waivers", json=waiver, headers=admin))

    verdict = (await ok(client.post(gate, json=REMOVING, headers=release))).json()

    assert own.status_code == 403
    assert "removal-unannounced" not in rules_in(verdict)
    assert "waiver-used" in rules_in(verdict)


async def test_verdicts_are_counted(client, gate, clairdash, release, admin):
    await ok(client.post("/v1/products", json={"slug": "widget"}, headers=admin))
    undecided = {"product": "widget", "version": "1.0.0"}
    for manifest in (REMOVING, REMOVING, MANIFEST | {"version": "nonsense"}):
        await ok(client.post(gate, json=manifest, headers=release))
    await ok(client.post("/v1/products/widget/gate", json=undecided, headers=release))
    older = {"version": "3.8.0+again", "released_on": TODAY}
    await client.post(f"{clairdash}/releases?gate=enforce", json=older, headers=release)

    metrics = (await client.get("/metrics")).text

    assert 'lifecycle_gate_verdicts_total{verdict="fail"} 4.0' in metrics
    assert 'lifecycle_gate_verdicts_total{verdict="undecided"} 1.0' in metrics


class TestRules:
    async def test_everybody_reads_what_the_gate_looks_for(self, client):
        listed = (await ok(client.get("/v1/gate/rules"))).json()
        shown = (await ok(client.get("/v1/gate/rules/removal-unannounced"))).json()

        assert shown in listed
        assert all(shown[part] for part in ("what", "why", "fix", "fails", "passes"))

    async def test_a_rule_that_is_none_is_404_and_names_the_nearest(self, client):
        answer = await client.get("/v1/gate/rules/removal-unanounced")

        assert answer.status_code == 404
        assert "removal-unannounced" in answer.json()["detail"]


class TestEnforcing:
    @pytest.fixture
    def path(self, gate, clairdash):
        return f"{clairdash}/releases?gate=enforce"

    async def test_a_release_that_passes_is_registered_under_its_verdict(
        self, client, path, gate, release
    ):
        answer = await client.post(path, json=MINOR, headers=release)

        assert answer.status_code == 201, answer.text
        gated = answer.json()["gate"]
        kept = (await ok(client.get(f"{gate}/{gated['id']}", headers=release))).json()
        assert (kept["version"], kept["verdict"]) == ("3.11.0", gated["verdict"])

    async def test_a_release_that_fails_is_refused_with_findings_and_nothing_is_stored(
        self, client, path, clairdash, release, admin
    ):
        older = {"version": "3.8.0+again", "released_on": TODAY}

        answer = await client.post(path, json=older, headers=release)

        assert answer.status_code == 409, answer.text
        assert answer.json()["error"] == "GateRefused"
        assert "version-not-newer" in rules_in(answer.json())
        assert "3.8.0+again" in answer.json()["detail"]
        listed = (await ok(client.get(f"{clairdash}/releases"))).json()["items"]
        assert "3.8.0+again" not in {each["version"] for each in listed}
        assert await entries(client, admin, "gate.judged") == []

    async def test_without_it_the_same_release_is_registered(
        self, client, clairdash, gate, release
    ):
        older = {"version": "3.8.0+again", "released_on": TODAY}

        answer = await client.post(f"{clairdash}/releases", json=older, headers=release)

        assert answer.status_code == 201
        assert "gate" not in answer.json()

    async def test_another_value_is_a_400(self, client, clairdash, gate, release):
        for value in ("warn", "", "Enforce"):
            url = f"{clairdash}/releases?gate={value}"

            answer = await client.post(url, json=MINOR, headers=release)

            assert answer.status_code == 400, value
            assert "enforce" in answer.text

    async def test_what_cannot_be_decided_is_refused(self, client, admin, release):
        await ok(client.post("/v1/products", json={"slug": "widget"}, headers=admin))
        first = {"version": "1.0.0", "released_on": TODAY}

        answer = await client.post(
            "/v1/products/widget/releases?gate=enforce", json=first, headers=release
        )

        assert answer.status_code == 409
        assert answer.json()["decided"] is False
        assert rules_in(answer.json()) == ["policy-missing"]

    @pytest.mark.both_databases
    async def test_of_a_list_all_or_none_are_registered_and_all_findings_told(
        self, client, path, clairdash, release
    ):
        listed = [
            MINOR,
            {"version": "3.8.0+again", "released_on": TODAY},
            {"version": "3.7.0+again", "released_on": TODAY},
        ]

        answer = await client.post(path, json=listed, headers=release)

        assert answer.status_code == 409
        errors = [each for each in answer.json()["findings"] if each["severity"] == "error"]
        assert {error["version"] for error in errors} == {"3.8.0+again", "3.7.0+again"}
        assert (await client.get(f"{clairdash}/releases/3.11.0")).status_code == 404

    async def test_each_of_a_list_is_judged_as_if_those_before_it_were_out(
        self, client, path, gate, release
    ):
        listed = [{"version": f"3.{n}.0", "released_on": TODAY} for n in (12, 11)]

        answer = await client.post(path, json=listed, headers=release)

        assert answer.status_code == 201, answer.text
        (first, second) = answer.json()["gate"]
        assert (first["version"], second["version"]) == ("3.11.0", "3.12.0")
        ends = {}
        for each in (first, second):
            kept = (await ok(client.get(f"{gate}/{each['id']}", headers=release))).json()
            ends[each["version"]] = {
                end["line"] for end in kept["implied_ends"] if end["tier"] == "enterprise"
            }
        assert ends == {"3.11.0": {"3.6"}, "3.12.0": {"3.7"}}

    async def test_more_than_a_hundred_at_once_are_refused(self, client, path, release):
        many = [{"version": f"4.0.{n}", "released_on": TODAY} for n in range(101)]

        answer = await client.post(path, json=many, headers=release)

        assert answer.status_code == 400
        assert answer.json()["error"] == "TooManyToJudge"

    @pytest.mark.both_databases
    async def test_a_release_of_the_past_is_judged_for_its_own_day(
        self, client, path, gate, release
    ):
        late = {"version": "3.11.0", "released_on": "2026-11-01"}

        answer = await client.post(path, json=late, headers=release)

        assert answer.status_code == 201, answer.text
        kept = (
            await ok(client.get(f"{gate}/{answer.json()['gate']['id']}", headers=release))
        ).json()
        assert (kept["at"], kept["day"]) == ("2026-11-01", "2026-11-01")

    async def test_a_plan_is_judged_for_the_day_planned(self, client, path, gate, release):
        plan = {"version": "3.11.0", "planned_on": "2027-02-01"}

        answer = await client.post(path, json=plan, headers=release)

        assert answer.status_code == 201, answer.text
        kept = (
            await ok(client.get(f"{gate}/{answer.json()['gate']['id']}", headers=release))
        ).json()
        assert (kept["at"], kept["day"]) == (TODAY, "2027-02-01")

    async def test_a_version_that_is_there_already_is_told_as_ever(self, client, path, release):
        answer = await client.post(
            path, json={"version": "3.9.0", "released_on": TODAY}, headers=release
        )

        assert answer.status_code == 409
        assert answer.json()["error"] == "ReleaseExists"

    async def test_what_is_no_release_is_a_400_as_ever(self, client, path, release):
        for body in ({"version": "none at all", "released_on": TODAY}, {"version": "3.11.0"}, []):
            answer = await client.post(path, json=body, headers=release)

            assert answer.status_code == 400, (body, answer.text)

    @pytest.mark.both_databases
    async def test_many_verdicts_that_were_overtaken_are_not_given_while_nobody_else_can_write(
        self, client, path, release, overtaken, clairdash, admin
    ):
        many = [{"version": f"3.{n}.0", "released_on": TODAY} for n in range(11, 17)]

        refused = await client.post(path, json=many, headers=release)
        judged = await entries(client, admin, "gate.judged")
        again = await client.post(path, json=many, headers=release)

        assert (refused.status_code, refused.json()["error"]) == (503, "Overtaken"), refused.text
        assert refused.headers["retry-after"]
        assert judged == []
        assert (again.status_code, again.json()["error"]) == (409, "GateRefused"), again.text

    async def test_a_verdict_that_was_overtaken_is_given_anew(
        self, client, path, release, overtaken, clairdash
    ):
        answer = await client.post(path, json=MINOR, headers=release)

        assert answer.status_code == 409, answer.text
        assert "version-not-newer" in rules_in(answer.json())

    async def test_a_verdict_that_still_holds_is_not_given_twice(
        self, client, path, release, monkeypatch
    ):
        times, ask = [], assessment.ask_for_all

        async def counted(*given, **named):
            times.append(given)
            return await ask(*given, **named)

        monkeypatch.setattr(assessment, "ask_for_all", counted)

        await ok(client.post(path, json=MINOR, headers=release))

        assert len(times) == 1

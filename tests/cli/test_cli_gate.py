"""`lifecycle gate` on the local store, on a service, and on what is no service at all."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from lifecycle.accounts import actions, tokens
from lifecycle.accounts.account_inputs import AccountIn
from lifecycle.audit.chain import By
from lifecycle.catalogue import features, policies, products
from lifecycle.catalogue.catalogue_inputs import FeatureIn, ProductIn, ReleaseIn, StageIn
from lifecycle.catalogue.queries import vocabulary
from lifecycle.cli.connections import CI_TRIES
from lifecycle.client import response_documents, retry_policy
from testkit.impostors import always, response, standing_in
from testkit.registered_releases import register_releases
from testkit.served_apps import serving

BY = By("test", datetime.now(UTC))
PATCH = "product: clairdash\nversion: 3.3.1\n"
REMOVING = """\
product: clairdash
version: 3.4.0
removes:
  - rest-v1
"""
POLICY = b"""\
policy: support
version: "1"
in_force_from: 2026-01-01
tiers:
  pro: {rank: 1, window: {newest: {count: 2, of: minor}}}
notice:
  removal: {default: 90 days}
  end_of_support: {default: best effort}
"""


async def fill(store):
    """Store a product with a GA feature and a policy, one without a policy; give tokens."""
    async with store.writing() as session:
        product, _ = await products.put(session, ProductIn(slug="clairdash"), by=BY)
        await products.put(session, ProductIn(slug="widget"), by=BY)
        facts = [ReleaseIn(version=f"3.{n}.0", released_on=date(2026, n, 1)) for n in range(1, 4)]
        await register_releases(session, product, facts, by=BY, today=date(2026, 11, 1))
        await policies.put(session, product, POLICY, by=BY)
        ga = FeatureIn(stages=(StageIn(stage="ga", from_version="3.1.0"),))
        await features.put(session, product, "rest-v1", ga, by=BY)
        facts, known = AccountIn(slug="acme", tier="pro"), await vocabulary(session)
        await actions.create_account(session, facts, by=BY, today=BY.at.date(), vocabulary=known)
        _, release = await tokens.create(session, label="ci", scope="release", by=BY)
        _, account = await tokens.create(session, label="acme", scope="account:acme", by=BY)
    return release, account


@pytest.fixture
def manifest(tmp_path, monkeypatch):
    """Write a manifest into the folder in which the command runs; give its name."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="release.yaml"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    return write


@pytest.fixture
def secrets(cli, environ, store_file, arranged):
    path, given = arranged
    shutil.copyfile(path, store_file)
    environ.setenv("LIFECYCLE_SECRET_KEY", "a key that only tests know")
    return given


@pytest.fixture
def served(secrets, environ, store_file):
    """Serve the store; commands ask there, and have no store of their own."""
    with serving(store_file) as address:
        environ.setenv("LIFECYCLE_SERVER", address)
        environ.setenv("LIFECYCLE_TOKEN", secrets[0])
        environ.setenv("LIFECYCLE_DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3")
        yield address


@pytest.fixture(params=["here", "there"])
def gate(request, cli, secrets):
    if request.param == "there":
        request.getfixturevalue("served")

    def gate(*arguments):
        return cli("gate", *arguments)

    return gate


@pytest.fixture
def impostor(environ):
    """Start an impostor that commands ask; give what it is asked."""
    environ.setattr(retry_policy, "FIRST_PAUSE", 0.01)

    def start(respond):
        address, asked = begin(respond)
        environ.setenv("LIFECYCLE_SERVER", address)
        return asked

    with standing_in() as begin:
        yield start


def verdict(**told):
    whole = {
        "verdict": "pass",
        "decided": True,
        "id": "1",
        "product": "clairdash",
        "version": "3.3.1",
        "line": "3.3",
        "day": "2026-11-21",
        "at": "2026-11-21",
        "policy": None,
        "findings": [],
    }
    body = json.dumps(whole | told)
    return response(200, body, "Content-Type: application/json")


def test_a_release_that_keeps_every_promise_exits_0(gate, manifest):
    code, out, err = gate(manifest(PATCH))

    assert code == 0, out + err
    assert out.startswith(("PASS", "WARN"))
    assert "clairdash 3.3.1" in out


def test_a_release_that_breaks_one_exits_1_and_says_where_and_how_to_mend_it(gate, manifest):
    code, out, _ = gate(manifest(REMOVING))

    assert code == 1
    assert out.startswith("FAIL")
    assert "removal-unannounced" in out
    assert "release.yaml:4" in out
    assert "Fix: Keep rest-v1 in this release" in out


def test_warnings_exit_0_and_with_strict_1(gate, manifest):
    name = manifest("product: clairdash\nversion: 3.4.0\n")

    usual, strict = gate(name, "--format", "json"), gate(name, "--format", "json", "--strict")

    assert json.loads(usual[1])["verdict"] == "warn"
    assert (usual[0], strict[0]) == (0, 1)


def test_rules_lead_to_the_service_that_was_asked_or_to_where_it_is_published(
    gate, manifest, environ
):
    environ.setenv("LIFECYCLE_BASE_URL", "https://example.com/life/")

    _, written, _ = gate(manifest(REMOVING), "--format", "markdown")

    (site,) = set(re.findall(r"\]\(<(.+)/rules/removal-unannounced>\)", written))
    assert site == "https://example.com/life" or site.startswith("http://127.0.0.1:")


def test_several_forms_come_of_one_run(gate, manifest, tmp_path):
    outputs = ("--output", "junit=gate.xml", "--output", "sarif=gate.sarif")

    code, out, _ = gate(manifest(REMOVING), "--format", "json", *outputs)

    document = json.loads(out)
    assert code == 1
    assert (document["verdict"], document["exit"]["code"]) == ("fail", 1)
    assert "<testsuite" in (tmp_path / "gate.xml").read_text()
    sarif = json.loads((tmp_path / "gate.sarif").read_text())
    lines = {
        result["locations"][0]["physicalLocation"]["region"]["startLine"]
        for result in sarif["runs"][0]["results"]
        if result["ruleId"] == "removal-unannounced"
    }
    assert lines == {4}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("release.json", '{"product": "clairdash", "version": "3.3.1"}'),
        ("release.toml", 'product = "clairdash"\nversion = "3.3.1"\n'),
        ("release.yml", PATCH),
        ("release", PATCH),
    ],
)
def test_a_manifest_may_be_yaml_json_or_toml(gate, manifest, name, text):
    assert gate(manifest(text, name))[0] == 0


def test_the_same_question_here_and_there_is_the_same_verdict(cli, secrets, manifest, request):
    name, at = manifest(REMOVING), ("--at", "2026-11-21", "--format", "json")

    here = cli("gate", name, *at)
    request.getfixturevalue("served")
    there = cli("gate", name, *at)

    assert here == there
    assert json.loads(here[1])["at"] == "2026-11-21"


def test_a_manifest_comes_from_the_standard_input(served, environ, python, tmp_path):
    code = "import sys; from lifecycle.cli import run; sys.exit(run(['gate', '-']))"
    command = [sys.executable, "-c", code]

    done = subprocess.run(
        command, input=REMOVING, capture_output=True, text=True, check=False, env=os.environ
    )

    assert done.returncode == 1, done.stderr
    assert "removal-unannounced" in done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("[]", "not a mapping"),
        ("- clairdash", "not a mapping"),
        (b"x" * 10_000_000, "at most"),
        ("product: clairdash\nproduct: other\nversion: 1.0.0\n", "Line 2"),
        (PATCH + "colour: red\n", "line 3"),
        (PATCH + "removes: [rest-v1, rest-v1]\n", "twice"),
        (PATCH + "day: 1999-01-01\n", "lies before"),
        (PATCH + "drops: [nope]\n", "nope"),
        (b"\xff\xfe\x00", "UTF-8"),
        ("product: nobody\nversion: 1.0.0\n", "nobody"),
        ("{", "check"),
    ],
)
def test_a_bad_manifest_is_a_sentence_and_exits_2(gate, manifest, text, said):
    code, out, err = gate(manifest(text))

    assert code == 2, out
    assert said in err
    assert err.startswith("Error: ")
    assert "defect" not in err + out
    assert "Traceback" not in err


def test_a_version_of_another_scheme_fails(gate, manifest):
    code, out, _ = gate(manifest("product: clairdash\nversion: jammy\n"))

    assert code in {1, 2}
    assert "version-unparsable" in out


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_manifest_that_cannot_be_read_exits_2(gate, manifest, name):
    manifest(PATCH)

    code, _, err = gate(name)

    assert code == 2
    assert err.startswith("Error: ")


def test_without_a_policy_nothing_is_decided(gate, manifest):
    code, out, _ = gate(manifest("product: widget\nversion: 1.0.0\n"))

    assert code == 2
    assert out.startswith("NOT DECIDED")
    assert "policy-missing" in out


def test_a_bad_day_exits_2(gate, manifest):
    code, _, err = gate(manifest(PATCH), "--at", "someday")

    assert code == 2
    assert "someday" in err or "at" in err


@pytest.mark.parametrize("token", [None, "nope", "account", "täg", "a\nb"])
def test_a_token_that_is_missing_or_refused_exits_2_and_says_which_is_needed(
    served, secrets, environ, cli, manifest, token
):
    if token is None:
        environ.delenv("LIFECYCLE_TOKEN")
    else:
        environ.setenv("LIFECYCLE_TOKEN", secrets[1] if token == "account" else token)

    code, _, err = cli("gate", manifest(PATCH))

    unsendable = token in {"täg", "a\nb"}
    assert code == 2
    assert "LIFECYCLE_TOKEN" in err
    assert ("lifecycle token create" if unsendable else f"{served}/console/tokens") in err
    assert "Authorization" not in err


@pytest.mark.parametrize("server", ["http://127.0.0.1:1", "nowhere", "http://", "ftp://a", ""])
def test_a_server_that_is_none_exits_2(cli, environ, manifest, server):
    environ.setattr(retry_policy, "FIRST_PAUSE", 0.01)

    code, out, err = cli("gate", manifest(PATCH), "--server", server, "--timeout", "5")

    assert code == 2, out
    assert "--server" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "content",
    [
        response(200, "<!doctype html><title>Sign in</title>", "Content-Type: text/html"),
        response(200, "", "Content-Type: application/json"),
        response(200, "[]", "Content-Type: application/json"),
        response(200, "{}", "Content-Type: application/json"),
        response(200, '{"verdict": "pass"', "Content-Type: application/json"),
        response(200, "pass"),
        response(302, "", "Location: https://sign.in.example/"),
        response(500, "oh"),
        response(200, "gz", "Content-Encoding: gzip"),
        b"SSH-2.0-OpenSSH_9.9\r\n",
        verdict(verdict="maybe"),
        verdict(findings=None),
        verdict(product="other"),
        verdict(version="3.3.2"),
        verdict(decided="yes"),
    ],
)
def test_an_answer_of_another_shape_exits_2(cli, impostor, manifest, content):
    impostor(always(content))

    code, out, err = cli("gate", manifest(PATCH), "--timeout", "5")

    assert code == 2, out
    assert err.startswith("Error: ")
    assert "Traceback" not in err + out


def test_an_answer_to_another_day_exits_2(cli, impostor, manifest):
    impostor(always(verdict()))

    assert cli("gate", manifest(PATCH), "--at", "2026-12-24")[0] == 2


def test_a_pass_with_an_error_among_its_findings_is_none(cli, impostor, manifest):
    error = {"rule": "r", "severity": "error", "message": "m", "fix": "f"}
    impostor(always(verdict(findings=[error])))

    assert cli("gate", manifest(PATCH))[0] == 1


def test_a_server_that_stalls_exits_2_when_the_time_is_over(cli, impostor, manifest):
    impostor(lambda _connection, _count, ended: ended.wait())

    code, _, err = cli("gate", manifest(PATCH), "--timeout", "0.3")

    assert code == 2
    assert "within 0.3 seconds" in err
    assert "--timeout" in err


def test_a_server_that_answers_in_drips_exits_2_when_the_time_is_over(cli, impostor, manifest):
    def drip(connection, _count, ended):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not ended.wait(0.02):
            connection.sendall(b" ")

    impostor(drip)

    code, _, err = cli("gate", manifest(PATCH), "--timeout", "0.3")

    assert code == 2
    assert "within 0.3 seconds" in err


def test_a_server_that_dies_half_way_is_asked_again_and_then_exits_2(cli, impostor, manifest):
    whole = verdict()
    asked = impostor(always(whole[:-5]))

    code, _, err = cli("gate", manifest(PATCH))

    assert code == 2
    assert "does not answer" in err
    assert len(asked) == CI_TRIES


@pytest.mark.parametrize("trouble", [429, 502, 503, 504, None])
def test_trouble_that_passes_is_waited_for(cli, impostor, manifest, trouble):
    def recover(connection, count, _ended):
        if count > 2:
            connection.sendall(verdict())
        elif trouble:
            connection.sendall(response(trouble, "busy", "Retry-After: 0"))

    asked = impostor(recover)

    code, out, err = cli("gate", manifest(PATCH))

    assert code == 0, out + err
    assert len(asked) == 3
    assert len(set(asked)) == 1


def test_a_retry_that_would_come_too_late_is_not_waited_for(cli, impostor, manifest):
    asked = impostor(always(response(503, "busy", "Retry-After: 3600")))

    code, _, err = cli("gate", manifest(PATCH), "--timeout", "5")

    assert code == 2
    assert "503" in err
    assert len(asked) == 1


def test_what_is_refused_for_good_is_not_asked_again(cli, impostor, manifest):
    asked = impostor(always(response(500, "oh")))

    cli("gate", manifest(PATCH))

    assert len(asked) == 1


def test_errors_come_out_in_the_form_asked_for(cli, impostor, manifest, tmp_path):
    impostor(always(response(200, "<html>", "Content-Type: text/html")))

    code, out, err = cli("gate", manifest(PATCH), "--format", "json", "--output", "junit=g.xml")

    document = json.loads(out)
    assert code == 2
    assert (document["verdict"], document["decided"]) == ("fail", False)
    assert "as this service does" in document["error"]
    assert "as this service does" in err
    assert "<error" in (tmp_path / "g.xml").read_text()


def test_a_defect_of_ours_is_a_sentence_and_exits_2(cli, environ, impostor, manifest):
    impostor(always(verdict()))
    environ.setattr(response_documents, "document_of", lambda *_, **__: 1 / 0)

    code, out, err = cli("gate", manifest(PATCH), "--format", "json")

    assert code == 2
    assert "ZeroDivisionError" in err
    assert json.loads(out)["decided"] is False


def test_nothing_heavy_is_imported_to_ask_a_service(python):
    asking = "import sys, lifecycle.cli.verdict_reports, lifecycle.reports.plain_text; "
    asking += "from lifecycle.client import Client"
    heavy = {"sqlalchemy", "litestar", "pydantic", "aiohttp", "rich", "holidays", "univers"}

    done = python(f"{asking}; print(sorted({heavy!r} & set(sys.modules)))")

    assert done.stdout == "[]\n", done.stderr


class TestRules:
    def test_all_are_listed_and_each_is_explained(self, cli):
        listed = cli("rules")
        shown = cli("rules", "removal-unannounced")

        assert (listed[0], shown[0]) == (0, 0)
        assert "removal-unannounced" in listed[1]
        assert all(part in shown[1] for part in ("Why:", "Fix:", "Fails:", "Passes:"))

    def test_programs_read_them_too(self, cli):
        code, out, _ = cli("rules", "--format", "json")

        assert code == 0
        assert {"id", "severity", "what", "why", "fix"} <= json.loads(out)[0].keys()

    def test_one_that_is_none_exits_2_and_names_the_nearest(self, cli):
        code, _, err = cli("rules", "removal-unanounced")

        assert code == 2
        assert "removal-unannounced" in err

import json
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from lifecycle.policy.policy_documents import parse_policy
from lifecycle.policy.presets import preset


@pytest.fixture
def remote():
    """A server that gives one prepared answer, and remembers what it was asked."""
    answers, asked = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Authorization")))
            status, body = answers[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def remote(status, body):
        answers[:] = [(status, body if isinstance(body, bytes) else json.dumps(body).encode())]
        return f"http://127.0.0.1:{server.server_port}"

    remote.asked = asked
    yield remote
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_version_s_answer_is_a_row_a_tier(cli, demo):
    code, out, err = cli("status", "clairdash", "3.35.2")

    heading, _, columns, *rows = out.splitlines()
    assert (code, err) == (0, "")
    assert heading.startswith("clairdash 3.35.2 (line 3.35) on ")
    assert columns.split("  ")[0] == "TIER"
    assert [row.split()[0] for row in rows] == ["community", "pro", "enterprise"]
    assert "5th of the 5 newest minor versions" in rows[2]


def test_a_comparison_is_a_table_of_changes_one_of_what_is_ahead_and_one_of_support(cli, demo):
    code, out, err = cli("compare", "clairdash", "3.34.2", "v3.39.1", "--tier", "pro")

    heading, *tables = [part.splitlines() for part in out.split("\n\n")]
    changes, after, ahead, _, support = tables
    assert (code, err) == (0, "")
    assert heading[0].startswith("clairdash, 3.34.2 to 3.39.1 for pro on ")
    assert [row.split()[0] for row in changes[1:]] == ["3.36.0", "3.37.0", "3.37.0", "3.38.0",
                                                       "3.39.0"]  # fmt: skip
    assert "deprecation of Legacy connector (legacy-connector)" in changes[2]
    assert after == ["After 3.39.1:"]
    assert "Native connectors" in ahead[-1]
    assert [row.split()[:2] for row in support[1:]] == [["3.34.2", "pro"], ["3.39.1", "pro"]]


def test_a_comparison_of_a_version_with_itself_says_that_nothing_changes(cli, demo):
    code, out, _ = cli("compare", "clairdash-runtime", "10.0.0", "10.0.0")

    assert code == 0
    assert "No change is known between the two." in out


def test_a_downgrade_exits_2_and_says_what_to_ask_instead(cli, demo):
    code, out, err = cli("compare", "clairdash", "3.39.1", "3.34.2")

    assert (code, out) == (2, "")
    assert err == ("Error: 3.39.1 is higher than 3.34.2; compare 3.34.2 with 3.39.1 instead.\n")


def test_piped_output_holds_no_control_sequences(cli, demo):
    assert "\x1b" not in cli("status", "clairdash", "3.35.2")[1]


def test_json_is_the_answer_of_the_service(cli, demo):
    arguments = ("clairdash", "3.39.1", "--tier", "pro", "--at", "2100-01-01")

    code, out, _ = cli("status", *arguments, "--format", "json")

    answer = json.loads(out)
    assert code == 0
    assert (answer["tier"], answer["at"], answer["line"]) == ("pro", "2100-01-01", "3.39")


def test_an_unsupported_version_is_an_answer_all_the_same(cli, demo):
    code, out, _ = cli("status", "clairdash", "3.10.1", "--tier", "enterprise")

    assert (code, "unsupported" in out) == (0, True)


@pytest.mark.parametrize("place", ["detail", "field", "message", "allowed"])
def test_neither_terminal_nor_ci_runner_obeys_what_a_server_refuses_with(cli, remote, place):
    error = {"field": "version", "message": "is unknown", "allowed": "1.0"}
    told = {
        "detail": "No.",
        **error,
        place: "x\x1b]0;pwn\x07\n::error::inject\n##vso[task]\x1b[2J##[group]",
    }
    server = remote(404, {"detail": told.pop("detail"), "errors": [told]})

    code, out, err = cli("status", "clairdash", "1.0.0", "--server", server)

    assert (code, out, "inject" in err) == (2, "", True)
    assert not any(line.lstrip().startswith("::") for line in err.splitlines())
    assert not any(obeyed in err for obeyed in ("\x1b", "\x07", "pwn", "##[", "##vso["))


def test_what_a_server_allows_need_not_be_text(cli, remote):
    error = {"field": "within", "message": "is too much", "allowed": 90}

    code, _, err = cli(
        "status", "a", "1", "--server", remote(400, {"detail": "No.", "errors": [error]})
    )

    assert (code, err) == (2, "Error: No.\n  within: is too much; allowed: 90\n")


def test_a_version_nobody_knows_shows_its_line_and_exits_2(cli, demo):
    code, out, err = cli("status", "clairdash", "3.35.99")

    assert (code, "3.35.9" in err) == (2, True)
    assert out.startswith("clairdash, line 3.35 on ")


def test_a_leading_v_means_the_same_version(cli, demo):
    assert cli("status", "clairdash", "v3.35.2") == cli("status", "clairdash", "3.35.2")


@pytest.mark.parametrize("name", ["3.35", "v3.35"])
def test_a_line_s_name_shows_the_line(cli, demo, name):
    code, out, err = cli("status", "clairdash", name, "--tier", "enterprise")
    document = json.loads(cli("status", "clairdash", name, "--format", "json")[1])

    assert (code, err) == (0, "")
    assert out.startswith("clairdash, line 3.35 on ")
    assert "5th of the 5 newest minor versions" in out
    assert (document["product"], document["line"]) == ("clairdash", "3.35")
    assert list(document["tiers"]) == ["community", "pro", "enterprise"]


def test_a_line_s_name_shows_the_line_that_a_server_answers_with(cli, remote):
    line = {"line": "3.35", "at": "2026-11-21", "tiers": {}}
    server = remote(404, {"detail": "clairdash has no release '3.35'.", "line": line})

    code, out, _ = cli("status", "clairdash", "3.35", "--server", server)

    assert (code, out.splitlines()[1].split(";")[0]) == (0, "No policy says what is promised")
    assert cli("status", "clairdash", "3.35.99", "--server", server)[0] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("clairdsh", "1.0.0"), "Did you mean 'clairdash'?"),
        (("clairdash", "3.39.1", "--tier", "gold"), "gold"),
        (("clairdash", "3.39.1", "--at", "2027-02-30"), "YYYY-MM-DD"),
        (("clairdash", "not a version"), "not a version"),
    ],
)
def test_what_is_not_known_is_said_in_a_sentence(cli, demo, arguments, words):
    code, out, err = cli("status", *arguments)

    assert (code, out) == (2, "")
    assert words in err
    assert err.startswith("Error: ")


def test_without_a_store_the_way_out_is_named(cli):
    code, _, err = cli("status", "clairdash", "3.39.1")

    assert (code, "lifecycle db upgrade" in err) == (2, True)


def test_a_remote_answer_looks_like_a_local_one(cli, demo, remote, environ):
    local = cli("status", "clairdash", "3.35.2", "--format", "json")[1]
    server = remote(200, local.encode())
    environ.setenv("LIFECYCLE_TOKEN", "secret")

    text = cli("status", "clairdash", "3.35.2", "--tier", "pro", "--server", server)

    assert text == cli("status", "clairdash", "3.35.2")
    assert remote.asked == [("/v1/products/clairdash/versions/3.35.2?tier=pro", "Bearer secret")]


def test_a_version_with_a_slash_is_asked_for_whole(cli, remote):
    cli("status", "a/b", "1/2?x", "--server", remote(404, {"detail": "No."}))

    assert remote.asked[0][0] == "/v1/products/a%2Fb/versions/1%2F2%3Fx"


def test_a_remote_refusal_is_the_same_sentence(cli, remote):
    line = {"line": "3.35", "at": "2026-11-22", "tiers": {"pro": {"status": "supported"}}}
    body = {"detail": "No such release.", "title": "t", "status": 404, "line": line}

    code, out, err = cli("status", "w", "1.0.0", "--server", remote(404, body))

    assert (code, err) == (2, "Error: No such release.\n")
    assert out.startswith("w, line 3.35 on 2026-11-22")


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>"), (502, b"bad gateway"), (200, b"[]"), (404, b'{"a": 1}')]
)
def test_what_is_no_lifecycle_service_is_said_so(cli, remote, status, body):
    code, out, err = cli("status", "w", "1.0.0", "--server", remote(status, body))

    assert (code, out) == (2, "")
    assert "not as this service does" in err


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1:9", "ftp://example", "nonsense", "http://", "http://[::1"]
)
def test_a_server_that_cannot_be_asked_is_named(cli, server):
    code, _, err = cli("status", "w", "1.0.0", "--server", server)

    assert (code, server in err) == (2, True)
    assert "defect" not in err


def test_a_whole_log_is_a_yes(cli, demo):
    code, out, _ = cli("audit", "verify")

    assert (code, out.startswith("The log is intact: ")) == (0, True)


def test_a_touched_log_is_a_no(cli, demo, store_file):
    with sqlite3.connect(store_file) as database:
        database.execute("UPDATE audit_entries SET actor = 'nobody' WHERE seq = 2")
    database.close()

    code, out, _ = cli("audit", "verify")
    verdict = json.loads(cli("audit", "verify", "--format", "json")[1])

    assert (code, "entry 2 was changed" in out) == (1, True)
    assert (verdict["whole"], verdict["broken_at"]) == (False, 2)


def test_a_preset_is_shown_as_it_stands_and_is_valid(cli, tmp_path):
    for name in json.loads(cli("policy", "presets", "--format", "json")[1]):
        text = cli("policy", "show", name)[1]
        (tmp_path / name).write_text(text)

        code, out, _ = cli("policy", "validate", tmp_path / name)

        assert (code, out.startswith("Valid: ")) == (0, True)


def test_each_preset_is_listed_with_what_it_promises(cli):
    listed = cli("policy", "presets")[1]

    assert "nodejs" in listed
    promise = "The enterprise tier covers the five newest minor versions."
    assert promise in " ".join(listed.split())  # its lines are broken where the terminal ends


def test_without_a_policy_the_support_of_a_product_says_why_it_has_no_tiers(cli, tmp_path):
    releases = tmp_path / "releases.csv"
    releases.write_text("version,day\n1.0.0,2026-01-31\n")
    cli("import", "releases", releases, "--product", "widget")

    code, out, _ = cli("support", "widget")

    assert (code, "No policy is in force on this day" in out) == (0, True)
    assert "`lifecycle policy put widget policy.yaml`" in out


def test_every_mistake_of_a_policy_is_named_and_the_exit_code_is_1(cli, tmp_path):
    policy = "policy: x\ntiers: {a: {rank: 0, window: {newest: {count: -1, of: minr}}}}\n"
    (tmp_path / "policy.yaml").write_text(policy)

    code, out, err = cli("policy", "validate", tmp_path / "policy.yaml")
    document = json.loads(
        cli("policy", "validate", tmp_path / "policy.yaml", "--format", "json")[1]
    )

    assert (code, out) == (1, "")
    assert "tiers.a.window.newest.count" in err
    assert "did you mean `minor`?" in err
    assert document["valid"] is False
    assert len(document["problems"]) == 4


def test_a_period_that_exempt_stages_overrule_is_warned_about(cli, tmp_path):
    policy = (
        "policy: x\nversion: '1'\nin_force_from: 2026-01-01\nexempt_stages: [alpha, beta]\n"
        "tiers: {a: {rank: 0, window: {best_effort: true}}}\n"
        "notice: {removal: {default: 90 days, stages: {beta: 30 days, ga: 60 days}}}\n"
    )
    (tmp_path / "policy.yaml").write_text(policy)

    code, out, err = cli("policy", "validate", tmp_path / "policy.yaml")
    document = json.loads(
        cli("policy", "validate", tmp_path / "policy.yaml", "--format", "json")[1]
    )

    assert (code, out.startswith("Valid: x version 1")) == (0, True)
    assert err == f"Warning: {document['warnings'][0]}\n"
    assert "notice.removal.stages.beta never applies" in err
    assert len(document["warnings"]) == 1


def test_the_sample_of_a_policy_is_valid_without_a_warning(cli, tmp_path):
    (tmp_path / "policy.yaml").write_text(cli("schema", "policy", "--sample")[1])

    code, out, err = cli("policy", "validate", tmp_path / "policy.yaml")

    assert (code, err, out.startswith("Valid: clairdash-support version 1")) == (0, "", True)


def test_a_policy_that_announces_ends_by_itself_says_so_beforehand(cli, tmp_path):
    said = {}
    cli("db", "upgrade")
    for name in ("clairdash", "ubuntu-pro"):
        (tmp_path / "policy.yaml").write_text(cli("policy", "show", name)[1])
        cli("product", "put", name)
        said[name] = [
            "announced to customers automatically" in cli("policy", *command)[1]
            for command in (
                ("validate", tmp_path / "policy.yaml"),
                ("put", name, tmp_path / "policy.yaml"),
            )
        ]

    assert said == {"clairdash": [False, False], "ubuntu-pro": [True, True]}


def test_a_policy_can_be_put_in_force_and_shown(cli, demo, tmp_path):
    text = cli("policy", "show", "clairdash")[1].replace('version: "1"', 'version: "2"')
    (tmp_path / "policy.yaml").write_text(text.replace("2024-01-16", "2099-01-01"))

    put = cli("policy", "put", "clairdash", tmp_path / "policy.yaml")
    now = json.loads(cli("policy", "show", "--product", "clairdash", "--format", "json")[1])
    later = cli("policy", "show", "--product", "clairdash", "--at", "2099-01-01")[1]

    assert put[0] == 0
    assert now["version"] == "1"
    assert later.startswith("policy: clairdash-support\nversion: '2'\n")


def test_a_policy_in_force_is_shown_in_the_form_in_which_it_is_put(cli, demo, tmp_path):
    shown = cli("policy", "show", "--product", "clairdash")[1]
    (tmp_path / "policy.yaml").write_text(shown)

    assert parse_policy(shown.encode()) == parse_policy(preset("clairdash").encode())
    assert cli("policy", "validate", tmp_path / "policy.yaml")[0] == 0


@pytest.mark.parametrize(
    ("product", "change", "code"),
    [
        ("clairdash", ("count: 5", "count: -5"), 1),  # not a policy
        ("clairdash", ("2024-01-16", "2023-01-16"), 1),  # would reach back behind the one in force
        ("nosuch", ("2024-01-16", "2099-01-16"), 2),
    ],
)
def test_a_policy_that_is_refused_is_a_no(cli, demo, store_file, tmp_path, product, change, code):
    (tmp_path / "policy.yaml").write_text(cli("policy", "show", "clairdash")[1].replace(*change))

    found, out, err = cli("policy", "put", product, tmp_path / "policy.yaml")

    assert (found, out) == (code, "")
    assert err.removeprefix(f"Store: {store_file}\n").startswith("Error: ")


@pytest.mark.parametrize(("status", "code"), [(400, 1), (409, 1), (401, 2), (404, 2), (503, 2)])
def test_what_a_server_says_of_a_policy_decides_the_exit_code(cli, remote, tmp_path, status, code):
    (tmp_path / "policy.yaml").write_text(cli("policy", "show", "clairdash")[1])
    errors = [{"field": "tiers", "message": "lacks a tier that accounts have"}]
    server = remote(status, {"detail": "No.", "errors": errors})

    put = cli("policy", "put", "clairdash", tmp_path / "policy.yaml", "--server", server)

    assert put[0] == code


def test_showing_a_policy_needs_one_name(cli):
    assert cli("policy", "show")[0] == 2
    assert cli("policy", "show", "clairdash", "--product", "x")[0] == 2
    assert cli("policy", "show", "clairdsh")[0] == 2

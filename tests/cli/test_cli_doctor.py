"""`lifecycle doctor` on real stores, servers and mail servers, sound and broken."""

import asyncio
import json
import sqlite3
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from testkit.mail_servers import SENDER, mailbox


@pytest.fixture
def store(cli, store_file):
    cli("db", "upgrade")
    return store_file


@pytest.fixture
def doctor(cli):
    """Give the exit code, and each check's state, message and advice by its name."""

    def doctor(*arguments):
        code, out, err = cli("doctor", "--format", "json", *arguments)
        assert err == ""
        document = json.loads(out)
        assert document["healthy"] is (code == 0)
        return code, {check["check"]: check for check in document["checks"]}

    return doctor


@contextmanager
def answering(status, body, **headers):
    """Serve one answer to every request, as a proxy before the service would."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_nobody_is_coloured_who_does_not_want_it(cli, store, monkeypatch):
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda _, color: color is False)
    coloured = cli("doctor")[1]
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[" in coloured
    assert "\x1b[" not in cli("doctor")[1]


def test_a_sound_installation_has_no_problem(cli, store):
    code, out, _ = cli("doctor")

    assert code == 0
    assert f"ok      store: {store} can be read and written." in out
    assert "ok      clock: It is 20" in out
    assert "warning worker: No worker has ever given a sign of life" in out


def test_the_default_title_is_a_warning_since_it_names_the_vendor(doctor, store, environ):
    _, before = doctor()
    environ.setenv("LIFECYCLE_TITLE", "Clairdash support")
    _, after = doctor()

    assert (before["title"]["state"], after["title"]["state"]) == ("warning", "ok")
    assert "LIFECYCLE_TITLE" in before["title"]["message"]


def test_a_store_that_is_missing_is_a_problem(doctor, store_file):
    code, checks = doctor()

    assert (code, checks["store"]["state"]) == (1, "problem")
    assert "lifecycle db upgrade" in checks["store"]["advice"]
    assert not store_file.exists()


def test_migrations_that_have_not_run_are_a_problem(doctor, store):
    with sqlite3.connect(store) as database:
        database.execute("UPDATE alembic_version SET version_num = '0019'")
    database.close()

    code, checks = doctor()

    assert (code, checks["migrations"]["state"]) == (1, "problem")


def test_a_setting_that_is_invalid_is_named(doctor, environ):
    environ.setenv("LIFECYCLE_PORT", "many")

    code, checks = doctor()

    assert (code, list(checks)) == (1, ["settings"])
    assert "LIFECYCLE_PORT" in checks["settings"]["message"]


def test_a_setting_that_nobody_knows_is_a_warning(doctor, environ, store):
    environ.setenv("LIFECYCLE_PROT", "8000")

    code, checks = doctor()

    assert (code, checks["settings"]["state"]) == (0, "warning")
    assert "LIFECYCLE_PORT" in checks["settings"]["advice"]


def test_a_key_that_does_not_open_the_store_is_a_problem(doctor, demo, environ):
    sound = doctor()[1]["key"]["state"]
    environ.setenv("LIFECYCLE_SECRET_KEY", "another key of some length")

    code, checks = doctor()

    assert (sound, code, checks["key"]["state"]) == ("ok", 1, "problem")


def test_a_key_that_is_lost_is_a_problem_and_none_is_made(doctor, demo, environ, store_file):
    environ.delenv("LIFECYCLE_SECRET_KEY")

    code, checks = doctor()

    assert (code, checks["key"]["state"]) == (1, "problem")
    assert not store_file.with_name(f"{store_file.name}.key").exists()


def test_a_log_that_lies_ahead_of_the_clock_is_a_problem(doctor, demo, store_file):
    with sqlite3.connect(store_file) as database:
        database.execute(
            "UPDATE audit_entries SET at = '2999-01-01 00:00:00.000000' "
            "WHERE seq = (SELECT seq FROM audit_head)"
        )
    database.close()

    code, checks = doctor()

    assert (code, checks["clock"]["state"]) == (1, "problem")
    assert "2999-01-01" in checks["clock"]["message"]


def test_a_name_without_an_address_is_a_problem(doctor, environ, store):
    environ.setenv("LIFECYCLE_SMTP_URL", "smtp://mail.nowhere.invalid:2525")
    environ.setenv("LIFECYCLE_MAIL_FROM", SENDER)

    code, checks = doctor()

    assert (code, checks["dns"]["state"], checks["mail"]["state"]) == (1, "problem", "problem")
    assert "mail.nowhere.invalid of LIFECYCLE_SMTP_URL" in checks["dns"]["message"]


def test_a_test_message_arrives(doctor, environ, store):
    async def exchange():
        async with mailbox() as taken:
            environ.setenv("LIFECYCLE_SMTP_URL", taken.url)
            environ.setenv("LIFECYCLE_MAIL_FROM", SENDER)
            answer = await asyncio.to_thread(doctor, "--mail", "ops@acme.example")
        return answer, taken.mails

    (code, checks), ((recipient, mail),) = asyncio.run(exchange())

    assert (code, checks["mail"]["state"], recipient) == (0, "ok", "ops@acme.example")
    assert mail["subject"].startswith("Test message of")


def test_a_message_that_cannot_be_sent_is_a_problem(doctor, environ, store):
    environ.setenv("LIFECYCLE_SMTP_URL", "smtp://127.0.0.1:1")
    environ.setenv("LIFECYCLE_MAIL_FROM", SENDER)

    code, checks = doctor("--mail", "ops@acme.example")

    assert (code, checks["mail"]["state"]) == (1, "problem")
    assert "A message to ops@acme.example failed" in checks["mail"]["message"]


@pytest.mark.parametrize(
    ("address", "said"), [("nobody", "is not an e-mail address"), ("a@b.example", "")]
)
def test_without_a_mail_server_or_an_address_none_is_sent(cli, environ, store, address, said):
    if said:
        environ.setenv("LIFECYCLE_SMTP_URL", "smtp://127.0.0.1:1")
        environ.setenv("LIFECYCLE_MAIL_FROM", SENDER)

    code, out, err = cli("doctor", "--mail", address)

    assert code == (2 if said else 1)
    assert said in err
    assert said or "no mail server is set" in out


class TestTheAddress:
    OURS = b'{"items": [], "next": null}'

    def ask(self, doctor, environ, url, **more):
        environ.setenv("LIFECYCLE_BASE_URL", url)
        for name, value in more.items():
            environ.setenv(name, value)
        code, checks = doctor()
        return code, checks["address"]["state"], checks.get("proxy", {}).get("state")

    def test_it_leads_to_the_service(self, doctor, environ, store):
        with answering(200, self.OURS) as url:
            assert self.ask(doctor, environ, url) == (0, "ok", "ok")

    def test_a_proxy_that_is_not_trusted_is_a_warning(self, doctor, environ, store):
        with answering(200, self.OURS, Server="nginx/1.22") as url:
            assert self.ask(doctor, environ, url) == (0, "ok", "warning")
            trusted = {"LIFECYCLE_TRUSTED_PROXIES": "127.0.0.1"}
            assert self.ask(doctor, environ, url, **trusted) == (0, "ok", "ok")

    @pytest.mark.parametrize(
        ("status", "body"), [(404, b"<h1>nginx</h1>"), (200, b"<h1>Welcome</h1>"), (200, b"[]")]
    )
    def test_another_answer_is_a_problem(self, doctor, environ, store, status, body):
        with answering(status, body) as url:
            assert self.ask(doctor, environ, url) == (1, "problem", None)

    def test_no_answer_is_a_problem(self, doctor, environ, store):
        assert self.ask(doctor, environ, "http://127.0.0.1:1") == (1, "problem", None)

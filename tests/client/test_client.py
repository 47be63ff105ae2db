"""The client against the real service, and against what is none."""

import json
import shutil
import time

import msgspec
import pytest

from lifecycle.accounts import tokens
from lifecycle.answers.response_structs import VersionTierOut
from lifecycle.audit.chain import By
from lifecycle.cli.clock import now
from lifecycle.cli.local_store import with_store
from lifecycle.client import (
    Client,
    InvalidAddress,
    InvalidProxy,
    InvalidToken,
    NoAnswerInTime,
    Refused,
    ServiceError,
    UnexpectedAnswer,
    Unreachable,
    path,
    retry_policy,
    transport,
)
from lifecycle.errors import LifecycleError
from testkit.impostors import always, response, standing_in
from testkit.served_apps import serving

SECRET = "lct_hush-hush-hush-hush"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(retry_policy, "FIRST_PAUSE", 0.01)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def service(sqlite_template, tmp_path, monkeypatch):
    """Serve an empty store; give the address, and an admin's token."""
    file = tmp_path / "store.sqlite3"
    shutil.copyfile(sqlite_template, file)
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL", f"sqlite:///{file}")

    async def make(store):
        async with store.writing() as session:
            by = By("test", now())
            return (await tokens.create(session, label="t", scope="admin", by=by))[1]

    token = with_store(make)
    with serving(file) as address:
        yield address, token


@pytest.fixture
def client(service):
    address, token = service
    with Client(address, token=token) as client:
        yield client


class TestAsking:
    def test_what_is_put_is_read_back(self, client):
        made = client.post("/v1/products", {"slug": "widget", "scheme": "semver"})

        assert made["slug"] == "widget"
        assert client.get("/v1/products/widget")["scheme"] == "semver"

    def test_a_list_is_read_page_after_page(self, client, monkeypatch):
        monkeypatch.setattr("lifecycle.client.service_client.PAGE_LENGTH", 2)
        names = [f"widget-{n}" for n in range(5)]
        for name in names:
            client.post("/v1/products", {"slug": name})

        assert len(list(client.pages("/v1/products"))) == 3
        assert sorted(item["slug"] for item in client.items("/v1/products")) == names

    def test_an_answer_can_be_a_struct(self, client):
        client.post("/v1/products", {"slug": "widget"})
        client.post(
            "/v1/products/widget/releases", {"version": "1.0.0", "released_on": "2026-01-01"}
        )
        tiers = {"pro": {"rank": 1, "window": {"newest": {"count": 1, "of": "minor"}}}}
        policy = {"policy": "p", "version": "1", "in_force_from": "2026-01-01", "tiers": tiers}
        client.put("/v1/products/widget/policy", policy)

        address = path("v1", "products", "widget", "versions", "1.0.0")
        answer = client.get_as(VersionTierOut, address, tier="pro", at="2026-02-01")

        assert (answer.tier, answer.status) == ("pro", "supported")

    def test_a_document_may_be_sent_as_it_is(self, client):
        client.post("/v1/products", {"slug": "widget"})
        text = (
            b"policy: p\nversion: '1'\nin_force_from: 2026-01-01\n"
            b"tiers: {pro: {rank: 1, window: {best_effort: true}}}\n"
        )

        entered = client.put("/v1/products/widget/policy", text, content_type="application/yaml")

        assert entered["policy"] == "p"

    def test_a_post_under_a_key_is_one_change(self, client):
        client.post("/v1/products", {"slug": "widget"})
        body = {"product": "widget", "kind": "discontinuation", "whole_product": True}
        body |= {"reason": "Old."}

        drafts = [client.post("/v1/deprecations", body, key="once") for _ in range(2)]

        assert drafts[0] == drafts[1]
        assert len(list(client.items("/v1/deprecations"))) == 1

    def test_a_change_of_what_changed_since_it_was_read_is_refused(self, client):
        client.post("/v1/products", {"slug": "widget"})
        body = {"product": "widget", "kind": "discontinuation", "whole_product": True}
        draft = client.post("/v1/deprecations", body | {"reason": "Old."})
        address = path("v1", "deprecations", draft["id"])
        client.patch(address, {"reason": "Older."}, revision=draft["revision"])

        with pytest.raises(Refused) as refused:
            client.delete(address, revision=draft["revision"])

        assert refused.value.status_code == 412
        client.delete(address, revision=client.get(address)["revision"])
        assert list(client.items("/v1/deprecations")) == []

    def test_a_refusal_carries_the_problem_document(self, client):
        with pytest.raises(Refused) as refused:
            client.post("/v1/products", {"slug": "widget", "scheme": "nope", "name": 1})

        error = refused.value
        assert isinstance(error, LifecycleError)
        assert error.status_code == error.document["status"] == 400
        assert error.type == error.document["type"]
        assert error.title == error.document["title"]
        assert error.detail == error.document["detail"]
        assert {"scheme", "name"} & {problem.field for problem in error.problems}

    def test_members_of_a_problem_are_kept(self, client):
        client.post("/v1/products", {"slug": "widget"})
        releases = path("v1", "products", "widget", "releases")
        client.post(releases, {"version": "1.0.0", "released_on": "2026-01-01"})

        with pytest.raises(Refused) as refused:
            client.get(path("v1", "products", "widget", "versions", "1.0.9"))

        assert refused.value.status_code == 404
        assert "nearest" in refused.value.members or "line" in refused.value.members

    def test_an_unknown_token_is_refused_without_being_repeated(self, service):
        with Client(service[0], token=SECRET) as client, pytest.raises(Refused) as refused:
            client.get("/v1/accounts")

        assert refused.value.status_code == 401
        assert "hush" not in everything(refused.value)


@pytest.fixture
def impostor():
    with standing_in() as start:
        yield start


def in_the_end(content, *, tries, before=b""):
    """Answer with something else at first: bytes, or a connection closed without any."""

    def respond(connection, count, _ended):
        connection.sendall(content if count >= tries else before)

    return respond


def everything(error):
    """Write down all that an error holds, and that it and its causes say."""
    said = [repr(vars(error))]
    while error is not None:
        said.append(repr(error) + str(error))
        error = error.__cause__
    return "\n".join(said)


GOOD = response(200, '{"ok": true}', "Content-Type: application/json")
BUSY = response(503, "busy", "Retry-After: 0")
IN_FLIGHT = response(409, json.dumps({"error": "InFlight", "detail": "Wait."}))


class TestTryingAgain:
    @pytest.mark.parametrize(
        "before",
        [BUSY, IN_FLIGHT, response(429, "", "Retry-After: 0"), response(502, ""), b"", GOOD[:-4]],
    )
    @pytest.mark.parametrize(
        "call",
        [
            lambda client: client.get("/v1/x", at="2026-01-01"),
            lambda client: client.put("/v1/x", {"a": 1}),
            lambda client: client.ask("/v1/x", {"a": 1}),
            lambda client: client.post("/v1/x", {"a": 1}, key="k"),
        ],
    )
    def test_what_a_repeat_cannot_harm_is_sent_again_as_it_was(self, impostor, call, before):
        server, asked = impostor(in_the_end(GOOD, tries=3, before=before))

        with Client(server, token=SECRET) as client:
            assert call(client) == {"ok": True}

        assert len(asked) == 3
        assert len(set(asked)) == 1

    @pytest.mark.parametrize("before", [BUSY, b""])
    @pytest.mark.parametrize(
        "call",
        [
            lambda client: client.post("/v1/x", {"a": 1}),
            lambda client: client.put("/v1/x", {"a": 1}, revision=3),
            lambda client: client.patch("/v1/x", {"a": 1}, revision=3),
            lambda client: client.delete("/v1/x"),
        ],
    )
    def test_what_a_repeat_might_do_twice_is_sent_once(self, impostor, call, before):
        server, asked = impostor(in_the_end(GOOD, tries=3, before=before))

        with Client(server) as client, pytest.raises(ServiceError):
            call(client)

        assert len(asked) == 1

    @pytest.mark.parametrize("before", [BUSY, b""])
    def test_it_gives_up_after_as_many_tries_as_it_has(self, impostor, before):
        server, asked = impostor(always(before))

        with Client(server, tries=4) as client, pytest.raises(ServiceError):
            client.get("/v1/x")

        assert len(asked) == 4

    def test_what_was_never_sent_is_tried_again_whatever_it_is(self, monkeypatch):
        tried = []
        attempt = Client._attempt
        monkeypatch.setattr(Client, "_attempt", lambda *given: tried.append(1) or attempt(*given))

        with Client("http://127.0.0.1:1") as client, pytest.raises(Unreachable) as error:
            client.post("/v1/x", {"a": 1})

        assert len(tried) == 3
        assert "tried 3 times" in str(error.value)

    def test_a_wait_that_would_end_too_late_is_none(self, impostor):
        server, asked = impostor(always(response(503, "busy", "Retry-After: 3600")))

        with Client(server) as client, pytest.raises(UnexpectedAnswer, match="503"):
            client.get("/v1/x")

        assert len(asked) == 1

    def test_the_time_that_an_answer_asks_for_is_waited(self, impostor):
        server, asked = impostor(
            in_the_end(GOOD, tries=2, before=response(503, "", "Retry-After: 1"))
        )
        begun = time.monotonic()

        with Client(server) as client:
            client.get("/v1/x")

        assert len(asked) == 2
        assert time.monotonic() - begun >= 1

    @pytest.mark.parametrize(
        "wanted", ["-1", "1e9", "soon", "", "Wed, 21 Oct 2065 07:28:00 GMT", "\u0661"]
    )
    def test_a_time_that_is_none_is_not_waited_for(self, impostor, wanted):
        busy = response(503, "", f"Retry-After: {wanted}")
        server, asked = impostor(in_the_end(GOOD, tries=2, before=busy))

        with Client(server) as client:
            assert client.get("/v1/x") == {"ok": True}

        assert len(asked) == 2


def drip(connection, _count, ended):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not ended.wait(0.02):
        connection.sendall(b" ")


def stall(_connection, _count, ended):
    ended.wait()


JUNK = [
    response(200, "<!doctype html><title>Sign in</title>", "Content-Type: text/html"),
    response(200, "", "Content-Type: application/json"),
    response(200, "[]", "Content-Type: application/json"),
    response(200, "null"),
    response(200, '{"verdict": "pass"', "Content-Type: application/json"),
    response(200, "[" * 100_000),
    response(204, ""),
    response(200, "gz", "Content-Encoding: gzip"),
    response(302, "", "Location: http://127.0.0.1:1/elsewhere"),
    response(401, "no"),
    response(404, '"detail"'),
    response(404, '{"error": "detail"}'),
    response(500, "oh"),
    b"SSH-2.0-OpenSSH_9.9\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000,
    b"\x00" * 1000,
]


class TestWhatIsNoService:
    @pytest.mark.parametrize("content", JUNK)
    def test_junk_is_never_an_answer(self, impostor, content):
        server, _ = impostor(always(content))

        with Client(server, token=SECRET, total=10) as client:
            for call in (client.get, lambda address: list(client.items(address))):
                with pytest.raises(ServiceError) as error:
                    call("/v1/x")
                assert not isinstance(error.value, Refused)
                assert "hush" not in everything(error.value)

    @pytest.mark.parametrize("respond", [drip, stall])
    def test_it_is_waited_for_no_longer_than_said(self, impostor, respond):
        server, _ = impostor(respond)

        with Client(server, total=0.3) as client, pytest.raises(NoAnswerInTime) as error:
            client.get("/v1/x")

        assert "within 0.3 seconds" in str(error.value)

    def test_silence_is_borne_no_longer_than_said(self, impostor):
        server, asked = impostor(stall)

        with Client(server, timeout=0.2) as client, pytest.raises(NoAnswerInTime):
            client.get("/v1/x")

        assert len(asked) == 1

    def test_the_time_is_for_all_calls_together(self, impostor):
        server, _ = impostor(in_the_end(GOOD, tries=1))
        with Client(server, total=0.2) as client:
            client.get("/v1/x")
            time.sleep(0.25)

            with pytest.raises(ServiceError):
                client.get("/v1/x")

    def test_an_answer_that_is_too_long_is_none(self, impostor, monkeypatch):
        monkeypatch.setattr(transport, "LONGEST_ANSWER", 1000)
        server, asked = impostor(always(response(200, json.dumps({"a": "x" * 2000}))))

        with Client(server) as client, pytest.raises(UnexpectedAnswer, match="1,000 bytes"):
            client.get("/v1/x")

        assert len(asked) == 1

    def test_a_list_without_an_end_is_left(self, impostor):
        page = response(200, '{"items": [1], "next": "again"}')
        server, asked = impostor(always(page))

        with Client(server) as client, pytest.raises(UnexpectedAnswer, match="no end"):
            list(client.items("/v1/x"))

        assert len(asked) == 2

    @pytest.mark.parametrize("page", ['{"items": null}', '{"items": {}}', '{"next": "x"}'])
    def test_a_page_that_lists_nothing_is_none(self, impostor, page):
        server, _ = impostor(always(response(200, page)))

        with Client(server) as client, pytest.raises(UnexpectedAnswer):
            list(client.items("/v1/x"))

    def test_a_document_of_another_shape_is_no_struct(self, impostor):
        class Answer(msgspec.Struct):
            number: int

        server, _ = impostor(always(response(200, '{"number": "many"}')))

        with Client(server) as client, pytest.raises(UnexpectedAnswer, match="number"):
            client.get_as(Answer, "/v1/x")

    def test_a_redirection_takes_no_token_elsewhere(self, impostor):
        server, asked = impostor(
            lambda connection, _count, _ended: connection.sendall(
                response(302, "", f"Location: {server}/elsewhere")
            )
        )

        with Client(server, token=SECRET) as client, pytest.raises(UnexpectedAnswer):
            client.get("/v1/x")

        assert len(asked) == 1

    @pytest.mark.parametrize(
        "server",
        ["nowhere", "ftp://me:hush@h", "", "http://", "http://me:hush@h:port", "http://ä..b"],
    )
    def test_an_address_that_is_none_is_refused(self, server):
        with (
            pytest.raises(ServiceError) as error,
            Client(server, total=5) as client,
        ):
            client.get("/v1/x")

        assert isinstance(error.value, InvalidAddress | Unreachable)
        assert "hush" not in everything(error.value)

    def test_a_proxy_that_is_none_is_refused(self, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", "nonsense://me:hush@proxy")

        with pytest.raises(InvalidProxy) as error:
            Client("http://127.0.0.1:1")

        assert "hush" not in str(error.value)


class TestSecrets:
    @pytest.mark.parametrize(
        "token", [f"{SECRET}\n", f"{SECRET} x", f"{SECRET}ä", f"{SECRET}\udcff"]
    )
    def test_a_token_that_no_header_carries_is_refused_unrepeated(self, token):
        with pytest.raises(InvalidToken) as error:
            Client("http://127.0.0.1:1", token=token)

        assert "hush" not in everything(error.value)

    def test_neither_token_nor_password_is_shown(self):
        client = Client("http://me:hush@127.0.0.1:1", token=SECRET)

        assert "hush" not in repr(client)
        client.close()

    def test_a_token_that_a_service_repeats_is_hidden(self, impostor):
        problem = {"detail": f"{SECRET} is none", "errors": [{"field": "f", "value": SECRET}]}
        server, _ = impostor(always(response(400, json.dumps(problem))))

        with Client(server, token=SECRET) as client, pytest.raises(Refused) as error:
            client.get("/v1/x")

        assert "hush" not in everything(error.value)
        assert "hush" not in repr(error.value.problems)

    def test_the_token_and_who_asks_are_sent(self, impostor):
        server, asked = impostor(always(GOOD))

        with Client(server, token=SECRET) as client:
            client.get("/v1/x")

        head = asked[0].decode().lower()
        assert f"authorization: bearer {SECRET}" in head
        assert "user-agent: lifecycle/" in head

    def test_the_environment_s_token_is_the_command_line_s_alone(self, impostor, monkeypatch):
        monkeypatch.setenv("LIFECYCLE_TOKEN", SECRET)
        server, asked = impostor(always(GOOD))

        with Client(server) as client:
            client.get("/v1/x")

        assert b"hush" not in asked[0]

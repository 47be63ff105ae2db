"""What the client answers in structs is what the service answers, whole."""

import subprocess
import sys
from datetime import date

import msgspec
import pytest

from lifecycle.answers.response_structs import MatrixOut, VersionOut, VersionTierOut
from lifecycle.check.check_outputs import CheckOut
from lifecycle.client import Client, Refused, UnexpectedAnswer, path
from lifecycle.gate.manifests import Manifest
from lifecycle.gate.verdict_outputs import VerdictOut
from testkit.impostors import always, response, standing_in
from testkit.server_processes import SECRET, Server

PRODUCT = "clairdash"
DAY = date(2026, 11, 21)
RUNS = [{"product": PRODUCT, "version": "3.10.0"}, {"purl": "pkg:npm/left-pad@1.3.0"}]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("typed")
    with Server(f"sqlite:///{folder / 'store.sqlite3'}", folder) as server:
        server.ready().fill()
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
def client(service):
    with Client(service, token=SECRET) as client:
        yield client


def as_sent(struct):
    return msgspec.json.decode(msgspec.json.encode(struct))


def test_a_status_is_of_each_tier_or_of_one(client):
    whole = client.status(PRODUCT, "3.10.0", at=DAY)
    of_one = client.status(PRODUCT, "3.10.0", tier="enterprise", at=DAY)
    document = client.get(path("v1", "products", PRODUCT, "versions", "3.10.0"), at=f"{DAY}")

    assert isinstance(whole, VersionOut)
    assert isinstance(of_one, VersionTierOut)
    assert as_sent(whole) == document
    assert (whole.at, of_one.status) == (DAY, whole.tiers["enterprise"].status)


def test_the_matrix_has_every_line_and_tier(client):
    matrix = client.support(PRODUCT, at=DAY)
    of_one = client.support(PRODUCT, tier="enterprise", at=DAY)
    document = client.get(path("v1", "products", PRODUCT, "support"), at=f"{DAY}")

    assert isinstance(matrix, MatrixOut)
    assert as_sent(matrix) == document
    assert {tier for line in of_one.lines for tier in line.tiers} == {"enterprise"}


def test_a_check_has_its_verdict_and_the_answers_it_rests_on(client):
    checked = client.check(RUNS, tier="enterprise", within=30, at=DAY)
    strict = client.check(RUNS, tier="pro", at=DAY, expect=["other"])

    assert isinstance(checked, CheckOut)
    assert (checked.decided, checked.within, checked.results[0].version) == (True, 30, "3.10.0")
    assert (strict.decided, strict.expected_unknown) == (False, ("other",))


def test_an_account_is_checked_by_what_it_reported(client):
    client.put(path("v1", "accounts", "typed"), {"tier": "enterprise"})
    runs = {"product": PRODUCT, "version": "3.10.0"}
    client.put(path("v1", "accounts", "typed", "instances", "prod"), runs)

    checked = client.check(account="typed", at=DAY)

    assert [result.version for result in checked.results] == ["3.10.0"]


@pytest.mark.parametrize(
    "manifest",
    [
        {"product": PRODUCT, "version": "3.99.0", "day": date(2026, 12, 1)},
        Manifest(product=PRODUCT, version="3.99.0", day=date(2026, 12, 1)),
    ],
)
def test_the_gate_judges_a_manifest(client, manifest):
    verdict = client.gate(manifest)
    kept = client.get(path("v1", "products", PRODUCT, "gate", verdict.id))

    assert isinstance(verdict, VerdictOut)
    assert (verdict.product, verdict.version, verdict.day) == (PRODUCT, "3.99.0", date(2026, 12, 1))
    assert kept.items() >= as_sent(verdict).items()


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda client: client.status("nothing", "1"), 404),
        (lambda client: client.status(PRODUCT, "3.10.0", tier="gold"), 404),
        (lambda client: client.check([{"version": "1"}]), 400),
        (lambda client: client.check(RUNS, whim=True), 400),
        (lambda client: client.gate({"product": PRODUCT}), 400),
    ],
)
def test_what_is_refused_is_raised(client, ask, status):
    with pytest.raises(Refused) as refusal:
        ask(client)

    assert refusal.value.status_code == status


def test_an_answer_of_another_shape_is_no_answer():
    with standing_in() as start:
        address, _ = start(always(response(200, '{"product": 1}')))

        with Client(address) as client, pytest.raises(UnexpectedAnswer):
            client.support(PRODUCT)


def test_structs_are_imported_when_an_answer_is_read():
    code = """
import sys
from lifecycle.client import Client
Client("http://x")
print("lifecycle.support.status" in sys.modules)
"""
    command = [sys.executable, "-c", code]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert printed == "False\n"

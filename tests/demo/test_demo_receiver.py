import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer
from standardwebhooks import Webhook

from lifecycle.demo.receiver import Receiver, wrong_with
from lifecycle.demo.subscribers import SECRET

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BODY = json.dumps(
    {
        "type": "deprecation.announced",
        "data": {"account": "acme", "summary": "REST v1 will be removed.", "days_left": 21},
    }
)


def signed(body=BODY, at=NOW, secret=SECRET):
    """Sign as Standard Webhooks' own library does."""
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body),
    }


@pytest.fixture
async def receive():
    """Give a function that posts to a receiver and tells status and printed lines."""
    clients = []

    async def start(fail=0):
        lines = []
        receiver = Receiver(SECRET, clock=NOW.timestamp, tell=lines.append, fail=fail)
        client = TestClient(TestServer(receiver.application()))
        await client.start_server()
        clients.append(client)

        async def post(headers, body=BODY):
            async with client.post("/acme", data=body.encode(), headers=headers) as answer:
                return answer.status, lines[-1]

        return post

    yield start
    for client in clients:
        await client.close()


async def test_a_signed_notice_is_taken_and_told_in_a_line(receive):
    post = await receive()

    assert await post(signed()) == (
        200,
        "acme: deprecation.announced  REST v1 will be removed.  (in force in 21 days)  verified",
    )


@pytest.mark.parametrize(
    ("kind", "left", "ending"),
    [
        ("deprecation.withdrawn", 367, "will be removed.  verified"),
        ("deprecation.reminder", 1, "(in force in 1 day)  verified"),
        ("deprecation.effective", 0, "will be removed.  verified"),
    ],
)
async def test_days_are_left_only_until_something_that_will_happen(receive, kind, left, ending):
    post = await receive()
    body = json.loads(BODY)
    body["type"], body["data"]["days_left"] = kind, left
    text = json.dumps(body)

    _, line = await post(signed(body=text), body=text)

    assert line.endswith(ending)


async def test_the_same_notice_again_is_recognised(receive):
    post = await receive()
    await post(signed())

    status, line = await post(signed())

    assert status == 200
    assert line.endswith("verified, here before")


OTHER = "whsec_b25lIHRoYXQgbm9ib2R5IGdhdmU="


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        (signed(secret=OTHER), "signature"),
        (signed(at=NOW - timedelta(minutes=6)), "five minutes"),
        (signed(at=NOW + timedelta(minutes=6)), "five minutes"),
        (signed(body=BODY + " "), "signature"),
        ({}, "webhook-id"),
        (signed() | {"webhook-timestamp": "soon"}, "webhook-timestamp"),
        (signed() | {"webhook-timestamp": "9" * 5000}, "five minutes"),
        (signed() | {"webhook-signature": "v1,"}, "signature"),
        (signed() | {"webhook-signature": "v2,AAAA"}, "signature"),
    ],
)
async def test_what_is_not_signed_by_us_just_now_is_refused(receive, headers, why):
    post = await receive()

    status, line = await post(headers)

    assert status == 400
    assert why in line
    assert "NOT VERIFIED" in line


async def test_one_good_signature_among_several_is_enough(receive):
    post = await receive()
    both = signed(secret=OTHER)["webhook-signature"] + " " + signed()["webhook-signature"]

    status, _ = await post(signed() | {"webhook-signature": both})

    assert status == 200


async def test_the_first_can_be_made_to_fail_so_that_they_return(receive):
    post = await receive(fail=2)

    statuses = [(await post(signed()))[0] for _ in range(3)]

    assert statuses == [500, 500, 200]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"type": 1, "data": []}', "\x1b[31m", '"x"'])
async def test_a_body_that_is_no_notice_is_told_without_its_control_characters(receive, body):
    post = await receive()

    status, line = await post(signed(body=body), body)

    assert status == 200
    assert line.isprintable()


def test_the_secret_is_one_that_the_standard_knows():
    assert Webhook(SECRET).verify(BODY, signed(at=datetime.now(UTC)))
    assert wrong_with(signed(), BODY.encode(), key=b"another", now=NOW.timestamp())


@pytest.mark.parametrize("days", [0, -3, None])
async def test_days_are_counted_only_to_what_is_still_to_come(receive, days):
    data = {"account": "acme", "summary": "REST v1.", "days_left": days}
    body = json.dumps({"type": "deprecation.effective", "data": data})
    post = await receive()

    _, line = await post(signed(body), body)

    assert line == "acme: deprecation.effective  REST v1.  verified"

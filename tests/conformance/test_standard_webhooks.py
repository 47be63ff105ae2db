"""What is signed, and how it is written down, is what the specification's own examples show."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from notifications import signing
from notifications.secrets import SECRET_BYTES, SECRET_PREFIX

UID, SECONDS = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", 1674087231


@pytest.fixture(scope="module")
def specification(standards):
    return (standards / "standard-webhooks" / "standard-webhooks.md").read_text(encoding="utf-8")


def test_the_examples_of_signed_content_are_what_is_signed(specification):
    examples = re.findall(r"```\n(msg_\w+)\.(\d+)\.(\{.*?\})\n```", specification, re.DOTALL)

    signed = [signing.signed_content(uid, int(at), body.encode()) for uid, at, body in examples]

    assert len(signed) == 2
    assert all(content.decode() in specification for content in signed)


def test_the_headers_are_those_of_the_example(specification):
    example = re.search(r"```\n(webhook-id: .*?)\n```", specification, re.DOTALL).group(1)
    expected = dict(line.split(": ", 1) for line in example.splitlines())

    headers = signing.headers(UID, datetime.fromtimestamp(SECONDS, UTC), b"{}", ["whsec_c2VjcmV0"])

    symmetric = expected.pop("webhook-signature").split(" ")[0]
    form = re.compile(r"v1,[A-Za-z0-9+/]{43}=")
    assert form.fullmatch(symmetric)
    assert form.fullmatch(headers.pop("webhook-signature"))
    assert headers == expected


def test_the_signature_is_that_of_the_reference_library():
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", '{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    reference = Webhook(secret).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)

    headers = signing.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body.encode(), [secret])

    assert headers["webhook-signature"] == reference
    assert reference == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_has_the_length_and_form_that_is_asked_for(specification):
    least, most = re.search(
        r"Between (\d+) bytes \(192 bits\) and (\d+) bytes", specification
    ).groups()

    assert int(least) <= SECRET_BYTES <= int(most)
    assert f"`{SECRET_PREFIX}" in specification.replace("\\", "")

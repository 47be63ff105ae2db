"""A receiver's own library trusts what is signed here, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from notifications import signing
from notifications.secrets import new_webhook_secret

UID = "0b0f8a2e-5d5e-5e4f-9d2f-0a8c2f1f2d11"


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_the_receivers_library_trusts_every_body(text):
    secret, body = new_webhook_secret(), text.encode()

    signed = signing.headers(UID, datetime.now(UTC), body, [secret])

    assert signed["webhook-id"] == UID
    assert Webhook(secret).verify(body, signed, json_parse=False) is None


def test_during_a_rotation_both_secrets_are_good():
    new, old = new_webhook_secret(), new_webhook_secret()

    signed = signing.headers(UID, datetime.now(UTC), b"{}", [new, old])

    assert len(signed["webhook-signature"].split(" ")) == 2
    assert Webhook(new).verify(b"{}", signed) == {}
    assert Webhook(old).verify(b"{}", signed) == {}


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "body", "secret"])
def test_whatever_is_changed_is_noticed(changed):
    secret, body = new_webhook_secret(), b'{"a": 1}'
    signed = signing.headers(UID, datetime.now(UTC), body, [secret])
    if changed == "body":
        body = b'{"a": 2}'
    elif changed == "secret":
        secret = new_webhook_secret()
    else:
        signed[changed] = signed[changed][:-1] + ("1" if signed[changed][-1] != "1" else "2")

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, signed)


def test_a_moments_fraction_is_dropped():
    signed = signing.headers(UID, datetime(2026, 1, 1, 0, 0, 0, 999999, UTC), b"", ["c2VjcmV0"])

    assert signed["webhook-timestamp"] == "1767225600"


@pytest.mark.parametrize("uid", ["a.1674087231", "a\r\nx: y", "ä"])
def test_an_id_that_could_pass_for_something_else_is_refused(uid):
    with pytest.raises(ValueError, match="no webhook id"):
        signing.headers(uid, datetime.now(UTC), b"", ["whsec_c2VjcmV0"])


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_ä", "whsec_a", "whsec_c2Vj cmV0"])
def test_a_broken_secret_signs_nothing(secret):
    with pytest.raises(signing.UnusableSecretError):
        signing.headers(UID, datetime.now(UTC), b"", [secret])


def test_without_a_secret_nothing_is_sent_unsigned():
    with pytest.raises(signing.UnusableSecretError):
        signing.headers(UID, datetime.now(UTC), b"", [])

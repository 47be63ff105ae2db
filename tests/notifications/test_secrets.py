"""What is stored opens with its key only, and links are good for what they were made for."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from notifications.secrets import (
    BadLinkError,
    ExpiredLinkError,
    Links,
    UnusableKeyError,
    Vault,
    WrongKeyError,
    new_webhook_secret,
)

KEY = "correct horse battery staple"
OTHER = "0f3c9d2e77aa41b0"


def test_what_is_encrypted_comes_back():
    vault = Vault(KEY)

    stored = vault.encrypt("slack://tökens/are/secret")

    assert "slack" not in stored
    assert Vault(KEY).decrypt(stored) == "slack://tökens/are/secret"


def test_another_key_opens_nothing_and_says_so():
    stored = Vault(KEY).encrypt("hush")

    with pytest.raises(WrongKeyError, match="another secret key"):
        Vault(OTHER).decrypt(stored)


def test_what_was_never_encrypted_is_refused_alike():
    with pytest.raises(WrongKeyError):
        Vault(KEY).decrypt("no töken")


def test_a_new_key_before_the_old_one_opens_both():
    old = Vault(KEY).encrypt("hush")
    both = Vault(f"{OTHER}\n{KEY}\n")

    new = both.encrypt("hush")

    assert both.decrypt(old) == "hush"
    assert Vault(OTHER).decrypt(new) == "hush"


@pytest.mark.parametrize("key", ["", " \n ", "short", f"{KEY}\nshort"])
def test_a_key_that_can_be_guessed_is_refused(key):
    with pytest.raises(UnusableKeyError, match="16 characters"):
        Vault(key)


def test_a_webhook_secret_is_drawn_anew_with_enough_bytes():
    first, second = new_webhook_secret(), new_webhook_secret()

    assert first != second
    assert first.startswith("whsec_")
    assert 24 <= len(base64.b64decode(first.removeprefix("whsec_"), validate=True)) <= 64


def test_a_link_is_good_for_its_purpose_only():
    links = Links(KEY)

    token = links.sign("unsubscribe", "17")

    assert links.unsign("unsubscribe", token) == "17"
    with pytest.raises(BadLinkError):
        links.unsign("confirm", token)


def test_a_link_of_another_key_is_refused_until_the_key_stands_beside():
    token = Links(KEY).sign("confirm", "17")

    with pytest.raises(BadLinkError):
        Links(OTHER).unsign("confirm", token)
    assert Links(f"{OTHER}\n{KEY}").unsign("confirm", token) == "17"


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "é", "x" * 5000, "\x00", "..."])
def test_what_is_no_link_is_refused(token):
    with pytest.raises(BadLinkError):
        Links(KEY).unsign("confirm", token, timedelta(days=1))


def test_a_changed_link_is_refused():
    token = Links(KEY).sign("confirm", "17")

    with pytest.raises(BadLinkError):
        Links(KEY).unsign("confirm", Links(KEY).sign("confirm", "18")[:4] + token[4:] + "A")


def test_a_link_expires_after_its_time_and_not_before():
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    links = Links(KEY, lambda: now)
    token = links.sign("confirm", "17")

    now += timedelta(days=7)
    assert links.unsign("confirm", token, timedelta(days=7)) == "17"
    now += timedelta(seconds=1)
    with pytest.raises(ExpiredLinkError):
        links.unsign("confirm", token, timedelta(days=7))
    assert links.unsign("confirm", token) == "17"

"""Who has the link of a mail may use it: no log holds one."""

import httpx
import pytest


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("page", ["confirm", "unsubscribe", "acknowledge"])
def test_a_link_is_logged_without_its_token(lasting, method, page):
    with httpx.Client(base_url=lasting.address) as nobody:
        nobody.request(method, f"/{page}/a.hush.token")
        nobody.request(method, f"/{page}/a.hush%2ftoken")

    printed = lasting.printed()
    assert f'"path": "/{page}/\\u2026"' in printed
    assert "hush" not in printed

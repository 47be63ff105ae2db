"""Signing in as a person does, with a client of this process or in a browser."""

from __future__ import annotations

import re

from testkit.page_addresses import BROWSER

FROM_HERE = BROWSER | {"Sec-Fetch-Site": "same-origin"}
"""What a browser sends with a form that stands on a page of ours."""
KEY = re.compile(r'name="form_key" value="([0-9a-f]*)"')


def secret_of(headers):
    """Return the token that headers carry."""
    return headers["Authorization"].removeprefix("Bearer ")


async def sign_in(client, headers, *, to=""):
    """Sign a client in by the token that headers carry; its cookies do the rest."""
    fields = {"token": secret_of(headers), "next": to}
    answer = await client.post("/sign-in", data=fields, headers=FROM_HERE)
    assert answer.status_code == 303, answer.text
    return answer


async def form_key(client, path="/sign-in?next=/"):
    """Return the key that the forms of a signed-in page carry."""
    return KEY.search((await client.get(path, headers=BROWSER)).text)[1]


async def send(client, path, **fields):
    """Send a form as a signed-in page does, with its key; a field of bytes is a file."""
    fields = {"form_key": await form_key(client)} | fields
    files = {
        name: ("a file", fields.pop(name))
        for name, value in [*fields.items()]
        if isinstance(value, bytes)
    }
    return await client.post(path, data=fields, files=files or None, headers=FROM_HERE)


async def sign_in_by_page(tab, headers, *, to=""):
    """Sign in on the page, in a browser's tab."""
    await tab.visit(f"/sign-in?next={to}")
    await tab.page.get_by_label("Token").fill(secret_of(headers))
    await tab.page.get_by_role("button", name="Sign in").click()
    await tab.page.wait_for_url(lambda url: "/sign-in" not in url)

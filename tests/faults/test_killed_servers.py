"""A server killed at any instant: what it said it did is done, and nothing is done by half."""

import os
import random
import threading
import time

import httpx
import pytest

from testkit.server_processes import HEADERS, RELEASES, fact

SCALE = float(os.environ.get("LIFECYCLE_FAULT_SCALE", "0.15"))
KILLS = {"sqlite": max(1, round(7 * SCALE)), "postgresql": max(1, round(3 * SCALE))}
WRITERS = 4
LISTED = 15


class Writer(threading.Thread):
    """Writes until its server is gone; remembers what was acknowledged and what it tried last."""

    def __init__(self, server, number):
        super().__init__()
        self.server, self.number = server, number
        self.acknowledged, self.tried = set(), set()
        self.instances = {}

    def run(self):
        try:
            with self.server.client() as client:
                self.write(client)
        except httpx.TransportError:
            return

    def write(self, client):
        for count in range(10_000):
            body = [fact(f"{self.number}.{count}.{patch}") for patch in range(LISTED)]
            versions = frozenset(each["version"] for each in body)
            self.tried.add(versions)
            answer = client.post(RELEASES, json=body)
            assert answer.status_code == 201, answer.text
            self.acknowledged.add(versions)
            name, told = f"{self.number}", {"product": "clairdash", "version": f"{count}.0.0"}
            answer = client.put(f"/v1/accounts/acme/instances/{name}", json=told)
            assert answer.is_success, answer.text
            self.instances[name] = told["version"]


def test_what_was_acknowledged_is_there_and_nothing_is_there_by_half(serve, store_url, verdict):
    chance = random.Random(20261122)  # noqa: S311 -- seeded, to be repeated
    server = serve(store_url).ready().fill()
    acknowledged, tried, instances = set(), set(), {}

    for kill in range(KILLS["sqlite" if "sqlite" in store_url else "postgresql"]):
        writers = [Writer(server, 1000 + kill * WRITERS + number) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.05, 0.6))
        while not acknowledged and not any(writer.acknowledged for writer in writers):
            time.sleep(0.01)
        server.kill()
        for writer in writers:
            writer.join()
            acknowledged |= writer.acknowledged
            tried |= writer.tried
            instances |= writer.instances
        server = serve(store_url).ready()

        with server.client() as client:
            stored = everything(client, RELEASES)
            known = {
                each["name"]: each for each in everything(client, "/v1/accounts/acme/instances")
            }
        versions = {each["version"] for each in stored}
        assert all(each <= versions for each in acknowledged)
        assert all(each <= versions or not each & versions for each in tried)
        assert all(
            behind(known[name]["version"]) >= behind(told) for name, told in instances.items()
        )
        assert verdict(store_url).whole

    with server.client() as client:
        actions = [each["action"] for each in everything(client, "/v1/audit")]
        lists = {frozenset(each) for each in tried if each <= versions}
    assert actions.count("release.registered") == 1 + len(lists)
    assert len(acknowledged) > 0


def behind(version):
    return int(version.partition(".")[0])


def everything(client, path):
    items, cursor = [], None
    while True:
        query = {"limit": 500} | ({"cursor": cursor} if cursor else {})
        page = client.get(path, params=query).json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


@pytest.mark.parametrize("after", [0.5, 0.9, 1.3])
def test_a_first_start_that_is_killed_can_be_started_again(serve, tmp_path, after, verdict):
    url = f"sqlite:///{tmp_path}/new/store.sqlite3"
    first = serve(url, through=[])
    time.sleep(after)
    first.kill()

    again = serve(url).ready()

    assert httpx.get(f"{again.address}/v1/accounts", headers=HEADERS).status_code == 200
    assert verdict(url).whole

"""What a request without a token may cost, alone and together with others of its address."""

import asyncio
import json
import threading
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.catalogue.package_urls import MOST_QUALIFIERS, read_purl
from lifecycle.server.processor_time import MOST_WAITING, HeavyWork, Meter, TooBusy, metered
from lifecycle.server.quotas import Quotas, QuotaUsed, address_of
from lifecycle.server.trusted_proxies import read_networks
from testkit.server_processes import HEADERS, PRODUCT


@pytest.fixture
def strict(serve, sqlite_url):
    """A server on which an address may use a tenth of a second at once, and as good as no more."""
    given = {"LIFECYCLE_ANONYMOUS_SECONDS_PER_MINUTE": "0.05"}
    trusted = {"LIFECYCLE_TRUSTED_PROXIES": "127.0.0.1"}
    return serve(sqlite_url, **given, **trusted).ready().fill()


def body(count, version="3.9.{}"):
    made = [{"product": "clairdash", "version": version.format(n)} for n in range(count)]
    return json.dumps({"components": made, "tier": "pro"}).encode()


def test_an_address_that_used_its_seconds_is_refused_and_told_when_to_ask_again(strict):
    def asked(address, path="/v1/check", **headers):
        sent = {"X-Forwarded-For": address, **headers}
        content = body(4_000) if path == "/v1/check" else None
        return nobody.request("POST" if content else "GET", path, content=content, headers=sent)

    with httpx.Client(base_url=strict.address, timeout=60) as nobody:
        statuses = [asked("192.0.2.1").status_code for _ in range(3)]
        refused = asked("192.0.2.1", f"{PRODUCT}/support?at=2026-03-04")

        assert (statuses[0], statuses[-1], refused.status_code) == (200, 429, 429)
        assert refused.json()["error"] == "QuotaUsed"
        assert 1 <= int(refused.headers["retry-after"]) <= 3600
        assert refused.headers["retry-after"] in refused.json()["detail"]
        page = asked("192.0.2.1", "/changes?kind=removal", Accept="text/html")
        assert page.status_code == 429
        assert "Your network address has asked for more than it may" in page.text
        assert "Bearer" not in page.text
        assert asked("192.0.2.2").status_code == 200
        assert asked("192.0.2.1", **HEADERS).status_code == 200
        assert asked("192.0.2.1", "/health/live").status_code == 200
        assert asked("192.0.2.1", "/unsubscribe/nothing").status_code == 400
        assert asked("198.51.100.7, 192.0.2.1", "/v1/products").status_code == 429
        assert "lifecycle_quota_refusals_total" in asked("192.0.2.1", "/metrics").text


def test_an_answer_that_is_ready_costs_nobody_anything(strict):
    with httpx.Client(base_url=strict.address) as nobody:
        for _ in range(500):
            assert nobody.get(f"{PRODUCT}/versions/3.9.0").status_code == 200


def test_others_are_answered_while_heavy_checks_are_made(lasting):
    answers = []

    def check():
        with httpx.Client(base_url=lasting.address, timeout=120) as nobody:
            answers.append(nobody.post("/v1/check", content=body(20_000, "3.{}.7")).status_code)

    asking = [threading.Thread(target=check) for _ in range(3)]
    for each in asking:
        each.start()
    meanwhile = 0
    with httpx.Client(base_url=lasting.address, timeout=60) as others:
        while any(each.is_alive() for each in asking):
            assert others.get("/health/live").status_code == 200
            meanwhile += 1
    for each in asking:
        each.join()

    assert answers == [200] * 3
    assert meanwhile > 10


async def test_heavy_work_is_done_one_after_the_other_and_too_much_of_it_refused():
    heavy, under_way, most = HeavyWork(), 0, 0

    def work():
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        time.sleep(0.01)
        under_way -= 1

    waiting = [asyncio.create_task(heavy.run(work)) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await heavy.run(work)
    await asyncio.gather(*waiting)
    await heavy.run(work)

    assert most == 1


async def test_a_meter_counts_its_own_steps_and_not_what_runs_meanwhile():
    async def burn(seconds):
        until = time.thread_time() + seconds
        while time.thread_time() < until:
            pass

    async def wait_for_another():
        await asyncio.create_task(burn(0.05))
        await asyncio.sleep(0)

    mine, nothing = Meter(), Meter()
    await metered(burn(0.05), mine)
    await metered(wait_for_another(), nothing)

    assert mine.seconds >= 0.05
    assert nothing.seconds < mine.seconds


async def test_what_is_raised_or_cancelled_passes_through_a_meter():
    async def fail():
        await asyncio.sleep(0)
        raise LookupError

    async def wait():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    seen = []
    with pytest.raises(LookupError):
        await metered(fail(), Meter())
    task = asyncio.ensure_future(wait_metered(wait))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled"]


async def wait_metered(work):
    await metered(work(), Meter())


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 100)), max_size=20))
def test_an_address_is_refused_just_while_it_has_used_two_minutes_seconds(steps):
    now, used = 0.0, 0.0
    quotas = Quotas(15, clock=lambda: now)
    for seconds, pause in steps:
        quotas.charge("192.0.2.1", seconds)
        used += seconds
        if used - 30 > 1e-6:
            with pytest.raises(QuotaUsed) as refused:
                quotas.check("192.0.2.1")
            assert refused.value.retry_after >= (used - 30) / 0.25
        elif used - 30 < -1e-6:
            quotas.check("192.0.2.1")
        now += pause
        used = max(0.0, used - pause * 0.25)
    quotas.check("192.0.2.2")


def test_no_number_of_addresses_fills_the_memory():
    quotas = Quotas(15)
    for number in range(20_000):
        quotas.charge(str(number), 1.0)

    assert len(quotas._used) == 10_000
    assert quotas.used("0") == 0
    assert quotas.used("19999") > 0.9


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),  # said by somebody who is no proxy
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "unknown"),
        ("10.0.0.1", "x" * 5000, "x" * 100),
        ("2001:db8::1:2:3:4", None, "2001:db8::/64"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_who_asks_is_the_last_address_that_is_no_trusted_proxy(client, forwarded, address):
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    scope = {"client": (client, 1), "headers": headers}

    assert address_of(scope, read_networks("10.0.0.0/8")) == address


def test_a_package_url_with_more_qualifiers_than_any_type_has_is_not_read():
    def spelled(count):
        return "pkg:npm/web@1.0.0?" + "&".join(f"k{n}=v" for n in range(count))

    assert read_purl(spelled(MOST_QUALIFIERS))
    assert read_purl(spelled(MOST_QUALIFIERS + 1)) is None


@pytest.mark.parametrize("opening", [b"{}", b"[]"])
def test_a_body_of_objects_without_end_is_refused_by_their_number(lasting, opening):
    content = b"[" + (opening + b",") * 250_000 + opening + b"]"
    with httpx.Client(base_url=lasting.address, timeout=60) as nobody:
        answer = nobody.post("/v1/check", content=content)

    assert answer.status_code == 400
    assert "250,002 objects and lists; at most 200,000" in answer.json()["detail"]


def test_bodies_of_mistakes_alone_are_refused_with_few_words(lasting):
    with httpx.Client(base_url=lasting.address, timeout=60) as nobody:
        for each in ({"prod": 1}, {"product": 1}, {"purl": "x" * 1000}, 7, None):
            content = json.dumps({"components": [each] * 1_500}).encode()
            answer = nobody.post("/v1/check", content=content)

            assert answer.status_code in {200, 400}
            assert len(answer.content) < 100_000

from datetime import timedelta

import pytest

from lifecycle.server.cacheability import Cacheability, freshness
from lifecycle.server.cached_responses import CachedResponse
from lifecycle.server.response_cache import ReadyAnswers

pytestmark = pytest.mark.one_database("answers from memory")

PATHS = [
    "/versions/3.7.0",
    "/versions/3.7.0?tier=enterprise",
    "/support",
    "/support?tier=pro&at=2026-06-01",
    "/entitlements?tier=enterprise",
    "/compare?from=3.7.0&to=3.10.0",
    "/releases",
    "/releases/3.7.0",
    "/features",
    "/policy",
    "",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_ready_answer_is_the_same_as_the_handlers(app, client, clairdash, path, method):
    rendered = await client.request(method, clairdash + path)
    ready = await client.request(method, clairdash + path)

    assert app.hits == 1
    assert ready.status_code == rendered.status_code == 200
    assert ready.headers.raw == rendered.headers.raw
    assert ready.content == rendered.content


@pytest.mark.parametrize("path", PATHS)
async def test_both_ways_say_that_nothing_changed(app, client, clairdash, path):
    etag = (await client.get(clairdash + path)).headers["etag"]
    wanted = {"If-None-Match": f'W/"other", {etag}'}

    ready = await client.get(clairdash + path, headers=wanted)
    app.app_state.snapshots.invalidate(["clairdash"])
    rendered = await client.get(clairdash + path, headers=wanted)

    assert ready.status_code == rendered.status_code == 304
    assert ready.headers.raw == rendered.headers.raw
    assert ready.content == rendered.content == b""


async def test_a_head_request_has_the_headers_of_get_and_no_body(client, clairdash):
    head = await client.head(f"{clairdash}/support")
    get = await client.get(f"{clairdash}/support")

    assert head.headers.raw == get.headers.raw
    assert head.content == b""


async def test_a_write_is_visible_at_once(client, clairdash, admin):
    path = f"{clairdash}/versions/3.7.0?tier=pro"
    before = (await client.get(path)).json()
    withdrawal = {"withdrawn_on": "2026-11-20"}

    for version in ("3.10.0", "3.9.0", "3.8.0"):
        await client.patch(f"{clairdash}/releases/{version}", json=withdrawal, headers=admin)
    after = (await client.get(path)).json()

    assert (before["status"], after["status"]) == ("unsupported", "supported")


async def test_a_write_of_another_process_is_visible_after_a_look_at_the_log(
    app, client, clairdash, admin, store, clock
):
    from lifecycle.app import create_app  # noqa: PLC0415

    await client.get(f"{clairdash}/support")
    await app.app_state.snapshots.refresh()
    other = create_app(app.app_state.settings, store, clock)
    import httpx  # noqa: PLC0415

    transport = httpx.ASGITransport(other)
    app.app_state.store._listeners.clear()
    async with httpx.AsyncClient(transport=transport, base_url="http://other.test") as elsewhere:
        facts = {"version": "3.11.0", "released_on": "2026-11-01"}
        await elsewhere.post(f"{clairdash}/releases", json=facts, headers=admin)
    await app.app_state.snapshots.refresh()

    lines = (await client.get(f"{clairdash}/support")).json()["lines"]
    assert lines[0]["line"] == "3.11"


async def test_an_answer_ends_with_its_day(app, client, clairdash, clock):
    path = f"{clairdash}/versions/3.7.0?tier=pro"
    first = (await client.get(path)).json()

    clock.advance(hours=17, minutes=1)
    second = (await client.get(path)).json()

    assert (first["at"], second["at"]) == ("2026-11-21", "2026-11-22")
    assert app.hits == 0


async def test_nobody_may_keep_an_answer_beyond_its_day(client, clairdash, clock):
    midnight = clock.now + timedelta(hours=17)
    for left in (3600, 61, 60, 59, 31, 30, 10, 2, 1):
        clock.now = midnight - timedelta(seconds=left)

        response = await client.get(f"{clairdash}/support")

        seconds = int(response.headers["cache-control"].removeprefix("public, max-age="))
        assert seconds < left or seconds == 0


def test_close_to_the_deadline_an_answer_is_rendered_anew_only_a_few_times(clock):
    midnight = clock.now + timedelta(seconds=300)
    rendered, expires = 0, clock.now
    for second in range(300):
        now = clock.now + timedelta(seconds=second)
        if now >= expires:
            _, expires = freshness(now, midnight, 60)
            rendered += 1

    assert rendered <= 7


async def test_a_token_goes_past_what_is_kept(app, client, clairdash, admin):
    path = f"{clairdash}/support"
    await client.get(path)

    answered = await client.get(path, headers=admin)

    assert answered.status_code == 200
    assert app.hits == 0


async def test_refusals_are_not_kept(app, client, clairdash):
    for _ in range(2):
        refused = await client.get(f"{clairdash}/versions/9.9.9")
        assert refused.status_code == 404
        assert refused.headers["cache-control"] == "no-store"

    assert (app.hits, len(app)) == (0, 0)


async def test_what_is_kept_is_bounded_and_the_longest_unused_goes_first(clock):
    async def application(scope, receive, send):
        scope["lifecycle.cacheability"] = Cacheability("p", 1, clock.now + timedelta(days=1))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 8000})

    ready = ReadyAnswers(application, current=lambda _: 1, clock=clock, max_bytes=100_000)
    for number in [*range(9), 0, *range(9, 15), 0]:
        await ask(ready, f"/{number}")

    assert ready.bytes <= 100_000
    assert len(ready) == 10
    assert ready.hits == 2
    assert ready.evictions == 5


async def test_counters_tell_ready_answers_from_rendered_ones(client, clairdash):
    for _ in range(3):
        await client.get(f"{clairdash}/support")

    metrics = (await client.get("/metrics")).text

    assert "lifecycle_ready_answers_total 2.0" in metrics
    route = "/v1/products/{product}/support"
    assert f'lifecycle_requests_total{{method="GET",route="{route}",status="200"}} 1.0' in metrics


async def test_a_compressed_answer_has_a_tag_of_its_own_and_the_same_contents(client, clairdash):
    path = f"{clairdash}/support"
    compressed, plain = [
        await client.get(path, headers={"Accept-Encoding": coding})
        for coding in ("gzip", "identity")
    ]

    assert compressed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert compressed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert compressed.headers["vary"] == plain.headers["vary"] == "authorization, accept-encoding"
    assert compressed.content == plain.content


@pytest.mark.parametrize(("coding", "other"), [("gzip", "identity"), ("identity", "gzip")])
async def test_nothing_has_changed_for_who_has_that_form_and_for_nobody_else(
    client, clairdash, coding, other
):
    path, accepting = f"{clairdash}/support", {"Accept-Encoding": coding}
    etag = (await client.get(path, headers=accepting)).headers["etag"]

    again = await client.get(path, headers={**accepting, "If-None-Match": etag})
    differently = {"Accept-Encoding": other, "If-None-Match": etag}
    other_form = await client.get(path, headers=differently)

    assert (again.status_code, again.headers["etag"]) == (304, etag)
    assert other_form.status_code == 200


async def test_the_tag_of_a_compressed_answer_guards_a_change_as_the_other_does(
    client, clairdash, admin
):
    product = await client.get(clairdash)
    tag = product.headers["etag"][:-1] + '-gzip"'

    changed = await client.put(
        clairdash,
        json={"name": "Clairdash", "scheme": "semver", "line_by": "minor"},
        headers={**admin, "If-Match": tag},
    )

    assert changed.status_code == 200


def test_an_entry_matches_weakly_and_any():
    entry = CachedResponse([], b"{}", cacheability=Cacheability(), expires=None, policy=b"").plain

    assert entry.matches(b"*")
    assert entry.matches(b"W/" + entry.etag)
    assert entry.matches(b'"a", ' + entry.etag)
    assert not entry.matches(b'"a"')
    assert not entry.matches(b"nonsense, \xff")


async def ask(application, path):
    async def send(_message):
        return None

    scope = {
        "type": "http",
        "method": "GET",
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    await application(scope, None, send)


async def test_a_clock_set_back_gets_no_ready_answer_of_a_day_still_to_come(
    client, clock, clairdash
):
    path = f"{clairdash}/versions/3.7.0"
    today = (await client.get(path)).json()
    clock.advance(days=1)
    tomorrow = (await client.get(path)).json()

    clock.advance(days=-1)
    back = (await client.get(path)).json()

    assert tomorrow["at"] != today["at"]
    assert back == today


@pytest.mark.parametrize(
    ("minutes", "holds"), [(-1, False), (0, True), (1, True), (9, True), (10, False), (11, False)]
)
def test_an_entry_holds_from_when_it_was_made_until_it_expires(clock, minutes, holds):
    cacheability = Cacheability("widget", (0, 1), made=clock.now)
    ends = clock.now + timedelta(minutes=10)
    entry = CachedResponse([], b"{}", cacheability=cacheability, expires=ends, policy=b"public")

    assert entry.holds_at(clock.now + timedelta(minutes=minutes)) is holds

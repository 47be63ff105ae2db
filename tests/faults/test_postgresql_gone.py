"""PostgreSQL stopped and started under a server that goes on."""

import time

import httpx

from testkit.server_processes import PRODUCT, RELEASES, fact


def test_cached_answers_go_on_changes_are_refused_and_it_recovers_by_itself(
    serve, database, verdict
):
    server = serve(database.url).ready().fill()
    public = [f"{PRODUCT}/support", f"{PRODUCT}/versions/3.9.0", f"{PRODUCT}/policy"]
    with server.client() as client, httpx.Client(base_url=server.address, timeout=30) as anybody:

        def look(number):
            write = client.post(RELEASES, json=fact(f"60.{number}.0"))
            return write.status_code, anybody.get("/health/ready").status_code

        before = look(0)
        kept = [anybody.get(path) for path in public]
        for number, mode in enumerate(["fast", "immediate"], start=1):
            database.stop(mode)
            begun = time.monotonic()
            down = look(number)
            taken = time.monotonic() - begun
            still = [anybody.get(path) for path in public]
            elsewhere = anybody.get(f"{PRODUCT}/versions/3.8.0?at=2026-06-01")
            alive = anybody.get("/health/live")
            database.start()
            back = look(number)

            assert down == (503, 503)
            assert taken < 5
            assert [each.content for each in still] == [each.content for each in kept]
            assert {each.status_code for each in still} == {200}
            assert (elsewhere.status_code, alive.status_code) == (200, 200)
            assert back == (201, 200)
            kept = [anybody.get(path) for path in public]
        stored = [each["version"] for each in client.get(RELEASES).json()["items"]]
    assert before == (201, 200)
    assert stored[-3:] == ["60.0.0", "60.1.0", "60.2.0"]
    assert server.process.poll() is None
    assert verdict(database.url).whole


def test_a_start_without_postgresql_is_refused_in_words(serve, tmp_path):
    server = serve(f"postgresql://nobody@/none?host={tmp_path}")

    code = server.wait()

    assert code == 2
    assert "cannot be reached" in server.printed()
    assert "Traceback" not in server.printed()

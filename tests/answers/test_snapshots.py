"""What is worked out of a snapshot, and how often."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from lifecycle.support.facts import Facts
from testkit.known_snapshots import snapshot_of

TODAY = date(2026, 11, 21)


def test_what_several_threads_need_at_once_is_worked_out_by_one_of_them():
    snapshot, calls = snapshot_of(Facts(product="widget", line_by="minor", releases=())), []

    def work():
        calls.append(None)
        time.sleep(0.05)
        return object()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: snapshot.worked_out("test", TODAY, work), range(8)))

    assert len(calls) == 1
    assert len(set(map(id, found))) == 1


def test_what_rests_on_something_else_that_is_worked_out_does_not_wait_for_itself():
    snapshot = snapshot_of(Facts(product="widget", line_by="minor", releases=()))

    def outer():
        return snapshot.worked_out("inner", TODAY, lambda: 1) + 1

    assert snapshot.worked_out("outer", TODAY, outer) == 2
    assert snapshot.worked_out("outer", date(2026, 11, 22), lambda: 3) == 3

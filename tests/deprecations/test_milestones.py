from datetime import timedelta

import msgspec
import pytest

from lifecycle.calendar.zones import local_day, zone
from lifecycle.deprecations.milestones import Milestone, notice_uid, to_come
from lifecycle.policy.policy_documents import read_stored
from testkit.vendor_worlds import MONDAY, POLICY

HOURS = POLICY["business_hours"]
SATURDAY, SUNDAY = MONDAY + timedelta(days=5), MONDAY + timedelta(days=6)
NEXT_MONDAY = MONDAY + timedelta(days=7)
FRIDAY = MONDAY + timedelta(days=4)


def policy_with(**said):
    return read_stored(msgspec.to_builtins(POLICY | said))


def coming(effective_on, *, today=MONDAY, **said):
    return list(to_come(policy_with(**said), [effective_on], today=today))


def told(dues):
    return [(due.days_before, due.on) for due in dues]


def test_a_reminder_for_a_day_off_is_sent_on_the_next_open_day_and_counted_from_it():
    (reminder, _) = coming(SATURDAY + timedelta(days=30), reminders=[30])

    assert reminder.on == NEXT_MONDAY
    assert (reminder.effective_on - reminder.on).days == 28


def test_an_effective_day_off_is_told_on_the_next_open_day():
    (effective,) = coming(SATURDAY, reminders=[])

    assert (effective.milestone, effective.on) == (Milestone.EFFECTIVE, NEXT_MONDAY)
    assert effective.effective_on == SATURDAY


def test_a_reminder_that_would_come_only_on_the_day_comes_at_the_last_opening_before():
    (reminder, effective) = coming(NEXT_MONDAY, reminders=[1])

    assert reminder.on == FRIDAY
    assert reminder.at.astimezone(zone(POLICY["timezone"])).hour == 9
    assert effective.on == NEXT_MONDAY


def test_a_reminder_whose_last_opening_is_over_when_it_is_announced_is_left_out():
    assert told(coming(NEXT_MONDAY, today=FRIDAY, reminders=[1])) == [(None, NEXT_MONDAY)]


def test_of_reminders_that_fall_on_one_day_only_the_last_is_sent():
    days = told(coming(NEXT_MONDAY, reminders=[3, 2, 1]))

    assert days == [(1, FRIDAY), (None, NEXT_MONDAY)]


def test_without_business_hours_each_is_sent_on_its_own_day():
    days = told(coming(NEXT_MONDAY, reminders=[2, 1], business_hours=None))

    assert days == [(2, SATURDAY), (1, SUNDAY), (None, NEXT_MONDAY)]


@pytest.mark.parametrize("later", range(40))
def test_what_is_sent_is_sent_while_the_business_is_open_on_the_day_it_names(later):
    effective_on = MONDAY + timedelta(days=later + 1)
    policy = policy_with(reminders=[30, 7, 3, 2, 1])

    dues = list(to_come(policy, [effective_on], today=MONDAY))

    assert len({due.at for due in dues}) == len(dues)
    for due in dues:
        assert due.on == local_day(due.at, zone(policy.timezone))
        assert due.on.weekday() < 5
        assert (due.on < effective_on) == (due.milestone is Milestone.REMINDER)


def test_an_id_does_not_change_with_the_business_hours():
    ids = {
        tuple(notice_uid("d0", 1, due) for due in coming(SATURDAY, reminders=[1], business_hours=h))
        for h in (HOURS, None)
    }

    assert len(ids) == 1

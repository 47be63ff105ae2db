"""The clock of tests."""

from datetime import UTC, date, datetime, timedelta

START = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Clock:
    """The time as tests set it."""

    def __init__(self, now=START):
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    @property
    def today(self) -> date:
        return self.now.date()

    def advance(self, **length):
        self.now += timedelta(**length)

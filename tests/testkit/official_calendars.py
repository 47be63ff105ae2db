"""Calendars: what the days of a line mean for a tier, worked out with nothing but the days."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import NamedTuple

from lifecycle.catalogue import lines, policies, products
from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.database import open_store
from testkit.registered_releases import register_releases

ONE_DAY = timedelta(days=1)


class Span(NamedTuple):
    """The days in which a tier covers a line; ``begins`` where that is after the line's first."""

    first: date
    last: date | None
    begins: date | None = None


class Terms(NamedTuple):
    """What a policy adds to the days: its own first day, and its longest reminder."""

    in_force_from: date
    reminder: int

    def answer(self, span, at):
        """Work out status, first day, last day and kind of end."""
        if at < self.in_force_from:
            return ("unknown", None, None, "unknown")
        if at < span.first:
            return ("planned", *self.answer(span, span.first)[1:])
        begins = max(span.begins or span.first, self.in_force_from)
        if at < begins or span.last is None or span.last < begins:
            return ("unsupported", None, None, "none")
        days = (begins.isoformat(), span.last.isoformat(), "fixed")
        if at > span.last:
            return ("unsupported", *days)
        near = span.last + ONE_DAY - at <= timedelta(days=self.reminder)
        return ("ending" if near else "supported", *days)

    def around(self, days):
        """Give the day before, the day and the day after each, and around its last reminder's."""
        known = {day for day in days if day}
        due = {day + ONE_DAY - timedelta(days=self.reminder) for day in known}
        return sorted({day + n * ONE_DAY for day in known | due for n in (-1, 0, 1)})


def answered(cell):
    return (cell["status"], cell["supported_from"], cell["supported_until"], cell["end"])


def out(version, day, *, today):
    """Give a release that came out, or is planned."""
    return ReleaseIn(version=version, **{"released_on" if day <= today else "planned_on": day})


def enter(url, by, product, policy, declared, listed):
    """Enter a product with its policy, lines and releases as its vendor would."""

    async def run():
        store = open_store(url)
        async with store.writing() as session:
            stored, _ = await products.put(session, product, by=by)
            await policies.put(session, stored, policy, by=by, format="yaml")
            for name, line in declared.items():
                await lines.put(session, stored, name, line, by=by)
            await register_releases(session, stored, listed, by=by, today=by.at.date())
        await store.close()

    asyncio.run(run())

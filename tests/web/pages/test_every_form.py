"""Every form of an answer tells the API's days, of any vendor, around each end, in its zone."""

from datetime import date
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings

from lifecycle.audit.chain import By
from testkit import told_days as told
from testkit.html_pages import days_in, rows_of, text_of
from testkit.responses import ok
from testkit.scales import examples
from testkit.stored_vendors import Publisher, around, store_facts, vendors

pytestmark = pytest.mark.one_database("every form is a read model of the snapshot")

NUMBERS = count()
COVERED = {"supported", "ending"}
NOT_BEGUN = {"planned", "prerelease", "unknown"}


class Reader:
    """Who reads every form at one moment, and holds it against the API's answers."""

    def __init__(self, client, slug, today):
        self.client, self.slug, self.today = client, slug, today

    async def text(self, path):
        return (await ok(self.client.get(path))).text

    async def bytes(self, path):
        return (await ok(self.client.get(path))).content

    async def json(self, path):
        return (await ok(self.client.get(path))).json()

    async def read(self):
        """Read what the API answers."""
        api = f"/v1/products/{self.slug}"
        matrix = await self.json(f"{api}/support")
        assert matrix["at"] == self.today.isoformat()
        self.lines = {line["line"]: line for line in matrix["lines"]}
        self.cells = {
            (name, tier): answer
            for name, line in self.lines.items()
            for tier, answer in line["tiers"].items()
        }
        listed = await self.json(f"/v1/deprecations?product={self.slug}")
        self.deprecations = [
            await self.json(f"/v1/deprecations/{d['id']}") for d in listed["items"]
        ]
        self.begun = {
            key: answer for key, answer in self.cells.items() if answer["status"] not in NOT_BEGUN
        }

    async def check(self):
        """Hold every form against it."""
        self.page = await self.text(f"/products/{self.slug}")
        self.check_matrix()
        self.check_summaries()
        for line in self.lines:
            await self.check_line(line)
            await self.check_badges(line)
        for deprecation in self.deprecations:
            await self.check_deprecation(deprecation)
        await self.check_picture()
        await self.check_calendar()
        await self.check_support_table()
        await self.check_changes()

    def check_matrix(self):
        tiers = [tier for line in self.lines.values() for tier in line["tiers"]]
        if not tiers:
            assert '<table class="matrix' not in self.page
            return
        shown = told.matrix_of(self.page, list(dict.fromkeys(tiers)))
        assert shown == {
            key: (answer["status"], told.days_of(answer)) for key, answer in self.cells.items()
        }

    def check_summaries(self):
        """Read what stands first on the page: what ends next, and what is announced."""
        lead = text_of(self.page.partition('<p class="lead">')[2].partition("</p>")[0])
        fixed = [
            answer["supported_until"]
            for answer in self.cells.values()
            if answer["status"] in COVERED and answer["end"] == "fixed"
        ]
        if fixed:
            assert told.in_words(lead) == [min(fixed)]
        shown = told.announced_in(self.page)
        for deprecation in self.deprecations:
            if deprecation["status"] != "withdrawn":
                shift = -1 if deprecation["kind"] == "end_of_support" else 0
                days = sorted({told.shifted(day, shift) for day in deprecation["days"].values()})
                assert shown[deprecation["id"]] == days

    async def check_line(self, line):
        sections = told.sections_of(await self.text(f"/products/{self.slug}/lines/{line}"))
        assert sections.keys() == self.lines[line]["tiers"].keys()
        for tier, html in sections.items():
            answer, facts = self.cells[line, tier], told.facts_in(html)
            assert told.status_in(html) == answer["status"]
            assert facts.get("Support", []) == told.days_of(answer)
            assert facts.get("Covered from") == (
                [answer["supported_from"]] if answer["supported_from"] else None
            )
            assert answer["reason"] in text_of(html)

    async def check_badges(self, line):
        """Ask for the badge of a line, and for that of its newest release, as the API has each."""
        latest = self.lines[line]["latest"]
        for name in {line, latest} - {None}:
            for tier in self.lines[line]["tiers"]:
                query = f"{name}?tier={tier}"
                found = await self.client.get(f"/v1/products/{self.slug}/versions/{query}")
                answer = found.json() if found.is_success else self.cells[line, tier]
                path = f"/products/{self.slug}/versions/{name}"
                badge = await self.json(f"{path}/badge.json?tier={tier}")
                picture = await self.text(f"{path}/badge.svg?tier={tier}")
                assert f": {badge['message']}</title>" in picture
                assert told.badge_days(answer, self.today) in badge["message"]

    async def check_deprecation(self, deprecation):
        page = await self.text(f"/deprecations/{deprecation['id']}")
        rows = {text_of(row[0]).lower(): row[1:] for row in rows_of(page, "effective")}
        is_end = deprecation["kind"] == "end_of_support"
        for tier, day in deprecation["days"].items():
            cells = rows.pop(tier)
            expected = [told.shifted(day, -1), day] if is_end else [day]
            assert [days_in(cell)[0] for cell in cells[: len(expected)]] == expected
        assert not rows
        history = page.partition('<ol class="history">')[2]
        for revision in deprecation["revisions"]:
            heading = history.partition(f'id="revision-{revision["number"]}"')[2]
            assert days_in(heading)[0] == revision["on_day"]

    async def check_picture(self):
        if not self.cells:
            return
        picture = await self.text(f"/products/{self.slug}/timeline.svg?lines=*&width=2000")
        lanes = told.lanes_of(picture)
        assert lanes.keys() == self.cells.keys()
        for key, (words, end) in lanes.items():
            answer = self.cells[key]
            days, estimate = told.in_words(words), answer["projected_until"]
            if answer["status"] in COVERED | {"unsupported"} and answer["supported_until"]:
                if answer["supported_until"] not in days:
                    await self.check_superseded(key[0], answer["supported_until"])
                assert told.in_words(end) == [answer["supported_until"]]
            elif answer["status"] in COVERED and estimate:
                if not {*told.days_of(answer)} <= {*days}:
                    await self.check_superseded(key[0], estimate["median"])
                assert told.in_words(end) == [estimate["median"]]
            elif answer["status"] in COVERED:
                assert told.in_words(end) == told.days_of(answer)
            elif answer["status"] == "planned" and answer["supported_from"]:
                assert told.in_words(end) == [answer["supported_from"]]
        for sentence in told.lanes_in_words(self.page):
            assert sentence in told.description_of(picture)

    async def check_superseded(self, line, day):
        """See that a line has another newest release the day after, for which its bar speaks."""
        after = told.shifted(day, 1)
        then = await self.json(f"/v1/products/{self.slug}/support?at={after}")
        (later,) = [each for each in then["lines"] if each["line"] == line]
        assert later["latest"] != self.lines[line]["latest"]

    async def check_calendar(self):
        path = f"/calendar.ics?products={self.slug}&estimates=true"
        calendar = await self.bytes(path)
        fixed, estimated = told.ends_in_calendar(calendar, "Widget")
        since = told.kept_since(self.today)
        ended = {
            key: date.fromisoformat(answer["supported_until"])
            for key, answer in self.begun.items()
            if answer["supported_until"]
        }
        assert fixed == {key: day for key, day in ended.items() if day >= since}
        guessed = {
            key: date.fromisoformat(answer["projected_until"]["median"])
            for key, answer in self.begun.items()
            if answer["projected_until"] and not answer["supported_until"]
        }
        assert estimated == {key: day for key, day in guessed.items() if day >= since}
        effects = told.effects_in_calendar(calendar)
        for deprecation in self.deprecations:
            for tier, day in deprecation["days"].items():
                shown = effects.pop((deprecation["id"], tier), None)
                if deprecation["status"] == "withdrawn":
                    assert shown in {None, day}
                elif shown is None and date.fromisoformat(day) >= since:
                    last_day = date.fromisoformat(told.shifted(day, -1))
                    assert {ended.get((line, tier)) for line in deprecation["lines"]} == {last_day}
                else:
                    assert shown in {None, day}
        assert not effects

    async def check_support_table(self):
        rows = told.rows_in(await self.bytes(f"/products/{self.slug}/support.csv"))
        shown = {
            (row["line"], row["tier"]): (row["status"], row["supported_from"], told.row_days(row))
            for row in rows
        }
        assert len(shown) == len(rows)
        assert shown == {
            key: (answer["status"], answer["supported_from"], told.days_of(answer))
            for key, answer in self.cells.items()
        }

    async def check_changes(self):
        """Hold the list against the API; the feed, the page and the table against each other."""
        query = f"products={self.slug}"
        rows = told.rows_in(await self.bytes(f"/changes.csv?{query}"))
        changes = list({row["id"]: row for row in rows}.values())
        entries = told.entries_of(await self.bytes(f"/changes.atom?{query}"))
        page = told.listed_changes(await self.text(f"/changes?{query}"))
        assert page == [(row["title"], row["day"]) for row in changes][:50]
        assert entries == [(row["title"], row["at"], row["link"]) for row in changes][:100]
        for row in rows:
            self.check_title(row)
        latest = {}
        for row in rows:  # the newest first: support that was interrupted ended more than once
            if row["event"] in {"ended", "resumed"}:
                latest.setdefault((row["line"], row["tier"]), row)
        assert {key: row["day"] for key, row in latest.items() if row["event"] == "ended"} == {
            key: answer["supported_until"]
            for key, answer in self.begun.items()
            if answer["supported_until"] and answer["supported_until"] < self.today.isoformat()
        }
        published = {"announced", "amended", "withdrawn"}
        shown = {
            (row["deprecation"], row["day"], row["at"], row["tier"], row["effective_on"])
            for row in rows
            if row["event"] in published
        }
        assert shown == {
            (each["id"], revision["on_day"], revision["at"], tier, day)
            for each in self.deprecations
            for revision in each["revisions"]
            for tier, day in revision["effective_on"].items()
        }
        for row in rows:
            if row["event"] == "effective":
                deprecation = next(d for d in self.deprecations if d["id"] == row["deprecation"])
                assert row["day"] == row["effective_on"] == deprecation["days"][row["tier"]]
                assert row["day"] <= self.today.isoformat()

    def check_title(self, row):
        """Find the day of a change in its title; of an end of support, the last covered one."""
        day = row["effective_on"]
        if row["event"] == "ended" or (
            row["kind"] == "end_of_support" and row["event"] in {"announced", "amended"}
        ):
            day = told.shifted(day, -1)
        assert day in told.in_words(row["title"])


def days_ahead(reader):
    """Return the days to come on which anything ends or takes effect, as the API has them."""
    days = {day for answer in reader.cells.values() for day in told.days_of(answer)[:1]}
    days |= {answer["supported_from"] for answer in reader.cells.values()} - {None}
    days |= {day for each in reader.deprecations for day in each["days"].values()}
    return sorted(date.fromisoformat(day) for day in days if day > reader.today.isoformat())


@settings(max_examples=examples(20), phases=[Phase.explicit, Phase.generate])
@given(vendors())
async def test_every_form_tells_the_apis_days_around_each_end(client, store, admin, clock, vendor):
    slug, zone = f"widget-{next(NUMBERS)}", ZoneInfo(vendor.facts.policies[0].timezone)
    await store_facts(store, slug, vendor.facts, by=By("test", clock.now))
    await Publisher(client, admin, clock).publish(slug, vendor.announcements)
    reader = Reader(client, slug, clock.now.astimezone(zone).date())
    await reader.read()
    await reader.check()

    for day in days_ahead(reader)[:2]:
        for clock.now in around(day, zone):
            reader = Reader(client, slug, clock.now.astimezone(zone).date())
            await reader.read()
            await reader.check()

"""The days that each form of an answer tells: pages, pictures, calendars, feeds and tables."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime
from html import unescape
from xml.etree import ElementTree as ET

import feedparser
from icalendar import Calendar

from lifecycle.calendar.days import write_day, write_month
from testkit.html_pages import days_in, rows_of, text_of

SVG = "{http://www.w3.org/2000/svg}"
IN_WORDS = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")
DIRECTIONS = str.maketrans("", "", "\u2066\u2067\u2068\u2069")
"""What keeps names apart that read from right to left."""
CAUSE = re.compile(r"(Estimate: |Withdrawn: )?(.*): last day of support for (.*)")


def days_of(answer):
    """Return the days by which a page says how an answer begins or ends, in its order."""
    estimate = answer["projected_until"] or {}
    begins = answer["supported_from"] if answer["status"] == "planned" else None
    days = [begins, answer["supported_until"], answer.get("at_least_until")]
    days += [estimate.get(name) for name in ("median", "earliest", "latest")]
    return [day for day in days if day]


def in_words(text):
    """Return the days that a text names, as YYYY-MM-DD, in its order."""
    found = IN_WORDS.findall(text.replace("\N{NO-BREAK SPACE}", " "))
    return [datetime.strptime(day, "%d %B %Y").date().isoformat() for day in found]  # noqa: DTZ007


def matrix_of(page, tiers):
    """Return the status and the days of each line and tier in the table of a product's page."""
    return {
        (text_of(row[0].partition("<small>")[0]), tier): (status_in(cell), days_in(cell))
        for row in rows_of(page, "matrix")
        for tier, cell in zip(tiers, row[3:], strict=True)
    }


def announced_in(page):
    """Return the days of what is announced on a product's page, by the ids of deprecations."""
    items = re.findall(
        r'<h3><a href="/deprecations/([^"]*)">.*?</h3>\s*<p>(.*?)</p>', page, re.DOTALL
    )
    return {uid: days_in(sentence) for uid, sentence in items}


def lanes_in_words(page):
    """Return what a product's page says of its timeline's lanes, beside the picture."""
    words = page.partition("<summary>The timeline in words</summary>")[2].partition("</ul>")[0]
    sentences = [text_of(item) for item in re.findall(r"<li>(.*?)</li>", words, re.DOTALL)]
    return [text.translate(DIRECTIONS) for text in sentences]


def status_in(html):
    """Return the status that a part of a page shows."""
    return re.search(r'class="status (\w+)"', html)[1]


def facts_in(html):
    """Return the days of each term of a list of facts."""
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", html, re.DOTALL)
    return {term: days_in(told) for term, told in found}


def sections_of(page):
    """Return the section of each tier on a line's page, as HTML."""
    found = re.findall(
        r'<section class="card" aria-labelledby="tier-([^"]*)">(.*?)</section>', page, re.DOTALL
    )
    return {unescape(tier): html for tier, html in found}


def lanes_of(picture):
    """Return each line and tier of a timeline, with all that is said of it and of its end."""
    root = ET.fromstring(picture)  # noqa: S314 -- our own
    ends = [
        text.text or ""
        for text in root.iter(f"{SVG}text")
        if text.get("class", "").startswith("end-")
    ]
    titles = [group.find(f"{SVG}title").text for group in root.iter(f"{SVG}g")]
    lanes = {}
    for title, end in zip(titles, ends, strict=True):
        where, _, words = title.translate(DIRECTIONS).partition(": ")
        line, _, tier = where.rpartition(", ")
        lanes[line, tier.lower()] = words, end
    return lanes


def description_of(picture):
    """Return what a picture says of itself in words."""
    root = ET.fromstring(picture)  # noqa: S314 -- our own
    return root.find(f"{SVG}desc").text.translate(DIRECTIONS)


def ends_in_calendar(calendar, name):
    """Return the days of the ends of a product's lines, and those that are only estimated.

    Each is under its line and tier; what was withdrawn is left out.
    """
    fixed, estimated = {}, {}
    for event in Calendar.from_ical(calendar).events:
        end = CAUSE.fullmatch(str(event["summary"]))
        if not end or end[1] == "Withdrawn: ":
            continue
        assert event["status"] == "CONFIRMED"
        line = end[2].removeprefix(f"{name} ")
        for tier in end[3].split(" and "):
            key = (line, tier.lower())
            assert key not in fixed.keys() | estimated.keys(), key
            (estimated if end[1] else fixed)[key] = event.start
    return fixed, estimated


def effects_in_calendar(calendar):
    """Return the effective days of the deprecations that stand, by their ids and tiers."""
    effects = {}
    for event in Calendar.from_ical(calendar).events:
        words = re.fullmatch(r"(.*) takes effect for (.*)", str(event["summary"]), re.DOTALL)
        if words and event["status"] == "CONFIRMED":
            uid = str(event["url"]).rpartition("/")[2]
            for tier in words[2].split(" and "):
                effects[uid, tier.lower()] = event.start.isoformat()
    return effects


def entries_of(feed):
    """Return the title, the instant and the address of each entry of a feed."""
    parsed = feedparser.parse(feed)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return [(entry.title, entry.updated, entry.link) for entry in parsed.entries]


def listed_changes(page):
    """Return the title and the day of each change on the page of changes."""
    items = re.findall(r"<li>\s*<p class=\"muted\">(.*?)</p>(.*?)</li>", page, re.DOTALL)
    return [
        (text_of(re.search(r"<h3>.*?</h3>", rest, re.DOTALL)[0]), days_in(day)[0])
        for day, rest in items
    ]


def rows_in(table):
    """Return the rows of a table, in which an empty field is None."""
    rows = csv.DictReader(io.StringIO(table.decode(), newline=""))
    return [{name: value or None for name, value in row.items()} for row in rows]


def row_days(row):
    """Return the days by which a row of the matrix's table says how an answer ends."""
    estimate = {name: row[f"projected_{name}"] for name in ("median", "earliest", "latest")}
    return days_of(row | {"projected_until": estimate})


def kept_since(today):
    """Return the first day of which a calendar still tells."""
    return today.replace(year=today.year - 1, day=1)


def badge_days(answer, today):
    """Return the day by which a badge says how an answer of the API ends, as it writes it.

    A release that was planned for a day that has come names none.
    """
    covered, estimate = answer["status"] in {"supported", "ending"}, answer["projected_until"]
    day = None
    if covered or answer["status"] == "unsupported":
        day = answer["supported_until"]
    if covered and estimate and not day:
        return write_month(date.fromisoformat(estimate["median"]))
    if covered:
        day = day or answer.get("at_least_until")
    if answer["status"] == "planned":
        planned = answer.get("planned_on")
        day = planned if planned and planned > today.isoformat() else answer["supported_from"]
    return write_day(date.fromisoformat(day)) if day else ""


def shifted(day, days):
    """Return the day so many days later."""
    return date.fromordinal(date.fromisoformat(day).toordinal() + days).isoformat()

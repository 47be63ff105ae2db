from datetime import UTC, date, datetime, time

import pytest

from lifecycle.answers.deprecation_summaries import summarize, summarize_published
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.public_histories import PublicHistory, PublicRevision
from lifecycle.deprecations.states import RevisionChange, Status
from lifecycle.web import deprecation_sentences
from testkit.coverage_samples import facts, minors
from testkit.known_snapshots import snapshot_of

ANNOUNCED, WITHDRAWN = RevisionChange.ANNOUNCED, RevisionChange.WITHDRAWN
TODAY = date(2026, 11, 21)
EARLY, LATE, LATER = date(2027, 3, 1), date(2027, 6, 1), date(2027, 9, 1)


def owed(earliest):
    return {"period": "90 days", "earliest": earliest.isoformat(), "policy": "promise 1"}


def revision(number, days, *, change=RevisionChange.CHANGED, on=None, owed=None, **content):
    on_day = on or date(2026, 9, number)
    said = {"product": "widget", "kind": "removal", "feature": "maps"} | content
    return PublicRevision(
        number=number,
        changes=(ANNOUNCED if number == 1 else change,),
        on_day=on_day,
        at=datetime.combine(on_day, time(12), UTC),
        reason="",
        content=DeprecationIn(**said),
        days=days,
        seal=None,
        owed=owed or {},
    )


def summary_of(*revisions, withdrawn=False, today=TODAY, name="Widget", uid="one"):
    history = PublicHistory(uid=uid, withdrawn=withdrawn, revisions=revisions, lines=None)
    snapshot = snapshot_of(facts(minors(3)), name=name, published=(history,))
    return summarize(history, snapshot, today)


def test_notice_counts_from_when_a_tier_was_warned_of_that_day_or_one_before_it():
    first = revision(1, {"pro": LATE, "enterprise": LATE}, owed={"pro": owed(EARLY)})
    second = revision(2, {"pro": EARLY, "enterprise": LATER, "basic": LATER})

    summary = summary_of(first, second)

    announced_on = {day.tier: day.announced_on for day in summary.days}
    assert announced_on == {
        "pro": date(2026, 9, 2),  # brought forward: nobody had warned of a day so early
        "enterprise": date(2026, 9, 1),  # postponed: the warning stands
        "basic": date(2026, 9, 2),
    }
    assert summary.days[1].days_of_notice == (LATER - date(2026, 9, 1)).days


@pytest.mark.parametrize(
    ("period", "is_fixed"), [("support of 1.0 until 2026-12-31", True), ("180 days", False)]
)
def test_support_until_a_day_is_told_from_a_notice_period(period, is_fixed):
    promised = owed(LATE) | {"period": period}

    summary = summary_of(revision(1, {"pro": LATE}, owed={"pro": promised}))

    assert summary.days[0].is_fixed_by_window is is_fixed


@pytest.mark.parametrize(("day", "is_short"), [(EARLY, True), (LATE, False), (LATER, False)])
def test_notice_is_short_where_the_day_lies_before_the_earliest_that_was_promised(day, is_short):
    summary = summary_of(revision(1, {"pro": day}, owed={"pro": owed(LATE)}))

    assert summary.days[0].is_short is is_short
    assert summary.days[0].is_owed


def test_a_revision_shows_who_got_another_day_who_is_new_and_who_is_concerned_no_more():
    first = revision(1, {"pro": EARLY, "basic": EARLY, "enterprise": LATE})
    second = revision(2, {"pro": LATER, "enterprise": LATE, "free": LATE})

    summary = summary_of(first, second)

    moves = [(move.tier, move.before, move.after) for move in summary.revisions[1].moves]
    assert moves == [("pro", EARLY, LATER), ("basic", EARLY, None), ("free", None, LATE)]
    assert summary.moved == (summary.revisions[1],)


def test_a_revision_shows_what_else_it_changed_with_what_was_said_before():
    lines = {"feature": None, "kind": "end_of_support"}
    first = revision(1, {"pro": LATE}, lines=("1.0", "1.1"), replacement="2.0", **lines)
    second = revision(2, {"pro": LATE}, lines=("1.0",), migration="Upgrade.", **lines)

    edits = summary_of(first, second).revisions[1].edits

    assert [(edit.part, edit.before, edit.after) for edit in edits] == [
        ("Lines", "1.0 and 1.1", "1.0"),
        ("What to do", "", "Upgrade."),
        ("Replacement", "2.0", ""),
    ]


@pytest.mark.parametrize(
    ("today", "status", "is_ahead"),
    [
        (date(2027, 2, 28), Status.ANNOUNCED, True),
        (EARLY, Status.EFFECTIVE, True),
        (date(2027, 5, 31), Status.EFFECTIVE, True),
        (LATE, Status.EFFECTIVE, False),
    ],
)
def test_it_lies_ahead_until_it_is_in_force_for_every_tier(today, status, is_ahead):
    summary = summary_of(revision(1, {"pro": EARLY, "enterprise": LATE}), today=today)

    assert (summary.status, summary.is_ahead) == (status, is_ahead)


def test_what_is_ahead_comes_first_then_what_is_in_effect_then_what_was_withdrawn():
    past = date(2026, 10, 1)
    named = {
        "withdrawn": (revision(1, {"pro": EARLY}), revision(2, {"pro": EARLY}, change=WITHDRAWN)),
        "older": (revision(1, {"pro": date(2026, 9, 20)}),),
        "later": (revision(1, {"pro": LATE}),),
        "sooner": (revision(1, {"pro": past, "enterprise": EARLY}),),
        "newer": (revision(1, {"pro": past}),),
    }
    histories = tuple(
        PublicHistory(uid=uid, withdrawn=uid == "withdrawn", revisions=revisions, lines=None)
        for uid, revisions in named.items()
    )
    snapshot = snapshot_of(facts(minors(3)), published=histories)

    order = [summary.id for summary in summarize_published(snapshot, TODAY)]

    assert order == ["sooner", "later", "newer", "older", "withdrawn"]


def test_the_known_versions_of_a_range_are_named():
    ranged = {"feature": None, "range": "vers:pypi/<1.2"}

    summary = summary_of(revision(1, {"pro": LATE}, **ranged))

    assert summary.versions == ("1.0.0", "1.1.0")
    assert summary_of(revision(1, {"pro": LATE})).versions is None


def test_a_heading_stays_short_where_a_lot_changes():
    lines = {"feature": None, "kind": "end_of_support"}
    many = tuple(f"1.{n}" for n in range(40))
    versions = "vers:pypi/" + "|".join(f"1.{n}.0" for n in range(80))

    ends = summary_of(revision(1, {"pro": LATE}, lines=many, **lines))
    ranged = summary_of(revision(1, {"pro": LATE}, range=versions, **lines))

    heading = deprecation_sentences.heading
    assert heading(ends) == "End of support for Widget 1.0, 1.1, 1.2, 1.3, 1.4, 1.5 and 34 more"
    assert heading(ranged) == "End of support for some versions of Widget"
    assert deprecation_sentences.scope(ends).count(",") == 38


def test_a_name_from_right_to_left_does_not_turn_its_line_round():
    lines = {"feature": None, "kind": "end_of_support", "lines": ("1.0",)}

    summary = summary_of(revision(1, {"pro": LATE}, **lines), name="\u05d0\u05d1")

    assert deprecation_sentences.thing(summary) == "\u2068\u05d0\u05d1\u2069 1.0"

"""Reasons: why a day is covered or not, in a sentence that a customer understands."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, assert_never

from lifecycle.calendar.days import write_day
from lifecycle.calendar.lengths import add_days
from lifecycle.documents.word_lists import listed
from lifecycle.policy.tier_labels import tier_word
from lifecycle.policy.windows import (
    AllOf,
    AnyOf,
    BestEffort,
    Declared,
    Ends,
    For,
    Granularity,
    LtsOnly,
    Newest,
    Nothing,
    Phase,
    Rule,
    Since,
)
from lifecycle.support.evaluation import Horizon, Subject, covered_by_rule, first_given
from lifecycle.support.facts import NOT_YET
from lifecycle.support.intervals import State, last_covered_before, span_on
from lifecycle.support.version_ranking import RankedUnit, UnitKey, unit_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.support.coverage import Promise
    from lifecycle.support.facts import Release

PLURAL = {
    Granularity.RELEASE: "releases",
    Granularity.PATCH: "patch versions",
    Granularity.MINOR: "minor versions",
    Granularity.MAJOR: "major versions",
    Granularity.LINE: "lines",
}


def reason(
    promises: Sequence[Promise],
    subject: Subject,
    horizon: Horizon,
    at: date,
    *,
    announced: bool = False,
) -> str:
    """Say why the day is covered or not, by the policy that decides it.

    Where a release ended support with no end ``announced``, that is said as well, if the release
    was entered when it came out: of older history nobody knows here who was told. What a release
    does that is not registered yet lies ahead, even today.

    Of several policies that cover the day, the one whose promise lasts longest decides, and where
    none does, the one whose promise lasted longest; it is named where it is no longer the one in
    force.
    """
    in_force = [promise for promise in promises if promise.policy.in_force_from <= at]
    if not in_force:
        return f"No policy covered {subject.name} on {write_day(at)}."
    chosen = _deciding(in_force, at)
    sentence = _sentence(
        chosen,
        _Circumstances(subject, tier_word(chosen.tier.name), horizon, at, announced=announced),
    )
    if chosen is not in_force[-1]:
        named = f"{chosen.policy.name} {chosen.policy.version}"
        sentence += (
            f" This was promised under {named}."
            if _state(chosen, at) is State.COVERED
            else f" The earlier policy, {named}, still decides this."
        )
    return sentence


def _deciding(in_force: Sequence[Promise], at: date) -> Promise:
    """Pick the promise that the answer follows from; the latest one of those that do equally."""
    newest = in_force[-1]
    highest = max(_state(promise, at) for promise in in_force)
    if highest is State.NOT and isinstance(newest.tier.window.rule, BestEffort):
        return newest
    alike = [promise for promise in reversed(in_force) if _state(promise, at) is highest]
    return max(alike, key=lambda promise: _lasts(promise, at))


def _lasts(promise: Promise, at: date) -> date:
    """Return the first day on which a promise is, or has long been, over."""
    span = span_on(promise.timeline, at) or last_covered_before(promise.timeline, at)
    return (span.until or date.max) if span else date.min


def _state(promise: Promise, at: date) -> State:
    span = span_on(promise.timeline, at)
    return span.state if span else State.NOT


def _sentence(promise: Promise, circumstances: _Circumstances) -> str:
    window, subject, at = promise.tier.window, circumstances.subject, circumstances.at
    phrase = circumstances.phrase(window.rule)
    state = circumstances.state(window.rule)
    covered = _state(promise, at) is State.COVERED
    if covered and state is not State.COVERED and window.ends is Ends.AFTER_NOTICE:
        phrase += "; support goes on until an end of support is announced"
    elif covered and state is not State.COVERED and window.at_least and subject.first:
        phrase += (
            f", but {circumstances.tier} covers every line for at least {window.at_least}"
            f" from its first release ({write_day(subject.first)})"
        )
    named = phrase.startswith((subject.name, circumstances.version))
    return (phrase if named else phrase[0].upper() + phrase[1:]) + "."


class _Circumstances:
    """One question, put to each part of a window in turn."""

    def __init__(
        self, subject: Subject, tier: str, horizon: Horizon, at: date, *, announced: bool
    ) -> None:
        self.subject = subject
        self.announced = announced
        self.tier = tier
        self.horizon = horizon
        self.at = at
        self.version = subject.release.version if subject.release else subject.name

    def state(self, rule: Rule) -> State:
        span = span_on(covered_by_rule(rule, self.subject, self.horizon), self.at)
        return span.state if span else State.NOT

    def phrase(self, rule: Rule) -> str:
        match rule:
            case Newest():
                return self._newest(rule)
            case For():
                return self._for(rule)
            case Declared():
                return self._declared(rule)
            case LtsOnly():
                return f"{self.subject.name} {self._is_lts()}"
            case BestEffort():
                return f"{self.tier} support is best effort, without obligation"
            case Nothing():
                return f"{self.tier} covers no version"
            case AnyOf(rules):
                return self._parts(rules, max(map(self.state, rules)))
            case AllOf(rules):
                return self._parts(rules, min(map(self.state, rules)))
        assert_never(rule)

    def _parts(self, rules: tuple[Rule, ...], decided: State) -> str:
        """Name the parts that decide: the ones in the state that the whole is in."""
        return " and ".join(self.phrase(rule) for rule in rules if self.state(rule) is decided)

    def _newest(self, rule: Newest) -> str:
        release, noun = self.subject.release, PLURAL[rule.of]
        key = unit_key(release, rule.of) if release else None
        ranking = self.horizon.ranking(rule.of)
        if key is None or key not in ranking.position:
            return f"{self.subject.name} has no stable release to count among the newest {noun}"
        name = ranking.ranked_units[ranking.position[key]].name
        covered = self.state(rule) is State.COVERED
        if rule.of is Granularity.RELEASE and release and rule.count == 1:
            return self._most_recent(rule, key, release, covered=covered)
        newest = (
            f"the newest of the {noun}" if rule.count == 1 else f"the {rule.count} newest {noun}"
        )
        if not covered and (coming := self._coming(rule, key)):
            return f"when {coming}, {name} will no longer be among {newest} that {self.tier} covers"
        change = self._change(rule, key, covered=covered)
        if not covered:
            return f"{name} is not among {newest} that {self.tier} covers{change}"
        if rule.count == 1:
            return f"{name} is {newest}, the one that {self.tier} covers{change}"
        place = ordinal(ranking.above(key, self.at) + 1)
        return f"{name} is the {place} of {newest} that {self.tier} covers{change}"

    def _change(self, rule: Newest, key: UnitKey, *, covered: bool) -> str:
        """Name what pushes the unit out, or has pushed it out."""
        if (pushed := self._pushed(rule, key, covered=covered)) is None:
            return ""
        pusher, day = pushed
        change = f", {'until' if covered else 'since'} {self._arrival(pusher, day)}"
        silent = not (
            covered or self.announced or self._is_within(pusher)
        ) and self._entered_when_out(pusher, day)
        return f"{change}; no notice was given" if silent else change

    def _coming(self, rule: Newest, key: UnitKey) -> str:
        """Name what will push the unit out after today, as of a day on which it has."""
        pushed = self._pushed(rule, key, covered=False)
        return self._arrival(*pushed) if pushed and self._is_ahead(*pushed) else ""

    def _pushed(
        self, rule: Newest, key: UnitKey, *, covered: bool
    ) -> tuple[RankedUnit, date] | None:
        """Find what pushes the unit out after the day asked about, or did by then."""
        ranking = self.horizon.ranking(rule.of)
        ends = [until for _, until in ranking.newest(key, rule.count) if until]
        if covered:
            day = next((until for until in ends if until > self.at), None)
        else:
            day = next((until for until in reversed(ends) if until <= self.at), None)
        pusher = ranking.arrived(key, day) if day else None
        return (pusher, day) if day is not None and pusher is not None else None

    def _arrival(self, pusher: RankedUnit, day: date) -> str:
        verb = "comes" if self._is_ahead(pusher, day) else "came"
        return f"{pusher.name} {verb} out on {write_day(day)}"

    def _is_ahead(self, pusher: RankedUnit, day: date) -> bool:
        today = self.horizon.today
        return day > today or (day == today and self._registered_on(pusher) == NOT_YET)

    def _is_within(self, pusher: RankedUnit) -> bool:
        """Return whether it belongs to the same line, in which no notice of it is due."""
        release = self.horizon.first_of(pusher)
        return release is not None and release.line == self.subject.name

    def _entered_when_out(self, pusher: RankedUnit, day: date) -> bool:
        registered = self._registered_on(pusher)
        return registered is not None and registered <= add_days(day, 1)

    def _registered_on(self, pusher: RankedUnit) -> date | None:
        release = self.horizon.first_of(pusher)
        return release.registered_on if release else None

    def _most_recent(self, rule: Newest, key: UnitKey, release: Release, *, covered: bool) -> str:
        version, change = release.version, self._change(rule, key, covered=covered)
        if covered:
            return f"{version} is the most recent version, the one that {self.tier} covers{change}"
        if coming := self._coming(rule, key):
            most_recent = f"the most recent version, the one that {self.tier} covers"
            return f"when {coming}, {version} will no longer be {most_recent}"
        only = f"{self.tier} covers only the most recent version"
        if change:
            return f"{only}, no longer {version}{change}"
        higher = self.horizon.ranking(Granularity.RELEASE).highest_on(release.day)
        if higher is None or higher.rank <= release.rank:
            return f"{only}, and {version} is not it"
        return (
            f"{only}, which {version} never was: it came out on {write_day(release.day)},"
            f" after {higher.name}"
        )

    def _for(self, rule: For) -> str:
        subject, release = self.subject, self.subject.release
        if rule.since is Since.RELEASE and release:
            since = f"{release.version} came out on {write_day(release.day)}"
            return f"{self.tier} covers a release for {rule.length}, and {since}"
        if subject.first is None:
            return f"the day {subject.name} first came out is not known"
        if rule.since is Since.LINE_RELEASE:
            return (
                f"{self.tier} covers a line for {rule.length} from its first release,"
                f" and {subject.name} came out on {write_day(subject.first)}"
            )
        until = f"{self.tier} covers a line until {rule.length} after a newer one comes out"
        superseded = self.horizon.superseded.get(subject.name, ())
        since_day = next((first for first, last in superseded if last is None), None)
        if since_day is None or since_day > self.at:
            return f"{until}, and no newer one than {subject.name} is out"
        since_day = max(since_day, subject.first)
        return f"{until}, and {subject.name} has had a newer one since {write_day(since_day)}"

    def _declared(self, rule: Declared) -> str:
        line = self.subject.line
        value = first_given(line, rule.phases)
        if value is None:
            phases = listed([phase.replace("_", " ") for phase in rule.phases], "or")
            if self.subject.release is not None and self.subject.release.line is None:
                return f"{line.name} belongs to no line that could declare a day for {phases}"
            return f"{line.name} declares no day for {phases}"
        declared = next(phase for phase in rule.phases if phase in line.declared)
        phase = declared.replace("_", " ")
        if value is True:
            return f"{line.name} has passed its {phase}, on a day not declared"
        if value is False:
            return f"{line.name} has no known end of {phase.removeprefix('end of ')}"
        past = value < self.horizon.today
        if declared is Phase.END_OF_LIFE:
            reaches = "reached" if past else "reaches"
            return f"{line.name} {reaches} its end of life on {write_day(value)}"
        return f"{phase} for {line.name} {'ended' if past else 'ends'} on {write_day(value)}"

    def _is_lts(self) -> str:
        lts = self.subject.line.lts
        if isinstance(lts, date):
            return f"has long-term support from {write_day(lts)}"
        return "has long-term support" if lts else "has no long-term support"


def ordinal(number: int) -> str:
    """Write a place in a row.

    >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 22, 113)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd', '113th']
    """
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'}).get(number % 10, 'th')}"

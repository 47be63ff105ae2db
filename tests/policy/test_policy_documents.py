"""Reading policy documents: what they mean, and everything that can be wrong with them."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.calendar.lengths import Length
from lifecycle.errors import BadRequest
from lifecycle.policy.gate_rules import GATE_RULES
from lifecycle.policy.policies import Gate, Severity, UnknownTier
from lifecycle.policy.policy_documents import (
    InvalidPolicy,
    parse_policy,
    policy_document,
    read_stored,
)
from lifecycle.policy.presets import preset
from lifecycle.policy.stages import Stage
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
    Patches,
    Phase,
    Since,
    Window,
)
from testkit.policy_samples import document, documents, with_window
from testkit.scales import examples

FIVE = Newest(5, Granularity.MINOR)
TWO_YEARS = For(Length(months=24), Since.LINE_RELEASE)


def mistakes(source: Any, **options: Any) -> dict[str, Any]:
    """Give the problems of a document by their paths."""
    with pytest.raises(BadRequest) as refusal:
        parse_policy(source, **options)
    assert refusal.value.problems
    return {problem.field: problem for problem in refusal.value.problems}


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ({"newest": {"count": 5, "of": "minor"}}, Window(FIVE)),
        ({"for": {"years": 2, "from": "line_release"}}, Window(TWO_YEARS)),
        (
            {"for": {"months": 1, "weeks": 2, "days": 3, "from": "superseded"}},
            Window(For(Length(months=1, days=17), Since.SUPERSEDED)),
        ),
        ({"declared": "end_of_life"}, Window(Declared((Phase.END_OF_LIFE,)))),
        (
            {"declared": ["extended_support", "end_of_life"]},
            Window(Declared((Phase.EXTENDED_SUPPORT, Phase.END_OF_LIFE))),
        ),
        ({"best_effort": True}, Window(BestEffort())),
        ({"none": True, "at_least": {"months": 6}}, Window(Nothing(), Length(months=6))),
        (
            {"for": {"years": 2, "from": "line_release"}, "lts_only": True},
            Window(AllOf((TWO_YEARS, LtsOnly()))),
        ),
        (
            {
                "any": [
                    {"newest": {"count": 5, "of": "minor"}},
                    {"for": {"years": 2, "from": "line_release"}, "lts_only": True},
                ],
                "at_least": "6 months",
                "patches": "all",
                "ends": "after_notice",
            },
            Window(
                AnyOf((FIVE, AllOf((TWO_YEARS, LtsOnly())))),
                Length(months=6),
                Patches.ALL,
                Ends.AFTER_NOTICE,
            ),
        ),
    ],
)
def test_a_window_means_what_its_keys_say(stated, meant):
    assert parse_policy(with_window(stated)).tier("pro").window == meant


@pytest.mark.parametrize(
    ("stated", "path", "said"),
    [
        ({}, "tiers.pro.window", "states no rule"),
        ({"at_least": {"months": 6}}, "tiers.pro.window", "states no rule"),
        (None, "tiers.pro.window", "mapping"),
        ([], "tiers.pro.window", "mapping"),
        ({"newest": {"count": 0, "of": "minor"}}, "tiers.pro.window.newest.count", "1 to 1000"),
        ({"newest": {"count": -5, "of": "minor"}}, "tiers.pro.window.newest.count", "1 to 1000"),
        ({"newest": {"count": 1001, "of": "minor"}}, "tiers.pro.window.newest.count", "1000"),
        ({"newest": {"count": True, "of": "minor"}}, "tiers.pro.window.newest.count", "whole"),
        ({"newest": {"count": "5", "of": "minor"}}, "tiers.pro.window.newest.count", "whole"),
        ({"newest": {"count": 5.0, "of": "minor"}}, "tiers.pro.window.newest.count", "whole"),
        ({"newest": {"of": "minor"}}, "tiers.pro.window.newest.count", "required"),
        ({"newest": {"count": 1, "of": "mnior"}}, "tiers.pro.window.newest.of", "`minor`?"),
        ({"newst": {"count": 1, "of": "minor"}}, "tiers.pro.window.newst", "`newest`?"),
        ({"for": {"from": "release"}}, "tiers.pro.window.for", "at least a day"),
        ({"for": {"years": 101, "from": "release"}}, "tiers.pro.window.for", "100 years"),
        ({"for": {"months": 0, "from": "release"}}, "tiers.pro.window.for.months", "from 1"),
        ({"for": {"years": 1}}, "tiers.pro.window.for.from", "required"),
        ({"declared": []}, "tiers.pro.window.declared", "at least one"),
        ({"declared": "eol"}, "tiers.pro.window.declared", "must be one of"),
        ({"declared": ["eol"]}, "tiers.pro.window.declared[0]", "must be one of"),
        ({"declared": ["end_of_life"] * 2}, "tiers.pro.window.declared", "must not repeat"),
        ({"lts_only": False}, "tiers.pro.window.lts_only", "leave it out"),
        ({"best_effort": True, "lts_only": True}, "tiers.pro.window", "cannot join"),
        ({"none": True, "best_effort": True}, "tiers.pro.window", "cannot join"),
        ({"any": [{"none": True}]}, "tiers.pro.window", "stand alone"),
        ({"any": []}, "tiers.pro.window.any", "at least one"),
        ({"all": [{}]}, "tiers.pro.window.all[0]", "states no rule"),
        ({"any": [{"lts_only": True}] * 21}, "tiers.pro.window.any", "at most 20"),
        ({"lts_only": True, "at_least": "3 releases"}, "tiers.pro.window.at_least", "length"),
        (
            {"any": [{"lts_only": True, "at_least": {"months": 6}}]},
            "tiers.pro.window.any[0].at_least",
            "does not belong here; move it to `tiers.pro.window`",
        ),
        ({"lts_only": True, "ends": "never"}, "tiers.pro.window.ends", "after_notice"),
    ],
)
def test_a_window_that_says_nothing_sound_is_refused_by_its_path(stated, path, said):
    problem = mistakes(with_window(stated))[path]

    assert said in problem.message


def test_rules_nest_five_levels_deep_and_no_deeper():
    rule: dict[str, Any] = {"lts_only": True}
    for _ in range(5):
        rule = {"any": [rule]}

    assert parse_policy(with_window(rule))
    assert "deeper than 5" in mistakes(with_window({"all": [rule]}))["tiers.pro.window"].message


@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"version": 1}, "version", 'quote it: "1"'),
        ({"version": 1.1}, "version", "quote it"),
        ({"version": True}, "version", "quote it"),
        ({"version": date(2026, 1, 31)}, "version", 'quote it: "2026-01-31"'),
        ({"version": " "}, "version", "1 to 100"),
        ({"version": "x" * 101}, "version", "1 to 100"),
        ({"policy": "a\x00b"}, "policy", "U+0000"),
        ({"policy": "a\nb"}, "policy", "U+000A"),
        ({"policy": "\ud800"}, "policy", "surrogate"),
        ({"in_force_from": "2026-02-30"}, "in_force_from", "not a valid date"),
        ({"in_force_from": "20260131"}, "in_force_from", "not a valid date"),
        ({"in_force_from": "\ud800"}, "in_force_from", "surrogate"),
        ({"in_force_from": 20260131}, "in_force_from", "must be a date"),
        ({"in_force_from": datetime(2026, 1, 31)}, "in_force_from", "must be a date"),  # noqa: DTZ001 - as YAML 1.1 reads it
        ({"timezone": "Europe/Berln"}, "timezone", "Europe/Berlin"),
        ({"timezone": "../etc/passwd"}, "timezone", "not a known time zone"),
        ({"exempt_stages": ["ga"]}, "exempt_stages[0]", "experimental"),
        ({"exempt_stages": ["beta", "beta"]}, "exempt_stages", "must not repeat"),
        ({"exempt_stages": "beta"}, "exempt_stages", "list"),
        ({"tiers": {}}, "tiers", "at least one"),
        ({"tiers": []}, "tiers", "mapping"),
        ({"tiers": {"Pro Plus": {}}}, "tiers.Pro Plus", "`pro-plus`"),
        ({"tiers": {"default": {}}}, "tiers.default", "another name"),
        ({"tiers": {"pro": {}}}, "tiers.pro.rank", "required"),
        ({"tiers": {1: {}}}, "tiers.1", 'quote it: "1"'),
        ({"notice": {"removals": "3 days"}}, "notice.removals", "`removal`?"),
        ({"notice": {"removal": 90}}, "notice.removal", "`90 days`"),
        ({"notice": {"removal": "soon"}}, "notice.removal", "not a valid notice period"),
        ({"notice": {"removal": "0 days"}}, "notice.removal", "at least a day"),
        ({"notice": {"removal": "101 years"}}, "notice.removal", "100 years"),
        ({"notice": {"removal": "0 releases"}}, "notice.removal", "1 to 1000"),
        ({"notice": {"removal": {"pro": "3 days"}}}, "notice.removal.default", "required"),
        (
            {"notice": {"removal": {"default": "3 days", "por": "3 days"}}},
            "notice.removal.por",
            "`pro`?",
        ),
        (
            {"notice": {"removal": {"default": "3 days", "stages": {"beta": {"por": "3 days"}}}}},
            "notice.removal.stages.beta.por",
            "`pro`?",
        ),
        (
            {"notice": {"removal": {"default": "3 days", "stages": {"removed": "3 days"}}}},
            "notice.removal.stages.removed",
            "not a known key",
        ),
        ({"notice": {"removal": {"longest": []}}}, "notice.removal", "one to ten"),
        ({"notice": {"removal": {"longest": ["soon"]}}}, "notice.removal", "`soon`"),
        ({"reminders": [0]}, "reminders[0]", "from 1"),
        ({"reminders": [-7]}, "reminders[0]", "from 1"),
        ({"reminders": [3651]}, "reminders[0]", "3650"),
        ({"reminders": [7, 7]}, "reminders", "must not repeat 7"),
        ({"reminders": list(range(1, 22))}, "reminders", "at most 20"),
        ({"announce": "draft"}, "announce", "`drafts`?"),
        ({"gate": {"rules": {"prerelease": "eror"}}}, "gate.rules.prerelease", "`error`?"),
        (
            {"gate": {"rules": {"acounts-not-told": "error"}}},
            "gate.rules.acounts-not-told",
            "not a rule of the gate; did you mean `accounts-not-told`?",
        ),
        ({"gate": {"rules": {"Prerelease": "off"}}}, "gate.rules.Prerelease", "`prerelease`?"),
        ({"gate": {"rules": {"": "off"}}}, "gate.rules.", "not a rule of the gate"),
        ({"gate": {"rules": {1: "off"}}}, "gate.rules.1", 'quote it: "1"'),
        ({"gate": {"rules": ["prerelease"]}}, "gate.rules", "mapping"),
        ({"gate": {"lifetimes": {"ga": "9 months"}}}, "gate.lifetimes.ga", "not a known key"),
        ({"gate": {"lifetimes": {"betta": "9 months"}}}, "gate.lifetimes.betta", "`beta`?"),
        ({"gate": {"lifetimes": {"beta": "0 days"}}}, "gate.lifetimes.beta", "at least a day"),
        ({"gate": {"lifetimes": {"beta": "3 releases"}}}, "gate.lifetimes.beta", "length"),
        ({"gate": {"lifetimes": {"beta": 9}}}, "gate.lifetimes.beta", "quote"),
        ({"gate": {"lifetimes": "9 months"}}, "gate.lifetimes", "mapping"),
        ({"gate": {"stale_after": "3 releases"}}, "gate.stale_after", "length"),
        ({"gate": {"stale_after": 14}}, "gate.stale_after", "quote"),
        ({"gate": {"sources": []}}, "gate.sources", "at least one"),
        ({"gate": {"sources": ["releases", "releases"]}}, "gate.sources", "must not repeat"),
        ({"gate": {"sources": ["End of life"]}}, "gate.sources[0]", "lower-case"),
        ({"gate": {"sources": [["releases"]]}}, "gate.sources[0]", "must be text"),
        ({"gate": {"sources": [{"releases": True}]}}, "gate.sources[0]", "must be text"),
        ({"remainders": []}, "remainders", "`reminders`?"),
    ],
)
def test_a_document_with_one_mistake_is_refused_by_its_path(changes, path, said):
    problem = mistakes(document(**changes))[path]

    assert said in problem.message


@pytest.mark.parametrize(
    ("hours", "path", "said"),
    [
        ({"days": []}, "business_hours.days", "at least one"),
        ({"days": ["mon", "mon"]}, "business_hours.days", "must not repeat mon"),
        ({"days": ["monday"]}, "business_hours.days[0]", "`mon`?"),
        ({"open": 540}, "business_hours.open", '"09:00"'),
        ({"close": "25:00"}, "business_hours.close", "23:59"),
        ({"close": "08:59"}, "business_hours", "open before it closes"),
        ({"close": "09:00"}, "business_hours", "open before it closes"),
        ({"holidays": "XX"}, "business_hours.holidays", "not a known holiday calendar"),
        ({"holidays": "US-XX"}, "business_hours.holidays", "not a known holiday calendar"),
        ({"holidays": "HolidayBase"}, "business_hours.holidays", "not a known holiday calendar"),
        ({"holidays": False}, "business_hours.holidays", 'quoted: "NO"'),
    ],
)
def test_business_hours_that_cannot_be_kept_are_refused(hours, path, said):
    sound = {"days": ["mon"], "open": "09:00", "close": "18:00", "holidays": "US-NY"}

    problem = mistakes(document(business_hours=sound | hours))[path]

    assert said in problem.message


@pytest.mark.parametrize(
    ("response", "sound"),
    [
        ({"business_days": 2}, True),
        ({"hours": 4}, True),
        ({}, False),
        ({"hours": 4, "business_days": 1}, False),
        ({"hours": 0}, False),
    ],
)
def test_a_response_time_has_one_measure(response, sound):
    tier = {"rank": 1, "window": {"best_effort": True}, "response": response}
    source = document(tiers={"pro": tier})

    if sound:
        assert parse_policy(source).tier("pro").response
    else:
        assert any(path.startswith("tiers.pro.response") for path in mistakes(source))


def test_every_mistake_is_said_at_once_with_its_line_value_and_what_is_allowed():
    text = """
version: 1
in_force_from: 2026-01-31
tiers:
  pro: {rank: 1, window: {newest: {count: -5, of: minor}}}
  gold: {rank: 1, window: {best_effort: true}}
notice: {removal: {default: 90 days, glod: 180 days}}
colour: red
"""

    found = mistakes(text)

    assert list(found) == [
        "policy",
        "version",
        "tiers.pro.window.newest.count",
        "tiers.gold.rank",
        "notice.removal.glod",
        "colour",
    ]
    count = found["tiers.pro.window.newest.count"]
    assert (count.value, count.allowed) == (-5, "a whole number from 1 to 1000")
    assert "(line 5)" in count.message
    assert "`gold`?" in found["notice.removal.glod"].message


def test_json_and_yaml_say_the_same():
    stated = document(in_force_from="2026-01-31")

    assert parse_policy(json.dumps(stated)) == parse_policy(document())


def test_an_unquoted_off_and_clock_time_mean_what_they_say():
    text = """
policy: p
version: "1"
in_force_from: 2026-01-31
business_hours: {days: [mon], open: 09:00, close: 18:00}
tiers: {pro: {rank: 1, window: {best_effort: true}}}
gate: {rules: {removal-too-soon: off}}
"""

    policy = parse_policy(text)

    assert policy.gate.rules["removal-too-soon"].value == "off"
    assert parse_policy(document(gate={"rules": {"removal-too-soon": False}})).gate == policy.gate


def test_the_gate_is_as_strict_as_the_policy_says():
    gate = {
        "rules": {"accounts-still-running": "error", "prerelease": "off"},
        "stale_after": "2 weeks",
        "sources": ["releases", "endoflife"],
        "lifetimes": {"beta": "18 months", "experimental": "90 days"},
    }

    policy = parse_policy(document(gate=gate))

    assert policy.gate == Gate(
        {"accounts-still-running": Severity.ERROR, "prerelease": Severity.OFF},
        Length(days=14),
        {Stage.EXPERIMENTAL: Length(days=90), Stage.BETA: Length(months=18)},
        ("releases", "endoflife"),
    )
    assert policy_document(policy)["gate"] == gate | {"stale_after": "14 days"}
    assert list(policy_document(policy)["gate"]["lifetimes"]) == ["experimental", "beta"]


@pytest.mark.parametrize(
    "gate", [{"lifetimes": {"beta": "9 months"}}, {"stale_after": "7 days"}, {"rules": {}}]
)
def test_each_part_of_the_gate_may_stand_alone(gate):
    policy = parse_policy(document(gate=gate))

    assert parse_policy(policy_document(policy)) == policy
    assert ("gate" in policy_document(policy)) == (gate != {"rules": {}})


def test_an_unknown_rule_is_refused_with_all_that_are_known():
    problem = mistakes(document(gate={"rules": {"weather": "off"}}))["gate.rules.weather"]

    assert problem.allowed == ", ".join(sorted(GATE_RULES))
    assert problem.message == "is not a rule of the gate"


def test_a_stored_policy_stays_readable_when_a_rule_is_known_no_more():
    stored = document(gate={"rules": {"early-removal": "off"}}) | {"in_force_from": "2026-01-31"}

    assert read_stored(stored).gate.rules == {"early-removal": Severity.OFF}


def test_a_document_that_holds_itself_is_refused():
    window: dict[str, Any] = {}
    window["any"] = [{"lts_only": True}, window]

    (problem,) = mistakes(with_window(window)).values()

    assert problem.field == "tiers.pro.window.any[1]"
    assert "never ends" in problem.message


@pytest.mark.parametrize(
    "text",
    [
        "tiers: &loop {pro: *loop}",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "tiers: {}\ntiers: {}",
        '{"tiers": {}, "tiers": {}}',
        "[" * 10_000,
        "a: " + "[" * 10_000,
        "\x00",
        "- 1",
        "",
        "5",
    ],
)
def test_text_that_is_no_document_is_a_bad_request(text):
    with pytest.raises(BadRequest):
        parse_policy(text)


def test_endless_and_shared_parts_of_a_read_document_are_bounded():
    deep: dict[str, Any] = {"lts_only": True}
    for _ in range(10_000):
        deep = {"any": [deep]}
    wide: Any = "x"
    for _ in range(30):
        wide = [wide] * 2

    with pytest.raises(BadRequest, match="levels deep"):
        parse_policy(with_window(deep))
    with pytest.raises(BadRequest, match="parts"):
        parse_policy(document(colour=wide))


@pytest.mark.parametrize("key", [None, 1.5, date(2026, 1, 31), ("a", "b")])
def test_keys_that_are_not_text_are_refused_wherever_names_of_tiers_stand(key):
    tier = {"rank": 0, "window": {"best_effort": True}}

    found = mistakes(
        document(
            tiers={"pro": tier, key: tier}, notice={"removal": {"default": "9 days", key: "9 days"}}
        )
    )

    assert {f"tiers.{key}", f"tiers.{key}.rank", f"notice.removal.{key}"} <= set(found)


def test_a_stage_may_leave_its_default_empty():
    terms = {"default": "9 days", "stages": {"beta": {"default": None, "pro": "best effort"}}}

    policy = parse_policy(document(notice={"removal": terms}))

    assert policy == read_stored(policy_document(policy))
    assert policy_document(policy)["notice"]["removal"]["stages"] == {
        "beta": {"pro": "best effort"}
    }


def test_values_in_refusals_can_be_shown_anywhere():
    found = mistakes(
        document(
            policy="\ud800", reminders=[10**5000, float("nan"), float("inf")], announce="x" * 9999
        )
    )

    shown = json.dumps([[p.field, p.message, p.value, p.allowed] for p in found.values()])
    assert len(shown.encode()) < 4000


def test_tiers_ascend_by_rank_and_reminders_begin_with_the_longest():
    tier = {"window": {"best_effort": True}}

    policy = parse_policy(
        document(tiers={"b": {"rank": 2} | tier, "a": {"rank": 0} | tier}, reminders=[1, 90, 7])
    )

    assert [tier.name for tier in policy.tiers] == ["a", "b"]
    assert policy.reminders == (90, 7, 1)
    assert policy.longest_reminder == 90
    assert parse_policy(document(reminders=[])).longest_reminder == 0


def test_an_unknown_tier_is_a_kind_of_refusal_of_its_own():
    with pytest.raises(UnknownTier, match="did you mean `pro`"):
        parse_policy(document()).tier("prro")


def test_names_may_be_in_any_script():
    policy = parse_policy(document(policy="דוגמה 𐍈"))

    assert policy.name == "דוגמה 𐍈"


@settings(max_examples=examples(200))
@given(documents)
def test_a_policy_written_and_read_again_is_the_same(stated):
    policy = parse_policy(stated)

    again = policy_document(policy)

    assert parse_policy(again) == policy
    assert parse_policy(json.dumps(again)) == policy
    assert policy_document(parse_policy(again)) == again


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=examples(300))
@given(stated=documents, data=st.data(), value=junk)
def test_whatever_stands_somewhere_is_read_or_refused_never_a_crash(stated, data, value):
    place: Any = stated
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            break
        place[key] = place[key].copy()
        place = place[key]
    spoilt = _replaced(stated, place, key, value)

    refusal = None
    try:
        parse_policy(spoilt)
    except BadRequest as error:
        refusal = error

    if isinstance(refusal, InvalidPolicy):
        assert refusal.problems
        assert json.dumps([[p.field, p.message, p.value, p.allowed] for p in refusal.problems])


def _replaced(part: Any, place: Any, key: Any, value: Any) -> Any:
    """Copy a document with one value replaced, leaving the generator's own samples alone."""
    items = part.items() if isinstance(part, dict) else enumerate(part)
    copied = {
        k: value
        if part is place and k == key
        else (_replaced(v, place, key, value) if isinstance(v, dict | list) else v)
        for k, v in items
    }
    return copied if isinstance(part, dict) else list(copied.values())


def test_a_stored_document_stays_readable_when_a_calendar_is_forgotten():
    document = policy_document(parse_policy(preset("clairdash")))
    document["business_hours"]["holidays"] = "ZZ"

    with pytest.raises(InvalidPolicy):
        parse_policy(document)

    assert read_stored(document).business_hours.holidays == "ZZ"

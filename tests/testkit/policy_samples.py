"""Policy documents to test with: a small sound one, and any a generator can think of."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from lifecycle.policy.gate_rules import GATE_RULES

SOUND: dict[str, Any] = {
    "policy": "widget-support",
    "version": "1",
    "in_force_from": date(2026, 1, 31),
    "tiers": {"pro": {"rank": 1, "window": {"newest": {"count": 5, "of": "minor"}}}},
}


def document(**changes: Any) -> dict[str, Any]:
    """Give the sound document with some keys changed."""
    return SOUND | changes


def with_window(window: Any) -> dict[str, Any]:
    """Give the sound document with this window for its one tier."""
    return document(tiers={"pro": {"rank": 1, "window": window}})


counts = st.integers(1, 1000)
newest = st.fixed_dictionaries(
    {"count": counts, "of": st.sampled_from(["release", "patch", "minor", "major", "line"])}
)
lengths = st.one_of(
    st.fixed_dictionaries({"years": st.integers(1, 100)}),
    st.fixed_dictionaries({"months": st.integers(1, 600), "days": st.integers(1, 400)}),
    st.fixed_dictionaries({"weeks": st.integers(1, 500)}),
)
since = st.sampled_from(["line_release", "release", "superseded"])
phases = st.lists(
    st.sampled_from(["active_support", "security_support", "extended_support", "end_of_life"]),
    min_size=1,
    unique=True,
)
leaf_rules: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"newest": newest},
    optional={
        "for": st.builds(lambda length, day: length | {"from": day}, lengths, since),
        "declared": phases,
        "lts_only": st.just(value=True),
    },
)
rules = st.recursive(
    leaf_rules,
    lambda inner: st.fixed_dictionaries(
        {"any": st.lists(inner, min_size=1, max_size=3)},
        optional={"all": st.lists(inner, min_size=1, max_size=2)},
    ),
    max_leaves=4,
)
floors = st.fixed_dictionaries(
    {},
    optional={
        "at_least": lengths,
        "patches": st.sampled_from(["latest", "all"]),
        "ends": st.sampled_from(["on_schedule", "after_notice"]),
    },
)
windows = st.builds(lambda rule, floor: rule | floor, rules, floors)
period_texts = st.one_of(
    st.just("best effort"),
    st.builds(
        lambda n, unit: f"{n} {unit}",
        st.integers(1, 99),
        st.sampled_from(["days", "weeks", "months", "years", "business days", "minor releases"]),
    ),
)
periods = st.one_of(
    period_texts,
    st.fixed_dictionaries({"longest": st.lists(period_texts, min_size=1, max_size=3)}),
)
stage_terms = st.one_of(periods, st.fixed_dictionaries({"pro": periods}))
terms = st.fixed_dictionaries(
    {"default": periods},
    optional={
        "pro": periods,
        "stages": st.dictionaries(st.sampled_from(["alpha", "beta", "ga"]), stage_terms),
    },
)
length_texts = st.builds(
    lambda n, unit: f"{n} {unit}", st.integers(1, 99), st.sampled_from(["days", "months", "years"])
)
gates = st.fixed_dictionaries(
    {},
    optional={
        "rules": st.dictionaries(
            st.sampled_from(GATE_RULES), st.sampled_from(["error", "warning", "note", "off"])
        ),
        "stale_after": length_texts,
        "sources": st.lists(
            st.sampled_from(["endoflife", "releases", "featuregates"]), min_size=1, unique=True
        ),
        "lifetimes": st.dictionaries(
            st.sampled_from(["experimental", "alpha", "beta", "preview"]), length_texts
        ),
    },
)
documents = st.builds(
    lambda window, kinds, reminders, gate: (
        with_window(window) | {"notice": kinds, "reminders": reminders, "gate": gate}
    ),
    windows,
    st.dictionaries(
        st.sampled_from(["end_of_support", "removal", "breaking_change", "discontinuation"]), terms
    ),
    st.lists(st.integers(1, 3650), unique=True, max_size=5),
    gates,
)

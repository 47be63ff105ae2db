"""A policy in plain words says all that it promises, in English, whatever the policy."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.notice_words import notice_sentences
from lifecycle.policy.plain_words import histories_in_words, plain_words
from lifecycle.policy.policy_documents import parse_policy
from lifecycle.policy.presets import preset, preset_names
from testkit.policy_samples import document, documents, terms, windows, with_window

NAMES = ("pro", "community", "gold-plus")
WITHOUT = "before it takes effect, without a fixed period"
texts = st.lists(st.sampled_from(["e-mail", "chat", "the <b>phone</b>"]), unique=True)
tiers = st.lists(st.sampled_from(NAMES), min_size=1, unique=True).flatmap(
    lambda names: st.fixed_dictionaries(
        {
            name: st.fixed_dictionaries(
                {"rank": st.just(rank), "window": windows},
                optional={
                    "channels": texts,
                    "scope": st.fixed_dictionaries({}, optional={"included": texts}),
                    "response": st.sampled_from([{"hours": 1}, {"business_days": 12}]),
                },
            )
            for rank, name in enumerate(["pro", *(name for name in names if name != "pro")])
        }
    )
)
hours = st.fixed_dictionaries(
    {
        "days": st.lists(
            st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
            min_size=1,
            unique=True,
        ),
        "open": st.just("09:00"),
        "close": st.just("17:30"),
    },
    optional={"holidays": st.just("DE-BE")},
)
whole = st.builds(
    lambda known, tiers, hours, exempt: (
        known | {"tiers": tiers, "business_hours": hours, "exempt_stages": exempt}
    ),
    documents,
    tiers,
    hours,
    st.lists(st.sampled_from(["experimental", "alpha", "beta", "preview"]), unique=True),
)


@given(whole)
def test_every_policy_yields_sentences_that_mention_every_tier(written):
    policy = parse_policy(written)

    words = plain_words(policy)

    assert [tier.name for tier in words.tiers] == [tier.name for tier in policy.tiers]
    for tier in words.tiers:
        assert f"The {tier.name} tier " in tier.covers[0]
    for sentence in words.sentences:
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert not set("[]{}'\"") & set(sentence.replace("<b>", ""))
        assert "  " not in sentence
        assert "None" not in sentence
        assert "_" not in sentence


@given(st.dictionaries(st.sampled_from(list(map(str, Kind))), terms))
def test_every_kind_of_change_is_in_one_sentence(notice):
    sentences = " ".join(notice_sentences(parse_policy(document(notice=notice)))).lower()

    for change in (
        "an end of support",
        "the removal of a feature",
        "a breaking change",
        "a discontinuation",
    ):
        assert sentences.count(change) == 1


@pytest.mark.parametrize(
    ("window", "sentences"),
    [
        ({"newest": {"count": 1, "of": "minor"}}, ["covers the newest minor version."]),
        ({"newest": {"count": 12, "of": "line"}}, ["covers the 12 newest lines."]),
        ({"newest": {"count": 3, "of": "release"}}, ["covers the three newest releases."]),
        (
            {"for": {"months": 18, "from": "release"}},
            ["covers each release for 18 months from the day it comes out."],
        ),
        (
            {"for": {"months": 6, "from": "superseded"}},
            ["covers each line until a newer one has been out for 6 months."],
        ),
        ({"declared": "end_of_life"}, ["covers each line until its declared end of life."]),
        ({"lts_only": True}, ["covers lines with long-term support."]),
        ({"none": True}, ["covers no version."]),
        (
            {"none": True, "at_least": "6 months"},
            ["covers each line for 6 months from its first stable release only."],
        ),
        (
            {"best_effort": True, "at_least": "6 months"},
            [
                "covers each line for 6 months from its first stable release.",
                "After that it is best effort: help is possible, never promised.",
            ],
        ),
        (
            {
                "any": [
                    {"newest": {"count": 3, "of": "minor"}},
                    {"for": {"years": 2, "from": "line_release"}, "lts_only": True},
                ],
                "at_least": {"months": 6},
                "patches": "all",
                "ends": "after_notice",
            },
            [
                (
                    "covers the three newest minor versions as well as each version while its line"
                    " came out less than 2 years ago and its line has long-term support."
                ),
                (
                    "Every line is covered for at least 6 months from its first stable release,"
                    " even where that rule would end its support sooner."
                ),
                "Fixes are made for every patch version of what is covered.",
                "Support that has begun goes on until an announced end of support takes effect.",
            ],
        ),
        (
            {
                "all": [
                    {"newest": {"count": 1, "of": "release"}},
                    {"any": [{"lts_only": True}, {"declared": ["end_of_life"]}]},
                ]
            },
            [
                (
                    "covers each version while it is the most recent release and"
                    " (its line has long-term support or its line has not passed its declared end"
                    " of life)."
                )
            ],
        ),
    ],
)
def test_a_window_in_words(window, sentences):
    (tier,) = plain_words(parse_policy(with_window(window))).tiers

    first, *others = sentences
    said = [said for said in tier.covers if said != "Fixes come with the newest release of a line."]
    assert said == [f"The pro tier {first}", *others]


@pytest.mark.parametrize(
    ("notice", "sentence"),
    [
        ("90 days", "at least 90 days before it takes effect."),
        ({"longest": ["best effort"]}, f"{WITHOUT}."),
        ({"longest": ["best effort", "1 month"]}, "at least 1 month before it takes effect."),
        (
            {"default": "90 days", "gold": "10 business days", "free": "best effort"},
            (
                f"{WITHOUT}; for the pro tier, at least 90 days before; for the gold tier, at"
                " least 10 business days before."
            ),
        ),
        (
            {"default": "best effort", "gold": {"longest": ["9 months", "3 minor releases"]}},
            (
                f"{WITHOUT}; for the gold tier, at least 9 months or 3 minor releases before,"
                " whichever is longer."
            ),
        ),
        (
            {"default": "90 days", "gold": "best effort"},
            "at least 90 days before it takes effect; for the gold tier, without a fixed period.",
        ),
    ],
)
def test_a_notice_period_in_words(notice, sentence):
    names = ("free", "pro", "gold")
    tiers = {name: {"rank": names.index(name), "window": {"lts_only": True}} for name in names}
    policy = parse_policy(document(tiers=tiers, notice={"removal": notice}))

    removal = next(said for said in notice_sentences(policy) if "removal" in said)

    assert removal.endswith(f" is announced {sentence}")


def test_stages_with_periods_apart_are_told_once_and_not_where_they_are_exempt():
    stages = {"alpha": "1 day", "beta": "30 days", "preview": "30 days", "ga": "90 days"}
    removal = {"default": "90 days", "stages": stages}
    policy = parse_policy(document(notice={"removal": removal}, exempt_stages=["alpha"]))

    sentences = [said for said in notice_sentences(policy) if said.startswith(("For", "A feature"))]

    assert sentences == [
        (
            "For a feature that is in beta or preview, it is announced at least 30 days before it"
            " takes effect."
        ),
        "A feature that is in alpha may change or be removed without notice.",
    ]


def test_every_preset_speaks_of_all_its_tiers():
    for name in preset_names():
        policy = parse_policy(preset(name))
        sentences = " ".join(plain_words(policy).sentences)
        assert all(f"The {tier.name} tier" in sentences for tier in policy.tiers)


def test_earlier_policies_have_the_days_on_which_they_were_in_force():
    policies = [
        parse_policy(document(version=str(year), in_force_from=date(year, 7, 1)))
        for year in (2024, 2025, 2026)
    ]

    newest, earlier, first = histories_in_words(policies)

    assert (newest.version, newest.until) == ("2026", None)
    assert (earlier.since, earlier.until) == (date(2025, 7, 1), date(2026, 6, 30))
    assert first.in_force == (
        "This policy applies from 1 July 2024 to 30 June 2025. Lines that come out by then keep"
        " what it promises them."
    )
    assert histories_in_words([]) == ()

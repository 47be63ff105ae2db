"""Text stands out from what it stands on, and lines that mean something do, in every form."""

import re
from importlib.resources import files

import pytest

from lifecycle.web.badge_texts import COLOURS, LABEL_COLOUR
from testkit.style_tokens import BLOCK, FORMS, contrast, tokens_in

SHEET = (files("lifecycle.web") / "static" / "site.css").read_text(encoding="utf-8")
TEXTS = {
    "canvas": ["text", "muted", "accent", "over"],
    "surface": ["text", "muted", "accent", "over"],
    "accent": ["on-accent"],
    "accent-tint": ["accent", "text"],
    "good-tint": ["good", "text"],
    "soon-tint": ["soon", "text"],
    "over-tint": ["over", "text", "muted", "accent"],
    "calm-tint": ["calm", "text"],
    "plan-tint": ["plan", "text"],
}
"""What is written on each background; a new token needs its place here or among the lines."""
STATES = ["good", "soon", "over", "calm", "plan"]
LINES = {
    "canvas": ["accent", "muted", *STATES],
    "surface": ["accent", "muted", *STATES],
    "over-tint": ["accent", "over"],
}
"""Borders, bars and outlines without which something could not be seen or operated."""
DECORATION = {"line"}
"""Lines between what is told apart without them; who asks for more contrast gets it there too."""


def names_of(form):
    return "-".join(form.values())


@pytest.mark.parametrize("form", FORMS, ids=names_of)
def test_text_and_lines_stand_out_from_what_they_stand_on(form):
    tokens = tokens_in(SHEET, form)
    pairs = [(name, ground, 4.5) for ground, names in TEXTS.items() for name in names]
    pairs += [(name, ground, 3) for ground, names in LINES.items() for name in names]
    if form["contrast"] == "more":
        pairs += [("line", ground, 3) for ground in ("canvas", "surface")]

    too_faint = {
        f"{name} on {ground}": round(contrast(tokens[name], tokens[ground]), 2)
        for name, ground, least in pairs
        if contrast(tokens[name], tokens[ground]) < least
    }

    assert not too_faint


@pytest.mark.parametrize("form", FORMS, ids=names_of)
def test_every_token_is_held_to_a_contrast(form):
    used = TEXTS.keys() | {name for names in (*TEXTS.values(), *LINES.values()) for name in names}

    assert tokens_in(SHEET, form).keys() == used | DECORATION


def test_paper_is_light_whatever_the_screen_is():
    light, dark = (
        tokens_in(SHEET, {"medium": "print", "scheme": scheme, "contrast": "no-preference"})
        for scheme in ("light", "dark")
    )

    assert light == dark


def test_colours_are_named_by_their_token_alone():
    rules = BLOCK.sub("", SHEET)

    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*\})|\b(?:rgb|hsl|oklch)a?\(", rules)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000", "#ffffff", 21.0),
        ("#777", "#fff", 4.48),
        ("#767676", "#fff", 4.54),
        ("#123", "#123", 1),
    ],
)
def test_contrast_is_computed_as_wcag_does(one, other, ratio):
    assert round(contrast(one, other), 2) == round(contrast(other, one), 2) == ratio


def sheet(name):
    return (files("lifecycle.web") / "templates" / f"{name}.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMS, ids=names_of)
def test_what_a_timeline_draws_stands_out_from_its_paper(form):
    tokens = tokens_in(sheet("timeline"), form)
    least = {"ink": 4.5, "quiet": 4.5, "warn": 4.5, "today": 4.5, "mark": 4.5, "bar": 3, "over": 3}

    too_faint = {name for name in least if contrast(tokens[name], tokens["paper"]) < least[name]}

    assert not too_faint
    assert tokens.keys() == least.keys() | {"paper", "grid", "row", "soft"}


@pytest.mark.parametrize("form", FORMS, ids=names_of)
def test_the_text_of_a_badge_stands_out_from_each_of_its_colours(form):
    tokens = tokens_in(sheet("badge"), form)

    for name in tokens.keys() - {"text", "edge"}:
        assert contrast(tokens[name], tokens["text"]) >= 4.5, name
    assert {tone: tokens[tone] for tone in COLOURS} == COLOURS
    assert tokens["label"] == LABEL_COLOUR
